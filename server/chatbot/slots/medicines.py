"""Medicines by generic or brand name; a name that sounds the same or has one wrong character counts as well."""

import functools
import re
import tomllib
from pathlib import Path

from server.chatbot.slots.plain import sounds

_ABOUT_MEDICINE = re.compile(r"药|吃|开|续|配|拿|服|片|盒|瓶|粒|颗|支|针|打|喝|断|完|送|买|停|喷|抹|涂|剩")
_SHORT_FALSE = re.compile(
    r"血可定|可定[时下]|安定(?:下|了|小区|路|镇|区|门|县)|稳定|安定的|固定|一定|双克服|二甲[医院]|丹参路|代文[字明化件书]|可定期|确定|不安定|可定制|奥克兰|依苏打|开同[样一时意]|阿托品|来的时|阿乐乐"
)
_FORM = re.compile(r"^(?:苯磺酸|盐酸|酒石酸|琥珀酸|富马酸|马来酸|硫酸)|(?:缓释片|控释片|肠溶片|气雾剂|胶囊|片|钙|钾)$")
_OF_WORDS = re.compile(r"甲状腺|嗓子|感冒|止咳|消食|小儿|退热|鼻炎|咽|痔疮|人工|腰痛|胃痛|维生素|维[abcde]|粉$|膏$")
"""Names made of everyday words are not guessed from something like them."""
_PAST = re.compile(r"(?:以前|之前|上次|上回|曾经?|从前)[^,。; ]{0,4}$|对$")
"""Stands before a medicine that the question is not about: 以前吃头孢起过疹子."""
_MAX = 200
"""Characters that are searched for misspelt names; the exact ones are found everywhere."""


@functools.cache
def families() -> tuple[frozenset[str], ...]:
    """Return sets of names of the same medicine."""
    table = tomllib.loads((Path(__file__).parent / "medicines.toml").read_text(encoding="utf-8"))
    return tuple(frozenset({generic, *others}) for generic, others in table.items())


@functools.cache
def _by_beginning() -> dict[str, list[str]]:
    """Return the names by their first two characters, the longest first; one pattern of all of them is slow."""
    table: dict[str, list[str]] = {}
    for name in sorted({name for family in families() for name in family}, key=len, reverse=True):
        table.setdefault(name[:2], []).append(name)
    return table


def _exact(text: str) -> dict[int, str]:
    """Return the names that stand in a text, by their places."""
    table, found, start = _by_beginning(), {}, 0
    while start < len(text) - 1:
        name = next((name for name in table.get(text[start : start + 2], ()) if _stands(text, start, name)), "")
        if name:
            found[start] = name
        start += len(name) or 1
    return found


def _stands(text: str, start: int, name: str) -> bool:
    if not text.startswith(name, start):
        return False
    around = text[max(start - 1, 0) : start] + text[start + len(name) : start + len(name) + 1]
    return not (name.isascii() and any(char.isascii() and char.isalpha() for char in around))


@functools.cache
def _beginnings() -> frozenset[str]:
    """Return how the sounds of names begin: hardly any place of a text has to be looked at further."""
    return frozenset(sound[:3] for sound in _misspelt())


def _may_begin(sound: str) -> bool:
    """Tell whether a medicine may begin with these three sounds, one of which may be wrong."""
    known = _beginnings()
    return sound in known or any(sound[:place] + "?" + sound[place + 1 :] in known for place in range(3))


@functools.cache
def _misspelt() -> dict[str, str]:
    """Return the sound of each name, with one character open where it is long enough, or one left out."""
    table: dict[str, str] = {}
    for name in sorted({name for family in families() for name in family}, key=len, reverse=True):
        if len(name) < 3 or name.isascii() or _OF_WORDS.search(name):
            continue
        sound = sounds(name)
        table.setdefault(sound, name)
        for place in range(len(sound)):
            if len(sound) > 3:
                table.setdefault(sound[:place] + "?" + sound[place + 1 :], name)
            if len(sound) > 4:
                table.setdefault(sound[:place] + sound[place + 1 :], name)
    return table


def read(text: str, asked: str | None, flow: str | None) -> list[str]:
    """Return the medicines named in a plain text, in right spelling, in order."""
    false = [match.span() for match in _SHORT_FALSE.finditer(text)]
    found = {
        place: name for place, name in _exact(text).items() if not any(start <= place < end for start, end in false)
    }
    # what was found is covered, so that it is not heard again as something else
    covered = list(text[:_MAX])
    for start, name in found.items():
        covered[start : start + len(name)] = "," * len(covered[start : start + len(name)])
    is_about_medicine = asked == "medicine" or flow == "refill" or bool(_ABOUT_MEDICINE.search(text))
    found |= _heard("".join(covered), 3 if is_about_medicine else 4)
    if not found and (asked == "medicine" or flow == "refill"):
        found = _nearly(text[:_MAX])
    order = sorted(found, key=lambda start: (_PAST.search(text[:start]) is not None, start))
    names = dict.fromkeys(_without_form(found[start]) for start in order)
    # 那个他汀，阿托伐他汀: one medicine, said twice
    return [name for name in names if not any(name != other and name in other for other in names)]


def _without_form(name: str) -> str:
    """Return a name without its salt and form: 苯磺酸氨氯地平 and 硝苯地平缓释片 are what they contain."""
    short = _FORM.sub("", name)
    return short if short != name and any(short in family for family in families()) else name


def _heard(text: str, least: int) -> dict[int, str]:
    heard, table = sounds(text), _misspelt()
    found: dict[int, str] = {}
    start = 0
    while start < len(heard) - 2:
        sizes = range(8, least - 1, -1) if _may_begin(heard[start : start + 3]) else ()
        for size in sizes:
            name = _name(heard[start : start + size], table)
            if name and _looks_alike(
                name, text[start : start + size], is_exact=heard[start : start + size] == sounds(name)
            ):
                found[start] = name
                start += size - 1
                break
        start += 1
    return found


@functools.cache
def _of_three() -> dict[str, str]:
    """Return names of three characters with one of them open."""
    names = sorted({name for family in families() for name in family if len(name) == 3 and not _OF_WORDS.search(name)})
    return {name[:place] + "?" + name[place + 1 :]: name for name in names for place in range(3)}


def _nearly(text: str) -> dict[int, str]:
    """Return short names of which one character is another: 缬沙胆. Only where a medicine is expected."""
    found = {}
    for start in range(len(text) - 2):
        piece = text[start : start + 3]
        for place in range(3):
            name = _of_three().get(piece[:place] + "?" + piece[place + 1 :])
            if name and not re.search(r"[\s,。!?的了吗药腺]", piece):
                found[start] = name
    return found


def _looks_alike(name: str, piece: str, *, is_exact: bool) -> bool:
    """Tell whether enough characters are right: sounds alone find medicines in 像不是他."""
    if len(name) < 4 and re.search(r"[的是了在]", piece):
        return False
    common = len(set(name) & set(piece))
    return common >= (0 if is_exact and len(name) > 3 else 2)


def _name(sound: str, table: dict[str, str]) -> str:
    """Return the medicine that a piece of sound names, "" for none."""
    if sound in table:
        return table[sound]
    if len(sound) > 3:
        for place in range(len(sound)):
            found = table.get(sound[:place] + "?" + sound[place + 1 :])
            if found:
                return found
    return ""

"""Whom an errand is for: the person himself, or somebody of his family with a link that holds today."""

from collections.abc import Callable

from server.access import families
from server.chatbot.flows import Choice, Options, State, links
from server.chatbot.flows.definition import line
from server.chatbot.flows.state import SELF_WORDS
from server.conversing.context import Context
from server.models import Resident
from server.policy import relations

ANY_ELDER = "老人"
"""Names nobody: the writer may mean himself."""
CODES: dict[str, tuple[str, ...]] = {
    "父亲": ("50", "51", "57", "59"), "母亲": ("50", "52", "58", "59"), "父母": ("50", "51", "52", "57", "58"),
    "配偶": ("10", "11", "12"), "丈夫": ("10", "11"), "妻子": ("10", "12"),
    "儿子": ("20", "21", "22", "23", "24", "25", "26", "27", "29"),
    "女儿": ("30", "31", "32", "33", "34", "35", "36", "37", "39"),
    "女婿": ("28",), "儿媳": ("38",), "公公": ("53",), "婆婆": ("54",), "岳父": ("55",), "岳母": ("56",),
    "爷爷": ("60", "61"), "奶奶": ("60", "62"), "外公": ("60", "63"), "外婆": ("60", "64"),
    "祖父": ("60", "61"), "祖母": ("60", "62"), "外祖父": ("60", "63"), "外祖母": ("60", "64"),
    "孙子": ("40", "41", "43"), "孙女": ("40", "42", "44"), "外孙": ("40", "43"), "外孙女": ("40", "44"),
    "哥哥": ("70", "71", "73"), "弟弟": ("70", "73"), "姐姐": ("70", "75"), "妹妹": ("70", "77"),
}  # fmt: skip
"""What people call their relatives, by the codes of GB/T 4761."""
CODES["孩子"] = (*CODES["儿子"], *CODES["女儿"])
CODES["孙辈"] = ("40", "41", "42", "43", "44")


def chooser(people: Callable[[Resident], list[families.Signable]]) -> Callable[[Context, State], Options]:
    """Return how a flow finds out whom it is for, among the people that the page of the same errand offers."""

    def options(context: Context, state: State) -> Options:
        wanted = state.said.get("member")
        if not wanted or wanted in SELF_WORDS:
            return Options(chosen=label_of(context, context.me))
        family = [one for one in people(context.me) if one.resident.id != context.me.id]
        if wanted == ANY_ELDER:
            return _anybody(context, family)
        related = family_codes(context.me)
        codes = CODES.get(str(wanted))
        fits = [one for one in family if codes and related.get(one.resident.id) in codes]
        if len(fits) == 1:
            return Options(chosen=label_of(context, fits[0].resident))
        # whose relation to me is written down as something else is not whom I mean
        unsaid = [one for one in family if related.get(one.resident.id, "97") == "97"]
        left = fits or unsaid
        if not left:
            member = str(wanted)
            way = links.line("我的家庭", "/pages/family/home")
            return Options(refusal=line("not_linked").format(member=member) + "\n" + way)
        return Options(items=tuple(label_of(context, one.resident) for one in left))

    return options


def _anybody(context: Context, family: list[families.Signable]) -> Options:
    """Ask who is meant; whoever has registered nobody hears how, and may go on for himself."""
    everybody = tuple(label_of(context, who) for who in (context.me, *(one.resident for one in family)))
    way = links.line("我的家庭", "/pages/family/home")
    return Options(items=everybody, note="" if family else line("nobody_linked") + "\n" + way)


def label_of(context: Context, who: Resident) -> Choice:
    """Return somebody as a line of a list."""
    if who.id == context.me.id:
        return Choice(who.id, f"您本人（{who.name_masked}）")
    code = family_codes(context.me).get(who.id)
    words = relations.label(code) if code and code != "97" else "家人"
    return Choice(who.id, f"{words}（{who.name_masked}）")


def family_codes(me: Resident) -> dict[str, str]:
    """Return what the members of my household, and who is in my care, are to me: codes of GB/T 4761, by resident id."""
    home = families.household(me)
    rows = [row for row in home.joined if row.resident is not None] if home else []
    mine = next((row for row in rows if row.resident_id == me.id), None)
    found: dict[str, str] = {}
    for row in rows:
        if mine is None or row.resident is None or row.resident_id == me.id:
            continue
        is_head = bool(mine.head_key)
        code = relations.seen_from(mine.relation, me.sex, row.relation, row.resident.sex)
        found[row.resident.id] = row.relation if is_head else code
    for held in families.authorities_of(me)[0]:
        who = held.principal
        if who is not None and found.get(who.id, "97") == "97":
            # what I am to him is written down; the other way round is what he is to me
            found[who.id] = relations.seen_from(held.relation, me.sex, relations.SELF, who.sex)
    return found


def find(people: Callable[[Resident], list[families.Signable]], context: Context, state: State) -> Resident:
    """Return whom the flow is for; the link is checked again each time. Raises NotFound."""
    return families.among(people, state.known["person"], context.me)

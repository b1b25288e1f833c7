"""Family relations by GB/T 4761, as domain.md §3.5 lists them. Pure."""

from typing import Final

SELF, HEAD = "01", "02"
ADULT_AGE = 18
"""民法典 第十七条."""

LABELS: Final[dict[str, str]] = {
    "01": "本人", "02": "户主",
    "10": "配偶", "11": "丈夫", "12": "妻子",
    "20": "儿子", "21": "独生子", "22": "长子", "23": "次子", "24": "三子", "25": "四子", "26": "五子及以下",
    "27": "养子或继子", "28": "女婿", "29": "其他儿子",
    "30": "女儿", "31": "独生女", "32": "长女", "33": "次女", "34": "三女", "35": "四女", "36": "五女及以下",
    "37": "养女或继女", "38": "儿媳", "39": "其他女儿",
    "40": "孙辈", "41": "孙子", "42": "孙女", "43": "外孙子", "44": "外孙女", "45": "孙媳", "46": "孙女婿",
    "47": "曾孙子女或曾外孙子女", "49": "其他孙辈",
    "50": "父母", "51": "父亲", "52": "母亲", "53": "公公", "54": "婆婆", "55": "岳父", "56": "岳母",
    "57": "继父或养父", "58": "继母或养母", "59": "其他父母关系",
    "60": "祖辈", "61": "祖父", "62": "祖母", "63": "外祖父", "64": "外祖母", "65": "配偶的祖辈", "66": "曾祖父",
    "67": "曾祖母", "68": "配偶的曾祖辈", "69": "其他祖辈",
    "70": "兄弟姐妹", "71": "哥哥", "72": "嫂子", "73": "弟弟", "74": "弟媳", "75": "姐姐", "76": "姐夫", "77": "妹妹",
    "78": "妹夫", "79": "其他兄弟姐妹",
    "80": "其他亲属", "81": "伯父", "82": "伯母", "83": "叔父", "84": "婶母", "85": "舅父", "86": "舅母", "87": "姨父",
    "88": "姨母", "89": "姑父", "90": "姑母", "91": "堂兄弟姐妹", "92": "表兄弟姐妹", "93": "侄子", "94": "侄女",
    "95": "外甥", "96": "外甥女", "97": "其他亲属关系",
    "98": "家政服务人员", "99": "非亲属",
}  # fmt: skip
"""Code to words: what the coded person is to the other one."""

COMMON: Final = ("11", "12", "20", "30", "51", "52", "41", "42", "43", "44", "61", "62", "63", "64", "28", "38")
"""Offered first, so that nobody scrolls through a hundred codes; the rest is one tap away."""

BY_MARRIAGE: Final = frozenset({"28", "38", "45", "46", "53", "54", "55", "56", "65", "68"})
OWN_PARENTS: Final = frozenset({"50", "51", "52", "57", "58", "59"})


def label(code: str) -> str:
    """Return the words of a code. Raises KeyError for one that GB/T 4761 does not have."""
    return LABELS[code]


def is_spouse(code: str) -> bool:
    """Whether the coded person is husband or wife."""
    return code[0] == "1"


def is_parent(code: str) -> bool:
    """Whether the coded person is a father or mother, step or adoptive included, in-laws not."""
    return code in OWN_PARENTS


def is_child(code: str) -> bool:
    """Whether the coded person is a son or daughter, step or adopted included, in-laws not."""
    return code[0] in "23" and code not in BY_MARRIAGE


MALE = 1


def seen_from(head: str, head_sex: int, other: str, sex: int) -> str:
    """Return what a member is to the next head, from what both were to the head before.

    Args:
        head, other: codes of the next head and of the member, both as the head before saw them; ``other`` 01 or 02 is
            that head himself. head_sex, sex: GB/T 2261.1.
    Returns:
        The new code; "97" (another relative) where these two codes do not say.
    """
    if other in ("98", "99") or head in ("98", "99"):
        return "99"
    if other in (SELF, HEAD):
        return _of_former_head(head, sex)
    if is_spouse(head):
        in_law = {"50": "50", "51": ("53", "55"), "52": ("54", "56")}
        if is_child(other) or other in ("28", "38") or other[0] == "4":
            return other
        found = in_law.get(other, "97")
        return found if isinstance(found, str) else found[head_sex == MALE]
    if is_child(head):
        if is_spouse(other):
            return "51" if sex == MALE else "52"
        if is_child(other):
            return "70"
        return {"51": "61", "52": "62"}.get(other, "97")
    if is_parent(head) and is_parent(other):
        return "11" if sex == MALE else "12"
    return "97"


def _of_former_head(head: str, sex: int) -> str:
    male = sex == MALE
    if is_spouse(head):
        return "11" if male else "12"
    if is_child(head):
        return "51" if male else "52"
    if is_parent(head):
        return "20" if male else "30"
    if head[0] == "7":
        return "70"
    return "97"


def next_head(members: list[tuple[str, str, int]]) -> str | None:
    """Return who heads a household next: the spouse, else the oldest adult; None when only children stay.

    Args:
        members: (id, relation to the head before, age in full years) of those who stay.
    Source:
        domain.md L19; the order is ours (C).
    """
    adults = [member for member in members if member[2] >= ADULT_AGE]
    first = min(adults, key=lambda member: (not is_spouse(member[1]), -member[2], member[0]), default=None)
    return first[0] if first else None

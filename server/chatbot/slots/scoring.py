"""How the slots are scored: micro-F1 over the slots an intent uses, with small sets of names that mean the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.chatbot.slots.medicines import families

USED: dict[str, frozenset[str]] = {
    intent: frozenset(slots.split())
    for intents, slots in (
        (
            "sign_up renew terminate add_member my_contract ask_referral next_followup health_record checkup_vaccine",
            "member",
        ),
        ("change_team", "member doctor department"),
        ("book_specialist cancel_booking reschedule_booking", "date time department member doctor"),
        ("my_bookings", "date member department"),
        ("home_visit", "date time member"),
        ("report_bp", "bp member"),
        ("report_glucose", "glucose member"),
        ("refill", "medicine member"),
        ("medical_advice", "member medicine"),
        ("team_card talk_human", "doctor member"),
        ("change_phone", "phone member"),
        ("clinic_info", "date"),
        ("emergency", "bp glucose"),
        ("inform affirm deny", "date time department member doctor bp glucose medicine phone"),
    )
    for intent in intents.split()
}
"""The slots that count for an intent."""

MEMBERS = tuple(
    frozenset(names.split())
    for names in (
        "配偶 丈夫 妻子 老伴 爱人 老公 老婆", "孩子 儿子 女儿 宝宝 娃", "奶奶 外婆 姥姥 阿嬷 好婆 祖母", "爷爷 外公 姥爷 祖父",
        "孙子 孙女 孩子 外孙 外孙女",
        "父亲 爸爸 爸", "母亲 妈妈 妈", "公公 岳父",
        "婆婆 岳母", "本人 自己", "弟弟 哥哥", "姐姐 妹妹", "父母 老人 父亲 母亲",
    )
)  # fmt: skip
"""Names of persons that count as the same."""

_TITLES = ("主任医师", "主任", "医生", "大夫", "医师", "院长", "教授", "专家")


@dataclass
class Count:
    """How often a slot was right, wrong or missed."""

    right: int = 0
    false: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 when there was nothing to find."""
        total = 2 * self.right + self.false + self.missed
        return 2 * self.right / total if total else 1.0


def slot_scores(rows: Iterable[Mapping[str, object]], predicted: Iterable[Mapping[str, object]]) -> dict[str, Count]:
    """Return the count of each slot, and of all under "micro".

    Args:
        rows: annotated messages in the form of schema.md.
        predicted: the slots found in each, in the same order.
    """
    scores: dict[str, Count] = {}
    for row, found in zip(rows, predicted, strict=True):
        used = _used(row)
        gold = _comparable(row.get("slots"))
        got = _comparable(found)
        for slot in sorted(used & (gold.keys() | got.keys())):
            for count in (scores.setdefault(slot, Count()), scores.setdefault("micro", Count())):
                right = slot in gold and slot in got and same(slot, gold, got)
                count.right += right
                count.false += slot in got and not right
                count.missed += slot in gold and not right
    return scores


def same(slot: str, gold: Mapping[str, object], got: Mapping[str, object]) -> bool:
    """Tell whether a slot was found as annotated, or as its second reading."""
    return any(_equal(slot, gold[name], got[slot]) for name in (slot, slot + "_alt") if name in gold)


def report(scores: Mapping[str, Count]) -> str:
    """Return the scores as lines, one a slot."""
    order = sorted(scores, key=lambda slot: (slot == "micro", slot))
    return "\n".join(
        f"{slot:12} F1 {scores[slot].f1:.3f}  right {scores[slot].right} false {scores[slot].false} missed {scores[slot].missed}"
        for slot in order
    )


def _used(row: Mapping[str, object]) -> frozenset[str]:
    """Return the slots that count for a row: in a dialogue, those of its flow."""
    intent = str(row.get("intent"))
    state = row.get("state")
    if intent in ("inform", "affirm", "deny") and isinstance(state, Mapping):
        asked = {str(state.get("asked"))} - {"confirm", "None"}
        return USED.get(str(state.get("flow")), frozenset()) | (asked & USED["inform"])
    return USED.get(intent, frozenset())


def _comparable(slots: object) -> dict[str, object]:
    found = dict(slots) if isinstance(slots, Mapping) else {}
    if "date_range" in found and "date" not in found:
        found["date"] = found.pop("date_range")
    return found


def _equal(slot: str, gold: object, got: object) -> bool:
    if slot == "member":
        return gold == got or any(gold in names and got in names for names in MEMBERS)
    if slot == "doctor":
        return _surname(str(gold)) == _surname(str(got))
    if slot == "medicine":
        return gold == got or any(gold in names and got in names for names in families())
    return gold == got


def _surname(doctor: str) -> str:
    for title in _TITLES:
        doctor = doctor.removesuffix(title)
    return doctor

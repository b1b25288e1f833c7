"""Words about conversations between residents and doctors: time that runs out, and who answers from now on. Pure."""

from collections.abc import Callable

from server.policy.notice_words import CUSTOMER_SERVICE, Facts, Kind, Words, neutral

NOTICE, WAITING = "service_template:notice", "service_template:waiting"
PAGE = "pages/doctor/conversations"


def _numbered(facts: Facts) -> str:
    return f"{facts['short_no']}号居民" if facts.get("short_no") else "一位居民"


def _staff(sender: str, hint: str) -> Callable[[Facts], Words]:
    """``hint`` may hold {who}: the resident's number."""

    def words(facts: Facts) -> Words:
        said = hint.format(who=_numbered(facts))
        return Words(
            {"sender": sender, "item": sender, "time": facts["sent_at"], "hint": said}, f"{said}，请在小程序中查看"
        )

    return words


def _changed(facts: Facts) -> Words:
    hint = "请在小程序“消息”中查看"
    fields = {"sender": "家庭医生团队", "item": "答复医生变动", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"您的咨询换了医生答复，{hint}")


def _not_sent(facts: Facts) -> Words:
    hint = f"发给{_numbered(facts)}的回复没有转到"
    fields = {"sender": "回复没有转到", "item": "回复没有转到", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"{hint}。{neutral(facts.get('summary') or '', '请在小程序中查看')}")


def _kind(title: str, words: Callable[[Facts], Words]) -> Kind:
    return Kind(title, "staff", (WAITING, CUSTOMER_SERVICE), words, PAGE, repeat_safe=True)


RELAY_KINDS: dict[str, Kind] = {
    "answer_half": _kind("答复时限过半", _staff("答复时限", "{who}还在等答复，时限过半")),
    "answer_soon": _kind("答复时限将到", _staff("答复时限", "{who}还在等答复，时限将到")),
    "conversation_given": _kind("咨询转交", _staff("咨询转交", "{who}的咨询转交给您")),
    # where he sent it from: the doctor's own chat, if he wrote there lately
    "answer_not_sent": Kind("回复没有转到", "staff", (CUSTOMER_SERVICE, WAITING), _not_sent, PAGE, repeat_safe=True),
    "answerer_changed": Kind(
        "答复医生变动",
        "resident",
        (CUSTOMER_SERVICE, "subscribe:reply", NOTICE),
        _changed,
        "pages/messages/chat",
        needs_call=False,
    ),
}

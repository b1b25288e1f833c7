"""Everything we tell people through WeChat: who, over which channels in order, in which words. Pure.

``KINDS`` is the whole list (domain.md §7.2, wording §7.1). A push never names a disease: whatever a fact says, words of
``SENSITIVE`` do not get through ``neutral``. Channels: ``subscribe:<template>`` (订阅消息), ``service_template:<template>``
(模板消息), ``customer_service`` (客服消息 of the service account), ``kefu`` (客服消息 of the mini-program), ``sms`` (短信).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from server.policy.due_notices import DUE_KINDS
from server.policy.notice_words import (
    CUSTOMER_SERVICE,
    ITEM,
    KEFU,
    SENSITIVE,
    Facts,
    Kind,
    Who,
    Words,
    neutral,
    said_of,
    short_day,
)
from server.policy.notice_words import day as _day
from server.policy.notice_words import moment as _time
from server.policy.relay_notices import RELAY_KINDS

SMS = "sms"
CHATS = {CUSTOMER_SERVICE: "service_account", KEFU: "miniprogram"}
"""Channels that speak in a chat, and the app the chat is with: their messages are counted (models.allowance)."""
DIGEST = "digest"

__all__ = [
    "CHATS",
    "CUSTOMER_SERVICE",
    "DIGEST",
    "ITEM",
    "KEFU",
    "KINDS",
    "SENSITIVE",
    "SMS",
    "Facts",
    "Kind",
    "Who",
    "Words",
    "channel_label",
    "for_somebody_else",
    "ladder",
    "neutral",
    "render",
    "template_of",
]


def template_of(channel: str) -> str:
    """Return the name of a channel's template: ``subscribe:visit`` → ``visit``."""
    return channel.partition(":")[2]


def channel_label(channel: str | None) -> str:
    """Return the channel, for people."""
    labels = {
        "subscribe": "微信服务通知",
        "service_template": "公众号通知",
        CUSTOMER_SERVICE: "公众号消息",
        KEFU: "小程序客服消息",
        SMS: "短信",
    }
    return labels.get((channel or "").partition(":")[0], "")


def ladder(kind: str) -> tuple[str, ...]:
    """Return every channel of a kind in the order in which they are tried (domain.md §7.1); then somebody phones.

    A resident's notice takes its WeChat channels, then a customer message while that window is open, and what is worth
    a phone call is worth an SMS before it. Raises KeyError.
    """
    known = KINDS[kind]
    if known.who == "staff" or known.channels == (KEFU,):
        return known.channels
    more = () if CUSTOMER_SERVICE in known.channels else (CUSTOMER_SERVICE,)
    return (*known.channels, *more, *((SMS,) if known.needs_call else ()))


def for_somebody_else(words: Words, name: str) -> Words:
    """Return the words as a guardian, a delegate or a relative gets them; ``name`` is masked."""
    fields = dict(words.fields)
    for key in ("item", "hint"):
        if key in fields:
            fields[key] = f"{name}：{fields[key]}"
    return replace(words, fields=fields, text=f"【{name}】{words.text}")


def _followup(facts: Facts) -> Words:
    team, due = neutral(facts["team"], "家庭医生团队"), facts["due_on"]
    hint, item, how = "请按时到中心或等待医生联系", said_of(facts), ""
    if facts.get("prepare") == "fasting":
        hint, how = "请早上空腹到中心，或等医生联系", "到中心请早上空腹，"
    return Words(
        {"item": item, "time": due, "team": team, "phone": facts["phone"], "hint": hint},
        f"{item}：请于{_day(due)}前完成，{how}{team}，电话 {facts['phone']}",
    )


def _visit(facts: Facts) -> Words:
    team, due = neutral(facts["team"], "家庭医生团队"), facts["due_on"]
    # time is for the service account's template, the others only know the day
    fields = {"item": "家庭医生上门访视", "date": due, "time": due, "visitor": team, "phone": facts["phone"]}
    text = f"家庭医生上门访视：{_day(due)}前，{team}，电话 {facts['phone']}"
    return Words(fields | {"hint": "上门前医生会与您电话约定时间"}, text)


def _agreement(hint: str, text: str) -> Callable[[Facts], Words]:
    def words(facts: Facts) -> Words:
        end, team = facts["end_on"], neutral(facts["team"], "家庭医生团队")
        item = neutral(facts["package"], "家庭医生签约服务")
        fields = {"item": item, "date": end, "time": end, "team": team, "hint": hint}
        return Words(fields, text.format(team=team, end=_day(end)))

    return words


def _decided(facts: Facts) -> Words:
    team, result = neutral(facts["team"], "家庭医生团队"), facts["result"]
    at = facts["sent_at"]
    hint = neutral(facts.get("reason") or "详情请在小程序中查看", "详情请在小程序中查看")
    return Words(
        {"item": "家庭医生签约申请", "result": result, "time": at, "hint": hint}, f"您向{team}提交的签约申请：{result}"
    )


def _ended(facts: Facts) -> Words:
    team, result = neutral(facts["team"], "家庭医生团队"), facts["result"]
    item = neutral(facts.get("item") or "签约服务", "签约服务")
    hint = "详情请在小程序中查看"
    fields = {"item": item, "result": result, "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"您与{team}的{item}：{result}，{hint}")


def _signed_for_you(facts: Facts) -> Words:
    team, until = neutral(facts["team"], "家庭医生团队"), facts["due_on"]
    hint = "家人已替您签约，可查看、同意或退出"
    fields = {"item": "家庭签约", "result": "家人已代签", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"家人已替您与{team}签约，如不愿意可在{_day(until)}前退出，请在小程序“我的家庭”中查看")


def _coming_of_age(facts: Facts) -> Words:
    team, day = neutral(facts["team"], "家庭医生团队"), facts["due_on"]
    hint = f"自{_day(day)}起由本人签字"
    fields = {"item": "家庭医生签约", "result": "即将成年", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"您或家人即将年满18周岁，与{team}的签约自{_day(day)}起由本人签字确认，请在小程序中办理")


def _coming_of_age_for_team(facts: Facts) -> Words:
    hint = "一位居民将满18周岁，请提醒本人签约"
    return Words({"sender": "签约变动", "item": "本人签约", "time": facts["sent_at"], "hint": hint}, hint)


def _ended_for_team(facts: Facts) -> Words:
    hint = "一位居民的签约已终止，请在小程序中查看"
    return Words({"sender": "签约变动", "item": "签约终止", "time": facts["sent_at"], "hint": hint}, hint)


def _card_used(facts: Facts) -> Words:
    fen = int(facts["balance_fen"])
    hint = f"卡内余额{fen // 100}.{fen % 100:02d}元"
    return Words({"item": "健康服务卡使用", "time": facts["sent_at"], "hint": hint}, f"健康服务卡刚刚使用，{hint}")


def _card_expiring(facts: Facts) -> Words:
    fen = int(facts["balance_fen"])
    left = f"余额{fen // 100}.{fen % 100:02d}元"
    hint = f"{short_day(facts['until'])}到期，{left}"
    text = f"您家的健康服务卡{_day(facts['until'])}到期，{left}，请在到期前使用"
    return Words({"item": "健康服务卡即将到期", "time": facts["sent_at"], "hint": hint}, text)


def _own_data_ahead(facts: Facts) -> Words:
    team, day = neutral(facts["team"], "家庭医生团队"), facts["due_on"]
    hint = f"自{_day(day)}起由本人同意"
    fields = {"item": "家庭医生签约", "result": "待本人同意", "time": facts["sent_at"], "hint": hint}
    said = f"您或家人即将年满14周岁，与{team}签约所用的个人信息自{_day(day)}起由本人同意，请在小程序中确认"
    return Words(fields, said)


def _newborn(facts: Facts) -> Words:
    hint = f"请在{_day(facts['until'])}前补登"
    fields = {"item": "孩子的证件号码", "result": "待补登", "time": facts["sent_at"], "hint": hint}
    said = f"孩子建档时没有证件，请在{_day(facts['until'])}前补登身份证号码，逾期须重新核对"
    return Words(fields, said)


def _campaign_ahead(facts: Facts) -> Words:
    hint = f"还有{facts['left']}人，{short_day(facts['until'])}截止"
    return Words({"sender": "专项活动", "item": "专项签约", "time": facts["sent_at"], "hint": hint}, hint)


def _disputed(facts: Facts) -> Words:
    hint = "居民对一次服务有疑问，请在小程序中答复"
    return Words({"sender": "服务核实", "item": "服务核实", "time": facts["sent_at"], "hint": hint}, hint)


def _dispute_answered(facts: Facts) -> Words:
    result, hint = facts["result"], "详情请在小程序中查看"
    fields = {"item": "服务记录核实", "result": result, "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"您对服务记录的疑问：{result}，{hint}")


def _offer(facts: Facts) -> Words:
    if facts.get("goes_on"):
        hint = "到期将自动续约，不续可申请解约"
        text = "您与{team}的签约服务将于{end}到期，到期后自动续约，再请您确认；不想续约，可提前申请解约"
        return _agreement(hint, text)(facts)
    return _agreement("即将到期，可在小程序中续签", "您与{team}的签约服务将于{end}到期，可在小程序中续签")(facts)


def _expired(facts: Facts) -> Words:
    words = _agreement("已到期，可在小程序中续签", "您与{team}的签约服务已于{end}到期，可在小程序中续签")(facts)
    until = facts.get("renew_until_on")
    return Words(words.fields, f"{words.text}，{_day(until)}前仍按续签办理") if until else words


def _reconfirm(facts: Facts) -> Words:
    team, until = neutral(facts["team"], "家庭医生团队"), facts["confirm_by_on"]
    item = neutral(facts["package"], "家庭医生签约服务")
    hint = "签约已自动延续，请进入小程序确认"
    fields = {"item": item, "date": until, "time": until, "team": team, "hint": hint}
    return Words(fields, f"您与{team}的签约服务已自动延续，请在{_day(until)}前到小程序中确认")


def _requested(facts: Facts) -> Words:
    hint = "居民申请签约，请在小程序中确认"
    return Words({"sender": "签约申请", "item": "签约申请", "time": facts["sent_at"], "hint": hint}, hint)


def _for_team(sender: str, hint: str) -> Callable[[Facts], Words]:
    def words(facts: Facts) -> Words:
        return Words({"sender": sender, "item": sender, "time": facts["sent_at"], "hint": hint}, hint)

    return words


def _falling_back(facts: Facts) -> Words:
    """Numbers left (``count``) at so many ``hospitals``, the one with most of them named (N-24)."""
    hospital = neutral(facts["hospital"], "医院")
    more = f"等{facts['hospitals']}家医院" if facts["hospitals"] > 1 else ""
    fields = {"sender": "预留号源", "time": facts["release_at"], "hint": f"还有{facts['count']}个号将转为公开"}
    said = f"{hospital}{more}还有{facts['count']}个家庭医生号源没有约出，{_time(facts['release_at'])}转为公开"
    return Words(fields, said)


def _to_do(item: str, hint: str, text: str) -> Callable[[Facts], Words]:
    """Something a resident has to do by a day (``until``)."""

    def words(facts: Facts) -> Words:
        team, until = neutral(facts["team"], "家庭医生团队"), facts["until"]
        fields = {"item": item, "date": until, "time": until, "team": team, "hint": hint, "result": item}
        return Words(fields, text.format(team=team, until=_day(until)))

    return words


def _supplement(facts: Facts) -> Words:
    team = neutral(facts["team"], "家庭医生团队")
    hint = "请在小程序中阅读并签字"
    fields = {"item": "签约补充协议", "result": "待您签字", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"{team}发来一份签约补充协议，{hint}")


def _answer_due(facts: Facts) -> Words:
    late = bool(facts.get("late"))
    item = "签约申请超期" if late else "签约申请将到期"
    until = _day(facts["until"])
    hint = f"承诺{until}前答复，已超期" if late else f"请在{until}前答复居民"
    return Words({"sender": item, "item": item, "time": facts["sent_at"], "hint": hint}, f"{item}：{hint}")


def _team_changed(facts: Facts) -> Words:
    team = neutral(facts["team"], "新的家庭医生团队")
    hint = "新团队已开始为您服务"
    fields = {"item": "变更家庭医生团队", "result": "已更换", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"从今天起由{team}为您服务，未完成的随访和预约照常")


def _transfer(result: str, hint: str, text: str) -> Callable[[Facts], Words]:
    def words(facts: Facts) -> Words:
        team = neutral(facts["team"], "您的家庭医生团队")
        day = _day(facts["move_on"]) if facts.get("move_on") else ""
        fields = {"item": "家庭医生团队调整", "result": result, "time": facts["sent_at"], "hint": hint}
        return Words(fields, text.format(team=team, day=day))

    return words


def _appointment(hint: str, text: str) -> Callable[[Facts], Words]:
    def words(facts: Facts) -> Words:
        hospital = neutral(facts["hospital"], "预约医院")
        department = neutral(facts["department"], "专科门诊")
        fields = {
            "item": text,
            "hospital": hospital,
            "department": department,
            "time": facts["starts_at"],
            "hint": hint,
        }
        return Words(fields, f"{text}：{hospital} {department}，{_time(facts['starts_at'])}")

    return words


def _appointment_today(facts: Facts) -> Words:
    words = _appointment("请带身份证，按时就诊", "今天就诊")(facts)
    where, bring = neutral(facts["floor"], ""), neutral(facts["bring"], "")
    more = "".join(f"，{said}" for said in (where, f"请带{bring}" if bring else "") if said)
    return Words(words.fields, f"{words.text}{more}")


def _booking_paused(result: str, hint: str) -> Callable[[Facts], Words]:
    """About somebody's own booking online; ``until`` is the first day on which it is open again."""

    def words(facts: Facts) -> Words:
        said = f"，{_day(facts['until'])}起恢复" if facts.get("until") else ""
        fields = {"item": "网上预约", "result": result, "time": facts["sent_at"], "hint": hint}
        return Words(fields, f"您的网上预约{result}{said}，{hint}")

    return words


def _wait(hint: str, text: str) -> Callable[[Facts], Words]:
    """About a wait: a department, and no visit yet."""

    def words(facts: Facts) -> Words:
        hospital, department = neutral(facts["hospital"], "预约医院"), neutral(facts["department"], "专科门诊")
        at = facts["sent_at"]
        fields = {"item": "候补预约", "hospital": hospital, "department": department, "time": at, "hint": hint}
        return Words(fields | {"result": text}, f"{text}：{hospital} {department}，{hint}")

    return words


def _wait_offer(facts: Facts) -> Words:
    words = _appointment("", "候补到号")(facts)
    until = datetime.fromisoformat(facts["hold_until"]).astimezone(ZoneInfo("Asia/Shanghai"))
    hint = f"为您保留到{until.month}月{until.day}日{until:%H:%M}"
    return Words(words.fields | {"hint": hint, "result": "候补到号"}, f"{words.text}，{hint}，请在小程序中确认")


def _measured(facts: Facts) -> Words:
    """Advice to somebody whose value cannot wait; the value itself is read after the login (N-09)."""
    team = neutral(facts["team"], "家庭医生团队") if facts["team"] else ""
    call = f"，也可致电{team} {facts['phone']}" if facts["phone"] else ""
    address = neutral(facts["address"], "")
    place = f"，地址：{address}" if address else ""
    fields = {
        "item": "健康测量提醒",
        "result": "请立即查看",
        "time": facts["sent_at"],
        "hint": "请坐下休息，不适立即拨打120",
    }
    return Words(fields, f"刚记下的测量需要马上处理：请坐下休息、身边留人，立即拨打120{call}{place}")


def _measured_for_team(facts: Facts) -> Words:
    sender, hint = neutral(facts["sender"], "居民"), "紧急 自测数值危急，请立即联系"
    fields = {"sender": sender, "item": "自测危急", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"【紧急】{sender}：自测数值危急，请立即联系")


def _medicine(hint: str, result: str, said: str) -> Callable[[Facts], Words]:
    """About medicine somebody takes for long, without its name: it is read after the login (N-31, N-33)."""

    def words(facts: Facts) -> Words:
        team, day = neutral(facts["team"], "家庭医生团队"), _day(facts["due_on"]) if facts.get("due_on") else ""
        courier = neutral(facts.get("courier", ""), "送药人员")
        fields = {"item": "续方取药服务", "result": result, "time": facts["sent_at"], "hint": hint}
        return Words(fields, f"{team}：{said.format(day=day, courier=courier)}，电话 {facts['phone']}")

    return words


def _reply(facts: Facts) -> Words:
    sender = neutral(facts.get("sender") or "家庭医生", "家庭医生")
    hint = "请在小程序“消息”中查看"
    return Words(
        {"sender": sender, "item": "医生回复", "time": facts["sent_at"], "hint": hint}, f"{sender}回复了您，{hint}"
    )


def _bot_answer(facts: Facts) -> Words:
    text = "【智能助手】已答复，请在小程序“消息”中查看"
    return Words({"item": "智能助手答复", "time": facts["sent_at"], "hint": "请在小程序“消息”中查看"}, text)


def _waiting(urgent: bool) -> Callable[[Facts], Words]:
    def words(facts: Facts) -> Words:
        number = f"{facts['short_no']}号" if facts.get("short_no") else ""
        said = neutral(facts.get("summary") or "请在小程序中查看", "请在小程序中查看")
        hint = f"紧急 {number} {said}" if urgent else f"{number} {said}"
        sender = neutral(facts["sender"], "居民")
        fields = {"sender": sender, "item": "居民来信", "time": facts["sent_at"], "hint": hint.strip()}
        return Words(fields, f"{'【紧急】' if urgent else ''}{sender} {number}：{said}")

    return words


def _followup_alarm(facts: Facts) -> Words:
    words = _waiting(urgent=True)(facts)
    return replace(words, fields=words.fields | {"item": "随访危急"})


def _referral_result(facts: Facts) -> Words:
    hospital, result = neutral(facts["hospital"], "转诊医院"), facts["result"]
    hint = "时间、地点和转诊办电话请在小程序中查看"
    fields = {"item": "家庭医生转诊", "result": result, "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"您的转诊（{hospital}）：{result}，{hint}")


def _referral_consent(facts: Facts) -> Words:
    hospital, team = neutral(facts["hospital"], "上级医院"), neutral(facts["team"], "家庭医生团队")
    hint = "请在小程序中阅读并决定是否同意"
    fields = {"item": "家庭医生转诊", "result": "待您同意", "time": facts["sent_at"], "hint": hint}
    return Words(fields, f"{team}为您准备了转诊（{hospital}），{hint}")


def _retro(facts: Facts) -> Words:
    until = _time(facts["until"])
    hint = "请尽快告诉团队医院、时间等情况"
    fields = {"item": "入院补办转诊手续", "result": "待补办", "time": facts["until"], "hint": hint}
    return Words(fields, f"您已直接入院，请在{until}前向家庭医生团队补办转诊手续，打电话也可以，逾期可能影响转诊优惠")


def _discharge_followup(facts: Facts) -> Words:
    team, due = neutral(facts["team"], "家庭医生团队"), facts["due_on"]
    hint = "医生会与您联系，请保持电话畅通"
    fields = {"item": ITEM, "time": due, "date": due, "result": "即将联系", "team": team, "hint": hint}
    return Words(fields, f"{team}将在{_day(due)}前与您联系，了解您回家后的情况，请保持电话畅通")


def _digest(facts: Facts) -> Words:
    """Several reminders in one message; ``titles`` are titles of kinds."""
    count, team = int(facts["count"]), neutral(facts.get("team") or "家庭医生团队", "家庭医生团队")
    titles = "、".join(neutral(title, ITEM) for title in facts.get("titles") or ())
    hint = "请在小程序“我的通知”中逐条查看"
    at = facts["sent_at"]
    fields = {"item": f"{count}项健康提醒", "time": at, "date": at[:10], "team": team, "visitor": team, "hint": hint}
    fields |= {"phone": facts.get("phone") or "", "result": "待查看"}
    return Words(fields, f"您有{count}项健康提醒{f'（{titles}）' if titles else ''}，{hint}")


_NOTICE = "service_template:notice"
_WAITING = "service_template:waiting"
_WAITS = "pages/waiting/list"
_CANCELLED, _TOMORROW = "预约已取消", "请按时就诊，不能来请提前取消"

_MORE_KINDS = DUE_KINDS | RELAY_KINDS

KINDS: dict[str, Kind] = {
    DIGEST: Kind(
        "健康提醒汇总",
        "resident",
        (
            "subscribe:followup_long",
            "subscribe:followup",
            "subscribe:renewal",
            "subscribe:visit",
            "subscribe:result",
            _NOTICE,
        ),
        _digest,
        "pages/reminders/list",
    ),
    "followup_due": Kind(
        "健康随访提醒",
        "resident",
        ("subscribe:followup_long", "subscribe:followup", _NOTICE),
        _followup,
        "pages/followups/list",
    ),
    "home_visit": Kind("上门访视通知", "resident", ("subscribe:visit", _NOTICE), _visit, "pages/followups/list"),
    "renewal_offer": Kind(
        "签约到期提醒",
        "resident",
        ("subscribe:renewal", _NOTICE),
        _offer,
        "pages/renew/renew?id={agreement_id}",
    ),
    "agreement_expired": Kind(
        "签约到期提醒",
        "resident",
        ("subscribe:renewal", _NOTICE),
        _expired,
        "pages/renew/renew?id={agreement_id}",
    ),
    "reconfirm_due": Kind(
        "签约续约确认",
        "resident",
        ("subscribe:renewal", _NOTICE),
        _reconfirm,
        "pages/renew/confirm?id={agreement_id}",
    ),
    "renewals_ahead": Kind(
        "签约即将到期",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("即将到期", "有居民签约快到期，请引导续签"),
        "pages/doctor/agreements?status=ending",
        repeat_safe=True,
    ),
    "renewals_lapsed": Kind(
        "签约到期未续",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("到期未续", "有居民签约到期未续，请联系居民"),
        "pages/doctor/agreements?status=lapsed",
        repeat_safe=True,
    ),
    "reconfirm_waiting": Kind(
        "续约待确认",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("续约确认", "有自动续约待您确认，请在小程序中办理"),
        "pages/doctor/agreements?status=reconfirm",
        repeat_safe=True,
    ),
    "agreement_decided": Kind(
        "签约办理结果", "resident", ("subscribe:result", _NOTICE), _decided, "pages/agreement/list"
    ),
    "agreement_requested": Kind(
        "签约申请", "staff", (_WAITING, CUSTOMER_SERVICE), _requested, "pages/doctor/agreements", repeat_safe=True
    ),
    "agreement_ended": Kind("签约办理结果", "resident", ("subscribe:result", _NOTICE), _ended, "pages/agreement/list"),
    "signed_for_you": Kind(
        "家人代签通知", "resident", ("subscribe:result", _NOTICE), _signed_for_you, "pages/family/agreements"
    ),
    "coming_of_age": Kind(
        "本人签约提醒", "resident", ("subscribe:result", _NOTICE), _coming_of_age, "pages/family/agreements"
    ),
    "coming_of_age_for_team": Kind(
        "本人签约提醒",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _coming_of_age_for_team,
        "pages/doctor/residents",
        repeat_safe=True,
    ),
    "agreement_ended_for_team": Kind(
        "签约终止", "staff", (_WAITING, CUSTOMER_SERVICE), _ended_for_team, "pages/doctor/residents", repeat_safe=True
    ),
    "signature_waiting": Kind(
        "签约待签字",
        "resident",
        ("subscribe:result", _NOTICE),
        _to_do("待签字", "请阅读协议后签字", "{team}为您准备了签约协议，请在{until}前阅读并签字"),
        "pages/agreement/list",
        repeat_safe=True,
    ),
    "payment_due": Kind(
        "签约待缴费",
        "resident",
        ("subscribe:result", _NOTICE),
        _to_do("待缴费", "请到签约机构窗口缴费", "{team}已同意签约，请在{until}前到机构窗口缴纳个人费用"),
        "pages/agreement/list",
        repeat_safe=True,
    ),
    "answer_due": Kind(
        "签约申请待答复",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _answer_due,
        "pages/doctor/agreements",
        repeat_safe=True,
    ),
    "change_requested": Kind(
        "变更团队申请",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("变更团队申请", "居民申请变更团队，请在小程序中答复"),
        "pages/doctor/changes",
        repeat_safe=True,
    ),
    "team_changed": Kind(
        "团队变更结果", "resident", ("subscribe:result", _NOTICE), _team_changed, "pages/agreement/list"
    ),
    "transfer_planned": Kind(
        "家庭医生团队调整",
        "resident",
        ("subscribe:result", _NOTICE),
        _transfer(
            "将调整", "请在小程序中查看或提出意见", "{team}将停止服务，{day}起由其他团队接续，可在小程序中提出意见"
        ),
        "pages/agreement/list",
    ),
    "transfer_cancelled": Kind(
        "家庭医生团队调整",
        "resident",
        ("subscribe:result", _NOTICE),
        _transfer("已取消", "原团队继续为您服务", "{team}的调整已取消，原团队继续为您服务"),
        "pages/agreement/list",
    ),
    "transfer_received": Kind(
        "居民移交",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("居民移交", "有居民移交到您的团队，请查看"),
        "pages/doctor/residents",
        repeat_safe=True,
    ),
    "supplement_offered": Kind(
        "补充协议待签字", "resident", ("subscribe:result", _NOTICE), _supplement, "pages/agreement/list"
    ),
    "supplement_answered": Kind(
        "补充协议答复",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("补充协议", "一位居民已答复补充协议，请在小程序中查看"),
        "pages/doctor/residents",
        repeat_safe=True,
    ),
    "consent_withdrawn": Kind(
        "撤回授权",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("撤回授权", "一位居民撤回了一项授权，请在小程序中查看"),
        "pages/doctor/residents",
        repeat_safe=True,
    ),
    # the receipt is in his hand already: never worth a phone call
    "card_used": Kind("健康服务卡使用", "resident", (_NOTICE,), _card_used, "pages/card/card", needs_call=False),
    "card_expiring": Kind(
        "健康服务卡到期提醒", "resident", (_NOTICE,), _card_expiring, "pages/card/card", needs_call=False
    ),
    "own_data_ahead": Kind(
        "本人同意提醒", "resident", ("subscribe:result", _NOTICE), _own_data_ahead, "pages/family/agreements"
    ),
    "newborn_number_due": Kind(
        "孩子证件号码提醒", "resident", ("subscribe:result", _NOTICE), _newborn, "pages/family/home"
    ),
    "specialist_due": Kind(
        "专科面诊待安排",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("专科面诊", "有居民还差约定的专科面诊，请安排"),
        "pages/doctor/residents",
        repeat_safe=True,
    ),
    "campaign_ahead": Kind(
        "专项签约进度",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _campaign_ahead,
        "pages/doctor/unsigned",
        repeat_safe=True,
    ),
    "service_disputed": Kind(
        "服务核实", "staff", (_WAITING, CUSTOMER_SERVICE), _disputed, "pages/doctor/disputes", repeat_safe=True
    ),
    "dispute_answered": Kind(
        "服务记录核实", "resident", ("subscribe:result", _NOTICE), _dispute_answered, "pages/rights/rights"
    ),
    # seen on the screen a moment ago: never worth a phone call, nor the one-time accept the reminder will need
    "appointment_booked": Kind(
        "预约成功",
        "resident",
        (_NOTICE,),
        _appointment(_TOMORROW, "预约成功"),
        "pages/appointments/list",
        needs_call=False,
    ),
    "appointment_reminder": Kind(
        "就诊提醒",
        "resident",
        ("subscribe:appointment", _NOTICE),
        _appointment(_TOMORROW, "就诊提醒"),
        "pages/appointments/list",
    ),
    "appointment_cancelled": Kind(
        _CANCELLED,
        "resident",
        (_NOTICE, "subscribe:appointment"),
        _appointment("本次预约已取消", _CANCELLED),
        "pages/appointments/list",
        needs_call=False,
    ),
    "appointment_today": Kind(
        "今日就诊提醒", "resident", ("subscribe:appointment", _NOTICE), _appointment_today, "pages/appointments/list"
    ),
    "appointment_suspended": Kind(
        "预约停诊",
        "resident",
        ("subscribe:appointment", _NOTICE),
        _appointment("医院停诊，请另选时间", "医院停诊"),
        "pages/booking/another?id={appointment_id}",
    ),
    # the number stays: nothing to do, and nothing worth a phone call
    "clinic_doctor_changed": Kind(
        "出诊医生调整",
        "resident",
        (_NOTICE, "subscribe:appointment"),
        _appointment("出诊医生有调整，号源不变", "出诊医生调整"),
        "pages/appointments/list",
        needs_call=False,
    ),
    "slots_falling_back": Kind(
        "号源即将转为公开",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _falling_back,
        "pages/doctor/numbers",
        repeat_safe=True,
    ),
    "appointment_suspended_for_team": Kind(
        "居民预约停诊",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("预约停诊", "一位居民的预约停诊，请协助另约"),
        "pages/doctor/residents",
        repeat_safe=True,
    ),
    "no_show_recorded": Kind(
        "未到诊记录",
        "resident",
        (_NOTICE, "subscribe:appointment"),
        _appointment("记录有误请联系医院更正", "未到诊"),
        "pages/appointments/list",
        needs_call=False,
    ),
    "booking_blocked": Kind(
        "暂停网上预约",
        "resident",
        ("subscribe:result", _NOTICE),
        _booking_paused("已暂停", "可申诉，也可请家庭医生代约"),
        "pages/booking/blocked",
    ),
    "booking_unblocked": Kind(
        "恢复网上预约",
        "resident",
        ("subscribe:result", _NOTICE),
        _booking_paused("已恢复", "可以在小程序中预约"),
        "pages/booking/hospitals",
        needs_call=False,
    ),
    "block_appeal_refused": Kind(
        "申诉结果",
        "resident",
        ("subscribe:result", _NOTICE),
        _booking_paused("申诉未通过", "理由请在小程序中查看"),
        "pages/booking/blocked",
    ),
    # seen on the screen a moment ago
    "waiting_joined": Kind(
        "候补已登记", "resident", (_NOTICE,), _wait("有号时会通知您", "候补已登记"), _WAITS, needs_call=False
    ),
    "waiting_offer": Kind("候补到号", "resident", ("subscribe:appointment", _NOTICE), _wait_offer, _WAITS),
    "waiting_offer_over": Kind(
        "候补保留时间已过",
        "resident",
        (_NOTICE, "subscribe:appointment"),
        _appointment("号已让给下一位，您仍在候补", "保留时间已过"),
        _WAITS,
        needs_call=False,
    ),
    "waiting_ended": Kind(
        "候补已结束",
        "resident",
        (_NOTICE, "subscribe:result"),
        _wait("没有等到号，可重新预约", "候补已结束"),
        _WAITS,
        needs_call=False,
    ),
    # an answer in a conversation the resident began, not a reminder: it does not wait for the morning
    "doctor_reply": Kind(
        "医生回复",
        "resident",
        (CUSTOMER_SERVICE, KEFU, "subscribe:reply", _NOTICE),
        _reply,
        "pages/messages/chat",
        keeps_quiet=False,
    ),
    # the mini-program's customer-service chat knows no passive replies: what the bot answers there is sent
    "bot_answer": Kind(
        "小助手答复",
        "resident",
        (KEFU,),
        _bot_answer,
        "pages/messages/chat",
        keeps_quiet=False,
        needs_call=False,
    ),
    "message_waiting": Kind(
        "居民来信",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _waiting(urgent=False),
        "pages/doctor/conversations",
        repeat_safe=True,
    ),
    "emergency_alarm": Kind(
        "紧急情况",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _waiting(urgent=True),
        "pages/doctor/conversations",
        repeat_safe=True,
    ),
    "followup_alarm": Kind(
        "随访危急",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _followup_alarm,
        "pages/doctor/complete?id={followup_id}",
        repeat_safe=True,
        keeps_quiet=False,
    ),
    "prescription_to_sign": Kind(
        "续方告知待签字",
        "resident",
        ("subscribe:result", _NOTICE),
        _medicine("请在小程序中阅读告知并签字", "待您签字", "医生为您开了长期处方，请在小程序中阅读并签字"),
        "pages/prescriptions/list",
        repeat_safe=True,
    ),
    "refill_due": Kind(
        "续方提醒",
        "resident",
        ("subscribe:result", _NOTICE),
        _medicine("药快用完，请联系医生续方", "即将用完", "您的药用到{day}，请提前联系医生续方"),
        "pages/prescriptions/list",
    ),
    "refill_due_for_team": Kind(
        "居民待续方",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("居民待续方", "有居民的长期处方快用完，请查看"),
        "pages/doctor/prescriptions?id={resident_id}",
        repeat_safe=True,
    ),
    "renewal_unsigned": Kind(
        "续方未签字",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("续方未签字", "有居民的续方还没有签字或不同意，请联系"),
        "pages/doctor/prescriptions?id={resident_id}",
        repeat_safe=True,
    ),
    "evaluation_due": Kind(
        "续方前评估",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("续方前评估", "有居民两周后用完药，请先评估"),
        "pages/doctor/prescriptions?id={resident_id}",
        repeat_safe=True,
    ),
    "delivery_planned": Kind(
        "送药提醒",
        "resident",
        ("subscribe:result", _NOTICE),
        _medicine("请留人在家，详情见小程序", "即将送达", "{day}由{courier}送药上门，请留人在家"),
        "pages/prescriptions/list",
    ),
    "delivery_done": Kind(
        "送药送达",
        "resident",
        ("subscribe:result", _NOTICE),
        _medicine("没有收到请致电团队", "已送达", "{courier}已把药送到，没有收到请致电团队"),
        "pages/prescriptions/list",
        needs_call=False,
    ),
    # N-09: at once, whatever the hour
    "measurement_advice": Kind(
        "健康测量提醒",
        "resident",
        (_NOTICE, "subscribe:result", CUSTOMER_SERVICE),
        _measured,
        "pages/measure/list",
        repeat_safe=True,
        keeps_quiet=False,
    ),
    "measurement_alarm": Kind(
        "自测危急",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _measured_for_team,
        "pages/doctor/trend?id={resident_id}",
        repeat_safe=True,
        keeps_quiet=False,
    ),
    "referral_consent": Kind(
        "转诊待同意",
        "resident",
        ("subscribe:result", _NOTICE),
        _referral_consent,
        "pages/referral/referral?id={referral_id}",
        repeat_safe=True,
    ),
    "referral_answered": Kind(
        "转诊办理结果",
        "resident",
        ("subscribe:result", _NOTICE),
        _referral_result,
        "pages/referral/referral?id={referral_id}",
    ),
    "referral_answered_for_team": Kind(
        "转诊答复",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("转诊答复", "医院已答复一张转诊单，请查看"),
        "pages/doctor/referrals",
        repeat_safe=True,
    ),
    "referral_unanswered": Kind(
        "转诊未答复",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("转诊未答复", "医院超时未答复，请电话联系转诊办"),
        "pages/doctor/referrals",
        repeat_safe=True,
    ),
    "referral_missed": Kind(
        "转诊未到",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("转诊未到", "转诊居民未到医院，请电话联系"),
        "pages/doctor/referrals?tab=over",
        repeat_safe=True,
    ),
    # the limit does not wait for the morning
    "retro_running": Kind(
        "入院补办手续",
        "resident",
        ("subscribe:result", _NOTICE),
        _retro,
        "pages/referral/referral?id={referral_id}",
        repeat_safe=True,
        keeps_quiet=False,
    ),
    "retro_running_for_team": Kind(
        "入院待补登记",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("入院待补登记", "居民直接入院，请在时限前补登记"),
        "pages/doctor/referrals?tab=hospital",
        repeat_safe=True,
    ),
    "discharge_pushed": Kind(
        "出院待随访",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("出院待随访", "一位居民已出院，请7天内联系"),
        "pages/doctor/followups",
        repeat_safe=True,
    ),
    "discharge_followup": Kind(
        "出院后随访", "resident", ("subscribe:result", _NOTICE), _discharge_followup, "pages/followups/list"
    ),
    "down_to_accept": Kind(
        "下转待接收",
        "staff",
        (_WAITING, CUSTOMER_SERVICE),
        _for_team("下转待接收", "医院转回一位居民，请接收"),
        "pages/doctor/referrals?tab=down",
        repeat_safe=True,
    ),
} | _MORE_KINDS


def render(kind: str, facts: Facts, sent_at: datetime) -> Words:
    """Return the words of a notice at the moment it is sent.

    Raises:
        KeyError, ValueError: the kind is unknown, or a fact it needs is missing or malformed.
    """
    known = KINDS[kind]
    return replace(known.words({**facts, "sent_at": sent_at.isoformat()}), page=known.page.format_map(facts))

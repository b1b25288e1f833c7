"""Errands about people and the service: the team's card, a complaint, the phone number, reminders, a referral."""

from datetime import date

from server import masking
from server.access import measurements as cared_for
from server.access import referrals, rights
from server.actions import notice_settings, reading, serving, signing
from server.chatbot.flows import Choice, Options, State
from server.chatbot.flows.definition import line
from server.conversing import persons
from server.conversing.context import Context, Errand, Outcome, day
from server.conversing.health import PERSON, pass_on, served, team_words
from server.errors import NotFound
from server.models import Agreement
from server.models.notice_setting import setting_of
from server.models.package import ITEM_KIND_LABELS, ItemKind
from server.models.referral import OVER
from server.policy import complaining
from server.policy.notice_topics import TOPICS
from server.policy.schema import Policy

MOST_SERVICES = 4
MOST_REFERRALS = 3
OTHER = "other"
ALL = "all"


def _mine(context: Context) -> Agreement | None:
    return cared_for.agreement_of(context.me.id)


def _rules(context: Context) -> Policy:
    agreement = _mine(context)
    return signing.rules_of(agreement) if agreement else context.rules_for(context.me)


# ---------------------------------------------------------------- the team


def _with_team(context: Context, state: State) -> Options:
    """Whose team is asked for: my own, or that of somebody in my care."""
    found = PERSON(context, state)
    if found.chosen is not None and cared_for.agreement_of(found.chosen.value) is None:
        return Options(refusal=line("needs_team").format(who=found.chosen.label))
    return found


def _has_team(context: Context) -> str | None:
    return "" if _mine(context) else None


def _card(context: Context, state: State) -> dict[str, str]:
    if "person" not in state.known:
        return {"team_id": ""}
    who = persons.find(cared_for.people, context, state)
    agreement = cared_for.agreement_of(who.id)
    if agreement is None:
        raise NotFound()
    reading.note_family_read("agreements_read", [who], me=context.me, by=context.by)
    team = agreement.team
    return {
        "whose": "您的" if who.id == context.me.id else f"{state.labels['person']}的",
        "team_id": team.id,
        "team": team.name,
        "doctor": team.lead.name if team.lead else "暂未指定",
        "phone": team.phone,
        "hours": team.hours or "工作日",
        "address": f"{team.organisation.name} {team.organisation.address}",
    }


# ---------------------------------------------------------------- a complaint


def _about(context: Context, state: State) -> Options:
    """The latest services nobody said anything about yet, which the page lets one doubt; or anything else."""
    agreement = _mine(context)
    latest = rights.with_answers(rights.latest(agreement)) if agreement else []
    open_ones = [one for one in latest if one.answer is None and not one.taken_back][:MOST_SERVICES]
    lines = [
        Choice(one.record.id, f"{day(one.record.served_on, context.today)} {one.item or _kind(one.record.kind)}")
        for one in open_ones
    ]
    other = Choice(OTHER, "其他事情" if lines else "对服务的意见")
    if agreement is None:
        return Options(refusal=complaining.route(_rules(context)))
    if not lines:  # nothing to choose from: the words are asked for at once
        return Options(chosen=other, note=complaining.route(_rules(context)) + "\n" + line("complaint_here"))
    return Options((*lines, other))


def _kind(kind: str) -> str:
    return ITEM_KIND_LABELS[ItemKind(kind)]


def _complaint_words(context: Context, state: State) -> dict[str, str]:
    about, team = state.known.get("what"), team_words(context)["team"]
    days = _rules(context).complaints.answer_within_workdays
    answers = (
        line("complaint_team").format(team=team) if about == OTHER else line("complaint_service").format(days=days)
    )
    return {"route": complaining.route(_rules(context)), "who_answers": answers if about else ""}


def _complain(context: Context, state: State) -> Outcome:
    route = {"route": line("complaint_more").format(route=complaining.route(_rules(context)))}
    if state.known["what"] == OTHER:
        kept = line("complaint_passed").format(team=team_words(context)["team"])
        return Outcome(route | {"kept": kept}, hand_over=True)
    record = rights.own_service(state.known["what"], context.me)
    under = rights.agreement_of(record)
    rules = signing.rules_of(under) if under else context.rules_for(context.me)
    days = rules.complaints.answer_within_workdays
    serving.dispute(record, state.known["words"], within_workdays=days, by=context.by)
    return Outcome(route | {"kept": line("complaint_kept").format(days=days)})


# ---------------------------------------------------------------- phone, reminders


def _phone(context: Context, state: State) -> dict[str, str]:
    return {"phone": masking.phone(context.me.phone) if context.me.phone else "还没有"}


def _topics(context: Context, state: State) -> Options:
    row = setting_of(context.me.id)
    off = set(row.opted_out) if row else set()
    lines = [Choice(code, words) for code, words in TOPICS.items() if code not in off]
    if not lines:
        return Options(refusal=line("all_off"))
    return Options((*lines, Choice(ALL, "以上全部")) if len(lines) > 1 else tuple(lines))


def _topic_words(context: Context, state: State) -> dict[str, str]:
    return {"topic": "所有可以退订的提醒"} if state.known.get("topic") == ALL else {}


def _turn_off(context: Context, state: State) -> Outcome:
    """Turn one topic off and leave everything else as it stands."""
    row, topic = setting_of(context.me.id), state.known["topic"]
    off = set(row.opted_out) if row else set()
    wishes = notice_settings.Wishes(
        off=frozenset(TOPICS if topic == ALL else off | {topic}),
        sms_allowed=row.sms_allowed if row else True,
        muted=_muted(context),
        contact_id=row.contact_id if row else None,
    )
    notice_settings.save(context.me, wishes, by=context.by)
    return Outcome(_topic_words(context, state))


def _muted(context: Context) -> tuple[date, date] | None:
    """The hospital stay he entered, unless it is over: days that have passed are not saved again."""
    row = setting_of(context.me.id)
    if row is None or row.muted_from is None or row.muted_until is None or row.muted_until < context.today:
        return None
    return row.muted_from, row.muted_until


# ---------------------------------------------------------------- a referral


def _referrals(context: Context, state: State) -> dict[str, str]:
    who = persons.find(cared_for.people, context, state) if "person" in state.known else context.me
    rows = [row for row in referrals.of_resident(who, None).items if row.status not in OVER][:MOST_REFERRALS]
    lines = [
        f"· {row.hospital.name if row.hospital else '医院待定'}：{row.status_label}\n"
        f"▶ 打开“这次转诊” /pages/referral/referral?id={row.id}"
        for row in rows
    ]
    told = "正在进行的转诊：\n" + "\n".join(lines) + "\n" if lines else ""
    return team_words(context) | {"referrals": told}


def _may_ask(context: Context) -> str:
    return "" if _mine(context) else line("needs_team").format(who="您")


ERRANDS = {
    "team_card": Errand({"person": _with_team}, _card, refusal=_has_team),
    "complaint": Errand({"what": _about}, _complaint_words, _complain),
    "change_phone": Errand({}, _phone),
    "unsubscribe": Errand({"topic": _topics}, _topic_words, _turn_off),
    "ask_referral": Errand({"person": served}, _referrals, pass_on, refusal=_may_ask),
}

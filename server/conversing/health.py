"""Errands about health: a value, the next follow-up, and wishes that the team decides (refill, home visit)."""

import json
from collections import Counter
from typing import Any

from server import clock
from server.access import followups, measurements, prescriptions, visits
from server.actions import measurements as actions
from server.actions import reading
from server.chatbot.flows import Choice, Options, State
from server.chatbot.flows.definition import line
from server.conversing import persons
from server.conversing.context import Context, Errand, Outcome, day
from server.models import FollowUpStatus, Resident
from server.policy import measuring, programmes
from server.policy.measuring import Kind, MeasurementImpossible, Moment, Reading, Unit, Verdict

TIMINGS = {
    "fasting": Moment.FASTING, "preprandial": Moment.FASTING, "postprandial": Moment.AFTER_MEAL,
    "postprandial_2h": Moment.AFTER_MEAL,
}  # fmt: skip
TREND_DAYS = 30
ADVICE = {Verdict.FINE: "advice_fine", Verdict.HIGH: "advice_high", Verdict.EMERGENCY: "advice_emergency"}
PERSON = persons.chooser(measurements.people)


def _who(context: Context, state: State) -> Resident:
    return persons.find(measurements.people, context, state)


# ---------------------------------------------------------------- a value


def _value(context: Context, state: State) -> Options:
    """The value as the action takes it; one that nobody has is asked for again."""
    said = state.said.get("bp") if state.flow == "report_bp" else state.said.get("glucose")
    if not isinstance(said, dict) or (state.flow == "report_bp" and not {"sys", "dia"} <= said.keys()):
        return Options()
    try:
        read = _reading(state.flow, said)
    except MeasurementImpossible as refusal:
        return Options(note=refusal.message)
    return Options(chosen=Choice(json.dumps(said), read.words))


def _reading(flow: str, said: dict[str, Any]) -> Reading:
    if flow == "report_bp":
        return measuring.pressure(int(said["sys"]), int(said["dia"]))
    unit = Unit.MG if str(said.get("unit", "")).lower().startswith("mg") else Unit.MMOL
    return measuring.glucose(str(said["value"]), unit, TIMINGS.get(str(said.get("timing")), Moment.RANDOM))


def _value_words(context: Context, state: State) -> dict[str, str]:
    if "value" not in state.known:
        return {"rare": ""}
    rare = measuring.is_unusual(_reading(state.flow, json.loads(state.known["value"])))
    return {"rare": line("rare_value") if rare else ""}


def _record(context: Context, state: State) -> Outcome:
    who = _who(context, state)
    policy, read = context.rules_for(who), _reading(state.flow, json.loads(state.known["value"]))
    kept = actions.record(
        who, read, f"flow:{state.id}", measured_at=None, is_confirmed=True, is_own=who.id == context.me.id, source="chat",
        by=context.by, policy=policy,
    )  # fmt: skip
    rows = [row.values for row in measurements.trend(who, read.kind, TREND_DAYS, clock.now())]
    trend = measuring.trend_words(Kind(read.kind), rows, who.age_on(context.today), policy.followups)
    return Outcome({"advice": line(ADVICE[Verdict(kept.row.verdict)]), "trend": trend})


# ---------------------------------------------------------------- what is coming


def _coming(context: Context, state: State) -> dict[str, str]:
    if "person" not in state.known:
        return {}
    who, name = _who(context, state), state.labels["person"]
    reading.note_family_read("followups_read", [who], me=context.me, by=context.by)
    planned = [row for row in followups.mine(who, None).items if row.status == FollowUpStatus.PLANNED]
    planned = sorted((row for row in planned if row.due_on >= context.today), key=lambda row: row.due_on)[:3]
    lines = [
        f"· {day(row.due_on, context.today)}前后：{programmes.load(row.programme, context.today).neutral_title}"
        for row in planned
    ]
    lines = [f"{told}（{count}项）" if count > 1 else told for told, count in Counter(lines).items()]
    at_home = [f"· {day(row.planned_on, context.today)}：上门" for row in visits.coming(who.id, context.today)]
    if not lines and not at_home:
        return {"coming": line("nothing_planned").format(who=name)}
    return {"coming": f"{name}接下来的安排：\n" + "\n".join([*lines, *at_home]) + "\n" + line("reminded_before")}


# ---------------------------------------------------------------- what the team decides


def served(context: Context, state: State) -> Options:
    """The person, when the team that reads this conversation serves him, too."""
    found = PERSON(context, state)
    return found if found.chosen is None else check_team(context, found)


def check_team(context: Context, found: Options) -> Options:
    """Refuse whoever is not served by the team of the speaker: his wish would lie with people who do not know him."""
    assert found.chosen is not None
    mine = measurements.agreement_of(context.me.id)
    his = measurements.agreement_of(found.chosen.value)
    if his is None:
        return Options(refusal=line("needs_team").format(who=found.chosen.label))
    if mine is None or mine.team_id != his.team_id:
        team, where = his.team, his.team.organisation
        told = line("other_team").format(
            who=found.chosen.label, team=team.name, phone=team.phone, place=f"{where.name} {where.address}".strip()
        )
        return Options(refusal=told)
    return found


def team_words(context: Context) -> dict[str, str]:
    """Return the team and when it answers."""
    mine = measurements.agreement_of(context.me.id)
    return {"team": mine.team.name if mine else "", "hours": (mine.team.hours if mine else "") or "工作日"}


def _medicine(context: Context, state: State) -> Options:
    if said := state.said.get("medicine"):
        return Options(chosen=Choice(str(said), str(said)))
    current = prescriptions.open_of(state.known["person"])
    if current is None:
        return Options()
    words = f"现在这份长期处方（到{day(current.end_on, context.today)}）"
    return Options(chosen=Choice(words, words))


def _visit_words(context: Context, state: State) -> dict[str, str]:
    rows = visits.coming(state.known["person"], context.today) if "person" in state.known else []
    told = f"已安排{day(rows[0].planned_on, context.today)}上门。" if rows else ""
    return team_words(context) | {"visits": told}


def pass_on(context: Context, state: State) -> Outcome:
    """Leave it to the team: the conversation, with what was just said, goes into its queue."""
    return Outcome(team_words(context) | {"visits": ""}, hand_over=True)


_REPORT = Errand({"person": PERSON, "value": _value}, _value_words, _record)
ERRANDS = {
    "report_bp": _REPORT,
    "report_glucose": _REPORT,
    "next_followup": Errand({"person": PERSON}, _coming),
    "checkup_vaccine": Errand({"person": PERSON}, _coming),
    "refill": Errand({"person": served, "medicine": _medicine}, lambda context, state: team_words(context), pass_on),
    "home_visit": Errand({"person": served}, _visit_words, pass_on),
    "health_record": Errand({}, lambda context, state: {}),
}

"""A follow-up recorded at the desk, out of a conversation: the programme's own form, the mini-program's own actions."""

from typing import Any

from flask import Response, request, url_for

from server import clock
from server.access import followups as access
from server.access import referrals
from server.actions import followups
from server.actions.booking import referring
from server.errors import AppError, NotFound
from server.handlers import context
from server.handlers.desk import blanks, forms, serving
from server.handlers.desk.conversation import after
from server.handlers.desk.leading import Lead, kept, lead, page
from server.handlers.miniprogram.doctor.followups import shown
from server.handlers.miniprogram.shapes.followups import FollowUpOut
from server.handlers.miniprogram.shapes.programmes import METHODS, FormOut
from server.handlers.miniprogram.shapes.referrals import DischargeOut
from server.handlers.workbench.filters import day
from server.models import FollowUp, Programme
from server.policy import programmes

AT_HOME = (Programme.HOME_VISIT, Programme.SPECIAL)
MOST_TOGETHER = 5
REASONS = {
    "not_met": "没见到本人",
    "refused": "本人不愿意",
    "lost": "联系不上",
    "moved": "已经搬走",
    "dead": "已经去世",
}
ENDED = "请在手机“我的居民”里登记去世或搬离，协议会随之终止。"
MOST_WORDS = 280
"""A line that travels to the next page in a cookie."""


def show(conversation_id: str) -> Response:
    """Open the form of what is planned for the resident, the longest due first; without any, a service is written down.

    A home visit stands behind the others: who writes is not visited at this moment.
    """
    found = lead(conversation_id)
    rows = access.open_of(found.resident, context.staff(), clock.today())
    if not rows:
        return serving.page_of(found)
    wanted = request.values.get("followup", "")
    usual = next((one for one in rows if one.programme not in AT_HOME), rows[0])
    return _page(found, next((one for one in rows if one.id == wanted), usual), _joined())


def complete(conversation_id: str, followup_id: str) -> Response:
    """Record it, with what is done in the same encounter; the conversation says what follows."""
    found = lead(conversation_id)
    row, policy = _of(found, followup_id), context.wiring().policy
    try:
        told = forms.read(forms.VisitForm)
        encounter = followups.Encounter(
            told.visited_on, told.method, told.note or None, told.confirmed, told.next_on, told.next_reason or None
        )
        done = followups.complete(_parts(found, row), encounter, by=context.as_staff(), policy=policy)
    except AppError as error:
        return _page(found, row, request.form.getlist("with"), error)
    return _after(found, done)


def absence(conversation_id: str, followup_id: str) -> Response:
    """Write down why the visit did not take place."""
    found = lead(conversation_id)
    row, policy = _of(found, followup_id), context.wiring().policy
    try:
        told = forms.read(forms.AbsenceForm)
        done = followups.not_visited(
            row, told.reason, told.visited_on, note=told.absence_note or None, next_on=None,
            by=context.as_staff(), policy=policy,
        )  # fmt: skip
    except AppError as error:
        return _page(found, row, [], error)
    following = f"下次随访 {day(done.next.due_on)}。" if done.next else ""
    words = f"已记录没访到（{done.followup.status_label}）。{following}{ENDED if done.ending_hint else ''}"
    return after(found.row, words)


def _of(found: Lead, followup_id: str) -> FollowUp:
    """Return a follow-up of this conversation's resident. Raises NotFound, also for somebody else's."""
    row = access.one(followup_id, context.staff())
    if row.resident_id != found.resident.id:
        raise NotFound()
    return row


def _joined() -> list[str]:
    """The forms on the page, one more or one less; of another follow-up none yet."""
    ids, toggled = request.form.getlist("with"), request.form.get("toggle", "")
    if not toggled:
        return []
    return [one for one in ids if one != toggled] if toggled in ids else [*ids, toggled]


def _parts(found: Lead, row: FollowUp) -> list[followups.Part]:
    chosen = [row, *(_of(found, one) for one in request.form.getlist("with")[:MOST_TOGETHER] if one != row.id)]
    parts: list[followups.Part] = []
    for form, shared in _with_shared([_form(one) for one in chosen]):
        values = blanks.entered(form, shared)
        if parts:
            values |= {key: value for key, value in parts[0].values.items() if key in shared}
        parts.append(followups.Part(chosen[len(parts)], values))
    return parts


def _with_shared(opened: list[FormOut]) -> list[tuple[FormOut, set[str]]]:
    return [(form, blanks.shared_keys(form, opened[:1]) if form is not opened[0] else set()) for form in opened]


def _form(row: FollowUp) -> FormOut:
    """Its form; that it was shown is on record, as on the phone."""
    followups.open_done(row, by=context.as_staff())
    return FormOut.of(row, shown([row])[0], access.previous(row), [], clock.today())


def _page(found: Lead, row: FollowUp, ids: list[str], error: AppError | None = None) -> Response:
    together = access.together(row, context.staff())
    chosen = [row, *[one for one in together if one.id in ids][:MOST_TOGETHER]]
    opened = [_form(one) for one in chosen]
    wrong = {one["field"]: one["message"] for one in error.details.get("problems", ())} if error else {}
    sent = request.form.getlist("with") if request.form.get("with") else []
    drawn = [
        blanks.blank(form, opened[:1] if number else [], wrong, is_sent=form.followup.id in sent)
        for number, form in enumerate(opened)
    ]
    return page(
        found,
        "followup.html",
        error,
        planned=_planned(found, row),
        together=shown(together),
        chosen=[one.id for one in chosen],
        blanks=drawn,
        discharge=_discharge(row),
        problems=[one for one in wrong.values() if error and one != error.message],
        asks_again=bool(error and error.code == "confirmation_needed"),
        methods=METHODS,
        reasons=REASONS,
        today=clock.today(),
        kept=kept,
        method=kept("method", "home" if row.programme in AT_HOME else ""),
        is_absent=bool(error and request.form.get("absent")),
    )


def _planned(found: Lead, row: FollowUp) -> list[FollowUpOut]:
    """What is planned for him, of each programme what is due first; this one among them, planned or not."""
    rows = [row, *access.open_of(found.resident, context.staff(), clock.today())]
    first = {one.programme: one for one in reversed(rows)}
    return shown(sorted(first.values(), key=lambda one: (one.due_on, one.id)))


def _discharge(row: FollowUp) -> DischargeOut | None:
    """What the hospital told; after an outpatient visit there is nothing."""
    if row.programme != Programme.DISCHARGE:
        return None
    try:
        told = referrals.discharge_of(row.id, context.staff())
    except NotFound:
        return None
    referring.note_opened(told, by=context.as_staff())
    return DischargeOut.of(told)


def _after(found: Lead, done: list[followups.Completed]) -> Response:
    words = "".join(_in_words(one) for one in done)
    more: dict[str, Any] = {}
    if any(one.is_emergency for one in done):
        more["tone"] = "bad"
    if any(one.judged.refer for one in done):
        more["go"] = url_for("desk.referral", conversation_id=found.row.id, message=found.message_id)
    return after(found.row, words[:MOST_WORDS], **more)


def _in_words(done: followups.Completed) -> str:
    table = programmes.load(done.followup.programme, done.followup.visited_on or clock.today())
    parts = [f"{table.title}已登记：{done.class_label or '完成'}。{done.advice}"]
    if done.judged.refer:
        parts.append(f"建议转诊：{table.reasons[done.judged.refer]}。")
    if done.next:
        parts.append(f"下次随访 {day(done.next.due_on)}。")
    return "".join(parts)

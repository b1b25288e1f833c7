"""Every route of the application as data, so that a new one is tested without anybody thinking of it."""

import functools
from typing import Any, NamedTuple

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.app import create_app
from server.handlers import guard_of
from tests import configured

ABSENT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
VISIT = {"visited_on": "2026-03-02", "method": "clinic", "systolic": 120, "diastolic": 80}
PRESCRIBED = {
    "client_id": "p1",
    "medicines": [{"code": "amlodipine_5", "times": 1, "dose": "1片"}],
    "days": 28,
    "start_on": "2026-03-02",
    "evaluation": "血压稳定，无不良反应",
}

# What a well-formed request carries; routes that are not named here carry nothing.
BODIES: dict[str, dict[str, Any]] = {
    "login.login": {"code": "c" * 32},
    "identity.phone": {"code": "c" * 32},
    "identity.bind_identity": {"name": "林秀英", "document_type": "01", "number": "510799195003150016"},
    "identity.join_staff": {"code": "12345678"},
    "consents.accept_privacy": {"version": "1"},
    "messages.say": {"text": "你好", "client_id": "c1"},
    "messages.send_photo": {"photo": "data:image/png;base64,iVBORw0KGgo=", "client_id": "c1"},
    "push_consents.answered": {"results": {}},
    "notice_settings.save": {"off": ["followup"], "sms_allowed": True},
    "agreements.preview": {"team_id": ABSENT, "package_id": ABSENT},
    "agreements.sign": {
        "team_id": ABSENT,
        "package_id": ABSENT,
        "text_sha256": "0" * 64,
        "consents": [],
        "signature": "data:image/png;base64,",
    },
    "renewals.renewal": {},
    "renewals.renew": {},
    "renewals.confirm": {},
    "drafts.save": {"team_id": ABSENT, "package_id": ABSENT},
    "changes.preview": {"team_id": ABSENT},
    "changes.ask": {"team_id": ABSENT, "reason_code": "moved", "text_sha256": "0" * 64},
    "changes.answer": {"choice": "end"},
    "doctor_begin.find": {"number": "510799195003150016"},
    "doctor_begin.register": {"name": "林秀英", "number": "510799195003150016"},
    "doctor_begin.begin": {"resident_id": ABSENT, "package_id": ABSENT},
    "doctor_begin.sign": {
        "text_sha256": "0" * 64,
        "consents": ["service_content", "health_data", "share_with_hospitals"],
        "signature": "data:image/png;base64,iVBORw0KGgo=",
    },
    "doctor_changes.agree": {"handover_note": ""},
    "doctor_changes.refuse": {"note": "名额已满"},
    "doctor_visits.plan": {"followup_ids": [ABSENT], "planned_on": "2026-03-10", "window": "morning"},
    "doctor_visits.arrive": {"place": "北街1号家中"},
    "doctor_visits.keep_photo": {"photo": "data:image/png;base64,iVBORw0KGgo="},
    "endings.ask": {"reason_code": "moved", "note": "", "signature": "data:image/png;base64,iVBORw0KGgo="},
    "family.found": {"address": "北街1号"},
    "family.edit": {"address": "北街1号"},
    "family.name": {"name": "林秀英", "number": "510799196103020125", "relation": "12"},
    "family.answer": {"yes": True},
    "family.ask": {
        "kind": "proxy",
        "name": "林秀英",
        "number": "510799196103020125",
        "relation": "30",
        "proof_kind": "written_authority",
        "proof": "data:image/png;base64,iVBORw0KGgo=",
        "valid_to": "2026-12-31",
    },
    "family.grant": {"yes": True},
    "conditions.write": {"text": "高血压，按时服药"},
    "wards.ask": {"reason_code": "other", "signature": "data:image/png;base64,iVBORw0KGgo="},
    "wards.confirm": {},
    "family.preview": {"team_id": ABSENT, "members": [{"resident_id": ABSENT, "package_id": ABSENT}]},
    "family.sign": {
        "team_id": ABSENT,
        "members": [{"resident_id": ABSENT, "package_id": ABSENT, "text_sha256": "0" * 64}],
        "consents": [],
        "signature": "data:image/png;base64,iVBORw0KGgo=",
    },
    "family.own_consent": {"consents": []},
    "copies.decide": {"key": "health_data", "stands": True},
    "copies.sign_supplement": {"text_sha256": "0" * 64, "signature": "data:image/png;base64,iVBORw0KGgo="},
    "doctor_copies.propose": {"kind": "other", "note": "每周一随访"},
    "doctor_copies.keep_signature": {"signature": "data:image/png;base64,iVBORw0KGgo="},
    "appointments.book": {"slot_id": ABSENT},
    "referrals.agree": {"text_sha256": "0" * 64},
    "referrals.emergency": {
        "client_id": "e1",
        "hospital_name": "市中心医院",
        "admitted_at": "2026-03-02T09:00:00+08:00",
    },
    "doctor_numbers.book": {"slot_id": ABSENT},
    "doctor_referrals.refer": {
        "client_id": "c1",
        "hospital_id": ABSENT,
        "reason_code": "diagnosis",
        "summary": "请协助诊治",
    },
    "doctor_referrals.emergency": {
        "client_id": "e1",
        "hospital_name": "市中心医院",
        "admitted_at": "2026-03-02T09:00:00+08:00",
    },
    "doctor_referrals.terminate": {"reason": "病情好转"},
    "doctor_referrals.register": {"diagnosis": "阑尾炎", "caller": "李某", "caller_phone": "13900000000"},
    "appointments.hold": {"slot_id": ABSENT},
    "appointments.move": {"slot_id": ABSENT},
    "appointments.appeal": {"text": "那天下雨摔倒了"},
    "waiting.join": {"department_id": ABSENT, "from_on": "2026-03-03", "until_on": "2026-03-10"},
    "doctor_waiting.set_priority": {"priority": 3},
    "rights.dispute": {"reason": "那天没有人来过"},
    "rights.declare": {"insurance": "resident"},
    "doctor_services.record": {
        "client_id": "c1",
        "served_on": "2026-03-02",
        "place": "clinic",
    },
    "doctor_services.answer": {"upheld": True, "reply": "登记有误，已更正"},
    "doctor_agreements.reject": {"reason_code": "other", "note": ""},
    "doctor_agreements.close": {"event": "moved", "on": "2026-03-02"},
    "doctor_conversations.reply": {"text": "您好", "client_id": "c1"},
    "doctor_conversations.reply_photo": {"photo": "data:image/png;base64,iVBORw0KGgo=", "client_id": "c1"},
    "doctor_conversations.reply_voice": {"voice": "data:audio/amr;base64,IyFBTVIK", "client_id": "c1"},
    "doctor_desk.transfer": {"staff_id": ABSENT, "reason": "问的是用药"},
    "doctor_desk.note": {"text": "下次问问睡眠", "client_id": "n1"},
    "doctor_desk.keep": {"title": "收到", "text": "{name}您好，收到。"},
    "doctor_desk.leave": {
        "stand_in_id": ABSENT,
        "from_at": "2026-03-03T08:00:00+08:00",
        "until_at": "2026-03-04T08:00:00+08:00",
    },
    "doctor_desk_logins.look": {"code": "12345678"},
    "doctor_desk_logins.confirm": {"code": "12345678"},
    "doctor_desk_logins.refuse": {"code": "12345678"},
    "messages.rate": {"stars": 5, "words": "谢谢"},
    "doctor_unsigned.reason": {"code": "lost_contact", "note": ""},
    "doctor_unsigned.keep_notice": {
        "text_sha256": "0" * 64,
        "signer": "resident",
        "signature": "data:image/png;base64,iVBORw0KGgo=",
    },
    "doctor_followups.enrol": {"programme": "htn", "start_on": "2026-03-02"},
    "doctor_followups.complete": VISIT,
    "prescriptions.sign": {"text_sha256": "0" * 64},
    "doctor_prescriptions.issue": PRESCRIBED,
    "doctor_prescriptions.renew": PRESCRIBED,
    "doctor_prescriptions.stop": {"reason": "other"},
    "doctor_prescriptions.bring": {"planned_on": "2026-03-03", "courier": "王平"},
    "measurements.record": {"client_id": "c1", "kind": "blood_pressure", "systolic": 128, "diastolic": 78},
    "doctor_measurements.finish": {"outcome": "contacted"},
    "doctor_programmes.not_visited": {"reason": "not_met", "on": "2026-03-02"},
    "doctor_programmes.choose_date": {"due_on": "2026-03-05", "reason": "本人外出"},
    "doctor_programmes.facts": {"facts": {"target_fasting_glucose": "6.5"}},
    "doctor_programmes.assign": {"staff_id": ABSENT},
    "doctor_programmes.answer": {"result": "attended"},
    "areas.live_at": {"code": "510703"},
    "populations.declare": {"group": "FLOATING", "since_on": "2025-01-01"},
    "doctor_populations.add": {"group": "DM", "diagnosed_on": "2025-01-01", "institution": "市中心医院"},
    "doctor_populations.end": {"is_wrong": False},
    "doctor_populations.delivery": {"on": "2026-03-02"},
    "doctor_followups.finish_task": {"outcome": "reached"},
}
WITHOUT_BODY = {
    "doctor_desk_logins.end",
    "referrals.decline",
    "doctor_referrals.receive",
    "family.remove",
    "family.hand_over",
    "family.revoke",
    "family.opt_out",
    "doctor_agreements.accept_joint",
    "doctor_agreements.witness",
    "copies.read",
    "copies.decline_supplement",
    "doctor_copies.take_back",
    "identity.logout",
    "agreements.withdraw",
    "changes.take_back",
    "doctor_agreements.seen",
    "doctor_begin.preview",
    "doctor_begin.withdraw",
    "appointments.cancel",
    "appointments.cancel_late",
    "appointments.confirm",
    "waiting.leave",
    "waiting.accept",
    "waiting.decline",
    "endings.take_back",
    "wards.take_back",
    "wards.renewal",
    "wards.decline",
    "rights.confirm",
    "doctor_services.take_back",
    "renewals.decline",
    "doctor_agreements.confirm_renewal",
    "doctor_agreements.accept",
    "doctor_agreements.phone",
    "doctor_followups.seen",
    "doctor_programmes.end",
    "doctor_unsigned.contact",
    "communities.decline",
    "doctor_conversations.take",
    "doctor_conversations.close",
    "doctor_desk.remove",
    "doctor_desk.come_back",
    "doctor_conversations.release",
    "populations.withdraw",
    "doctor_populations.certify",
    "doctor_populations.decline",
    "doctor_populations.reassess",
}
QUERIES = {
    "appointments.slots": {"hospital_id": ABSENT},
    "doctor_referrals.slots": {"hospital_id": ABSENT},
    "waiting.options": {"department_id": ABSENT},
    "push_consents.templates": {"scene": "booking"},
}


class Route(NamedTuple):
    """One way in."""

    method: str
    path: str
    endpoint: str
    arguments: tuple[str, ...]

    @property
    def guard(self) -> str:
        """The name of the guard, "" for none."""
        found = guard_of(self.endpoint)
        return found.__name__ if found else ""

    def call(
        self,
        client: FlaskClient,
        headers: dict[str, str] | None = None,
        said: dict[str, Any] | None = None,
        **ids: str,
    ) -> TestResponse:
        """A well-formed request, with ``said`` in its body; ids that are not given belong to nobody."""
        path = self.path
        for name in self.arguments:
            value = ids.get(name, "service_account" if name == "app" else ABSENT)
            path = path.replace(f"<path:{name}>", value).replace(f"<{name}>", value)
        return client.open(
            path,
            method=self.method,
            json=BODIES[self.endpoint] | (said or {}) if self.endpoint in BODIES else None,
            query_string=QUERIES.get(self.endpoint),
            headers=headers,
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@functools.cache
def routes() -> tuple[Route, ...]:
    """Every route and method of the application, HEAD and OPTIONS left out."""
    app = create_app(configured.settings("sqlite://"))
    return tuple(
        Route(method, rule.rule, rule.endpoint, tuple(sorted(rule.arguments)))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    )


def api() -> tuple[Route, ...]:
    """The mini-program's routes."""
    return tuple(route for route in routes() if route.path.startswith("/api/"))

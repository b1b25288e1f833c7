"""Teams, packages and agreements."""

from datetime import date
from typing import Any, Self

from pydantic import Field

from server import clock
from server.actions import signing
from server.handlers.miniprogram.shapes.edges import In, Out, instant
from server.handlers.miniprogram.shapes.endings import TerminationOut
from server.handlers.miniprogram.shapes.people import PatientOut
from server.handlers.miniprogram.shapes.terms import TermOut, renew_hint, term_label
from server.models.agreement import Agreement, AgreementStatus, SignedBy
from server.models.doctor import ROLE_LABELS, Role, Team
from server.models.ending import Ending
from server.models.enrolment import Programme
from server.models.package import ServicePackage
from server.policy import complaining, texts
from server.policy.schema import Policy
from server.policy.terms import last_day

REJECT_LABELS = {"cap_full": "团队已满员", "out_of_area": "不在服务区域", "data_wrong": "资料有误", "other": "其他原因"}
PROGRAMME_TAGS = {
    Programme.HTN: "高血压",
    Programme.DM: "糖尿病",
    Programme.SMI: "严重精神障碍",
    Programme.TB: "肺结核",
    Programme.MATERNAL: "孕产妇",
    Programme.CHILD: "儿童",
    Programme.ELDER: "老年人体检",
    Programme.TCM_ELDER: "老年人中医",
    Programme.TCM_CHILD: "儿童中医",
    Programme.COPD: "慢阻肺",
    Programme.DISCHARGE: "出院随访",
    Programme.HOME_BED: "家庭病床",
    Programme.DISABLED: "残疾人",
    Programme.SPECIAL: "特殊家庭",
    Programme.HOME_VISIT: "每月上门",
    Programme.IMMUNISATION: "预防接种",
}
"""Words on the doctor's list of residents, for each programme."""
UNDECIDED = (
    AgreementStatus.DRAFT,
    AgreementStatus.PENDING_RESIDENT,
    AgreementStatus.PENDING_TEAM,
    AgreementStatus.PENDING_PAYMENT,
)
NOT_TAKEN = (AgreementStatus.REJECTED, AgreementStatus.WITHDRAWN)
PENDING_LABEL_RENEWAL = "续签等待医生确认"


class Choice(In):
    """The team and package a resident is about to sign with."""

    team_id: str = Field(max_length=26)
    package_id: str = Field(max_length=26)
    term_months: int | None = Field(default=None, ge=1, le=120)
    is_extended: bool = False


class SignIn(Choice):
    """A signed request: the text read, the consents ticked, the signature drawn."""

    text_sha256: str = Field(min_length=64, max_length=64)
    consents: list[str] = Field(max_length=20)
    signature: str = Field(max_length=400_000)
    is_mark: bool = False
    lives_on_own_earnings: bool = False
    community_id: str | None = Field(default=None, max_length=26)

    def wish(self, team: Team, package: ServicePackage, device: str) -> signing.Wish:
        """What is to be signed, with the things the ids stand for."""
        return signing.Wish(
            team=team,
            package=package,
            text_sha256=self.text_sha256,
            consents=tuple(self.consents),
            signature=self.signature,
            is_mark=self.is_mark,
            lives_on_own_earnings=self.lives_on_own_earnings,
            term_months=self.term_months,
            is_extended=self.is_extended,
            community_id=self.community_id,
            device=device,
        )


class RejectIn(In):
    """Why a team declines."""

    reason_code: signing.RejectReason
    note: str = Field(default="", max_length=200)


class WhichIn(In):
    """Which of the team's agreements."""

    status: str = Field(default="pending_team", pattern="^(pending_team|active|ending|lapsed|reconfirm)$")
    cursor: str | None = Field(default=None, max_length=500)


class MemberOut(Out):
    """A team member: public."""

    name: str
    title: str
    role_label: str


class PackageOut(Out):
    """A service package."""

    id: str
    name: str
    summary: str
    population: str
    price_fen: int
    self_pay_fen: int
    payers: list[dict[str, Any]]
    items: list[dict[str, str]]

    @classmethod
    def of(cls, package: ServicePackage) -> Self:
        """Show a package."""
        payers = (
            ("基本公共卫生服务经费", package.public_health_fen),
            ("医保基金", package.insurance_fen),
            ("居民个人", package.self_pay_fen),
        )
        return cls(
            id=package.id,
            name=package.name,
            summary=package.summary,
            population=package.population,
            price_fen=package.price_fen,
            self_pay_fen=package.self_pay_fen,
            payers=[{"label": label, "amount_fen": amount} for label, amount in payers],
            items=[{"name": item.name, "frequency_label": item.frequency_label} for item in package.items],
        )


class TeamOut(Out):
    """A team that can be chosen."""

    id: str
    name: str
    organisation: str
    address: str
    phone: str
    hours: str
    intro: str
    lead: dict[str, str]
    members: list[MemberOut]
    places_left: int
    is_near: bool = False
    packages: list[PackageOut] | None = None

    @classmethod
    def of(cls, team: Team, packages: list[ServicePackage] | None = None, *, is_near: bool = False) -> Self:
        """Show a team, with packages on its own page."""
        lead = team.lead
        return cls(
            id=team.id,
            name=team.name,
            organisation=team.organisation.name,
            address=team.organisation.address,
            phone=team.phone,
            hours=team.hours,
            intro=team.intro,
            lead={"name": lead.name if lead else "", "title": lead.title if lead else ""},
            members=[
                MemberOut(name=m.staff.name, title=m.staff.title, role_label=ROLE_LABELS[Role(m.role)])
                for m in team.memberships
            ],
            places_left=team.places_left,
            is_near=is_near,
            packages=None if packages is None else [PackageOut.of(package) for package in packages],
        )


class PreviewOut(Out):
    """What would be signed; the days as they would be if the team accepted today."""

    title: str
    paragraphs: list[str]
    text_sha256: str
    start_on: str
    end_on: str
    term_label: str
    term_months: int | None
    is_extended: bool
    terms: list[TermOut]
    follows: str | None
    self_pay_fen: int
    consents: list[dict[str, str]]
    complaint_route: str
    """What to do when one is not content, in one sentence."""
    area_warning: str | None = None
    may_declare_own_living: bool = False

    @classmethod
    def of(
        cls, text: texts.Document, package: ServicePackage, policy: Policy, period: signing.Period, follows: str | None
    ) -> Self:
        """Show the text and what accepting it today would mean; ``follows``: the agreement that it would renew."""
        rules, start_on = policy.signing, period.start_on or clock.today()
        end_on = period.end_on or last_day(rules, start_on, period.months or rules.term_months)
        return cls(
            title=text.title,
            paragraphs=list(text.paragraphs),
            text_sha256=text.sha256,
            start_on=start_on.isoformat(),
            end_on=end_on.isoformat(),
            term_label=term_label(period, policy),
            term_months=period.months,
            is_extended=period.is_extended,
            terms=TermOut.choices(rules),
            follows=follows,
            self_pay_fen=package.self_pay_fen,
            consents=[{"key": key, "label": texts.consent_label(key)} for key in rules.consents],
            complaint_route=complaining.route(policy),
        )


class AgreementOut(Out):
    """An agreement as its resident sees it; ``title`` and below only on its own page."""

    id: str
    number: str
    status: str
    status_label: str
    team: dict[str, str]
    package: dict[str, str]
    start_on: str | None
    end_on: str | None
    requested_at: str
    decided_at: str | None
    answer_by_on: str | None
    reject_reason: str | None
    can_withdraw: bool
    can_renew: bool
    renew_hint: str | None
    can_confirm: bool
    confirm_by_on: str | None
    team_confirmed: bool
    can_end: bool
    term_months: int | None
    is_extended: bool
    can_change: bool
    wants_other_teams: bool
    """Not accepted, or nobody answered: other teams are worth a look."""
    begun_by_staff: bool
    predecessor_id: str | None
    successor_id: str | None
    source_label: str
    signed_by_label: str
    signer_masked: str | None
    own_consent_due: bool
    can_opt_out: bool
    opt_out_until_on: str | None
    joint_id: str | None
    resident_masked: str
    title: str | None = None
    paragraphs: list[str] | None = None
    package_items: list[dict[str, str]] | None = None
    complaint_route: str | None = None
    signature: str | None = None
    termination: TerminationOut | None = None
    change: dict[str, Any] | None = None
    """The latest wish for another team (shapes.changes.ChangeOut)."""

    @classmethod
    def of(cls, agreement: Agreement, today: date, successor_id: str | None = None) -> Self:
        """Show an agreement in a list."""
        pending = agreement.status == AgreementStatus.PENDING_TEAM
        unconfirmed = agreement.status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED
        renewable = signing.can_renew(agreement, today) and successor_id is None
        return cls(
            id=agreement.id,
            number=agreement.number,
            status=agreement.status,
            status_label=PENDING_LABEL_RENEWAL if pending and agreement.is_renewal else agreement.status_label,
            team={"id": agreement.team_id, "name": agreement.team.name, "phone": agreement.team.phone},
            package={"id": agreement.package_id, "name": agreement.package.name},
            start_on=agreement.start_on.isoformat() if agreement.start_on else None,
            end_on=agreement.end_on.isoformat() if agreement.end_on else None,
            requested_at=instant(agreement.requested_at),
            decided_at=instant(agreement.decided_at) if agreement.decided_at else None,
            answer_by_on=agreement.answer_by_on.isoformat() if agreement.status in UNDECIDED else None,
            reject_reason=_reject_reason(agreement),
            can_withdraw=agreement.status in UNDECIDED,
            can_renew=renewable,
            renew_hint=renew_hint(agreement, today, renewable),
            can_confirm=unconfirmed and agreement.resident_confirmed_at is None,
            confirm_by_on=agreement.reconfirm_by_on.isoformat() if agreement.reconfirm_by_on else None,
            team_confirmed=agreement.team_confirmed_at is not None,
            term_months=agreement.term_months,
            is_extended=agreement.is_extended,
            can_end=agreement.status == AgreementStatus.ACTIVE,
            can_change=signing.can_change(agreement),
            wants_other_teams=agreement.status in NOT_TAKEN and agreement.draft_step is None,
            begun_by_staff=agreement.begun_by is not None,
            predecessor_id=agreement.predecessor_id,
            successor_id=successor_id,
            source_label="微信小程序",
            signed_by_label=agreement.signed_by_label,
            signer_masked=agreement.signer.name_masked if agreement.signer else None,
            own_consent_due=agreement.own_consent_due,
            can_opt_out=signing.may_opt_out(agreement),
            opt_out_until_on=agreement.opt_out_until_on.isoformat() if agreement.opt_out_until_on else None,
            joint_id=agreement.joint_id,
            resident_masked=agreement.resident.name_masked,
        )

    def with_text(self, agreement: Agreement) -> Self:
        """Add the frozen text and the signature."""
        text = texts.Document.from_body(agreement.text_body)
        self.title = text.title
        self.paragraphs = list(text.paragraphs)
        items = agreement.package.items
        self.package_items = [{"name": item.name, "frequency_label": item.frequency_label} for item in items]
        self.signature = agreement.signature
        self.complaint_route = complaining.route(signing.rules_of(agreement))
        return self

    def with_wish(self, wish: Ending | None) -> Self:
        """Add the resident's latest wish to end it."""
        self.termination = TerminationOut.of(wish) if wish else None
        return self


def _reject_reason(agreement: Agreement) -> str | None:
    if agreement.reject_code is None:
        return None
    label = REJECT_LABELS[agreement.reject_code]
    return f"{label}：{agreement.reject_note}" if agreement.reject_note else label


class PanelAgreementOut(AgreementOut):
    """An agreement as the team sees it."""

    resident: PatientOut | None = None
    joint_size: int = 1
    witnesses_missing: int = 0

    @classmethod
    def for_team(cls, agreement: Agreement, today: date, joint_size: int = 1) -> Self:
        """Show an agreement with its resident, masked."""
        shown = cls.of(agreement, today)
        shown.resident = PatientOut.of(agreement.resident, today)
        shown.joint_size = joint_size
        if agreement.signed_by == SignedBy.MARK:
            shown.witnesses_missing = [agreement.witness_id, agreement.second_witness_id].count(None)
        return shown


class PanelResidentOut(PatientOut):
    """Somebody on the team's panel."""

    tags: list[str]
    groups: list[str]
    agreement_id: str
    agreement_status: str
    agreement_end_on: str
    next_due_on: str | None

    @classmethod
    def signed(
        cls,
        agreement: Agreement,
        programmes: list[str],
        next_due_on: date | None,
        groups: list[str],
        today: date,
    ) -> Self:
        """Show the resident of an agreement in force, masked."""
        assert agreement.end_on is not None
        return cls(
            **PatientOut.of(agreement.resident, today).model_dump(),
            tags=[PROGRAMME_TAGS[Programme(programme)] for programme in programmes],
            groups=groups,
            agreement_id=agreement.id,
            agreement_status=agreement.status,
            agreement_end_on=agreement.end_on.isoformat(),
            next_due_on=next_due_on.isoformat() if next_due_on else None,
        )

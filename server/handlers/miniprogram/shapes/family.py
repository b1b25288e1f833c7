"""Households, who signs for whom, and joint signing."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field

from server.access import people
from server.access.families import Signable
from server.actions import conditions, signing
from server.actions.authorities import Claim
from server.actions.households import Named
from server.handlers.miniprogram.shapes.edges import Day, In, Out
from server.handlers.miniprogram.shapes.people import IdentityIn
from server.models.agreement import Agreement
from server.models.authority import AUTHORITY_LABELS, STATE_LABELS, Authority, AuthorityKind, AuthorityState
from server.models.household import PROOF_LABELS, Household, HouseholdMember, Proof
from server.models.package import ServicePackage
from server.models.resident import Resident
from server.policy import capacity, relations, texts
from server.policy.schema import Policy

PHOTO = 900_000
GROUND_LABELS = {"self": "本人", "guardian": "我是监护人", "proxy": "书面委托我", "household": "家庭代表代签"}


class HouseholdIn(In):
    """Where a household lives, and the number of its register."""

    address: str = Field(default="", max_length=200)
    register_number: str | None = Field(default=None, max_length=40)


class PersonIn(IdentityIn):
    """Somebody else, by his document; a child under one year may have none yet (90), and gets a number of ours."""

    document_type: Literal["01", "03C", "03F", "06", "06N", "07", "08", "09", "90"] = "01"  # type: ignore[assignment]
    number: str = Field(default="", max_length=40)

    def person(self, today: date) -> people.Typed:
        """Check him. Raises the errors of policy.identity."""
        if self.document_type == "90":
            return people.newborn(self.name, today, birth_on=self.birth_on, sex=self.sex)
        return people.typed(
            self.name,
            self.number,
            today,
            document_type=self.document_type,
            birth_on=self.birth_on,
            sex=self.sex,
            nationality=self.nationality,
        )


class MemberIn(PersonIn):
    """One more member of my household."""

    relation: str = Field(pattern="^[0-9]{2}$")
    proof_kind: Proof = Proof.HOUSEHOLD_BOOK
    proof: str | None = Field(default=None, max_length=PHOTO)

    def named(self, today: date) -> Named:
        """As the action takes it."""
        return Named(self.person(today), self.relation, self.proof_kind, self.proof)


class ClaimIn(PersonIn):
    """For whom I want to sign, and what shows that I may."""

    kind: AuthorityKind
    relation: str = Field(pattern="^[0-9]{2}$")
    proof_kind: Proof
    proof: str = Field(max_length=PHOTO)
    note: str = Field(default="", max_length=200)
    valid_from: Day | None = None
    valid_to: Day | None = None

    def claim(self, today: date) -> Claim:
        """As the action takes it."""
        return Claim(
            kind=self.kind,
            person=self.person(today),
            relation=self.relation,
            proof_kind=self.proof_kind,
            proof=self.proof,
            note=self.note,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class ConditionIn(In):
    """What somebody's health is like, in his words."""

    text: str = Field(default="", max_length=400)


class AnswerIn(In):
    """Yes or no."""

    yes: bool


class PartIn(In):
    """One person of a joint request, and his package."""

    resident_id: str = Field(max_length=26)
    package_id: str = Field(max_length=26)


class JointPreviewIn(In):
    """For whom I am about to sign, with which team."""

    team_id: str = Field(max_length=26)
    members: list[PartIn] = Field(min_length=1, max_length=20)


class SignedPartIn(PartIn):
    """One person of a joint request, and the text that was shown for him."""

    text_sha256: str = Field(min_length=64, max_length=64)


class JointSignIn(In):
    """A signed joint request: the texts read, the consents ticked, one signature."""

    team_id: str = Field(max_length=26)
    members: list[SignedPartIn] = Field(min_length=1, max_length=20)
    consents: list[str] = Field(max_length=20)
    signature: str = Field(max_length=400_000)


class ConsentsIn(In):
    """The consents somebody gives himself."""

    consents: list[str] = Field(max_length=20)


class FamilyMemberOut(Out):
    """A member of my household."""

    id: str
    name_masked: str
    relation: str
    relation_label: str
    state: str
    state_label: str
    is_head: bool
    is_me: bool
    age: int
    can_write_condition: bool
    condition: str | None
    """Only for whom it concerns, and the head for a child."""

    @classmethod
    def of(cls, row: HouseholdMember, me: Resident, today: date, *, i_am_head: bool) -> Self:
        """Show a member, masked."""
        writes = conditions.may_write(row, me, i_am_head=i_am_head)
        return cls(
            id=row.id,
            name_masked=row.name_masked,
            relation=row.relation,
            relation_label=relations.label(row.relation),
            state=row.state,
            state_label=row.state_label,
            is_head=row.is_head,
            is_me=row.resident_id == me.id,
            age=capacity.age_on(row.birth_on, today),
            can_write_condition=writes,
            condition=row.physical_condition if writes else None,
        )


class HouseholdOut(Out):
    """My household."""

    id: str
    code: str
    address: str
    i_am_head: bool
    book_seen: bool
    members: list[FamilyMemberOut]

    @classmethod
    def of(cls, home: Household, me: Resident, today: date) -> Self:
        """Show a household to one of its members; who waits is shown to the head alone."""
        head = home.head
        i_am_head = head is not None and head.resident_id == me.id
        rows = [*home.joined]
        if i_am_head:
            rows += [row for row in home.members if row.state == "waiting"]
        return cls(
            id=home.id,
            code=home.code,
            address=home.address,
            i_am_head=i_am_head,
            book_seen=home.book_seen_at is not None,
            members=[FamilyMemberOut.of(row, me, today, i_am_head=i_am_head) for row in rows],
        )


class InvitationOut(Out):
    """A household that named me."""

    id: str
    head_masked: str
    relation_label: str

    @classmethod
    def of(cls, row: HouseholdMember) -> Self:
        """Show who asks."""
        head = row.household.head
        return cls(
            id=row.id, head_masked=head.name_masked if head else "", relation_label=relations.label(row.relation)
        )


class AuthorityOut(Out):
    """Who may sign for whom."""

    id: str
    kind: str
    kind_label: str
    state: str
    state_label: str
    person_masked: str
    code: str | None
    proof_label: str
    note: str
    valid_from: str
    valid_to: str | None
    can_revoke: bool
    can_answer: bool

    @classmethod
    def of(cls, row: Authority, me: Resident, today: date, *, can_revoke: bool) -> Self:
        """Show it to the agent with the principal's name, to the principal with the agent's."""
        is_mine = row.agent_id == me.id
        over = row.valid_to is not None and row.valid_to < today
        state = AuthorityState(row.state)
        label = "已过期" if over and state == AuthorityState.CERTIFIED else STATE_LABELS[state]
        return cls(
            id=row.id,
            kind=row.kind,
            kind_label=AUTHORITY_LABELS[AuthorityKind(row.kind)],
            state=row.state,
            state_label=label,
            person_masked=row.name_masked if is_mine else row.agent.name_masked,
            code=row.code if is_mine and state == AuthorityState.WAITING else None,
            proof_label=PROOF_LABELS[Proof(row.proof_kind)],
            note=row.note if is_mine else "",
            valid_from=row.valid_from.isoformat(),
            valid_to=row.valid_to.isoformat() if row.valid_to else None,
            can_revoke=can_revoke,
            can_answer=not is_mine and state == AuthorityState.WAITING and row.kind == AuthorityKind.PROXY,
        )


class FamilyOut(Out):
    """All of 我的家庭 in one answer."""

    household: HouseholdOut | None
    invitations: list[InvitationOut]
    mine: list[AuthorityOut]
    about_me: list[AuthorityOut]
    relations: list[dict[str, str]]
    all_relations: list[dict[str, str]]
    proof_needed: bool
    condition_wanted: bool
    """The form of my household has a column for it."""


class SignableOut(Out):
    """Somebody I may sign for."""

    resident_id: str
    name_masked: str
    relation_label: str
    age: int
    ground: str | None
    ground_label: str
    is_signed: bool

    @classmethod
    def of(cls, row: Signable, today: date, *, renews: bool) -> Self:
        """Show him, masked; ``renews``: his agreement is near its end, so he may sign again."""
        is_signed = row.is_signed and not renews
        label = GROUND_LABELS.get(row.ground or "", "须先办理监护或委托核对")
        return cls(
            resident_id=row.resident.id,
            name_masked=row.resident.name_masked,
            relation_label=row.relation,
            age=row.resident.age_on(today),
            ground=row.ground,
            ground_label="已签约" if is_signed else label,
            is_signed=is_signed,
        )


class JointPartOut(Out):
    """What would be signed for one person."""

    resident_id: str
    name_masked: str
    package: str
    title: str
    paragraphs: list[str]
    text_sha256: str
    own_consent_due: bool

    @classmethod
    def of(cls, who: Resident, package: ServicePackage, text: texts.Document, ground: signing.Signing) -> Self:
        """Show the text."""
        return cls(
            resident_id=who.id,
            name_masked=who.name_masked,
            package=package.name,
            title=text.title,
            paragraphs=list(text.paragraphs),
            text_sha256=text.sha256,
            own_consent_due=ground.own_consent_due,
        )


class JointPreviewOut(Out):
    """What would be signed for everybody: their texts, and each consent to tick once."""

    members: list[JointPartOut]
    consents: list[dict[str, str]]
    opt_out_days: int

    @classmethod
    def of(cls, parts: list[JointPartOut], keys: set[str], policy: Policy) -> Self:
        """Show them, the consents in the usual order."""
        order = [*policy.signing.consents, "minor_data"]
        consents: list[dict[str, Any]] = [
            {"key": key, "label": texts.consent_label(key)} for key in order if key in keys
        ]
        return cls(members=parts, consents=consents, opt_out_days=policy.signing.opt_out_days)


class OwnConsentOut(Out):
    """What only the person himself can allow."""

    due: bool
    consents: list[dict[str, str]]

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Show what to tick."""
        keys = signing.own_consents(signing.rules_of(agreement))
        consents = [{"key": key, "label": texts.consent_label(key)} for key in keys]
        return cls(due=agreement.own_consent_due, consents=consents)

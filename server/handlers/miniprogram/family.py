"""My family: household, guardians and delegations, signing for several people."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import families as access
from server.access import resident as residents
from server.actions import authorities, households, reading, signing
from server.errors import NotFound
from server.handlers import context
from server.handlers.miniprogram.agreements import shown, shown_all
from server.handlers.miniprogram.shapes.agreements import AgreementOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.family import (
    AnswerIn,
    AuthorityOut,
    ClaimIn,
    ConsentsIn,
    FamilyOut,
    HouseholdIn,
    HouseholdOut,
    InvitationOut,
    JointPartOut,
    JointPreviewIn,
    JointPreviewOut,
    JointSignIn,
    MemberIn,
    OwnConsentOut,
    PartIn,
    SignableOut,
)
from server.models.authority import Authority
from server.models.household import Household
from server.models.package import ServicePackage
from server.models.resident import Resident
from server.policy import relations

blueprint = APIBlueprint("family", __name__, url_prefix="/api/family")


def _shown(home: Household) -> HouseholdOut:
    return HouseholdOut.of(home, context.resident(), clock.today())


def _authority(row: Authority) -> AuthorityOut:
    me = context.resident()
    return AuthorityOut.of(row, me, clock.today(), can_revoke=_may_revoke(row, me))


def _may_revoke(row: Authority, me: Resident) -> bool:
    return row.state in ("waiting", "certified") and authorities.may_revoke(row, me)


@blueprint.get("")
@blueprint.output(FamilyOut)
def family() -> FamilyOut:
    """My household, who named me, for whom I may sign and who may sign for me."""
    return _family()


def _family() -> FamilyOut:
    me = context.resident()
    home = access.household(me)
    mine, about = access.authorities_of(me)
    coded = [{"code": code, "label": relations.label(code)} for code in relations.LABELS if code not in ("01", "02")]
    return FamilyOut(
        household=_shown(home) if home else None,
        invitations=[InvitationOut.of(row) for row in access.invitations(me)],
        mine=[_authority(row) for row in mine],
        about_me=[_authority(row) for row in about],
        relations=[one for one in coded if one["code"] in relations.COMMON],
        all_relations=coded,
        proof_needed=context.wiring().policy.signing.members_from == "hukou_book",
        condition_wanted=not context.policy_for(me).signing.package_per_member,
    )


@blueprint.post("/household")
@blueprint.input(HouseholdIn, arg_name="body")
def found(body: HouseholdIn) -> tuple[dict[str, Any], int]:
    """Make my household; 201 when new. Errors: already_in_household, head_must_be_adult."""
    home, is_new = households.found(
        context.resident(), address=body.address, register_number=body.register_number, by=context.as_resident()
    )
    return _shown(home).model_dump(), 201 if is_new else 200


@blueprint.post("/household/edit")
@blueprint.input(HouseholdIn, arg_name="body")
@blueprint.output(HouseholdOut)
def edit(body: HouseholdIn) -> HouseholdOut:
    """Change address and register number. Errors: not_found, head_only."""
    me = context.resident()
    home = households.edit(
        access.own_household(me),
        me,
        address=body.address,
        register_number=body.register_number,
        by=context.as_resident(),
    )
    return _shown(home)


@blueprint.post("/members")
@blueprint.input(MemberIn, arg_name="body")
@blueprint.output(HouseholdOut, status_code=201)
def name(body: MemberIn) -> HouseholdOut:
    """Name one more member; he waits, whoever he is. Errors: not_found, head_only, relation_unknown, proof_needed,
    photo_invalid, too_many_members, and those of identity documents.
    """
    me, policy = context.resident(), context.wiring().policy
    home = access.own_household(me)
    households.name(home, me, body.named(clock.today()), policy=policy, by=context.as_resident())
    return _shown(access.own_household(me))


@blueprint.post("/members/<member_id>/answer")
@blueprint.input(AnswerIn, arg_name="body")
@blueprint.output(FamilyOut)
def answer(member_id: str, body: AnswerIn) -> FamilyOut:
    """Say whether I belong to the household that named me. Errors: not_found, already_in_household."""
    me = context.resident()
    households.answer(access.member(member_id, me), me, is_yes=body.yes, by=context.as_resident())
    return _family()


@blueprint.post("/members/<member_id>/remove")
@blueprint.output(FamilyOut)
def remove(member_id: str) -> FamilyOut:
    """Leave my household, or as its head take somebody out. Errors: not_found, head_only."""
    me = context.resident()
    households.remove(access.member(member_id, me), me, by=context.as_resident())
    return _family()


@blueprint.post("/members/<member_id>/head")
@blueprint.output(HouseholdOut)
def hand_over(member_id: str) -> HouseholdOut:
    """Let another adult head my household. Errors: not_found, head_only, head_must_be_adult."""
    me = context.resident()
    home = access.own_household(me)
    return _shown(households.hand_over(home, access.member(member_id, me), me, by=context.as_resident()))


@blueprint.post("/authorities")
@blueprint.input(ClaimIn, arg_name="body")
def ask(body: ClaimIn) -> tuple[dict[str, Any], int]:
    """Ask to sign for somebody; 201 when new. Errors: not_a_minor, not_an_adult, order_note_needed, strong_proof_needed,
    delegation_days_invalid, agent_must_be_adult, photo_invalid, and those of identity documents.
    """
    row, is_new = authorities.ask(context.resident(), body.claim(clock.today()), by=context.as_resident())
    return _authority(row).model_dump(), 201 if is_new else 200


@blueprint.post("/authorities/<authority_id>/answer")
@blueprint.input(AnswerIn, arg_name="body")
@blueprint.output(AuthorityOut)
def grant(authority_id: str, body: AnswerIn) -> AuthorityOut:
    """Say whether somebody may sign for me. Errors: not_found, authority_decided."""
    me = context.resident()
    return _authority(
        authorities.grant(access.authority(authority_id, me), me, is_yes=body.yes, by=context.as_resident())
    )


@blueprint.post("/authorities/<authority_id>/revoke")
@blueprint.output(AuthorityOut)
def revoke(authority_id: str) -> AuthorityOut:
    """End an authority of mine. Errors: not_found."""
    me = context.resident()
    row = access.authority(authority_id, me)
    if not authorities.may_revoke(row, me):
        raise NotFound()
    return _authority(authorities.revoke(row, by=context.as_resident()))


@blueprint.get("/signable")
def signable() -> dict[str, Any]:
    """For whom I may sign."""
    today = clock.today()
    shown = [SignableOut.of(row, today, renews=signing.predecessor_of(row.resident) is not None) for row in _signable()]
    return listed([one.model_dump() for one in shown], None)


def _signable() -> list[access.Signable]:
    rules = context.wiring().policy.signing
    head_signs = rules.household_signer == "head_or_representative" and "household" in rules.units
    return access.signable(context.resident(), clock.today(), head_signs=head_signs)


def _person(resident_id: str) -> Resident:
    found = next((row.resident for row in _signable() if row.resident.id == resident_id), None)
    if found is None:
        raise NotFound("没有找到这位家人，请返回重新选择")
    return found


def _wish(team_id: str, part: PartIn, **signed: Any) -> tuple[Resident, signing.Wish]:
    package: ServicePackage = residents.offered_package(part.package_id)
    values = {"text_sha256": "", "consents": (), "signature": ""} | signed
    wish = signing.Wish(
        team=residents.open_team(team_id),
        package=package,
        signer=context.resident(),
        device=context.device(),
        **values,
    )
    return _person(part.resident_id), wish


@blueprint.post("/preview")
@blueprint.input(JointPreviewIn, arg_name="body")
@blueprint.output(JointPreviewOut)
def preview(body: JointPreviewIn) -> JointPreviewOut:
    """The texts I would sign for each, with the consents to tick. Errors: not_found, guardian_needed, signer_not_allowed."""
    today = clock.today()
    parts, keys = [], set()
    for part in body.members:
        who, wish = _wish(body.team_id, part)
        policy = context.policy_for(who)
        ground = signing.check_signer(who, wish, policy=policy, today=today)
        text = signing.document(
            who,
            wish.team,
            wish.package,
            policy,
            predecessor=signing.predecessor_of(who),
            representative=signing.representative(ground, wish, policy),
        )
        keys |= set(signing.consents_of(who, ground, policy, today))
        parts.append(JointPartOut.of(who, wish.package, text, ground))
    return JointPreviewOut.of(parts, keys, context.wiring().policy)


@blueprint.post("/sign")
@blueprint.input(JointSignIn, arg_name="body")
def sign(body: JointSignIn) -> tuple[dict[str, Any], int]:
    """Sign for several people with one signature; 201 when any is new. Errors: those of signing, with the name,
    one_package_per_household.
    """
    consents = tuple(body.consents)
    parts = []
    for part in body.members:
        signed = {"text_sha256": part.text_sha256, "consents": consents, "signature": body.signature}
        who, wish = _wish(body.team_id, part, **signed)
        parts.append(signing.Part(who, wish, context.policy_for(who)))
    made, is_new = signing.request_jointly(context.resident(), parts, by=context.as_resident())
    return listed([out.model_dump() for out in shown_all(made)], None), 201 if is_new else 200


@blueprint.get("/agreements")
@blueprint.input(PageIn, location="query", arg_name="query")
def agreements(query: PageIn) -> dict[str, Any]:
    """What I signed for others, newest first."""
    me = context.resident()
    page = access.signed_for_others(me, query.cursor)
    people = [one.resident for one in page.items]
    reading.note_family_read("agreements_read", people, me=me, by=context.as_resident())
    return listed([out.model_dump() for out in shown_all(page.items)], page.next)


@blueprint.post("/agreements/<agreement_id>/opt-out")
@blueprint.output(AgreementOut)
def opt_out(agreement_id: str) -> AgreementOut:
    """Leave what the head signed for me. Errors: not_found, opt_out_over."""
    found = residents.agreement(agreement_id, context.resident())
    return shown(signing.opt_out(found, by=context.as_resident()))


@blueprint.get("/agreements/<agreement_id>/own-consent")
@blueprint.output(OwnConsentOut)
def own_consents(agreement_id: str) -> OwnConsentOut:
    """What only I can allow after somebody signed for me. Errors: not_found."""
    return OwnConsentOut.of(residents.agreement(agreement_id, context.resident()))


@blueprint.post("/agreements/<agreement_id>/own-consent")
@blueprint.input(ConsentsIn, arg_name="body")
@blueprint.output(AgreementOut)
def own_consent(agreement_id: str, body: ConsentsIn) -> AgreementOut:
    """Allow it. Errors: not_found, consent_missing."""
    found = residents.agreement(agreement_id, context.resident())
    return shown(signing.give_own_consent(found, body.consents, by=context.as_resident()))

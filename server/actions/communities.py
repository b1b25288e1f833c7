"""Functional communities (功能社区): register them, sign and end frame agreements, take their rosters."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock, sheets
from server.database import first, retried, transaction
from server.errors import Conflict, Invalid
from server.ids import new_id
from server.models import (
    Community,
    CommunityMember,
    FrameAgreement,
    FrameStatus,
    Resident,
    Team,
    states,
)
from server.models.actor import CLOCK, Actor
from server.models.audit import record
from server.models.community import KIND_LABELS, Answer
from server.policy import rosters, texts
from server.policy.dates import agreement_end
from server.policy.rosters import Wrong
from server.policy.schema import Policy

MOST_BYTES = 2 * 1024 * 1024
SHOWN_PROBLEMS = 200


class CommunitiesNotHere(Conflict):
    """The region's rules know no functional communities."""

    code, default_message = "communities_not_here", "本地区没有开展功能社区签约"


class FramesNotHere(Conflict):
    """Here the organisation itself signs nothing."""

    code, default_message = "frames_not_here", "本地区不与单位签框架协议，由每个人自己签约"


class CommunityKindInvalid(Invalid):
    """A kind the region does not name."""

    code, default_message = "community_kind_invalid", "本地区没有这类功能社区"


class CommunityExists(Conflict):
    """Registered under this name already."""

    code, default_message = "community_exists", "已登记过同名的单位"


class FrameInForce(Conflict):
    """One frame agreement at a time."""

    code, default_message = "frame_in_force", "已有有效的框架协议，请先终止或等到期"


class RosterInvalid(Invalid):
    """Some lines are wrong; ``wrong`` says which and why, and nothing was taken."""

    code, default_message = "roster_invalid", "名单有误，没有导入任何人，请改好后重新上传"

    def __init__(self, message: str | None = None, wrong: Iterable[Wrong] = ()) -> None:
        super().__init__(message)
        self.wrong = tuple(wrong)


@dataclass(frozen=True)
class Details:
    """What is registered of an organisation."""

    kind: str
    name: str
    address: str
    contact_name: str
    contact_phone: str


@dataclass(frozen=True)
class Taken:
    """What a roster brought: new people, and people who stood on it before."""

    added: int
    known: int


def check_region(policy: Policy) -> None:
    """Refuse in regions without functional communities. Raises CommunitiesNotHere. Source: communities.kinds."""
    if not policy.communities.kinds:
        raise CommunitiesNotHere()


def register(team: Team, details: Details, *, policy: Policy, by: Actor) -> Community:
    """Register an organisation that a team serves. Raises CommunitiesNotHere, CommunityKindInvalid, CommunityExists."""
    check_region(policy)
    if details.kind not in policy.communities.kinds:
        raise CommunityKindInvalid()
    try:
        return _register(team, details, by)
    except IntegrityError:
        raise CommunityExists() from None


@retried
def _register(team: Team, details: Details, by: Actor) -> Community:
    at = clock.now()
    with transaction() as session:
        made = Community(
            organisation_id=team.organisation_id,
            team_id=team.id,
            kind=details.kind,
            name=details.name,
            address=details.address,
            contact_name=details.contact_name,
            contact_phone=details.contact_phone,
            created_at=at,
        )
        session.add(made)
        session.flush()
        record("community_registered", made, by=by, at=at)
    return made


# ---------------------------------------------------------------- frame agreements


def frame_text(community: Community, signer: str, title: str, policy: Policy) -> tuple[str, texts.Document]:
    """Return version and text of what the organisation would sign today."""
    months, today = policy.communities.term_months, clock.today()
    facts = {
        "community": community.name,
        "kind": community.kind_label,
        "address": community.address,
        "signer": signer,
        "title": title,
        "organisation": community.organisation.name,
        "organisation_address": community.organisation.address,
        "team": community.team.name,
        "phone": community.team.phone,
        "start_on": texts.chinese(today),
        "end_on": texts.chinese(agreement_end(today, months)),
        "months": str(months),
        "complaint_phone": policy.wording.complaint_phone,
    }
    return texts.filled("frame", facts)


def sign_frame(
    community: Community, *, signer: str, title: str, signature: str, policy: Policy, by: Actor
) -> FrameAgreement:
    """Keep what the organisation's authorised person signed; it holds from today for the region's term.

    Args:
        signature: PNG as a data URL, drawn by the authorised person; checked by the caller.
    Raises:
        CommunitiesNotHere, FramesNotHere, FrameInForce.
    Source:
        policy keys communities.organisation_signs, communities.term_months (SG-16; domain.md §6.3 Organisation).
    """
    check_region(policy)
    if not policy.communities.organisation_signs:
        raise FramesNotHere()
    try:
        return _sign_frame(community, signer, title, signature, policy, by)
    except IntegrityError:
        raise FrameInForce() from None


@retried
def _sign_frame(
    community: Community, signer: str, title: str, signature: str, policy: Policy, by: Actor
) -> FrameAgreement:
    at = clock.now()
    today = clock.local(at).date()
    version, text = frame_text(community, signer, title, policy)
    identifier = new_id()
    with transaction() as session:
        frame = FrameAgreement(
            id=identifier,
            number=f"KJ{today:%Y%m%d}-{identifier[-8:]}",
            community_id=community.id,
            status=FrameStatus.ACTIVE,
            open_key=community.id,
            start_on=today,
            end_on=agreement_end(today, policy.communities.term_months),
            region=policy.region,
            policy_version=policy.version,
            text_version=version,
            text_body=text.body,
            text_sha256=text.sha256,
            signer_name=signer,
            signer_title=title,
            signature=signature,
            signed_at=at,
            recorded_by=by.id,
        )
        session.add(frame)
        session.flush()
        states.born(frame, by=by, at=at)
        record("frame_signed", frame, by=by, at=at)
    return frame


@retried
def end_frame(frame: FrameAgreement, *, by: Actor) -> FrameAgreement:
    """End a frame agreement today; members' own agreements go on. Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if frame.status == FrameStatus.TERMINATED:
            return frame
        last_on = max(frame.start_on, min(frame.end_on, clock.local(at).date()))
        key = frame.key_for(FrameStatus.TERMINATED)
        states.move(frame, FrameStatus.TERMINATED, by=by, at=at, end_on=last_on, **key)
        record("frame_terminated", frame, by=by, at=at)
    return frame


@retried
def expire_frame_next() -> bool:
    """Let one frame agreement expire whose last day has passed. Returns whether there was one."""
    at = clock.now()
    with transaction():
        over = select(FrameAgreement.id).where(
            FrameAgreement.status == FrameStatus.ACTIVE, FrameAgreement.end_on < clock.local(at).date()
        )
        frame = first(FrameAgreement, over.order_by(FrameAgreement.end_on))
        if frame is None:
            return False
        states.move(frame, FrameStatus.EXPIRED, by=CLOCK, at=at, **frame.key_for(FrameStatus.EXPIRED))
    return True


# ---------------------------------------------------------------- rosters


def take_roster(community: Community, content: bytes, *, policy: Policy, by: Actor) -> Taken:
    """Take the roster an organisation hands in, all of it or nothing; who stands on it already stays as he is.

    Args:
        content: an xlsx or csv file of at most 2 MB with the columns 姓名, 证件号码 and, if known, 证件类型, 手机号.
    Raises:
        CommunitiesNotHere, RosterInvalid (with a report by line), sheets.FileNotSheet, FileDamaged, FileTooLarge,
        FileEmpty, TooManyRows.
    """
    check_region(policy)
    people = _read(content)
    try:
        return _take(community, people, by)
    except IntegrityError:
        return _take(community, people, by)  # the same file twice at once


def _read(content: bytes) -> dict[str, rosters.Person]:
    """Return the people of a file by the keyed hash of their document. Raises RosterInvalid."""
    places: dict[str, int] | None = None
    found: dict[str, rosters.Person] = {}
    wrong: list[Wrong] = []
    today = clock.today()
    for line in sheets.rows_of(content, sheets.Limits(MOST_BYTES, rosters.MOST_ROWS)):
        if places is None:
            places = rosters.columns([cell.text for cell in line.cells])
            if places is None:
                raise RosterInvalid("第一行应是列名，至少要有：姓名、证件号码")
            continue
        numbers = line.cells[places["number"]] if places["number"] < len(line.cells) else sheets.Cell("")
        if numbers.kind is sheets.Kind.NUMBER and len(numbers.text) > 15:
            wrong.append(Wrong(line.number, "证件号码被表格存成了数字，请把该列设为文本后重新填写"))
            continue
        person = rosters.read({key: sheets.text_of(line.cells, at) for key, at in places.items()}, today)
        if isinstance(person, str):
            wrong.append(Wrong(line.number, person))
            continue
        hashed = Resident.hash_of(person.document_type, person.number)
        if hashed in found:
            wrong.append(Wrong(line.number, "与前面的行是同一个证件"))
        found[hashed] = person
    if wrong:
        raise RosterInvalid(wrong=wrong[:SHOWN_PROBLEMS])
    if not found:
        raise sheets.FileEmpty()
    return found


@retried
def _take(community: Community, people: dict[str, rosters.Person], by: Actor) -> Taken:
    at = clock.now()
    with transaction() as session:
        on_it = select(CommunityMember.identity_hash).where(CommunityMember.community_id == community.id)
        known = set(session.scalars(on_it)) & set(people)
        for hashed, person in people.items():
            if hashed not in known:
                session.add(
                    CommunityMember(
                        community_id=community.id,
                        name=person.name,
                        document_type=person.document_type,
                        identity_number=person.number,
                        identity_hash=hashed,
                        phone=person.phone,
                        answer=Answer.INVITED,
                        added_at=at,
                    )
                )
        record("roster_taken", community, by=by, at=at)
    return Taken(len(people) - len(known), len(known))


@retried
def decline(member: CommunityMember, *, by: Actor) -> CommunityMember:
    """Note that somebody does not join with his organisation; he may still change his mind, and nobody tells it."""
    at = clock.now()
    with transaction() as session:
        session.execute(
            update(CommunityMember)
            .where(CommunityMember.id == member.id, CommunityMember.answer == Answer.INVITED)
            .values(answer=Answer.DECLINED, answered_at=at)
            .execution_options(synchronize_session=False)
        )
        session.refresh(member)
    return member


def kinds(policy: Policy) -> list[tuple[str, str]]:
    """Return the kinds the region names, with their words."""
    return [(kind, KIND_LABELS[kind]) for kind in policy.communities.kinds]

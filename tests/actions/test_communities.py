"""Functional communities: frame agreements, rosters of which a wrong one changes nothing, members who join themselves."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, text

from server import clock as clocks
from server import policy as policies
from server import sheets
from server.actions import communities, signing
from server.database import db
from server.jobs import campaigns as jobs
from server.jobs.cli import work_of
from server.models import Agreement, Community, CommunityMember, FrameAgreement, FrameStatus, Resident, states
from server.models.community import Answer
from tests import make
from tests.actions.leaving import ADMIN, DOCTOR, RESIDENT
from tests.actions.test_signing import SIGNATURE
from tests.conftest import Clock

FJ, QJ, MY = (policies.load(region) for region in ("fujian", "qianjiang", "mianyang"))
NUMBER, OTHER = "510799195003150016", "510799196103030139"


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here needs a database."""


@pytest.fixture
def factory() -> Community:
    return make.community(team=make.team())


def roster(*lines: str, head: str = "姓名,证件号码,手机号") -> bytes:
    return "\n".join([head, *lines]).encode()


def take(factory: Community, content: bytes) -> communities.Taken:
    return communities.take_roster(factory, content, policy=FJ, by=ADMIN)


def people(factory: Community) -> list[CommunityMember]:
    db.session.rollback()
    return list(db.session.scalars(select(CommunityMember).where(CommunityMember.community_id == factory.id)))


# ---------------------------------------------------------------- registering


def details(kind: str, name: str = "新星电子厂") -> communities.Details:
    return communities.Details(kind, name, "工业园区1号", "孙主管", "13700000000")


def test_a_region_registers_only_the_kinds_it_names() -> None:
    team = make.team()
    with pytest.raises(communities.CommunitiesNotHere):
        communities.register(team, details("enterprise"), policy=MY, by=ADMIN)
    with pytest.raises(communities.CommunityKindInvalid):
        communities.register(team, details("government"), policy=QJ, by=ADMIN)

    assert communities.register(team, details("school"), policy=QJ, by=ADMIN).kind_label == "学校"
    with pytest.raises(communities.CommunityExists):
        communities.register(team, details("enterprise"), policy=QJ, by=ADMIN)


# ---------------------------------------------------------------- frame agreements


def sign(factory: Community, policy: Any = FJ) -> FrameAgreement:
    return communities.sign_frame(
        factory, signer="钱经理", title="行政总监", signature=SIGNATURE, policy=policy, by=ADMIN
    )


def test_a_frame_agreement_is_frozen_and_runs_for_the_regions_term(factory: Community) -> None:
    frame = sign(factory)

    assert (frame.start_on, frame.end_on) == (date(2026, 3, 2), date(2027, 3, 1))
    assert factory.name in frame.text_body and "钱经理" in frame.text_body and "2027年3月1日" in frame.text_body
    assert frame.number.startswith("KJ20260302-")
    with pytest.raises(communities.FrameInForce):
        sign(factory)


def test_where_the_organisation_signs_nothing(factory: Community) -> None:
    with pytest.raises(communities.FramesNotHere):
        sign(factory, QJ)
    with pytest.raises(communities.CommunitiesNotHere):
        sign(factory, MY)


def test_a_frame_ends_once_and_may_be_signed_again(factory: Community, clock: Clock) -> None:
    frame = sign(factory)
    clock.advance(days=10)
    for _ in range(2):
        communities.end_frame(frame, by=ADMIN)

    assert (frame.status, frame.end_on) == (FrameStatus.TERMINATED, date(2026, 3, 12))
    again = sign(factory)
    assert again.status == FrameStatus.ACTIVE


def test_a_frame_expires_after_its_last_day(app: Any, factory: Community, clock: Clock) -> None:
    frame = sign(factory)
    clock.set("2027-03-01 23:00")
    assert jobs.expire_frames(work_of(app)) == 0
    clock.set("2027-03-02 00:20")
    assert jobs.expire_frames(work_of(app)) == 1

    db.session.expire_all()
    assert frame.status == FrameStatus.EXPIRED
    with pytest.raises(states.IllegalMove):
        communities.end_frame(frame, by=ADMIN)


# ---------------------------------------------------------------- rosters


def test_a_roster_is_taken_with_sealed_names(factory: Community) -> None:
    content = roster(f"张小明,{NUMBER},13800000000", f"李四,{OTHER},")
    assert take(factory, content) == communities.Taken(2, 0)
    assert take(factory, content) == communities.Taken(0, 2)

    rows = people(factory)
    assert {row.name for row in rows} == {"张小明", "李四"}
    raw = db.session.execute(text("SELECT name, identity_number FROM community_member")).all()
    assert not [value for row in raw for value in row if "张" in value or NUMBER in value]


def test_an_xlsx_with_other_headings_and_documents(factory: Community) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["序号", "姓名*", "证件类型", "身份证号码", "联系电话"])
    sheet.append([1, "张小明", "居民身份证", NUMBER, ""])
    sheet.append([2, "陈大文", "港澳居民来往内地通行证", "H12345678", "13800000000"])
    file = io.BytesIO()
    book.save(file)

    assert take(factory, file.getvalue()).added == 2
    assert {row.document_type for row in people(factory)} == {"01", "06"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("李四,510799196103030130,", "填错"),
        ("李四1,510799196103030139,", "数字"),
        ("李四,510799196103030139,123", "手机"),
        (f"王五,{NUMBER},", "同一个证件"),
        ("李四,,", "位"),
    ],
)
def test_one_wrong_line_and_nobody_is_taken(factory: Community, line: str, why: str) -> None:
    with pytest.raises(communities.RosterInvalid) as caught:
        take(factory, roster(f"张小明,{NUMBER},", line))

    assert [wrong.number for wrong in caught.value.wrong] == [3]
    assert why in caught.value.wrong[0].why
    assert people(factory) == []


def test_a_file_that_is_no_roster(factory: Community) -> None:
    with pytest.raises(communities.RosterInvalid):
        take(factory, roster(f"张小明,{NUMBER},", head="甲,乙,丙"))
    with pytest.raises(sheets.FileEmpty):
        take(factory, roster())
    with pytest.raises(communities.CommunitiesNotHere):
        communities.take_roster(factory, roster(f"张小明,{NUMBER},"), policy=MY, by=ADMIN)

    assert people(factory) == []


# ---------------------------------------------------------------- joining


def wish(resident: Resident, factory: Community, policy: Any, **fields: Any) -> signing.Wish:
    package = make.package()
    shown = signing.document(resident, factory.team, package, policy)
    return signing.Wish(
        team=factory.team,
        package=package,
        text_sha256=shown.sha256,
        consents=tuple(policy.signing.consents),
        signature=SIGNATURE,
        **({"community_id": factory.id} | fields),
    )


def join(resident: Resident, factory: Community, policy: Any = FJ) -> Agreement:
    agreement, _ = signing.request(resident, wish(resident, factory, policy), policy=policy, by=RESIDENT)
    return agreement


def test_each_member_joins_by_an_agreement_of_his_own(factory: Community) -> None:
    lin = make.resident()
    make.community_member(community=factory, resident=lin)
    make.frame(factory)

    agreement = join(lin, factory)
    (row,) = people(factory)
    assert (agreement.community_id, row.answer) == (factory.id, Answer.INVITED)
    signing.accept(agreement, policy=FJ, by=DOCTOR, staff=factory.team.lead)

    (row,) = people(factory)
    assert (row.answer, row.agreement_id) == (Answer.JOINED, agreement.id)


def test_nobody_joins_whom_it_did_not_invite_or_without_its_frame(factory: Community) -> None:
    lin, stranger = make.resident(), make.resident()
    make.community_member(community=factory, resident=lin)
    with pytest.raises(signing.CommunityClosed):
        join(lin, factory)  # no frame agreement yet
    make.frame(factory)
    with pytest.raises(signing.CommunityClosed):
        join(stranger, factory)

    assert db.session.scalar(select(func.count(Agreement.id))) == 0
    assert join(lin, factory, QJ).community_id == factory.id  # where the organisation signs nothing


def test_the_agreement_outlives_the_frame(factory: Community) -> None:
    lin = make.resident()
    make.community_member(community=factory, resident=lin)
    frame = make.frame(factory)
    agreement = signing.accept(join(lin, factory), policy=FJ, by=DOCTOR, staff=factory.team.lead)

    communities.end_frame(frame, by=ADMIN)

    db.session.expire_all()
    assert agreement.status == "active" and agreement.end_on > clocks.today()


def test_who_declined_may_still_join(factory: Community) -> None:
    lin = make.resident()
    member = make.community_member(community=factory, resident=lin)
    make.frame(factory)
    communities.decline(member, by=RESIDENT)
    assert member.answer == Answer.DECLINED

    signing.accept(join(lin, factory), policy=FJ, by=DOCTOR, staff=factory.team.lead)

    db.session.expire_all()
    assert member.answer == Answer.JOINED
    communities.decline(member, by=RESIDENT)
    assert member.answer == Answer.JOINED


def renewed(before: Agreement, team: Any = None) -> Agreement:
    """The renewal of an agreement near its end."""
    return signing.renew(before, signing.Renewal(team=team), policy=FJ, by=RESIDENT)[0]


def near_its_end(factory: Community, clock: Clock) -> Agreement:
    lin = make.resident()
    make.community_member(community=factory, resident=lin)
    frame = make.frame(factory)
    before = signing.accept(join(lin, factory), policy=FJ, by=DOCTOR, staff=factory.team.lead)
    make.saved_change(frame, end_on=date(2028, 3, 1))
    clock.set("2027-02-10 10:00")
    return before


def test_a_renewal_stays_with_the_organisation(factory: Community, clock: Clock) -> None:
    before = near_its_end(factory, clock)

    after = renewed(before)
    assert after.community_id == factory.id
    signing.accept(after, policy=FJ, by=DOCTOR, staff=factory.team.lead)

    (row,) = people(factory)
    assert (row.answer, row.agreement_id) == (Answer.JOINED, after.id)


def test_a_renewal_with_all_formalities_stays_with_it_too(factory: Community, clock: Clock) -> None:
    before = near_its_end(factory, clock)
    asked = wish(before.resident, factory, FJ, community_id=None)
    text = signing.document(before.resident, factory.team, asked.package, FJ, predecessor=before)

    after, _ = signing.request(before.resident, replace(asked, text_sha256=text.sha256), policy=FJ, by=RESIDENT)

    assert (after.predecessor_id, after.community_id) == (before.id, factory.id)


def test_it_is_his_own_with_another_team_or_when_the_organisation_is_out(factory: Community, clock: Clock) -> None:
    before = near_its_end(factory, clock)

    other = renewed(before, make.team())
    assert other.community_id is None
    signing.withdraw(other, by=RESIDENT)
    make.saved_change(factory, is_open=False)

    assert renewed(before).community_id is None

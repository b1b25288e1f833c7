"""The service handbook: one page and one file with all that belongs to my agreement (AG-09)."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server import clock
from server.models import Agreement, AgreementStatus, Membership, TeamSupport
from tests import make
from tests.handlers.problem import refused


@pytest.fixture
def agreement(client: FlaskClient) -> Agreement:
    team = make.team(name="北街团队", hours="周一至周六", phone="0816-2200120", modes="home appointment")
    make.saved(Membership(team_id=team.id, staff_id=make.staff(name="李护士").id, role="nurse", duty="慢病随访"))
    make.saved(
        TeamSupport(team_id=team.id, institution="市中心医院", level=3, specialist="吴主任", phone="0816-1111111")
    )
    return make.agreement(team=team, resident=make.resident(name="林秀英"))


@pytest.fixture
def lin(agreement: Agreement) -> dict[str, str]:
    return make.session_of(make.user(resident=agreement.resident))


def sections(client: FlaskClient, who: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    book = client.get("/api/handbook", headers=who).json["book"]
    return {one["key"]: [(row["label"], row["value"]) for row in one["rows"]] for one in book["sections"]}


def test_everything_stands_on_one_page(client: FlaskClient, agreement: Agreement, lin: Any) -> None:
    make.entitlement(agreement=agreement, promised=4, used=1)
    make.service(agreement=agreement, served_on=clock.today())
    old = clock.today() - timedelta(days=365)
    make.service(agreement=agreement, served_on=old, note="一年以前")
    make.household(agreement.resident)

    found = sections(client, lin)

    assert list(found) == ["agreement", "team", "items", "family", "services", "help"]
    assert ("居民", "林*英") in found["agreement"] and ("协议编号", agreement.number) in found["agreement"]
    assert {("团队", "北街团队"), ("服务时间", "周一至周六"), ("电话", "0816-2200120")} <= set(found["team"])
    assert any(label == "护士" and "李护士" in words and "慢病随访" in words for label, words in found["team"])
    assert ("协作机构", "市中心医院 吴主任") in found["team"]
    assert [words.partition("，有效")[0] for _, words in found["items"]] == ["共4次，已用1次，还剩3次"]
    assert found["family"] == [("户主", "林*英")]
    assert [label for label, _ in found["services"]] == ["2026年3月2日"]
    said = dict(found["help"])
    assert "12320" in said["有意见"] and "120" in said["急症"] and "预约服务" in said["服务方式"]
    assert "林秀英" not in client.get("/api/handbook", headers=lin).text


def test_before_anything_was_done_it_says_so(client: FlaskClient, agreement: Agreement, lin: Any) -> None:
    found = sections(client, lin)

    assert "family" not in found and found["services"][0][0] == "还没有"


def test_the_same_as_a_file(client: FlaskClient, agreement: Agreement, lin: Any) -> None:
    answer = client.get(f"/api/agreements/{agreement.id}/handbook.pdf", headers=lin)

    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "no-store"
    assert answer.data == client.get(f"/api/agreements/{agreement.id}/handbook.pdf", headers=lin).data


def test_without_an_agreement_in_force_there_is_none(client: FlaskClient) -> None:
    resident = make.resident()
    me = make.session_of(make.user(resident=resident))
    waiting = make.agreement(resident=resident, status=AgreementStatus.PENDING_TEAM)

    assert client.get("/api/handbook", headers=me).json == {"book": None}
    refused(client.get(f"/api/agreements/{waiting.id}/handbook.pdf", headers=me), 404, "not_found")

"""Who stands behind a team is named in the text, in what is kept of the signing, and in the boxes of the copy (SG-24, AG-07)."""

from typing import Any

import pytest

from server import policy as policies
from server.access import evidence as reading
from server.access import papers
from server.models import Agreement, TeamSupport
from tests import make
from tests.actions.renewing import accept, sign

SPECIAL = "changyinsha_special"


@pytest.fixture(autouse=True)
def _app(app: Any, clock: Any) -> None:
    """Before the day on which special households' agreements end."""
    clock.set("2017-04-20 10:00")


def support(team: Any, **fields: Any) -> Any:
    values = {"institution": "南丰镇人民医院", "level": 2, "office": "全科医学科", "specialist": "吴主任"}
    return make.saved(TeamSupport(team_id=team.id, **(values | {"phone": "0512-5555555"} | fields)))


def boxes(agreement: Agreement) -> dict[str, str]:
    chain = reading.chain_of(agreement)
    assert chain is not None
    paper = papers.paper_of(agreement, chain, address="https://fd.example.cn", edition=0)
    return {block.label: block.name for block in paper.blocks}


def snapshot(agreement: Agreement) -> Any:
    chain = reading.chain_of(agreement)
    assert chain is not None
    return chain.first["snapshot"]["support"]


def test_the_general_form_names_the_supporting_institution_and_its_leader() -> None:
    team = make.team()
    support(team)
    agreement = accept(sign("changyinsha", team=team))

    assert (
        "技术服务支撑单位：南丰镇人民医院。健康管理服务团队负责人：吴主任，联系电话：0512-5555555。"
        in agreement.text_body
    )
    assert snapshot(agreement) == {
        "institution": "南丰镇人民医院",
        "level": 2,
        "office": "全科医学科",
        "specialist": "吴主任",
        "phone": "0512-5555555",
    }
    shown = boxes(agreement)
    assert shown["技术服务支撑单位（盖章）"] == "南丰镇人民医院"
    assert shown["健康管理服务团队负责人（签字）"] == "吴主任"


def test_the_special_form_names_the_designated_hospital_and_its_specialist() -> None:
    team = make.team()
    support(team, institution="社区康复站", level=1, specialist="李站长")  # no hospital: never named here
    support(team)
    agreement = accept(sign(SPECIAL, team=team))

    assert "指定二级以上医院：南丰镇人民医院。专科医生：吴主任" in agreement.text_body
    shown = boxes(agreement)
    assert (shown["指定二级以上医院（盖章）"], shown["专科医生（签字）"]) == ("南丰镇人民医院", "吴主任")


def test_the_hospitals_doctor_of_the_team_is_named_where_nothing_else_is_written() -> None:
    team = make.team()
    make.hospital_doctor(team, name="周专家", employer="第二人民医院")
    agreement = accept(sign(SPECIAL, team=team))

    assert "指定二级以上医院：第二人民医院。专科医生：周专家" in agreement.text_body
    assert (snapshot(agreement)["institution"], snapshot(agreement)["specialist"]) == ("第二人民医院", "周专家")
    assert "（未登记）" not in boxes(agreement).values()


def test_he_completes_his_own_hospital_only() -> None:
    same, other = make.team(), make.team()
    for team, employer in ((same, "南丰镇人民医院"), (other, "第二人民医院")):
        make.hospital_doctor(team, employer=employer)
        support(team, specialist="")

    assert boxes(accept(sign(SPECIAL, team=same)))["专科医生（签字）"] == "周专家"
    assert boxes(accept(sign(SPECIAL, team=other)))["专科医生（签字）"] == "（未登记）"


def test_what_was_kept_stays_when_the_team_is_backed_by_others() -> None:
    team = make.team()
    row = support(team)
    agreement = accept(sign("changyinsha", team=team))

    make.saved_change(row, institution="另一家医院", specialist="别人")

    assert boxes(agreement)["技术服务支撑单位（盖章）"] == "南丰镇人民医院"
    assert policies.load("changyinsha").signing.support_unit_required

"""What holds here, in plain words: the same address answers differently where the documents differ (C-01 … C-20)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server import policy as policies
from server.app import create_app
from server.config import Settings
from server.database import db
from server.policy import explaining
from tests import make
from tests.handlers.workbench.browser import Browser, admin

GENERAL, SPECIAL = "changyinsha", "changyinsha_special"

# conflict -> topic, and what two regions say
SAID: dict[str, tuple[str, str, str, str, str]] = {
    "C-01": ("签约期限", "fujian", "1年到3年，双方协商一致可以更长", "erqi", "3年"),
    "C-02": ("到期以后", "erqi", "自动续约", "qianjiang", "重新签字确认"),
    "C-03": ("中途解约", "erqi", "可以向签约机构申请解约", GENERAL, "原则上不能解约"),
    "C-06": ("预约专家", "mianyang", "二级、三级医院把30%的", "qianjiang", "把至少20%的"),
    "C-07": ("预约专家", "fujian", "专家号、检查优先", "erqi", "专家号优先"),
    "C-08": (
        "预约专家",
        "qianjiang",
        "中心医院、区中医院、区妇幼保健计划生育服务中心把",
        "mianyang",
        "二级、三级医院把",
    ),
    "C-10": ("从哪天算起", GENERAL, "自签字当天起", "mianyang", "自团队确认之日起"),
    "C-13": ("长期处方", "mianyang", "28到62天", "fujian", "28到84天"),
    "C-14": ("上门访视", "mianyang", "每月上门访视一次", "qianjiang", "不承诺上门"),
    "C-20": ("医保待遇", GENERAL, "由50%提高到60%，即10个百分点", "mianyang", "报销比例提高5个百分点"),
}
# conflict -> rule of the workbench's page, and what two regions say
KEPT: dict[str, tuple[str, str, str, str, str]] = {
    "C-04": ("cap_unit", "mianyang", "persons_per_doctor", "erqi", "households_per_team"),
    "C-05": ("units", "erqi", "household", "qianjiang", "person"),
    "C-09": ("thirty_pct_meaning", "qianjiang", "SAMPLE", "fujian", "无"),
    "C-11": ("base", "mianyang", "signed", "erqi", "served"),
    "C-15": ("due_day", GENERAL, "26", "mianyang", "无"),
    "C-16": ("forms", GENERAL, "month_and_cumulative", "qianjiang", "无"),
    "C-19": ("targets", "erqi", "population：urban", "fujian", "population：key"),
}


@pytest.fixture
def in_region(settings: Settings) -> Iterator[Callable[[str], APIFlask]]:
    """The same database served under another region's rules."""
    made: list[APIFlask] = []

    def build(region: str) -> APIFlask:
        app = create_app(settings.model_copy(update={"app": settings.app.model_copy(update={"region": region})}))
        made.append(app)
        return app

    yield build
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def lines(app: APIFlask) -> dict[str, dict[str, Any]]:
    with app.app_context():
        headers = make.session_of(make.user())
        answer = app.test_client().get("/api/local-rules", headers=headers)
    assert answer.status_code == 200
    return {line["title"]: line for line in answer.json["lines"]}


@pytest.mark.parametrize("conflict", SAID)
def test_two_regions_tell_their_residents_different_things(in_region: Callable[[str], APIFlask], conflict: str) -> None:
    title, one, here, other, there = SAID[conflict]

    said = {region: lines(in_region(region))[title]["text"] for region in (one, other)}

    assert here in said[one] and here not in said[other]
    assert there in said[other]
    assert said[one] != said[other]


@pytest.mark.parametrize("conflict", KEPT)
def test_two_regions_show_their_administrators_different_rules(
    in_region: Callable[[str], APIFlask], conflict: str
) -> None:
    key, one, here, other, there = KEPT[conflict]

    shown = {region: rows(in_region(region))[key] for region in (one, other)}

    assert here in shown[one] and here not in shown[other]
    assert there in shown[other]


def rows(app: APIFlask) -> dict[str, str]:
    """Rule → value of the page; the last of a name counts, names under test are unique."""
    import re

    with app.app_context():
        page = Browser(app.test_client(), admin()).get("/local-rules").text
    return dict(re.findall(r"<code>(\w+)</code></td>\s*<td[^>]*>([^<]*)</td>", page))


def test_each_line_names_the_document_and_clause_it_stands_in(client: FlaskClient) -> None:
    said = lines(client.application)  # type: ignore[arg-type]

    assert (said["预约专家"]["document"], said["预约专家"]["clause"][:3]) == ("绵卫发〔2017〕21号", "(八)")
    assert said["从哪天算起"]["document"] == said["从哪天算起"]["clause"] == ""


def test_a_household_under_other_rules_has_a_page_of_its_own(in_region: Callable[[str], APIFlask]) -> None:
    app = in_region(GENERAL)
    with app.app_context():
        page = Browser(app.test_client(), admin()).get(f"/local-rules?profile={SPECIAL}").text

    assert "2018-02-28" in page


@pytest.mark.parametrize("region", policies.regions())
def test_nothing_is_left_open_in_any_region(region: str) -> None:
    said = explaining.for_residents(policies.load(region))

    assert {"签约期限", "到期以后", "中途解约", "长期处方", "投诉电话"} <= {line.title for line in said}
    assert [line for line in said if "{" in line.text or "none" in line.text.lower()] == []
    assert len(explaining.for_administrators(region)) == len(policies.rules(region))

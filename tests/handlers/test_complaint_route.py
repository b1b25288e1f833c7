"""§1.9 row 33: before signing and on the agreement everybody reads where to complain, as his region has it."""

import pytest
from flask.testing import FlaskClient

from server.config import Settings
from tests import configured, make


@pytest.fixture
def settings(database_url: str, wechat_base: str, request: pytest.FixtureRequest) -> Settings:
    found = configured.settings(database_url, wechat_base)
    return found.model_copy(update={"app": found.app.model_copy(update={"region": request.param})})


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("changyinsha", "向镇社区卫生服务中心反映，也可以请它协调解决"),
        ("mianyang", "向公开的投诉举报渠道反映"),
        ("fujian", "向签约机构反映；还不满意，向区县卫生健康部门反映"),
    ],
    indirect=["settings"],
)
def test_the_route_of_the_region(client: FlaskClient, settings: Settings, says: str) -> None:
    lin = make.resident()
    who = make.session_of(make.user(resident=lin))
    choice = {"team_id": make.team().id, "package_id": make.package().id}

    preview = client.post("/api/agreements/preview", json=choice, headers=who).json
    assert preview["complaint_route"].startswith(says) and "电话" in preview["complaint_route"]

    agreement = make.agreement(resident=lin, region=settings.app.region)
    mine = client.get(f"/api/agreements/{agreement.id}", headers=who).json
    assert mine["complaint_route"] == preview["complaint_route"]

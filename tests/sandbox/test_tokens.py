"""Checklist T1–T4."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import MP, OA, SECRETS, Wechat
from wechat_sandbox.serving import Sandbox

PROBE = "/wxaapi/newtmpl/gettemplate"


def probe(wechat: Wechat, token: str) -> int:
    return int(wechat.get(PROBE, token=token)["errcode"])


def test_each_classic_call_gives_a_new_token_and_the_old_one_lives_five_minutes(
    sandbox: Sandbox, wechat: Wechat
) -> None:
    first, second = wechat.new_token(), wechat.new_token()

    assert first != second and len(first) >= 130
    assert probe(wechat, first) == probe(wechat, second) == 0
    sandbox.control.post("clock", {"advance_seconds": 299})
    assert probe(wechat, first) == 0
    sandbox.control.post("clock", {"advance_seconds": 2})
    assert probe(wechat, first) == 40001
    assert probe(wechat, second) == 0


def test_token_dies_of_age_and_garbage_is_unknown(sandbox: Sandbox, wechat: Wechat) -> None:
    token = wechat.new_token()
    sandbox.control.post("clock", {"advance_seconds": 7201})

    assert probe(wechat, token) == 42001
    assert probe(wechat, "garbage") == 40014
    assert wechat.get(PROBE, token=None)["errcode"] == 41001


def test_classic_token_may_be_fetched_2000_times_a_day(wechat: Wechat, sandbox: Sandbox) -> None:
    sandbox.control.post("clock", {"set": "2099-01-01T10:00:00"})
    query = {"grant_type": "client_credential", "appid": MP, "secret": SECRETS[MP]}
    last = [wechat.raw("GET", "/cgi-bin/token", query=query).json() for _ in range(2001)][-2:]

    assert "access_token" in last[0] and "errcode" not in last[0]
    assert last[1]["errcode"] == 45009


def test_stable_token_stays_until_its_last_five_minutes(sandbox: Sandbox, wechat: Wechat) -> None:
    first = wechat.stable()
    sandbox.control.post("clock", {"advance_seconds": 6800})
    later = wechat.stable()
    sandbox.control.post("clock", {"advance_seconds": 110})
    new = wechat.stable()

    assert later["access_token"] == first["access_token"]
    assert 7195 <= first["expires_in"] <= 7200 and 390 <= later["expires_in"] <= 400
    assert new["access_token"] != first["access_token"]
    assert probe(wechat, first["access_token"]) == 0  # the two overlap
    sandbox.control.post("clock", {"advance_seconds": 301})
    assert probe(wechat, first["access_token"]) in (40001, 42001)
    assert probe(wechat, new["access_token"]) == 0


def test_forced_refresh_needs_thirty_seconds_and_kills_the_old_token(sandbox: Sandbox, wechat: Wechat) -> None:
    first = wechat.stable()["access_token"]
    second = wechat.stable(force_refresh=True)["access_token"]
    too_soon = wechat.stable(force_refresh=True)["access_token"]

    assert second != first and too_soon == second
    assert probe(wechat, first) == 40001
    sandbox.control.post("clock", {"advance_seconds": 31})
    assert wechat.stable(force_refresh=True)["access_token"] != second


def test_forced_refresh_twenty_times_a_day(sandbox: Sandbox, wechat: Wechat) -> None:
    sandbox.control.post("clock", {"set": "2099-01-01T10:00:00"})
    wechat.stable()
    answers = []
    for _ in range(21):
        answers.append(wechat.stable(force_refresh=True).get("errcode", 0))
        sandbox.control.post("clock", {"advance_seconds": 31})
    assert answers == [0] * 20 + [45009]


def test_the_two_kinds_of_token_do_not_disturb_each_other(sandbox: Sandbox, wechat: Wechat) -> None:
    stable = wechat.stable()["access_token"]
    classic = wechat.new_token()
    wechat.stable(force_refresh=False)
    wechat.new_token()
    sandbox.control.post("clock", {"advance_seconds": 400})

    assert probe(wechat, stable) == 0
    assert probe(wechat, classic) == 40001


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxunknown"}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
@pytest.mark.parametrize("path", ["/cgi-bin/token", "/cgi-bin/stable_token"])
def test_wrong_credentials(wechat: Wechat, path: str, change: dict[str, str], errcode: int) -> None:
    values = {"grant_type": "client_credential", "appid": MP, "secret": SECRETS[MP]} | change
    is_stable = path.endswith("stable_token")
    answer = wechat.post(path, values, token=None) if is_stable else wechat.get(path, token=None, **values)
    assert answer["errcode"] == errcode


def test_ip_whitelist_is_needed_by_service_accounts_only(sandbox: Sandbox, wechat: Wechat) -> None:
    for appid in (MP, OA):
        sandbox.control.patch(f"apps/{appid}", {"ip_whitelist": []})
    refused = wechat.stable(OA)
    allowed = wechat.stable(MP)
    sandbox.control.patch(f"apps/{MP}", {"ip_whitelist": ["10.0.0.1"]})

    assert refused["errcode"] == 40164
    assert "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist" in refused["errmsg"]
    assert allowed["access_token"]
    assert wechat.stable(MP)["errcode"] == 40164


def test_any_error_on_demand(sandbox: Sandbox, wechat: Wechat) -> None:
    sandbox.control.post("faults", {"path": "/cgi-bin/stable_token", "kind": "errcode", "errcode": 89503, "count": 1})

    assert wechat.stable()["errcode"] == 89503
    assert wechat.stable()["access_token"]


def test_token_length_is_a_switch(sandbox: Sandbox, wechat: Wechat) -> None:
    sandbox.control.patch("switches", {"token_length": 512})
    assert len(wechat.stable()["access_token"]) == 512

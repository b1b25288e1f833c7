import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.wechat.fields import Unfit, fit, kind_of
from wechat_sandbox.fields import fits


@pytest.mark.parametrize(
    ("key", "value", "fitted"),
    [
        ("thing1", "健康随访", "健康随访"),
        ("thing1", "字" * 20, "字" * 20),
        ("thing1", "字" * 21, "字" * 19 + "…"),
        ("thing1", "两行\r\n文字\t和\x07空格  ", "两行 文字 和 空格"),
        ("thing1", "", "无"),
        ("thing1", "👨‍👩‍👧", "无"),
        ("thing1", "李👍医生", "李医生"),
        ("thing1", "\ud83d半个字", "半个字"),
        ("phrase2", "已通过", "已通过"),
        ("phrase2", "已通过 (2026)", "已通过"),
        ("phrase2", "未通过审核请重试", "未通过审核"),
        ("time3", "2026年11月21日 09:00", "2026年11月21日 09:00"),
        ("time3", "2026-11-21 9:05", "2026年11月21日 09:05"),
        ("time3", "2026-11-21T09:00:00+08:00", "2026年11月21日 09:00"),
        ("time3", "2026-11-21T01:00:00+00:00", "2026年11月21日 09:00"),
        ("time3", "09:30", "09:30"),
        ("time3", "2026-11-21 09:00～11:00", "2026年11月21日 09:00~11:00"),
        ("time3", "2026-11-21", "2026年11月21日 00:00~23:59"),
        ("date2", "2026-11-21", "2026年11月21日"),
        ("date2", "2026/1/2", "2026年01月02日"),
        ("date2", "2026-11-20T17:00:00+00:00", "2026年11月21日"),
        ("date2", "2026年11月21日 09:00", "2026年11月21日"),
        ("phone_number4", "0816-2222222", "0816-2222222"),
        ("phone_number4", "０８１６－２２２２２２２", "0816-2222222"),
        ("phone_number4", "0816-2222222转801", "0816-2222222"),
        ("name1", "欧阳春晓", "欧阳春晓"),
        ("name1", "阿卜杜拉·买买提·艾合买提江", "阿卜杜拉·买买提·艾"),
        ("name1", "Alexandra Montgomery-Smith", "Alexandra Montgomery"),
        ("name1", "王医生2", "王医生"),
        ("amount1", "¥60.00", "¥60.00"),
        ("number1", "12", "12"),
        ("character_string1", "QY-2026-0001", "QY-2026-0001"),
        ("first", "旧模板 任意文字", "旧模板 任意文字"),
    ],
)
def test_fit_repairs_what_can_be_repaired(key: str, value: str, fitted: str) -> None:
    assert fit(key, value) == fitted


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("phrase2", "OK"),
        ("phrase2", ""),
        ("time3", "明天上午"),
        ("time3", "2026-13-01 09:00"),
        ("time3", "2026-11-21 25:00"),
        ("date2", "2026-02-30"),
        ("date2", ""),
        ("phone_number4", "138****8000"[:3] + "某"),
        ("phone_number4", "138****8000"),
        ("name1", "123"),
        ("amount1", "六十元"),
        ("character_string1", "编号1"),
        ("keyword1", " \n"),
    ],
)
def test_fit_refuses_what_would_change_its_meaning(key: str, value: str) -> None:
    with pytest.raises(Unfit) as caught:
        fit(key, value)

    assert key in str(caught.value)
    assert not value.strip() or value not in str(caught.value)


def test_kind_of_cuts_the_number() -> None:
    assert kind_of("phone_number4") == "phone_number"


@given(
    key=st.sampled_from(["thing1", "phrase2", "time3", "date4", "phone_number5", "name6", "amount7"]), value=st.text()
)
def test_fit_result_is_always_accepted_by_wechats_rules(key: str, value: str) -> None:
    try:
        fitted = fit(key, value)
    except Unfit:
        return

    assert fits(key, fitted, {}, emoji_ok=False), fitted

"""Which values fit which keys (wechat_platform.md C.4)."""

from __future__ import annotations

import pytest

from wechat_sandbox.fields import fits

GOOD = {
    "thing1": ["健康随访", "a", "长" * 20, "请带身份证、医保卡！", "👍好"],
    "number2": ["0", "-3.50", "1" * 32],
    "letter3": ["abcXYZ"],
    "symbol4": ["@#￥"],
    "character_string5": ["HT-2026 #1", "a" * 32],
    "time6": ["09:00", "23:59:59", "2019年10月1日 15:01", "2019-10-01 15:01~2019-10-01 16:01", "15:01~16:00"],
    "date7": ["2019年10月1日", "2019-10-01", "2019/10/1", "2019年10月1日 15:01", "2019-10-01~2019-10-03"],
    "amount8": ["¥100.00", "100元", "0.5", "￥12元"],
    "phone_number9": ["13800138000", "+86-0766-66888866"],
    "car_number10": ["川A8Z888挂", "川B12345"],
    "name11": ["欧阳建国", "Mary-Ann O'Neil", "阿凡提Afanti"],
    "phrase12": ["已通过", "审核未通过"],
    "first": ["任意 内容\n两行"],
}
BAD = {
    "thing1": ["", "长" * 21, "两\n行", "tab\t"],
    "number2": ["12a", "1" * 33, "١٢", "."],
    "letter3": ["abc1", "中"],
    "symbol4": ["中", "a", "@#￥%&*"],
    "character_string5": ["合同1", "a" * 33, "é"],
    "time6": ["24:00", "9点", "15:01～16:00", "2019年13月1日 10:00", "2019年10月1日"],
    "date7": ["2019年13月1日", "2019-10/01", "10月1日", "2019-10-01～2019-10-03", "2019-10-32"],
    "amount8": ["100.123", "1" * 11, "一百元", "100美元"],
    "phone_number9": ["138****8000", "电话13800138000", "1" * 18],
    "car_number10": ["川A8Z8888挂", "abc"],
    "name11": ["张3", "一二三四五六七八九十一", "a" * 21, "中文abcdefghij"],
    "phrase12": ["通过1", "一二三四五六", "OK"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in GOOD.items() for value in values])
def test_value_fits(key: str, value: str) -> None:
    assert fits(key, value, {})


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD.items() for value in values])
def test_value_does_not_fit(key: str, value: str) -> None:
    assert not fits(key, value, {})


def test_enum_and_const_take_only_the_templates_values() -> None:
    enums = {"enum1": ["是", "否"], "const2": ["完成"]}
    assert fits("enum1", "是", enums) and fits("const2", "完成", enums)
    assert not fits("enum1", "完成", enums) and not fits("enum3", "是", enums)


def test_emoji_can_be_switched_off() -> None:
    assert not fits("thing1", "👍", {}, emoji_ok=False)
    assert fits("thing1", "好", {}, emoji_ok=False)

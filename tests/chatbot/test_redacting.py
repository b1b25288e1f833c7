"""Nobody can be told from a message that was redacted, and what it asks is still there."""

import pytest

from server.chatbot.redacting import MOST, redacted


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我的电话13800000001，改一下", "13800000001"),
        ("１３８００００００１２", "00000012"),
        ("打138-0000-0001给我", "0000"),
        ("电话一三八幺二三四五六七八", "三四五六"),
        ("身份证51012319800101123X查一下", "51012319800101123"),
        ("座机0816-2222222", "2222222"),
        ("社保号 5107 2219 3905 0012 34", "3905"),
        ("微信wxid_ab12cd", "wxid"),
        ("发到 some.body@example.com", "example"),
        ("我叫王小明，要签约", "王小明"),
        ("姓名：黄秋，女", "黄秋"),
        ("我妈李秀英要约号", "李秀英"),
        ("帮王建国预约", "王建国"),
        ("李秀英 要签约", "李秀英"),
        ("欧阳锋的号", "欧阳锋"),
        ("想跟李医生结对子", "李医生"),
        ("住在幸福小区3栋2单元501", "幸福小区"),
        ("我是方小圆的儿子", "方小圆"),
    ],
)
def test_who_wrote_it_is_taken_out(text: str, gone: str) -> None:
    said = redacted(text, names=("方小圆",))

    assert gone not in said
    assert "[" in said


@pytest.mark.parametrize(
    "text",
    [
        "血压150/95 血糖7.8",
        "2026-11-22 上午挂号",
        "谢谢医生",
        "我妈高血压怎么办",
        "给孙子约周三上午的儿科",
        "老伴黄疸",
        "我是高血压",
    ],
)
def test_what_is_asked_stays(text: str) -> None:
    assert redacted(text) == text


def test_it_is_cut_and_one_line() -> None:
    said = redacted("药\n吃完\u200b了" + "吗" * 500)

    assert said.startswith("药 吃完 了吗")
    assert len(said) == MOST

"""Demo data of the chatbot's learning: what four strangers asked in their own words, and that the answer was none."""

from datetime import timedelta

from server import clock
from server.actions import messaging
from server.policy.schema import Policy

ASKED = (
    "我娃儿打针那个册册掉了补得到不",
    "屋头搬到涪江那边去了，要重新弄不",
    "那个蓝色的药本子还要不要带来",
    "老年卡跟你们这个是一回事不",
)
DECLINED = "不是这个"


def seed(policy: Policy) -> None:
    """Let people nobody knows write in the service account's chat, minutes ago: no resident's conversation is touched."""
    for number, words in enumerate(ASKED):
        at = clock.now() - timedelta(minutes=20 - number)
        for step, text in enumerate((words, DECLINED)):
            messaging.receive(
                app="service_account",
                openid=f"demo-stranger-{number}",
                unionid=None,
                dedupe_key=f"demo:stranger:{number}:{step}",
                text=text,
                kind="text",
                at=at + timedelta(seconds=20 * step),
                policy=policy,
                most=500,
            )

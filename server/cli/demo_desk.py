"""Demo data of the doctor's desk: replies a team and its leader keep ready."""

from server.actions import messaging
from server.models import Team
from server.models.actor import CLOCK, Actor, ActorKind

REPLIES = (
    ("收到", "{name}您好，我是{doctor}，您的消息收到了，我看一下再回复您。"),
    ("来门诊", "{name}您好，请在{hours}来{team}找我，电话 {phone}。"),
    ("下次随访", "您下次随访是{next_visit}，请按时来，有事打 {phone}。"),
)


def seed(team: Team) -> None:
    """Keep the team's replies, and one of its leader's own."""
    lead = team.lead
    assert lead is not None
    for title, text in REPLIES:
        messaging.keep_reply(team, title, text, by=CLOCK)
    messaging.keep_reply(
        lead, "今天停诊", "今天是{date}，我上午不在门诊，下午回复您。", by=Actor(ActorKind.STAFF, lead.id)
    )

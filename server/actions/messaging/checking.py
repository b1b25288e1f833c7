"""Content safety: what people write and send in the mini-program is judged by WeChat before others read it.

The result is kept. Risky content is held back and its sender told; a check that cannot be had holds nobody up, and an
urgent message is never held back (models.content_check).
"""

import hmac
import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update

from server import clock, sealing
from server.actions.messaging import relaying, showing, steps
from server.database import db, retried, transaction
from server.errors import Unavailable
from server.models import ContentCheck, MediumStatus, Message, MessageMedium, Verdict, WechatAccount, WechatUser
from server.models.content_check import WAIT
from server.models.conversation import Sender
from server.wechat.gateway import Gateway, Judged

logger = logging.getLogger(__name__)
V = Verdict

MOST_TRIES = 3
AGAIN_AFTER = timedelta(seconds=15)
ANSWERED_WITHIN = timedelta(minutes=40)
"""WeChat answers about a picture within 30 minutes."""
LINK_LASTS = timedelta(minutes=35)
TOLD = "您刚才的一条消息没有通过微信的内容安全检查，没有转给医生。请换一种说法再发，或致电您的家庭医生团队。急症请立即拨打120。"
VERDICTS = {"pass": V.PASSED, "review": V.REVIEW, "risky": V.RISKY}


def check_next(gateway: Gateway, public_base_url: str) -> bool:
    """Ask about the next message that is due. Returns False when none is."""
    row = _claim()
    if row is None:
        return False
    openid, text, medium = _what(row)
    if medium is not None and medium.status in (MediumStatus.WANTED, MediumStatus.FETCHING):
        return True  # not here yet: it comes again
    if row.verdict == V.ASKED or not openid or row.tries > MOST_TRIES:
        _settle(row.id, V.UNAVAILABLE)
    elif row.kind == "text":
        _ask_text(gateway, row, openid, text)
    elif medium is None or medium.status == MediumStatus.FAILED:
        _settle(row.id, V.UNAVAILABLE)
    else:
        _ask_medium(gateway, row, openid, f"{public_base_url.rstrip('/')}/wechat/media/{link(medium.id, clock.now())}")
    return True


def _ask_text(gateway: Gateway, row: ContentCheck, openid: str, text: str) -> None:
    try:
        judged = gateway.judge_text(openid, text)
    except Unavailable:
        logger.warning("Content safety is not available")
        return  # it comes again, and others wait for it a minute at most
    _settle(row.id, VERDICTS[judged.suggest], judged.label)


def _ask_medium(gateway: Gateway, row: ContentCheck, openid: str, url: str) -> None:
    try:
        trace_id = gateway.check_medium(openid, url, is_picture=row.kind == "image")
    except Unavailable:
        logger.warning("Content safety is not available")
        return
    _asked(row.id, trace_id)


@retried
def _claim() -> ContentCheck | None:
    at = clock.now()
    with transaction():
        due = ContentCheck.verdict.in_((V.PENDING, V.ASKED)) & (ContentCheck.next_try_at <= at)
        row = db.session.scalar(
            select(ContentCheck).where(due).order_by(ContentCheck.next_try_at).limit(1).with_for_update()
        )
        if row is not None:
            row.tries, row.next_try_at = row.tries + 1, at + AGAIN_AFTER
            if row.kind != "text" and row.verdict == V.PENDING and _is_on_its_way(row):
                row.tries -= 1  # nothing to ask about yet
                row.held_until_at = at + WAIT
    return row


def _is_on_its_way(row: ContentCheck) -> bool:
    status = db.session.scalar(select(MessageMedium.status).where(MessageMedium.message_id == row.message_id))
    return status in (MediumStatus.WANTED, MediumStatus.FETCHING)


def _what(row: ContentCheck) -> tuple[str, str, MessageMedium | None]:
    """Return the sender's openid in the mini-program, his words and what he sent; leaves no transaction open."""
    said = db.session.get(Message, row.message_id)
    mine = select(WechatAccount.openid).where(
        WechatAccount.user_id == _user_id(said), WechatAccount.app == "miniprogram"
    )
    openid = db.session.scalar(mine) or ""
    medium = db.session.scalar(select(MessageMedium).where(MessageMedium.message_id == row.message_id))
    text = said.text if said else ""
    db.session.rollback()
    return openid, text, medium


def _user_id(said: Message | None) -> str:
    """Return who sent a message: WeChat judges it as his."""
    if said is None:
        return ""
    if said.sender != Sender.DOCTOR:
        return said.conversation.user_id
    return db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == said.staff_id).limit(1)) or ""


@retried
def _asked(row_id: str, trace_id: str) -> None:
    at = clock.now()
    with transaction():
        statement = update(ContentCheck).where(ContentCheck.id == row_id, ContentCheck.verdict == V.PENDING)
        values = {"verdict": V.ASKED, "trace_id": trace_id, "next_try_at": at + ANSWERED_WITHIN}
        values["held_until_at"] = at + WAIT
        db.session.execute(statement.values(**values).execution_options(synchronize_session=False))


@retried
def record_verdict(trace_id: str, judged: Judged, errcode: int) -> None:
    """Note what WeChat says about a picture or voice; an unknown or repeated answer changes nothing."""
    found = db.session.scalar(select(ContentCheck.id).where(ContentCheck.trace_id == trace_id)) if trace_id else None
    if found is not None:
        verdict = V.UNAVAILABLE if errcode else VERDICTS.get(judged.suggest, V.REVIEW)
        _settle(found, verdict, judged.label)


@retried
def _settle(row_id: str, verdict: Verdict, label: int | None = None) -> None:
    at = clock.now()
    with transaction():
        open_ = (ContentCheck.id == row_id) & ContentCheck.verdict.in_((V.PENDING, V.ASKED))
        statement = update(ContentCheck).where(open_).values(verdict=verdict, label=label, ended_at=at)
        if db.session.execute(statement.execution_options(synchronize_session=False)).rowcount != 1:  # type: ignore[attr-defined]
            return
        if verdict == V.RISKY:
            _tell_sender(row_id, at)


def _tell_sender(row_id: str, at: datetime) -> None:
    row = db.session.get(ContentCheck, row_id, populate_existing=True)
    said = db.session.get(Message, row.message_id) if row else None
    if row is None or said is None or row.is_urgent:
        return  # an emergency is read by the doctor, whatever WeChat thinks of its words
    if said.sender == Sender.DOCTOR:
        showing.not_sent(said, row.kind, "没有通过微信的内容安全检查", at=at)
        return
    conversation = steps.relocked(said.conversation)
    told = steps.add_message(conversation, Sender.SYSTEM, TOLD, via=said.via, at=at)
    relaying.into_chat(told, at=at)


def link(medium_id: str, at: datetime) -> str:
    """Return the secret last part of the address under which WeChat may fetch one medium, for half an hour."""
    until = int((at + LINK_LASTS).timestamp())
    return f"{medium_id}.{until}.{_seal(medium_id, until)}"


def linked(secret: str, at: datetime) -> str:
    """Return the medium's id of a link; "" for a forged or old one."""
    medium_id, _, rest = secret.partition(".")
    until, _, seal = rest.partition(".")
    if not until.isascii() or not until.isdigit() or len(until) > 11 or int(until) < at.timestamp():
        return ""
    return medium_id if hmac.compare_digest(seal.encode(), _seal(medium_id, int(until)).encode()) else ""


def _seal(medium_id: str, until: int) -> str:
    return sealing.current().index(f"{medium_id}.{until}", "medium link")[:40]

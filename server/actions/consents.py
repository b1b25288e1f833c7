"""What people allow us to push: the ledger of one-time accepts and long-term consents (docs/decisions/0004)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.config import Settings
from server.database import db, retried, transaction
from server.errors import NotFound
from server.ids import new_id
from server.models import PushConsent, WechatAccount, WechatCallback, WechatUser

PAIR_WITHIN = timedelta(minutes=10)
"""The client's report and WeChat's event of one accept arrive within this time of each other."""
LONG_TERM = frozenset({"followup_long"})

SCENES: dict[str, tuple[str, ...]] = {
    "booking": ("appointment",),
    "signing": ("result", "renewal"),
    "followup": ("followup", "visit"),
    "followup_long": ("followup_long",),
    "message": ("reply",),
}
"""Templates asked for in one dialog: at most three, of one type, with different titles (wechat_platform.md C.2)."""


class Choice(StrEnum):
    """The answers of wx.requestSubscribeMessage."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
    FILTER = "filter"


class SceneUnknown(NotFound):
    """There is no such dialog."""

    code, default_message = "scene_unknown", "没有这种订阅场景"


class Source(StrEnum):
    """Who told us of an accept."""

    CLIENT = "accept_client"
    EVENT = "accept_event"


def offered(scene: str, settings: Settings) -> list[str]:
    """Return the template ids to ask for in a scene, at most three. Raises SceneUnknown."""
    if scene not in SCENES:
        raise SceneUnknown()
    return [settings.wechat.subscribe_templates[name].id for name in SCENES[scene]]


def ids_of(names: Sequence[str], settings: Settings) -> list[str]:
    """Return the ids of subscribe templates, by our names."""
    return [settings.wechat.subscribe_templates[name].id for name in names]


@retried
def accepted(user: WechatUser, results: Mapping[str, Choice], *, settings: Settings) -> None:
    """Note what a person answered in the dialog, as the mini-program reports it.

    Each accept counts once, whether WeChat's own event of it comes before or after. Other answers change nothing: what
    was accepted earlier can still be sent. Ids that are not ours are ignored.
    """
    at = clock.now()
    with transaction():
        _one_at_a_time(user.id)
        for name in _names([key for key, choice in results.items() if choice == Choice.ACCEPT], settings):
            _accept(user.id, name, Source.CLIENT, at)


def changed(
    app: str,
    openid: str,
    changes: Iterable[tuple[str, bool]],
    dedupe_key: str,
    at: datetime,
    *,
    settings: Settings,
    popup: bool = True,
) -> bool:
    """Note WeChat's event about consents; a repetition changes nothing.

    Args:
        changes: (template id, accepted). popup: an answer to the dialog; False: changed later in a card's menu, where a
            refusal takes everything back.
        dedupe_key: of the callback.
    Returns:
        Whether it is new and about somebody we know.
    """
    try:
        return _changed(app, openid, tuple(changes), dedupe_key, at, settings, popup)
    except IntegrityError:
        return False


@retried
def _changed(
    app: str,
    openid: str,
    changes: tuple[tuple[str, bool], ...],
    dedupe_key: str,
    at: datetime,
    settings: Settings,
    popup: bool,
) -> bool:
    with transaction() as session:
        session.add(WechatCallback(dedupe_key=f"{dedupe_key}#consent"[:190], kind="consent", received_at=at))
        session.flush()
        user_id = session.scalar(
            select(WechatAccount.user_id).where(WechatAccount.app == app, WechatAccount.openid == openid)
        )
        if user_id is None:
            return False
        _one_at_a_time(user_id)
        for name in _names([key for key, yes in changes if yes], settings):
            _accept(user_id, name, Source.EVENT, at)
        if not popup:
            for name in _names([key for key, yes in changes if not yes], settings):
                _take_back(user_id, name, at)
    return True


def _one_at_a_time(user_id: str) -> None:
    # the two witnesses of one accept often speak at the same moment: the second must see the first one's note
    db.session.execute(select(WechatUser.id).where(WechatUser.id == user_id).with_for_update())


def _names(template_ids: list[str], settings: Settings) -> list[str]:
    ours = {template.id: name for name, template in settings.wechat.subscribe_templates.items()}
    return [ours[template_id] for template_id in template_ids if template_id in ours]


def _accept(user_id: str, name: str, source: Source, at: datetime) -> None:
    if name in LONG_TERM:
        _add(user_id, name, at, is_long_term=True)
        return
    if _pair(user_id, name, source, at):
        return
    _add(user_id, name, at, one_time_left=1)


def _pair(user_id: str, name: str, source: Source, at: datetime) -> bool:
    """Tell whether the other source already reported this accept; if not, leave a note for it."""
    other = Source.EVENT if source is Source.CLIENT else Source.CLIENT
    subject = f"{user_id}:{name}"
    note = db.session.scalar(
        select(WechatCallback.id)
        .where(
            WechatCallback.is_matched.is_(False),
            WechatCallback.kind == other,
            WechatCallback.receipt_ref == subject,
            WechatCallback.received_at > at - PAIR_WITHIN,
        )
        .order_by(WechatCallback.received_at)
        .limit(1)
    )
    if note is not None:
        taken = (
            update(WechatCallback)
            .where(WechatCallback.id == note, WechatCallback.is_matched.is_(False))
            .values(is_matched=True)
            .execution_options(synchronize_session=False)
        )
        if db.session.execute(taken).rowcount == 1:  # type: ignore[attr-defined]
            return True
    key = f"consent:{subject}:{source}:{new_id()}"
    db.session.add(WechatCallback(dedupe_key=key, kind=source, received_at=at, receipt_ref=subject, is_matched=False))
    return False


def _add(user_id: str, name: str, at: datetime, *, one_time_left: int = 0, is_long_term: bool = False) -> None:
    values = {"one_time_left": PushConsent.one_time_left + one_time_left, "updated_at": at}
    if is_long_term:
        values["is_long_term"] = True
    known = (
        update(PushConsent)
        .where(PushConsent.user_id == user_id, PushConsent.template == name)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(known).rowcount == 1:  # type: ignore[attr-defined]
        return
    first = PushConsent(
        user_id=user_id, template=name, one_time_left=one_time_left, is_long_term=is_long_term, updated_at=at
    )
    db.session.add(first)


def _take_back(user_id: str, name: str, at: datetime) -> None:
    db.session.execute(
        update(PushConsent)
        .where(PushConsent.user_id == user_id, PushConsent.template == name)
        .values(one_time_left=0, is_long_term=False, updated_at=at)
        .execution_options(synchronize_session=False)
    )

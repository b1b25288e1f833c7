"""A doctor answers from his own chat with the service account; inside the caller's transaction.

"列表" shows who waits, "12 您好" answers number 12, "12 结束" closes it, plain words answer the one conversation he
holds, a quotation that names a number is answered like the number, "帮助" explains. A picture or voice goes to the one he
holds; "12号" before it says to whom, where he holds several. Each gets a short confirmation as the passive reply. Nothing a
resident wrote is ever shown there.
"""

import re
from datetime import datetime, timedelta

from server.access import conversations
from server.actions.messaging import answering, showing, steps
from server.errors import AppError
from server.models import Conversation, Staff, audit
from server.models.actor import Actor, ActorKind
from server.policy import canned

AS_RESIDENT = re.compile(r"本人[\s，,:：]+(?P<text>.+)", re.DOTALL)
# a number counts as one only with a mark before or after it: "3天后复查" is an answer, not number 3
_NUMBERED = re.compile(
    r"(?:[#＃]\s*(?P<marked>\d{1,4})[\s，,:：、]*|(?P<plain>\d{1,4})(?:号?[\s，,:：、]+))(?P<text>.+)", re.DOTALL
)
# some clients send a quotation as words in front of the answer; others send the answer alone, and WeChat says nothing of it
_QUOTING = re.compile(r"「(?P<quoted>.*?)」\s*\n[-—\s]{5,}\n(?P<text>.+)", re.DOTALL)
_NAMED = re.compile(r"(?<!\d)(\d{1,4})\s*号")
_ENDS = ("结束", "关闭")
_COMMANDS = ("帮助", "列表", "待办", "待回复", *_ENDS)
# a bare number may be an answer ("几点？" "12"): only a mark beside it always names a conversation
_NAMES = re.compile(r"[#＃]\s*(\d{1,4})\s*号?|(\d{1,4})\s*号")
_BARE = re.compile(r"\d{1,4}")
# 12结束, 12号结束, 结束12: never words for a resident
_ENDED = re.compile(r"(?:(?P<first>\d{1,4})\s*号?\s*(?:结束|关闭)|(?:结束|关闭)\s*(?P<last>\d{1,4})\s*号?)")
# "1、按时吃饭 2、少盐" is an answer with points, not one to number 1
_POINTS = re.compile(r"1\s*[、.．,，].+?(?<!\d)2\s*[、.．,，].+", re.DOTALL)
# "12您好": the blank was forgotten; with a unit behind it ("3天后复查") a number is just a number
_GLUED = re.compile(
    r"(?P<number>\d{1,4})号?[。.]?(?=[^\d\W])(?![天个点月日次年周片粒岁楼层小分元份种位块支毫盒瓶袋包度倍斤克米条]|[a-zA-Z])(?P<text>.+)",
    re.DOTALL,
)
NAMED_FOR = timedelta(minutes=5)
"""How long a picture or voice goes to the number named last, where the doctor holds several conversations."""
HELP = (
    "您可以这样回复：\n列表：查看待回复的居民\n12 您好：回复12号居民\n12 结束：结束12号会话\n"
    "引用提到12号的消息再回复：回复12号居民\n"
    "12号：接下来发的照片、语音转给12号居民\n"
    "直接输入文字：回复您正在接待的居民\n本人 文字：以居民身份使用"
)

LOCKED = "您的医务账号已停用，请联系管理员。想以居民身份使用，请写：本人 文字"


def respond(staff: Staff, text: str, *, by: Actor, at: datetime, most: int) -> str:
    """Do what a doctor's message asks and return the confirmation; refusals come back as words, too."""
    words = text.strip()
    if staff.locked_at is not None:
        return LOCKED
    words = command if (command := words.rstrip("。.！!~～，, ")) in _COMMANDS else words
    if words in ("帮助", "?", "？", "help", ""):
        return HELP
    if words in ("列表", "待办", "待回复"):
        return _list(staff, at)
    doctor = Actor(ActorKind.STAFF, staff.id, by.source)
    try:
        return _answer(staff, words, doctor, at, most)
    except AppError as refusal:
        return refusal.message


def pass_on(staff: Staff, kind: str, media_id: str, *, by: Actor, at: datetime) -> str:
    """Pass a doctor's picture or voice on and return the confirmation; refusals come back as words, too."""
    if staff.locked_at is not None:
        return LOCKED
    if kind not in showing.NAMES or not media_id:
        return "转给居民的只能是文字、照片或语音。\n" + HELP
    try:
        held = conversations.held_by(staff)
        row = _meant(held, at)
        if row is None:
            return _which(held, "12号")
        row = steps.relocked(row)
        showing.forward(row, staff, kind, media_id, by=by, at=at)
    except AppError as refusal:
        return refusal.message
    return f"正在把{showing.NAMES[kind]}转给 {row.short_no} 号 {steps.label(row)}"


def _meant(held: list[Conversation], at: datetime) -> Conversation | None:
    """Return the conversation that what comes without words is for: the only one held, else the one named lately."""
    if len(held) == 1:
        return held[0]
    named = [row for row in held if row.named_at is not None and row.named_at > at - NAMED_FOR]
    return max(named, key=lambda row: row.named_at or at, default=None)


def _choose(number: int, staff: Staff, by: Actor, at: datetime) -> str:
    """Take a conversation by its number alone: what comes next without a number goes there."""
    row = steps.relocked(conversations.numbered(number, staff))
    answering.hold(row, staff, by=by, at=at)
    audit.record("conversation_taken", row, by=by, at=at)
    row.named_at = at
    return f"您正在接待 {row.short_no} 号 {steps.label(row)}，接下来发的照片、语音会转给这位居民"


def _answer(staff: Staff, words: str, by: Actor, at: datetime, most: int) -> str:
    words = _unquoted(words)
    if ended := _ENDED.fullmatch(words.rstrip("。.！! ")):
        words = f"#{ended['first'] or ended['last']} 结束"
    numbered, naming = _NUMBERED.fullmatch(words), _NAMES.fullmatch(words)
    if numbered and _POINTS.fullmatch(words):
        numbered = None
    if glued := None if numbered or naming else _GLUED.fullmatch(words):
        meant = _open_number(int(glued["number"]), staff)
        if meant is not None and meant.staff_id != staff.id:
            return f"是回复 {meant.short_no} 号吗？没有发出。编号后面请空一格，例如：{meant.short_no} 您好"
    if naming:
        return _choose(int(naming[1] or naming[2]), staff, by, at)
    if numbered:
        row = steps.relocked(conversations.numbered(int(numbered["marked"] or numbered["plain"]), staff))
        words = numbered["text"].strip()
    else:
        held = conversations.held_by(staff)
        if len(held) != 1:
            return _choose(int(words), staff, by, at) if _BARE.fullmatch(words) else _which(held)
        row = steps.relocked(held[0])
    name = f"{row.short_no} 号 {steps.label(row)}"
    if words in _ENDS:
        answering.hold(row, staff, by=by, at=at)
        answering.end(row, by=by, at=at)
        return f"已结束 {name}"
    canned.refuse_open(words)
    row.named_at = at
    answering.answer(row, staff, steps.checked(words, most), client_key=None, via="service_account", by=by, at=at)
    return f"已回复 {name}"


def _open_number(number: int, staff: Staff) -> Conversation | None:
    """Return the one open conversation with a number, None when there is none or more than one."""
    try:
        return conversations.numbered(number, staff)
    except AppError:
        return None


def _unquoted(words: str) -> str:
    """Return an answer to a quoted notice as if its number stood in front; whom nothing names, the quotation does not."""
    quoting = _QUOTING.fullmatch(words)
    if quoting is None:
        return words
    numbers = set(_NAMED.findall(quoting["quoted"]))
    text = quoting["text"].strip()
    return f"#{numbers.pop()} {text}" if len(numbers) == 1 and not _NUMBERED.fullmatch(text) else text


def _which(held: list[Conversation], example: str = "12 您好") -> str:
    if not held:
        return f"您现在没有正在接待的居民。请写上编号，例如：{example}。\n回复“列表”查看待回复的居民。"
    names = "\n".join(f"{row.short_no} 号 {steps.label(row)}" for row in held)
    example = example.replace("12", str(held[0].short_no))
    return f"您正在接待多位居民，请写上编号，例如：{example}。\n{names}"


def _list(staff: Staff, at: datetime) -> str:
    page = conversations.for_staff(staff, None)
    waiting = [row for row in page.items if row.waiting_since_at is not None]
    if not waiting:
        return "现在没有待回复的居民。"
    lines = [_line(row, at) for row in waiting]
    more = "\n更多请在小程序里查看。" if page.next else ""
    return f"待回复 {len(waiting)} 位：\n" + "\n".join(lines) + more


def _line(row: Conversation, at: datetime) -> str:
    minutes = max(int((at - (row.waiting_since_at or at)).total_seconds() // 60), 0)
    waited = f"{minutes}分钟" if minutes < 120 else f"{minutes // 60}小时"
    return f"{'【紧急】' if row.is_urgent else ''}{row.short_no} 号 {steps.label(row)} 已等{waited}"

"""Which of the days and times in a message are meant: not those that are over, refused or the old ones of a booking."""

import re
from datetime import date, timedelta

from server.chatbot.slots import around, clock_times, days, months
from server.chatbot.slots.clock_times import Time
from server.chatbot.slots.days import Day

BOOKING = frozenset(
    {"book_specialist", "cancel_booking", "reschedule_booking", "my_bookings", "home_visit", "checkup_vaccine"}
)
READING = frozenset({"report_bp", "report_glucose"})

_WISH = re.compile(r"约|挂|号|可以|行[吗不么]|预|改|换|门诊|专家|那天|去|来|过去|有空|上门|取消|退")
_DOTTED = re.compile(
    r"(?<![\d./:])(?P<month>1[0-2]|0?[1-9])(?P<mark>[./-])(?P<day>3[01]|[12]\d|0?[1-9])(?![\d./:%-])"
    r"(?!\s?(?:mmol|mm|毫|度|斤|公斤|kg|元|块|片|粒|颗|mg|克|g|厘|cm|米|岁|小时|分|倍|个|左右|折|级|寸|万|千))"
)
_READING = re.compile(r"血压|血糖|高压|低压|空腹|餐后|饭后|餐前|饭前|糖|体温|胰岛素|尿酸|心率|脉搏")
_ILL = re.compile(
    r"(?:又|老|总|就|都|还|会|要|想|一|睡觉)*(?:上厕所|尿|起夜|睡|疼|痛|咳|闷|抖|麻|痒|晕|吐|难受|打呼|开始|吃药|发烧|哭|叫|胀|喘|流|拉|抽筋)"
)
"""Behind a part of the day: when it hurts, not when somebody will come."""
_OR = re.compile(r"^(?:上午|下午|早上|晚上)?,?(?:或者?|要么|要不|不然|还是|实在不行)")
_NIGHT = re.compile(r"半夜|夜里|夜头|夜间|深更")
"""When nobody has an appointment, but many complaints."""
_SAME_DAY = re.compile(r"同一?[天日]|当天|那天(?:的|不变)")
_WRONG = re.compile(r"不对|说错|错了|[哦啊呃]不|不不|不,|还是改")
_ONE_DAY = ("元旦", "冬至", "腊八")
_FEASTS = "春元国五中端清除腊大正"
"""How the names of holidays begin: whether the clinic is open then is a question about its hours, not about a day."""


_MOVED = re.compile(r"(?:改|换|挪|调|推|移|延|弄|倒)(?:到|成|至|为)|→|->|调整")
_SAYS_ITSELF = frozenset({"book_specialist", "home_visit", "checkup_vaccine", "clinic_info"})


def _matter(text: str, asked: str | None, flow: str | None, *, has_reading: bool) -> str | None:
    """Return the matter the days belong to: the words may say more clearly than the intent that a booking is moved."""
    if asked is not None:
        return flow
    if flow in READING:
        return flow if has_reading or _READING.search(text) else _matter(text, None, None, has_reading=False)
    if flow not in _SAYS_ITSELF and _MOVED.search(text) and re.search(r"号|约|看|检查|门诊|appointment", text):
        return "reschedule_booking"
    return flow


def read(
    text: str, today: date, asked: str | None, flow: str | None, *, has_reading: bool = False
) -> dict[str, object]:
    """Return date or date_range, time and shift of a plain text, in the forms of the schema.

    Args:
        has_reading: a blood pressure or glucose was found in it.
    """
    flow = _matter(text, asked, flow, has_reading=has_reading)
    found: dict[str, object] = {}
    shift = around.shift(text)
    if shift:
        found["shift"] = shift[1]
    said = [
        day
        for day in _days(text, today, asked, flow)
        if not shift or day.end <= shift[0][0] or day.start >= shift[0][1]
    ]
    meant = _meant(text, said, today, flow)
    if shift and flow == "reschedule_booking" and said and not said[-1].is_span and said[-1].start < shift[0][0]:
        # 25号那个往后推两天
        moved = said[-1].first + timedelta(days=shift[1])
        meant = Day(*shift[0], moved, moved)
    if meant and meant.is_span:
        found["date_range"] = [meant.first.isoformat(), meant.last.isoformat()]
    elif meant:
        found["date"] = meant.first.isoformat()
    elif asked == "date" and not said and not shift:
        span = days.bare(text, today)
        if span:
            found["date"] = span[0].isoformat()
    time = _time(text, said, meant, asked, flow)
    if time:
        found["time"] = time
    return found


def _days(text: str, today: date, asked: str | None, flow: str | None) -> list[Day]:
    said = days.days(text, today)
    about_booking = (
        asked == "date" or flow in BOOKING or (flow is None and not _READING.search(text) and bool(_WISH.search(text)))
    )
    for match in _DOTTED.finditer(text):
        alone = match.group() == text.strip(" ,.。吧")
        if not (about_booking or (alone and asked is None and flow is None)):
            continue
        if any(one.start < match.end() and match.start() < one.end for one in said):
            continue
        span = months.month_day(int(match["month"]), int(match["day"]), today)
        if span:
            said.append(Day(match.start(), match.end(), *span))
    return sorted(said, key=lambda each: each.start)


def _meant(text: str, said: list[Day], today: date, flow: str | None) -> Day | None:
    is_cancelled = flow == "cancel_booking"
    refused = {day.first for day in said if not is_cancelled and around.is_refused(text, day.start, day.end)}
    again = {
        day.first
        for day in said
        if around.is_target(text, day.start, 2) or re.search(r"(?<!不)[是就]$", text[: day.start])
    }
    left = [day for day in said if day.first not in refused - again]
    if flow == "clinic_info":
        left = [
            day
            for day in left
            if not day.is_span
            and (
                text[day.start] not in _FEASTS
                or text.startswith(_ONE_DAY, day.start)
                or text[day.end :].startswith(("那天", "当天", "那日"))
            )
        ]
    if flow in READING:
        return next((day for day in left if day.last != today and not day.is_span), None)
    if flow == "reschedule_booking":
        left = _new(text, left)
    coming = [day for day in left if day.last >= today and (day.first > today or not around.is_done(text, day.end))]
    if flow in BOOKING or coming:
        left = coming
    if is_cancelled and len(left) > 1:
        left = [day for day in left if around.is_given_up(text, day.end)] or left
    asked_for = [day for day in left if around.is_booked_for(text, day.start)]
    if flow in BOOKING and asked_for:
        left = asked_for
    return _narrowed(text, left)


def _narrowed(text: str, left: list[Day]) -> Day | None:
    """Return the day of one or several: 下下周…周二 is one day, 明天或后天 are two, otherwise the first exact one."""
    if not left:
        return None
    exact = [day for day in left if not day.is_span]
    if not exact:
        return left[0]
    first = exact[0]
    while len(exact) > 1 and _WRONG.search(text[first.end : exact[1].start]):
        exact = exact[1:]
        first = exact[0]
    week = next(
        (day for day in left if day.is_span and day.end <= first.start and (day.last - day.first).days == 6), None
    )
    if week and not week.first <= first.first <= week.last and text[first.start] in "周礼星拜":
        return Day(first.start, first.end, *(2 * (week.first + timedelta(days=first.first.weekday()),)))
    second = next((day for day in exact[1:] if day.first == first.first + timedelta(days=1)), None)
    if second and re.fullmatch(r"[和或者、,跟及还是都行可以 ]{0,4}", text[first.end : second.start]):
        return Day(first.start, second.end, first.first, second.first)
    return first


def _new(text: str, left: list[Day]) -> list[Day]:
    """Return the days of a booking to be moved that are the new ones."""
    if _SAME_DAY.search(text):
        return left
    after = [day for day in left if around.is_target(text, day.start, 5)]
    if after:
        return after[-1:]
    fresh = [day for day in left if not around.is_old(text, day.start, day.end)]
    while len(fresh) > 1 and _OR.search(text[fresh[-2].end : fresh[-1].start]):
        fresh.pop()
    return fresh[-1:] if len(left) > 1 else fresh


def _time(text: str, said: list[Day], meant: Day | None, asked: str | None, flow: str | None) -> str | None:
    masked = list(text)
    for day in said:
        masked[day.start : day.end] = "日" * (day.end - day.start)
    found = clock_times.times("".join(masked), asked=asked == "time")
    times = [
        time
        for time in found
        if (flow == "cancel_booking" or not around.is_refused(text, time.start, time.end))
        and (time.is_clock or not _ILL.match(text, time.end))
        and not (flow in BOOKING and not time.is_clock and _NIGHT.match(text, time.start))
    ]
    if flow == "report_glucose" or asked == "glucose":
        times = [time for time in times if not time.is_clock]
    dropped = [
        day for day in said if not meant or (day.first != meant.first and not meant.start <= day.start < meant.end)
    ]
    if flow not in READING:
        times = [time for time in times if not any(_belongs(text, time, day) for day in dropped)]
    if flow == "reschedule_booking" and times:
        after = [time for time in times if around.is_target(text, time.start, 12)]
        fresh = [time for time in times if not around.is_old(text, time.start, time.end)]
        times = after[-1:] or fresh[-1:]
    if meant and len(times) > 1:
        near = [time for time in times if _belongs(text, time, meant)]
        times = near or times
    clock = [time for time in times if time.is_clock]
    if clock or times:
        return (clock or times)[0].value
    return clock_times.bare(text) if asked == "time" else None


def _belongs(text: str, time: Time, day: Day) -> bool:
    """Tell whether a time stands right behind a day, 昨天|晚上, or inside it, as in 明早."""
    return day.start <= time.start <= day.end + 2 and not re.search(r"[,。;!?]", text[day.end : time.start])

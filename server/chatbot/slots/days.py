"""Expressions for days and spans of days, each with its place in the text; which of them is meant, ``dates`` decides."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from server.chatbot.slots import feasts, lunar, months, spans
from server.chatbot.slots.numerals import N, number


@dataclass(frozen=True)
class Day:
    """A day, or the days from ``first`` to ``last``, said at ``start:end``."""

    start: int
    end: int
    first: date
    last: date

    @property
    def is_span(self) -> bool:
        """Whether several days are meant."""
        return self.first != self.last


Reader = Callable[[re.Match[str], date], spans.Span]

_WEEK = r"(?:周|礼拜|星期|(?<!礼)拜)"
_DAY = r"[一二三四五六日天末1-7]"
_NOT_COUNTED = r"(?!次|回|趟|遍|个|岁|圈|边|围|期|的?时间内)"
_WORD_DAY = r"(?:天|日|儿个?|个儿?|朝)"
_BESIDE = re.compile(r"的?(?:(?P<before>[前头]一[天日])|(?:后头?一|[之过以]?后的?第一|第二)[天日])")
_CN = "一二三四五六七八九十廿"


def days(text: str, today: date) -> list[Day]:
    """Return the days said in a plain text in order of their places; what lies inside another expression is not one."""
    found: list[Day] = []
    taken = [False] * len(text)
    for pattern, reader in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if start == end or any(taken[start:end]):
                continue
            span = reader(match, today)
            if span is not None:
                taken[start:end] = [True] * (end - start)
                found.append(_beside(text, Day(start, end, *span)))
    return sorted(found, key=lambda each: each.start)


def _beside(text: str, day: Day) -> Day:
    """元旦前一天, 冬至第二天: the day before or after."""
    match = _BESIDE.match(text, day.end)
    if not match or day.is_span:
        return day
    beside = day.first + timedelta(days=-1 if match["before"] else 1)
    return Day(day.start, match.end(), beside, beside)


def bare(text: str, today: date) -> spans.Span:
    """Return the day of an answer to "which day?" that is hardly more than a number: 25, 12.3, 三号, 初八."""
    moon = re.search(r"初([一二三四五六七八九十])", text)
    if moon:
        return spans.one(lunar.next_day(number(moon.group(1)), today))
    said = re.findall(rf"(?<![\d.:/])({N})(?![\d.:/点时个天周分])", text)
    day = number(said[-1]) if said else 0
    return spans.one(spans.next_day_of_month(day, today)) if 1 <= day <= 31 else None


def _rules() -> Iterator[tuple[str, Reader]]:
    ahead = r"(?:之后|以后|过后|后(?!的?(?:遗症|悔|背|面|期))|开外)"
    past = r"(?<!了)(?<!出院)(?<!手术)(?<!术后)(?<!打完)(?<!吃完)(?<![每第])"
    over = "之?前(?!一[天日])|以前|(?:之|以|过)?后(?!头?一[天日]|的?第一[天日])|完"
    which = (
        r"(?:(?P<which>下下个?|下一?个?|上上个?|上个?|这个?|本|当)?月"
        r"|(?P<named>1[0-2]|十[一二]|[1-9一二三四五六七八九十])月份?)"
    )
    week = r"(?P<prefix>再下一?个?|下{1,3}一?个?|上{1,3}一?个?|这一?个?|本)"
    yield r"(?P<year>\d{4})[-./年](?P<month>\d{1,2})[-./月](?P<day>\d{1,2})(?:[日号]|(?!\d))", months.full
    yield (
        rf"(?:农历|阴历|旧历|老历|古历)的?(?P<month>正|冬|腊|[{_CN}]{{1,2}}|\d\d?)月(?P<day>初?[{_CN}]{{1,3}}|\d\d?)",
        feasts.lunar_day,
    )
    yield rf"(?P<month>正|腊|冬|[{_CN}]{{1,2}}|\d\d?)月(?P<day>初[{_CN}])", feasts.lunar_day
    yield rf"(?P<month>正|腊|冬)月(?P<day>[{_CN}]{{1,3}}|\d\d?)", feasts.lunar_day
    yield r"(?:下下?个?|这个?|本)月(?P<day>初[一二三四五六七八九十])", feasts.next_lunar_day
    yield rf"(?:农历|阴历|旧历|老历)的?(?P<day>初?[{_CN}]{{1,3}})(?![月天个])", feasts.next_lunar_day
    yield r"(?<![大年月])(?P<day>初[一二三四五六七八九十])(?![年学中班]|的?学生)", feasts.next_lunar_day
    yield r"(?<!月)(?P<day>廿[一二三四五六七八九]?)(?![一二三四五六七八九号日几年岁个块天])", feasts.next_lunar_day
    yield (
        "(" + "|".join(sorted(feasts.LUNAR_HOLIDAYS, key=len, reverse=True)) + f")节?(?!粥|饭|药|{over})",
        feasts.lunar_holiday,
    )
    yield "(大年三十|大年夜|年三十|除夕)", lambda _, today: spans.one(lunar.last_day_of_year(today))
    terms = "冬至|小寒|大寒|立春|惊蛰|春分|清明|谷雨|立夏|小满|芒种|夏至|小暑|大暑|立秋|处暑|白露|秋分|寒露|霜降|立冬"
    yield f"({terms})(?!{over})", lambda match, today: spans.one(lunar.next_term(match[1], today))
    yield (
        rf"(?:(?P<month>{N})月份?)?(?P<day>{N})[号日]?(?P<to>到|至|-|~|—|、|,|或者?|和|跟|还是)(?:(?P=month)月)?(?P<second>{N})[号日](?!楼|线|院)",
        months.days_of_month,
    )
    yield (
        rf"{past}(?:再?过)?(?P<n>{N})个?(?:周|星期|礼拜)(?:之后|以后|过后|后)?的?(?:那个|那)?{_WEEK}(?P<day>{_DAY})",
        spans.weekday_ahead,
    )
    yield rf"{which}的?[第头]?(?P<n>最后一?|{N})个?{_WEEK}(?P<day>[一二三四五六日天1-7])", months.nth_weekday
    yield rf"(?P<year>明年|今年|去年)?的?(?P<month>{N})月份?(?P<day>{N})(?:[日号]|(?![\d天个次回趟针遍]))", months.full
    yield rf"(?P<which>下下个?|下一?个?|上个?|这个?|本)月的?(?P<day>{N})[号日]", months.in_month
    yield rf"(?:{which}底?|年底)的?最[后末](?:那|的)?[一那]?[天日]", months.last_of_month
    yield rf"{which}的?[头第](?P<day>[一二三]|1)[天日号]", months.in_month
    yield rf"{which}底(?P<day>{N})[号日那]", months.in_month
    yield rf"{which}的?(?P<part>底|末|初|中旬|中(?!间)|上旬|下旬)", months.part_of_month
    yield rf"{week}?(?:{_WEEK}六[、和,]?{_WEEK}?[日天]|双休)", spans.weekend
    yield (
        rf"{week}?{_WEEK}(?P<day>[一二三四五六1-6])(?:到|至|-|~|—){_WEEK}?(?P<second>[一二三四五六日天1-7])(?![号月个\d点])",
        spans.weekdays,
    )
    yield rf"{week}(?:周|礼拜|星期)的?\s?{_WEEK}(?P<day>{_DAY})", spans.in_week
    yield rf"{week}{_WEEK}的?(?P<day>{_DAY}){_NOT_COUNTED}", spans.in_week
    yield rf"(?<![每隔单双孕一两二三四五六七八九十几半\d]){_WEEK}(?P<day>{_DAY}){_NOT_COUNTED}(?!\d)", spans.in_week
    yield rf"{past}(?:再?过|隔|等)(?:上|个)?(?P<n>{N}|半)个?(?P<unit>天|日|周|星期|礼拜|月)(?:{ahead})?", spans.ahead
    yield rf"{past}(?P<n>{N}|半)个?(?P<unit>天|日|周|星期|礼拜|月){ahead}", spans.ahead
    yield rf"{week}(?:周|礼拜|星期)", spans.week
    english = "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    yield rf"(?<![a-z])(?P<next>next )?(?P<name>{english})(?![a-z])", feasts.english_weekday
    yield r"(?<![a-z])(?P<name>today|tomorrow)(?![a-z])", feasts.english_day
    named = (
        "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
        "|nov(?:ember)?|dec(?:ember)?"
    )
    yield rf"(?<![a-z])(?P<name>{named})\.? ?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\da-z])", feasts.english_date
    yield rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)? ?(?:of )?(?P<name>{named})(?![a-z])", feasts.english_date
    yield r"(?P<rel>听日|明仔载?|天光|后尔日?|琴日|昨暝)", feasts.southern
    yield r"(今|明|后)(明|后|大后)[天日儿两]", spans.two_days
    yield rf"(?P<rel>大大后|大后|大前|外后)(?:{_WORD_DAY}|晌|(?=[早晚]))", spans.relative
    yield r"(?<![以今之然最])(?P<rel>后)(?:天(?![气性])|儿个?|个(?!月|星|礼|人|半)|日|朝)", spans.relative
    yield rf"(?P<rel>今|明|昨)(?:{_WORD_DAY}|(?=[早晚晨夜]))", spans.relative
    yield r"(?P<rel>夜)儿个?", spans.relative
    yield r"(?<![以之])(?P<rel>前)(?:天|日(?!子)|儿个)", spans.relative
    yield rf"{which}(?![\d一二三四五六七八九十子经季龄饼亮初底末中上下])", months.whole_month_if_said
    yield (
        r"(?<!\d)(?P<tens>二?十|三十|[123]?)(?P<day>[1-9一二三四五六七八])、?(?P<second>[2-9二三四五六七八九])[号日]",
        months.neighbours,
    )
    yield (
        rf"(?<=还是|那改|就改|改到|改成|换成|换到|挪到|调到|推到|那就|或者)(?P<day>{N})(?=$|[,。!?吧也可行好])",
        lambda match, today: months.of_month(match["day"], today),
    )
    yield (
        rf"(?<![\d.第])(?P<day>{N})[号日](?!线|楼|院|诊|公交|车|门|窗|机|码|房|病|厅|桌|单元|床|柜|铺|文|染|药|针|之后|以后|后(?!晌|半)|子)",
        (lambda match, today: months.of_month(match["day"], today)),
    )
    yield (
        "(" + "|".join(sorted(feasts.HOLIDAYS, key=len, reverse=True)) + rf")节?(?!\d|[点个楼号岁日]|{over})",
        feasts.holiday,
    )


_RULES: tuple[tuple[re.Pattern[str], Reader], ...] = tuple((re.compile(rule), reader) for rule, reader in _rules())

"""Why somebody cannot wait, or take what he was offered."""

from server.errors import Conflict, Invalid


class PlacesFree(Conflict):
    """Nobody has to wait: there is a place that suits him."""

    code, default_message = "places_free", "现在就有号，不用候补，请直接预约"


class WaitingDaysInvalid(Invalid):
    """The days are over, the wrong way round, or too far ahead."""

    code, default_message = "waiting_days_invalid", "请选择明天以后、可以候补的日期"


class TooManyLists(Conflict):
    """One person waits in only so many departments at a time."""

    code, default_message = "too_many_lists", "同时候补的科室已达上限，请先退出一个不需要的"


class NothingOffered(Conflict):
    """The offer is over: taken, given back, or its time ran out."""

    code, default_message = "nothing_offered", "这个号已经不在为您保留了，您仍在候补名单里"


class WaitingOver(Conflict):
    """He does not stand on the list any more."""

    code, default_message = "waiting_over", "这条候补已经结束"


class PriorityReasonNeeded(Invalid):
    """Who goes before others needs a reason."""

    code, default_message = "priority_reason_needed", "请写明为什么需要优先"

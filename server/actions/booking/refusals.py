"""Why a number cannot be booked, kept or given back."""

from server.errors import Conflict, Invalid


class SharingNotAllowed(Conflict):
    """The resident took back the consent to tell the hospital who comes."""

    code, default_message = "sharing_not_allowed", "您已撤回向医院提供信息的同意，不能预约；可在“我的签约”里重新同意"


class NoActiveAgreement(Conflict):
    """Reserved numbers are for signed residents."""

    code, default_message = "no_active_agreement", "签约生效后才能预约，请先签约家庭医生"


class BookingNeedsRealName(Conflict):
    """Nobody has confirmed yet who this person is."""

    code, default_message = "booking_needs_real_name", "预约要用真实身份，您的身份还没有核实；可带身份证请家庭医生核对"


class SlotFull(Conflict):
    """Every place is taken."""

    code, default_message = "slot_full", "该时段已约满，请另选时间"


class SlotClosed(Conflict):
    """The clinic does not take place, or the numbers went to the public."""

    code, default_message = "slot_closed", "该号源已停止预约，请另选时间"


class SlotPast(Conflict):
    """Too late: the clinic began or its booking closed."""

    code, default_message = "slot_past", "该时段已停止预约，请选择更晚的时间"


class SlotTooFar(Conflict):
    """The clinic is further ahead than numbers are given out."""

    code, default_message = "slot_too_far", "该时段还未开放预约，请过几天再来"


class TooManyAppointments(Conflict):
    """One person may hold only so many."""

    code, default_message = "too_many_appointments", "您近期的预约次数已达上限，请先取消不需要的预约"


class AppointmentsOverlap(Conflict):
    """The person has another appointment at that time."""

    code, default_message = "appointments_overlap", "您在同一时间已有其他预约"


class SameDepartment(Conflict):
    """The person has a number of this department on that day."""

    code, default_message = "same_department", "您当天已约了这个科室，一天只能约一个号"


class CancelTooLate(Conflict):
    """The deadline has passed."""

    code, default_message = "cancel_too_late", "已过取消时间，如不能就诊请电话联系医院"


class HoldExpired(Conflict):
    """The place was kept for some minutes and went back."""

    code, default_message = "hold_expired", "保留时间已过，号源已放回，请重新选择"


class SameSlot(Conflict):
    """The new time is the old one."""

    code, default_message = "same_slot", "您选的就是原来的时间"


class MoveNeedsHospital(Conflict):
    """That hospital must acknowledge first, and the old place is not given up for a maybe."""

    code, default_message = "move_needs_hospital", "这家医院要先确认才算约上，请先约新的时间，确认后再取消原来的"


class BookingBlocked(Conflict):
    """Too many visits were missed: no booking online for a while."""

    code, default_message = "booking_blocked", "您近期多次爽约，暂停自己网上预约；看病仍可请家庭医生代约"


class AppealOver(Conflict):
    """The days to object have passed, or it was answered."""

    code, default_message = "appeal_over", "申诉时间已过，或已经申诉过"


class AppealDecided(Conflict):
    """There is no appeal that waits for an answer."""

    code, default_message = "appeal_decided", "没有待处理的申诉，请刷新后再看"


class AppealReasonNeeded(Invalid):
    """Words are missing."""

    code, default_message = "appeal_reason_needed", "请写明理由"


class CheckInCodeInvalid(Invalid):
    """Not one of our codes."""

    code, default_message = "check_in_code_invalid", "取号码无效，请核对后再试"


class CheckInWrongDay(Conflict):
    """The visit is on another day."""

    code, default_message = "check_in_wrong_day", "这个预约不是今天的，请核对就诊日期"


class CorrectionOver(Conflict):
    """The days in which a no-show can be corrected have passed."""

    code, default_message = "correction_over", "已超过更正时间，请由居民申诉处理"


class ShiftOver(Conflict):
    """The session is over: it can not be called off any more."""

    code, default_message = "shift_over", "这次出诊已结束，不能停诊"

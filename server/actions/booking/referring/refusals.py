"""Why a referral cannot be made, answered or moved on."""

from server.errors import Conflict, Invalid


class ReferralReasonInvalid(Invalid):
    """Not one of the region's reasons."""

    code, default_message = "referral_reason_invalid", "请选择转诊原因"


class OutsideReasonNeeded(Invalid):
    """The hospital does not belong to the team's combination, and nobody said why it is chosen all the same."""

    code, default_message = "outside_reason_needed", "这家医院不在团队的协作医院名单里，请写明为什么转到这里"


class SummaryNeeded(Invalid):
    """The hospital must know what it is about."""

    code, default_message = "summary_needed", "请写明病情摘要"


class ReferralOpen(Conflict):
    """He is on his way to this hospital already."""

    code, default_message = "referral_open", "该居民已有一张转往这家医院的转诊单，还没有办完"


class PatientConsentMissing(Conflict):
    """Nobody is referred without his consent."""

    code, default_message = "patient_consent_missing", "转诊须经居民本人同意：请居民签字，或发到居民的小程序请他同意"


class VerbalConsentNotAllowed(Conflict):
    """Spoken consent is for emergencies."""

    code, default_message = "verbal_consent_not_allowed", "口头同意只用于紧急转诊，请居民签字或在小程序里同意"


class ReferralTextChanged(Conflict):
    """What he agreed to is not what is shown now."""

    code, default_message = "referral_text_changed", "转诊同意书有变化，请重新阅读后再同意"


class PlaceNeeded(Invalid):
    """Accepting means a number or a bed."""

    code, default_message = "referral_place_needed", "接收转诊须给出号源或床位"


class BedDayInvalid(Invalid):
    """A bed is for a day from today on, within three months."""

    code, default_message = "bed_day_invalid", "请选择今天起三个月以内的入院日期"


class OtherHospitalsSlot(Conflict):
    """The number belongs to another hospital."""

    code, default_message = "other_hospitals_slot", "这个号源不属于转诊医院，请重新选择"


class RejectReasonInvalid(Invalid):
    """The team must learn why."""

    code, default_message = "reject_reason_invalid", "请选择不接收的原因；选其他时请写明"


class EmergencyInvalid(Invalid):
    """Hospital, time and diagnosis are the evidence, and the caller; the time cannot lie ahead."""

    code, default_message = "emergency_invalid", "请填写医院、入院时间（不能晚于现在，不早于30天前）、诊断和报告人电话"


class DischargeInvalid(Invalid):
    """The day cannot be meant."""

    code, default_message = "discharge_invalid", "出院日期须在入院之后，不能晚于今天，不早于90天前"


class DischargeContentNeeded(Invalid):
    """Here the hospital tells the team what is needed (FJ 三（六）)."""

    code, default_message = "discharge_content_needed", "本地区要求出院时推送诊断、用药和随访要求，请填写完整"


class DischargeNotWanted(Conflict):
    """The region does not take discharges over this way."""

    code, default_message = "discharge_not_wanted", "本地区未启用出院信息推送"


class NotUnderContract(Conflict):
    """Nobody with this document is served here, or his consent does not stand; the hospital is not told which."""

    code, default_message = "not_under_contract", "该证件没有可以接收出院信息的签约"


class MessageKeyReused(Conflict):
    """The key was used for something else."""

    code, default_message = "message_key_reused", "相同的消息编号曾用于不同的内容，请换一个编号"


class TerminationReasonNeeded(Invalid):
    """Somebody will ask why."""

    code, default_message = "termination_reason_needed", "请写明终止的原因"


class DeskOfAnother(Conflict):
    """Another institution answers for this hospital."""

    code, default_message = "desk_of_another", "这家医院的转诊联络处由该院自己的账号维护"

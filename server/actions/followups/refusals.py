"""What can be wrong about a programme or a visit."""

from server.errors import Conflict, Invalid


class NoAgreement(Conflict):
    """Programmes are for residents with an agreement in force."""

    code, default_message = "no_active_agreement", "该居民没有履约中的签约，不能纳入管理"


class AlreadyEnrolled(Conflict):
    """One open enrolment per person and programme."""

    code, default_message = "already_enrolled", "该居民已在管，请查看随访列表"


class TooYoung(Invalid):
    """The programme has a youngest age."""

    code, default_message = "too_young", "该居民未到此项目的年龄要求"


class DateInvalid(Invalid):
    """The day cannot be meant."""

    code, default_message = "date_invalid", "日期有误，请检查后再提交"


class HealthConsentMissing(Conflict):
    """The resident took back the consent to have his health data handled for the service."""

    code, default_message = "health_consent_missing", "居民已撤回健康信息处理的同意，不能新建健康管理项目"


class GroupNeeded(Conflict):
    """The programme is for a group that the resident does not belong to, or nobody has certified."""

    code, default_message = "group_needed", "该居民尚未认定为此项目的服务人群，请先在“重点人群”中认定"


class FactInvalid(Invalid):
    """The programme's plan does not ask for this, or it is no day; ``fact`` names it."""

    code, default_message = "fact_invalid", "此项目不需要这一项，或日期有误"


class NothingToPlan(Conflict):
    """The windows of the programme are over for this person, or a day they depend on is unknown."""

    code, default_message = "nothing_to_plan", "按该居民的情况，此项目没有需要安排的服务"


class MeasurementInvalid(Invalid):
    """The form cannot be taken: hard ranges, contradictions, missing values; ``problems`` by field (domain.md §2.0)."""

    code, default_message = "measurement_invalid", "填写的数值有误，请检查后再提交"


class ConfirmationNeeded(Conflict):
    """Unusual values; sent again with ``confirmed`` they are taken (domain.md §2.0 soft ranges)."""

    code, default_message = "confirmation_needed", "有不常见的数值，请核对后确认"


class ReasonNeeded(Invalid):
    """A later day than the rule's needs a reason (domain.md §2.0)."""

    code, default_message = "reason_needed", "晚于规定日期，请填写原因"


class EncounterInvalid(Invalid):
    """One encounter is one person, each programme once."""

    code, default_message = "encounter_invalid", "一次随访只能登记同一位居民的不同项目"


class CheckAnswered(Conflict):
    """What became of the referral was written down already."""

    code, default_message = "check_answered", "转诊结果已登记，请刷新后再看"

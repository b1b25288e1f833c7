"""Why a step of signing is refused."""

from enum import StrEnum

from server.errors import Conflict, Invalid


class AgreementOverlap(Conflict):
    """The resident has an agreement in force or awaiting an answer."""

    code, default_message = "agreement_overlap", "您已有生效或待确认的签约，同一时间只能签约一个团队"


class TextChanged(Conflict):
    """The text signed is not the text in force now."""

    code, default_message = "agreement_text_changed", "协议内容已更新，请重新阅读后签字"


class ConsentMissing(Invalid):
    """A consent was not ticked."""

    code, default_message = "consent_missing", "请逐项勾选同意后再提交"


class SignatureInvalid(Invalid):
    """No usable drawing."""

    code, default_message = "signature_invalid", "签名没有成功保存，请清除后重新签名"


class TeamClosed(Conflict):
    """The team takes nobody now."""

    code, default_message = "team_closed", "该团队暂不接受签约，请选择其他团队"


class PackageNotOffered(Conflict):
    """The package is not offered any more."""

    code, default_message = "package_not_offered", "该服务包已停止签约，请选择其他服务包"


class CapExceeded(Conflict):
    """The team's doctor has as many residents as he may have."""

    code, default_message = "cap_exceeded", "团队签约人数已满，不能再接收"


class NotRenewable(Conflict):
    """Too early, too late, or already renewed."""

    code, default_message = "not_renewable", "当前不能续签，请查看协议状态"


class RejectReason(StrEnum):
    """Why a team says no (domain.md §6.2 L5)."""

    CAP_FULL = "cap_full"
    OUT_OF_AREA = "out_of_area"
    DATA_WRONG = "data_wrong"
    OTHER = "other"

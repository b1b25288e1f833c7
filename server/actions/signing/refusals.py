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


class TermTooShort(Invalid):
    """Shorter than the region's shortest term."""

    code, default_message = "term_too_short", "签约期限太短，请重新选择"


class TermTooLong(Invalid):
    """Longer than the region's longest term, which nobody can extend."""

    code, default_message = "term_too_long", "签约期限太长，请重新选择"


class TermNeedsExtension(Invalid):
    """Longer than usual: both sides have to mark it so."""

    code, default_message = "term_needs_extension", "超过一般最长期限，需要您和医生都确认延长"


class FixedEndPassed(Conflict):
    """All agreements of this kind have ended on one day, and that day has passed."""

    code, default_message = "fixed_end_passed", "这一轮服务已经结束，暂时不能签约，请联系签约机构"


class ExtensionNotConfirmed(Conflict):
    """The doctor did not say yes to a longer term than usual."""

    code, default_message = "extension_not_confirmed", "这份协议的期限超过一般最长期限，请确认同意延长"


class SigningNeeded(Conflict):
    """The region renews only with all formalities again."""

    code, default_message = "signing_needed", "按本地规定，续签需要重新办理签约手续"


class ResidentDeceased(Conflict):
    """His death is registered."""

    code, default_message = "resident_deceased", "该居民已登记去世，如登记有误请联系签约机构更正"


class TermNotAllowedInTerm(Conflict):
    """The region lets nobody leave within the term, except for the reasons its policy names."""

    code, default_message = "term_not_allowed_in_term", "签约期内原则上不能解约，如对服务有意见请拨打投诉电话"


class RefusalNotAllowed(Conflict):
    """The region lets everybody leave who asks to."""

    code, default_message = "refusal_not_allowed", "按本地区规定居民可以在签约期内解约，不能拒绝这份申请"


class DecisionNoteNeeded(Invalid):
    """The resident reads why."""

    code, default_message = "decision_note_needed", "请写明原因"


class SecondPersonNeeded(Conflict):
    """Nobody confirms his own proposal."""

    code, default_message = "second_person_needed", "须由另一位管理员核对后确认"


class ClosingDateInvalid(Invalid):
    """The day cannot be meant."""

    code, default_message = "closing_date_invalid", "日期有误，不能晚于今天，也不能早于出生日期"


class GuardianNeeded(Conflict):
    """He cannot sign, and whoever does is not his certified guardian."""

    code, default_message = "guardian_needed", "未满18周岁或由他人监护的居民须由监护人代签，请先办理监护关系核对"


class SignerNotAllowed(Conflict):
    """Each adult signs himself here, or the signer is no member of the household."""

    code, default_message = "signer_not_allowed", "不能替这位居民签约，请由本人签字，或先办理委托手续"


class OnePackagePerHousehold(Invalid):
    """The region's household chooses one package for all."""

    code, default_message = "one_package_per_household", "本地区一个家庭选择同一个服务包，请统一选择"


class OptOutOver(Conflict):
    """Too late, or he signed himself."""

    code, default_message = "opt_out_over", "已超过退出期限，如需解约请在协议页面申请解约"


class NotPending(Conflict):
    """It was answered or taken back meanwhile."""

    code, default_message = "not_pending", "这份申请已经处理过，请刷新后再看"


class WitnessNeeded(Conflict):
    """A mark counts with two witnesses."""

    code, default_message = "witness_needed", "这份申请为按印签署，须由两名工作人员先确认在场见证"


class OutOfArea(Conflict):
    """The region lets nobody sign with a team of another area."""

    code, default_message = "out_of_area", "您住的地方不在这个团队的服务区域内，请选择本地的团队"


class AddressNeeded(Conflict):
    """The region asks where somebody lives before he signs."""

    code, default_message = "address_needed", "请先登记住址，再选择本地的团队"


class NonlocalNotAllowed(Conflict):
    """The region does not serve this kind of people without a local household register."""

    code, default_message = "nonlocal_not_allowed", "按本地区规定暂不能在线签约，请联系附近的社区卫生服务机构"


class RealNameNeeded(Conflict):
    """Nobody has verified who he is, or seen his document."""

    code, default_message = "real_name_needed", "请先核对居民证件原件，点“已核对证件”后再操作"


class PaymentAmountWrong(Conflict):
    """Not the listed own share."""

    code, default_message = "payment_amount_wrong", "金额与标价不符，不能多收或少收"


class ReceiptNeeded(Invalid):
    """No receipt number, or nothing said about why nothing is given back."""

    code, default_message = "receipt_needed", "请填写收据号；不退费的请写明原因"


class ReceiptTaken(Conflict):
    """This receipt was entered before."""

    code, default_message = "receipt_taken", "这个收据号已经登记过，请核对"


class RefundTooHigh(Invalid):
    """More than was paid."""

    code, default_message = "refund_too_high", "退费不能超过已缴金额"


class SameTeam(Conflict):
    """He is with this team already."""

    code, default_message = "same_team", "您现在就由这个团队服务，请选择其他团队"


class TooEarlyToChange(Conflict):
    """Days are inclusive: an agreement runs at least one day with its team."""

    code, default_message = "too_early_to_change", "签约今天才生效，请明天再申请变更团队"


class ChangeOver(Conflict):
    """It was refused, taken back, or the agreement ended."""

    code, default_message = "change_over", "这份变更申请已经处理过，请刷新后再看"


class NoticeTooShort(Invalid):
    """Residents must hear of it earlier."""

    code, default_message = "notice_too_short", "移交日期太近，须提前通知居民"


class PlacesTooFew(Conflict):
    """The chosen teams cannot take all residents."""

    code, default_message = "places_too_few", "所选团队的名额不够，请增加接收团队"


class TargetInvalid(Invalid):
    """No team that could take residents of this one."""

    code, default_message = "target_invalid", "接收团队有误，请重新选择"


class TransferPlanned(Conflict):
    """This team is being handed over already."""

    code, default_message = "transfer_planned", "这个团队已经安排了移交"


class TransferOver(Conflict):
    """The day has come, or it was called off."""

    code, default_message = "transfer_over", "移交已经开始或已结束，不能再改"


class SigningPhotoInvalid(Invalid):
    """No usable picture."""

    code, default_message = "signing_photo_invalid", "照片没有成功保存，请重新拍摄"


class RejectReason(StrEnum):
    """Why a team says no (domain.md §6.2 L5)."""

    CAP_FULL = "cap_full"
    OUT_OF_AREA = "out_of_area"
    DATA_WRONG = "data_wrong"
    OTHER = "other"

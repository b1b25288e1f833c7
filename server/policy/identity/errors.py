"""Why a document or a name is refused (domain.md §3.3). The message says what to look at, never the number itself."""

from enum import StrEnum

from server.errors import Invalid


class Warned(StrEnum):
    """What is odd and still accepted; staff see it, the person is not stopped."""

    REGION_UNKNOWN = "id_region_unknown"
    """No county of that code is known to us."""
    AGE = "id_birthdate"
    """The person would be older than 120."""
    FORMAT = "id_format"
    """A passport number of an unusual series."""


class IdentityFormat(Invalid):
    """The length or the characters are not those of such a document."""

    code, default_message = "id_format", "证件号码格式有误，请对照证件检查"


class IdentityRegion(Invalid):
    """The number begins like no document of this type."""

    code, default_message = "id_region", "证件号码开头的地区代码有误，请核对"


class IdentityBirthDate(Invalid):
    """The date does not exist, lies in the future or too far back."""

    code, default_message = "id_birthdate", "出生日期有误，请对照证件检查"


class IdentityChecksum(Invalid):
    """A digit is wrong or two are swapped."""

    code, default_message = "id_checksum", "证件号码有一位填错了，请对照证件检查"


class IdentityMismatch(Invalid):
    """What was stated contradicts what the number says."""

    code, default_message = "id_mismatch", "填写的出生日期、性别或国籍与证件不一致，请核对"


class IdentityIncomplete(Invalid):
    """The document says nothing about it, so the person must."""

    code, default_message = "identity_incomplete", "请补全出生日期、性别和国籍"


class NoDocumentTooOld(Invalid):
    """Only a child under one year may have no document."""

    code, default_message = "no_document_too_old", "只有不满1周岁的孩子可以暂时不填身份证号，请填写户口簿上的号码"


class NationalityUnknown(Invalid):
    """No such code in ISO 3166-1."""

    code, default_message = "nationality_unknown", "没有这个国家或地区，请重新选择"


class NameFormat(Invalid):
    """Not a name."""

    code, default_message = "name_format", "姓名应为2至50个汉字（或外文字母），请按证件填写"


class PhoneFormat(Invalid):
    """Not a mainland mobile number."""

    code, default_message = "phone_format", "请使用11位中国大陆手机号"

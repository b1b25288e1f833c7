"""The types of document (domain.md §3.1): their names, and what is said of a number that does not look like one."""

from enum import StrEnum


class DocumentType(StrEnum):
    """Codes of CV02.01.101 where it has one, our own extensions from 08 on and after a letter."""

    ID_CARD = "01"
    ID_CARD_15 = "01L"
    HOUSEHOLD_REGISTER = "02"
    PASSPORT = "03C"
    FOREIGN_PASSPORT = "03F"
    HK_MACAO_PERMIT = "06"
    HK_MACAO_PERMIT_FOREIGN = "06N"
    TAIWAN_PERMIT = "07"
    RESIDENCE_PERMIT = "08"
    PERMANENT_RESIDENCE = "09"
    PERMANENT_RESIDENCE_15 = "09L"
    DISABILITY_CERTIFICATE = "10"
    INTERNAL = "90"


LABELS = {
    DocumentType.ID_CARD: "居民身份证",
    DocumentType.ID_CARD_15: "居民身份证（旧15位）",
    DocumentType.HOUSEHOLD_REGISTER: "居民户口簿",
    DocumentType.PASSPORT: "中国护照",
    DocumentType.FOREIGN_PASSPORT: "外国护照",
    DocumentType.HK_MACAO_PERMIT: "港澳居民来往内地通行证",
    DocumentType.HK_MACAO_PERMIT_FOREIGN: "港澳居民来往内地通行证（非中国籍）",
    DocumentType.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    DocumentType.RESIDENCE_PERMIT: "港澳台居民居住证",
    DocumentType.PERMANENT_RESIDENCE: "外国人永久居留身份证",
    DocumentType.PERMANENT_RESIDENCE_15: "外国人永久居留证（旧15位）",
    DocumentType.DISABILITY_CERTIFICATE: "残疾人证",
    DocumentType.INTERNAL: "暂无证件",
}

SELF_REGISTRABLE = (
    DocumentType.ID_CARD,
    DocumentType.PASSPORT,
    DocumentType.FOREIGN_PASSPORT,
    DocumentType.HK_MACAO_PERMIT,
    DocumentType.HK_MACAO_PERMIT_FOREIGN,
    DocumentType.TAIWAN_PERMIT,
    DocumentType.RESIDENCE_PERMIT,
    DocumentType.PERMANENT_RESIDENCE,
)
"""What a person may register himself with; the others come from the centre's books."""

FORMAT_HINTS = {
    DocumentType.ID_CARD_15: "旧身份证号应是15位数字，请对照证件检查",
    DocumentType.PASSPORT: "护照号码应是8到9位字母和数字，请对照护照检查",
    DocumentType.FOREIGN_PASSPORT: "护照号码应是5到15位字母和数字，请对照护照检查",
    DocumentType.HK_MACAO_PERMIT: "通行证号码应是H或M加8位数字，请对照通行证检查",
    DocumentType.HK_MACAO_PERMIT_FOREIGN: "通行证号码应是HA或MA开头，共9位，请对照通行证检查",
    DocumentType.TAIWAN_PERMIT: "通行证号码应是8位数字，请对照通行证检查",
    DocumentType.PERMANENT_RESIDENCE_15: "旧永久居留证号码应是3个字母加12位数字，请对照证件检查",
    DocumentType.DISABILITY_CERTIFICATE: "残疾人证号应是身份证号加类别和等级，请对照证件检查",
}
NOUNS = {
    DocumentType.ID_CARD: "身份证号",
    DocumentType.HOUSEHOLD_REGISTER: "户口簿上的身份证号",
    DocumentType.RESIDENCE_PERMIT: "居住证号码",
    DocumentType.PERMANENT_RESIDENCE: "永久居留身份证号码",
}


def eighteen_hint(kind: DocumentType, length: int) -> str:
    """Say what is wrong with a number that should have 18 characters."""
    noun = NOUNS[kind]
    return f"{noun}应是18位，您填了{length}位" if length != 18 else f"{noun}只能是数字，最后一位可以是X"

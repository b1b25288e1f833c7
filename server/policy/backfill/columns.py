"""The columns of each kind of file, and how headings people write are recognised."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a file is for."""

    BACKFILL = "backfill"
    """Signings on paper, entered afterwards (DA-09)."""
    LEDGER = "ledger"
    """The township's book, to compare with (DA-06). Changes nothing."""
    SHIFTS = "shifts"
    """Sessions of hospitals with their numbers."""


@dataclass(frozen=True)
class Column:
    """One column: ``names`` are other headings it goes by."""

    key: str
    label: str
    names: tuple[str, ...] = ()
    required: bool = False
    example: str = ""
    hint: str = ""


NAME = Column("name", "姓名", ("居民姓名", "签约居民", "签约人", "户主姓名"), True, "示例（请删除本行）", "按证件填写")
NUMBER = Column(
    "number",
    "证件号码",
    ("身份证号", "身份证号码", "身份证", "公民身份号码", "证件号"),
    True,
    "510799195003150016",
    "18位身份证号，单元格格式必须是“文本”；旧的15位号码会自动换算",
)
TYPE = Column("document_type", "证件类型", ("证件种类",), False, "居民身份证", "不填按居民身份证处理")
PHONE = Column("phone", "联系电话", ("电话", "手机号", "手机号码", "联系方式"), False, "13800000000", "可留空")
ADDRESS = Column("address", "家庭住址", ("住址", "地址", "现住址", "居住地址"), False, "", "村（居）民小组或门牌")
BIRTH = Column("birth_on", "出生日期", ("出生年月日", "生日"), False, "", "身份证以外的证件必填，例如 1950-03-15")
SEX = Column("sex", "性别", (), False, "", "身份证以外的证件必填：男、女")
NATIONALITY = Column("nationality", "国籍", ("国家", "国籍代码"), False, "", "外国证件必填，三位代码，例如 KOR")
TEAM = Column("team", "签约团队", ("团队", "团队名称", "家庭医生团队", "签约医生团队"), True, "", "本机构的团队名称")
PACKAGE = Column("package", "服务包", ("服务包代码", "服务包名称", "签约服务包"), True, "basic", "服务包的代码或名称")
SIGNED = Column(
    "signed_on",
    "签约日期",
    ("签订日期", "签约时间", "原签约日期"),
    True,
    "2021-03-02",
    "纸质协议上的签字日期，例如 2021-03-02",
)
START = Column("start_on", "生效日期", ("开始日期", "协议开始日期", "服务开始日期"), False, "", "不填按签约日期")
END = Column("end_on", "到期日期", ("截止日期", "协议到期日期", "到期日", "服务结束日期"), False, "", "不填按期限推算")
MONTHS = Column("months", "签约期限（月）", ("期限", "签约期限", "签约期限月"), False, "", "不填按本地规定的期限")
PAPER = Column(
    "paper",
    "纸质协议编号",
    ("协议编号", "扫描件编号", "档案编号", "协议扫描件"),
    True,
    "2021-0001",
    "能找到纸质协议或扫描件的编号",
)
PLACE = Column("place", "乡镇（街道）", ("乡镇", "街道", "所属乡镇", "村居"), False, "", "对账按此列分别统计")

SESSIONS = (
    Column("hospital", "医院", ("医院名称",), True, "示例（请删除本行）", "与工作台里的医院名称一致"),
    Column("department", "科室", ("科室名称",), True, "心内科", "没有的科室会自动添加"),
    Column("doctor", "专家", ("专家姓名", "医生", "出诊医生"), False, "王主任", "检查、床位可不填"),
    Column("title", "职称", (), False, "主任医师", "填了专家就要填职称"),
    Column("label", "项目名称", ("检查项目", "床位名称"), False, "", "没有专家时填写，例如 CT 检查"),
    Column("kind", "类别", ("门诊类别", "号源类别"), True, "专家门诊", "普通门诊、专科门诊、专家门诊、检查、住院床位"),
    Column("day", "出诊日期", ("日期",), True, "2026-03-09", "例如 2026-03-09"),
    Column("starts", "开始时间", ("开始",), True, "08:30", "例如 08:30"),
    Column("ends", "结束时间", ("结束",), True, "11:30", "例如 11:30"),
    Column("capacity", "号源总数", ("号源数", "总数"), True, "10", "整数"),
    Column("other", "医院自留", ("自留",), False, "0", "其中由医院自己放出的号源，不填为 0"),
    Column("minutes", "每段分钟数", ("分段",), False, "60", "不填为不分时段"),
)

COLUMNS: dict[Purpose, tuple[Column, ...]] = {
    Purpose.BACKFILL: (
        NAME, NUMBER, TYPE, PHONE, ADDRESS, TEAM, PACKAGE, SIGNED, START, MONTHS, END, PAPER, BIRTH, SEX, NATIONALITY,
    ),
    Purpose.LEDGER: (
        Column("name", NAME.label, NAME.names, False, NAME.example, NAME.hint),
        NUMBER,
        TYPE,
        PHONE,
        Column("team", TEAM.label, TEAM.names, False, "", TEAM.hint),
        Column("signed_on", SIGNED.label, SIGNED.names, False, SIGNED.example, SIGNED.hint),
        Column("end_on", END.label, END.names, False, "", "台账上的到期日期"),
        PLACE,
    ),
    Purpose.SHIFTS: SESSIONS,
}  # fmt: skip

NOISE = re.compile(r"[\s*＊:：()（）\[\]【】、/\-_]|必填|选填")


def column(purpose: Purpose, key: str) -> Column:
    """Return a column by its key. Raises KeyError."""
    return {one.key: one for one in COLUMNS[purpose]}[key]


def _bare(text: str) -> str:
    return NOISE.sub("", text)


def guess(purpose: Purpose, headings: Sequence[str]) -> dict[str, int]:
    """Return which column stands where (key → position), as far as the headings say so."""
    found: dict[str, int] = {}
    bare = [_bare(heading) for heading in headings]
    for one in COLUMNS[purpose]:
        for name in (one.label, *one.names):
            if _bare(name) in bare and bare.index(_bare(name)) not in found.values():
                found[one.key] = bare.index(_bare(name))
                break
    return found


def missing(purpose: Purpose, mapping: dict[str, int]) -> list[Column]:
    """Return the required columns that a mapping leaves out."""
    return [one for one in COLUMNS[purpose] if one.required and one.key not in mapping]

"""Every code of a row's report, and its words. Codes of documents are those of ``policy.identity`` (domain.md §3.3)."""

PROBLEMS = {
    "missing": "必填项为空",
    "cell_formula": "单元格是公式，请粘贴为值",
    "cell_broken": "单元格是错误值（如 #REF!）",
    "number_not_text": "证件号码被表格存成了数字，末尾几位已丢失，请把该列设为文本后重新填写",
    "document_type_unknown": "没有这种证件类型",
    "id_format": "证件号码格式有误",
    "id_region": "证件号码的地区代码有误",
    "id_birthdate": "证件号码里的出生日期有误",
    "id_checksum": "证件号码校验不通过，有一位填错了",
    "id_mismatch": "出生日期、性别或国籍与证件号码不一致",
    "identity_incomplete": "该证件须另填出生日期、性别和国籍",
    "nationality_unknown": "国籍代码不存在",
    "name_format": "姓名格式有误",
    "phone_format": "电话号码格式有误",
    "sex_format": "性别只能填男或女",
    "date_format": "日期格式有误，例如 2021-03-02",
    "months_format": "签约期限只能填月数",
    "term_invalid": "签约期限不符合本地规定",
    "signed_in_future": "签约日期晚于今天",
    "starts_before_signing": "生效日期早于签约日期",
    "outside_campaign": "签约日期不在本次补录的范围内",
    "after_deadline": "已过补录截止日期",
    "team_unknown": "本机构没有这个团队",
    "package_unknown": "没有这个服务包",
    "person_differs": "系统里该证件登记的是另一个姓名或出生日期",
    "agreement_overlap": "与该居民已有的协议时间重叠",
    "agreement_waiting": "该居民有待处理的签约申请",
    "resident_deceased": "该居民已登记去世",
    "cap_exceeded": "团队签约人数已满",
    "hospital_unknown": "工作台里没有这家医院",
    "title_missing": "填了专家就要填职称",
    "who_missing": "专家和项目名称至少填一项",
    "kind_unknown": "类别只能填普通门诊、专科门诊、专家门诊、检查或住院床位",
    "time_format": "时间格式有误，例如 08:30",
    "count_format": "数量只能填整数",
    "session_ends_early": "结束时间须晚于开始时间",
    "numbers_invalid": "号源总数须在 1 至 500 之间，自留不能多于总数",
    "session_in_past": "出诊时间已过",
    "session_too_far": "只能安排 180 天以内的出诊",
    "own_share_too_large": "医院自留的号源太多，剩下的不够留给家庭医生",
    "doctor_busy": "这位专家在该时间已有排班",
    "taken_meanwhile": "导入时该居民正被其他操作占用，请稍后单独补录",
}
"""Why a row is refused."""

WARNINGS = {
    "late_entry": "超过补录截止日期，已标为逾期补录",
    "id_region_unknown": "证件地区代码未收录",
    "id_age": "按证件号码年龄超过120岁",
    "id_unusual": "护照号码格式少见",
    "id_converted": "旧15位号码已换算为18位",
    "end_differs": "填写的到期日期与推算不同，按推算日期登记",
    "phone_missing": "没有联系电话",
    "phone_differs": "电话与系统登记的不同，系统里的未改",
    "same_in_file": "与文件里前面的一行重复，已合并",
    "session_there": "系统里已有这次出诊，已合并",
    "same_in_system": "系统里已有这份协议，已合并",
    "only_ledger": "只在台账里有",
    "name_differs": "姓名不同",
    "team_differs": "签约团队不同",
    "signed_differs": "签约日期不同",
    "end_on_differs": "到期日期不同",
    "ledger_phone_differs": "电话不同",
}
"""What is odd, merged, or different, and does not stop a row."""

FAILURES = {
    "file_not_sheet": "不是可以读取的 .xlsx 或 .csv 文件",
    "file_too_large": "文件过大或解压后过大",
    "file_damaged": "文件已损坏，读到中途出错",
    "file_empty": "没有可以导入的行",
    "too_many_rows": "行数超过上限，请分成几个文件",
}
"""Why a whole file was refused while it was read."""


def failure(code: str | None) -> str:
    """Return the words for a file that could not be read, "" when it could."""
    return FAILURES.get(code, "文件无法读取") if code else ""


def label(code: str) -> str:
    """Return a code's words."""
    return PROBLEMS.get(code) or WARNINGS.get(code) or code

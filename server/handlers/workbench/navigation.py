"""The workbench's menu: groups of pages. A page says ``here=<key>``; its group's other pages stand in the second row."""

from typing import NamedTuple


class Entry(NamedTuple):
    """One page of the menu."""

    key: str
    endpoint: str
    label: str


class Group(NamedTuple):
    """Pages that belong together; the first one opens with the group."""

    label: str
    entries: tuple[Entry, ...]

    def holds(self, key: str) -> bool:
        """Whether a page belongs here."""
        return any(entry.key == key for entry in self.entries)


GROUPS = (
    Group("首页", (Entry("home", "home", "首页"),)),
    Group(
        "签约",
        (
            Entry("agreements", "list_agreements", "签约协议"),
            Entry("families", "list_families", "家庭与代签"),
            Entry("endings", "list_endings", "解约与作废"),
            Entry("payments", "list_payments", "缴费与退费"),
            Entry("imports", "list_imports", "补录与对账"),
            Entry("phones", "list_phone_checks", "电话核实"),
        ),
    ),
    Group(
        "待签约",
        (
            Entry("unsigned", "list_unsigned", "待签约名单"),
            Entry("coverage", "show_coverage", "应签尽签进度"),
            Entry("townships", "show_townships", "乡镇对照"),
            Entry("effective", "show_effective", "有效签约"),
            Entry("informed_notices", "list_informed_notices", "知情告知书"),
            Entry("campaigns", "list_campaigns", "专项活动"),
            Entry("populations", "list_populations", "重点人群"),
            Entry("communities", "list_communities", "功能社区"),
        ),
    ),
    Group(
        "服务",
        (
            Entry("packages", "list_packages", "服务包"),
            Entry("fees", "show_fees", "费用"),
            Entry("disputes", "list_disputes", "服务核实"),
            Entry("cards", "list_cards", "健康服务卡"),
            Entry("deliveries", "list_deliveries", "送药上门"),
        ),
    ),
    Group(
        "团队",
        (
            Entry("teams", "list_teams", "团队"),
            Entry("staff", "list_staff", "医务人员"),
            Entry("seal", "show_seal", "机构印章"),
            Entry("areas", "list_areas", "区域"),
            Entry("transfers", "list_transfers", "团队移交"),
        ),
    ),
    Group(
        "号源",
        (
            Entry("numbers", "list_slots", "号源"),
            Entry("hospitals", "list_hospitals", "医院与专家"),
            Entry("quota", "show_quota", "份额与使用"),
            Entry("arrivals", "list_arrivals", "到诊登记"),
            Entry("appeals", "list_appeals", "爽约申诉"),
            Entry("waiting", "list_waiting", "候补"),
            Entry("freed_numbers", "show_freed", "退号去向"),
        ),
    ),
    Group(
        "转诊",
        (
            Entry("referral_desk", "list_desk", "转诊收件"),
            Entry("referrals", "list_referrals", "转诊督办"),
            Entry("referral_desks", "list_referral_desks", "转诊联络处"),
        ),
    ),
    Group(
        "通知",
        (
            Entry("outbox", "list_notifications", "通知"),
            Entry("unreachable", "list_unreachable", "联系不上的人"),
            Entry("reminder_rules", "list_reminder_rules", "提醒规则"),
            Entry("attention", "list_conversations", "会话与电话"),
            Entry("answers", "show_answers", "答复居民"),
            Entry("measured", "list_measured", "自测预警"),
            Entry("learning", "list_questions", "智能助手学习"),
            Entry("critical", "list_critical", "危急随访"),
        ),
    ),
    Group(
        "系统",
        (
            Entry("local_rules", "list_rules", "本地政策"),
            Entry("jobs", "list_jobs", "定时任务"),
            Entry("audit", "list_audit", "操作记录"),
        ),
    ),
)


def group_of(key: str) -> Group | None:
    """Return the group a page belongs to."""
    return next((group for group in GROUPS if group.holds(key)), None)

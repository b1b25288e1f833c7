"""What the intents are called where staff, or a language model, choose among them."""

from server.chatbot.intents import I, Intent

GROUPS: tuple[tuple[str, tuple[tuple[Intent, str], ...]], ...] = (
    (
        "签约",
        (
            (I.SIGN_UP, "签约"),
            (I.RENEW, "续签"),
            (I.TERMINATE, "解约"),
            (I.CHANGE_TEAM, "换医生或团队"),
            (I.ADD_MEMBER, "添加家庭成员"),
            (I.MY_CONTRACT, "我的签约"),
        ),
    ),
    (
        "预约",
        (
            (I.BOOK_SPECIALIST, "预约专家"),
            (I.CANCEL_BOOKING, "取消预约"),
            (I.RESCHEDULE_BOOKING, "改期"),
            (I.MY_BOOKINGS, "我的预约"),
            (I.ASK_REFERRAL, "转诊"),
        ),
    ),
    (
        "健康",
        (
            (I.NEXT_FOLLOWUP, "下次随访"),
            (I.REPORT_BP, "报血压"),
            (I.REPORT_GLUCOSE, "报血糖"),
            (I.HOME_VISIT, "希望上门"),
            (I.REFILL, "续方、送药"),
            (I.HEALTH_RECORD, "健康档案、报告"),
            (I.CHECKUP_VACCINE, "体检、疫苗、产检"),
            (I.MEDICAL_ADVICE, "症状和用药，转医生"),
            (I.EMERGENCY, "急症，提示120"),
        ),
    ),
    (
        "问规定",
        (
            (I.TEAM_CARD, "团队联系方式"),
            (I.PACKAGES_FEES, "服务包和费用"),
            (I.INSURANCE, "医保待遇"),
            (I.SERVICE_INTRO, "服务介绍"),
            (I.ELIGIBILITY, "谁能签"),
            (I.CONTRACT_TERM, "期限、自动续约"),
            (I.SPECIAL_FAMILY, "困难和特殊家庭"),
            (I.CLINIC_INFO, "地址和时间"),
        ),
    ),
    (
        "其他",
        (
            (I.COMPLAINT, "投诉"),
            (I.CHANGE_PHONE, "改手机号"),
            (I.TALK_HUMAN, "找医生、人工"),
            (I.UNSUBSCRIBE, "退订提醒"),
            (I.GREETING, "问候"),
            (I.THANKS, "感谢、结束"),
        ),
    ),
)
LABELS = {str(intent): label for _, intents in GROUPS for intent, label in intents} | {
    str(I.OUT_OF_SCOPE): "不相关",
}
"""Every label of the taxonomy."""

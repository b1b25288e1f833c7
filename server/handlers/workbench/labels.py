"""Chinese words for codes that only the workbench shows. A code without a word is shown as it is."""

from server.models.ending import REASONS as REASONS_TO_END
from server.policy.notices import KINDS

ACTORS = {"resident": "居民", "staff": "医务人员", "admin": "管理员", "system": "系统"}

CHANNELS = {
    "miniprogram": "小程序",
    "service_account": "公众号",
    "workbench": "工作台",
    "customer_service": "客服消息",
    "subscribe": "订阅消息",
    "service_template": "公众号模板消息",
    "phone": "电话",
}
"""By the part before the colon: "subscribe:visit" is a subscribe message."""

CONSENTS = {
    "service_content": "已了解服务内容",
    "health_data": "同意处理健康信息",
    "share_with_hospitals": "同意与协作医院共享",
    "minor_data": "监护人同意处理未满14周岁儿童的个人信息",
}

OUTBOX_TABS = {
    "": "全部",
    "unknown": "结果待核实",
    "failed": "未送达",
    "waiting": "等待发送",
    "sent": "已发送",
    "delivered": "已送达",
    "cancelled": "已取消",
}

REASONS = {
    "expired": "已过有效时间",
    "no_channel": "没有可用的发送渠道",
    "no_wechat": "未绑定微信",
    "no_consent": "未订阅消息或未关注公众号",
    "permanent": "微信拒收",
    "over_quota": "当日额度用完",
    "retry": "微信暂时不可用",
    "unknown": "微信没有答复",
    "no_answer": "微信没有答复，结果未知",
    "lease_expired": "发送中断，结果未知",
    "receipt_failed": "微信回执：未送达",
    "internal_error": "系统处理出错",
    "bad_facts": "通知内容有误",
    "unknown_kind": "未知的通知类型",
    "checked_not_delivered": "经核实未送达",
}

STEP_REASONS = {
    **{str(code): label for reasons in REASONS_TO_END.values() for code, label in reasons.items()},
    "death": "登记去世",
    "moved": "迁出",
    "asked_to_end": "已申请解约",
    "taken_back": "居民撤回解约申请",
    "refused": "解约未获同意",
    "resident": "居民撤回",
    "not answered in time": "逾期未答复",
    "opted_out": "本人退出代签",
    "cap_full": "团队已满员",
    "out_of_area": "不在服务区域",
    "data_wrong": "资料有误",
}
"""Why an agreement took a step."""

OUTCOMES = {
    "ok": "成功",
    "retry": "稍后重试",
    "permanent": "被拒绝",
    "no_consent": "未订阅或不可达",
    "over_quota": "额度用完",
    "unknown": "结果未知",
}

CALL_OUTCOMES = {"reached": "已接通", "unreachable": "无人接听", "wrong_number": "号码有误", "closed": "服务已终止"}

JOBS = {
    "deliver_notifications": "发送通知",
    "recover_notifications": "检查中断的发送",
    "remind_followups": "随访提醒",
    "release_slots": "释放未用号源",
    "finish_appointments": "结束已过的预约",
    "verify_identities": "实名核验",
    "derive_new_groups": "新居民和更正后的人群识别",
    "derive_groups": "每日人群识别",
    "close_conversations": "关闭长时间无消息的会话",
    "start_agreements": "协议生效",
    "expire_agreements": "协议到期",
    "mark_missed_followups": "标记过期随访",
    "plan_home_visits": "安排上门访视",
    "withdraw_overdue_requests": "撤回无人答复的申请",
    "housekeeping": "清理过期数据",
    "offer_renewals": "续签提醒",
    "ask_wards_to_sign": "提醒满18周岁本人签约",
}

ACTIONS = {
    "admin_signed_in": "管理员登录",
    "admin_sign_in_failed": "管理员登录失败",
    "admin_signed_out": "管理员退出",
    "administrator_created": "创建管理员",
    "organisation_created": "创建机构",
    "agreement_opened": "查看签约协议",
    "name_revealed_phone_check": "查看姓名：来电核对",
    "name_revealed_complaint": "查看姓名：投诉咨询",
    "name_revealed_correction": "查看姓名：核对更正",
    "name_revealed_inspection": "查看姓名：检查抽查",
    "agreement_requested": "提交签约申请",
    "agreement_accepted": "确认签约",
    "agreement_rejected": "不通过签约",
    "agreement_withdrawn": "撤回签约申请",
    "agreement_witnessed": "见证按印",
    "agreement_opted_out": "退出代签协议",
    "own_consent_given": "本人同意处理健康信息",
    "household_made": "建立家庭",
    "household_edited": "修改家庭信息",
    "household_opened": "查看家庭",
    "household_head_changed": "变更户主",
    "household_member_named": "添加家庭成员",
    "household_member_joined": "本人确认加入家庭",
    "household_member_vouched": "核对家庭成员",
    "household_member_refused": "不通过家庭成员",
    "household_member_left": "退出家庭",
    "authority_asked": "申请代签权限",
    "authority_certified": "核对代签权限",
    "authority_granted": "本人同意委托",
    "authority_refused": "不通过代签权限",
    "authority_revoked": "撤销代签权限",
    "authority_ends_soon": "提醒满18周岁本人签约",
    "authority_opened": "查看代签证明",
    "termination_requested": "申请解约",
    "termination_taken_back": "撤回解约申请",
    "termination_approved": "同意解约",
    "termination_refused": "不同意解约",
    "death_registered": "登记去世",
    "agreement_closed_moved": "登记迁出",
    "void_proposed": "提出作废协议",
    "agreement_voided": "确认作废协议",
    "void_dropped": "取消作废协议",
    "appointment_booked": "预约号源",
    "appointment_cancelled": "取消预约",
    "slot_released": "释放号源",
    "bind_code_issued": "生成微信绑定码",
    "staff_joined": "医务人员绑定微信",
    "staff_join_refused": "绑定码输入错误",
    "staff_created": "添加医务人员",
    "team_created": "创建团队",
    "team_edited": "修改团队",
    "member_added": "添加团队成员",
    "leader_set": "更换团队长",
    "member_removed": "移出团队成员",
    "hospital_created": "添加医院",
    "specialist_created": "添加专家",
    "shift_created": "添加排班",
    "notification_settled_delivered": "核实为已送达",
    "notification_settled_failed": "核实为未送达",
    "conversation_read": "查看会话",
    "conversation_taken": "接手会话",
    "conversation_replied": "回复居民",
    "conversation_closed": "结束会话",
    "followup_enrolled": "登记随访项目",
    "followup_completed": "完成随访",
    "measurements_seen": "查看测量值",
    "group_declared": "申报重点人群身份",
    "group_withdrawn": "撤回身份申报",
    "group_certified": "认定申报的身份",
    "group_declined": "不认定申报的身份",
    "group_added": "认定重点人群身份",
    "group_ended": "结束重点人群身份",
    "group_expired": "重点人群身份到期",
    "group_reassessed": "重点人群年度复核",
    "group_removed_from_list": "移出名单",
    "groups_seen": "查看重点人群身份",
    "delivery_noted": "登记分娩",
    "population_list_imported": "导入人群名单",
    "population_list_certified": "认定人群名单",
    "population_list_declined": "退回人群名单",
    "phone_task_done": "完成电话任务",
    "phone_revealed": "查看电话号码",
    "signed_in": "小程序登录",
    "privacy_accepted": "同意隐私政策",
    "phone_recorded": "登记手机号",
    "identity_bound": "实名登记",
    "identity_warned.id_region_unknown": "证件地区代码未收录",
    "identity_warned.id_birthdate": "证件年龄超过120岁",
    "identity_warned.id_format": "护照号码格式少见",
    "identity_verified": "实名核验通过",
    "identity_failed": "实名核验未通过",
    "identity_unavailable": "实名核验暂无结果",
    "identity_staff_seen": "核对证件原件",
}

OBJECTS = {
    "admin_login": "管理员",
    "agreement": "签约协议",
    "appointment": "预约",
    "authority": "代签权限",
    "conversation": "会话",
    "enrolment": "服务登记",
    "followup": "随访",
    "hospital": "医院",
    "household": "家庭",
    "household_member": "家庭成员",
    "membership": "团队成员",
    "notification": "通知",
    "organisation": "机构",
    "phone_task": "电话任务",
    "population_list": "人群名单",
    "population_tag": "重点人群标签",
    "resident": "居民",
    "shift": "排班",
    "slot": "号源",
    "specialist": "专家",
    "staff": "医务人员",
    "team": "团队",
    "wechat_user": "微信用户",
}


def channel(value: str | None) -> str:
    """Return the Chinese word of a channel, or a dash."""
    return CHANNELS.get(value.partition(":")[0], value) if value else "—"


def kind(value: str) -> str:
    """Return the title of a kind of notice, as its recipient sees it."""
    return KINDS[value].title if value in KINDS else value

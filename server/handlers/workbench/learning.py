"""What the chatbot could not answer, week by week, labelled with one click; and its trainings. Nobody is shown."""

from datetime import date, timedelta

from flask import Response, request, url_for

from server import clock
from server.access import learning as access
from server.actions import learning
from server.chatbot import Intent, comparing
from server.errors import AppError, NotFound
from server.handlers.context import as_admin
from server.handlers.workbench import site
from server.models import WhyAsked

I = Intent  # noqa: E741 - a short name for the table below

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
            (I.HOME_VISIT, "上门服务"),
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
WHY = {
    WhyAsked.UNCLEAR: "没听懂，给了选项",
    WhyAsked.HANDED_OVER: "连续两次没听懂，已转人工",
    WhyAsked.DECLINED: "居民说答得不对或要找人工",
}
DELETE = "delete"


def list_questions() -> Response:
    """List one week's unanswered questions, and the trainings. ?week=2026-11-16: any day of the week."""
    return _list()


def label_question(question_id: str) -> Response:
    """Label one with one click, or delete it."""
    intent = request.form.get("intent", "")
    try:
        if intent == DELETE:
            learning.discard(question_id, by=as_admin())
        else:
            learning.label(question_id, intent, by=as_admin())
    except AppError as error:
        return _list(error)
    said = "已删除" if intent == DELETE else f"已标注为“{LABELS[intent]}”，下次训练时学习"
    return site.done(url_for("workbench.list_questions", week=_week().isoformat()), said)


def ask_training() -> Response:
    """Ask for a training; the figures stand on the page a minute later."""
    learning.ask_training(by=as_admin())
    return site.done(url_for("workbench.list_questions"), "已安排训练，约一分钟后刷新本页查看结果")


def take_training(training_id: str) -> Response:
    """Take a measured model into use."""
    try:
        learning.take_into_use(access.training(training_id), by=as_admin())
    except NotFound:
        raise
    except AppError as error:
        return _list(error)
    return site.done(url_for("workbench.list_questions"), "已启用，一分钟内所有服务进程都会使用新模型")


def _list(error: AppError | None = None) -> Response:
    monday, this_week = _week(), access.week_of(clock.today())
    used = access.current()
    trainings = access.trainings()
    return site.page(
        "learning.html",
        here="learning",
        rows=access.questions(monday, site.cursor()),
        waiting=access.count(monday),
        monday=monday,
        sunday=monday + timedelta(days=6),
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7) if monday < this_week else None,
        labels=LABELS,
        groups=GROUPS,
        why=WHY,
        untaught=access.untaught(),
        trainings=trainings,
        unfit={training.id: learning.unfit(training, used) for training in trainings},
        figure_labels=learning.FIGURE_LABELS,
        safety=comparing.SAFETY,
        error=error,
    )


def _week() -> date:
    try:
        day = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        day = clock.today()
    return access.week_of(min(max(day, date(2000, 1, 3)), clock.today()))

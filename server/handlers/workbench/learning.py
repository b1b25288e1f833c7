"""What the chatbot could not answer, week by week, labelled with one click; and its trainings. Nobody is shown."""

from datetime import date, timedelta

from flask import Response, request, url_for

from server import clock
from server.access import learning as access
from server.actions import learning
from server.chatbot import comparing
from server.chatbot.naming import GROUPS, LABELS
from server.errors import AppError, NotFound
from server.handlers.context import as_admin
from server.handlers.workbench import site
from server.models import WhyAsked

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

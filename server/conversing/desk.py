"""What a flow asks of the world, answered from the database for one person; and what is done after his yes."""

from dataclasses import dataclass

from server.chatbot.flows import Flow, Options, Slot, State, links
from server.chatbot.flows.definition import line
from server.conversing import contract, health, numbers, people
from server.conversing.context import Context, Errand, Outcome
from server.errors import AppError

ERRANDS: dict[str, Errand] = {**numbers.ERRANDS, **health.ERRANDS, **contract.ERRANDS, **people.ERRANDS}


@dataclass(frozen=True)
class Desk:
    """``flows.Desk`` for one message."""

    context: Context

    def refusal(self, flow: Flow) -> str | None:
        """Whoever is not known by name is asked to say who he is before anything personal."""
        if self.context.user.resident is None:
            if flow.is_public:
                return None
            told = line("login_to_sign" if flow.key == "sign_up" else "login")
            return told + "\n" + links.line("登录和实名", "/pages/login/login")
        check = ERRANDS[flow.key].refusal
        return check(self.context) if check else ""

    def options(self, flow: Flow, slot: Slot, state: State) -> Options:
        """Return what a slot may be; what the actions and reads refuse ends the errand with their words."""
        find = ERRANDS[flow.key].options.get(slot.name)
        if find is None:
            return Options()
        try:
            return find(self.context, state)
        except AppError as refusal:
            return Options(refusal=refusal.message + "\n" + links.line(flow.page_label, flow.page.partition("?")[0]))

    def words(self, flow: Flow, state: State) -> dict[str, str]:
        """Return what the sentences of a flow are filled with."""
        return ERRANDS[flow.key].words(self.context, state)

    def act(self, flow: Flow, state: State) -> Outcome:
        """Do it. Raises the action's AppError."""
        act = ERRANDS[flow.key].act
        assert act is not None
        return act(self.context, state)

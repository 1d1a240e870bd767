"""Mending: what a turn does about an answer that did not arrive.

What the API refuses for a reason of its own is changed once and visibly: a budget it does not
take, thinking it does not accept. What broke off is asked for again, a few times.
"""

from collections.abc import AsyncIterator

from tui.agent.endings import closing
from tui.agent.flow import unless
from tui.agent.means import Means
from tui.agent.pictures import images
from tui.claude.errors import Fault
from tui.claude.progress import Retrying
from tui.session import events as ev
from tui.session.state import SessionState, prompt_key
from tui.settings.schema import BUILT_IN

NO_BUDGET = (
    "{happened} It was sent because {why}. From now on nothing of a budget is sent: it is counted "
    "here, and notes tell the model what is left. {instead}"
)
NO_REASONS = (
    "This server does not take the question why its prompt cache was missed: it is not asked "
    "any more."
)
PICTURE_ADVICE = "Make the picture smaller or save it as PNG; some models take no pictures."
NO_PICTURES = (
    "{happened} The pictures of earlier messages are left out now, and the request is sent once "
    "more."
)
TAKEN_BACK = (
    "{happened} The prompt was taken back with its picture: nothing of it is in the conversation. "
    "{advice}"
)
NO_THINKING = (
    "The API did not accept the thinking of earlier messages: it is left out now, and the request "
    "is sent once more."
)


class Mending:
    """The faults of one turn."""

    def __init__(self, state: SessionState, means: Means) -> None:
        self._state = state
        self._means = means
        self._broken = 0
        """Faults in a row."""
        self._plain = False
        """Whether all thinking was left out, and nothing was answered since."""
        self._pictureless = False
        """Whether all pictures were left out, and nothing was answered since."""

    def answered(self) -> None:
        """An answer arrived whole."""
        self._broken, self._plain, self._pictureless = 0, False, False

    async def after(self, fault: Fault) -> AsyncIterator[ev.Event | Retrying]:
        """What is said and changed before the request is sent again, or how the turn ends.

        Raises:
            Interrupted: the user did not want to wait for the next try.
        """
        self._broken += 1
        if fault.kind == "budget_rejected" and self._means.knows_budgets:
            self._means.knows_budgets = False
            yield ev.NoticeShown(sentence=_no_budget(fault, self._state, self._means))
            return
        if _refuses_the_question(fault) and self._means.asks_why:
            self._means.asks_why = False
            yield ev.NoticeShown(sentence=NO_REASONS)
            return
        if fault.kind == "invalid_signature" and not self._plain:
            self._plain = True
            yield ev.NoticeShown(sentence=NO_THINKING)
            yield ev.Rewritten(reason="invalid_signature")
            return
        if changed := self._without_pictures(fault):
            for event in changed:
                yield event
            return
        pause = self._pause(fault)
        if pause is None:
            for event in closing(self._state, "error", fault.sentence):
                yield event
            return
        yield Retrying(self._broken + 1, pause, fault)
        await unless(self._means.desk.interrupt, lambda: self._means.sleep(pause))

    def _without_pictures(self, fault: Fault) -> list[ev.Event]:
        """What is changed where a picture was refused: a prompt of which nothing came is taken
        back, so that the next one does not fail too; else pictures give way to words.
        """
        pictured = any(images(self._state.conversation.content))
        if not pictured or fault.kind != "picture_rejected":
            return []
        at = _place_of_prompt(self._state)
        if at is not None and any(images(self._state.conversation.messages[at].content)):
            back = ev.Rewritten(reason="rewind", keep=at, before=self._state.context)
            said = TAKEN_BACK.format(happened=fault.happened, advice=PICTURE_ADVICE)
            return [back, *closing(self._state, "error", said)]
        if self._pictureless:
            return []
        self._pictureless = True
        said = NO_PICTURES.format(happened=fault.happened)
        return [ev.NoticeShown(sentence=said), ev.Rewritten(reason="pictures")]

    def _pause(self, fault: Fault) -> float | None:
        """Seconds until the next try; None where there is none.

        What was never answered has been sent again often enough by the client.
        """
        if fault.partial.message is None:
            return None
        return self._means.again.pause(self._broken, fault, self._means.random)


def _no_budget(fault: Fault, state: SessionState, means: Means) -> str:
    """Which server refused a task budget, why it was sent one, and how that is not tried again."""
    if means.host in BUILT_IN.catalogue.budget_hosts:
        why = f"the list of models says that {state.sent_model} takes one"
        off = f'[catalogue.models."{state.sent_model}"] task_budget = false'
        instead = f"{off} in your settings keeps it from being tried again."
    else:
        why = f"{means.host} is in catalogue.budget_hosts"
        instead = "Take it out there, and it is not tried again."
    return NO_BUDGET.format(happened=fault.happened, why=why, instead=instead)


def _place_of_prompt(state: SessionState) -> int | None:
    """Where the message of the turn's prompt is, if it is the last one and can be taken out.

    One that holds results too cannot: the calls before it would have no answer.
    """
    places = range(len(state.conversation.messages))
    key = prompt_key(state.turn)
    at = next((n for n in places if key in state.conversation.messages[n].keys), None)
    if at is None or state.conversation.messages[at].has_results:
        return None
    behind = state.conversation.messages[at + 1 :]
    return None if any(message.role == "assistant" for message in behind) else at


def _refuses_the_question(fault: Fault) -> bool:
    """Whether the server does not know the parameter that asks about the prompt cache."""
    return fault.kind == "bad_request" and fault.message.startswith("diagnostics")

"""What a turn does about an answer that did not arrive.

If the API refuses a part of the request (a budget, thinking, a picture), the turn leaves it out
once, tells the user and sends the rest. If the answer broke off, the turn sends the request again,
a few times.
"""

from tui.agent.concurrency import run_interruptible
from tui.agent.image_attachments import image_blocks
from tui.agent.turn_context import TurnContext
from tui.agent.turn_end import end_turn
from tui.agent.turn_items import Emit
from tui.claude.request_errors import ApiError
from tui.claude.stream_events import Retrying
from tui.session import events as ev
from tui.session.ledger_keys import prompt_key
from tui.session.state import SessionState
from tui.settings.settings_schema import BUILT_IN

BUDGET_REJECTED = (
    "{happened} It was sent because {why}. From now on nothing of a budget is sent: it is counted "
    "here, and notes tell the model what is left. {instead}"
)
DIAGNOSTICS_REJECTED = (
    "This server does not take the question why its prompt cache was missed: it is not asked "
    "any more."
)
IMAGE_ADVICE = "Make the picture smaller or save it as PNG; some models take no pictures."
IMAGES_REMOVED = (
    "{happened} The pictures of earlier messages are left out now, and the request is sent once "
    "more."
)
PROMPT_WITHDRAWN = (
    "{happened} The prompt was taken back with its picture: nothing of it is in the conversation. "
    "{advice}"
)
THINKING_REJECTED = (
    "The API did not accept the thinking of earlier messages: it is left out now, and the request "
    "is sent once more."
)


_NEVER_ARRIVED = ("wrong_key", "network")
"""Faults after which the server has nothing of the request."""


class FaultRecovery:
    """Reacts to the errors of the requests of one turn."""

    def __init__(self, state: SessionState, ctx: TurnContext, emit: Emit) -> None:
        self._state = state
        self._ctx = ctx
        self._emit = emit
        self._attempts = 0
        """Faults in a row."""
        self._thinking_removed = False
        """Whether all thinking was left out, and nothing was answered since."""
        self._images_removed = False
        """Whether all pictures were left out, and nothing was answered since."""

    def on_answer(self) -> None:
        """An answer arrived whole: forget earlier failures."""
        self._attempts, self._thinking_removed, self._images_removed = 0, False, False

    async def recover(self, fault: ApiError) -> None:
        """Make the next request possible: leave something out, or wait; else end the turn.

        Raises:
            Interrupted: the user did not want to wait for the next try.
        """
        self._attempts += 1
        if fault.kind == "budget_rejected" and self._ctx.run.server_supports_task_budget:
            self._ctx.run.server_supports_task_budget = False
            said = _budget_rejected_sentence(fault, self._state, self._ctx.settings.host)
            await self._emit(ev.NoticeShown(sentence=said))
            return
        if _rejects_diagnostics(fault) and self._ctx.run.cache_diagnostics_enabled:
            self._ctx.run.cache_diagnostics_enabled = False
            await self._emit(ev.NoticeShown(sentence=DIAGNOSTICS_REJECTED))
            return
        if fault.kind == "invalid_signature" and not self._thinking_removed:
            self._thinking_removed = True
            notice = ev.NoticeShown(sentence=THINKING_REJECTED)
            await self._emit(notice, ev.Rewritten(reason="invalid_signature"))
            return
        if changed := self._without_images(fault):
            await self._emit(*changed)
            return
        pause = self._retry_delay(fault)
        if pause is None:
            await self._emit(*self._unsent_prompt(fault))
            await self._emit(*end_turn(self._state, "error", fault.sentence))
            return
        await self._emit(Retrying(self._attempts + 1, pause, fault))
        await run_interruptible(
            self._ctx.services.inbox.interrupt, lambda: self._ctx.services.sleep(pause)
        )

    def _unsent_prompt(self, fault: ApiError) -> list[ev.Event]:
        """The event that takes a prompt back that no server took: it is the user's to send again.

        None where something of the turn was answered.
        """
        at = _prompt_index(self._state) if fault.kind in _NEVER_ARRIVED else None
        if at is None:
            return []
        return [ev.Rewritten(reason="rewind", keep=at, before=self._state.context)]

    def _without_images(self, fault: ApiError) -> list[ev.Event]:
        """The events after the server refused a picture; none after another error.

        A prompt with a picture leaves the conversation, so that the next one does not fail too;
        elsewhere words replace the pictures.
        """
        pictured = any(image_blocks(self._state.conversation.content))
        if not pictured or fault.kind != "picture_rejected":
            return []
        at = _prompt_index(self._state)
        if at is not None and any(image_blocks(self._state.conversation.messages[at].content)):
            back = ev.Rewritten(reason="rewind", keep=at, before=self._state.context)
            said = PROMPT_WITHDRAWN.format(happened=fault.description, advice=IMAGE_ADVICE)
            return [back, *end_turn(self._state, "error", said)]
        if self._images_removed:
            return []
        self._images_removed = True
        return image_removal(self._state, fault)

    def _retry_delay(self, fault: ApiError) -> float | None:
        """Seconds until the next try; None where there is none.

        What was never answered has been sent again often enough by the client.
        """
        if fault.partial.message is None:
            return None
        return self._ctx.settings.retry_policy.pause_before_retry(
            self._attempts, fault, self._ctx.services.random
        )


def image_removal(state: SessionState, fault: ApiError) -> list[ev.Event]:
    """The events that put words in the place of all pictures; none after another error.

    Args:
        state: The session.
        fault: Why the server refused a request.
    """
    pictured = any(image_blocks(state.conversation.content))
    if not pictured or fault.kind != "picture_rejected":
        return []
    said = IMAGES_REMOVED.format(happened=fault.description)
    return [ev.NoticeShown(sentence=said), ev.Rewritten(reason="pictures")]


def _budget_rejected_sentence(fault: ApiError, state: SessionState, host: str) -> str:
    """Which server refused a task budget, why it was sent one, and how that is not tried again."""
    if host in BUILT_IN.catalogue.budget_hosts:
        why = f"the list of models says that {state.sent_model} takes one"
        off = f'[catalogue.models."{state.sent_model}"] task_budget = false'
        instead = f"{off} in your settings keeps it from being tried again."
    else:
        why = f"{host} is in catalogue.budget_hosts"
        instead = "Take it out there, and it is not tried again."
    return BUDGET_REJECTED.format(happened=fault.description, why=why, instead=instead)


def _prompt_index(state: SessionState) -> int | None:
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


def _rejects_diagnostics(fault: ApiError) -> bool:
    """Whether the server does not know the parameter that asks about the prompt cache."""
    return fault.kind == "bad_request" and fault.message.startswith("diagnostics")

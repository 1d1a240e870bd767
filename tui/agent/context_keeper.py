"""Keeping the context of a turn within its window: cut what waits, shorten what was said.

Before each request what waits is weighed and cut, and the conversation is shortened where it has
reached the threshold. Where a server says all the same that a request is too long, or the window
was full before an answer was, that is believed: what is to be sent is made to fit, a few times,
and each time is told.
"""

from collections.abc import AsyncGenerator, AsyncIterator

from tui.agent.compaction import CompactionFailed, Item, compact, shortened
from tui.agent.compaction_policy import (
    advice,
    compact_above,
    filled_by,
    has_grown,
    is_gain,
    is_over,
    is_worth_it,
    server_threshold,
    stays_full,
)
from tui.agent.compaction_price import compaction_sentence
from tui.agent.context_window import context_window
from tui.agent.endings import closing
from tui.agent.limits import no_room_for_summary
from tui.agent.means import Means
from tui.agent.mending import PICTURE_ADVICE, TAKEN_BACK
from tui.agent.pictures import images
from tui.agent.send_limits import SendLimits
from tui.claude.errors import Fault
from tui.claude.progress import Response
from tui.session import events as ev
from tui.session.state import SessionState, prompt_key

REFUSALS = 4
"""How often in a row a server may say that a request is too long before the turn ends."""
DUE = "The context is nearly full: the conversation is shortened now. "
DUE_BY_SERVER = "The context is nearly full: the server shortens the conversation now. "
FULL = "The context window was full before the answer was: the conversation is shortened now."


class ContextKeeper:
    """The context of one turn."""

    def __init__(self, state: SessionState, means: Means) -> None:
        self._state = state
        self._means = means
        self._send_limits = SendLimits(state, means)
        self._refusals = 0
        """Times in a row that a request was too long."""
        self._must_shorten = False
        """Whether what is to be sent does not fit, whatever it seems to weigh."""
        self._failed = False
        """Whether a summary was asked for in vain in this turn."""

    # Before a request ------------------------------------------------------------

    async def cut_waiting(self) -> AsyncIterator[ev.Event]:
        """Cut what waits so that it fits the window, and leaves the reserve of the budget.

        Raises:
            Interrupted: the user did not want to wait for the server's count.
        """
        cut = await self._send_limits.cut()
        if cut is not None:
            self._must_shorten = False  # what was too long is another request now
            yield cut
            for told in _cut_texts(cut):
                yield told

    async def before_request(self) -> AsyncGenerator[Item, None]:
        """Make room for the next request, or end the turn where there is none to be had.

        Raises:
            Interrupted: the user stopped it.
        """
        async for event in self.cut_waiting():
            yield event
        prompt, left = self._state.charged_prompt, self._state.left
        if prompt and left is not None and left < 0:
            for event in self._over_budget(prompt, left + prompt):
                yield event
        elif self._must_shorten or await self._send_limits.missing():
            async for item in self._make_fit():
                yield item
        elif is_over(self._state, self._means):
            async for item in self._at_threshold():
                yield item

    async def _at_threshold(self) -> AsyncIterator[Item]:
        """The context has reached the threshold: shorten it, where that makes room."""
        state, means = self._state, self._means
        if not is_worth_it(state, means):
            for event in stays_full(state, means):
                yield event
        elif server_threshold(state, means) is not None:
            above = compact_above(state, means)
            if above is not None and state.context_used > above:
                yield ev.NoticeShown(sentence=DUE_BY_SERVER + compaction_sentence(state, means))
        elif has_grown(state, means) and not self._failed and not no_room_for_summary(state, means):
            yield ev.NoticeShown(sentence=DUE + compaction_sentence(state, means))
            async for item in self._compacted(must=False):
                yield item

    async def _make_fit(self) -> AsyncIterator[Item]:
        """What is to be sent does not fit: shorten the conversation until it does."""
        state, means = self._state, self._means
        if means.compact_at is not None and (is_gain(state) or self._refusals > 1):
            may_ask = not no_room_for_summary(state, means) and not self._failed
            if may_ask:
                yield ev.NoticeShown(sentence=DUE + compaction_sentence(state, means))
            async for item in self._compacted(must=True, may_ask=may_ask):
                yield item
            async for event in self.cut_waiting():
                yield event
        if (self._must_shorten or await self._send_limits.missing()) and state.turn_open:
            for event in self._too_long():
                yield event

    async def _compacted(self, *, must: bool, may_ask: bool = True) -> AsyncIterator[Item]:
        state, means = self._state, self._means
        try:
            async for item in compact(state, means, must=must, may_ask=may_ask):
                yield item
        except CompactionFailed as failure:
            self._failed = True
            yield ev.ErrorShown(sentence=str(failure))
            return
        self._must_shorten = False
        if is_over(state, means) and not is_worth_it(state, means):
            for event in stays_full(state, means):
                yield event

    def _over_budget(self, prompt: int, left: int) -> list[ev.Event]:
        """The end of a turn whose prompt stands beside results and takes more than is left."""
        sentence = (
            f"The prompt was not sent: it has ≈ {prompt:,} tokens, and ≈ {left:,} are left of the "
            f"budget of {self._state.grant or 0:,}. Put long text into a file and ask to read it "
            "in parts, or extend the budget with /budget."
        )
        return closing(self._state, "error", sentence, unsent=True)

    def _too_long(self) -> list[ev.Event]:
        """The end of a turn whose next request cannot be made to fit."""
        state, means = self._state, self._means
        prompt = prompt_key(state.turn) in state.conversation.waiting.keys
        entry = state.ledger.entries.get(prompt_key(state.turn))
        if prompt and entry is not None and entry.tokens > self._send_limits.room:
            room, window = self._send_limits.room, context_window(state, means)
            sentence = (
                f"The prompt was not sent: it has ≈ {entry.tokens:,} tokens, and only ≈ {room:,} "
                f"of the {window:,} of the context window are free for it. Put long text into a "
                "file and ask to read it in parts, or choose a model with a larger window."
            )
            return closing(state, "error", sentence, unsent=True)
        what = f"{filled_by(state, means)} The next request does not fit."
        how = "/compact shortens the conversation." if means.compact_at is None else advice(state)
        return closing(state, "error", f"{what} {how}", unsent=prompt)

    # What goes on the wire -------------------------------------------------------

    @property
    def answer_room(self) -> int:
        """Output tokens that the window leaves to the next answer."""
        return self._send_limits.answer_room

    def compact_above(self) -> int | None:
        """Where the server shortens the conversation by itself in the next request."""
        return None if self._failed else compact_above(self._state, self._means)

    # What came of it -------------------------------------------------------------

    def answered(self) -> None:
        """An answer arrived."""
        self._refusals = 0
        self._must_shorten = False

    def filled(self) -> ev.Event:
        """The window was full before the answer was: the next request must be shorter."""
        self._must_shorten = True
        return ev.NoticeShown(sentence=FULL)

    def refused(self, fault: Fault) -> list[ev.Event]:
        """A server says that the request was too long; what waited waits again.

        Returns:
            What is told, or the end of the turn where it was said too often.
        """
        self._refusals += 1
        self._must_shorten = True
        prompt = prompt_key(self._state.turn) in self._state.conversation.waiting.keys
        if prompt and fault.status == 413 and any(images(self._waiting_content())):
            said = TAKEN_BACK.format(happened=fault.happened, advice=PICTURE_ADVICE)
            return closing(self._state, "error", said, unsent=True)
        if self._refusals > REFUSALS:
            return closing(self._state, "error", fault.sentence, unsent=prompt)
        window = context_window(self._state, self._means)
        said = "holds" if fault.cause.window else "is taken to hold"
        return [
            ev.NoticeShown(
                sentence=f"The server says that the request is too long: from now on the context "
                f"window {said} {window:,} tokens. What does not fit is shortened, and the request "
                "sent again."
            )
        ]

    def _waiting_content(self) -> tuple[ev.JSON, ...]:
        return self._state.conversation.waiting.message().content

    async def server_stopped(self, response: Response) -> AsyncIterator[ev.Event]:
        """The server stopped behind its summary, or behind a place where none could be made."""
        try:
            yield await shortened(self._state, self._means, response)
        except CompactionFailed as failure:
            self._failed = True
            yield ev.ErrorShown(sentence=str(failure))


def _cut_texts(cut: ev.ResultsCut) -> list[ev.Event]:
    """What the user is told of texts that were cut; results say it in their own lines."""
    texts = [each for each in cut.cuts if each.key.startswith(("note-", "shell-", "prompt-"))]
    if not texts:
        return []
    what = {"budget": "the budget", "window": "the context window"}[texts[0].reason]
    return [
        ev.NoticeShown(
            sentence=f"What you wrote or ran was too long and was cut to fit {what}: the model "
            f"sees ≈ {sum(each.estimate for each in texts):,} tokens of it."
        )
    ]

"""Keep the context of a turn within its window: cut what waits, shorten the conversation.

Before each request the guard weighs and cuts what waits, and shortens a conversation that has
reached the threshold. A server may still refuse a request as too long, or run out of window before
its answer is whole. Then the guard believes the server and makes the next request fit. It does so
a few times in a row, and tells the user each time.
"""

from tui.agent.compaction import Compaction, CompactionFailed
from tui.agent.compaction_cost import compaction_cost_sentence
from tui.agent.compaction_policy import CompactionPolicy, frees_enough, full_window_advice
from tui.agent.fault_recovery import IMAGE_ADVICE, PROMPT_WITHDRAWN
from tui.agent.image_attachments import image_blocks
from tui.agent.limit_checks import no_room_for_summary
from tui.agent.request_fitting import RequestFitter
from tui.agent.turn_context import TurnContext
from tui.agent.turn_end import end_turn
from tui.agent.turn_items import Emit
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.session import events as ev
from tui.session.ledger_keys import prompt_key
from tui.session.state import SessionState

MAX_REFUSALS = 4
"""How often in a row a server may say that a request is too long before the turn ends."""
COMPACTION_DUE = "The context is nearly full: the conversation is shortened now. "
SERVER_COMPACTION_DUE = "The context is nearly full: the server shortens the conversation now. "
WINDOW_FULL_NOTICE = (
    "The context window was full before the answer was: the conversation is shortened now."
)
_NO_ROOM = (
    "The prompt was not sent: system text, tools and memory files alone fill the {window:,} tokens "
    "of the context window."
)
_COMPACT_BY_HAND = "/compact shortens the conversation."
_COMPACT_BY_SETTING = "Set compaction.at in your settings, or start a new session (without -c)."
"""What to do about a full window where nothing shortens the conversation by itself."""


class WindowGuard:
    """Makes the requests of one turn fit the window."""

    def __init__(self, state: SessionState, ctx: TurnContext, emit: Emit) -> None:
        self._state = state
        self._ctx = ctx
        self._emit = emit
        self._request_fitter = RequestFitter(state, ctx)
        self._compaction = Compaction(state, ctx, emit)
        self._refusals = 0
        """Times in a row that a request was too long."""
        self._must_shorten = False
        """Whether what is to be sent does not fit, whatever it seems to weigh."""
        self._compaction_failed = False
        """Whether a summary was asked for in vain in this turn."""

    @property
    def _policy(self) -> CompactionPolicy:
        """The policy as things are now."""
        return CompactionPolicy.of(self._state, self._ctx)

    # Before a request ------------------------------------------------------------

    async def cut_pending(self) -> None:
        """Cut what waits so that it fits the window, and leaves the reserve of the budget.

        Raises:
            Interrupted: the user did not want to wait for the server's count.
        """
        cut = await self._request_fitter.cut()
        if cut is not None:
            self._must_shorten = False  # what was too long is another request now
            await self._emit(cut, *_cut_text_notices(cut))

    async def make_room(self) -> bool:
        """Make room for the next request, or end the turn where no room can be made.

        Returns:
            Whether a summary was paid for.

        Raises:
            Interrupted: the user stopped it.
        """
        requests = self._state.request
        await self.cut_pending()
        prompt, left = self._state.pending_prompt_charge, self._state.left
        if prompt and left is not None and left < 0:
            await self._emit(*self._end_over_budget(prompt, left + prompt))
        elif self._must_shorten or await self._request_fitter.excess_tokens():
            await self._compact_until_it_fits()
        elif self._policy.is_over_threshold:
            await self._compact_at_threshold()
        return self._state.request > requests

    async def _compact_at_threshold(self) -> None:
        """The context has reached the threshold: shorten it, where that makes room."""
        state, ctx, policy = self._state, self._ctx, self._policy
        if not policy.is_worthwhile:
            await self._emit(*policy.full_window_notice)
        elif policy.server_threshold is not None:
            above = policy.compact_above
            if above is not None and state.context_used > above:
                said = SERVER_COMPACTION_DUE + compaction_cost_sentence(state, ctx)
                await self._emit(ev.NoticeShown(sentence=said))
        elif (
            policy.has_grown_since_summary
            and not self._compaction_failed
            and not no_room_for_summary(state, ctx)
        ):
            said = COMPACTION_DUE + compaction_cost_sentence(state, ctx)
            await self._emit(ev.NoticeShown(sentence=said))
            await self._compact(must=False)

    async def _compact_until_it_fits(self) -> None:
        """What is to be sent does not fit: shorten the conversation until it does."""
        state, ctx = self._state, self._ctx
        if ctx.settings.compact_at is not None and (frees_enough(state) or self._refusals > 1):
            may_ask = not no_room_for_summary(state, ctx) and not self._compaction_failed
            if may_ask:
                said = COMPACTION_DUE + compaction_cost_sentence(state, ctx)
                await self._emit(ev.NoticeShown(sentence=said))
            await self._compact(must=True, may_ask=may_ask)
            await self.cut_pending()
        if (self._must_shorten or await self._request_fitter.excess_tokens()) and state.turn_open:
            await self._emit(*self._end_too_long())

    async def _compact(self, *, must: bool, may_ask: bool = True) -> None:
        try:
            await self._compaction.run(required=must, may_request=may_ask)
        except CompactionFailed as failure:
            self._compaction_failed = True
            await self._emit(ev.ErrorShown(sentence=str(failure)))
            return
        self._must_shorten = False
        policy = self._policy
        if policy.is_over_threshold and not policy.is_worthwhile:
            await self._emit(*policy.full_window_notice)

    def _end_over_budget(self, prompt: int, left: int) -> list[ev.Event]:
        """The end of a turn whose prompt waits beside results and takes more than is left."""
        extend = "extend the budget with /budget"
        if not self._ctx.settings.interactive:
            extend = "give a larger budget with --budget"
        sentence = (
            f"The prompt was not sent: it has ≈ {prompt:,} tokens, and ≈ {left:,} are left of the "
            f"budget of {self._state.grant or 0:,}. Put long text into a file and ask to read it "
            f"in parts, or {extend}."
        )
        return end_turn(self._state, "error", sentence, prompt_unsent=True)

    def _end_too_long(self) -> list[ev.Event]:
        """The end of a turn whose next request cannot be made to fit."""
        state, ctx = self._state, self._ctx
        prompt = prompt_key(state.turn) in state.conversation.pending.keys
        entry = state.ledger.entries.get(prompt_key(state.turn))
        if prompt and entry is not None and entry.tokens > self._request_fitter.room:
            room, window = self._request_fitter.room, self._policy.window
            sentence = (
                f"The prompt was not sent: it has ≈ {entry.tokens:,} tokens, and only ≈ {room:,} "
                f"of the {window:,} of the context window are free for it. Put long text into a "
                "file and ask to read it in parts, or choose a model with a larger window."
            )
            if not room and not state.context:
                sentence = f"{_NO_ROOM.format(window=window)} {full_window_advice(state)}"
            return end_turn(state, "error", sentence, prompt_unsent=True)
        what = f"{self._policy.window_usage_sentence} The next request does not fit."
        how = full_window_advice(state)
        if ctx.settings.compact_at is None:
            how = _COMPACT_BY_HAND if ctx.settings.interactive else _COMPACT_BY_SETTING
        return end_turn(state, "error", f"{what} {how}", prompt_unsent=prompt)

    # What goes on the wire -------------------------------------------------------

    @property
    def answer_room(self) -> int:
        """Output tokens that the window leaves to the next answer."""
        return self._request_fitter.answer_room

    def compact_above(self) -> int | None:
        """Where the server shortens the conversation by itself in the next request."""
        return None if self._compaction_failed else self._policy.compact_above

    # What came of it -------------------------------------------------------------

    def on_answer(self) -> None:
        """An answer arrived: the request fitted."""
        self._refusals = 0
        self._must_shorten = False

    def on_window_full(self) -> ev.Event:
        """The window was full before the answer was: the next request must be shorter."""
        self._must_shorten = True
        return ev.NoticeShown(sentence=WINDOW_FULL_NOTICE)

    def on_too_long(self, fault: ApiError) -> list[ev.Event]:
        """A server says that the request was too long; what waited waits again.

        Returns:
            A notice for the user, or the end of the turn after too many refusals in a row.
        """
        self._refusals += 1
        self._must_shorten = True
        pending = self._state.conversation.pending
        prompt = prompt_key(self._state.turn) in pending.keys
        if prompt and fault.status == 413 and any(image_blocks(pending.to_message().content)):
            said = PROMPT_WITHDRAWN.format(happened=fault.description, advice=IMAGE_ADVICE)
            return end_turn(self._state, "error", said, prompt_unsent=True)
        if self._refusals > MAX_REFUSALS:
            return end_turn(self._state, "error", fault.sentence, prompt_unsent=prompt)
        window = self._policy.window
        said = "holds" if fault.facts.window else "is taken to hold"
        return [
            ev.NoticeShown(
                sentence=f"The server says that the request is too long: from now on the context "
                f"window {said} {window:,} tokens. What does not fit is shortened, and the request "
                "sent again."
            )
        ]

    async def on_server_compaction(self, response: Response) -> None:
        """The server stopped behind its summary, or behind a place where none could be made."""
        try:
            await self._compaction.put_in_place(response)
        except CompactionFailed as failure:
            self._compaction_failed = True
            await self._emit(ev.ErrorShown(sentence=str(failure)))


def _cut_text_notices(cut: ev.ResultsCut) -> list[ev.Event]:
    """The notice about texts that were cut; a cut result tells it in its own lines."""
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

"""Compaction: a summary takes the place of the whole conversation.

The model writes it for this program (`summary`), or the server does (`server`): on demand, or
by itself from a threshold on. Checklist, touched files and next step follow the summary; thinking
is left out (Messages API, "preserved thinking"). The request that asks for
it has the same prefix as every other, so it reads the conversation from the cache. Nothing
changes until the rewrite is committed: a compaction that fails, is interrupted or is killed
half-way leaves the session as it was.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from tui.agent.compaction_policy import CompactionPolicy, summarised_tokens
from tui.agent.concurrency import run_interruptible
from tui.agent.fault_recovery import image_removal
from tui.agent.model_request import send_request
from tui.agent.model_switch import rewrite_for_model
from tui.agent.shortened_copy import fallback_summary
from tui.agent.summary_messages import (
    SUMMARY_REQUEST,
    fitting_copy,
    kept_beside_summary,
    messages_to_summarise,
    replacement_messages,
    summary_block,
    summary_question,
    text_block,
    with_question,
)
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.agent.turn_request import (
    TurnRequest,
    estimate_new_input,
    session_preamble,
    summary_budget,
    summary_effort,
)
from tui.budget.token_estimate import estimate_tokens
from tui.claude.request import build_request
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.session import events as ev
from tui.session.charging import BETWEEN_TURNS
from tui.session.state import SessionState

COPY_SHARES = (0.85, 0.4)
"""Parts of the room that shortened copies fill: weights are estimates, and servers differ."""

CONVERSATION_UNCHANGED = "The conversation stays as it is."
NO_SUMMARY_BY_SERVER = (
    "The server does not shorten conversations of this model on demand: "
    "the program asks the model for a summary instead."
)
SUMMARY_FROM_COPY = (
    "The conversation is too long to summarise whole: the model summarises a copy without the "
    "oldest tool results."
)
SUMMARY_FROM_SHORTER_COPY = "That copy is still too long: the model summarises a shorter one."
SUMMARY_BY_PROGRAM = (
    "The model could write no summary: a report by the program replaces the conversation. It has "
    "the prompts, the checklist, the files and the last answer."
)


class CompactionFailed(Exception):
    """There is no summary; the text says why. The conversation is as it was."""


@dataclass(frozen=True, slots=True)
class _SummaryMethod:
    """One way to get a summary, and what the user reads before the program tries it."""

    by_server: bool = False
    room: int | None = None
    """Tokens that a shortened copy of the conversation may take; None for the whole of it."""
    notice: str = ""


class Compaction:
    """Shortens the conversation of one session."""

    def __init__(self, state: SessionState, ctx: TurnContext, emit: Emit) -> None:
        self._state = state
        self._ctx = ctx
        self._emit = emit

    async def run(
        self, instructions: str = "", *, required: bool = False, may_request: bool = True
    ) -> None:
        """Shorten the conversation between two requests; the last event is the `Rewritten`.

        What is too long to be summarised as it is, is summarised from a shortened copy; where even
        that fails, the program's own report takes the place of the conversation.

        Args:
            instructions: What the user wants kept in mind.
            required: Whether the conversation does not fit any more, so that it may not stay.
            may_request: Whether the limits allow a request for a summary.

        Raises:
            CompactionFailed: no summary came; nothing was rewritten.
            Interrupted: the user stopped it; nothing was rewritten.
        """
        await rewrite_for_model(self._state, self._ctx, self._emit)
        required = required or self._policy.fills_window
        failure: CompactionFailed | None = None
        if may_request and self._policy.budget_allows_summary:
            async for method in self._methods():
                if method.notice:
                    await self._emit(ev.NoticeShown(sentence=method.notice))
                outcome = await self._request_summary(method, instructions)
                try:
                    await self.put_in_place(outcome)
                    return
                except CompactionFailed as no_summary:
                    failure = no_summary
                if not (isinstance(outcome, ApiError) and outcome.kind == "context_exceeded"):
                    break
                required = True
        if not required:
            raise failure or CompactionFailed(CONVERSATION_UNCHANGED)
        await self._emit(ev.NoticeShown(sentence=SUMMARY_BY_PROGRAM))
        stop = self._ctx.services.inbox.interrupt
        await self._emit(await run_interruptible(stop, self._rewrite_without_model))

    async def _request_summary(
        self, method: _SummaryMethod, instructions: str
    ) -> Response | ApiError:
        """Ask for a summary; once more without pictures, if the server refuses one of them."""
        planned = self._plan(method, instructions)
        outcome = await send_request(planned, planned.build(), self._ctx, self._emit)
        if isinstance(outcome, ApiError) and (removed := image_removal(self._state, outcome)):
            await self._emit(*removed)
            planned = self._plan(method, instructions)
            outcome = await send_request(planned, planned.build(), self._ctx, self._emit)
        return outcome

    async def put_in_place(self, outcome: Response | ApiError) -> None:
        """Put the summary in an answer in the place of the conversation.

        Raises:
            CompactionFailed: there is no summary in it.
        """
        if isinstance(outcome, ApiError):
            # The transcript shows the error already, with the request.
            raise CompactionFailed(CONVERSATION_UNCHANGED)
        summary = summary_block(outcome.blocks)
        if summary is None:
            raise CompactionFailed(f"The model wrote no summary. {CONVERSATION_UNCHANGED}")
        rest = kept_beside_summary(self._state)
        messages = replacement_messages(summary, rest)
        tokens, after = await self._weigh(messages, rest, summary)
        usage = outcome.usage
        rewritten = ev.Rewritten(
            reason="compaction",
            messages=tuple(messages),
            before=usage.window or usage.total_input,
            after=after,
            summary_message=outcome.message,
            summary_tokens=min(tokens, usage.output),
            keeps_texts=True,
        )
        await self._emit(rewritten)

    async def _rewrite_without_model(self) -> ev.Rewritten:
        """The program's own report in the place of the conversation.

        The server takes it for a summary, and counts it (Messages API, "task budgets").
        """
        state = self._state
        report, beside = text_block(fallback_summary(state)), kept_beside_summary(state)
        messages = replacement_messages(report, beside)
        tokens, after = await self._weigh(messages, beside, report)
        return ev.Rewritten(
            reason="compaction",
            messages=tuple(messages),
            before=state.context_used,
            after=after,
            summary_tokens=tokens,
            keeps_texts=True,
        )

    # How -------------------------------------------------------------------------

    @property
    def _policy(self) -> CompactionPolicy:
        return CompactionPolicy.of(self._state, self._ctx)

    async def _methods(self) -> AsyncIterator[_SummaryMethod]:
        """The ways that may lead to a summary: the whole conversation first, then copies."""
        by_server, first_notice = self._ctx.settings.compaction_strategy == "server", ""
        if by_server and not await self._server_can_summarise():
            by_server, first_notice = False, NO_SUMMARY_BY_SERVER
        if summarised_tokens(self._state) <= self._room:
            yield _SummaryMethod(by_server, notice=first_notice)
            first_notice = ""
        for part in COPY_SHARES:
            said = SUMMARY_FROM_COPY if part == COPY_SHARES[0] else SUMMARY_FROM_SHORTER_COPY
            room = int(self._room * part)
            yield _SummaryMethod(room=room, notice=f"{first_notice} {said}".strip())
            first_notice = ""

    @property
    def _room(self) -> int:
        """Tokens that system text, tools and the conversation to be summarised may take."""
        policy = self._policy
        return policy.window - policy.summary_limit - estimate_tokens(SUMMARY_REQUEST)

    async def _server_can_summarise(self) -> bool:
        """Whether the server summarises on demand: it knows best, then the catalogue."""
        services, model = self._ctx.services, self._state.model
        says = await run_interruptible(
            services.inbox.interrupt, lambda: services.client.can_summarize(model)
        )
        return services.catalogue.model(model).summarize if says is None else says

    def _plan(self, method: _SummaryMethod, instructions: str) -> TurnRequest:
        """The request for a summary."""
        state, ctx = self._state, self._ctx
        messages = messages_to_summarise(state.conversation)
        if method.room is not None:
            messages = fitting_copy(state, messages, method.room)
        demand: ev.JSON | None = None
        question = 0
        if method.by_server:
            more = {"instructions": instructions} if instructions else {}
            demand = {"type": "summarize", **more}
        else:
            words = summary_question(instructions)
            messages, question = with_question(messages, words), estimate_tokens(words)
        model = ctx.services.catalogue.model(state.model)
        return TurnRequest(
            number=state.request + 1,
            turn=state.turn if state.turn_open else BETWEEN_TURNS,
            model=model,
            new_input=estimate_new_input(state, model, ctx.services.now()),
            effort=state.effort,
            top_effort=summary_effort(state),
            budget=summary_budget(state, ctx, by_server=method.by_server),
            max_tokens=self._policy.summary_limit,
            preamble=session_preamble(state),
            messages=messages,
            purpose="compaction",
            compaction=demand,
            question=question,
            shortened=method.room is not None,
        )

    async def _weigh(
        self, messages: list[ev.JSON], rest: list[ev.JSON], summary: ev.JSON
    ) -> tuple[int, int]:
        """Tokens of the summary, and of the whole context that is left.

        Counted by the server, by the difference the summary makes; estimated where it cannot.

        Args:
            messages: The conversation from now on.
            rest: The blocks beside the summary.
            summary: The block with the summary.
        """
        state, services = self._state, self._ctx.services
        preamble, model = session_preamble(state), services.catalogue.model(state.model)
        without: list[ev.JSON] = [{"role": "user", "content": rest}]
        whole = await services.client.count_tokens(build_request(model, preamble, messages))
        bare = await services.client.count_tokens(build_request(model, preamble, without))
        if whole is None or bare is None:
            words = [summary, *rest]
            sizes = [
                estimate_tokens(str(block.get("text") or block.get("content"))) for block in words
            ]
            return sizes[0], state.preamble_tokens + sum(sizes)
        return max(0, whole - bare), whole

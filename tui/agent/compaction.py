"""Compaction: a summary takes the place of the whole conversation.

The model writes it for this program (`summary`), or the server does (`server`): on demand, or
by itself from a threshold on. Beside it stand the checklist, the files touched and the next
step, and no thinking is kept (Messages API, "preserved thinking"). The request that asks for
it has the same prefix as every other, so it reads the conversation from the cache. Nothing
changes until the rewrite is committed: a compaction that fails, is interrupted or is killed
half-way leaves the session as it was.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tui.agent.compaction_policy import (
    budget_allows_summary,
    fills_window,
    summarised_tokens,
    summary_limit,
)
from tui.agent.concurrency import run_interruptible
from tui.agent.context_window import context_window
from tui.agent.model_request import send_request
from tui.agent.model_switch import rewrite_for_model
from tui.agent.shortened_copy import estimated_size, fallback_summary, shortened_copy
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.agent.turn_request import TurnRequest, announced_budget, session_preamble
from tui.budget.token_estimate import estimate_tokens
from tui.budget.wire_budget import WireBudget
from tui.claude.request import build_request
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.session import events as ev
from tui.session.checklist import Checklist
from tui.session.conversation import Conversation, PendingMessage, summary_index
from tui.session.state import BETWEEN_TURNS, SessionState

SUMMARY_REQUEST = """\
Write a summary of this conversation, for yourself: you will go on from it alone. Call no tools. \
Put it between <summary> and </summary> and nothing outside. Keep: what the user asked for and how \
they want it done; what was found out, with paths and names; what was changed and why; what was \
decided and what was ruled out; what is unfinished, and the exact next step. Leave out what can be \
read again from the files. At most 1,200 words."""

COPY_SHARES = (0.85, 0.4)
"""Parts of the room that shortened copies fill: weights are estimates, and servers differ."""

CONVERSATION_UNCHANGED = "The conversation stays as it is."
NO_SUMMARY_BY_SERVER = (
    "The server does not shorten conversations of this model on demand: "
    "this program asks the model for a summary instead."
)
SUMMARY_FROM_COPY = (
    "The conversation is too long to be summarised whole: the summary is made from a copy without "
    "its oldest results."
)
SUMMARY_FROM_SHORTER_COPY = "That is still too long: the summary is made from a shorter copy."
SUMMARY_BY_PROGRAM = (
    "No summary can be had: the program's own report takes the place of the conversation, with "
    "prompts, checklist, files and the last words."
)

_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)


class CompactionFailed(Exception):
    """There is no summary; the text says why. The conversation is as it was."""


# How ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SummaryMethod:
    """One way to get a summary, and what is told before it is tried."""

    by_server: bool = False
    room: int | None = None
    """Tokens that a shortened copy of the conversation may take; None for the whole of it."""
    notice: str = ""


async def compact(
    state: SessionState,
    ctx: TurnContext,
    emit: Emit,
    instructions: str = "",
    *,
    required: bool = False,
    may_request: bool = True,
) -> None:
    """Shorten the conversation; the last event is the `Rewritten`.

    What is too long to be summarised as it is, is summarised from a shortened copy; where even
    that cannot be had, the program's own report takes the place of the conversation.

    Args:
        state: The session; between two requests.
        ctx: What a turn works with.
        emit: Takes progress and events.
        instructions: What the user wants kept in mind.
        required: Whether the conversation does not fit any more, so that it may not stay as it is.
        may_request: Whether the limits allow a request for a summary.

    Raises:
        CompactionFailed: no summary came; nothing was rewritten.
        Interrupted: the user stopped it; nothing was rewritten.
    """
    await rewrite_for_model(state, ctx, emit)
    required = required or fills_window(state, ctx)
    failure: CompactionFailed | None = None
    if may_request and budget_allows_summary(state, ctx):
        async for way in _summary_methods(state, ctx):
            if way.notice:
                await emit(ev.NoticeShown(sentence=way.notice))
            response = await _request_summary(state, ctx, emit, instructions, way)
            try:
                await emit(await summary_rewrite(state, ctx, response))
                return
            except CompactionFailed as no_summary:
                failure = no_summary
            if not (isinstance(response, ApiError) and response.kind == "context_exceeded"):
                break
            required = True
    if not required:
        raise failure or CompactionFailed(CONVERSATION_UNCHANGED)
    await emit(ev.NoticeShown(sentence=SUMMARY_BY_PROGRAM))
    stop = ctx.inbox.interrupt
    await emit(await run_interruptible(stop, lambda: _rewrite_without_model(state, ctx)))


async def _summary_methods(state: SessionState, ctx: TurnContext) -> AsyncIterator[_SummaryMethod]:
    """The ways that may lead to a summary, one after the other: the whole first, then copies."""
    by_server = ctx.compaction_strategy == "server"
    if by_server and not await run_interruptible(
        ctx.inbox.interrupt, lambda: _server_can_summarise(state, ctx)
    ):
        by_server = False
        told_first = NO_SUMMARY_BY_SERVER
    else:
        told_first = ""
    if _fits_uncut(state, ctx):
        yield _SummaryMethod(by_server, notice=told_first)
        told_first = ""
    for part in COPY_SHARES:
        told = SUMMARY_FROM_COPY if part == COPY_SHARES[0] else SUMMARY_FROM_SHORTER_COPY
        yield _SummaryMethod(
            room=int(_summary_room(state, ctx) * part), notice=f"{told_first} {told}".strip()
        )
        told_first = ""


async def _request_summary(
    state: SessionState, ctx: TurnContext, emit: Emit, instructions: str, way: _SummaryMethod
) -> Response | ApiError:
    """Ask for a summary one way."""
    planned = _plan_summary(state, ctx, instructions, way)
    return await send_request(planned, planned.build(), ctx, emit)


async def summary_rewrite(
    state: SessionState, ctx: TurnContext, response: Response | ApiError
) -> ev.Rewritten:
    """The rewrite that puts the summary in `response` in the place of the conversation.

    Raises:
        CompactionFailed: there is no summary in it.
    """
    if isinstance(response, ApiError):
        # What was wrong stands in the transcript already, with the request.
        raise CompactionFailed(CONVERSATION_UNCHANGED)
    summary = summary_block(response.blocks)
    if summary is None:
        raise CompactionFailed(f"The model wrote no summary. {CONVERSATION_UNCHANGED}")
    messages = _replacement_messages(summary, _kept_beside_summary(state))
    without: list[ev.JSON] = [{"role": "user", "content": _kept_beside_summary(state)}]
    tokens, after = await _summary_and_context_tokens(state, ctx, messages, without, summary)
    usage = response.usage
    return ev.Rewritten(
        reason="compaction",
        messages=tuple(messages),
        before=usage.window or usage.total_input,
        after=after,
        summary_message=response.message,
        summary_tokens=min(tokens, usage.output),
        keeps_texts=True,
    )


async def _rewrite_without_model(state: SessionState, ctx: TurnContext) -> ev.Rewritten:
    """The program's own report in the place of the conversation.

    The server takes it for a summary, and counts it (Messages API, "task budgets").
    """
    report, beside = _text(fallback_summary(state)), _kept_beside_summary(state)
    messages = _replacement_messages(report, beside)
    without: list[ev.JSON] = [{"role": "user", "content": beside}]
    tokens, after = await _summary_and_context_tokens(state, ctx, messages, without, report)
    return ev.Rewritten(
        reason="compaction",
        messages=tuple(messages),
        before=state.context_used,
        after=after,
        summary_tokens=tokens,
        keeps_texts=True,
    )


def _kept_beside_summary(state: SessionState) -> list[ev.JSON]:
    """What goes on beside a summary: folder and memory files, checklist, files."""
    context = state.preamble.context if state.preamble else ""
    return [_text(text) for text in (context, continuation_text(state)) if text]


def _fits_uncut(state: SessionState, ctx: TurnContext) -> bool:
    """Whether the request for a summary of the whole conversation fits the window."""
    return summarised_tokens(state) <= _summary_room(state, ctx)


def _summary_room(state: SessionState, ctx: TurnContext) -> int:
    """Tokens that system text, tools and the conversation to be summarised may take."""
    question = estimate_tokens(SUMMARY_REQUEST)
    return context_window(state, ctx) - summary_limit(state, ctx) - question


def summary_block(blocks: Sequence[ev.JSON]) -> ev.JSON | None:
    """The summary in a message, as the block that is sent from then on; None without one.

    The server's own stays byte for byte what it was; of the model's words only what stands
    between the tags counts, tags included.
    """
    at = summary_index(blocks)
    if at is not None:
        return blocks[at]
    words = "\n".join(block["text"] for block in blocks if block.get("type") == "text")
    found = _SUMMARY.search(words)
    return _text(found.group(0)) if found else None


def continuation_text(state: SessionState) -> str:
    """What goes on beside the summary: the checklist, the files, where the work stands."""
    parts = ["This conversation was shortened: the summary above stands for all of it."]
    if state.checklist:
        parts.append("The checklist, which goes on:\n" + checklist_text(state.checklist))
    if state.touched_files:
        changed = (
            f"- {path} (+{a} -{r})" for path, (a, r) in list(state.touched_files.items())[:100]
        )
        parts.append("Files touched so far:\n" + "\n".join(changed))
    if state.turn_open:
        parts.append("Go on with the work from where it stands.")
    return "\n\n".join(parts)


def checklist_text(checklist: Checklist) -> str:
    """The checklist as the model knows it: state, id, title, estimate."""
    return "\n".join(
        f"- [{task.state}] {task.id}: {task.title}"
        + (f" (≈ {task.estimate} tokens)" if task.estimate else "")
        for task in checklist.values()
    )


# Parts --------------------------------------------------------------------------------


async def _server_can_summarise(state: SessionState, ctx: TurnContext) -> bool:
    """Whether the server summarises on demand: it knows best, then the catalogue."""
    says = await ctx.client.can_summarize(state.model)
    return ctx.catalogue.model(state.model).summarize if says is None else says


def _plan_summary(
    state: SessionState, ctx: TurnContext, instructions: str, way: _SummaryMethod
) -> TurnRequest:
    messages = messages_to_summarise(state.conversation)
    if way.room is not None:
        messages = _copy(state, messages, way.room)
    demand: ev.JSON | None = None
    question = 0
    if way.by_server:
        demand = {"type": "summarize", **({"instructions": instructions} if instructions else {})}
    else:
        words = _question(instructions)
        messages, question = with_question(messages, words), estimate_tokens(words)
    return TurnRequest(
        number=state.request + 1,
        turn=state.turn if state.turn_open else BETWEEN_TURNS,
        model=ctx.catalogue.model(state.model),
        effort=state.effort,
        top_effort=parameter_effort(state),
        budget=compaction_budget(state, ctx, by_server=way.by_server),
        max_tokens=summary_limit(state, ctx),
        preamble=session_preamble(state),
        messages=messages,
        purpose="compaction",
        compaction=demand,
        question=question,
        shortened=way.room is not None,
    )


def _copy(state: SessionState, messages: list[ev.JSON], room: int) -> list[ev.JSON]:
    """A shortened copy of `messages`, weighed as this session's own contents were."""
    measured = state.context - state.preamble_tokens
    said = estimated_size(each.to_json() for each in state.conversation.messages)
    scale = max(state.budget_account.settlement.density, measured / said if said else 1.0)
    return shortened_copy(messages, room - state.preamble_tokens, scale)


def messages_to_summarise(conversation: Conversation) -> list[ev.JSON]:
    """The conversation, results that wait included; prompt and notes wait on behind the summary."""
    waiting = conversation.pending
    results = PendingMessage([part for part in waiting.parts if part.is_result])
    behind = [results.to_message().to_json()] if results else []
    return [*(message.to_json() for message in conversation.messages), *behind]


def _question(instructions: str) -> str:
    return (
        f"{SUMMARY_REQUEST}\n\nThe user adds: {instructions}" if instructions else SUMMARY_REQUEST
    )


def parameter_effort(state: SessionState) -> str | None:
    """The effort in the parameters: that of the requests before, so that the cache holds."""
    return state.top_effort or state.effort


def with_question(messages: list[ev.JSON], ask: str) -> list[ev.JSON]:
    """The conversation with the question behind it, in one message with what waits there."""
    if messages and messages[-1]["role"] == "user":
        last = messages[-1]
        return [*messages[:-1], {**last, "content": [*last["content"], _text(ask)]}]
    return [*messages, {"role": "user", "content": [_text(ask)]}]


def compaction_budget(
    state: SessionState, ctx: TurnContext, *, by_server: bool | None = None
) -> WireBudget | None:
    """The task budget of the request that asks for the summary; None where none is told.

    Args:
        state: The session.
        ctx: What a turn works with.
        by_server: Whether the server writes it; None: by the setting.
    """
    by_server = ctx.compaction_strategy == "server" if by_server is None else by_server
    model = ctx.catalogue.model(state.model)
    return announced_budget(state, ctx, model, by_server=by_server, asked=not by_server)


def _replacement_messages(summary: ev.JSON, rest: list[ev.JSON]) -> list[ev.JSON]:
    """The conversation from now on; the server's own summary comes first, as its own message."""
    if summary["type"] == "compaction":
        return [{"role": "assistant", "content": [summary]}, {"role": "user", "content": rest}]
    return [{"role": "user", "content": [summary, *rest]}]


async def _summary_and_context_tokens(
    state: SessionState,
    ctx: TurnContext,
    messages: list[ev.JSON],
    without: list[ev.JSON],
    summary: ev.JSON,
) -> tuple[int, int]:
    """Tokens of the summary, and of the whole context that is left.

    Counted by the server, by the difference the summary makes; estimated where it cannot.
    """
    preamble = session_preamble(state)
    model = ctx.catalogue.model(state.model)
    whole = await ctx.client.count_tokens(build_request(model, preamble, messages))
    rest = await ctx.client.count_tokens(build_request(model, preamble, without))
    if whole is None or rest is None:
        words = [summary, *without[0]["content"]]
        sizes = [estimate_tokens(str(block.get("text") or block.get("content"))) for block in words]
        return sizes[0], state.preamble_tokens + sum(sizes)
    return max(0, whole - rest), whole


def _text(text: str) -> ev.JSON:
    return {"type": "text", "text": text}

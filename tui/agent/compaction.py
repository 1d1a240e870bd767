"""Compaction: a summary takes the place of the whole conversation.

The model writes it for this program (`summary`), or the server does (`server`): on demand, or
by itself from a threshold on. Beside it stand the checklist, the files touched and the next
step, and no thinking is kept (Messages API, "preserved thinking"). The request that asks for
it has the same prefix as every other, so it reads the conversation from the cache. Nothing
changes until the rewrite is committed: a compaction that fails, is interrupted or is killed
half-way leaves the session as it was.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from tui.agent.compaction_policy import (
    has_room,
    is_overfull,
    server_threshold,
    summary_limit,
    to_summarise_tokens,
)
from tui.agent.context_window import context_window
from tui.agent.exchange import exchange
from tui.agent.flow import unless
from tui.agent.means import Means
from tui.agent.shortening import own_summary, shortened_copy, size
from tui.agent.switch import switched
from tui.agent.telling import api_tells
from tui.budget.estimate import estimate_tokens
from tui.budget.wire import WireBudget
from tui.claude.errors import Fault
from tui.claude.progress import Progress, Response
from tui.claude.request import Options, Preamble, Request, build
from tui.session import events as ev
from tui.session.checklist import Checklist
from tui.session.conversation import Conversation, Waiting, summary_at
from tui.session.state import BETWEEN, SessionState

ASK = """\
Write a summary of this conversation, for yourself: you will go on from it alone. Call no tools. \
Put it between <summary> and </summary> and nothing outside. Keep: what the user asked for and how \
they want it done; what was found out, with paths and names; what was changed and why; what was \
decided and what was ruled out; what is unfinished, and the exact next step. Leave out what can be \
read again from the files. At most 1,200 words."""

COPIES = (0.85, 0.4)
"""Parts of the room that shortened copies fill: weights are estimates, and servers differ."""

STAYS = "The conversation stays as it is."
NO_SUMMARY_BY_SERVER = (
    "The server does not shorten conversations of this model on demand: "
    "this program asks the model for a summary instead."
)
FROM_A_COPY = (
    "The conversation is too long to be summarised whole: the summary is made from a copy without "
    "its oldest results."
)
FROM_A_SHORTER_COPY = "That is still too long: the summary is made from a shorter copy."
OWN_SUMMARY = (
    "No summary can be had: the program's own report takes the place of the conversation, with "
    "prompts, checklist, files and the last words."
)

_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)

Item = ev.Event | Progress


class CompactionFailed(Exception):
    """There is no summary; the text says why. The conversation is as it was."""


# How ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to get a summary, and what is told before it is tried."""

    by_server: bool = False
    room: int | None = None
    """Tokens that a shortened copy of the conversation may take; None for the whole of it."""
    told: str = ""


async def compact(
    state: SessionState,
    means: Means,
    instructions: str = "",
    *,
    must: bool = False,
    may_ask: bool = True,
) -> AsyncGenerator[Item, None]:
    """Shorten the conversation; the last event is the `Rewritten`.

    What is too long to be summarised as it is, is summarised from a shortened copy; where even
    that cannot be had, the program's own report takes the place of the conversation.

    Args:
        state: The session; between two requests.
        means: What a turn works with.
        instructions: What the user wants kept in mind.
        must: Whether the conversation does not fit any more, so that it may not stay as it is.
        may_ask: Whether the limits allow a request for a summary.

    Raises:
        CompactionFailed: no summary came; nothing was rewritten.
        Interrupted: the user stopped it; nothing was rewritten.
    """
    async for event in switched(state, means):
        yield event
    must = must or is_overfull(state, means)
    failure: CompactionFailed | None = None
    if may_ask and has_room(state, means):
        async for way in _ways(state, means):
            if way.told:
                yield ev.NoticeShown(sentence=way.told)
            response: Response | Fault | None = None
            async for item in _ask(state, means, instructions, way):
                if isinstance(item, (Response, Fault)):
                    response = item
                else:
                    yield item
            try:
                yield await shortened(state, means, response)
                return
            except CompactionFailed as no_summary:
                failure = no_summary
            if not (isinstance(response, Fault) and response.kind == "context_exceeded"):
                break
            must = True
    if not must:
        raise failure or CompactionFailed(STAYS)
    yield ev.NoticeShown(sentence=OWN_SUMMARY)
    yield _rewritten_by_ourselves(state)


async def _ways(state: SessionState, means: Means) -> AsyncGenerator[_Way, None]:
    """The ways that may lead to a summary, one after the other: the whole first, then copies."""
    by_server = means.strategy == "server"
    if by_server and not await unless(means.desk.interrupt, lambda: _can_ask(state, means)):
        by_server = False
        told_first = NO_SUMMARY_BY_SERVER
    else:
        told_first = ""
    if _fits_whole(state, means):
        yield _Way(by_server, told=told_first)
        told_first = ""
    for part in COPIES:
        told = FROM_A_COPY if part == COPIES[0] else FROM_A_SHORTER_COPY
        yield _Way(
            room=int(_summary_room(state, means) * part), told=f"{told_first} {told}".strip()
        )
        told_first = ""


async def _ask(
    state: SessionState, means: Means, instructions: str, way: _Way
) -> AsyncGenerator[Item | Response | Fault, None]:
    """Ask for a summary one way; the last item is what came of it."""
    request = _request(state, means, instructions, way)
    started = ev.RequestStarted(
        request=state.request + 1,
        turn=state.turn if state.turn_open else BETWEEN,
        model=state.model,
        effort=state.effort,
        top_effort=parameter_effort(state),
        max_tokens=request.max_tokens,
        budget=compaction_budget(state, means, by_server=way.by_server),
        messages=len(request.params["messages"]),
        purpose="compaction",
        shape=request.shape(),
        question=0 if way.by_server else estimate_tokens(_question(instructions)),
        shortened=way.room is not None,
    )
    means.sent.append(request)
    yield started
    async for item in exchange(request, started.request, state.model, means):
        yield item


async def shortened(
    state: SessionState, means: Means, response: Response | Fault | None
) -> ev.Rewritten:
    """The rewrite that puts the summary in `response` in the place of the conversation.

    Raises:
        CompactionFailed: there is no summary in it.
    """
    if isinstance(response, Fault):
        # What was wrong stands in the transcript already, with the request.
        raise CompactionFailed(STAYS)
    summary = summary_of(response.blocks) if response else None
    if response is None or summary is None:
        raise CompactionFailed(f"The model wrote no summary. {STAYS}")
    messages = _standing_for(summary, _beside(state))
    without: list[ev.JSON] = [{"role": "user", "content": _beside(state)}]
    tokens, after = await _weigh(state, means, messages, without, summary)
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


def _rewritten_by_ourselves(state: SessionState) -> ev.Rewritten:
    """The program's own report in the place of the conversation."""
    messages = _standing_for(_text(own_summary(state)), _beside(state))
    return ev.Rewritten(
        reason="compaction",
        messages=tuple(messages),
        before=state.context_used,
        after=state.preamble_tokens + size(messages),
        keeps_texts=True,
    )


def _beside(state: SessionState) -> list[ev.JSON]:
    """What goes on beside a summary: folder and memory files, checklist, files."""
    context = state.preamble.context if state.preamble else ""
    return [_text(text) for text in (context, continuation(state)) if text]


def _fits_whole(state: SessionState, means: Means) -> bool:
    """Whether the request for a summary of the whole conversation fits the window."""
    return to_summarise_tokens(state) <= _summary_room(state, means)


def _summary_room(state: SessionState, means: Means) -> int:
    """Tokens that system text, tools and the conversation to be summarised may take."""
    question = estimate_tokens(ASK)
    return context_window(state, means) - summary_limit(state, means) - question


def summary_of(blocks: Sequence[ev.JSON]) -> ev.JSON | None:
    """The summary in a message, as the block that is sent from then on; None without one.

    The server's own stays byte for byte what it was; of the model's words only what stands
    between the tags counts, tags included.
    """
    at = summary_at(blocks)
    if at is not None:
        return blocks[at]
    words = "\n".join(block["text"] for block in blocks if block.get("type") == "text")
    found = _SUMMARY.search(words)
    return _text(found.group(0)) if found else None


def continuation(state: SessionState) -> str:
    """What goes on beside the summary: the checklist, the files, where the work stands."""
    parts = ["This conversation was shortened: the summary above stands for all of it."]
    if state.checklist:
        parts.append("The checklist, which goes on:\n" + checklist_text(state.checklist))
    if state.files:
        changed = (f"- {path} (+{a} -{r})" for path, (a, r) in list(state.files.items())[:100])
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


async def _can_ask(state: SessionState, means: Means) -> bool:
    """Whether the server summarises on demand: it knows best, then the catalogue."""
    says = await means.line.can_summarize(state.model)
    return means.catalogue.model(state.model).summarize if says is None else says


def _request(state: SessionState, means: Means, instructions: str, way: _Way) -> Request:
    assert state.preamble is not None, "a session has its preamble before its first turn"
    preamble = Preamble(state.preamble.system, state.preamble.tools)
    messages = to_summarise(state.conversation)
    if way.room is not None:
        messages = _copy(state, messages, way.room)
    model = means.catalogue.model(state.model)
    budget = compaction_budget(state, means, by_server=way.by_server)
    most = summary_limit(state, means)
    if way.by_server:
        demand = {"type": "summarize", **({"instructions": instructions} if instructions else {})}
        options = Options(parameter_effort(state), budget, most, compaction=demand)
        return build(model, preamble, messages, options)
    options = Options(parameter_effort(state), budget, most)
    return build(model, preamble, asked(messages, _question(instructions)), options)


def _copy(state: SessionState, messages: list[ev.JSON], room: int) -> list[ev.JSON]:
    """A shortened copy of `messages`, weighed as this session's own contents were."""
    measured = state.context - state.preamble_tokens
    said = size(each.to_json() for each in state.conversation.messages)
    scale = max(state.account.weighing.density, measured / said if said else 1.0)
    return shortened_copy(messages, room - state.preamble_tokens, scale)


def to_summarise(conversation: Conversation) -> list[ev.JSON]:
    """The conversation, results that wait included; prompt and notes wait on behind the summary."""
    waiting = conversation.waiting
    results = Waiting([part for part in waiting.parts if part.is_result])
    behind = [results.message().to_json()] if results else []
    return [*(message.to_json() for message in conversation.messages), *behind]


def _question(instructions: str) -> str:
    return f"{ASK}\n\nThe user adds: {instructions}" if instructions else ASK


def parameter_effort(state: SessionState) -> str | None:
    """The effort in the parameters: that of the requests before, so that the cache holds."""
    return state.top_effort or state.effort


def asked(messages: list[ev.JSON], ask: str) -> list[ev.JSON]:
    """The conversation with the question behind it, in one message with what waits there."""
    if messages and messages[-1]["role"] == "user":
        last = messages[-1]
        return [*messages[:-1], {**last, "content": [*last["content"], _text(ask)]}]
    return [*messages, {"role": "user", "content": [_text(ask)]}]


def compaction_budget(
    state: SessionState, means: Means, *, by_server: bool | None = None
) -> WireBudget | None:
    """The task budget of the request that asks for the summary; None where none is told.

    Args:
        state: The session.
        means: What a turn works with.
        by_server: Whether the server writes it; None: by the setting.
    """
    by_server = means.strategy == "server" if by_server is None else by_server
    told = api_tells(state, means)
    asked, by_server = not by_server, by_server or server_threshold(state, means) is not None
    return state.wire_budget(by_server=by_server, asked=asked) if told else None


def _standing_for(summary: ev.JSON, rest: list[ev.JSON]) -> list[ev.JSON]:
    """The conversation from now on; the server's own summary comes first, as its own message."""
    if summary["type"] == "compaction":
        return [{"role": "assistant", "content": [summary]}, {"role": "user", "content": rest}]
    return [{"role": "user", "content": [summary, *rest]}]


async def _weigh(
    state: SessionState,
    means: Means,
    messages: list[ev.JSON],
    without: list[ev.JSON],
    summary: ev.JSON,
) -> tuple[int, int]:
    """Tokens of the summary, and of the whole context that is left.

    Counted by the server, by the difference the summary makes; estimated where it cannot.
    """
    assert state.preamble is not None, "a session has its preamble before its first turn"
    preamble = Preamble(state.preamble.system, state.preamble.tools)
    model = means.catalogue.model(state.model)
    whole = await means.line.count_tokens(build(model, preamble, messages))
    rest = await means.line.count_tokens(build(model, preamble, without))
    if whole is None or rest is None:
        words = [summary, *without[0]["content"]]
        sizes = [estimate_tokens(str(block.get("text") or block.get("content"))) for block in words]
        return sizes[0], state.preamble_tokens + sum(sizes)
    return max(0, whole - rest), whole


def _text(text: str) -> ev.JSON:
    return {"type": "text", "text": text}

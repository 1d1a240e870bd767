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

from tui.agent.exchange import exchange
from tui.agent.flow import unless
from tui.agent.means import Means
from tui.agent.switch import switched
from tui.agent.telling import api_tells
from tui.agent.tools.estimate import estimate_tokens
from tui.budget.wire import WireBudget
from tui.claude.errors import Fault
from tui.claude.progress import Progress, Response
from tui.claude.request import LEAST_TRIGGER, Options, Preamble, Request, build
from tui.session import events as ev
from tui.session.checklist import Checklist
from tui.session.conversation import summary_at
from tui.session.state import SessionState

SUMMARY_TOKENS = 8_000
"""Most tokens a summary may take; what is left of the budget must be more than that."""

ASK = """\
Write a summary of this conversation, for yourself: you will go on from it alone. Call no tools. \
Put it between <summary> and </summary> and nothing outside. Keep: what the user asked for and how \
they want it done; what was found out, with paths and names; what was changed and why; what was \
decided and what was ruled out; what is unfinished, and the exact next step. Leave out what can be \
read again from the files. At most 1,200 words."""

_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)

Item = ev.Event | Progress


class CompactionFailed(Exception):
    """There is no summary; the text says why. The conversation is as it was."""


# When ---------------------------------------------------------------------------------


def is_due(state: SessionState, means: Means) -> bool:
    """Whether the conversation should be shortened before the next request.

    It is not, when less of the budget is left than the summary may take.
    """
    window = means.catalogue.model(state.model).context
    if means.compact_at is None or state.context < window * means.compact_at:
        return False
    return has_room(state)


def has_room(state: SessionState) -> bool:
    """Whether enough of the budget is left for a summary."""
    return state.left is None or state.left > SUMMARY_TOKENS


def server_threshold(state: SessionState, means: Means) -> int | None:
    """Input tokens from which on the server shortens the conversation by itself.

    None where it is not asked to, or not known to be able to.
    """
    model = means.catalogue.model(state.model)
    if means.strategy != "server" or means.compact_at is None:
        return None
    able = model.compact and means.knows_budgets
    return max(LEAST_TRIGGER, int(model.context * means.compact_at)) if able else None


# How ----------------------------------------------------------------------------------


async def compact(
    state: SessionState, means: Means, instructions: str = ""
) -> AsyncGenerator[Item, None]:
    """Shorten the conversation; the last event is the `Rewritten`.

    Args:
        state: The session; between two requests.
        means: What a turn works with.
        instructions: What the user wants kept in mind.

    Raises:
        CompactionFailed: no summary came; nothing was rewritten.
        Interrupted: the user stopped it; nothing was rewritten.
    """
    async for event in switched(state, means):
        yield event
    by_server = means.strategy == "server"
    if by_server and not await unless(means.desk.interrupt, lambda: _can_ask(state, means)):
        by_server = False
        yield ev.NoticeShown(
            sentence="The server does not shorten conversations of this model on demand: "
            "this program asks the model for a summary instead."
        )
    request = _request(state, means, instructions, by_server=by_server)
    started = ev.RequestStarted(
        request=state.request + 1,
        turn=state.turn,
        model=state.model,
        effort=state.effort,
        top_effort=parameter_effort(state),
        max_tokens=request.max_tokens,
        budget=compaction_budget(state, means, by_server=by_server),
        messages=len(request.params["messages"]),
        purpose="compaction",
        shape=request.shape(),
    )
    means.sent.append(request)
    yield started
    response: Response | None = None
    async for item in exchange(request, started.request, state.model, means):
        if isinstance(item, Fault):
            raise CompactionFailed(f"The summary could not be written. {item.sentence}")
        if isinstance(item, Response):
            response = item
        else:
            yield item
    if response is None:
        raise CompactionFailed("The model wrote no summary: the conversation stays as it is.")
    yield await shortened(state, means, response)


async def shortened(state: SessionState, means: Means, response: Response) -> ev.Rewritten:
    """The rewrite that puts the summary in `response` in the place of the conversation.

    Raises:
        CompactionFailed: there is no summary in it.
    """
    summary = summary_of(response.blocks)
    if summary is None:
        raise CompactionFailed("The model wrote no summary: the conversation stays as it is.")
    context = state.preamble.context if state.preamble else ""
    rest = [_text(text) for text in (context, continuation(state)) if text]
    messages = _standing_for(summary, rest)
    without: list[ev.JSON] = [{"role": "user", "content": rest}]
    tokens, after = await _weigh(state, means, messages, without, summary)
    usage = response.usage
    return ev.Rewritten(
        reason="compaction",
        messages=tuple(messages),
        before=usage.window or usage.total_input,
        after=after,
        summary_message=response.message,
        summary_tokens=min(tokens, usage.output),
    )


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


def _request(state: SessionState, means: Means, instructions: str, *, by_server: bool) -> Request:
    assert state.preamble is not None, "a session has its preamble before its first turn"
    preamble = Preamble(state.preamble.system, state.preamble.tools)
    messages = state.conversation.sendable()
    model, budget = (
        means.catalogue.model(state.model),
        compaction_budget(state, means, by_server=by_server),
    )
    if by_server:
        demand = {"type": "summarize", **({"instructions": instructions} if instructions else {})}
        options = Options(parameter_effort(state), budget, 2 * SUMMARY_TOKENS, compaction=demand)
        return build(model, preamble, messages, options)
    ask = f"{ASK}\n\nThe user adds: {instructions}" if instructions else ASK
    options = Options(parameter_effort(state), budget, 2 * SUMMARY_TOKENS)
    return build(model, preamble, asked(messages, ask), options)


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
        return sizes[0], sum(sizes)
    return max(0, whole - rest), whole


def _text(text: str) -> ev.JSON:
    return {"type": "text", "text": text}

"""Compaction: the whole conversation becomes one message, written by the model itself.

The documented client-side way under preserved thinking: a summary, the checklist, the files
touched and the next step stand in one user message, and no thinking is kept (Messages API,
"preserved thinking"). The request that writes the summary has the same prefix as every
other, so it reads the conversation from the cache. Nothing changes until the rewrite is
committed: one that fails, is interrupted or is killed half-way leaves the session as it was.
"""

import re
from collections.abc import AsyncGenerator, Sequence

from tui.agent.exchange import exchange
from tui.agent.means import Means
from tui.agent.tools.estimate import estimate_tokens
from tui.budget.wire import WireBudget
from tui.claude.errors import Fault
from tui.claude.progress import Progress, Response
from tui.claude.request import Options, Preamble, Request, build
from tui.session import events as ev
from tui.session.checklist import Checklist
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


def is_due(state: SessionState, means: Means) -> bool:
    """Whether the conversation should be shortened before the next request.

    It is not, when less of the budget is left than the summary may take.
    """
    window = means.catalogue.model(state.model).context
    if means.compact_at is None or state.context < window * means.compact_at:
        return False
    return state.left is None or state.left > SUMMARY_TOKENS


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
    request = _request(state, means, instructions)
    started = ev.RequestStarted(
        request=state.request + 1,
        turn=state.turn,
        model=state.model,
        effort=state.effort,
        max_tokens=request.max_tokens,
        budget=_budget(state, means),
        messages=len(request.params["messages"]),
        purpose="compaction",
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
    summary = summary_of(response.blocks) if response else None
    if response is None or summary is None:
        raise CompactionFailed("The model wrote no summary: the conversation stays as it is.")
    yield await _rewritten(state, means, response, summary)


def summary_of(blocks: Sequence[ev.JSON]) -> str | None:
    """The summary in a message, its tags included; None where there is none."""
    text = "\n".join(block["text"] for block in blocks if block.get("type") == "text")
    found = _SUMMARY.search(text)
    return found.group(0) if found else None


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


def _request(state: SessionState, means: Means, instructions: str) -> Request:
    preamble = state.preamble
    assert preamble is not None, "a session has its preamble before its first turn"
    model = means.catalogue.model(state.model)
    ask = f"{ASK}\n\nThe user adds: {instructions}" if instructions else ASK
    return build(
        model,
        Preamble(preamble.system, preamble.tools),
        _asked(state.conversation.sendable(), ask),
        Options(effort=state.effort, budget=_budget(state, means), max_tokens=2 * SUMMARY_TOKENS),
    )


def _asked(messages: list[ev.JSON], ask: str) -> list[ev.JSON]:
    """The conversation with the question behind it, in one message with what waits there."""
    block = {"type": "text", "text": ask}
    if messages and messages[-1]["role"] == "user":
        last = messages[-1]
        return [*messages[:-1], {**last, "content": [*last["content"], block]}]
    return [*messages, {"role": "user", "content": [block]}]


def _budget(state: SessionState, means: Means) -> WireBudget | None:
    told = means.catalogue.model(state.model).task_budget and means.knows_budgets
    return state.wire_budget() if told else None


async def _rewritten(
    state: SessionState, means: Means, response: Response, summary: str
) -> ev.Rewritten:
    context = state.preamble.context if state.preamble else ""
    rest = [{"type": "text", "text": text} for text in (context, continuation(state)) if text]
    message: ev.JSON = {"role": "user", "content": [{"type": "text", "text": summary}, *rest]}
    tokens, after = await _weigh(state, means, message, summary)
    return ev.Rewritten(
        reason="compaction",
        messages=(message,),
        before=response.usage.window,
        after=after,
        summary_message=response.message,
        summary_tokens=min(tokens, response.usage.budget_output),
    )


async def _weigh(
    state: SessionState, means: Means, message: ev.JSON, summary: str
) -> tuple[int, int]:
    """Tokens of the summary, and of the whole context that is left.

    Counted by the server, by the difference the summary makes; estimated where it cannot.
    """
    preamble = state.preamble
    assert preamble is not None
    model = means.catalogue.model(state.model)
    whole = build(model, Preamble(preamble.system, preamble.tools), [message])
    rest = {**message, "content": message["content"][1:]}
    without = build(model, Preamble(preamble.system, preamble.tools), [rest])
    with_it, without_it = (
        await means.line.count_tokens(whole),
        await means.line.count_tokens(without),
    )
    if with_it is None or without_it is None:
        tokens = estimate_tokens(summary)
        return tokens, sum(estimate_tokens(block["text"]) for block in message["content"])
    return max(0, with_it - without_it), with_it

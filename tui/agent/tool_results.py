"""Results of tool calls that have none of their own: refused, interrupted, or never looked at."""

from collections.abc import Sequence

from tui.budget.token_estimate import estimate_tokens
from tui.session import events as ev

SUMMARIES: dict[ev.ToolOutcome, str] = {
    "denied": "denied",
    "interrupted": "interrupted",
    "not_run": "not run",
}
"""What the line of such a call says; nothing for the others."""


def unrun_call_result(
    request: int, tool_use: str, name: str, words: str, outcome: ev.ToolOutcome
) -> ev.ToolFinished:
    """The event that answers a call that has no result of its own.

    Args:
        request: Number of the request that asked for it.
        tool_use: Id of the call.
        name: The tool.
        words: Why it has no result, for the model.
        outcome: How the call ended.
    """
    return ev.ToolFinished(
        request=request,
        tool_use=tool_use,
        name=name,
        content=words,
        outcome=outcome,
        estimate=estimate_tokens(words),
        summary=SUMMARIES.get(outcome, ""),
    )


def skipped_call_results(request: int, calls: Sequence[ev.JSON], words: str) -> list[ev.Event]:
    """The events that answer calls which nobody looks at.

    Args:
        request: Number of the request that asked for them.
        calls: The calls, verbatim.
        words: Why the program skips them, for the model.
    """
    return [
        unrun_call_result(request, call["id"], call["name"], words, "not_run") for call in calls
    ]

"""Calls that are not even looked at: each is answered all the same."""

from collections.abc import Sequence

from tui.agent.tools.tool_estimate import estimate_tokens
from tui.session import events as ev


def skipped_call_results(request: int, calls: Sequence[ev.JSON], words: str) -> list[ev.Event]:
    """The events that answer calls which are not even looked at.

    Args:
        request: Number of the request that asked for them.
        calls: The calls, verbatim.
        words: Why not, for the model.
    """
    return [
        ev.ToolFinished(
            request=request,
            tool_use=call["id"],
            name=call["name"],
            content=words,
            outcome="not_run",
            estimate=estimate_tokens(words),
            summary="not run",
        )
        for call in calls
    ]

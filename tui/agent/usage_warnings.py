"""Warnings about servers that report usage which cannot be true, once for each reason."""

import re

from tui.agent.turn_context import RunState
from tui.claude.response import Response
from tui.session import events as ev


def usage_warnings(response: Response, run: RunState) -> list[ev.Event]:
    """A warning about the usage of `response`; nothing where the user had it already."""
    reason = re.sub(r"\(.*|[\d,]+", "", response.estimate_reason).strip()
    if not reason or reason in run.reported_usage_issues:
        return []
    run.reported_usage_issues.add(reason)
    sentence = (
        f"This server {response.estimate_reason}: figures of such answers are estimates, marked "
        "≈, and have "
        "no price."
    )
    return [ev.NoticeShown(sentence=sentence)]

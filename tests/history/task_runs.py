"""Task runs as the tests write them."""

import msgspec

from tui.budget.ledger import Usage
from tui.history.task_run import TaskRun
from tui.session import events as ev


def task(spend: int = 1_000, end: str = "completed", **more: object) -> TaskRun:
    """A run; a bug fix at high unless told otherwise."""
    plain = {
        "source": "glideslope",
        "session": "s",
        "started": 0.0,
        "ended": 1.0,
        "kind": "bug fix",
        "model": "new",
        "effort": "high",
    }
    return msgspec.convert(plain | {"spend": spend, "end": end} | more, TaskRun)


def asked(turn: int, text: str = "Fix it", output: int = 100) -> list[ev.Event]:
    """The events of a turn with one request."""
    return [
        ev.PromptSubmitted(turn=turn, text=text, content=({"type": "text", "text": text},)),
        ev.RequestStarted(
            request=turn,
            turn=turn,
            model="claude-opus-5-5",
            effort="high",
            max_tokens=9_000,
            budget=None,
            messages=1,
        ),
        ev.RequestFinished(
            request=turn,
            message=f"m{turn}",
            model="claude-opus-5-5",
            blocks=({"type": "text", "text": "ok"},),
            usage=Usage(input=100, output=output),
            raw_usage={},
            stop_reason="end_turn",
        ),
        ev.TurnEnded(turn=turn, reason="completed"),
    ]

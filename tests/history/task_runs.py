"""Task runs as the tests write them."""

import msgspec

from tui.history.task_run import TaskRun


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

"""What a desktop notification says, and of which events there is none."""

import pytest

from tui.reports.notification_text import notification
from tui.session import events as ev


def end(reason: ev.TurnEndReason, sentence: str = "", budget: int | None = None) -> ev.TurnEnded:
    return ev.TurnEnded(turn=1, reason=reason, sentence=sentence, budget=budget)


def asked(subject: str) -> ev.PermissionAsked:
    return ev.PermissionAsked(tool_use="t", name="bash", subject=subject, reason="runs")


TOLD: list[tuple[ev.Event, float, tuple[str, str]]] = [
    (asked("make all"), 0, ("waits", "app: waits for your permission: bash make all")),
    (asked("a\x1b]9;b\x07\x9bc\u202e"), 0, ("waits", "app: waits for your permission: bash a")),
    (ev.LimitReached(limit="budget", sentence="It is reached."), 0,
     ("waits", "app: waits for your answer: It is reached.")),
    (end("declined", budget=9), 0, ("waits", "app: needs a bigger budget to go on")),
    (end("landed"), 1, ("landed", "app: landed with a report of what is left")),
    (end("error", "No route."), 1, ("failed", "app: stopped by an error. No route.")),
    (end("no_progress"), 1, ("failed", "app: stopped without progress.")),
    (end("paused"), 1, ("waits", "app: paused at a limit")),
    (end("completed"), 75, ("done", "app: done in 1m 15s")),
]  # fmt: skip


@pytest.mark.parametrize(("event", "seconds", "said"), TOLD)
def test_what_is_told(event: ev.Event, seconds: float, said: tuple[str, str]):
    told = notification(event, "app\n", seconds)
    assert told is not None and told.kind == said[0] and told.text.startswith(said[1])
    assert told.text.isprintable() and len(told.text) <= 140


@pytest.mark.parametrize(
    "event",
    [end("completed"), end("interrupted"), end("stopped"), ev.NoticeShown(sentence="x")],
)
def test_what_the_user_did_or_sees_anyway_is_not_told(event: ev.Event):
    assert notification(event, "app", 5.0) is None

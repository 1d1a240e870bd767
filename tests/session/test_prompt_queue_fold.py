"""What the user sent and nobody has read is known from the log, whatever happens behind it."""

import pytest

from tests.session.folded_log import FoldedLog
from tui.session import events as ev


def queue(text: str) -> ev.Event:
    return ev.PromptQueued(text=text)


def take_back(text: str) -> ev.Event:
    return ev.PromptTakenBack(text=text)


def steer(text: str) -> ev.Event:
    return ev.NoteSent(text=f"The user says, while you work:\n{text}", reason="steering")


def prompt(turn: int, text: str) -> ev.Event:
    return ev.PromptSubmitted(turn=turn, text=text, content=())


def end(turn: int) -> ev.Event:
    return ev.TurnEnded(turn=turn, reason="interrupted")


LOGS: list[tuple[str, list[ev.Event], list[str]]] = [
    ("in a turn", [prompt(1, "go"), queue("a"), queue("b")], ["a", "b"]),
    ("read", [prompt(1, "go"), queue("a"), queue("b\nc"), steer("a"), steer("b\nc")], []),
    ("read in part", [prompt(1, "go"), queue("a"), queue("b"), steer("a")], ["b"]),
    ("taken back", [prompt(1, "go"), queue("a"), queue("b"), take_back("b")], ["a"]),
    ("the turn ended before it was read", [prompt(1, "go"), queue("a"), end(1)], ["a"]),
    ("given back, then another prompt", [prompt(1, "go"), queue("a"), end(1), prompt(2, "b")], []),
    ("before its turn is in the log", [queue("a"), prompt(1, "go")], ["a"]),
    ("between turns, then sent", [prompt(1, "go"), end(1), queue("a"), prompt(2, "a")], []),
    ("one of two sent", [queue("a"), queue("b"), prompt(1, "a")], ["b"]),
    ("the same words again", [prompt(1, "go"), queue("a"), end(1), queue("a"), prompt(2, "b")],
     ["a"]),
]  # fmt: skip


@pytest.mark.parametrize(("events", "queued"), [pytest.param(*row[1:], id=row[0]) for row in LOGS])
def test_what_was_sent_and_not_read(events: list[ev.Event], queued: list[str]):
    log = FoldedLog()
    log.append(*events)
    assert list(log.state.queued_prompts) == queued

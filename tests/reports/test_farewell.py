"""The line that is left in the shell after the program."""

from decimal import Decimal
from typing import Any

import pytest

from tests.session.log_events import ended, exchange, prompt, started
from tui.reports.farewell import farewell_line
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.state import SessionState


def state(*more: ev.Event, said: bool = True) -> SessionState:
    talk: list[Any] = [prompt(1, "hello"), *exchange(1, 1, 100, "0.10", "m"), ended(1)]
    every = [started("20261201-001", "/p"), *(talk if said else []), *more]
    return fold(ev.Record(seq, 1_000.0 + seq, event) for seq, event in enumerate(every, 1))


@pytest.mark.parametrize(
    ("more", "simulated", "line"),
    [
        (
            [],
            False,
            "Session saved: {used} tokens used, $0.10. To go on:\n  glideslope -r 20261201-001",
        ),
        (
            [ev.SessionNamed(name="docs")],
            False,
            "Session docs saved: {used} tokens used, $0.10. To go on:\n  glideslope -r docs",
        ),
        (
            [ev.SessionNamed(name="two words")],
            True,
            "Session two words saved: {used} tokens used. "
            "To go on:\n  glideslope --simulate -r 'two words'",
        ),
    ],
)
def test_it_says_what_was_used_and_how_to_go_on(more: list[Any], simulated: bool, line: str):
    found = state(*more)
    assert found.bill.dollars == Decimal("0.10")
    said = farewell_line(found, simulated=simulated)
    assert said == line.format(used=f"{found.ledger.charged:,}")


def test_a_session_in_which_nothing_was_said_leaves_no_line():
    assert farewell_line(state(said=False), simulated=False) == ""

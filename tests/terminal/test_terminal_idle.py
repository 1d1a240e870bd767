"""An idle program does nothing: no CPU, no painting but the countdown of the prompt cache."""

import pytest

pytestmark = pytest.mark.terminal

DONE = "── done"
SPAN = 2.0
"""Seconds of idleness that are watched."""


def test_before_the_first_prompt_nothing_is_painted_and_nothing_computed(fly) -> None:
    terminal = fly()
    while terminal.listen(0.5):
        pass
    ticks = terminal.cpu_ticks
    assert terminal.listen(SPAN) == b""
    assert terminal.cpu_ticks - ticks <= 4


def test_after_a_turn_only_the_countdown_of_the_cache_moves(fly) -> None:
    terminal = fly().say("hello").wait_for(DONE)
    terminal.wait_until_gone("· esc interrupt").listen(1)
    ticks = terminal.cpu_ticks
    painted = terminal.listen(SPAN)
    assert terminal.cpu_ticks - ticks <= 6
    # One row of one panel, once a second.
    assert len(painted) <= 3 * 400, painted

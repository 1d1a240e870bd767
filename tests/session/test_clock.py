"""A clock that is set back, or a night between a crash and the next start: no figure is absurd."""

from collections.abc import Sequence

import pytest

from tests.session.log_events import ended, exchange, prompt, started
from tui.session import events as ev
from tui.session import meter_readings
from tui.session.event_fold import fold
from tui.session.meter_readings import read_meters
from tui.session.state import SessionState


@pytest.fixture(autouse=True)
def pace_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """These sessions are shorter than the work after which a pace is told."""
    monkeypatch.setattr(meter_readings, "PACE_SECONDS", 0)


def at(*steps: tuple[float, Sequence[ev.Event]]) -> SessionState:
    """The state after events that came at these seconds; those of one step came together."""
    every = [(moment, event) for moment, events in steps for event in events]
    return fold(ev.Record(seq, moment, event) for seq, (moment, event) in enumerate(every, 1))


def test_a_clock_set_back_in_mid_turn_takes_away_no_time():
    """Ten seconds of work, an hour back, twenty seconds more; then ten in the next turn."""
    first, second, third = (exchange(n, 1 + n // 3, 1_000, None, f"m{n}") for n in (1, 2, 3))
    state = at(
        (10_000, [started(), ev.BudgetGranted(total=60_000), prompt(1, "go")]),
        (10_010, first),
        (6_400, []),
        (6_410, [second[0]]),
        (6_430, [second[1], ended(1)]),
        (6_500, [prompt(2, "more"), third[0]]),
        (6_510, [third[1], ended(2)]),
    )
    assert state.work_clock.seconds == 10 + 20 + 10
    assert state.work_clock.seconds_by_turn == {1: 10 + 20, 2: 10}
    figures = read_meters(state)
    assert figures.working_seconds == 40
    assert figures.budget is not None
    assert figures.budget.burn_down == ((0.0, 60_000), (10, 59_000), (30, 58_000), (40, 57_000))
    assert figures.budget.per_minute == figures.per_minute == 2_000 * 60 / 30


def test_a_pace_over_no_time_at_all_is_not_told():
    first, second = exchange(1, 1, 1_000, None, "m1"), exchange(2, 1, 1_000, None, "m2")
    state = at(
        (10_000, [started(), ev.BudgetGranted(total=60_000), prompt(1, "go")]),
        (10_010, first),
        (6_400, second),
    )
    figures = read_meters(state)
    assert figures.budget is not None
    assert figures.budget.per_minute is None


def test_the_open_turn_counts_up_to_now_and_never_backwards():
    state = at((10_000, [started(), prompt(1, "go")]), (10_007, exchange(1, 1, 9, None, "m")))
    assert state.active_seconds_until(10_009) == 9
    assert state.active_seconds_until(3_000) == 7


def test_the_night_after_a_crash_is_no_work():
    request, _ = exchange(1, 1, 9, None, "m")
    state = at(
        (10_000, [started(), prompt(1, "go")]),
        (10_020, [request]),
        (
            96_400,
            [
                ev.RequestFailed(request=1, reason="crashed", output=5),
                ev.TurnEnded(turn=1, reason="crashed"),
            ],
        ),
    )
    assert state.work_clock.seconds == 20


ASKED = ev.PermissionAsked(tool_use="t", name="write", subject="a", reason="writes a file")
PERMITTED = ev.PermissionAnswered(tool_use="t", answer="once")
REACHED = ev.LimitReached(limit="requests", sentence="Enough.")
FURTHER = ev.LimitAnswered(answer="extend")


@pytest.mark.parametrize(("question", "answer"), [(ASKED, PERMITTED), (REACHED, FURTHER)])
def test_waiting_for_the_user_is_no_work(question: ev.Event, answer: ev.Event):
    """Ten seconds to the question, 33 till the answer, five of work behind it: 15."""
    first, second = exchange(1, 1, 1_000, None, "m1"), exchange(2, 1, 500, None, "m2")
    state = at(
        (10_000, [started(), ev.BudgetGranted(total=60_000), prompt(1, "go")]),
        (10_010, [*first, question]),
        (10_043, [answer]),
        (10_048, second),
    )
    assert state.work_clock.seconds == 15
    assert state.active_seconds_until(10_050) == 17
    figures = read_meters(state)
    assert figures.budget is not None
    assert figures.budget.per_minute == 500 * 60 / 5


def test_while_the_user_is_asked_the_clock_stands():
    state = at((10_000, [started(), prompt(1, "go")]), (10_010, [ASKED]))
    assert state.active_seconds_until(10_500) == 10


def test_a_question_that_was_left_alone_stands_for_its_turn_only():
    state = at(
        (10_000, [started(), prompt(1, "go")]),
        (10_010, [REACHED]),
        (10_500, [ended(1)]),
        (10_600, [prompt(2, "on")]),
        (10_607, exchange(1, 2, 9, None, "m")),
    )
    assert state.work_clock.seconds == 17

"""What is left to do by the newest word, and what a plan costs beside its subtasks."""

from typing import get_args

import pytest
from msgspec import structs

from tests.session.log_events import TickingClock, exchange, prompt, started
from tui.budget.forecast import Forecast
from tui.budget.stages import StageThresholds
from tui.budget.wire_budget import Scope
from tui.session import events as ev
from tui.session.checklist import SubtaskCounts, SubtaskUpdate
from tui.session.event_fold import fold
from tui.session.fallback_report import (
    fallback_report,
    more_to_finish_work,
    session_forecast,
    sufficient_budget,
    tokens_to_finish,
)
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp

Part = ev.Event | tuple[ev.Event, ...]
"""An event of a log, or several."""


def folded(*parts: Part) -> SessionState:
    """The state after events, some of them several."""
    now = TickingClock()
    events = [each for part in parts for each in (part if isinstance(part, tuple) else (part,))]
    return fold(ev.Record(seq, now(), event) for seq, event in enumerate(events, start=1))


def spent(request: int, tokens: int) -> tuple[ev.Event, ...]:
    """A request of the first turn whose answer has so many tokens."""
    return tuple(exchange(request, 1, tokens, None, f"msg_{request}"))


def worked(request: int, subtask: str, tokens: int) -> tuple[ev.Event, ...]:
    """A request of the first turn that is charged to a subtask."""
    began, finished = spent(request, tokens)
    assert isinstance(began, ev.RequestStarted)
    return (structs.replace(began, subtask=subtask), finished)


def planned(size: int | None = 1_000, **states: str) -> ev.ChecklistChanged:
    """Subtasks of so many estimated tokens each, in these states."""
    return ev.ChecklistChanged(
        updates=tuple(
            SubtaskUpdate(id=name, state=state, estimate=size)  # type: ignore[arg-type]
            for name, state in states.items()
        )
    )


def reported(estimate: int | None, *pieces: str) -> ev.WrappedUp:
    report = WrapUp(not_started=pieces, estimate_to_finish=estimate)
    return ev.WrappedUp(turn=1, report=report, by="model")


MEASURED: tuple[Part, ...] = (
    planned(a="in_progress", b="in_progress", c="in_progress", d="pending"),
    *(worked(at, name, 1_500) for at, name in enumerate("abc", 1)),
    planned(a="done", b="done", c="done"),
)
"""Three done at half as much again as estimated, so (3 × 1.5 + 2) ÷ 5 = 1.3; d is open: 1,300."""


def test_only_what_was_spent_while_the_plan_was_open_is_its_overhead():
    """9,000 before the plan; 800 while it was open, of 3,000 done: d takes 800 × 1 ÷ 3 more."""
    state = folded(started(), prompt(1, "go"), spent(9, 9_000), *MEASURED)
    assert tokens_to_finish(state) == 1_300
    state = folded(started(), prompt(1, "go"), *MEASURED, spent(9, 800))
    assert tokens_to_finish(state) == 1_300 + 267


def test_a_plan_that_is_finished_tells_nothing_about_the_next_prompt():
    """Three small ones are done. Those of the next prompt are estimated at 10,000 each."""
    log: list[Part] = [started(), prompt(1, "explain it"), *MEASURED, planned(d="skipped")]
    assert tokens_to_finish(folded(*log)) == 0
    log += [prompt(2, "rewrite it")]
    assert list(folded(*log).plan) == ["a", "b", "c", "d"], "till there is another one"
    assert tokens_to_finish(folded(*log)) == 0
    names = ("v", "w", "x", "y", "z")
    log += [planned(10_000, **dict.fromkeys(names, "pending"))]
    state = folded(*log)
    assert session_forecast(state) == Forecast(None)
    assert list(state.plan) == list(names)
    report = fallback_report(state)
    assert report is not None
    assert (report.done, report.total) == ((), 5)
    log += [worked(20 + at, name, 10_000) for at, name in enumerate(names[:3])]
    log += [planned(10_000, v="done", w="done", x="done")]
    assert tokens_to_finish(folded(*log)) == 20_000


def test_a_prompt_that_finds_open_subtasks_goes_on_with_their_plan():
    log: list[Part] = [started(), prompt(1, "go"), *MEASURED, prompt(2, "continue")]
    assert tokens_to_finish(folded(*log)) == 1_300
    log += [planned(2_000, e="pending")]
    assert tokens_to_finish(folded(*log)) == 3_900
    log += [prompt(3, "continue"), planned(d="done", e="done"), prompt(4, "again")]
    log += [planned(e="in_progress")]
    assert list(folded(*log).plan) == ["e"], "opened again"


@pytest.mark.parametrize(
    ("pieces", "estimate", "beyond"),
    [
        ((), 7_000, False),
        (("d",), 7_000, False),
        (("d", "160 more files"), 2_000_000, True),
        (("d", "160 more files"), None, True),
    ],
)
def test_a_report_that_names_more_pieces_than_are_open_knows_of_work_in_no_plan(
    pieces: tuple[str, ...], estimate: int | None, beyond: bool
):
    """What it estimates is in no figure: nobody measured it."""
    log: list[Part] = [started(), prompt(1, "go"), *MEASURED, reported(estimate, *pieces)]
    assert session_forecast(folded(*log)) == Forecast(1_300, measured=3, beyond_plan=beyond)


def test_a_report_counts_until_the_checklist_says_something_newer():
    log: list[Part] = [started(), prompt(1, "go"), *MEASURED, planned(d="done"), spent(8, 100)]
    assert tokens_to_finish(folded(*log)) == 0
    assert tokens_to_finish(folded(*log, reported(0))) == 0
    log += [reported(30_000)]
    assert session_forecast(folded(*log)) == Forecast(None, measured=4, beyond_plan=True)
    log += [spent(9, 500)]
    assert tokens_to_finish(folded(*log, planned(d="done"))) == 0
    assert tokens_to_finish(folded(*log, prompt(2, "go on"))) is None
    assert session_forecast(folded(*log, prompt(2, "go on"), planned(z="pending"))) == Forecast(
        None
    )


def test_without_a_checklist_only_a_report_tells_that_work_is_left():
    log = (started(), prompt(1, "go"), spent(1, 500))
    assert session_forecast(folded(*log, reported(7_000))) == Forecast(None, beyond_plan=True)
    assert session_forecast(folded(*log, reported(None))) is None


def test_work_without_a_plan_or_a_changed_file_has_a_report_and_mere_talk_has_none():
    talk = (started(), prompt(1, "read it\nall of it"), spent(1, 100))
    assert fallback_report(folded(*talk)) is None
    read = ev.ToolFinished(
        request=1, tool_use="t", name="read", content="x", outcome="done", estimate=9
    )
    assert fallback_report(folded(*talk, read)) == WrapUp(next_step="go on with “read it”")
    assert fallback_report(folded(*talk, read, prompt(2, "hello"))) is None


def test_a_skipped_subtask_is_no_part_of_the_work_for_report_and_outlook_alike():
    state = folded(
        started(), prompt(1, "go"), planned(a="done", b="pending", c="skipped"), spent(1, 10)
    )
    report = fallback_report(state)
    assert report is not None
    assert (len(report.done), report.total) == (1, 2)
    assert state.plan_outlook.counts == SubtaskCounts(done=1, pending=1, skipped=1)


def granted(scope: Scope, *parts: Part, rest: int | None = None) -> SessionState:
    """A session with a budget of 30,000, of which its first prompt used 20,000.

    Args:
        scope: Of the budget.
        parts: What follows.
        rest: What the open subtask takes, by an estimate that held for three others.
    """
    grant = ev.BudgetGranted(total=30_000, scope=scope, source="test")
    log: list[Part] = [started(), grant, prompt(1, "go")]
    if rest is None:
        return folded(*log, spent(1, 20_000), *parts)
    names = ("a", "b", "c")
    log += [spent(9, 5_000), planned(5_000, **dict.fromkeys(names, "in_progress"))]
    log += [worked(at, name, 5_000) for at, name in enumerate(names, 1)]
    log += [planned(5_000, **dict.fromkeys(names, "done")), planned(rest, d="pending")]
    return folded(*log, *parts)


@pytest.mark.parametrize(
    ("scope", "rest", "more"),
    [
        ("session", 16_000, 10_000),  # 10,000 left; 6,000 and 8 % of 38,400 are 9,072
        ("session", 7_000, 0),
        ("turn", 16_000, 0),  # the next prompt has 30,000 again
        ("turn", 35_000, 10_000),  # 5,000 and 8 % of 37,400 are 7,992
        ("session", None, 0),
        ("turn", None, 0),
    ],
)
def test_what_the_next_prompt_lacks_is_counted_from_what_it_will_have(
    scope: Scope, rest: int | None, more: int
):
    state = granted(scope, rest=rest)
    assert more_to_finish_work(state, StageThresholds()) == more
    assert sufficient_budget(state, StageThresholds(), None) == (30_000 + more if more else None)


@pytest.mark.parametrize(
    ("output", "more"),
    [(7_599, 0), (7_600, 20_000)],  # 2,400 are kept for the wrap-up
)
def test_where_nothing_tells_a_budget_down_to_its_reserve_needs_more(output: int, more: int):
    session, turn = (granted(scope, spent(2, output)) for scope in get_args(Scope))
    assert more_to_finish_work(session, StageThresholds()) == more
    assert more_to_finish_work(turn, StageThresholds()) == 0


def test_without_a_budget_nothing_is_lacking():
    state = folded(started(), prompt(1, "go"), *MEASURED)
    assert more_to_finish_work(state, StageThresholds()) == 0
    assert sufficient_budget(state, StageThresholds(), None) is None


@pytest.mark.parametrize(("most", "enough"), [(50_000, 40_000), (35_000, 35_000), (30_000, None)])
def test_a_sufficient_budget_is_at_most_what_a_cap_allows(most: int, enough: int | None):
    assert sufficient_budget(granted("session", rest=16_000), StageThresholds(), most) == enough

"""What is left to do by the newest word, and what a plan costs beside its subtasks."""

from typing import get_args

import pytest

from tests.session.log_events import TickingClock, exchange, prompt, started
from tui.budget.forecast import Forecast
from tui.budget.stages import StageThresholds
from tui.budget.wire_budget import Scope
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
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


def folded(*parts: ev.Event | tuple[ev.Event, ...]) -> SessionState:
    """The state after events, some of them several."""
    now = TickingClock()
    events = [each for part in parts for each in (part if isinstance(part, tuple) else (part,))]
    return fold(ev.Record(seq, now(), event) for seq, event in enumerate(events, start=1))


def spent(request: int, tokens: int) -> tuple[ev.Event, ...]:
    """A request of the first turn whose answer has so many tokens."""
    return tuple(exchange(request, 1, tokens, None, f"msg_{request}"))


def planned(**states: str) -> ev.ChecklistChanged:
    """Subtasks of 1,000 estimated tokens each, in these states."""
    return ev.ChecklistChanged(
        updates=tuple(
            SubtaskUpdate(id=name, state=state, estimate=1_000)  # type: ignore[arg-type]
            for name, state in states.items()
        )
    )


def reported(estimate: int | None) -> ev.WrappedUp:
    return ev.WrappedUp(turn=1, report=WrapUp(estimate_to_finish=estimate), by="model")


def test_only_what_was_spent_while_the_plan_was_open_is_its_overhead():
    """9,000 before it was made; 3,000 while it was open, half of them for each: 1,000 + 1,500."""
    state = folded(
        started(),
        prompt(1, "go"),
        spent(1, 9_000),
        planned(a="pending", b="pending"),
        spent(2, 3_000),
        planned(a="done"),
    )
    assert session_forecast(state) == Forecast(complete=0.5, to_finish=2_500)


def test_what_is_spent_between_two_plans_is_nobody_s_overhead():
    """2,000 for the first plan and 4,000 for talk: 1,000 and half of 2,000 for the second."""
    state = folded(
        started(),
        prompt(1, "go"),
        planned(a="pending"),
        spent(1, 2_000),
        planned(a="done"),
        spent(2, 4_000),
        planned(b="pending"),
    )
    assert tokens_to_finish(state) == 2_000


def test_a_report_counts_until_the_checklist_says_something_newer():
    """30,000 by the report, 5,000 of it spent since; then 1,000 for the one that is planned."""
    filed = (
        started(),
        prompt(1, "go"),
        spent(1, 1_000),
        planned(a="done"),
        spent(2, 100),
        reported(30_000),
    )
    assert tokens_to_finish(folded(*filed)) == 30_000
    assert (
        tokens_to_finish(folded(*filed, spent(3, 300))) == 30_000
    )  # its closing words do none of it
    later = (*filed, prompt(2, "go on"), spent(3, 5_000))
    assert tokens_to_finish(folded(*later)) == 25_000
    assert session_forecast(folded(*later)).complete < 0.1
    assert tokens_to_finish(folded(*later, planned(b="pending"))) < 10_000


@pytest.mark.parametrize(
    ("pieces", "rest"),
    [((), 1_000), (("a",), 1_000), (("a", "the tests"), 7_000), (("a", "b", "c"), 7_000)],
)
def test_a_report_counts_where_it_knows_of_more_pieces_than_the_checklist(
    pieces: tuple[str, ...], rest: int
):
    """One subtask of 1,000 is open, in the same answer: 7,000 only where more is named."""
    report = WrapUp(not_started=pieces, estimate_to_finish=7_000)
    filed = ev.WrappedUp(turn=1, report=report, by="model")
    state = folded(started(), prompt(1, "go"), spent(1, 500), filed, planned(a="in_progress"))
    assert tokens_to_finish(state) == rest
    assert session_forecast(state).unplanned == rest - 1_000


def test_without_a_checklist_the_report_is_all_that_tells():
    state = folded(started(), prompt(1, "go"), spent(1, 500), reported(7_000))
    assert tokens_to_finish(state) == 7_000


def test_a_report_without_an_estimate_leaves_it_to_the_checklist():
    state = folded(started(), prompt(1, "go"), planned(a="pending"), spent(1, 500), reported(None))
    assert tokens_to_finish(state) == 1_000


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
    assert session_forecast(state).complete == 0.5


def granted(scope: Scope, *parts: ev.Event | tuple[ev.Event, ...]) -> SessionState:
    """A session with a budget of 30,000, of which its first prompt used 20,000."""
    grant = ev.BudgetGranted(total=30_000, scope=scope, source="test")
    return folded(started(), grant, prompt(1, "go"), spent(1, 20_000), *parts)


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
    state = granted(scope, *([reported(rest)] if rest is not None else []))
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
    state = folded(started(), prompt(1, "go"), reported(9_000))
    assert more_to_finish_work(state, StageThresholds()) == 0
    assert sufficient_budget(state, StageThresholds(), None) is None


@pytest.mark.parametrize(("most", "enough"), [(50_000, 40_000), (35_000, 35_000), (30_000, None)])
def test_a_sufficient_budget_is_at_most_what_a_cap_allows(most: int, enough: int | None):
    assert (
        sufficient_budget(granted("session", reported(16_000)), StageThresholds(), most) == enough
    )

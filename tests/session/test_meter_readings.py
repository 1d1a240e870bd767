"""The meters of a session, as the screen reads them."""

from itertools import pairwise
from typing import Any

import pytest

from tests.session.log_events import TickingClock, exchange, prompt, started
from tui.budget.forecast import BudgetFit, Forecast
from tui.budget.meters import LimitMeter
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.event_fold import fold
from tui.session.meter_readings import rate_limits, read_meters
from tui.session.state import SessionState
from tui.session.usage_breakdown import group_usage
from tui.session.usage_details import UsageDetails


def told(*events: ev.Event) -> SessionState:
    now = TickingClock()
    return fold(ev.Record(seq, now(), event) for seq, event in enumerate(events, start=1))


def planned_log(rest: int) -> list[ev.Event]:
    """A budget of 40,000, three subtasks done at their estimate of 400 each, `rest` to come."""
    names = ("a", "b", "c")
    begun = [SubtaskUpdate(id=id, state="in_progress", estimate=400) for id in names]
    log: list[ev.Event] = [
        started(),
        ev.BudgetGranted(total=40_000, source="test"),
        prompt(1, "go"),
        ev.ChecklistChanged(updates=(*begun, SubtaskUpdate(id="d", estimate=rest))),
    ]
    for at, id in enumerate(names, start=1):
        request, response = exchange(at, 1, 400, None, f"msg_{at}")
        log += [ev.RequestStarted(**{**_fields(request), "subtask": id}), response]
    done = tuple(SubtaskUpdate(id=id, state="done") for id in names)
    return [*log, ev.ChecklistChanged(updates=done)]


def test_the_forecast_is_read_from_checklist_and_ledger():
    found = read_meters(told(*planned_log(35_000)))
    assert (found.forecast, found.fit) == (Forecast(35_000, measured=3), BudgetFit("fits"))
    nothing_open = ev.ChecklistChanged(updates=(SubtaskUpdate(id="d", state="skipped"),))
    found = read_meters(told(*planned_log(35_000), nothing_open))
    assert (found.forecast, found.fit) == (Forecast(0, measured=3), None)
    found = read_meters(told(*planned_log(35_000), ev.BudgetGranted(total=None, source="test")))
    assert (found.forecast, found.fit) == (Forecast(35_000, measured=3), None)


@pytest.mark.parametrize(
    ("most", "more"),
    [(None, 20_000), (59_000, 19_000), (40_001, 1), (40_000, None), (10_000, None)],
)
def test_what_is_missing_to_finish_is_at_most_what_a_cap_allows(most: int | None, more: int | None):
    """50,000 to come with 3,200 of reserve, 38,800 left: 14,400 short.

    With 8 % of 54,400 it is 15,552 more: 20,000 in steps.
    """
    state = told(*planned_log(50_000))
    assert read_meters(state, most=most).fit == BudgetFit("short", 14_400, more)


def worked(*outputs: int) -> SessionState:
    """Ten seconds and so many tokens for each request, after a grant of 100,000."""
    at, log = 0.0, [ev.Record(1, 0.0, started())]
    grant = ev.BudgetGranted(total=100_000, source="test")
    for event in (grant, prompt(1, "go")):
        log.append(ev.Record(len(log) + 1, at, event))
    for request, output in enumerate(outputs, start=1):
        begin, end = exchange(request, 1, output, None, f"msg_{request}")
        log.append(ev.Record(len(log) + 1, at, begin))
        at += 10.0
        log.append(ev.Record(len(log) + 1, at, end))
    return fold(log)


def test_pace_and_requests_left_are_of_the_last_five_requests() -> None:
    """Two of 9,000 at first, then five of 1,000 in 50 seconds: 6,000 a minute.

    77,000 are left, 8,000 of them for the wrap-up: 69 more of 1,000 fit.
    """
    state = worked(9_000, 9_000, *[1_000] * 5)
    found = read_meters(state)
    assert found.budget is not None
    assert found.per_minute == found.budget.per_minute == 6_000.0
    assert (found.budget.left, found.budget.requests_left) == (77_000, 69)


@pytest.mark.parametrize(
    ("requests", "points", "seconds"),
    [(1, 1, 10.0), (119, 119, 10.0), (120, 120, 10.0), (121, 61, 20.0), (360, 120, 30.0)],
)
def test_the_burn_down_has_120_points_at_most_and_ends_with_the_newest(
    requests: int, points: int, seconds: float
) -> None:
    found = read_meters(worked(*[100] * requests))
    assert found.budget is not None
    first, *others = found.budget.burn_down
    assert (first, len(others)) == ((0.0, 100_000), points)
    assert others[-1] == (requests * 10.0, 100_000 - requests * 100)
    assert {later[0] - before[0] for before, later in pairwise(others)} <= {seconds}


def test_limits_of_the_account_come_from_pairs_of_headers() -> None:
    head = "anthropic-ratelimit"
    found = rate_limits(
        {
            f"{head}-requests-limit": "50",
            f"{head}-requests-remaining": "49",
            f"{head}-requests-reset": "1970-01-01T00:01:30Z",
            f"{head}-input-tokens-limit": "1000",
            f"{head}-input-tokens-remaining": "0",
            f"{head}-output-tokens-limit": "many",
            f"{head}-output-tokens-remaining": "7",
            f"{head}-alone-limit": "7",
            "retry-after": "3",
        }
    )
    assert found == (LimitMeter("input-tokens", 1_000, 0), LimitMeter("requests", 50, 49, 90.0))


def test_without_a_checklist_there_is_no_outlook():
    assert read_meters(told(started(), prompt(1, "go"))).forecast is None


def test_what_an_earlier_prompt_left_unsettled_is_no_estimate_of_a_budget_for_this_one():
    read = ev.ToolFinished(
        request=1, tool_use="t", name="read", content="x", outcome="done", estimate=1_000
    )
    log = (
        started(),
        ev.BudgetGranted(total=50_000, scope="turn", source="test"),
        prompt(1, "go"),
        *exchange(1, 1, 300, None, "msg_1"),
        read,
        prompt(2, "again"),
        *exchange(2, 2, 500, None, "msg_2"),
    )
    found = read_meters(told(*log[:6]))
    assert found.budget is not None
    assert (found.budget.charged, found.budget.unsettled) == (1_300, 1_000)
    found = read_meters(told(*log))
    assert found.budget is not None
    assert (found.budget.charged, found.budget.unsettled) == (500, 0)


def test_a_request_whose_end_nobody_saw_is_billed_at_a_price_unknown():
    """40 tokens were streamed when the program was killed: they and more were paid for."""
    request, _ = exchange(1, 1, 0, None, "msg_1")
    lost = ev.RequestFailed(request=1, reason="crashed", output=40, message="msg_1")
    records = [
        ev.Record(seq, float(seq), event)
        for seq, event in enumerate((started(), prompt(1, "go"), request, lost), start=1)
    ]
    found = read_meters(fold(records))
    assert (found.billed.tokens, found.billed.unpriced) == (40, 1)
    assert found.billed.estimated
    (part,) = group_usage(
        fold(records).ledger.entries.values(), UsageDetails(records).bill_lines, "request"
    )
    assert (part.requests, part.billed, part.unpriced, part.estimated) == (1, 40, 1, True)


def test_a_request_that_failed_before_a_word_came_costs_nothing():
    request, _ = exchange(1, 1, 0, None, "msg_1")
    refused = ev.RequestFailed(request=1, reason="fault", error="rate_limited")
    found = read_meters(told(started(), prompt(1, "go"), request, refused))
    assert (found.billed.tokens, found.billed.unpriced) == (0, 0)


def test_rows_of_the_checklist_know_which_of_them_are_estimates():
    read = ev.ToolFinished(
        request=1, tool_use="t", name="read", content="x", outcome="done", estimate=1_000
    )
    found = read_meters(told(started(), prompt(1, "go"), *exchange(1, 1, 300, None, "msg_1"), read))
    assert found.unsettled == 1_000
    assert found.estimated_subtasks == {None}


def test_the_context_is_an_estimate_after_a_rewrite_until_a_response_tells():
    log = (started(), prompt(1, "go"), *exchange(1, 1, 300, None, "msg_1"))
    assert not read_meters(told(*log)).context.estimated
    rewritten = ev.Rewritten(reason="rewind", keep=0, before=310, after=20)
    assert read_meters(told(*log, rewritten)).context.estimated
    again = (prompt(2, "again"), *exchange(2, 2, 5, None, "msg_2"))
    assert not read_meters(told(*log, rewritten, *again)).context.estimated


def _fields(event: ev.Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}

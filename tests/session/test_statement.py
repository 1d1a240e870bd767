"""Words for every entry of the ledger, and the lines of the bill."""

from decimal import Decimal

import pytest

from tests.session.log_events import TickingClock, exchange, prompt, started
from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.usage_details import BillLine, UsageDetails


def told(*events: ev.Event) -> tuple[SessionState, UsageDetails]:
    """State and statement of the same log."""
    now = TickingClock()
    records = [ev.Record(seq, now(), event) for seq, event in enumerate(events, start=1)]
    state = SessionState()
    for record in records:
        apply_record(state, record)
    return state, UsageDetails(records)


def call(id: str, subject: str, outcome: ev.ToolOutcome = "done") -> list[ev.Event]:
    """A call of `read`; without a subject it was never begun."""
    begun = ev.ToolStarted(request=1, tool_use=id, name="read", input={}, subject=subject)
    ended = ev.ToolFinished(
        request=1, tool_use=id, name="read", content="text", outcome=outcome, estimate=10
    )
    return [begun, ended] if subject else [ended]


def words(*events: ev.Event) -> list[str]:
    """The words of every entry of the ledger."""
    state, statement = told(*events)
    return [statement.describe(key) for key in state.ledger.entries]


def test_every_entry_is_called_by_what_it_was():
    assert words(
        started(),
        ev.ShellRan(command="make", output="done", summary="exit 0"),
        prompt(1, "go"),
        *exchange(1, 1, 50, None, "msg_1"),
        *call("t1", "a.py"),
        *call("t2", "b.py", "error"),
        *call("t3", "", "not_run"),
        ev.NoteSent(text="so", reason="steering"),
    ) == [
        "! make",
        "prompt",
        "message: words",
        "read a.py",
        "read b.py (error)",
        "read (not run)",
        "note: steering",
    ]


def test_ids_that_a_server_gives_again_are_kept_apart():
    """The ledger does the same, so every entry finds its words."""
    first, again = call("t1", "a.py"), call("t1", "b.py")
    said = words(started(), prompt(1, "go"), *exchange(1, 1, 5, None, "msg_1"), *first, *again)
    assert said[-2:] == ["read a.py", "read b.py"]


def test_a_summary_and_what_is_no_longer_sent_are_named_after_their_message():
    state, statement = told(started(), prompt(1, "go"), *exchange(1, 1, 50, None, "msg_1"))
    summary = state.ledger.split("msg_1", "summary", 20)
    thinking = state.ledger.split("msg_1", "output", 10)
    assert statement.describe(summary) == "summary of the conversation"
    assert statement.describe(thinking) == "message: words, no longer sent"


@pytest.mark.parametrize(
    ("reason", "said"), [("interrupted", "message, interrupted"), ("fault", "message, broken off")]
)
def test_an_answer_that_broke_off_says_so(reason: str, said: str):
    request, _ = exchange(1, 1, 50, None, "msg_1")
    failed = ev.RequestFailed(request=1, reason=reason, output=40)  # type: ignore[arg-type]
    assert words(started(), prompt(1, "go"), request, failed)[-1] == said


def test_dollars_by_class_are_those_of_the_rates_applied():
    """By hand: 1,000 × 5 + 400 × 6.25 + 100 × 10 + 2,000 × 0.5 + 300 × 25, times 1.1."""
    usage = Usage(input=1_000, cache_write_5m=400, cache_write_1h=100, cache_read=2_000, output=300)
    rates = {
        "input": "5",
        "cache_write_5m": "6.25",
        "cache_write_1h": "10",
        "cache_read": "0.5",
        "output": "25",
        "factor": "1.1",
    }
    line = BillLine(1, 1, "m", "turn", usage, Decimal("0.0287"), rates)
    assert line.by_class == {
        "input": Decimal("0.0055"),
        "written": Decimal("0.00385"),
        "read": Decimal("0.0011"),
        "output": Decimal("0.00825"),
        "other": Decimal("0.01"),  # one web search
    }


def test_without_a_price_or_without_rates_nothing_is_guessed():
    usage = Usage(input=1_000)
    assert BillLine(1, 1, "m", "turn", usage, None, {"input": "5"}).by_class == {}
    assert BillLine(1, 1, "m", "turn", usage, Decimal(1), None).by_class == {}


def test_the_lines_are_the_bill():
    state, statement = told(
        started(),
        prompt(1, "go"),
        *exchange(1, 1, 50, "0.5", "msg_1"),
        *exchange(2, 1, 70, "0.25", "msg_2"),
    )
    assert sum(line.dollars or 0 for line in statement.bill_lines) == state.bill.dollars
    assert [line.usage.output for line in statement.bill_lines] == [50, 70]
    assert [line.request for line in statement.bill_lines] == [1, 2]

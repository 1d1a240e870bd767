"""A session as a Markdown page: the wrap-up, the cost worked out by hand, and foreign text."""

from decimal import Decimal

import pytest

from tui.budget.ledger import Usage
from tui.reports.session_export import export_file_name, session_markdown
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.wrapup import WrapUp

KEY = "sk-ant-api03-secret"
NASTY = f"\x1b[31m{KEY}\x1b[0m \x1b]0;title\x07"
DIFF = f"--- a\n+++ b\n@@ -1 +1 @@\n-old ```` {KEY}\n+new\n"


def exchange(number: int, text: str, usage: Usage, dollars: str | None) -> list[ev.Event]:
    return [
        ev.RequestStarted(
            request=number,
            turn=1,
            model="claude-opus-5-5",
            effort="high",
            max_tokens=64_000,
            budget=None,
            messages=1,
        ),
        ev.RequestFinished(
            request=number,
            message=f"msg_{number}",
            model="claude-opus-5-5",
            blocks=(
                {"type": "thinking", "thinking": f"a secret thought {KEY}", "signature": "x"},
                {"type": "text", "text": text},
            ),
            usage=usage,
            raw_usage={},
            stop_reason="end_turn",
            dollars=None if dollars is None else Decimal(dollars),
        ),
    ]


def page(*more: ev.Event) -> str:
    events = [
        ev.SessionStarted(
            session="20261103-x", folder="/p", program="1", model="claude-opus-5-5", effort="high"
        ),
        ev.BudgetGranted(total=50_000),
        ev.PromptSubmitted(
            turn=1, text=f"Do `it`.\n{NASTY}", content=({"type": "text", "text": "Do it."},)
        ),
        *exchange(1, f"# Found\n\nIt is **here** {NASTY}", Usage(10, 400, 0, 3_000, 700), "0.5000"),
        ev.ToolStarted(request=1, tool_use="t", name="edit", input={}, subject=f"a`b.py {KEY}"),
        ev.ToolFinished(
            request=1,
            tool_use="t",
            name="edit",
            content=f"output {KEY}",
            outcome="done",
            summary="+1 −1",
            changes=(ev.FileChange(path="a.py", added=1, removed=1, diff=DIFF),),
        ),
        *exchange(2, "Done.", Usage(20, 0, 0, 4_000, 300), "0.2500"),
        ev.WrappedUp(
            turn=1,
            report=WrapUp(done=("parse",), not_started=(NASTY,), estimate_to_finish=8_000),
        ),
        ev.TurnEnded(turn=1, reason="landed", sentence="Landed on the budget."),
        *more,
    ]
    records = [ev.Record(at, 1_793_700_000.0 + at, event) for at, event in enumerate(events, 1)]
    return session_markdown(records, fold(records))


def test_the_wrap_up_stands_at_the_top():
    text = page()
    assert text.startswith("# Do `it`.\n")
    report = text[text.index("## Wrap-up") : text.index("## Budget and cost")]
    assert "### Done\n\n- parse" in report
    assert "The model's own estimate is ≈ 8k tokens." in report
    assert text.index("## Wrap-up") < text.index("## Conversation")


def test_a_report_of_the_program_says_whose_it_is():
    report = ev.WrappedUp(turn=1, report=WrapUp(done=("x",)), by="client")
    assert "Written by the program" in page(report)


def test_the_cost_is_every_request_and_their_sum():
    """$0.50 and $0.25; 10 + 20, 400, 3,000 + 4,000 and 700 + 300 tokens."""
    rows = [row for row in page().splitlines() if row.startswith("| ")]
    cells = [[cell.strip().replace("\\", "") for cell in row.strip("|").split("|")] for row in rows]
    assert ["1", "1", "claude-opus-5-5", "10", "400", "3,000", "700", "$0.5000"] in cells
    assert ["all", "", "", "30", "400", "7,000", "1,000", "$0.7500"] in cells
    assert "1,000 used, 49,000 left of 50,000." in page()


def test_a_request_without_a_price_is_told_and_not_in_the_sum():
    text = page(*exchange(3, "x", Usage(1, 0, 0, 0, 1), None))
    assert "The sum leaves out 1 request at an unknown price." in text
    assert "unknown" in text and "0.7500" in text


def test_no_key_and_no_control_sequence_gets_into_it_whoever_wrote_it():
    text = page()
    assert KEY not in text
    assert text.count("[key]") >= 4
    assert not [c for c in text if ord(c) < 32 and c != "\n"]


def test_thinking_and_tool_output_stay_in_the_session():
    text = page()
    assert "a secret thought" not in text and "output" not in text.partition("## Conv")[2]


def test_what_was_said_and_done_is_there_in_order_and_cannot_break_the_page():
    text = page().partition("## Conversation")[2]
    assert "### Prompt\n\n> Do `it`." in text
    assert "# Found\n\nIt is **here**" in text
    assert "- **edit** `` a`b.py [key] ``: +1 −1" in text
    assert "`````diff\n--- a" in text, "the fence is longer than any within"
    assert text.index("### Prompt") < text.index("# Found") < text.index("**edit**")
    assert text.index("**edit**") < text.index("Done.")


@pytest.mark.parametrize("session", ["../../etc/x", "20261103-120000-a"])
def test_the_file_is_named_by_the_session_and_stays_where_it_is_put(session: str):
    start = ev.SessionStarted(session=session, folder="/p", program="1", model="m")
    name = export_file_name(fold([ev.Record(1, 1.0, start)]))
    assert name.startswith("glideslope-") and "/" not in name and name.endswith(".md")

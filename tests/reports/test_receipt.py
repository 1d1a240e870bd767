"""The row at the end of each prompt: dollars, tokens, files, and what it mostly went on."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.session.work_log import WorkLog, worked_example
from tui.budget.ledger import Usage
from tui.reports.receipt import main_share, receipt_row, receipt_row_above_landing
from tui.reports.transcript_items import DividerItem
from tui.reports.transcript_presenter import TranscriptPresenter
from tui.session import events as ev
from tui.session.changed_files import ChangedFile
from tui.session.prompt_costs import Activity, ActivityCost, ActivityKind, PromptCosts
from tui.session.prompt_receipt import Receipt, make_receipt

ROW = "$0.05 · 1.1k tokens · core.py +3 −1 · ≈ 62 % reading core.py · 9s"


def receipt(log: WorkLog) -> Receipt:
    return make_receipt(1, log.state, PromptCosts(log.records), (ChangedFile("src/core.py", 3, 1),))


def test_one_row_says_dollars_tokens_files_and_the_main_share():
    assert receipt_row(receipt(worked_example()), "9s") == ROW  # 690 of 1,100 are 62.7 %


def test_the_tokens_of_agents_stand_beside_those_of_the_session_as_their_dollars_do():
    """What an agent says of itself is a counter, and a number that comes late changes nothing."""
    log, used = worked_example(), ev.AgentSettled(agent="a-1", number=9, charged=3_000)
    log.append(ev.PromptSubmitted(turn=1, text="again", content=()))
    log.append(used, replace_charged(used, 7, 1_000), replace_charged(used, 12, 4_700))
    log.append(ev.AgentFinished(agent="b-1", number=4, end="done", charged=300, unsettled=20))
    row = "$0.05 · 1.1k tokens + ≈ 5k by agents · core.py +3 −1 · ≈ 62 % reading core.py · 9s"
    found = receipt(log)
    assert (found.tokens, found.agents_tokens) == (1_100, 5_000)
    assert receipt_row(found, "9s") == row
    assert receipt_row_above_landing(found, "9s", found.dollars) == (
        "≈ 5k tokens by agents · ≈ 62 % reading core.py · 9s"
    )


def test_a_turn_that_is_over_keeps_its_receipt_and_what_comes_later_is_in_the_next_one():
    """A cut turn leaves an agent at work: what it used and reports then is the next prompt's."""
    log = WorkLog()
    log.prompt("Look")
    log.answer(1_000, 300, {"type": "tool_use", "id": "t1", "name": "read", "input": {}})
    log.call("t1", "read", "a.py", 40)
    used = ev.AgentSettled(agent="a-1", number=9, charged=3_000, dollars=Decimal("0.30"))
    log.append(used, ev.TurnEnded(turn=1, reason="interrupted"))
    cut = make_receipt(1, log.state, PromptCosts(log.records), ())
    assert (cut.tokens, cut.agents_tokens, cut.dollars) == (340, 3_000, Decimal("0.32"))
    log.append(
        ev.AgentFinished(
            agent="a-1", number=12, end="done", charged=5_000, unsettled=20, dollars=Decimal("0.50")
        ),
        ev.NoteSent(text="Agent a-1 is done.", reason="reminder", estimate=70),
        ev.ShellRan(command="ls", output="a.py", summary="done"),
    )
    assert make_receipt(1, log.state, PromptCosts(log.records), ()) == cut
    log.prompt("Go on")
    costs = PromptCosts(log.records)
    assert make_receipt(1, log.state, costs, ()) == cut
    new = make_receipt(2, log.state, costs, ())
    assert (new.agents_tokens, new.agents_estimated, new.dollars) == (2_000, True, Decimal("0.20"))
    assert new.tokens > 70 and new.estimated, "the report and the command's output"
    assert 0 not in costs.dollars and sum(log.state.ledger.by_turn.values()) == (
        log.state.ledger.charged
    )


def replace_charged(used: ev.AgentSettled, number: int, charged: int) -> ev.AgentSettled:
    return msgspec.structs.replace(used, number=number, charged=charged)


def test_the_end_is_named_where_it_is_not_simply_done():
    assert receipt_row(receipt(worked_example()), "9s", "interrupted after") == (
        "interrupted after 9s · $0.05 · 1.1k tokens · core.py +3 −1 · ≈ 62 % reading core.py"
    )
    assert receipt_row(Receipt(), "0.1s") == "done in 0.1s"
    assert receipt_row(Receipt(), "0.1s", "stopped by an error after") == (
        "stopped by an error after 0.1s"
    )


@pytest.mark.parametrize(
    ("session_dollars", "row"),
    [
        ("0.05", "≈ 62 % reading core.py · 9s"),
        ("0.20", "this prompt $0.05 · ≈ 62 % reading core.py · 9s"),
        (None, "this prompt $0.05 · ≈ 62 % reading core.py · 9s"),
    ],
)
def test_above_a_landing_block_it_says_what_the_block_does_not(
    session_dollars: str | None, row: str
):
    """The block has the tokens, the files, and the dollars of the session."""
    found = replace(receipt(worked_example()), dollars=Decimal("0.05"))
    paid = None if session_dollars is None else Decimal(session_dollars)
    assert receipt_row_above_landing(found, "9s", paid) == row


def test_above_a_landing_block_there_is_a_row_even_if_only_the_time_is_left_to_say():
    assert receipt_row_above_landing(Receipt(), "0.1s", None) == "took 0.1s"


FILES = (ChangedFile("a/core.py", 20, 1), ChangedFile("b.py", 1_004, 1))


def test_the_price_of_a_request_that_broke_off_is_an_estimate_of_its_turn_alone():
    log = WorkLog()
    for turn in (1, 2):
        log.prompt(f"prompt {turn}")
        log.answer(1_000, 100, {"type": "text", "text": "done"})
    costs = PromptCosts(log.records)
    assert costs.estimated == set()
    broken = ev.RequestFailed(
        request=3, reason="interrupted", output=10, usage=Usage(input=10), dollars=Decimal("0.01")
    )
    costs.apply(ev.Record(seq=99, at=9.0, event=broken))
    rows = [receipt_row(make_receipt(turn, log.state, costs, ()), "1s") for turn in (1, 2)]
    assert [row.startswith("≈ $") for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("changed", "begins"),
    [
        ({"estimated": True}, "$0.05 · ≈ 1.1k tokens · core.py"),
        ({"unpriced": 2}, "at least $0.05 · 1.1k tokens"),
        ({"dollars": None, "unpriced": 1}, "price unknown · 1.1k tokens"),
        ({"files": FILES}, "$0.05 · 1.1k tokens · 2 files +1,024 −2 · "),
        (
            {"files": (FILES[0]._replace(exact=False),)},
            "$0.05 · 1.1k tokens · core.py ≈ +20 −1 · ",
        ),
        ({"files": ()}, "$0.05 · 1.1k tokens · ≈ 62 %"),
    ],
)  # fmt: skip
def test_estimates_and_unknown_prices_are_said(changed: dict[str, Any], begins: str):
    assert receipt_row(replace(receipt(worked_example()), **changed), "9s").startswith(begins)


def costs(*parts: tuple[ActivityKind, str, int]) -> list[ActivityCost]:
    return [ActivityCost(Activity(kind, subject), n, 0, Decimal(n)) for kind, subject, n in parts]


@pytest.mark.parametrize(
    ("parts", "words", "share"),
    [
        ([("read", "a/core.py", 61), ("think", "", 39)], "reading core.py", 0.61),
        # Of 60 tokens of reading one file has 30: it is named. With 29 it would not be.
        ([("read", "a.py", 30), ("read", "b.py", 30), ("think", "", 40)], "reading a.py", 0.30),
        (
            [("read", "a.py", 29), ("read", "b.py", 28), ("read", "c.py", 3), ("think", "", 40)],
            "reading 3 files",
            0.60,
        ),
        ([("run", "python -m pytest -q tests", 9)], "running python -m pytest -q tes…", 1.0),
        ([("run", "ls", 4), ("run", "make", 3), ("run", "pwd", 3)], "running 3 commands", 1.0),
        ([("search", "x", 4), ("search", "y", 4), ("read", "a.py", 7)], "searching", 4 / 15),
        ([("think", "", 5), ("write", "a.py", 4)], "thinking", 5 / 9),
    ],
)  # fmt: skip
def test_the_main_share_is_the_largest_kind_or_the_one_subject_that_has_half_of_it(
    parts: list[tuple[ActivityKind, str, int]], words: str, share: float
):
    found = main_share(costs(*parts))
    assert found is not None
    assert (found.words, round(found.share, 6)) == (words, round(share, 6))


def test_a_prompt_that_was_only_answered_names_no_share():
    assert main_share(costs(("answer", "", 9), ("think", "", 1))) is None
    assert main_share([]) is None


def rows(log: WorkLog) -> list[str]:
    items = TranscriptPresenter(log.state).history(log.records)
    return [item.text for item in items if isinstance(item, DividerItem)]


def test_the_row_is_the_same_after_a_resume_a_fork_and_a_rewind():
    log = worked_example()
    live = TranscriptPresenter(log.state)
    shown = [item for record in log.records for item in live.items_for(record)]
    (before,) = [item.text for item in shown if isinstance(item, DividerItem)]
    assert before == ROW.replace("9s", "11s")  # 11 events after the prompt, one a second
    assert rows(log) == [before]
    log.append(ev.SessionStarted(session="t", folder="/p", program="1", model="m", parent=("s", 9)))
    log.append(ev.Rewritten(reason="rewind", keep=0))
    assert rows(log)[0] == before


def test_each_prompt_counts_its_own_files():
    log = worked_example()
    log.prompt("Next")
    log.answer(2_200, 10)
    log.end()
    assert "core.py" in rows(log)[0] and "core.py" not in rows(log)[1]

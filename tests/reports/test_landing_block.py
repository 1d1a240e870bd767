"""The landing block: how far, what is left and for how much, and what it offers."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.session.test_session_changes import change
from tui.budget.dollars_to_tokens import MeasuredPrice
from tui.commands import COMMANDS
from tui.reports.landing_block import (
    NEEDS_PLAN,
    has_landing_block,
    landing_block,
    landing_words,
    rest_price_words,
)
from tui.session import events as ev
from tui.session.checklist import SubtaskCounts, SubtaskUpdate
from tui.session.event_fold import fold
from tui.session.landing_figures import LandingFigures
from tui.session.wrapup import WrapUp

LANDED = LandingFigures(
    used=23_000,
    estimated=False,
    grant=30_000,
    dollars=Decimal("0.23"),
    counts=SubtaskCounts(done=4, pending=16),
    open_pieces=("docstrings in\nclick.py", *(f"file {n}" for n in range(15))),
    next_step="Write them",
    to_finish=108_000,
    files=3,
    added=24,
)
PRICE = MeasuredPrice(dollars=Decimal("0.25"), charged=30_000)
"""$8.33 for a million tokens, so $0.90 for 108,000."""

NONE = SubtaskCounts()

HEADS = (
    (LANDED, "Landed · 4 of 20 done · 23k used of 30k · $0.23 · 3 files changed +24 −0"),
    (replace(LANDED, files=0), "Landed · 4 of 20 done · 23k used of 30k · $0.23"),
    (replace(LANDED, used=31_500, estimated=True, files=0, dollars=None, counts=NONE),
     "Landed · ≈ 32k used of 30k, ≈ 1.5k over"),
    (replace(LANDED, grant=None, files=1, added=1_200, removed=7, dollars=None),
     "Landed · 4 of 20 done · 23k used · 1 file changed +1,200 −7"),
    (replace(LANDED, dollars=None, lines_are_sums=True),
     "Landed · 4 of 20 done · 23k used of 30k · 3 files changed ≈ +24 −0"),
)  # fmt: skip
"""How far a session is, and the first row of its block."""


def test_the_first_row_says_how_far():
    for figures, row in HEADS:
        assert landing_words(landing_block("landed", figures)).split("\n")[0] == row


NEXT = (
    (LANDED, "next: docstrings in click.py and 15 more   ≈ 108k, ≈ $0.90"),
    (replace(LANDED, to_finish=None), "next: docstrings in click.py and 15 more"),
    (replace(LANDED, open_pieces=("lexer.py",)), "next: lexer.py   ≈ 108k, ≈ $0.90"),
    (replace(LANDED, open_pieces=()), "next: Write them   ≈ 108k, ≈ $0.90"),
    (replace(LANDED, open_pieces=(), next_step="nothing", to_finish=0), None),
    (replace(LANDED, open_pieces=(), next_step=""), None),
)
"""What is left, and the second row; None where there is none."""


def test_the_second_row_says_what_is_left_and_for_how_much():
    for figures, row in NEXT:
        block = landing_block("landed", figures, price=PRICE)
        assert landing_words(block).split("\n")[1:] == ([] if row is None else [row])


def test_without_a_measured_price_only_tokens_are_named():
    assert rest_price_words(108_000, None) == "≈ 108k"


def labels(figures: LandingFigures, more: int = 0) -> list[str]:
    """What the block of a landing offers."""
    return [action.label for action in landing_block("landed", figures, more=more).actions]


def test_what_is_offered_fits_what_is_left():
    assert labels(LANDED) == ["continue", "diff", "hand over", "new session", "leave it"]
    assert labels(replace(LANDED, files=0))[:2] == ["continue", "hand over"]
    assert labels(LANDED, 120_000)[0] == "continue with +120k"
    assert labels(replace(LANDED, open_pieces=(), next_step="")) == labels(LANDED)[1:]


def test_the_block_offers_the_commands_of_its_context_and_no_others():
    offered = {action.command for action in landing_block("landed", LANDED).actions}
    assert offered == {command.id for command in COMMANDS if command.context == "budget"}


def test_a_report_that_leaves_nothing_tells_of_no_work_left():
    done = replace(LANDED, open_pieces=(), next_step="")
    assert landing_block("wrapped_up", LANDED).facts[0] == "Wrapped up with work left"
    assert landing_block("wrapped_up", done).facts[0] == "Wrapped up"


@pytest.mark.parametrize("reason", sorted(NEEDS_PLAN))
def test_a_turn_that_broke_off_has_a_block_only_if_a_plan_is_left(reason: ev.TurnEndReason):
    assert has_landing_block(reason, LANDED)
    assert not has_landing_block(reason, replace(LANDED, open_pieces=()))
    assert has_landing_block("landed", replace(LANDED, open_pieces=()))


def folded(
    report: WrapUp, *updates: SubtaskUpdate, changes: Sequence[ev.FileChange] = ()
) -> LandingFigures:
    """The figures of a session that ended with a report, beside a plan and changes of files."""
    events = (
        ev.PromptSubmitted(turn=1, text="go", content=()),
        ev.ChecklistChanged(updates=updates),
        *(
            ev.ToolFinished(
                request=1, tool_use=f"t{at}", name="edit", content="", outcome="done", changes=(it,)
            )
            for at, it in enumerate(changes)
        ),
        ev.WrappedUp(turn=1, report=report),
        ev.TurnEnded(turn=1, reason="landed"),
    )
    records = [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events, 1)]
    return fold(records).landings[1]


def test_the_plan_counts_and_without_one_the_report():
    plan = (
        SubtaskUpdate(id="a", title="A", state="done"),
        SubtaskUpdate(id="b", title="B"),
        SubtaskUpdate(id="c", title="C", state="in_progress"),
        SubtaskUpdate(id="d", title="D", state="skipped"),
    )
    planned = folded(WrapUp(done=("x", "y"), not_started=("z",)), *plan)
    assert (planned.counts, planned.open_pieces) == (SubtaskCounts(1, 1, 1, 1), ("C", "B"))
    beyond = folded(WrapUp(done=("x",), not_started=("z",)), plan[0])
    assert (beyond.counts, beyond.open_pieces) == (SubtaskCounts(1), ("z",))
    bare = folded(WrapUp(done=("x", "y"), not_started=("z",)))
    assert (bare.counts, bare.open_pieces) == (SubtaskCounts(2, 0, 1), ("z",))


def test_the_lines_are_those_that_differ_in_the_end_as_in_the_receipt():
    steps = [("1\n", "2\n"), ("2\n", "3\n"), ("3\n", "3\n4\n")]
    back = [change("b.py", "x\n", "y\n"), change("b.py", "y\n", "x\n")]
    figures = folded(WrapUp(), changes=[*(change("a.py", *step) for step in steps), *back])
    assert (figures.files, figures.added, figures.removed) == (1, 2, 1)
    assert not figures.lines_are_sums

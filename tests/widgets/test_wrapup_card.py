"""The wrap-up card: figures first, then what to do next, then the facts."""

from tui.budget.meters import BudgetMeter, Meters
from tui.budget.outlook import Outlook
from tui.commands import BY_ID
from tui.session.wrapup import WrapUp
from tui.widgets.wrapup_card import ACTIONS, wrapup_card

REPORT = WrapUp(
    done=tuple(f"file {n}" for n in range(28)),
    in_progress=("lexer.py",),
    not_started=tuple(f"src/io/{n}.py" for n in range(6)),
    files=("src/parse.py", "src/lexer.py"),
    checks=("mypy: no issues", "pytest: 41 passed"),
    estimate_to_finish=8_000,
    next_step="annotate the 7 files\nunder src/io",
)


def test_the_first_line_counts_what_is_complete_and_what_finishing_takes():
    card = wrapup_card("w", REPORT)
    assert card.lines[0] == "28 of 35 subtasks complete · ≈ 8k tokens to finish"
    assert card.lines[1] == "next: annotate the 7 files under src/io"


def test_long_lists_are_named_in_part_and_counted_in_whole():
    text = "\n".join(wrapup_card("w", REPORT).lines)
    assert "in progress: lexer.py" in text
    assert "src/io/3.py and 2 more" in text
    assert "src/io/4.py" not in text


def test_files_and_checks_are_listed():
    lines = wrapup_card("w", REPORT).lines
    assert "files: src/parse.py, src/lexer.py" in lines
    assert "check: pytest: 41 passed" in lines


def test_the_budget_stands_on_the_card_when_there_is_one():
    meters = Meters(budget=BudgetMeter(grant=200_000, charged=188_000))
    lines = wrapup_card("w", REPORT, meters=meters).lines
    assert "budget: 188k used · 12k left of 200k" in lines


def test_the_outlook_of_the_checklist_stands_on_the_card_when_there_is_one():
    meters = Meters(outlook=Outlook(complete=0.8, to_finish=8_200))
    assert (
        "checklist: ≈ 8.2k to finish · 80 % complete"
        in wrapup_card("w", REPORT, meters=meters).lines
    )
    assert not any("checklist" in line for line in wrapup_card("w", REPORT, meters=Meters()).lines)


def test_every_action_is_a_command_with_that_key():
    for action in ACTIONS:
        assert action.key in BY_ID[action.id].keys


def test_a_finished_report_does_not_offer_to_go_on():
    card = wrapup_card("w", WrapUp(done=("all",), estimate_to_finish=0))
    assert card.lines[0] == "1 of 1 subtask complete · nothing left to do"
    assert "c" not in [action.key for action in card.actions]
    assert "x" not in [action.key for action in card.actions]


def test_a_report_of_the_program_says_whose_it_is():
    assert "by the program" in wrapup_card("w", REPORT, by="client").title


def test_an_empty_report_is_still_a_card():
    card = wrapup_card("w", WrapUp())
    assert card.lines == ("no subtasks were planned",)

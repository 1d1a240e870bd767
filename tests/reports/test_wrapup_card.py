"""The wrap-up card: figures first, then what to do next, then the facts."""

import pytest

from tui.budget.forecast import Forecast
from tui.commands import COMMANDS
from tui.reports.transcript_items import CardFact
from tui.reports.wrapup_card import ACTIONS, wrapup_card
from tui.session.checklist import SubtaskCounts
from tui.session.plan_progress import PlanOutlook
from tui.session.wrapup import WrapUp

PLAN = SubtaskCounts(done=28, in_progress=1, pending=6, skipped=2)

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
    card = wrapup_card("w", REPORT, outlook=PlanOutlook(PLAN, Forecast(8_000)))
    assert card.lines[0] == "28 of 35 done · 2 skipped · ≈ 8k tokens to finish"
    assert card.lines[1:3] == ("", CardFact("next", "annotate the 7 files under src/io"))


def facts(report: WrapUp = REPORT) -> dict[str, str]:
    """The facts of a card by their labels; those without one go with the one above."""
    found: dict[str, str] = {}
    label = ""
    for line in wrapup_card("w", report).lines:
        if isinstance(line, CardFact):
            label = line.label or label
            found[label] = f"{found[label]}\n{line.text}" if label in found else line.text
    return found


def test_long_lists_are_named_in_part_and_counted_in_whole():
    assert facts()["in progress"] == "lexer.py"
    assert facts()["not started"] == "src/io/0.py, src/io/1.py, src/io/2.py, src/io/3.py and 2 more"


def test_files_and_checks_are_listed():
    assert facts()["files"] == "src/parse.py, src/lexer.py"
    assert facts()["checks"] == "mypy: no issues\npytest: 41 passed"


def test_every_action_is_a_command_of_cards():
    assert {action.id for action in ACTIONS} == {
        command.id for command in COMMANDS if command.context == "budget"
    }


def test_every_action_shows_the_key_that_its_command_has():
    keys = {"report.continue": ["f7", "c"], "report.copy": []}
    card = wrapup_card("w", REPORT, labels=lambda command: keys.get(command, ["z"]))
    assert [(action.key, action.label) for action in card.actions] == [
        ("f7", "continue"),
        ("z", "extend"),
        ("", "copy"),
        ("z", "handoff"),
        ("z", "new session"),
    ]


@pytest.mark.parametrize("next_step", ["", "nothing: every subtask is closed"])
def test_a_finished_report_does_not_offer_to_go_on(next_step: str):
    card = wrapup_card("w", WrapUp(done=("all",), estimate_to_finish=0, next_step=next_step))
    assert card.lines[0] == "1 of 1 done"
    assert [action.label for action in card.actions] == ["copy", "handoff", "new session"]


def test_a_next_step_of_unknown_cost_is_something_to_go_on_with():
    card = wrapup_card("w", WrapUp(done=("all",), next_step="run the tests"))
    assert "continue" in [action.label for action in card.actions]


def test_a_report_of_the_program_says_whose_it_is():
    assert "by the program" in wrapup_card("w", REPORT, by="client").title


def test_an_empty_report_is_still_a_card():
    card = wrapup_card("w", WrapUp())
    assert card.lines == ("no plan and no report",)


@pytest.mark.parametrize(
    ("outlook", "first"),
    [
        (PlanOutlook(PLAN, Forecast(96_000)), "28 of 35 done · 2 skipped · ≈ 96k tokens to finish"),
        (
            PlanOutlook(PLAN, Forecast(6_000, beyond_plan=True)),
            "28 of 35 done · 2 skipped · ≈ 6k tokens to finish the plan, and more work than "
            "planned",
        ),
        (
            PlanOutlook(SubtaskCounts(done=4), Forecast(None, beyond_plan=True)),
            "4 of 4 done · too early to say what the rest takes",
        ),
        (PlanOutlook(SubtaskCounts(done=4), Forecast(0)), "4 of 4 done · nothing left to do"),
        (PlanOutlook(SubtaskCounts(skipped=4), None), "4 skipped"),
        (None, "28 of 35 done"),
    ],
)
def test_count_and_figure_are_the_program_s_and_not_the_model_s(
    outlook: PlanOutlook | None, first: str
):
    assert wrapup_card("w", REPORT, outlook=outlook).lines[0] == first


@pytest.mark.parametrize(
    ("state", "step", "lines"),
    [
        ("interrupted · 2k used", "", ("interrupted · 2k used",)),
        (
            "interrupted · 2k used",
            "go on with “read\nit”",
            ("interrupted · 2k used · next: go on with “read it”",),
        ),
        ("", "run it", ("next: run it",)),
    ],
)
def test_without_subtasks_the_card_says_the_state_first(
    state: str, step: str, lines: tuple[str, ...]
):
    assert wrapup_card("w", WrapUp(next_step=step), state=state, by="client").lines == lines


def test_the_card_says_how_its_keys_are_reached():
    assert wrapup_card("w", REPORT).reach == "ctrl+↑ then a key"
    assert wrapup_card("w", REPORT, labels=lambda command: []).reach == ""

"""How a turn ends by its last words, over a labelled set of endings in seven languages.

Each file of `endings/` is a list of endings with the reason that a person gave them. `text` is
the last message, `expect` the reason of the end, `stage` that of a budget of 100,000 tokens (no
stage: no budget); `open` says that subtasks of the checklist are not done, `changed` (true
unless it says otherwise) that a tool changed a file. The files `*_held_out.toml` were not looked
at while the words were chosen: whoever corrects the words after one of them moves it to the
other file and writes a new one. Run this file to print the confusion matrices.
"""

import time
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tui.agent.final_message import KnownBudget, read_final_message
from tui.agent.message_text import parse_message
from tui.agent.turn_end import TurnEndFacts, end_reason
from tui.budget.stages import Stage

FOLDER = Path(__file__).parent / "endings"
GRANT = 100_000
LEFT = {"cruise": 88_000, "descent": 25_000, "approach": 12_000, "landing": 6_000}
"""Tokens left at each stage."""
REASONS = ("completed", "landed", "wrapped_up", "declined")

Matrix = Counter[tuple[str, str]]


def endings(pattern: str) -> list[dict[str, Any]]:
    """The labelled endings of the files whose names match."""
    found = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob(pattern))]
    return [ending for each in found for ending in each["ending"]]


def reason(ending: dict[str, Any]) -> str:
    """How the program says that the turn ended."""
    stage = ending.get("stage")
    budget = KnownBudget(GRANT, LEFT[stage]) if stage else None
    return end_reason(
        TurnEndFacts(
            stage=Stage[stage.upper()] if stage else None,
            open_items=ending.get("open", False),
            final_message=read_final_message(
                ending["text"], budget, changed_files=ending.get("changed", True)
            ),
            ended_immediately=stage == "cruise",
            changed_files=ending.get("changed", True),
        )
    )


@cache
def matrix(pattern: str) -> Matrix:
    """How many endings of each expected reason came out as which, in the files that match."""
    return Counter((ending["expect"], reason(ending)) for ending in endings(pattern))


def share(counted: Matrix, *, expected: set[str], got: set[str]) -> float:
    """The part of the endings with an expected reason that came out as one of `got`, 0..1."""
    whole = sum(n for (was, _), n in counted.items() if was in expected)
    return sum(n for (was, is_), n in counted.items() if was in expected and is_ in got) / whole


UNFINISHED = {"landed", "wrapped_up", "declined"}


def test_the_set_is_large_and_has_every_outcome_in_every_language():
    everything = endings("*.toml")
    assert len(everything) >= 300
    assert len({ending["text"] for ending in everything}) == len(everything)
    for language in ("en", "de", "fr", "es", "pt", "ja", "zh"):
        of_it = endings(f"{language}*.toml")
        assert len(of_it) >= (180 if language == "en" else 20)
        assert {ending["expect"] for ending in of_it} == set(REASONS)
    assert len(endings("*_held_out.toml")) >= 100


def test_no_ending_with_work_left_is_completed_and_hardly_any_whole_one_is_not():
    counted = matrix("??.toml")
    assert share(counted, expected=UNFINISHED, got={"completed"}) == 0
    assert share(counted, expected={"completed"}, got=UNFINISHED) < 0.03
    assert share(counted, expected={"completed", "landed", "wrapped_up"}, got={"declined"}) < 0.02


def test_endings_that_were_never_looked_at_come_out_nearly_as_well():
    counted = matrix("*_held_out.toml")
    assert share(counted, expected=UNFINISHED, got={"completed"}) < 0.05
    assert share(counted, expected={"completed"}, got=UNFINISHED) < 0.05
    assert share(counted, expected={"completed", "landed", "wrapped_up"}, got={"declined"}) < 0.02


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Say:\n\n```\nnot done yet\n```\n", ["Say:"]),
        ("It prints `3 of 9` now.", ["It prints Thing now"]),
        ("> We have not finished.\n\nFixed.", ["Fixed"]),
        ('The label is "7 remaining".', ["The label is Quote"]),
        ("Say *continue* to go on.", ["Say continue to go on"]),
        ('Say "continue" to go on.', ['Say "continue" to go on']),
        ("Fait « à suivre » ; rien d'autre.", ["Fait Quote", "rien d'autre"]),
        ("    return not_done\n\nDone.", ["Done"]),
        ("Don't worry, the users' files are 'safe'.", ["Don't worry, the users' files are Quote"]),
    ],
)
def test_what_a_message_quotes_is_not_what_it_says(message: str, said: list[str]):
    assert [clause.text for clause in parse_message(message).clauses] == said


@pytest.mark.parametrize(
    ("line", "is_open"),
    [
        ("- [ ] port it", True),
        ("* [ ] port it", True),
        ("1. [ ] port it", True),
        ("- ☐ port it", True),
        ("- ⏳ port it", True),
        ("- [x] port it", False),
        ("- [X] port it", False),
        ("- ✅ port it", False),
        ("```\n- [ ] port it\n```", False),
        ("> - [ ] port it", False),
    ],
)
def test_a_box_that_is_not_ticked_is_work_that_is_left(line: str, is_open: bool):
    assert bool(read_final_message(f"Here it is:\n\n{line}\n").work_left) is is_open


@pytest.mark.parametrize(
    ("told", "stage", "expected"),
    [
        (True, Stage.LANDING, "landed"),
        (True, Stage.OVERRUN, "landed"),
        (True, None, "completed"),  # the budget was taken away
        (False, Stage.OVERRUN, "completed"),
        (False, None, "completed"),
    ],
)
def test_who_was_told_to_land_has_landed_whatever_is_said(
    told: bool, stage: Stage | None, expected: str
):
    assert end_reason(TurnEndFacts(stage=stage, landing_announced=told)) == expected


TOO_SMALL = read_final_message("The budget is too small for this.", KnownBudget(GRANT, 88_000))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            TurnEndFacts(stage=Stage.CRUISE, final_message=TOO_SMALL, ended_immediately=True),
            "declined",
        ),
        (
            TurnEndFacts(stage=Stage.CRUISE, final_message=TOO_SMALL),
            "completed",
        ),  # a doubt, which is asked
        (
            TurnEndFacts(
                stage=Stage.CRUISE,
                final_message=TOO_SMALL,
                ended_immediately=True,
                changed_files=True,
            ),
            "completed",
        ),
        (
            TurnEndFacts(
                stage=Stage.CRUISE, final_message=TOO_SMALL, ended_immediately=True, open_items=True
            ),
            "wrapped_up",
        ),
        (TurnEndFacts(stage=Stage.APPROACH, final_message=TOO_SMALL, changed_files=True), "landed"),
        (TurnEndFacts(stage=Stage.CRUISE, open_items=True, denied_without_user=True), "denied"),
    ],
)
def test_a_budget_is_declined_only_at_once_and_with_nothing_done(
    facts: TurnEndFacts, expected: str
):
    assert end_reason(facts) == expected


@pytest.mark.parametrize(
    "piece", ["- [ ", "[a](", "<!--", '"', "还有", "1/2 ", "`", "the rest ", "a.b"]
)
def test_a_long_odd_message_is_read_in_reasonable_time(piece: str):
    """No pattern may look far: what doubles the length doubles the time, and no more."""
    short, long = ((piece * n)[:n] for n in (2_000, 4_000))
    assert _seconds(long) < 0.05 + 6 * _seconds(short)


def _seconds(message: str) -> float:
    """The shortest of three runs: another thread or the collector may slow down one."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        read_final_message(message, KnownBudget(GRANT, 88_000))
        runs.append(time.process_time() - start)
    return min(runs)


def printed(title: str, counted: Matrix) -> str:
    """A confusion matrix as a Markdown table."""
    rows = [f"| {title} | {' | '.join(REASONS)} |", f"| --- {'| ---: ' * len(REASONS)}|"]
    for was in REASONS:
        rows.append(f"| {was} | {' | '.join(str(counted[was, is_]) for is_ in REASONS)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(printed("looked at while tuning", matrix("??.toml")))
    print(printed("held out", matrix("*_held_out.toml")))

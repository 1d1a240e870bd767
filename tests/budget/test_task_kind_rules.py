"""The kinds that the rules guess, on prompts to which a person gave a kind."""

from pathlib import Path

import pytest

from tui.budget.task_kind_rules import guess_after, guess_before, head_verb

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "kinds.tsv").read_text("utf-8").splitlines()[1:]
]
FILES = [[path for path in "".join(row[2:]).split(",") if path] for row in ROWS]


def test_four_of_five_are_right_before_the_run_and_nine_of_ten_after_it():
    before = sum(guess_before(row[1]).kind == row[0] for row in ROWS)
    pairs = zip(ROWS, FILES, strict=True)
    after = sum(guess_after(row[1], files).kind == row[0] for row, files in pairs)
    assert len(ROWS) == 121
    assert before >= 0.80 * len(ROWS)
    assert after >= 0.88 * len(ROWS)


@pytest.mark.parametrize(
    ("prompt", "verb"),
    [
        ("Hi, could you please fix the tests", "fix"),
        ("ok so now let's rename it", "rename"),
        ("I'd like you to add a flag", "add"),
        ("  - refactor core.py", "refactor"),
        ("please", "please"),
        ("", ""),
        ("42", ""),
    ],
)
def test_the_head_verb_comes_behind_politeness(prompt: str, verb: str):
    assert head_verb(prompt) == verb


def test_a_guess_has_its_reasons():
    guess = guess_after("rename the helper", [f"src/{number}.py" for number in range(9)])
    assert guess.kind == "refactor"
    reasons = {(each.reason, each.points) for each in guess.points if each.kind == "refactor"}
    assert reasons == {("rename", 3), ("rename", 1), ("9 files", 2)}


def test_nothing_scored_and_a_tie_are_not_clear():
    assert guess_before("hm").kind == "other"
    assert not guess_before("hm").is_clear
    assert not guess_before("docstrings and pytest fixtures").is_clear


def test_a_correction_teaches_a_verb():
    assert guess_before("polish the edges").kind != "refactor"
    assert guess_before("polish the edges", {"polish": "refactor"}).kind == "refactor"


@pytest.mark.parametrize(
    ("prompt", "files", "kind"),
    [
        ("hm", [], "other"),
        ("why is it slow?", [], "question"),
        ("review this branch", [], "review"),
        ("odd", ["a.py"], "other"),
        ("the list jumps to the top", ["a.py"], "bug fix"),
        ("a way to archive projects", ["a.py"], "feature"),
        ("add the missing ones", ["tests/test_a.py"], "tests"),
        ("say what it does", ["docs/a.md", "README.md"], "documentation"),
    ],
)
def test_what_a_run_changed_decides(prompt: str, files: list[str], kind: str):
    assert guess_after(prompt, files).kind == kind

"""Rules as the user wrote them: they must be rules, and cover the call in question."""

from pathlib import Path

from tui.agent.edited_rules import edited_rule_problem, is_every_edit, read_edited_rules
from tui.agent.tools.base import PermissionRequest

FOLDER = Path("/work")
EDIT = PermissionRequest(kind="edit", target="/work/src/a.py", reason="changes a file")
RUN = PermissionRequest(kind="bash", target="git status -s && pytest -q", reason="runs a command")

FITTING = (
    (EDIT, "edit(src/**)"),
    (EDIT, " edit(src/a.py) "),
    (EDIT, "edit(docs/**), edit(src/*.py)"),
    (RUN, "bash(git status *), bash(pytest -q)"),
    (RUN, "bash(git status -s && pytest -q)"),
)

UNFITTING = (
    (EDIT, "edit(docs/**)", "This rule does not cover the file in question."),
    (EDIT, "read(src/**)", "This rule does not cover the file in question."),
    (RUN, "bash(git status *)", "This rule does not cover the command in question."),
    (EDIT, "src/**", "'src/**' is not a rule; expected something like bash(pytest *)."),
    (EDIT, "", "'' is not a rule; expected something like bash(pytest *)."),
    (EDIT, "change(**)", "'change(**)': expected bash, edit, write, read, network or outside "
     "before the bracket."),
)  # fmt: skip


def test_a_rule_that_covers_the_call_is_taken():
    for need, text in FITTING:
        assert edited_rule_problem(text, need, FOLDER) == "", text
    two = read_edited_rules("edit(docs/**), edit(src/*.py)", EDIT, FOLDER)
    assert list(map(str, two)) == ["edit(docs/**)", "edit(src/*.py)"]


def test_any_other_one_is_refused_with_a_sentence():
    for need, text, sentence in UNFITTING:
        assert edited_rule_problem(text, need, FOLDER) == sentence


def test_every_edit_is_one_rule_only():
    assert is_every_edit("edit(**)")
    assert not any(map(is_every_edit, ("write(**)", "edit(src/**)", "edit(**), bash(ls)", "")))

"""All that a permission question is about."""

from tui.reports.permission_page import permission_texts, whole_file
from tui.session.events import PermissionAsked

FILE = "one\ntwo\nthree\nfour\nfive\n"
DIFF = "--- a\n+++ a\n@@ -2,2 +2,3 @@\n two\n-three\n+3\n+3b\n"


def test_the_change_is_shown_in_the_whole_file():
    assert whole_file(DIFF, FILE).split("\n") == [
        "  one",
        "  two",
        "− three",
        "+ 3",
        "+ 3b",
        "  four",
        "  five",
    ]


def test_a_new_file_is_all_new_and_a_cut_diff_is_no_file():
    assert whole_file("@@ -0,0 +1,2 @@\n+a\n+b\n", "") == "+ a\n+ b"
    assert whole_file("@@ -1,9 +1,9 @@\n-a\n", FILE) == ""


def test_the_page_has_the_command_and_what_the_rule_allows():
    asked = PermissionAsked(
        tool_use="t",
        name="bash",
        subject="pytest …",
        reason="runs a command",
        preview="pytest -q tests",
        rule="bash(pytest *)",
        allows="running pytest",
    )
    command, rule = permission_texts(asked, None)
    assert command.title == "bash pytest … · runs a command" and command.text == "pytest -q tests"
    assert rule.text == "running pytest\nbash(pytest *)"

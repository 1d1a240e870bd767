"""Files go back to what they were before a prompt, or stay untouched with a reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agent.tool_runner import ToolRunner
from tests.session.test_session_changes import change
from tui.agent.restored_files import (
    BLACKED_OUT,
    CHANGED,
    MISSING,
    plan_restores,
    restore_files,
)
from tui.session import events as ev
from tui.session.changed_files import ChangedFileCounter
from tui.session.changes_back import CUT, OTHERS, changes_back
from tui.session.session_changes import LoggedChange
from tui.session.unified_diff import apply_hunks, parse_hunks, reversed_hunks


def logged(turn: int, *changes: ev.FileChange) -> list[LoggedChange]:
    return [LoggedChange(turn, turn, f"t{turn}", each) for each in changes]


texts = st.lists(st.sampled_from(["a", "b", "", "{", "é"]), max_size=12).map("\n".join)


@given(texts, texts)
def test_a_diff_leads_there_and_back(before: str, after: str):
    hunks = parse_hunks(change("f", before, after).diff)
    assert hunks is not None
    assert apply_hunks(before, hunks) == after
    assert apply_hunks(after, reversed_hunks(hunks)) == before


def restored(tools: ToolRunner, every: list[LoggedChange], turn: int) -> list[ev.FileChange | str]:
    """What became of each file."""
    plans = plan_restores(tools.world, changes_back(every, turn))
    done = dict(restore_files(plans))
    return [done.get(plan, plan.problem) for plan in plans]


def test_files_of_several_prompts_go_back_to_before_one_of_them(tmp_path: Path):
    tools = ToolRunner(tmp_path)
    every = [
        *logged(1, change("a", "1\n", "2\n"), change("dos", "x\r\n", "x\r\n")),
        *logged(2, change("a", "2\n", "2\n3\n"), change("new", None, "n\n")),
        *logged(3, change("a", "2\n3\n", "4\n3\n"), change("new", "n\n", "m\n")),
        *logged(3, change("dos", "x\n", "y\n", "\r\n")),
    ]
    tools.write_file("a", "4\n3\n").chmod(0o750)
    tools.write_file("new", "m\n")
    tools.write_file("dos", "y\r\n")
    back = [each for each in restored(tools, every, 2) if isinstance(each, ev.FileChange)]
    assert (tools.folder / "a").read_text() == "2\n"
    assert (tools.folder / "a").stat().st_mode & 0o777 == 0o750
    assert not (tools.folder / "new").exists()
    assert (tools.folder / "dos").read_bytes() == b"x\r\n"
    assert [(each.path, each.added, each.removed, each.removes_file) for each in back] == [
        ("a", 1, 2, False), ("new", 0, 1, True), ("dos", 1, 1, False),
    ]  # fmt: skip
    # In the end the session changed what its first prompt did, and nothing else.
    counter = ChangedFileCounter()
    counter.add([each.change for each in every[:1] + every[2:]])
    counter.add(back)
    assert [(file.path, file.added, file.removed) for file in counter.files()] == [("a", 1, 1)]
    # What went back once is not there to go back again.
    again = [*every, *logged(0, *back)]
    assert changes_back(again, 2) == ()
    assert restored(tools, again, 1)[0] != ""


CASES = [
    ("it was changed since", "9\n", [change("f", "1\n", "2\n")], CHANGED),
    ("it is gone", None, [change("f", "1\n", "2\n")], MISSING),
    ("others changed it", "3\n", [change("f", "1\n", "2\n"), change("f", "x\n", "3\n")], OTHERS),
    (
        "a secret is not in the log",
        "key=2\n",
        [ev.FileChange(path="f", added=1, removed=1, before="00", after="5e1d9a1d3a3b6c7f",
                       diff="@@ -1 +1 @@\n-key=[hidden]\n+key=2\n")],
        CHANGED,
    ),
    (
        "an old log has no digests",
        "2\n",
        [ev.FileChange(path="f", added=1, removed=1, diff="@@ -1 +1 @@\n-1\n+2\n")],
        CUT,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("now", "changes", "why"), [case[1:] for case in CASES])
def test_what_is_not_certain_stays_as_it_is(
    tmp_path: Path, now: str | None, changes: list[ev.FileChange], why: str
):
    tools = ToolRunner(tmp_path)
    if now is not None:
        tools.write_file("f", now)
    assert restored(tools, logged(1, *changes), 1) == [why]
    assert now is None or (tools.folder / "f").read_text() == now


def test_a_text_that_does_not_come_out_as_it_was_is_not_written(tmp_path: Path):
    tools = ToolRunner(tmp_path)
    tools.write_file("f", "key=2\n")
    made = change("f", "key=1\n", "key=2\n")
    hidden = ev.FileChange(
        path="f", added=1, removed=1, before=made.before, after=made.after,
        diff=made.diff.replace("key=1", "key=[hidden]"),
    )  # fmt: skip
    assert restored(tools, logged(1, hidden), 1) == [BLACKED_OUT]


def test_a_link_that_leads_outside_is_not_followed(tmp_path: Path):
    tools = ToolRunner(tmp_path)
    outside = tmp_path / "outside"
    outside.write_text("2\n")
    (tools.folder / "f").symlink_to(outside)
    assert restored(tools, logged(1, change("f", "1\n", "2\n")), 1) == [
        "outside the project folder"
    ]
    assert outside.read_text() == "2\n"

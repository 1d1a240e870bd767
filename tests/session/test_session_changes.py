"""What a session, a prompt and a subtask changed, file by file, and what each file cost."""

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.work_log import WorkLog, call_block, worked_example
from tui.agent.tools.change_diff import describe_change, with_digests
from tui.agent.tools.tool_paths import ResolvedPath
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.patch_text import display_diff, patch_text
from tui.session.session_changes import DiffScope, FileDiff, SessionChanges

SESSION = DiffScope()


def change(path: str, before: str | None, after: str, newline: str = "\n") -> ev.FileChange:
    """The change of a file as a tool logs it."""
    made = describe_change(ResolvedPath(Path("/x"), path, outside_project=False), before, after)
    on_disk = [None if text is None else text.replace("\n", newline) for text in (before, after)]
    old, new = (None if text is None else text.encode() for text in on_disk)
    return with_digests(made, old, new or b"", newline)


class ChangeLog(WorkLog):
    """A log of prompts that change files."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def work(self, *changes: ev.FileChange, prompt: bool = False) -> "ChangeLog":
        """Change files, in a prompt of their own or in the one that runs."""
        if prompt or not self.state.turn:
            self.prompt(f"prompt {self.state.turn + 1}")
        for made in changes:
            self.calls += 1
            id = f"t{self.calls}"
            self.answer(1_000, 100, call_block(id, "edit", path=made.path))
            self.call(id, "edit", made.path, 10, made)
        return self

    def changes(self) -> SessionChanges:
        entries = list(self.state.ledger.entries.values())
        return SessionChanges(self.records, entries, self.state.checklist)

    def files(self, scope: DiffScope = SESSION) -> tuple[FileDiff, ...]:
        return self.changes().files(scope)


def counts(files: tuple[FileDiff, ...]) -> list[tuple[str, int, int]]:
    return [(file.path, file.added, file.removed) for file in files]


def test_a_session_adds_up_what_its_prompts_changed():
    log = ChangeLog()
    log.work(change("a.py", "one\n", "1\n"), change("b.py", None, "new\n"))
    log.work(change("a.py", "1\n", "1\n2\n"), prompt=True)
    assert counts(log.files()) == [("a.py", 2, 1), ("b.py", 1, 0)]
    assert counts(log.files(DiffScope("prompt", 1))) == [("a.py", 1, 1), ("b.py", 1, 0)]
    assert counts(log.files(DiffScope("prompt", 2))) == [("a.py", 1, 0)]
    assert [file.created for file in log.files()] == [False, True]
    assert [(scope.turn, scope.title) for scope in log.changes().prompts()] == [
        (1, "prompt 1"),
        (2, "prompt 2"),
    ]


def test_nothing_changed_where_nothing_did():
    log = WorkLog()
    log.prompt()
    log.end()
    changes = SessionChanges(log.records, list(log.state.ledger.entries.values()), {})
    assert (changes.files(SESSION), changes.prompts(), changes.subtasks()) == ((), [], [])


def test_a_file_that_is_as_it_was_is_left_out():
    log = ChangeLog().work(change("a.py", "1\n", "2\n"), change("a.py", "2\n", "1\n"))
    assert log.files() == ()


def test_a_change_from_elsewhere_in_between_parts_the_diff():
    log = ChangeLog().work(change("a.py", "1\n", "2\n"), change("a.py", "2\nx\n", "3\nx\n"))
    (file,) = log.files()
    assert file.interrupted and len(file.parts) == 2
    assert (file.added, file.removed) == (2, 2)


def test_a_file_that_was_removed_and_made_again_is_new_twice():
    log = ChangeLog().work(change("a.py", None, "1\n"), change("a.py", None, "2\n"))
    (file,) = log.files()
    assert [part.created for part in file.parts] == [True, True] and file.interrupted


def test_changes_of_another_prompt_in_between_are_no_change_from_elsewhere():
    log = ChangeLog()
    for n in range(3):
        log.work(change("a.py", f"{n}\n", f"{n + 1}\n"), prompt=True)
    (file,) = log.files(DiffScope("prompt", 2))
    assert not file.interrupted and not file.is_latest
    assert display_diff(file.parts[0].hunks) == "@@ -1,1 +1,1 @@\n-1\n+2\n"


def test_of_a_diff_that_is_not_whole_only_the_counts_are_known():
    cut = ev.FileChange(
        path="a.py", added=9, removed=8, diff="@@ -1,9 +1,9 @@\n-a\n[… left out here.]\n"
    )
    log = ChangeLog().work(change("a.py", "x\n", "y\n"), cut)
    (file,) = log.files()
    assert not file.exact and (file.added, file.removed) == (10, 9)
    assert "# b/a.py: the log keeps only a part of this change." in patch_text(log.files())


def test_a_subtask_has_the_changes_that_are_charged_to_it():
    log = ChangeLog()
    log.prompt()
    tasks = (SubtaskUpdate(id="a", title="a.py"), SubtaskUpdate(id="b", title="b.py"))
    log.append(ev.ChecklistChanged(updates=tasks))
    log.work(change("a.py", "1\n", "2\n"), change("b.py", None, "new\n"))
    log.work(change("a.py", "2\n", "3\n"))
    assert [(scope.subtask, scope.title) for scope in log.changes().subtasks()] == [
        ("a", "a.py"),
        ("b", "b.py"),
    ]
    assert counts(log.files(DiffScope("subtask", subtask="a"))) == [("a.py", 1, 1)]
    assert counts(log.files(DiffScope("subtask", subtask="b"))) == [("b.py", 1, 0)]


def test_a_subtask_is_charged_with_its_calls_though_a_message_has_others():
    log = ChangeLog()
    log.prompt()
    tasks = (SubtaskUpdate(id="a", title="a.py"), SubtaskUpdate(id="b", title="b.py"))
    log.append(ev.ChecklistChanged(updates=tasks))
    blocks = [call_block(f"t{path}", "edit", path=f"{path}.py") for path in "ab"]
    log.answer(1_000, 100, *blocks)
    for path in "ab":
        made = change(f"{path}.py", "1\n", "2\n")
        log.call(f"t{path}", "edit", made.path, 10, made)
    log.answer(1_120, 5)
    for path in "ab":  # half of the message, and half of what the context grew by
        (file,) = log.files(DiffScope("subtask", subtask=path))
        assert (file.path, file.tokens) == (f"{path}.py", 60)


def test_a_file_of_two_subtasks_costs_each_what_it_took_for_it():
    log = ChangeLog()
    log.prompt()
    tasks = (SubtaskUpdate(id="a", title="first"), SubtaskUpdate(id="b", title="second"))
    log.append(ev.ChecklistChanged(updates=tasks))
    for turn, (id, output) in enumerate((("a", 100), ("b", 30)), 1):
        made = change("x.py", f"{turn}\n", f"{turn + 1}\n")
        log.answer(1_000 * turn, output, call_block(f"t{id}", "edit", path="x.py"), subtask=id)
        log.call(f"t{id}", "edit", "x.py", 10, made)
    tokens = {}
    for id in "ab":
        (file,) = log.files(DiffScope("subtask", subtask=id))
        tokens[id] = file.tokens
    # The result of the first edit is what the context grew by beside its message.
    assert tokens == {"a": 100 + 900, "b": 30 + 10}
    assert sum(file.tokens for file in log.files()) == 1_040


def test_a_file_costs_what_reading_and_changing_it_took():
    log = worked_example()
    changed = log.records[-4].event
    assert isinstance(changed, ev.ToolFinished)
    entries = list(log.state.ledger.entries.values())
    records = [
        ev.Record(
            each.seq,
            each.at,
            ev.ToolFinished(
                request=2,
                tool_use="t2",
                name="edit",
                content="text",
                outcome="done",
                changes=(change("src/core.py", "1\n", "2\n"),),
            )
            if each.event is changed
            else each.event,
        )
        for each in log.records
    ]
    for scope in (SESSION, DiffScope("prompt", 1)):
        (file,) = SessionChanges(records, entries, {}).files(scope)
        assert (file.tokens, file.estimated) == (830, True)  # 690 of reading, 140 of writing
        # 5,250 and 2,750 of 14,750 parts of $0.05, by the rates: worked out in the example.
        assert file.dollars is not None
        assert round(file.dollars, 6) == round(Decimal("0.05") * 8_000 / 14_750, 6)


def test_changes_of_a_prompt_whose_row_is_lost_are_found():
    log = ChangeLog().work(change("a.py", "1\n", "2\n"))
    log.records = [each for each in log.records if not isinstance(each.event, ev.PromptSubmitted)]
    assert [(scope.turn, scope.title) for scope in log.changes().prompts()] == [(1, "")]


def test_the_same_is_found_after_a_rewind_and_a_fork():
    log = ChangeLog().work(change("a.py", "1\n", "2\n"))
    before = log.files()
    log.append(ev.Rewritten(reason="rewind", keep=0))
    log.append(ev.SessionStarted(session="t", folder="/p", program="1", model="m", parent=("s", 9)))
    assert log.files() == before


texts = st.lists(st.sampled_from(["a", "b", "", "{"]), max_size=8).map("\n".join)


@given(st.lists(st.tuples(st.sampled_from("xy"), texts), max_size=8))
def test_the_lines_of_the_files_are_those_of_the_patch(steps: list[tuple[str, str]]):
    log, held = ChangeLog(), dict[str, str]()
    log.prompt()
    for path, text in steps:
        log.work(change(path, held.get(path), text))
        held[path] = text
    files = log.files()
    rows = [
        row
        for row in patch_text(files).split("\n")
        if not row.startswith(("--- a/", "--- /dev", "+++ b/"))
    ]
    assert sum(file.added for file in files) == sum(row[:1] == "+" for row in rows)
    assert sum(file.removed for file in files) == sum(row[:1] == "-" for row in rows)


NAMES = ["a.py", "src/ä ö.py", 'quo"te.txt', "line\nfeed", "back\\slash", "-dash", "tab\t.txt"]


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
@pytest.mark.parametrize("name", NAMES)
def test_git_applies_the_patch(tmp_path: Path, name: str):
    states = {"crlf.txt": ("1\n2\n", "1\ntwo\n", "\r\n"), name: ("a\nb", "a\nB\n", "\n")}
    log = ChangeLog().work(*(change(path, *state) for path, state in states.items()))
    log.work(change("made/new.txt", None, "one\n"), change("empty", None, ""))
    for path, (before, _, newline) in states.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(before.replace("\n", newline).encode())
    patch = patch_text(log.files()).encode("utf-8", "surrogateescape")
    assert b"+++ b/crlf.txt\n" in patch and b"--- /dev/null\n+++ b/made/new.txt\n" in patch
    assert b" " not in name.encode() or f"--- a/{name}\t\n".encode() in patch  # as Git writes it
    subprocess.run(["git", "apply", "-"], input=patch, cwd=tmp_path, check=True)
    for path, (_, after, newline) in states.items():
        assert (tmp_path / path).read_bytes() == after.replace("\n", newline).encode()
    assert (tmp_path / "made/new.txt").read_text() == "one\n"
    assert (tmp_path / "empty").read_text() == ""

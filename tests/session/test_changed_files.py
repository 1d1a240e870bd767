"""How many lines of which files changed, counted change by change."""

from hypothesis import given
from hypothesis import strategies as st

from tests.session.test_session_changes import ChangeLog, change
from tui.session import events as ev
from tui.session.changed_files import MAX_COUNTED_LINES, ChangedFile, ChangedFileCounter


def counted(*changes: ev.FileChange) -> tuple[ChangedFile, ...]:
    counter = ChangedFileCounter()
    counter.add(changes)
    return counter.files()


def test_changes_of_one_file_count_together():
    assert counted(
        change("a.py", "1\n", "2\n"),
        change("b.py", None, "x\n"),
        change("a.py", "2\n", "3\n4\n"),
    ) == (ChangedFile("a.py", 2, 1), ChangedFile("b.py", 1, 0))


def test_a_file_that_is_as_it_was_is_left_out_unless_it_is_new():
    back = change("a.py", "1\n", "2\n"), change("a.py", "2\n", "1\n")
    assert counted(*back) == ()
    assert counted(change("new", None, "")) == (ChangedFile("new", 0, 0),)


def test_a_file_that_was_removed_and_made_again_is_summed_up():
    again = change("a.py", None, "1\n"), change("a.py", None, "2\n")
    assert counted(*again) == (ChangedFile("a.py", 2, 0, exact=False),)


def test_many_lines_or_a_diff_that_is_not_whole_are_summed_up():
    many = "".join(f"{n}\n" for n in range(MAX_COUNTED_LINES))
    assert counted(change("a.py", "", many), change("a.py", many, "")) == (
        ChangedFile("a.py", MAX_COUNTED_LINES, MAX_COUNTED_LINES, exact=False),
    )
    cut = ev.FileChange(path="a.py", added=5, removed=4, diff="@@ -1,9 +1,9 @@\n-a\n[…]\n")
    assert counted(change("a.py", "1\n", "2\n"), cut) == (ChangedFile("a.py", 6, 5, exact=False),)


texts = st.lists(st.sampled_from(["a", "b", "", "{"]), max_size=8).map("\n".join)


@given(st.lists(st.tuples(st.sampled_from("xy"), texts), max_size=8))
def test_the_counts_are_those_of_the_diff_that_is_shown(steps: list[tuple[str, str]]):
    log, held, counter = ChangeLog(), dict[str, str](), ChangedFileCounter()
    log.prompt()
    for path, text in steps:
        made = change(path, held.get(path), text)
        held[path] = text
        log.work(made)
        counter.add([made])
    shown = [(file.path, file.added, file.removed) for file in log.files()]
    assert [file[:3] for file in counter.files()] == shown

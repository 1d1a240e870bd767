"""Which lines of a file the model has seen, also after it changed others."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui.agent.tools.file_versions import FileVersions, LineReplacement, LineSpan

FILE = Path("/project/a.txt")


@given(st.data())
def test_what_was_not_seen_is_counted_after_any_edits(data: st.DataObject):
    """Against a list with one flag for each line."""
    total = data.draw(st.integers(1, 30))
    seen = [False] * total
    files, content = FileVersions(), b"0"
    for step in range(data.draw(st.integers(1, 4))):
        first = data.draw(st.integers(1, len(seen)))
        end = data.draw(st.integers(first, len(seen) + 1))
        files.record_lines(FILE, content, len(seen), [LineSpan(first, end)])
        seen[first - 1 : end - 1] = [True] * (end - first)
        moved, at = [], 1
        while at <= len(seen) and data.draw(st.booleans()):
            at = data.draw(st.integers(at, len(seen)))
            before = data.draw(st.integers(1, len(seen) - at + 1))
            moved.append(LineReplacement(at, before, data.draw(st.integers(1, 3))))
            at += before
        for place in reversed(moved):
            seen[place.first - 1 : place.first - 1 + place.before] = [True] * place.after
        content = str(step + 1).encode()
        files.record_edit(FILE, content, moved, len(seen))
        assert files.unseen_line_count(FILE) == seen.count(False)


def test_a_file_that_changed_has_to_be_seen_again():
    files = FileVersions()
    files.record_lines(FILE, b"a\nb\n", 2, [LineSpan(1, 3)])
    assert (files.unseen_line_count(FILE), files.compare(FILE, b"a\nb\n")) == (0, "current")
    files.record_lines(FILE, b"a\nc\n", 2, [LineSpan(1, 2)])
    assert files.unseen_line_count(FILE) == 1

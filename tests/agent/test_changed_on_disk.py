"""What became of changed files on disk, and where a command moved them."""

from pathlib import Path

import pytest

from tui.agent.changed_on_disk import CHANGED, GONE, notes_on_files, renamed_to
from tui.agent.tools.change_diff import content_digest
from tui.session.session_changes import DiffPart, FileDiff


def changed(path: str, content: bytes = b"mine\n", *, latest: bool = True) -> FileDiff:
    return FileDiff(path, (DiffPart(()),), 1, 0, is_latest=latest, digest=content_digest(content))


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"mine\n", ""),
        (b"mine\r\n", CHANGED),
        (b"\x89PNG\r\n\x1a\n\0", "replaced since then: now a PNG image"),
        (None, GONE),
    ],
)
def test_a_file_is_compared_with_what_the_session_left(
    tmp_path: Path, content: bytes | None, note: str
):
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    found = notes_on_files(tmp_path, [changed("a.txt")], [])
    assert found == ({"a.txt": note} if note else {})


def test_nothing_is_said_of_what_was_changed_again_or_cannot_be_known(tmp_path: Path):
    assert notes_on_files(tmp_path, [changed("gone", latest=False)], []) == {}
    assert notes_on_files(tmp_path / "no folder", [changed("a")], []) == {}
    (tmp_path / "old").write_text("other")
    old = FileDiff("old", (DiffPart(()),), 1, 0)
    assert notes_on_files(tmp_path, [old], []) == {}
    (tmp_path / "folder").mkdir()
    assert notes_on_files(tmp_path, [changed("folder")], []) == {"folder": "no longer a file"}
    assert "cannot be read" in notes_on_files(tmp_path, [changed("nul\0")], [])["nul\0"]


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("mv a.txt b.txt", "b.txt"),
        ("git mv -f ./a.txt b.txt && make", "b.txt"),
        ("make; mv 'a.txt' folder", "folder/a.txt"),
        ("mv x.txt a.txt folder/", "folder/a.txt"),
        ("mv a.txt gone.txt", ""),
        ("mv b.txt a.txt", ""),
        ("cp a.txt b.txt", ""),
        ("mv 'a.txt b.txt", ""),
        ("mv a.txt", ""),
    ],
)
def test_a_file_that_a_command_moved_is_found_again(tmp_path: Path, command: str, target: str):
    (tmp_path / "b.txt").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.txt").touch()
    assert renamed_to(tmp_path, "a.txt", ["echo before", command, "echo after"]) == target
    if target:
        note = notes_on_files(tmp_path, [changed("a.txt")], [command])
        assert note == {"a.txt": f"renamed to {target} since then"}

"""A folder that was renamed or moved finds its sessions; another one never gets them."""

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.session.log_events import TickingClock, ended, exchange, prompt, started
from tui.session.folder_identity import FolderIdentity, identify_folder
from tui.session.folder_notes import NOTE, FolderNote, find_places, read_note, write_note
from tui.session.moved_folders import moved_sentence, similar_folder_sentence, with_present_folder
from tui.session.session_index import SessionIndex
from tui.session.session_paths import folder_key, session_path, sessions_folder
from tui.session.store import SessionStore

BEGUN = "0" * 40 + " " + "1" * 40 + " A <a@b> 1700000000 +0000\tclone: from x\n"
LATER = "1" * 40 + " " + "2" * 40 + " A <a@b> 1700000999 +0000\tcommit: y\n"


def project(place: Path, first_line: str = "") -> Path:
    """A folder with a file in it, and a repository if its log has a first line."""
    place.mkdir(parents=True)
    (place / "a.py").write_text("x = 1\n")
    if first_line:
        (place / ".git" / "logs").mkdir(parents=True)
        (place / ".git" / "logs" / "HEAD").write_text(first_line + LATER)
    return place


def work(data: Path, folder: Path, session: str, at: float = 1_000.0) -> None:
    """A session with one turn in a folder, and the note that the program writes."""
    path = session_path(data, folder, session)
    with SessionStore.create(path, now=TickingClock(at)) as store:
        store.append([started(session, str(folder)), prompt(1, "hello")])
        store.append([*exchange(1, 1, 100, "0.10", f"m_{session}"), ended(1)])
    write_note(sessions_folder(data), folder_key(folder), folder)


def listed(data: Path, folder: Path) -> list[str]:
    with SessionIndex(data) as index:
        index.refresh(folder)
        return [summary.id for summary in index.page(folder)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    if not identify_folder(tmp_path).born:
        pytest.skip("this file system does not say when a folder was made")
    return tmp_path / "data"


@pytest.mark.parametrize("new", ["renamed", "elsewhere/deep/project", "PROJECT", "a b\u00e9"])
def test_a_folder_that_was_renamed_or_moved_has_its_sessions(tmp_path: Path, data: Path, new: str):
    old = project(tmp_path / "project")
    work(data, old, "s1")
    here = tmp_path / new
    here.parent.mkdir(parents=True, exist_ok=True)
    old.rename(here)
    work(data, here, "s2", at=2_000.0)
    assert listed(data, here) == ["s2", "s1"]
    with SessionIndex(data) as index:
        latest = index.latest(here)
        assert latest is not None and latest.id == "s2"
        found = index.find("s1", here)
        assert moved_sentence(index, found, here) == (
            f"This folder was {old} before: its sessions go on here."
        )
        assert moved_sentence(index, latest, here) == ""
        assert with_present_folder(found, index, here).folder == str(here)
    # Once the program has worked on it here, it is no news.
    write_note(sessions_folder(data), found.key, here)
    with SessionIndex(data) as index:
        assert moved_sentence(index, found, here) == ""
        assert listed(data, here) == ["s2", "s1"]
    again = here.rename(tmp_path / "third")
    assert listed(data, again) == ["s2", "s1"]


def test_a_repository_that_was_moved_to_another_file_system_has_its_sessions(
    tmp_path: Path, data: Path
):
    old = project(tmp_path / "project", BEGUN)
    work(data, old, "s1")
    work(data, project(old / "sub"), "s2")
    here = tmp_path / "disk" / "project"
    shutil.copytree(old, here)
    assert listed(data, here) == [], "a copy is another project while the first is there"
    with SessionIndex(data) as index:
        assert "continues the last session" in similar_folder_sentence(index, here, "{}")
    shutil.rmtree(old)
    assert listed(data, here) == ["s1"]
    assert listed(data, here / "sub") == ["s2"]


@pytest.mark.parametrize("line", ["", BEGUN.replace("1700000000", "1700000001")])
def test_another_project_in_the_place_or_with_the_number_of_a_deleted_one_gets_none(
    tmp_path: Path, data: Path, line: str
):
    old = project(tmp_path / "project", BEGUN)
    work(data, old, "s1")
    shutil.rmtree(old)
    other = project(tmp_path / "other", line)
    # File systems give the number of a deleted folder to the next one.
    key = folder_key(old)
    here = identify_folder(other)
    path = sessions_folder(data) / key / NOTE
    note = read_note(path)
    assert note is not None
    same = FolderIdentity(here.device, here.inode, here.born - 1, note.identity.repository)
    path.write_bytes(msgspec.json.encode(FolderNote(note.folder, same)))
    assert listed(data, other) == []
    with SessionIndex(data) as index:
        assert similar_folder_sentence(index, other, "{}") == ""


@pytest.mark.parametrize("with_note", [True, False])
def test_a_folder_of_the_same_name_is_offered_the_sessions_of_one_that_is_gone(
    tmp_path: Path, data: Path, with_note: bool
):
    old, here = project(tmp_path / "a" / "project"), project(tmp_path / "b" / "project")
    work(data, old, "s1")
    if not with_note:
        (sessions_folder(data) / folder_key(old) / NOTE).unlink()
    with SessionIndex(data) as index:
        assert similar_folder_sentence(index, here, "glideslope -r {}") == "", "it is still there"
    old.rename(tmp_path / "a" / "away")
    assert listed(data, here) == []
    with SessionIndex(data) as index:
        assert similar_folder_sentence(index, here, "glideslope -r {}") == (
            f"If it was {old} before: glideslope -r s1 continues the last session of that folder."
        )


def test_sessions_without_a_note_are_offered_to_a_folder_that_stands_beside_where_theirs_was(
    tmp_path: Path, data: Path
):
    old = project(tmp_path / "project")
    work(data, old, "s1")
    here = old.rename(tmp_path / "renamed")
    (sessions_folder(data) / folder_key(old) / NOTE).unlink()
    assert listed(data, here) == []
    with SessionIndex(data) as index:
        assert "s1 continues" in similar_folder_sentence(index, here, "{}")
        assert similar_folder_sentence(index, project(tmp_path / "x" / "y"), "{}") == ""


def test_a_session_of_another_folder_is_never_continued_without_a_word(tmp_path: Path, data: Path):
    there, here = project(tmp_path / "there"), project(tmp_path / "here")
    work(data, there, "s1")
    with SessionIndex(data) as index:
        found = index.find("s1", here)
        assert moved_sentence(index, found, here) == (
            f"This session began in {there}; from now on it works in {here}."
        )
        assert index.latest(here) is None


def test_a_folder_that_was_made_again_says_so_before_its_sessions_go_on(tmp_path: Path, data: Path):
    here = project(tmp_path / "project")
    work(data, here, "s1")
    with SessionIndex(data) as index:
        found = index.find("s1", here)
        assert moved_sentence(index, found, here) == ""
        here.rename(tmp_path / "away")
        project(here)
        assert moved_sentence(index, found, here) == (
            f"{here} is another folder than the one in which this session worked last."
        )
        write_note(sessions_folder(data), found.key, here)
        assert moved_sentence(index, found, here) == ""


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"folder": 1}', b"x" * 99_999])
def test_a_note_that_cannot_be_read_costs_nothing_else(tmp_path: Path, data: Path, damage: bytes):
    here = project(tmp_path / "project")
    work(data, here, "s1")
    path = sessions_folder(data) / folder_key(here) / NOTE
    path.write_bytes(damage)
    assert listed(data, here) == ["s1"]
    assert find_places(sessions_folder(data), tmp_path).names == {}
    write_note(sessions_folder(data), folder_key(here), here)
    assert read_note(path) is not None and path.stat().st_mode & 0o077 == 0


def test_what_cannot_be_looked_at_has_no_identity(tmp_path: Path):
    gone = identify_folder(tmp_path / "gone")
    assert gone == FolderIdentity()
    assert not gone.is_same_folder(gone) and not gone.is_same_repository(gone)
    assert not gone.is_same_inode(gone)

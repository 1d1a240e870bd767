"""Memory files: which are sent, which are left out with a word, and what is cut."""

import os
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tui.agent.memory_files import MAX_FILE_CHARACTERS, MemoryFiles, read_memory_files
from tui.agent.system_prompt import build_preamble

SECRET = "the secret of the home folder"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a secret in it, and a link farm beside the project."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "key.md").write_text(SECRET)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def project(home: Path) -> Path:
    folder = home / "work" / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return folder


def read(folder: Path, own: str | Path = "none") -> MemoryFiles:
    return read_memory_files(folder, Path(own))


def texts(found: MemoryFiles) -> list[str]:
    return [memory.text for memory in found.files]


def names(found: MemoryFiles, root: Path) -> list[str]:
    return [memory.path.relative_to(root.resolve()).as_posix() for memory in found.files]


def test_files_from_the_top_of_the_repository_to_here_are_sent_the_outermost_first(
    project: Path,
):
    deep = project / "src" / "deep"
    deep.mkdir(parents=True)
    for place in (project, project / "src", deep):
        (place / "AGENTS.md").write_text(f"rules of {place.name}")
    (project.parent / "AGENTS.md").write_text("not of this repository")
    (deep / "CLAUDE.md").write_text("more")
    found = read(deep)
    assert texts(found) == ["rules of project", "rules of src", "rules of deep", "more"]
    assert found.remarks == ()


def test_the_users_own_file_comes_first_wherever_it_is_linked_to(project: Path, home: Path):
    (home / "dotfiles.md").write_text("mine")
    (home / "AGENTS.md").symlink_to("dotfiles.md")
    (project / "AGENTS.md").write_text("theirs")
    assert texts(read(project, home / "AGENTS.md")) == ["mine", "theirs"]
    assert texts(read_memory_files(project, home / "AGENTS.md", project=False)) == ["mine"]


def linked(project: Path) -> None:
    (project / "CLAUDE.md").symlink_to("AGENTS.md")


def hard_linked(project: Path) -> None:
    os.link(project / "AGENTS.md", project / "CLAUDE.md")


def linked_through_a_folder(project: Path) -> None:
    (project / "docs").mkdir()
    (project / "docs" / "all.md").symlink_to("../AGENTS.md")
    (project / "CLAUDE.md").symlink_to("docs/all.md")


@pytest.mark.parametrize("again", [linked, hard_linked, linked_through_a_folder])
def test_one_file_of_two_names_is_sent_once(project: Path, again: Callable[[Any], object]):
    (project / "AGENTS.md").write_text("once")
    again(project)
    found = read(project)
    assert (texts(found), found.remarks) == (["once"], ())


def test_the_users_own_file_that_is_a_link_to_that_of_the_project_is_sent_once(
    project: Path, home: Path
):
    (project / "AGENTS.md").write_text("once")
    (home / "AGENTS.md").symlink_to(project / "AGENTS.md")
    assert texts(read(project, home / "AGENTS.md")) == ["once"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../../key.md", "this is a link that leads out of the folder"),
        ("/proc/self/environ", "this is a link that leads out of the folder"),
        ("/dev/zero", "this is a link that leads out of the folder"),
        ("/proc/self/fd/0", "this is a link that leads out of the folder"),
        ("AGENTS.md", "this is a link that leads to itself"),
        ("nowhere.md", "the link leads nowhere"),
        ("inside/key.md", "this is a link that leads out of the folder"),
        (".git/config", 'this is a link to "config", which is no file of notes'),
        (".env", 'this is a link to ".env", which is no file of notes'),
        ("server.pem", 'this is a link to "server.pem", which is no file of notes'),
        ("docs", "this is a folder"),
    ],
)
def test_a_link_to_anything_but_notes_of_the_repository_is_left_out(
    project: Path, home: Path, target: str, reason: str
):
    (project / "inside").symlink_to(home)
    (project / "docs").mkdir()
    for name in (".git/config", ".env", "server.pem"):
        (project / name).write_text(SECRET)
    (project / "AGENTS.md").symlink_to(target)
    found = read(project)
    assert texts(found) == []
    assert found.remarks == (
        f'"{project.resolve() / "AGENTS.md"}" is not sent to the model: {reason}.',
    )


@pytest.mark.parametrize("target", ["docs/rules.md", ".github/rules.md", "notes.txt"])
def test_a_link_to_notes_of_the_repository_is_sent(project: Path, target: str):
    (project / target).parent.mkdir(exist_ok=True)
    (project / target).write_text("notes")
    (project / "AGENTS.md").symlink_to(target)
    assert texts(read(project)) == ["notes"]


def test_the_home_folder_is_nobodys_repository_so_no_link_reaches_into_it(home: Path):
    (home / ".git").mkdir()
    (home / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    project = home / "unpacked"
    project.mkdir()
    (home / "AGENTS.md").write_text("of the home")
    (project / "AGENTS.md").symlink_to("../key.md")
    found = read(project)
    assert texts(found) == [] and len(found.remarks) == 1


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may be 108 bytes long
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (pipe, "this is a pipe"),
        (folder, "this is a folder"),
        (unix_socket, "this is a socket"),
        (lambda path: path.write_bytes(b"a\0b"), "this is no text"),
        (lambda path: path.write_bytes(b"caf\xe9"), "this is not UTF-8 text"),
    ],
)
def test_what_is_no_text_file_is_left_out_with_a_word(
    project: Path, make: Callable[[Any], object], reason: str
):
    make(project / "AGENTS.md")
    (project / "CLAUDE.md").write_text("good")
    found = read(project)
    assert texts(found) == ["good"]
    (remark,) = found.remarks
    assert remark.endswith(f'AGENTS.md" is not sent to the model: {reason}.')


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_what_may_not_be_read_is_left_out_with_a_word(project: Path):
    (project / "AGENTS.md").write_text("x")
    (project / "AGENTS.md").chmod(0)
    assert read(project).remarks[0].endswith("permission denied.")


def test_a_long_file_is_cut_at_a_line_and_says_so_to_both(project: Path):
    line = "a rule that is kept, ä\n"
    (project / "AGENTS.md").write_text(line * 20_000, encoding="utf-8")
    found = read(project)
    (memory,) = found.files
    kept = memory.text.partition("\n[Cut here")[0]
    assert kept == (line * 20_000)[: len(kept)].strip() and kept.endswith("ä")
    assert MAX_FILE_CHARACTERS - len(line) <= len(kept) <= MAX_FILE_CHARACTERS
    of = f"the first {len(kept):,} characters of {20_000 * len(line.encode()):,} bytes"
    assert memory.text.endswith(f"[Cut here: these are {of}. The rest can be read in the file.]")
    assert found.remarks[0].endswith(f"too long for a memory file: {of} are sent to the model.")


def test_a_huge_file_costs_no_more_than_what_is_sent_of_it(project: Path):
    with (project / "AGENTS.md").open("wb") as file:
        file.write(b"rule\n" * 100_000)
        file.truncate(10 << 30)  # ten gigabytes, sparse
    found = read(project)
    assert found.files[0].text.startswith("rule\n") and "10,737,418,240 bytes" in found.remarks[0]


def test_all_files_together_have_a_bound_and_the_nearest_come_first(project: Path):
    deep = project
    for at in range(4):
        deep = deep / f"d{at}"
        deep.mkdir()
        (deep / "AGENTS.md").write_text(f"file {at}\n" + "x\n" * 40_000)
    found = read(deep)
    assert names(found, project)[-1] == "d0/d1/d2/d3/AGENTS.md"
    assert found.files[-1].text.startswith("file 3")
    assert sum(len(memory.text) for memory in found.files) < 201_000
    assert len(found.remarks) == 2


def test_many_remarks_are_few_lines(project: Path):
    deep = project
    for at in range(8):
        deep = deep / f"d{at}"
        deep.mkdir()
        (deep / "AGENTS.md").symlink_to("/etc/passwd")
    assert read(deep).remarks[4:] == ("4 more memory files are cut or not sent.",)


def test_a_name_that_a_terminal_would_obey_is_escaped_in_the_remark(home: Path):
    project = home / "a\x1b]0;x\x07\u202eb"
    project.mkdir()
    (project / "AGENTS.md").symlink_to("/etc/passwd")
    assert read(project).remarks[0].isprintable()


def test_the_log_knows_which_files_were_sent_and_how_much_of_the_context_they_are(
    project: Path,
):
    (project / "AGENTS.md").write_text("be kind")
    (project / "src").mkdir()
    (project / "src" / "AGENTS.md").write_text("be brief")
    told = build_preamble(project / "src", (), datetime(2026, 11, 23), Path("none"))
    outer = str(project.resolve() / "AGENTS.md")
    assert [file.path for file in told.memory] == [outer, "AGENTS.md"]
    blocks = told.context.split("\n\n")
    assert [len(block) for block in blocks[1:]] == [file.characters for file in told.memory]
    assert "git branch: main" in blocks[0]

"""Files for people: cleaned, without keys, for this user only, never over an earlier one."""

import os
from pathlib import Path

import pytest

from tui.reports.export_files import (
    FileNotWritten,
    redact_for_export,
    write_export_file,
    write_new_file,
    write_numbered_file,
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_is_for_this_user_only_whatever_the_umask_says(tmp_path: Path):
    before = os.umask(0)
    try:
        write_new_file(tmp_path / "a.md", "words")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a.md") == 0o600
    assert (tmp_path / "a.md").read_text() == "words"


def test_nothing_is_written_over(tmp_path: Path):
    (tmp_path / "a.md").write_text("mine")
    with pytest.raises(FileNotWritten, match="is there already: give another name"):
        write_new_file(tmp_path / "a.md", "words")
    assert (tmp_path / "a.md").read_text() == "mine"


def test_a_link_in_its_place_is_not_followed(tmp_path: Path):
    (tmp_path / "a.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileNotWritten):
        write_new_file(tmp_path / "a.md", "words")
    assert write_numbered_file(tmp_path, "a.md", "words") == tmp_path / "a-2.md"
    assert not (tmp_path / "elsewhere").exists()


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path):
    names = [write_numbered_file(tmp_path, "a.md", str(n)).name for n in range(3)]
    assert names == ["a.md", "a-2.md", "a-3.md"]
    assert (tmp_path / "a.md").read_text() == "0"


def test_where_it_goes_is_a_file_a_folder_or_the_project(tmp_path: Path):
    (tmp_path / "papers").mkdir()
    assert write_export_file(tmp_path, "", "s.md", "x") == tmp_path / "s.md"
    assert write_export_file(tmp_path, "papers", "s.md", "x") == tmp_path / "papers" / "s.md"
    assert write_export_file(tmp_path, "papers/b.md", "s.md", "x") == tmp_path / "papers" / "b.md"
    absolute = str(tmp_path / "papers" / "c.md")
    assert write_export_file(tmp_path / "papers", absolute, "s.md", "x") == Path(absolute)


@pytest.mark.parametrize(
    ("wish", "words"),
    [("no/such/folder/a.md", "No such file"), ("~nobody-of-that-name/a.md", "not a place")],
)
def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, wish: str, words: str):
    with pytest.raises(FileNotWritten) as caught:
        write_export_file(tmp_path, wish, "s.md", "x")
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_control_sequences_and_keys_stay_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key-of-some-proxy")
    text = "\x1b[31mred\x1b[0m \x1b]52;c;QUJD\x07 sk-ant-api03-Abc_9 a-key-\x1b[1mof-some-proxy\x00"
    assert redact_for_export(text) == "red  [key] [key]"

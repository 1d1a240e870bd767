"""The log file holds errors and no keys, for this user only."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.log_file import start_log_file


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield
    for handler in root.handlers[:]:
        if handler not in before[0]:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(before[1])


def test_keys_are_blacked_out_and_nobody_else_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "odd-key-of-a-proxy")
    path = start_log_file(tmp_path / "state")
    assert path is not None
    try:
        raise RuntimeError("refused sk-ant-api03-abc and odd-key-of-a-proxy")
    except RuntimeError:
        logging.getLogger("tui").exception("unexpected")
    text = path.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "sk-ant" not in text and "odd-key" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_start(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert start_log_file(blocked / "state") is None


def test_started_again_it_writes_to_the_new_file_alone_and_once(tmp_path: Path):
    first, again, second = (start_log_file(tmp_path / name) for name in ("one", "two", "two"))
    assert first is not None and second is not None and again == second
    logging.getLogger("tui").error("only once")
    assert first.read_text() == ""
    assert second.read_text().count("only once") == 1


def test_a_log_that_cannot_be_written_paints_nothing_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tui.log_file.MAX_LOG_BYTES", 10)
    state = tmp_path / "state"
    assert start_log_file(state) is not None
    (state / "glideslope.log.1").mkdir()  # in the way of turning it over
    (state / "glideslope.log.1" / "x").touch()
    logging.getLogger("tui").error("more than ten bytes")
    assert capsys.readouterr().err == ""

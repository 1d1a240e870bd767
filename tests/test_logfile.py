"""The log file holds errors and no keys, for this user only."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.logfile import start_log


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
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "odd-key-of-a-proxy")
    path = start_log(tmp_path / "state")
    assert path is not None
    try:
        raise RuntimeError("refused sk-ant-api03-abc and odd-key-of-a-proxy")
    except RuntimeError:
        logging.getLogger("tui").exception("unexpected")
    text = path.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "sk-ant" not in text and "odd-key" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_start(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert start_log(blocked / "state") is None

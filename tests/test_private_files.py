"""What the program writes is readable by its user alone, whatever the umask."""

import logging
import os
import stat
from collections.abc import Iterator
from decimal import Decimal
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked_program import run_program
from tui.agent.tools.output_buffer import OutputBuffer
from tui.log_file import start_log_file
from tui.reports.export_files import write_new_file
from tui.session.events import NoticeShown
from tui.session.private_files import make_private_folder, new_private_file
from tui.session.store import SessionStore
from tui.settings.last_theme import remember
from tui.settings.settings_schema import SETTINGS
from tui.settings.theme_catalogue import load_theme
from tui.settings.theme_spec import DARK
from tui.settings.toml_writer import write_setting


@pytest.fixture(params=[0o000, 0o022, 0o277, 0o777], ids=lambda mask: f"umask-{mask:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(root: Path) -> dict[str, int]:
    """The mode of every folder and file below `root`, by its path."""
    found = {}
    for path in root.rglob("*"):
        found[path.relative_to(root).as_posix()] = stat.S_IMODE(path.stat().st_mode)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_everything_the_program_keeps_is_this_users_alone(
    root: Path, umask: Any, monkeypatch: pytest.MonkeyPatch
):
    theme = load_theme(DARK, root / "themes")
    remember(root / "state/glideslope", DARK, theme)
    setting = next(each for each in SETTINGS if each.key == "limits.dollars")
    write_setting(root / "config/glideslope/settings.toml", setting, Decimal(5))
    spool = OutputBuffer(10, 1_000, root / "cache/glideslope/outputs/s1/output-1.txt")
    spool.add("a line that is longer than ten characters\n")
    spool.close()
    write_new_file(root / "export.md", "text")
    store = SessionStore.create(root / "data/glideslope/sessions/k/s1.db")
    store.append([NoticeShown(sentence="hello")])
    handlers = logging.getLogger().handlers[:]
    try:
        start_log_file(root / "state/glideslope")
        mine = next(each for each in logging.getLogger().handlers if each not in handlers)
        assert isinstance(mine, RotatingFileHandler)
        mine.doRollover()
        mine.close()
        logging.getLogger().removeHandler(mine)
    finally:
        logging.getLogger().handlers[:] = handlers
    found = modes(root)
    store.close()
    assert {"state/glideslope/glideslope.log", "state/glideslope/glideslope.log.1"} <= set(found)
    assert {"cache/glideslope", "state/glideslope/theme", "export.md"} <= set(found)
    wrong = {
        name: oct(mode)
        for name, mode in found.items()
        if mode != (0o700 if (root / name).is_dir() else 0o600)
    }
    assert not wrong


@pytest.mark.skipif(os.name == "nt", reason="there is no umask")
def test_a_whole_session_leaves_nothing_that_others_can_read(root: Path):
    (root / "project").mkdir()
    (root / "project/a.py").write_text("x = 1\n")
    keys = {name: text for name, text in os.environ.items() if not name.startswith("ANTHROPIC_")}
    result = run_program(
        *("--simulate", "--pace", "max", "-p", "Say hello."),
        folder=root / "project",
        environment={**keys, "GLIDESLOPE_HOME": str(root / "own")},
        umask=0,
        timeout=100,
    )
    assert result.returncode in (0, 6), result.stderr
    found = modes(root / "own")
    assert any(name.endswith(".db") for name in found)
    wrong = {
        name: oct(mode)
        for name, mode in found.items()
        if mode != (0o700 if (root / "own" / name).is_dir() else 0o600)
    }
    assert not wrong


def test_a_link_in_the_place_of_a_private_file_is_not_followed(root: Path):
    (root / "target").write_text("mine")
    (root / "new").symlink_to(root / "target")
    with pytest.raises(FileExistsError):
        new_private_file(root / "new")
    assert (root / "target").read_text() == "mine"


def test_a_folder_that_is_there_keeps_its_mode(root: Path):
    (root / "shared").mkdir(mode=0o755)
    (root / "shared").chmod(0o755)
    make_private_folder(root / "shared/own")
    assert modes(root) == {"shared": 0o755, "shared/own": 0o700}

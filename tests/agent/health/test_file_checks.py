"""Checks of the program's own files."""

import os
from pathlib import Path

import pytest

from tests.session.log_events import ended, exchange, prompt, started
from tui.agent.health.file_checks import check_privacy, check_settings, check_store
from tui.session.session_paths import session_path
from tui.session.store import SessionStore
from tui.settings.settings_resolver import resolve_settings
from tui.settings.user_folders import UserFolders, user_folders

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserFolders:
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    found = user_folders()
    with SessionStore.create(session_path(found.data, tmp_path, "s1")) as store:
        store.append([started("s1", str(tmp_path)), prompt(1, "hello")])
        store.append([*exchange(1, 1, 100, "0.10", "m"), ended(1)])
    return found


def test_files_that_others_can_reach_are_named_with_the_command_that_closes_them(
    folders: UserFolders,
):
    assert check_privacy(folders).level == "ok"
    log = next(folders.data.rglob("s1.db"))
    log.chmod(0o640)
    found = check_privacy(folders)
    assert (found.level, found.sentence) == ("warn", f"other users can reach {log}")
    assert found.advice == f"Close them: chmod -R go-rwx {folders.data} {folders.state}"
    folders.data.chmod(0o755)
    assert check_privacy(folders).sentence == f"other users can reach {folders.data} and 1 more"


def test_sessions_are_counted_and_damaged_ones_are_named(folders: UserFolders):
    found = check_store(folders)
    assert (found.level, found.sentence) == ("ok", f"1 in {folders.data}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_bad(folders: UserFolders):
    folders.data.chmod(0o500)
    found = check_store(folders)
    folders.data.chmod(0o700)
    assert found.level == "bad" and "nothing can be written" in found.sentence


def test_each_mistake_in_settings_keys_and_themes_is_a_finding(folders: UserFolders):
    (only,) = check_settings(resolve_settings(home=folders), folders)
    assert only.level == "ok"
    folders.config.mkdir()
    folders.settings.write_text('effort = "hihg"\nlimits.dollars = 0\n')
    folders.keybindings.write_text('app.qit = "f9"\n')
    found = check_settings(resolve_settings(home=folders), folders)
    assert [(each.subject, each.level) for each in found] == [
        ("settings", "warn"),
        ("settings", "bad"),
        ("keys", "warn"),
    ]
    assert "settings.toml, line 1: effort is" in found[0].sentence

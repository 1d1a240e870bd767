"""The logs of a folder: what a session that cannot be begun or is damaged leaves behind."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tui.claude.catalogue import load_catalogue
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.session.store_errors import StoreFull
from tui.session_logs import LATEST, HistoryDamaged, SessionLogs, startup_changes
from tui.settings.settings_resolver import resolve_settings
from tui.settings.user_folders import user_folders


def test_a_session_that_cannot_be_begun_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(store: SessionStore, events: object) -> None:
        raise StoreFull(store.path)

    monkeypatch.setattr(SessionStore, "append", full)
    book = SessionLogs(tmp_path, user_folders(), load_catalogue(), time.time)
    with pytest.raises(StoreFull):
        book.open(None, resolve_settings(tmp_path))
    assert [path for path in user_folders().data.rglob("*") if path.is_file()] == []


def damaged_book(tmp_path: Path) -> SessionLogs:
    """A folder with one session, of which a page in the middle is spoilt."""
    book = SessionLogs(tmp_path, user_folders(), load_catalogue(), time.time)
    log = book.open(None, resolve_settings(tmp_path))
    for turn in range(1, 40):
        log.store.append([ev.PromptSubmitted(turn=turn, text="x" * 900, content=())])
    log.state.turn = 40
    log.store.close()
    book.update_index(log)
    with log.store.path.open("r+b") as file:
        file.seek(log.store.path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096)
    return book


@pytest.mark.parametrize("fork", [False, True])
def test_a_damaged_history_goes_on_only_when_that_is_accepted(tmp_path: Path, fork: bool):
    book = damaged_book(tmp_path)
    strict = replace(book, accepts_damage=False)
    if fork:  # the original is mended first: a fork only reads it
        book.open(LATEST, resolve_settings(tmp_path)).store.close()
    files = sorted(user_folders().data.rglob("*.db"))
    for _ in range(2):  # not only the first time
        with pytest.raises(HistoryDamaged, match=r"lost: \d.*add --accept-damage") as caught:
            strict.open(LATEST, resolve_settings(tmp_path), fork=fork)
        assert "Nothing was sent." in str(caught.value)
    assert sorted(user_folders().data.rglob("*.db")) == files
    log = book.open(LATEST, resolve_settings(tmp_path), fork=fork)
    assert log.state.damage and log.state.lost_events
    log.store.append([ev.PromptSubmitted(turn=41, text="on", content=())])
    book.close(log)
    log = strict.open(LATEST, resolve_settings(tmp_path))
    assert not log.state.damage and log.state.lost_events
    log.store.close()


@pytest.mark.parametrize(
    ("session", "settings", "command_line", "after"),
    [
        ("auto", None, None, "ask"),
        ("edits", None, None, "ask"),
        ("ask", None, None, "ask"),
        ("plan", None, None, "plan"),
        ("auto", "edits", None, "edits"),
        ("edits", "auto", None, "edits"),
        ("auto", "auto", None, "auto"),
        ("ask", "plan", None, "plan"),
        ("auto", None, "auto", "auto"),
        ("ask", None, "auto", "auto"),
        ("auto", "auto", "plan", "plan"),
    ],
)
def test_a_session_comes_back_in_no_wider_mode_than_the_settings_have(
    session: ev.Mode,
    settings: str | None,
    command_line: str | None,
    after: ev.Mode,
    tmp_path: Path,
    own_home: Path,
):
    if settings:
        (own_home / "config").mkdir()
        text = f'[permissions]\nmode = "{settings}"\n'
        (own_home / "config" / "settings.toml").write_text(text)
    state = SessionState(load_catalogue().counting)
    state.model, state.mode = "claude-opus-5-5", session
    resolved = resolve_settings(tmp_path, command_line={"permissions.mode": command_line})
    wanted = startup_changes(resolved, state, load_catalogue(), None)
    for event in wanted.events:
        apply_record(state, ev.Record(1, 0.0, event))
    assert state.mode == after
    assert (wanted.previous_mode == session) is (after != session and command_line is None)

"""The store: what is appended is what comes back, and only one may write."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.log_events import TickingClock, known_events, note, notes, started
from tui.session import events as ev
from tui.session.event_codec import DamagedRow, to_event, to_row
from tui.session.store import SavedPartial, SessionStore
from tui.session.store_errors import (
    NotASession,
    SessionDamaged,
    SessionExists,
    SessionLocked,
    SessionMissing,
    SessionReadOnly,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "f00d" / "s.db"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def columns(path: Path, sql: str, *values: object) -> list[tuple]:
    with sqlite3.connect(path) as other:
        return other.execute(sql, values).fetchall()


# What is appended ----------------------------------------------------------------


def test_what_is_appended_comes_back_after_reopening(path: Path):
    with SessionStore.create(path, now=TickingClock()) as store:
        first = store.append([started(), note("one")])
        second = store.append([note("two")])
    assert [record.seq for record in first + second] == [1, 2, 3]
    assert [record.at for record in first + second] == [1001.0, 1001.0, 1002.0]
    with SessionStore.open(path) as store:
        assert list(store.records()) == first + second


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(st.lists(known_events, max_size=4), max_size=4))
def test_any_events_round_trip_through_any_number_of_reopenings(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[ev.Event]]
):
    path = tmp_path_factory.mktemp("any") / "s.db"
    SessionStore.create(path, now=TickingClock()).close()
    written: list[ev.Record] = []
    for batch in batches:
        with SessionStore.open(path, now=TickingClock()) as store:
            written += store.append(batch)
    with SessionStore.open(path, read_only=True) as store:
        assert [(record.seq, record.at) for record in store.records()] == [
            (record.seq, record.at) for record in written
        ]
        assert [ev.encode(record.event) for record in store.records()] == [
            ev.encode(record.event) for record in written
        ]
        assert [type(record.event) for record in store.records()] == [
            type(record.event) for record in written
        ]


def test_an_event_of_a_newer_kind_is_kept_byte_for_byte():
    body = b'{ "kind":"dream_dreamt",  "depth" : 1e0, "\\u0061":null }'
    row = (2, 5.0, "dream_dreamt", ev.VERSION + 2, body)
    event = to_event(*row[2:])
    assert isinstance(event, ev.Unknown)
    assert to_row(ev.Record(2, 5.0, event)) == row


def test_every_row_says_its_kind_and_version(path: Path):
    with SessionStore.create(path) as store:
        store.append([started(), note()])
    rows = columns(path, "SELECT seq, kind, version FROM events")
    assert rows == [(1, "session_started", ev.VERSION), (2, "note_sent", ev.VERSION)]


def test_the_log_can_be_read_from_any_event_to_any_other(path: Path):
    with SessionStore.create(path) as store:
        written = store.append([started(), *notes(1200)])
        assert list(store.records(after=600)) == written[600:]
        assert list(store.records(after=3, upto=700)) == written[3:700]
        assert list(store.records(after=1201)) == []
        assert store.tail(3) == written[-3:]
        assert store.tail(5000) == written


def test_a_text_that_has_no_utf8_is_recorded_with_what_is_broken_replaced(path: Path):
    with SessionStore.create(path) as store:
        half = "caf\udce9 and half a pair: \ud83d, and a whole one: \U0001f600"
        mended = half.replace("\udce9", "\ufffd").replace("\ud83d", "\ufffd")

        def all_with(text: str) -> list[ev.Event]:
            content = ({"type": "text", "text": text},)
            prompt = ev.PromptSubmitted(turn=1, text=text, content=content, estimate=9)
            return [note("fine"), started(folder=f"/tmp/{text}"), prompt]

        written = store.append(all_with(half))
        assert [record.event for record in written] == all_with(mended)
        assert list(store.records()) == written


# The database itself keeps the log ---------------------------------------------------


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE events SET at = 0 WHERE seq = 1",
        "DELETE FROM events WHERE seq = 2",
        "INSERT INTO events VALUES (4, 0, 'note_sent', 1, x'7b7d')",
        "INSERT INTO events VALUES (1, 0, 'note_sent', 1, x'7b7d')",
        "INSERT OR REPLACE INTO events VALUES (2, 0, 'note_sent', 1, x'7b7d')",
    ],
)
def test_no_program_can_change_the_log_or_leave_a_gap_in_it(path: Path, crime: str):
    with SessionStore.create(path) as store:
        written = store.append([started(), note()])
    with sqlite3.connect(path) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(crime)
    with SessionStore.open(path) as store:
        assert list(store.records()) == written


def test_a_session_file_says_what_it_is(path: Path):
    SessionStore.create(path).close()
    assert columns(path, "PRAGMA application_id") == [(int.from_bytes(b"Glid"),)]
    assert columns(path, "PRAGMA user_version") == [(1,)]
    assert columns(path, "PRAGMA journal_mode") == [("wal",)]


# The streaming message -----------------------------------------------------------------


def test_the_streaming_message_is_there_after_reopening(path: Path):
    store = SessionStore.create(path)
    assert store.partial() is None
    for chunk in ("Once ", "upon ", "a time"):
        store.append_partial(7, chunk)
    store.close()
    with SessionStore.open(path) as store:
        assert store.partial() == SavedPartial(7, "Once upon a time")


def test_the_streaming_message_goes_in_the_transaction_that_writes_the_whole(path: Path):
    with SessionStore.create(path) as store:
        store.append_partial(1, "Once")
        store.append([note()])
        assert store.partial() == SavedPartial(1, "Once")
        with pytest.raises(TypeError):
            store.append([note(cast(str, object()))], drop_partial=True)
        assert store.partial() == SavedPartial(1, "Once")
        store.append([note()], drop_partial=True)
        assert store.partial() is None


# Who may open it -----------------------------------------------------------------------


def test_a_second_writer_is_told_who_holds_the_session(path: Path):
    with (
        SessionStore.create(path),
        pytest.raises(SessionLocked, match=f"process {os.getpid()}") as error,
    ):
        SessionStore.open(path)
    assert error.value.pid == os.getpid()
    SessionStore.open(path).close()


def test_a_reader_needs_no_lock_and_sees_what_is_committed(path: Path):
    with SessionStore.create(path) as store:
        written = store.append([started(), note()])
        with SessionStore.open(path, read_only=True) as reader:
            store.append([note("later")])
            assert list(reader.records()) == written
            with pytest.raises(SessionReadOnly):
                reader.append([note()])


def test_reading_a_session_at_rest_leaves_no_files_behind(path: Path):
    with SessionStore.create(path) as store:
        store.append([started()])
    with SessionStore.open(path, read_only=True) as reader:
        assert len(list(reader.records())) == 1
    assert [file.name for file in path.parent.iterdir()] == ["s.db"]


def test_a_session_of_a_newer_version_can_be_read_but_not_continued(path: Path):
    with SessionStore.create(path) as store:
        written = store.append([started()])
    with sqlite3.connect(path) as newer:
        ours = ev.VERSION
        newer.execute("UPDATE meta SET value = ? WHERE key = 'events_version'", (ours + 1,))
        newer.execute(
            "INSERT INTO events VALUES (2, 5.0, 'note_sent', ?, ?)",
            (ours + 1, b'{"kind":"note_sent","text":{"rich":1}}'),
        )
    with SessionStore.open(path) as store:
        assert store.read_only
        assert "newer version" in store.restore_notice
        first, second = store.records()
        assert [first] == written
        assert isinstance(second.event, ev.Unknown)
        with pytest.raises(SessionReadOnly, match="newer version"):
            store.append([note()])
        with SessionStore.open(path) as again:
            assert again.restore_notice


def test_an_older_log_is_stamped_when_our_events_join_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    with SessionStore.create(path) as store:
        store.append([started()])
    ours = ev.VERSION
    for module in ("store", "store_schema", "event_codec"):
        monkeypatch.setattr(f"tui.session.{module}.VERSION", ours + 1)
    with SessionStore.open(path) as store:
        store.append([note()])
    assert columns(path, "SELECT value FROM meta WHERE key = 'events_version'") == [(ours + 1,)]
    assert columns(path, "SELECT version FROM events") == [(ours,), (ours + 1,)]


# Files that are not what they should be ------------------------------------------------


def test_a_file_that_is_not_there_is_not_made_by_opening_it(path: Path):
    for read_only in (False, True):
        with pytest.raises(SessionMissing):
            SessionStore.open(path, read_only=read_only)
    assert not path.parent.exists()


def test_a_new_session_never_overwrites_another(path: Path):
    with SessionStore.create(path) as store:
        written = store.append([started()])
    with pytest.raises(SessionExists):
        SessionStore.create(path)
    with SessionStore.open(path) as store:
        assert list(store.records()) == written


def test_a_database_of_another_program_is_left_alone(path: Path):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name)")
    before = path.read_bytes()
    with pytest.raises(NotASession):
        SessionStore.open(path)
    assert path.read_bytes() == before


def test_an_empty_file_is_a_damaged_session_and_its_lock_is_given_back(path: Path):
    path.parent.mkdir(parents=True)
    path.touch()
    for _ in range(2):
        with pytest.raises(SessionDamaged, match="empty"):
            SessionStore.open(path)


# Privacy -------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_files_and_folders_are_for_this_user_only_whatever_the_umask(path: Path, umask: int):
    before = os.umask(umask)
    try:
        with SessionStore.create(path) as store:
            store.append([started()])
            modes = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("s.db", "s.db-wal", "s.db-shm", "s.db.lock"), 0o600)
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


def test_a_file_that_others_could_read_is_made_private_again(path: Path):
    SessionStore.create(path).close()
    path.chmod(0o644)
    SessionStore.open(path).close()
    assert mode(path) == 0o600


def test_an_event_that_is_nested_without_end_is_damage_and_no_crash(tmp_path: Path):
    body = b'{"kind": "tomorrow", "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    with pytest.raises(DamagedRow):
        to_event("tomorrow", ev.VERSION + 1, body)

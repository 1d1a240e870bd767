"""A row that does not fit its kind is damage and the user is told; only a newer one is unknown."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.log_events import (
    TickingClock,
    ended,
    exchange,
    known_events,
    note,
    prompt,
    started,
)
from tui.session import events as ev
from tui.session.event_codec import DamagedRow, kind_of, to_event, to_row
from tui.session.event_fold import fold
from tui.session.fork import fork
from tui.session.resume import resume
from tui.session.store import SessionStore
from tui.session.store_errors import EventInvalid, SessionDamaged, SessionReadOnly
from tui.session.store_schema import EVENTS_VERSION, START, write_file

EVENTS = [
    started(),
    prompt(1, "go"),
    *exchange(1, 1, 5_000, "0.1", "msg_1"),
    ended(1),
    prompt(2, "on"),
    *exchange(2, 2, 700, "0.1", "msg_2"),
    ended(2),
]
ANSWER, END, COUNT = 4, 5, len(EVENTS)
"""Numbers of the first answer, of the first turn's end, and of the last event."""


def told(
    folder: Path, at: int, body: bytes, version: int = ev.VERSION, kind: str | None = None
) -> Path:
    """The events in a file, with another body, and perhaps kind, in the row `at`."""
    rows = [to_row(ev.Record(seq, 1_000.0 + seq, event)) for seq, event in enumerate(EVENTS, 1)]
    seq, time, was, _, _ = rows[at - 1]
    rows[at - 1] = seq, time, kind or was, version, body
    if version > ev.VERSION:
        rows = [(*row[:3], version, row[4]) for row in rows]
    write_file(folder / "s.db", {EVENTS_VERSION: max(version, ev.VERSION), START: 1}, rows)
    return folder / "s.db"


def changed(at: int, old: bytes, new: bytes) -> bytes:
    body = ev.encode(EVENTS[at - 1])
    assert old in body
    return body.replace(old, new)


UNFIT = {
    "a figure is null": (ANSWER, b'"output":5000', b'"output":5000,"thinking":null'),
    "a figure is a text": (ANSWER, b'"output":5000', b'"output":"5000"'),
    "a field is missing": (ANSWER, b'"message":"msg_1",', b""),
    "a field is misspelt": (ANSWER, b'"dollars"', b'"doll\\u0000rs"'),
    "a field of a struct is misspelt": (ANSWER, b'"output":5000', b'"outqut":5000'),
    "a reason nobody knows": (END, b'"completed"', b'"x"'),
    "a kind nobody knows": (END, b"turn_ended", b"turn_eaded"),
    "another kind": (END, b'"kind":"turn_ended"', b'"kind":"note_sent"'),
    "no object": (END, b"{", b"[{"),
}


@pytest.mark.parametrize(("at", "old", "new"), UNFIT.values(), ids=UNFIT)
@pytest.mark.parametrize("version", range(1, ev.VERSION + 1))
def test_a_row_that_does_not_fit_is_lost_and_the_user_is_told(
    tmp_path: Path, at: int, old: bytes, new: bytes, version: int
):
    path = told(tmp_path, at, changed(at, old, new), version)
    with SessionStore.open(path, read_only=True) as store, pytest.raises(SessionDamaged):
        list(store.records())
    resumed = resume(path, last_known=COUNT, now=TickingClock())
    with resumed.store:
        assert resumed.salvage is not None
        assert f"8 of {COUNT} events (lost: {at})" in resumed.salvage.sentence
        assert resumed.records[-1].event == resumed.salvage.event
        assert isinstance(resumed.records[at - 1].event, ev.EventsLost)
    state = fold(resumed.records)
    assert state.damage == resumed.salvage.sentence
    assert state.lost_events == 1
    assert state.open_request is None
    assert not state.turn_open
    assert state.charged == (700 if at == ANSWER else 5_700)


def test_a_row_that_says_a_newer_version_than_its_file_is_damage(tmp_path: Path):
    path = told(tmp_path, END, ev.encode(EVENTS[END - 1]))
    other = sqlite3.connect(path)
    other.execute("PRAGMA writable_schema = ON")
    other.execute("DELETE FROM sqlite_master WHERE type = 'trigger'")
    other.commit()
    other.close()
    other = sqlite3.connect(path)
    other.execute("UPDATE events SET version = 99 WHERE seq = ?", (END,))
    other.commit()
    other.close()
    resumed = resume(path, last_known=COUNT)
    resumed.store.close()
    assert resumed.salvage is not None
    assert resumed.salvage.lost == ((END, END),)


NEWER = {
    "a reason": (END, b'"completed"', b'"dreamt"', False),
    "a type": (ANSWER, b'"output":5000', b'"output":{"text":5000}', False),
    "a field": (END, b"{", b'{"mood":1,', True),
    "a field of a struct": (ANSWER, b'"output":5000', b'"output":5000,"dreamt":7', True),
}
"""What a newer version may bring, and whether ours can read it."""


@pytest.mark.parametrize(("at", "old", "new", "known"), NEWER.values(), ids=NEWER)
def test_what_a_newer_version_brings_can_be_looked_at_and_nothing_hangs(
    tmp_path: Path, at: int, old: bytes, new: bytes, known: bool
):
    path = told(tmp_path, at, changed(at, old, new), ev.VERSION + 1)
    resumed = resume(path)
    with resumed.store as store:
        event = resumed.records[at - 1].event
        assert isinstance(event, ev.Unknown) is not known
        assert "newer version" in store.restore_notice
        state = fold(resumed.records)
        assert state.open_request is None
        assert not state.turn_open
        assert len(state.prompts) == 2
        with pytest.raises(SessionReadOnly, match="newer version"):
            store.append([note()])
        with pytest.raises(SessionReadOnly, match="newer version"):
            fork(store, COUNT, "child", program="0")


def test_a_kind_of_a_newer_version_can_be_kept(tmp_path: Path):
    body = b'{"kind":"dream_dreamt", "depth":1e0}'
    with SessionStore.open(told(tmp_path, END, body, ev.VERSION + 1, "dream_dreamt")) as store:
        event = list(store.records())[END - 1].event
    assert isinstance(event, ev.Unknown)
    assert ev.encode(event) == body


def test_a_damaged_row_of_a_newer_version_is_left_to_it(tmp_path: Path):
    path = told(tmp_path, END, changed(END, b"turn_ended", b"turn_eaded"), ev.VERSION + 1)
    before = path.read_bytes()
    with pytest.raises(SessionDamaged, match="newer version"):
        resume(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("kind", "opened"),
    [
        ("turn_ended", lambda state: state.turn_open),
        ("request_finished", lambda state: state.open_request),
        ("request_failed", lambda state: state.open_request),
        ("limit_answered", lambda state: state.open_limit),
        ("permission_answered", lambda state: state.open_questions),
    ],
)
def test_what_an_unknown_event_ends_is_not_open_any_more(
    kind: str, opened: Callable[[Any], object]
):
    events: list[ev.Event] = [
        started(),
        prompt(1, "go"),
        exchange(1, 1, 5, None, "m")[0],
        ev.LimitReached(limit="budget", sentence="Down to the reserve."),
        ev.PermissionAsked(tool_use="a", name="bash", subject="ls", reason="runs a command"),
    ]
    body = b'{"kind":"%s","dreamt":1}' % kind.encode()
    after = [*events, to_event(kind, ev.VERSION + 1, body)]
    assert isinstance(after[-1], ev.Unknown)
    assert opened(fold(ev.Record(seq, 1.0, each) for seq, each in enumerate(events, 1)))
    assert not opened(fold(ev.Record(seq, 1.0, each) for seq, each in enumerate(after, 1)))


def test_nothing_joins_the_log_that_could_not_be_read_back(tmp_path: Path):
    with SessionStore.create(tmp_path / "s.db") as store:
        store.append([started()])
        unfit = ev.TurnEnded(turn=1, reason="dreamt")  # type: ignore[arg-type]
        newer = ev.Unknown(raw=msgspec.Raw(b'{"kind":"dream"}'), version=ev.VERSION + 1)
        for event in (unfit, newer):
            with pytest.raises(EventInvalid, match="could not record"):
                store.append([note(), event])
        assert len(list(store.records())) == store.last == 1


@settings(max_examples=300, deadline=None)
@given(event=known_events, chance=st.randoms(use_true_random=False))
def test_bytes_changed_in_a_body_never_make_it_unknown(event: ev.Event, chance: random.Random):
    body = bytearray(ev.encode(event))
    for _ in range(chance.choice([1, 1, 2, 5])):
        body[chance.randrange(len(body))] = chance.randrange(256)
    if chance.random() < 0.2:
        del body[chance.randrange(len(body)) :]
    kind = kind_of(event)
    for version in range(1, ev.VERSION + 1):
        try:
            again = to_event(kind, version, bytes(body))
        except DamagedRow:
            continue
        assert type(again) is type(event)

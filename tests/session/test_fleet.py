"""What each session does now, from its lock, its row in the index and the end of its log."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from tests.session.log_events import ended, exchange, note, prompt, started
from tui.reports.fleet_page import activity_text, state_text
from tui.session import events as ev
from tui.session import fleet as fleet_module
from tui.session.event_codec import INSERT
from tui.session.event_fold import fold
from tui.session.fleet import Fleet, FleetSession
from tui.session.index_table import IndexRow
from tui.session.lock_holder import LockHolder, decode_holder, encode_holder
from tui.session.log_tail import read_question, read_tail
from tui.session.session_index import SessionIndex
from tui.session.session_lock import SessionLock, lock_holder
from tui.session.session_paths import session_path
from tui.session.session_summary import InheritedUsage
from tui.session.store import SessionStore
from tui.session.store_errors import StoreBusy

ASKED = ev.PermissionAsked(
    tool_use="t1", name="bash", subject="rm -r build", reason="runs a command"
)
OF_AGENT = structs.replace(ASKED, tool_use="a/t1", agent="a")
OF_AGENT_TEXT = "a: bash rm -r build · runs a command"
ANSWERED = ev.PermissionAnswered(tool_use="t1", answer="once")
LIMIT = ev.LimitReached(limit="budget", sentence="The reserve is reached.", extend_by=50_000)
TOOL = ev.ToolStarted(request=1, tool_use="t1", name="edit", input={}, subject="a.py")
TOOL_DONE = ev.ToolFinished(request=1, tool_use="t1", name="edit", content="ok", outcome="done")
REQUEST = exchange(1, 1, 100, "0.10", "msg")


def end(reason: ev.TurnEndReason, **more: object) -> ev.TurnEnded:
    return structs.replace(ended(1), reason=reason, **more)


OPEN_SESSIONS: dict[str, tuple[list[ev.Event], str, str]] = {
    "new": ([], "idle", "no prompt yet"),
    "prompted": ([prompt(1, "go")], "working", "the model works"),
    "answering": ([prompt(1, "go"), REQUEST[0]], "working", "the model works"),
    "tool": ([prompt(1, "go"), *REQUEST, TOOL], "working", "edit a.py"),
    "tool over": ([prompt(1, "go"), *REQUEST, TOOL, TOOL_DONE], "working",
                  "the model works · last edit a.py"),
    "asks": ([prompt(1, "go"), *REQUEST, ASKED], "permission",
             "bash rm -r build · runs a command"),
    "asks twice": ([prompt(1, "go"), *REQUEST, ASKED, structs.replace(ASKED, tool_use="t2")],
                   "permission", "bash rm -r build · runs a command · and 1 more question"),
    "answered": ([prompt(1, "go"), *REQUEST, ASKED, ANSWERED], "working", "the model works"),
    "at a limit": ([prompt(1, "go"), *REQUEST, LIMIT], "limit reached", "The reserve is reached."),
    "limit answered": ([prompt(1, "go"), *REQUEST, LIMIT, ev.LimitAnswered(answer="finish")],
                       "working", "the model works"),
    "interrupted": ([prompt(1, "go"), *REQUEST, ASKED, end("interrupted")], "idle", "interrupted"),
    "an agent asks": ([prompt(1, "go"), *REQUEST, ASKED, OF_AGENT, end("completed")],
                      "permission", OF_AGENT_TEXT),
    "an agent asks still": ([prompt(1, "go"), OF_AGENT, end("completed"), prompt(2, "on")],
                            "permission", OF_AGENT_TEXT),
    "an agent asks while others work": (
        [prompt(1, "go"), *REQUEST, OF_AGENT,
         *(ev.AgentSettled(agent="b", number=n, charged=n) for n in range(1, 400))],
        "permission", OF_AGENT_TEXT),
    "an agent asked before a crash": ([prompt(1, "go"), *REQUEST, OF_AGENT, end("crashed")],
                                      "idle", "cut short"),
    "done": ([prompt(1, "go"), *REQUEST, end("completed")], "idle", "done"),
    "planned": ([prompt(1, "go"), ev.ModeChanged(mode="plan"), end("completed")],
                "plan is ready", "the plan is ready; in another mode the session can work on it"),
    "landed": ([prompt(1, "go"), *REQUEST, end("landed")], "landed", "landed on the budget"),
    "paused": ([prompt(1, "go"), *REQUEST, end("paused", sentence="Paused.")], "limit reached",
               "Paused."),
    "too small": ([prompt(1, "go"), end("declined", budget=90_000)], "needs budget",
                  "declined: the budget is too small"),
    "failed": ([prompt(1, "go"), end("error", sentence="No route.")], "failed", "No route."),
    "next turn": ([prompt(1, "go"), end("landed"), prompt(2, "on")], "working", "the model works"),
}  # fmt: skip
CLOSED_SESSIONS = {
    "closed": ([prompt(1, "go"), *REQUEST, end("completed")], "closed", "done"),
    "closed after landing": ([prompt(1, "go"), end("landed")], "closed", "landed on the budget"),
    "crashed": ([prompt(1, "go"), *REQUEST, ASKED], "crashed",
                "the program ended within a turn; opening the session closes it"),
}  # fmt: skip


@contextmanager
def open_store(data: Path, session: str, events: list[ev.Event]) -> Iterator[SessionStore]:
    with SessionStore.create(session_path(data, "/p", session)) as store:
        records = store.append([started(session), *events])
        with SessionIndex(data) as index:
            index.record_use(store.path, fold(records), records[-1].at)
        yield store


def only(data: Path) -> FleetSession:
    with Fleet(data) as fleet:
        (session,) = fleet.look()
    return session


@pytest.mark.parametrize("what", OPEN_SESSIONS)
def test_what_an_open_session_does(what: str, tmp_path: Path):
    events, state, doing = OPEN_SESSIONS[what]
    with open_store(tmp_path, "s", events):
        session = only(tmp_path)
        assert (state_text(session), activity_text(session)) == (state, doing)
        assert session.is_open


@pytest.mark.parametrize("what", CLOSED_SESSIONS)
def test_what_a_session_is_that_nobody_has_open(what: str, tmp_path: Path):
    events, state, doing = CLOSED_SESSIONS[what]
    with open_store(tmp_path, "s", events) as store:
        pass
    store.path.with_name("s.db.lock").write_text("1")  # left by a process that died
    session = only(tmp_path)
    assert (state_text(session), activity_text(session)) == (state, doing)
    assert not session.is_open and session.question is None


def test_a_look_follows_what_happens_without_reading_a_known_log_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with open_store(tmp_path, "s", [prompt(1, "go"), *REQUEST]) as store, Fleet(tmp_path) as fleet:
        monkeypatch.setattr(SessionStore, "open", None)  # whatever opens the log to fold it fails
        assert [each.state for each in fleet.look()] == ["working"]
        store.append([ASKED])
        (session,) = fleet.look()
        assert session.question == (5, ASKED)
        store.append([ANSWERED, TOOL])
        assert [activity_text(each) for each in fleet.look()] == ["edit a.py"]
    with Fleet(tmp_path) as fleet:
        monkeypatch.undo()
        assert [each.state for each in fleet.look()] == ["crashed"]


def test_a_log_is_read_again_only_after_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reads: list[Path] = []

    def counted(path: Path) -> object:
        reads.append(path)
        return read_tail(path)

    monkeypatch.setattr(fleet_module, "read_tail", counted)
    with open_store(tmp_path, "s", [prompt(1, "go")]) as store, Fleet(tmp_path) as fleet:
        for _ in range(3):
            fleet.look()
        assert len(reads) == 1
        store.append([note()])
        fleet.look()
        assert len(reads) == 2


def test_those_that_wait_come_first_then_those_at_work_then_the_newest(tmp_path: Path):
    with (
        open_store(tmp_path, "idle", [prompt(1, "go"), ended(1)]),
        open_store(tmp_path, "asks", [prompt(1, "go"), ASKED]),
        open_store(tmp_path, "works", [prompt(1, "go")]),
        Fleet(tmp_path) as fleet,
    ):
        with open_store(tmp_path, "closed", [prompt(1, "go"), ended(1)]):
            pass
        assert [each.summary.id for each in fleet.look()] == ["asks", "works", "idle", "closed"]


def test_a_damaged_log_and_one_that_is_no_log_are_listed_with_the_reason(tmp_path: Path):
    with open_store(tmp_path, "s", [prompt(1, "go"), ended(1)]) as store:
        pass
    store.path.write_bytes(b"\0" * 5_000)
    session = only(tmp_path)
    assert state_text(session) == "damaged" and activity_text(session)


def test_events_of_a_newer_version_do_not_hide_what_a_session_does(tmp_path: Path):
    with open_store(tmp_path, "s", [prompt(1, "go"), *REQUEST, ASKED]) as store:
        with closing(sqlite3.connect(store.path)) as newer, newer:
            newer.execute(INSERT, (6, 1.0, "permission_reviewed", 99, b'{"kind":"odd","x":1}'))
            newer.execute(INSERT, (7, 1.0, "permission_asked", 99, b'{"kind":'))
        assert state_text(only(tmp_path)) == "permission"


def test_a_busy_file_keeps_what_was_read_of_it_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def busy(path: Path) -> None:
        raise StoreBusy(path)

    with open_store(tmp_path, "s", [prompt(1, "go"), ASKED]) as store, Fleet(tmp_path) as fleet:
        assert [state_text(each) for each in fleet.look()] == ["permission"]
        store.append([ANSWERED])
        monkeypatch.setattr(fleet_module, "read_tail", busy)
        assert [state_text(each) for each in fleet.look()] == ["permission"]
        monkeypatch.undo()
        assert [state_text(each) for each in fleet.look()] == ["working"]


def test_a_thousand_closed_sessions_are_one_query_and_no_open_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with open_store(tmp_path, "s", [prompt(1, "go"), ended(1)]) as store:
        pass
    with SessionIndex(tmp_path) as index:
        index.refresh()
        known = index._table.get((store.path.parent.name, "s"))
        assert known is not None
        for number in range(1_000):
            copy = store.path.with_name(f"c{number}.db")
            copy.hardlink_to(store.path)
            row = structs.replace(known.summary, id=copy.stem)
            index._table.put(IndexRow(row, InheritedUsage(), known.stamp))
    monkeypatch.setattr(SessionStore, "open", None)
    with Fleet(tmp_path) as fleet:
        assert len(fleet.look()) == 1_001
        began = time.process_time()
        for _ in range(10):
            fleet.look()
        assert time.process_time() - began < 2.0


def test_the_input_of_a_call_is_found_in_the_answer_that_made_it(tmp_path: Path):
    call = {"type": "tool_use", "id": "t1", "name": "bash", "input": {"command": "rm -r build"}}
    answer = structs.replace(REQUEST[1], blocks=(call,))
    with open_store(tmp_path, "s", [prompt(1, "go"), REQUEST[0], answer, ASKED]) as store:
        (question,) = read_tail(store.path).questions
        assert read_question(store.path, question).call_input == {"command": "rm -r build"}


# Locks ---------------------------------------------------------------------------------


def test_a_look_at_a_lock_says_who_holds_it_and_takes_nothing(tmp_path: Path):
    path = tmp_path / "s.db"
    assert lock_holder(path) is None
    lock = SessionLock.acquire(path)
    assert (held := lock_holder(path)) is not None and held.pid > 1
    lock.release()
    path.with_name("s.db.lock").write_text("999999")  # left by a process that died
    assert lock_holder(path) is None
    SessionLock.acquire(path).release()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (encode_holder(LockHolder(7, "/dev/pts/3", "%4")), LockHolder(7, "/dev/pts/3", "%4")),
        (b"4711", LockHolder(4711)),
        (b"", LockHolder(0)),
        (b"7\n{", LockHolder(7)),
    ],
)
def test_what_a_lock_says_of_its_holder(written: bytes, read: LockHolder):
    assert decode_holder(written) == read

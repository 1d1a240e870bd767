"""The index: quick, and the same again when it is lost."""

import os
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.log_events import TickingClock, ended, exchange, note, notes, prompt, started
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.fork import fork, full_log
from tui.session.resume import resume
from tui.session.session_index import NEWEST_PART_MISSING, SessionIndex
from tui.session.session_paths import session_path
from tui.session.session_summary import SessionSummary
from tui.session.store import SessionStore
from tui.session.store_errors import SessionAmbiguous, SessionNotFound


def work(
    data: Path, session: str, folder: str = "/p", at: float = 1_000.0, *more: ev.Event
) -> Path:
    """A session with one turn, closed again; 100 tokens, ten cents, three events a second."""
    with SessionStore.create(session_path(data, folder, session), now=TickingClock(at)) as store:
        store.append([started(session, folder)])
        store.append([prompt(1, f"prompt of {session}")])
        store.append([*exchange(1, 1, 100, "0.10", f"msg_{session}"), ended(1), *more])
    return store.path


def everything(index: SessionIndex) -> list[SessionSummary]:
    index.refresh()
    return index.page(limit=10_000)


def ids(summaries: list[SessionSummary]) -> list[str]:
    return [summary.id for summary in summaries]


def test_a_file_that_only_looks_changed_is_read_once_more_and_not_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = work(tmp_path, "s1")
    with SessionIndex(tmp_path) as index:
        before = everything(index)
        os.utime(path, ns=(1, 1))
        assert everything(index) == before
        opened: list[Path] = []
        monkeypatch.setattr(SessionStore, "open", lambda path, **_: opened.append(path))
        assert everything(index) == before
    assert not opened


# What it knows -------------------------------------------------------------------------


def test_a_row_says_what_the_log_says(tmp_path: Path):
    work(tmp_path, "s1", "/p", 1_000.0, ev.SessionNamed(name="the parser"))
    with SessionIndex(tmp_path) as index:
        (row,) = everything(index)
    assert (row.id, row.name, row.folder) == ("s1", "the parser", "/p")
    assert (row.created, row.updated, row.last) == (1_001.0, 1_003.0, 6)
    assert (row.turns, row.requests, row.prompt) == (1, 1, "prompt of s1")
    assert (row.charged, row.dollars, row.end) == (100, Decimal("0.10"), "completed")
    assert (row.model, row.parent, row.trouble) == ("m", "", "")


@settings(max_examples=15, deadline=None)
@given(
    sessions=st.lists(
        st.lists(st.tuples(st.integers(0, 500), st.booleans()), max_size=4), min_size=1, max_size=4
    )
)
def test_what_was_noted_on_the_way_is_what_comes_back_when_the_index_is_deleted(
    tmp_path_factory: pytest.TempPathFactory, sessions: list[list[tuple[int, bool]]]
):
    data = tmp_path_factory.mktemp("data")
    with SessionIndex(data) as index:
        for number, turns in enumerate(sessions):
            path = session_path(data, f"/p{number % 2}", f"s{number}")
            with SessionStore.create(path, now=TickingClock(number * 1_000.0)) as store:
                records = store.append([started(f"s{number}", f"/p{number % 2}")])
                for turn, (tokens, finished) in enumerate(turns, 1):
                    dollars = None if tokens % 2 else f"0.{tokens:03}"
                    records += store.append([prompt(turn, f"prompt {turn}")])
                    records += store.append(exchange(turn, turn, tokens, dollars, f"msg_{turn}"))
                    records += store.append([ended(turn)] if finished else [])
                    index.record_use(path, fold(records), records[-1].at)
        noted = index.page(limit=100)
    (data / "index.db").unlink()
    with SessionIndex(data) as index:
        assert everything(index) == noted
    assert len(noted) == sum(bool(turns) for turns in sessions)


def test_a_fork_is_listed_with_its_own_spend_only(tmp_path: Path):
    path = work(tmp_path, "parent")
    with (
        SessionStore.open(path, read_only=True) as parent,
        fork(parent, parent.last, "child", program="1", now=TickingClock(9_000.0)) as child,
    ):
        records = child.append([prompt(2, "on"), *exchange(2, 2, 7, "0.01", "msg_2"), ended(2)])
        with SessionIndex(tmp_path) as index:
            index.record_use(child.path, fold(full_log(child)), records[-1].at)
            records = child.append([ev.SessionNamed(name="the other way")])
            index.record_use(child.path, fold(full_log(child)), records[-1].at)
            noted = index.page()
    (tmp_path / "index.db").unlink()
    with SessionIndex(tmp_path) as index:
        rows = everything(index)
    assert rows[:1] == noted
    assert ids(rows) == ["child", "parent"]
    assert [row.charged for row in rows] == [7, 100]
    assert [row.dollars for row in rows] == [Decimal("0.01"), Decimal("0.10")]
    assert [row.requests for row in rows] == [1, 1]
    assert [row.turns for row in rows] == [2, 1]
    assert rows[0].parent == "parent"
    assert rows[0].prompt == "prompt of parent"


# Keeping up ----------------------------------------------------------------------------


def test_only_files_that_changed_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    paths = [work(tmp_path, f"s{number}") for number in range(5)]
    with SessionIndex(tmp_path) as index:
        assert len(everything(index)) == 5
        opened: list[str] = []
        real = SessionStore.open
        monkeypatch.setattr(
            "tui.session.session_index.SessionStore.open",
            lambda path, **how: (opened.append(path.stem), real(path, **how))[1],
        )
        everything(index)
        assert opened == []
        with real(paths[2]) as store:
            store.append([prompt(2, "again")])
        row = everything(index)[0]
        assert opened == ["s2"]
        assert (row.id, row.turns, row.end) == ("s2", 2, "")


def test_a_session_in_use_is_listed_as_it_stands(tmp_path: Path):
    path = work(tmp_path, "s1")
    with SessionIndex(tmp_path) as index, SessionStore.open(path) as store:
        everything(index)
        store.append([prompt(2, "again")])
        assert everything(index)[0].turns == 2


def test_a_session_that_was_deleted_leaves_the_list(tmp_path: Path):
    path = work(tmp_path, "s1")
    work(tmp_path, "s2")
    with SessionIndex(tmp_path) as index:
        everything(index)
        path.unlink()
        assert ids(everything(index)) == ["s2"]


def test_files_are_read_a_few_at_a_time_the_newest_first(tmp_path: Path):
    import os

    for number in range(7):
        path = work(tmp_path, f"s{number}", "/p", 1_000.0 * number)
        os.utime(path, (number, number))
    session_path(tmp_path, "/p", "begun").write_bytes(b"")
    os.utime(session_path(tmp_path, "/p", "begun"), (99, 99))
    with SessionIndex(tmp_path) as index:
        assert index.refresh(most=3) == 5
        assert {"s6", "s5"} <= set(ids(index.page()))
        assert index.refresh(most=3) == 2
        assert index.refresh(most=3) == 0
        assert index.refresh(most=3) == 0
        assert [row.id for row in index.page() if not row.trouble] == [
            f"s{number}" for number in range(6, -1, -1)
        ]


def test_a_damaged_session_is_listed_with_its_trouble_and_what_was_known(tmp_path: Path):
    path = work(tmp_path, "s1")
    with SessionIndex(tmp_path) as index:
        everything(index)
        path.write_bytes(b"ruined" * 1000)
        (row,) = everything(index)
        assert (row.charged, row.prompt) == (100, "prompt of s1")
        assert "damaged" in row.trouble
        assert index.path(row) == path
    (tmp_path / "index.db").unlink()
    with SessionIndex(tmp_path) as index:
        (row,) = everything(index)
        assert (row.id, row.turns) == ("s1", 0)
        assert index.path(row) == path


def test_a_session_that_became_shorter_remembers_how_long_it_was(tmp_path: Path):
    path = work(tmp_path, "s1")
    short = path.read_bytes()
    with SessionStore.open(path) as store:
        noted = store.append(notes(9))[-1].seq
    with SessionIndex(tmp_path) as index:
        everything(index)
        path.write_bytes(short)
        (row,) = everything(index)
        assert (row.last, row.trouble) == (noted, NEWEST_PART_MISSING)
        resumed = resume(path, last_known=row.last)
        assert resumed.salvage is not None
        index.record_use(path, fold(resumed.records), resumed.records[-1].at)
        resumed.store.close()
        (row,) = everything(index)
        assert (row.last, row.trouble) == (6, "")


# Asking --------------------------------------------------------------------------------


def test_pages_follow_each_other_without_a_gap(tmp_path: Path):
    for number in range(12):
        work(tmp_path, f"s{number:02}", "/p", 1_000.0 * (number // 3))
    with SessionIndex(tmp_path) as index:
        index.refresh()
        seen, page = [], index.page(limit=5)
        while page:
            seen += page
            page = index.page(after=page[-1], limit=5)
        assert ids(seen) == [f"s{number:02}" for number in range(11, -1, -1)]


def test_the_latest_session_is_that_of_the_folder_and_holds_a_prompt(tmp_path: Path):
    work(tmp_path, "old", "/p", 1_000.0)
    work(tmp_path, "new", "/p", 2_000.0)
    work(tmp_path, "other", "/q", 3_000.0)
    with SessionStore.create(
        session_path(tmp_path, "/p", "unused"), now=TickingClock(4_000.0)
    ) as store:
        store.append([started("unused")])
    with SessionIndex(tmp_path) as index:
        latest = index.latest("/p")
        assert latest is not None
        assert latest.id == "new"
        assert index.latest("/nowhere") is None


def use(index: SessionIndex, path: Path) -> None:
    """The session at `path` is opened again."""
    with SessionStore.open(path, read_only=True) as store:
        records = list(full_log(store))
        index.record_use(path, fold(records), records[-1].at)


def test_under_a_clock_that_was_set_back_the_latest_is_what_was_used_last(tmp_path: Path):
    future = work(tmp_path, "future", "/p", 9_000.0)
    with SessionIndex(tmp_path) as index:
        use(index, future)
    today = work(tmp_path, "today", "/p", 2_000.0)  # an hour earlier, by the clock
    with SessionIndex(tmp_path) as index:
        use(index, today)
    with SessionIndex(tmp_path) as index:
        assert index.latest("/p").id == "today"
        assert ids(index.page("/p")) == ["future", "today"], "a list shows times"
        use(index, future)
        assert index.latest("/p").id == "future"


def test_a_session_that_was_killed_after_its_opening_is_the_latest(tmp_path: Path):
    """It was noted when it was opened; what came later only its file knows."""
    done = work(tmp_path, "done", "/p", 9_000.0)
    with SessionIndex(tmp_path) as index:
        use(index, done)
        path = session_path(tmp_path, "/p", "killed")
        with SessionStore.create(path, now=TickingClock(1_000.0)) as store:
            records = store.append([started("killed")])
            index.record_use(path, fold(records), records[-1].at)
            assert index.latest("/p").id == "done", "nothing was said in it yet"
            store.append([prompt(1, "go")])
        assert index.latest("/p").id == "killed"


def test_an_index_that_was_lost_takes_the_last_change(tmp_path: Path):
    old, new = work(tmp_path, "old", "/p", 1_000.0), work(tmp_path, "new", "/p", 2_000.0)
    with SessionIndex(tmp_path) as index:
        use(index, new)
        use(index, old)
        assert index.latest("/p").id == "old"
    for each in tmp_path.glob("index.db*"):
        each.unlink()
    with SessionIndex(tmp_path) as index:
        assert index.latest("/p").id == "new"
        old.unlink()
        index.refresh("/p")
        assert index.latest("/p").id == "new"


def test_a_link_to_a_folder_is_the_same_folder(tmp_path: Path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    work(tmp_path, "s1", str(real))
    with SessionIndex(tmp_path) as index:
        latest = index.latest(link)
        assert latest is not None
        assert latest.id == "s1"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("20261123-100000-aaa111", "20261123-100000-aaa111"),
        ("20261123-10", "20261123-100000-aaa111"),
        ("BBB", "20261124-100000-bbb222"),
        ("the parser", "20261124-100000-bbb222"),
        ("The Par", "20261124-100000-bbb222"),
        ("20261125", "20261125-100000-ccc333"),
    ],
)
def test_a_session_is_found_by_what_people_type(tmp_path: Path, asked: str, found: str):
    work(tmp_path, "20261123-100000-aaa111")
    named = ev.SessionNamed(name="The Parser")
    work(tmp_path, "20261124-100000-bbb222", "/p", 2_000.0, named)
    work(tmp_path, "20261125-100000-ccc333", "/elsewhere")
    with SessionIndex(tmp_path) as index:
        assert index.find(asked, "/p").id == found


def test_what_fits_several_sessions_is_refused_with_their_ids(tmp_path: Path):
    work(tmp_path, "20261123-100000-aaa111", "/p", 1_000.0)
    work(tmp_path, "20261123-110000-bbb222", "/p", 2_000.0)
    with SessionIndex(tmp_path) as index:
        with pytest.raises(SessionAmbiguous, match="fits 2 sessions") as error:
            index.find("20261123", "/p")
        assert error.value.ids == ("20261123-110000-bbb222", "20261123-100000-aaa111")
        for nothing in ("zzz", "", "%", "20261123-100000-aaa1112"):
            with pytest.raises(SessionNotFound):
                index.find(nothing, "/p")


# An index that is not what it should be ------------------------------------------------


@pytest.mark.parametrize("content", [b"ruined" * 1000, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_index_is_made_again(tmp_path: Path, content: bytes):
    work(tmp_path, "s1")
    (tmp_path / "index.db").write_bytes(content)
    with SessionIndex(tmp_path) as index:
        assert ids(everything(index)) == ["s1"]
    with SessionIndex(tmp_path) as index:
        assert ids(index.page()) == ["s1"]


def test_the_index_of_another_version_is_made_again(tmp_path: Path):
    work(tmp_path, "s1")
    with sqlite3.connect(tmp_path / "index.db") as other:
        other.execute("CREATE TABLE sessions (whatever)")
        other.execute("PRAGMA user_version = 77")
    with SessionIndex(tmp_path) as index:
        assert ids(everything(index)) == ["s1"]


def test_where_no_index_can_be_written_sessions_are_listed_all_the_same(tmp_path: Path):
    work(tmp_path, "s1")
    (tmp_path / "index.db").mkdir()
    with SessionIndex(tmp_path) as index:
        assert ids(everything(index)) == ["s1"]


def test_noting_a_session_never_stops_the_work(tmp_path: Path):
    path = work(tmp_path, "s1")
    with SessionStore.open(path, read_only=True) as store:
        state = fold(store.records())
    index = SessionIndex(tmp_path)
    index.close()
    index.record_use(path, state, 1.0)
    index.record_use(tmp_path / "gone.db", state, 1.0)


def test_two_programs_may_note_at_once(tmp_path: Path):
    paths = [work(tmp_path, f"s{number}") for number in range(2)]
    with SessionIndex(tmp_path) as one, SessionIndex(tmp_path) as two:
        for index, path in zip((one, two), paths, strict=True):
            with SessionStore.open(path) as store:
                records = [*store.records(), *store.append([note()])]
                index.record_use(path, fold(records), records[-1].at)
        assert one.page() == two.page()
        assert {row.last for row in one.page()} == {6}


def test_a_thousand_sessions_are_listed_with_one_look_at_the_folder(tmp_path: Path):
    model = work(tmp_path, "s").read_bytes()
    for number in range(1000):
        session_path(tmp_path, "/p", f"s{number:04}").write_bytes(model)
    with SessionIndex(tmp_path) as index:
        for number in range(0, 1001, 250):
            assert index.refresh(most=250) == max(0, 1001 - number - 250)
        assert index.refresh() == 0
        assert len(index.page()) == 50

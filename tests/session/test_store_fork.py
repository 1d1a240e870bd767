"""Forks: one history, two ways on, and nothing copied."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session.log_events import TickingClock, ended, exchange, note, notes, prompt, started
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.fork import fork, fork_origin, full_log
from tui.session.resume import resume
from tui.session.session_paths import session_path
from tui.session.store import SessionStore
from tui.session.store_errors import ForkParentInvalid, SessionLocked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return session_path(tmp_path, "/p", "parent")


@pytest.fixture
def parent(path: Path) -> Iterator[SessionStore]:
    with SessionStore.create(path, now=TickingClock()) as store:
        store.append([started("parent", effort="high")])
        store.append([prompt(1, "first"), *exchange(1, 1, 100, "0.10", "msg_1"), ended(1)])
        store.append([ev.EffortChanged(effort="low")])
        store.append([prompt(2, "second"), *exchange(2, 2, 50, "0.05", "msg_2"), ended(2)])
        yield store


def forked(parent: SessionStore, upto: int, session: str = "child") -> SessionStore:
    return fork(parent, upto, session, program="1", now=TickingClock(5_000.0))


def test_a_fork_goes_on_from_a_position_with_what_was_so_there(parent: SessionStore):
    with forked(parent, 5) as child:
        first = next(child.records())
        assert first.event == started("child", effort="high", parent=("parent", 5))
        assert first.seq == 6
        child.append([prompt(2, "another second")])
        history = list(full_log(child))
    assert [record.seq for record in history] == [1, 2, 3, 4, 5, 6, 7]
    assert history[:5] == list(parent.records(upto=5))
    state = fold(history)
    assert state.prompts == ["first", "another second"]
    assert (state.session, state.parent) == ("child", ("parent", 5))
    assert state.ledger.charged == 100


def test_a_fork_costs_the_parent_nothing_and_sees_nothing_of_its_later_days(
    parent: SessionStore,
):
    before = list(parent.records())
    with forked(parent, 5) as child:
        child.append(notes(20))
        parent.append([note("later, in the parent")])
        assert list(full_log(child))[:5] == before[:5]
        assert all(record.event != note("later, in the parent") for record in full_log(child))
    assert list(parent.records(upto=len(before))) == before


def test_a_session_locked_by_another_can_be_forked_by_reading_it(parent: SessionStore):
    with pytest.raises(SessionLocked):
        SessionStore.open(parent.path)
    with (
        SessionStore.open(parent.path, read_only=True) as reader,
        forked(reader, reader.last) as child,
    ):
        assert len(list(full_log(child))) == reader.last + 1


def test_a_fork_of_a_fork_may_reach_back_into_the_first_session(parent: SessionStore):
    with forked(parent, 9) as child:
        child.append([note("in the child")])
        with forked(child, 5, "grandchild") as early, forked(child, 11, "other") as late:
            assert [record.seq for record in full_log(early)] == [1, 2, 3, 4, 5, 6]
            assert [fork.session for fork in map(fork_origin, (early, late)) if fork] == [
                "parent",
                "child",
            ]
            assert [record.seq for record in full_log(late)] == list(range(1, 13))
            assert list(full_log(late))[10].event == note("in the child")


def test_a_lineage_can_be_read_up_to_any_event(parent: SessionStore):
    with forked(parent, 5) as child:
        child.append(notes(3))
        for upto in range(10):
            assert [record.seq for record in full_log(child, upto)] == list(range(1, upto + 1))


def test_a_position_that_is_not_there_makes_no_fork(parent: SessionStore):
    for upto in (0, 99):
        with pytest.raises(ValueError, match="no event"):
            forked(parent, upto)
    assert not parent.path.with_name("child.db").exists()


def test_a_fork_whose_parent_is_gone_says_so(parent: SessionStore):
    child = forked(parent, 5)
    child.close()
    parent.close()
    parent.path.unlink()
    with pytest.raises(ForkParentInvalid, match="session parent, which is gone"):
        resume(child.path)
    SessionStore.open(child.path).close()  # the lock was given back


def test_a_parent_is_found_with_another_project_too(parent: SessionStore, tmp_path: Path):
    with forked(parent, 5) as child:
        pass
    elsewhere = session_path(tmp_path, "/elsewhere", "child")
    elsewhere.parent.mkdir()
    child.path.rename(elsewhere)
    with SessionStore.open(elsewhere) as moved:
        assert len(list(full_log(moved))) == 6


def test_a_parent_that_was_replaced_is_not_taken_for_the_one_forked_from(
    parent: SessionStore,
):
    forked(parent, 5).close()
    parent.close()
    parent.path.unlink()
    with SessionStore.create(parent.path, now=TickingClock(9_000.0)) as other:
        other.append([started("parent"), *notes(6)])
    with pytest.raises(ForkParentInvalid, match="has changed since"):
        resume(parent.path.with_name("child.db"))


def test_a_parent_that_was_cut_short_is_named(parent: SessionStore):
    forked(parent, 5).close()
    parent.close()
    parent.path.unlink()
    with SessionStore.create(parent.path) as other:
        other.append([started("parent")])
    with pytest.raises(ForkParentInvalid, match="has lost events"):
        resume(parent.path.with_name("child.db"))


def test_resuming_a_fork_folds_to_what_it_was(parent: SessionStore):
    with forked(parent, 9) as child:
        child.append([prompt(3, "third"), *exchange(3, 3, 7, None, "msg_3"), ended(3)])
        before = fold(full_log(child))
    resumed = resume(child.path)
    resumed.store.close()
    state = fold(resumed.records)
    assert state.ledger.entries == before.ledger.entries
    assert state.ledger.charged == 157
    assert state.conversation.sendable() == before.conversation.sendable()
    assert state.seq == resumed.store.last

"""A session's file that is lost while it is in use is written again, and that is said once."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.session.log_events import TickingClock, note, started
from tui.session import events as ev
from tui.session.resume import resume
from tui.session.store import SessionStore
from tui.session.store_errors import SessionLocked, StoreError


def delete(path: Path) -> None:
    path.unlink()


def delete_all(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def delete_the_log_beside(path: Path) -> None:
    path.with_name("s.db-wal").unlink()


def delete_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def replace_by_another(path: Path) -> None:
    other = path.with_name("other.db")
    with SessionStore.create(other) as store:
        store.append([started("other")])
    other.replace(path)


def truncate(path: Path) -> None:
    os.truncate(path, 0)


def truncate_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def truncate_the_log_beside(path: Path) -> None:
    os.truncate(path.with_name("s.db-wal"), 0)


def overwrite(path: Path) -> None:
    path.write_bytes(b"\x5a" * path.stat().st_size)
    os.utime(path, ns=(1, 1))


HARMS: list[tuple[Callable[[Path], None], str, bool]] = [
    (delete, "deleted", True),
    (delete_all, "deleted", False),
    (delete_the_log_beside, "deleted", True),
    (delete_the_folder, "deleted", False),
    (move_the_folder, "deleted", False),
    (replace_by_another, "replaced", True),
    (truncate, "cut short", True),
    (truncate_in_half, "cut short", True),
    (truncate_the_log_beside, "cut short", True),
    (overwrite, "overwritten", True),
]


def test_a_file_larger_than_sqlite_keeps_in_memory_is_written_again_whole(tmp_path: Path):
    path = tmp_path / "project" / "s.db"
    texts = [f"{number} " + "x" * 30_000 for number in range(200)]  # 6 MB; SQLite keeps 2
    with SessionStore.create(path, now=TickingClock()) as store:
        store.append([started(), *map(note, texts)])
    with resume(path, now=TickingClock(2_000.0)).store as store:
        overwrite(path)
        store.append([note("after")])
    again = resume(path)
    again.store.close()
    found = [each.event.text for each in again.records if isinstance(each.event, ev.NoteSent)]
    assert again.salvage is None and found == [*texts, "after"]


def begun(tmp_path: Path) -> SessionStore:
    """A session of some events, a part of them in the main file, resumed like any other."""
    path = tmp_path / "project" / "s.db"
    with SessionStore.create(path, now=TickingClock()) as store:
        store.append([started(), *(note("x" * 3000) for _ in range(5))])
    store = resume(path, now=TickingClock(2_000.0)).store
    store.append([note("before")])
    return store


@pytest.mark.parametrize(
    ("harm", "word", "_kept"), HARMS, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_lost_file_is_written_again_with_every_event(
    tmp_path: Path, harm: Callable[[Path], None], word: str, _kept: bool
):
    store = begun(tmp_path)
    harm(store.path)
    store.append_partial(1, "a piece")
    after, told = store.append([note("after")])
    assert after == ev.Record(8, after.at, note("after"))
    assert isinstance(told.event, ev.ErrorShown)
    assert f"of session s was {word} while it was in use" in told.event.sentence
    assert "written again with all 7 events" in told.event.sentence
    assert len(store.append([note("later")])) == 1
    store.append_partial(1, "another piece")
    store.close()
    again = resume(store.path, last_known=10)
    again.store.close()
    assert again.salvage is None
    texts = [each.event.text for each in again.records if isinstance(each.event, ev.NoteSent)]
    assert texts == ["x" * 3000] * 5 + ["before", "after", "later"]
    assert store.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("harm", [replace_by_another, truncate_in_half, overwrite])
def test_what_lies_in_its_place_is_kept(tmp_path: Path, harm: Callable[[Path], None]):
    store = begun(tmp_path)
    harm(store.path)
    (_, told) = store.append([note("after")])
    kept = store.path.with_name("s.db.replaced")
    assert isinstance(told.event, ev.ErrorShown)
    assert told.event.sentence.endswith(f"What lay there is kept as {kept}.")
    store.close()
    if harm is replace_by_another:
        with SessionStore.open(kept, read_only=True) as other:
            assert [each.event for each in other.records()] == [started("other")]


def test_a_file_lost_before_the_end_is_there_afterwards(tmp_path: Path):
    store = begun(tmp_path)
    delete_the_folder(store.path)
    store.restore_if_missing()
    store.close()
    again = resume(store.path)
    again.store.close()
    assert again.records[6].event == note("before")


def test_it_can_happen_again_and_again(tmp_path: Path):
    store = begun(tmp_path)
    for _ in range(3):
        delete(store.path)
        assert len(store.append([note("on")])) == 2
    store.close()
    again = resume(store.path)
    again.store.close()
    assert len(again.records) == 7 + 6


def test_a_file_that_is_only_touched_or_read_is_no_loss(tmp_path: Path):
    store = begun(tmp_path)
    acts: tuple[Callable[[], object], ...] = (
        lambda: os.utime(store.path),
        lambda: os.utime(store.path.with_name("s.db-wal")),
        lambda: store.path.chmod(0o644),
        lambda: shutil.copy(store.path, tmp_path / "copy.db"),
        lambda: SessionStore.open(store.path, read_only=True).close(),
    )
    for act in acts:
        act()
        assert len(store.append([note("on")])) == 1
    store.close()


def test_events_that_were_never_read_come_from_where_the_system_still_has_them(
    tmp_path: Path,
):
    begun(tmp_path).close()
    store = SessionStore.open(tmp_path / "project" / "s.db")
    delete_the_folder(store.path)
    assert len(store.append([note("after")])) == 2
    store.close()
    again = resume(store.path)
    again.store.close()
    assert len(again.records) == 9


def test_a_place_where_nothing_can_be_written_is_an_error_and_loses_nothing(tmp_path: Path):
    store = begun(tmp_path)
    shutil.rmtree(store.path.parent)
    store.path.parent.write_text("a file where the folder was")
    for _ in range(2):
        with pytest.raises(StoreError):
            store.append([note("after")])
    store.path.parent.unlink()
    assert [each.seq for each in store.append([note("after")])] == [8, 9]
    store.close()


def test_a_session_begun_by_another_one_in_the_meantime_is_not_overwritten(tmp_path: Path):
    store = begun(tmp_path)
    delete_the_folder(store.path)
    with SessionStore.create(store.path) as other:
        other.append([started("other")])
        with pytest.raises(SessionLocked):
            store.append([note("after")])
        assert [each.event for each in other.records()] == [started("other")]
    store.close()


def test_a_lock_that_is_deleted_alone_is_taken_again(tmp_path: Path):
    store = begun(tmp_path)
    store.path.with_name("s.db.lock").unlink()
    store.append([note("after")])
    with pytest.raises(SessionLocked):
        SessionStore.open(store.path)
    store.close()
    assert not store.path.with_name("s.db.lock").exists()

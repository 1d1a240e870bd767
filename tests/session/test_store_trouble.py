"""When the disk or its permissions say no: a typed error, one sentence, nothing half done."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.session.log_events import TickingClock, note, notes, started
from tui.session.database import connect
from tui.session.store import SavedPartial, SessionStore
from tui.session.store_errors import (
    SessionMissing,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnwritable,
)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may write everywhere: be nobody for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A folder with a session in it that may be read but not written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with SessionStore.create(folder / "s.db", now=TickingClock()) as store:
            store.append([started()])
        (folder / "s.db").chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_made_is_said_to_be_unwritable():
    with pytest.raises(StoreUnwritable, match="GLIDESLOPE_HOME"):
        SessionStore.create(Path("/proc/nobody/sessions/s.db"))


def test_a_full_disk_is_said_in_one_sentence_and_costs_nothing(tmp_path: Path):
    with SessionStore.create(tmp_path / "s.db", now=TickingClock()) as store:
        written = store.append([started()])
        store.append_partial(1, "Once")
        limit = store._connection.execute("PRAGMA max_page_count = 20").fetchone()
        assert limit == (20,)
        with pytest.raises(StoreFull, match="The disk is full"):
            store.append([note("small"), note("x" * 200_000)], drop_partial=True)
        with pytest.raises(StoreFull):
            store.append_partial(1, "x" * 200_000)
        assert list(store.records()) == written
        assert store.partial() == SavedPartial(1, "Once")
        store._connection.execute("PRAGMA max_page_count = 100000")
        assert store.append([note("there is room again")])[0].seq == 2


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tests.session.log_events import note, started
from tui.session.store_errors import StoreError
from tui.session.store import SessionStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with SessionStore.create(Path(sys.argv[1])) as store:
    store.append([started()])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        while True:
            store.append([note("x" * 10_000)])
    except StoreError as error:
        print(store.last, error.sentence)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(store.append([note("again")])[0].seq)
"""


def test_a_write_that_the_system_refuses_leaves_the_log_as_it_was(tmp_path: Path):
    path = tmp_path / "s.db"
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    said, again = run.stdout.splitlines()
    last = int(said.split()[0])
    assert 5 < last < 20
    assert "could not be read or written" in said
    assert int(again) == last + 1
    with SessionStore.open(path) as store:
        assert len(list(store.records())) == last + 1


@pytest.mark.parametrize(
    "act",
    [
        lambda folder: SessionStore.create(folder / "new.db"),
        lambda folder: SessionStore.create(folder / "deeper" / "down" / "new.db"),
        lambda folder: SessionStore.open(folder / "s.db"),
        lambda folder: SessionStore.create(folder / "s.db" / "below" / "a-file.db"),
    ],
)
def test_a_folder_that_may_not_be_written_is_named(foreign: Path, act: Callable[[Path], object]):
    with as_somebody_else(), pytest.raises(StoreUnwritable, match="may not be written") as error:
        act(foreign)
    assert str(foreign) in error.value.sentence


def test_a_session_that_may_not_be_written_can_still_be_read(foreign: Path):
    with as_somebody_else(), SessionStore.open(foreign / "s.db", read_only=True) as store:
        assert [record.event for record in store.records()] == [started()]


def test_a_folder_that_may_not_be_entered_is_no_traceback(foreign: Path):
    foreign.chmod(0o000)
    for read_only in (True, False):
        with as_somebody_else(), pytest.raises(StoreUnwritable):
            SessionStore.open(foreign / "s.db", read_only=read_only)


def test_a_file_held_by_another_program_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tui.session.database.BUSY_TIMEOUT", 0.01)
    path = tmp_path / "s.db"
    with SessionStore.create(path) as store:
        other = connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="Try again"):
            store.append([started()])
        other.execute("ROLLBACK")
        other.close()
        assert store.append([started(), *notes(2)])[-1].seq == 3


def test_a_session_deleted_under_a_reader_is_missing_to_the_next(tmp_path: Path):
    path = tmp_path / "s.db"
    SessionStore.create(path).close()
    path.unlink()
    with pytest.raises(SessionMissing):
        SessionStore.open(path, read_only=True)


def test_a_closed_store_raises_what_its_callers_expect(tmp_path: Path):
    store = SessionStore.create(tmp_path / "s.db")
    store.close()
    store.close()
    for act in (lambda: store.append([note()]), lambda: store.partial(), store.check):
        with pytest.raises(StoreError):
            act()

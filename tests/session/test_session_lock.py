"""The lock of a session: one holder, for as long as its process lives."""

import subprocess
import sys
from pathlib import Path

import pytest

from tui.session.lock_holder import LockHolder, encode_holder
from tui.session.session_lock import SessionLock
from tui.session.store_errors import SessionLocked

HOLDER = """
import sys
from pathlib import Path
from tui.session.session_lock import SessionLock
lock = SessionLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def test_another_process_keeps_the_lock_until_it_is_killed(session: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(session)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SessionLocked, match=f"process {holder.pid}") as error:
            SessionLock.acquire(session)
        assert error.value.pid == holder.pid
        holder.kill()
        holder.wait()
        SessionLock.acquire(session).release()


def test_a_lock_given_back_leaves_no_file_and_can_be_taken_again(session: Path):
    for _ in range(3):
        lock = SessionLock.acquire(session)
        assert [file.name for file in session.parent.iterdir()] == ["s.db.lock"]
        lock.release()
        lock.release()
        assert list(session.parent.iterdir()) == []


def test_a_lock_file_left_by_a_dead_process_locks_nobody_out(session: Path):
    session.with_name("s.db.lock").write_text("999999")
    SessionLock.acquire(session).release()


def test_a_holder_that_does_not_say_its_number_still_holds(session: Path):
    lock = SessionLock.acquire(session)
    lock.path.write_text("")
    with pytest.raises(SessionLocked, match="another window:") as error:
        SessionLock.acquire(session)
    assert error.value.pid is None
    lock.release()


def test_whoever_is_locked_out_reads_where_the_session_is_open(session: Path):
    lock = SessionLock.acquire(session)
    lock.path.write_bytes(encode_holder(LockHolder(7, "/dev/pts/3", "%4")))
    with pytest.raises(SessionLocked, match=r"process 7 on /dev/pts/3 in tmux pane %4\)"):
        SessionLock.acquire(session)
    lock.release()


def test_a_lock_file_taken_away_by_its_last_holder_is_not_mistaken_for_ours(
    session: Path, monkeypatch: pytest.MonkeyPatch
):
    from tui.session import session_lock

    real, first = session_lock._take, list[int]()

    def removed_in_between(file: int) -> None:
        real(file)
        if not first:
            first.append(file)
            session.with_name("s.db.lock").unlink()

    monkeypatch.setattr(session_lock, "_take", removed_in_between)
    lock = SessionLock.acquire(session)
    with pytest.raises(SessionLocked):
        SessionLock.acquire(session)
    lock.release()

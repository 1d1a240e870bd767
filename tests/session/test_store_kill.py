"""Killed at any moment, the store loses at most what was not yet committed."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session import store_writer
from tests.session.log_events import started
from tui.session import events as ev
from tui.session.resume import resume
from tui.session.store import SessionStore

KILLS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    with SessionStore.create(path) as store:
        store.append([started()])
    return path


def killed_after(path: Path, lines: int) -> list[list[str]]:
    """What the writer said before SIGKILL found it, `lines` lines or a little more."""
    with subprocess.Popen(
        [sys.executable, store_writer.__file__, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


def numbers(said: list[list[str]], word: str) -> Iterator[int]:
    return (int(line[-1]) for line in said if line[0] == word)


def test_a_kill_loses_nothing_that_was_committed_and_leaves_no_gap(path: Path):
    moments = random.Random(4)
    for _ in range(KILLS):
        said = killed_after(path, moments.randint(1, 120))
        acknowledged = max(numbers(said, "event"))
        resumed = resume(path, last_known=acknowledged)  # the kernel gave the lock back
        records, partial = resumed.records, resumed.store.partial()
        resumed.store.close()
        assert resumed.salvage is None
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
        # One call may have been committed and not yet said: it holds one event or two.
        assert acknowledged <= records[-1].seq <= acknowledged + 2
        last = records[-1].event
        if isinstance(last, ev.RequestFailed):
            assert partial is None
            assert len(records) % 3 == 1
            continue
        assert isinstance(last, ev.RequestStarted)
        pieces = partial.text.count(";") if partial else 0
        heard = [line for line in said if line[:2] == ["chunk", str(last.request)]]
        assert len(heard) <= pieces <= len(heard) + 1
        assert partial is None or partial.text == "".join(f"{n};" for n in range(pieces))
        # Close what the kill left open, so that the next writer begins afresh.
        with SessionStore.open(path) as store:
            ended = ev.RequestFailed(request=last.request, reason="crashed")
            store.append([ended, ended], drop_partial=True)

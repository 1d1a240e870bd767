"""Keeps the runs of own sessions in the store up to date with their logs."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from tui.budget.wire_budget import CountingRules
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.measured_copies import measured_project
from tui.history.own_runs import SOURCE, own_runs
from tui.history.task_run import TaskRun
from tui.session.fork import full_log
from tui.session.session_paths import SUFFIX, sessions_folder, sibling_path
from tui.session.store import SessionStore
from tui.session.store_errors import StoreError


def refresh_own_runs(
    store: HistoryStore,
    data: Path,
    counting: CountingRules,
    *,
    state: Path,
    stopped: Callable[[], bool] = lambda: False,
    but: str = "",
) -> int:
    """Read the sessions that have changed since they were last read, or all after a new verb.

    A session that cannot be read keeps the runs it had, and is tried again the next time.

    Args:
        store: Gets the runs.
        data: The user's data folder.
        counting: What the server counts against a budget.
        state: The user's state folder: it tells of which project a copy was measured.
        stopped: Whether to leave the rest for the next time.
        but: A session that is left as it was: it is being worked on, and changes all the time.

    Returns:
        How many sessions could not be read.

    Raises:
        StoreError: the store of runs cannot be written.
    """
    known, found, unread = store.stamps(SOURCE), set(), 0
    taught = store.corrections.fingerprint
    for path in sorted(sessions_folder(data).glob(f"*/*{SUFFIX}")):
        if stopped():
            return unread
        found.add(str(path))
        stamp = f"{_stamp(path)}{taught}"
        if known.get(str(path)) == stamp or path.name == f"{but}{SUFFIX}":
            continue
        try:
            with SessionStore.open(path, read_only=True) as session:
                runs = own_runs(full_log(session), counting, store.corrections.verbs)
        except StoreError:
            unread += 1
            continue
        store.replace(ReadFile(SOURCE, str(path), stamp), [_at_home(run, state) for run in runs])
    store.forget(SOURCE, known.keys() - found)
    return unread


def _at_home(run: TaskRun, state: Path) -> TaskRun:
    """The run, filed under the project where it only names a measured copy of it."""
    project = measured_project(run.project, state)
    return msgspec.structs.replace(run, project=project) if project else run


def _stamp(path: Path) -> str:
    """Size and time of a session file and of its write-ahead log."""
    parts = []
    for each in (path, sibling_path(path, "-wal")):
        try:
            found = each.stat()
        except OSError:
            continue
        if each == path or found.st_size:
            parts.append(f"{found.st_size}:{found.st_mtime_ns}")
    return " ".join(parts)

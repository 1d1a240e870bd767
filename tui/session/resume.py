"""Resuming: a session opened, checked and read in one go, salvaged first where it must be."""

import time
from dataclasses import dataclass
from pathlib import Path

from tui.session.events import Record
from tui.session.fork import full_log
from tui.session.salvage import finish_salvage, salvage
from tui.session.salvage_report import SalvageResult
from tui.session.store import Clock, SessionStore
from tui.session.store_errors import SessionDamaged


@dataclass(frozen=True, slots=True)
class ResumedSession:
    """A session ready to go on."""

    store: SessionStore
    records: list[Record]
    """Its whole log, what a fork took over included: fold it."""
    salvage: SalvageResult | None
    """What was wrong with its file and what became of it; None when all was well."""


def resume(
    path: Path, *, last_known: int = 0, folder: str = "", now: Clock = time.time
) -> ResumedSession:
    """Open a session to go on with it.

    Args:
        path: Its file.
        last_known: Number of the last event the index knows of; fewer in the file means that the
            newest ones were lost, with its write-ahead log for one.
        folder: The project folder, for a session that has lost its beginning.
        now: The clock.

    Raises:
        SessionLocked: another one writes it.
        SessionDamaged: no event of it can be read.
        StoreError: anything else that keeps it from being opened.
    """
    report = finish_salvage(path)
    mended: set[Path] = set()
    while True:
        try:
            store, records = _opened(path, now)
            break
        except SessionDamaged as damage:
            if damage.path in mended:
                raise
            mended.add(damage.path)
            known = last_known if damage.path == path else None
            report = salvage(damage.path, last_known=known, folder=folder, now=now)
    if not store.read_only:
        store.remember(records)
    if report is None and store.last < last_known and not store.read_only:
        report = SalvageResult(path, store.last, last_known, None)
        try:
            records += store.append([report.event])
        except BaseException:
            store.close()
            raise
    return ResumedSession(store, records, report)


def _opened(path: Path, now: Clock) -> tuple[SessionStore, list[Record]]:
    store = SessionStore.open(path, now=now)
    try:
        store.check()
        return store, list(full_log(store))
    except BaseException:
        store.close()
        raise

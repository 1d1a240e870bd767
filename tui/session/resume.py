"""Resuming: a session opened, checked and read in one go, salvaged first where it must be."""

import time
from dataclasses import dataclass
from pathlib import Path

from tui.session.events import Record
from tui.session.faults import SessionDamaged
from tui.session.fork import lineage
from tui.session.salvage import finish, salvage
from tui.session.salvage_report import Salvage
from tui.session.store import Clock, SessionStore


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session ready to go on."""

    store: SessionStore
    records: list[Record]
    """Its whole log, what a fork took over included: fold it."""
    salvage: Salvage | None
    """What was wrong with its file and what became of it; None when all was well."""


def resume(path: Path, *, noted: int = 0, folder: str = "", now: Clock = time.time) -> Resumed:
    """Open a session to go on with it.

    Args:
        path: Its file.
        noted: Number of the last event the index knows of; fewer in the file means that the
            newest ones were lost, with its write-ahead log for one.
        folder: The project folder, for a session that has lost its beginning.
        now: The clock.

    Raises:
        SessionLocked: another one writes it.
        SessionDamaged: no event of it can be read.
        StoreError: anything else that keeps it from being opened.
    """
    report = finish(path)
    mended: set[Path] = set()
    while True:
        try:
            store, records = _opened(path, now)
            break
        except SessionDamaged as damage:
            if damage.path in mended:
                raise
            mended.add(damage.path)
            known = noted if damage.path == path else None
            report = salvage(damage.path, noted=known, folder=folder, now=now)
    if not store.read_only:
        store.remember(records)
    if report is None and store.last < noted and not store.read_only:
        report = Salvage(path, store.last, noted, None)
        try:
            records += store.append([report.event])
        except BaseException:
            store.close()
            raise
    return Resumed(store, records, report)


def _opened(path: Path, now: Clock) -> tuple[SessionStore, list[Record]]:
    store = SessionStore.open(path, now=now)
    try:
        store.check()
        return store, list(lineage(store))
    except BaseException:
        store.close()
        raise

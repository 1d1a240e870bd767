"""All sessions of this user on this machine, and what each of them does now.

What a session was at when it was noted last is a row of the index; the lock tells which process
works in it; of those at work the last events of the log tell the rest. So a look costs the same
however long the histories are.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from tui.budget.wire_budget import CountingRules
from tui.session import events as ev
from tui.session.lock_holder import LockHolder
from tui.session.log_tail import LogTail, OpenQuestion, read_tail
from tui.session.session_index import SessionIndex, session_file
from tui.session.session_lock import lock_holder
from tui.session.session_paths import SUFFIX, is_agent_log
from tui.session.session_summary import FileKey, SessionSummary
from tui.session.store_errors import StoreError

FleetState = Literal[
    "waiting", "working", "failed", "landed", "idle", "closed", "crashed", "damaged"
]
"""What a session does: it waits for the user · it works · its turn failed · its turn landed · it
has nothing to do · no process has it open · its process ended in a turn · it cannot be read."""
WaitsFor = Literal["", "permission", "limit", "budget", "plan"]
"""What a session waits for: an answer about a call or about a limit · a bigger budget · a look at
its plan."""

LANDED: frozenset[ev.TurnEndReason] = frozenset({"landed", "wrapped_up"})
FAILED: frozenset[ev.TurnEndReason] = frozenset(
    {"error", "refused", "hard_limit", "no_progress", "denied"}
)
ORDER: tuple[FleetState, ...] = ("waiting", "working", "failed", "landed", "idle")
"""In which order sessions that are open are listed; the others follow."""

REFRESH_SECONDS = 15.0
"""Seconds after which all files are looked at again: other machines may write into the folder."""
FILES_AT_ONCE = 20
"""Logs that one look reads whole at most, where the index does not know them."""
_SETTLED_SECONDS = 2.0
"""Age of a folder's time from which on it can be trusted: two changes may have the same one."""
_LOCK = f"{SUFFIX}.lock"


@dataclass(frozen=True, slots=True)
class FleetSession:
    """One session as it is now."""

    summary: SessionSummary
    path: Path
    """Its file."""
    holder: LockHolder | None = None
    """The process that has it open; None where none has."""
    tail: LogTail | None = None
    """The end of its log; None where the index says all."""

    @property
    def is_open(self) -> bool:
        """Whether a process works in it."""
        return self.holder is not None

    @property
    def updated(self) -> float:
        """When something happened in it last, in seconds since the Unix epoch."""
        return max(self.summary.updated, self.tail.at if self.tail else 0.0)

    @property
    def name(self) -> str:
        """The user's name for it, else its first prompt; foreign text."""
        given = self.tail.name if self.tail else ""
        return given or self.summary.name or self.summary.prompt

    @property
    def question(self) -> OpenQuestion | None:
        """What it asks the user now; the oldest of several."""
        asked = self.tail.questions if self.tail and self.is_open else ()
        return asked[0] if asked else None

    @property
    def end(self) -> str:
        """Why its last turn ended; empty while one is open, and before the first."""
        if self.tail is not None and self.tail.turn_open is not None:
            return self.tail.ended.reason if self.tail.ended else ""
        return self.summary.end

    @property
    def turn_open(self) -> bool:
        """Whether a turn is open in its log."""
        if self.tail is not None and self.tail.turn_open is not None:
            return self.tail.turn_open
        return self.summary.turns > 0 and not self.summary.end

    @property
    def waits_for(self) -> WaitsFor:
        """What the user has to do for it to go on; empty for nothing."""
        if not self.is_open:
            return ""
        if self.question is not None:
            is_limit = isinstance(self.question.asked, ev.LimitReached)
            return "limit" if is_limit else "permission"
        if self.turn_open:
            return ""
        ended = self.tail.ended if self.tail else None
        if self.end == "declined" or (ended is not None and ended.budget is not None):
            return "budget"
        if self.end == "paused":
            return "limit"
        mode = (self.tail.mode if self.tail else None) or self.summary.mode
        return "plan" if self.end == "completed" and mode == "plan" else ""

    @property
    def state(self) -> FleetState:
        """What it does, in one word."""
        if self.summary.trouble and self.tail is None:
            return "damaged"
        if not self.is_open:
            return "crashed" if self.turn_open else "closed"
        if self.waits_for:
            return "waiting"
        if self.turn_open:
            return "working"
        if self.end in FAILED:
            return "failed"
        return "landed" if self.end in LANDED else "idle"


@dataclass(frozen=True, slots=True)
class _Look:
    """What was read of a log, and of which state of its file."""

    stamp: str
    tail: LogTail


class Fleet:
    """Looks at all sessions, again and again. One thread at a time."""

    def __init__(
        self,
        data: Path,
        counting: CountingRules = CountingRules(),
        now: Callable[[], float] = time.time,
    ) -> None:
        """Open the index in the user's data folder.

        Args:
            data: The folder that holds the sessions.
            counting: How the server counts, from the catalogue.
            now: Seconds since the Unix epoch.
        """
        self._index = SessionIndex(data, counting)
        self._now = now
        self._looks: dict[Path, _Look] = {}
        self._locked: dict[Path, tuple[int, list[Path]]] = {}
        """Time and locked sessions of each folder, as last listed."""
        self._held: frozenset[FileKey] = frozenset()
        self._refreshed_at = 0.0
        self._known: dict[Path, FleetSession] = {}
        """Every session of the index, as if nobody had it open; in their order."""
        self._version = -1
        self.unread = 0
        """Logs that the index does not know yet; the next looks read them."""

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look(self) -> list[FleetSession]:
        """All sessions as they are now: those that wait first, those at work, then the newest.

        Raises:
            StoreError: the index cannot be used.
        """
        holders = self._find_holders()
        self._refresh(frozenset((path.parent.name, path.stem) for path in holders))
        opened = []
        for path, holder in holders.items():
            known = self._known.get(path)
            # One without a prompt is in no list of the index.
            summary = known.summary if known else self._index.get((path.parent.name, path.stem))
            if summary is not None:
                opened.append(FleetSession(summary, path, holder, self._tail(path)))
        closed = [each for path, each in self._known.items() if path not in holders]
        return [*sorted(opened, key=_rank), *closed]

    # The index -------------------------------------------------------------------

    def _refresh(self, held: frozenset[FileKey]) -> None:
        """Read the rows again where they, or the files, may be others now."""
        due = self._now() - self._refreshed_at >= REFRESH_SECONDS
        changed = held != self._held or self.unread > 0 or due
        if changed:
            self.unread = self._index.refresh(most=FILES_AT_ONCE, at_work=held)
            self._held, self._refreshed_at = held, self._now()
        version = self._index.version
        if changed or version != self._version:
            self._version = version
            found = (
                FleetSession(each, self._index.path(each)) for each in self._index.page(limit=None)
            )
            self._known = {each.path: each for each in sorted(found, key=_rank)}

    # Locks and logs --------------------------------------------------------------

    def _find_holders(self) -> dict[Path, LockHolder]:
        """The sessions that are open, and by whom."""
        found = {}
        for path in self._locked_files():
            with suppress(OSError):
                holder = lock_holder(path)
                if holder is not None:
                    found[path] = holder
        self._looks = {path: look for path, look in self._looks.items() if path in found}
        return found

    def _locked_files(self) -> list[Path]:
        """Session files beside which there is a lock, held or left behind."""
        try:
            folders = [Path(entry.path) for entry in os.scandir(self._index.sessions)]
        except OSError:
            return []
        found = {}
        for folder in folders:
            with suppress(OSError):  # not a folder, or gone meanwhile
                found[folder] = self._locked_in(folder)
        self._locked = found
        return [path for _, paths in found.values() for path in paths]

    def _locked_in(self, folder: Path) -> tuple[int, list[Path]]:
        """Time of a folder, and its locked sessions; as listed before if nothing changed."""
        changed = folder.stat().st_mtime_ns
        known = self._locked.get(folder)
        if known and known[0] == changed and self._now() - changed / 1e9 > _SETTLED_SECONDS:
            return known
        locks = [file for file in folder.iterdir() if file.name.endswith(_LOCK)]
        files = [lock.with_suffix("") for lock in locks]
        return changed, [file for file in files if not is_agent_log(file.name)]

    def _tail(self, path: Path) -> LogTail | None:
        """The end of a log; as it was last where it cannot be read just now."""
        known = self._looks.get(path)
        try:
            stamp = session_file(path).stamp
            if known is None or known.stamp != stamp:
                known = self._looks[path] = _Look(stamp, read_tail(path))
        except (StoreError, OSError):
            pass
        return known.tail if known else None


def _rank(session: FleetSession) -> tuple[int, float, str]:
    state = session.state
    place = ORDER.index(state) if state in ORDER else len(ORDER)
    return place, -session.updated, session.summary.id

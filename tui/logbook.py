"""The logbook: finds, begins and closes the logs of sessions, and keeps their index.

Everything here touches the disk and belongs on the one thread that uses the session store.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from tui.agent.opening import first_events, grant
from tui.agent.tools import definitions
from tui.budget.wire import Counting
from tui.claude.catalogue import Catalogue
from tui.session import events as ev
from tui.session.faults import StoreError
from tui.session.fork import fork, lineage
from tui.session.ids import new_id
from tui.session.index import Index
from tui.session.places import session_path
from tui.session.removal import remove
from tui.session.resume import resume
from tui.session.state import SessionState, fold
from tui.session.store import Partial, SessionStore
from tui.session.summary import Summary
from tui.settings.folders import Folders
from tui.settings.layers import Resolved
from tui.settings.problems import Layer

LATEST = "latest"
"""What `--continue` asks for."""


@dataclass(slots=True)
class OpenLog:
    """One session's log, open for writing."""

    store: SessionStore
    records: list[ev.Record]
    """The whole log as it was when opened."""
    state: SessionState
    """Folded from it."""
    partial: Partial | None = None
    """The message that was streaming when the program died."""
    sentences: list[str] = field(default_factory=list)
    """What there is to say about its opening."""
    new: bool = False


class NoSession(Exception):
    """There is no session to continue; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Logbook:
    """The logs of one project folder."""

    folder: Path
    homes: Folders
    catalogue: Catalogue
    counting: Counting
    now: Callable[[], float]

    def open(self, which: str | None, resolved: Resolved, *, fork: bool = False) -> OpenLog:
        """Open the session that is meant.

        Args:
            which: Id or name, `latest`, or None to begin a new one.
            resolved: The settings; a new session takes model, effort, mode and budget from
                them, a resumed one only what the command line says.
            fork: Whether a new session goes on from there, and the other stays as it is.

        Raises:
            NoSession: there is none to continue.
            StoreError: it cannot be opened.
        """
        if which is None:
            return self._new(resolved)
        return self._fork(which) if fork else self._again(which)

    def _new(self, resolved: Resolved) -> OpenLog:
        settings = resolved.settings
        model = self.catalogue.model(settings.model)
        session = new_id(self.now)
        path = session_path(self.homes.data, self.folder, session)
        store = SessionStore.create(path, now=self.now)
        events = first_events(
            session=session,
            folder=self.folder,
            program=version("glideslope"),
            model=model.id,
            effort=model.effort(settings.effort),
            mode=settings.permissions.mode,
            tools=definitions(),
            now=datetime.fromtimestamp(self.now()).astimezone(),
            user_memory=self.homes.config / "AGENTS.md",
        )
        if settings.task_budget is not None:
            source = resolved.values["task_budget"].origin.words
            events.append(grant(settings.task_budget, settings.budget_scope, source))
        records = store.append(events)
        return OpenLog(store, records, fold(records, self.counting), new=True)

    def _find(self, which: str) -> tuple[Path, int]:
        """File of the session that is meant, and the last event the index knows of."""
        with Index(self.homes.data, self.counting) as index:
            summary = (
                index.latest(self.folder) if which == LATEST else index.find(which, self.folder)
            )
            if summary is None:
                raise NoSession("There is no earlier session in this folder yet.")
            return index.path(summary), summary.last

    def _fork(self, which: str) -> OpenLog:
        """A session that goes on from where another one stands; that one is only read."""
        path, _ = self._find(which)
        program, session = version("glideslope"), new_id(self.now)
        with SessionStore.open(path, read_only=True) as parent:
            store = fork(parent, parent.last, session, program=program, now=self.now)
            partial = parent.partial()
        records = list(lineage(store))
        state = fold(records, self.counting)
        if state.name:
            records += store.append([ev.SessionNamed(name=f"{state.name} (fork)")])
            state.apply(records[-1])
        return OpenLog(store, records, state, partial)

    def _again(self, which: str) -> OpenLog:
        path, noted = self._find(which)
        resumed = resume(path, noted=noted, now=self.now)
        store = resumed.store
        sentences = [resumed.salvage.sentence] if resumed.salvage else []
        if store.notice:
            sentences.append(store.notice)
        state = fold(resumed.records, self.counting)
        return OpenLog(store, resumed.records, state, store.partial(), sentences)

    def note(self, log: OpenLog) -> None:
        """Keep the index up to date; never fails."""
        with contextlib.suppress(StoreError), Index(self.homes.data, self.counting) as index:
            index.note(log.store.path, log.state, log.state.at)

    def close(self, log: OpenLog) -> None:
        """Close a log; one begun by this run in which nothing was said leaves nothing behind."""
        log.store.close()
        if log.new and log.state.turn == 0:
            with contextlib.suppress(OSError):
                remove(log.store.path)
        else:
            self.note(log)

    def summaries(self, limit: int) -> Sequence[Summary]:
        """The sessions of the folder, the newest first."""
        with Index(self.homes.data, self.counting) as index:
            index.refresh(self.folder)
            return index.page(self.folder, limit=limit)


def wishes(resolved: Resolved, state: SessionState, catalogue: Catalogue) -> list[ev.Event]:
    """What the command line wants changed in a session that is resumed."""
    said = {
        key for key, value in resolved.values.items() if value.origin.layer is Layer.COMMAND_LINE
    }
    settings = resolved.settings
    events: list[ev.Event] = []
    if "model" in said and settings.model != state.model:
        model = catalogue.model(settings.model)
        events.append(ev.ModelChanged(model=model.id, effort=model.effort(settings.effort)))
    if "effort" in said and settings.effort not in (None, state.effort):
        events.append(ev.EffortChanged(effort=str(settings.effort)))
    if "permissions.mode" in said and settings.permissions.mode != state.mode:
        events.append(ev.ModeChanged(mode=settings.permissions.mode))
    if "task_budget" in said and settings.task_budget != state.grant:
        events.append(grant(settings.task_budget, settings.budget_scope, "command line"))
    return events

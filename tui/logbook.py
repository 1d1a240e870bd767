"""The logbook: finds, begins and closes the logs of sessions, and keeps their index.

Everything here touches the disk and belongs on the one thread that uses the session store.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from tui.agent.grants import BelowSpent, NotGranted, give, limit_dollars, take_away
from tui.agent.opening import first_events, grant
from tui.agent.tools.registry import definitions
from tui.budget.wire import Counting
from tui.claude.catalogue import Catalogue, Model
from tui.claude.names import meant
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
from tui.settings.schema import MODES

LATEST = "latest"
"""What `--continue` asks for."""
SOURCE = "command line"


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


@dataclass(slots=True)
class Wishes:
    """What the command line and the organisation want changed in a session."""

    events: list[ev.Event] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    """What there is to say about it."""
    left: ev.Mode | None = None
    """The mode that the session was in, where it comes back in a tighter one of the settings."""
    below: BelowSpent | None = None
    """A budget that is less than what is spent already: the user is asked."""

    def take(self, events: Sequence[ev.Event]) -> None:
        """Want `events`; a notice among them is said at the opening."""
        notices = [event for event in events if isinstance(event, ev.NoticeShown)]
        self.sentences += [notice.sentence for notice in notices]
        self.events += [event for event in events if event not in notices]

    @contextlib.contextmanager
    def refusals(self) -> Iterator[None]:
        """Keep what is refused within it: it is said, or asked about."""
        try:
            yield
        except BelowSpent as below:
            self.below = below
        except NotGranted as refusal:
            self.sentences.append(str(refusal))


class NoSession(Exception):
    """There is no session to continue; the text is a sentence."""


class HistoryDamaged(NoSession):
    """A part of the session was lost."""

    def __init__(self, sentence: str) -> None:
        super().__init__(
            f"{sentence} Nothing was sent. To go on with what is left, add --accept-damage."
        )


@dataclass(frozen=True, slots=True)
class Logbook:
    """The logs of one project folder."""

    folder: Path
    homes: Folders
    catalogue: Catalogue
    now: Callable[[], float]
    dollars: Decimal | None = None
    """The limit in dollars that the command line gives; None where it gives none."""
    accepts_damage: bool = True
    """Whether a session goes on of which a part was lost; else it is an error until somebody
    says so."""
    project_memory: bool = True
    """Whether a new session is told what the memory files of the project say."""

    @property
    def counting(self) -> Counting:
        """How the server counts against a budget."""
        return self.catalogue.counting

    def open(self, which: str | None, resolved: Resolved, *, fork: bool = False) -> OpenLog:
        """Open the session that is meant.

        Args:
            which: Id or name, `latest`, or None to begin a new one.
            resolved: The settings; a new session takes model, effort, mode and budget from
                them, a resumed one only what the command line says.
            fork: Whether a new session goes on from there, and the other stays as it is.

        Raises:
            NoSession: there is none to continue.
            HistoryDamaged: a part of it was lost, and nobody accepted that.
            StoreError: it cannot be opened.
        """
        if which is None:
            return self._new(resolved)
        log = self._fork(which) if fork else self._again(which, resolved)
        if log.state.damage and not self.accepts_damage:
            log.store.close()
            if fork:
                remove(log.store.path)
            raise HistoryDamaged(log.state.damage)
        return log

    def _new(self, resolved: Resolved) -> OpenLog:
        path = session_path(self.homes.data, self.folder, new_id(self.now))
        store = SessionStore.create(path, now=self.now)
        try:
            return self._begun(store, resolved)
        except BaseException:
            store.close()
            with contextlib.suppress(OSError):
                remove(path)
            raise

    def _begun(self, store: SessionStore, resolved: Resolved) -> OpenLog:
        """A new log with the events every session begins with."""
        events = self._beginning(store.path.stem, resolved)
        records = store.append(events)
        state, wishes = fold(records, self.counting), Wishes()
        wishes.sentences += state.preamble.remarks if state.preamble else ()
        if self.dollars is not None:
            with wishes.refusals():
                model = meant(self.catalogue, resolved.settings.model)
                wishes.take(_limit_dollars(resolved, state, model, self.dollars))
            for record in store.append(wishes.events):
                state.apply(record)
                records.append(record)
        return OpenLog(store, records, state, sentences=wishes.sentences, new=True)

    def _beginning(self, session: str, resolved: Resolved) -> list[ev.Event]:
        """The events every session begins with: start, preamble, and the budget if there is one."""
        settings = resolved.settings
        model = meant(self.catalogue, settings.model)
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
            project_memory=self.project_memory,
        )
        budget, dollars = resolved.values["task_budget"], self.dollars
        if settings.task_budget is not None and (
            dollars is None or budget.origin.layer is Layer.MANAGED
        ):
            events.append(grant(settings.task_budget, settings.budget_scope, budget.origin.words))
        return events

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

    def _again(self, which: str, resolved: Resolved) -> OpenLog:
        path, noted = self._find(which)
        resumed = resume(path, noted=noted, folder=str(self.folder), now=self.now)
        store, records = resumed.store, resumed.records
        sentences = [resumed.salvage.sentence] if resumed.salvage else []
        if store.notice:
            sentences.append(store.notice)
        state = fold(records, self.counting)
        if state.preamble is None and state.lost and not store.read_only:
            # What the model is told first is lost: it is told again, as in a new session.
            _, preamble, *granted = self._beginning(store.path.stem, resolved)
            for record in store.append([preamble, *(() if state.envelope else granted)]):
                state.apply(record)
                records.append(record)
        return OpenLog(store, records, state, store.partial(), sentences)

    def note(self, log: OpenLog) -> None:
        """Keep the index up to date; never fails."""
        with contextlib.suppress(StoreError), Index(self.homes.data, self.counting) as index:
            index.note(log.store.path, log.state, log.state.at)

    def close(self, log: OpenLog) -> None:
        """Close a log; one begun by this run in which nothing was said leaves nothing behind."""
        with contextlib.suppress(StoreError):  # nobody is left to hear it
            log.store.keep()
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


def wishes(
    resolved: Resolved, state: SessionState, catalogue: Catalogue, dollars: Decimal | None
) -> Wishes:
    """What the command line changes in a session that is resumed.

    Args:
        resolved: The settings.
        state: The session.
        catalogue: The models.
        dollars: The limit that the command line gives; None where it gives none.
    """
    said = {
        key for key, value in resolved.values.items() if value.origin.layer is Layer.COMMAND_LINE
    }
    settings, wanted = resolved.settings, Wishes()
    model = meant(catalogue, settings.model)
    if "model" in said and model.id != state.model:
        wanted.events.append(ev.ModelChanged(model=model.id, effort=model.effort(settings.effort)))
    if "effort" in said and settings.effort not in (None, state.effort):
        wanted.events.append(ev.EffortChanged(effort=str(settings.effort)))
    mode = settings.permissions.mode
    if mode != state.mode and ("permissions.mode" in said or _is_wider(state.mode, mode)):
        wanted.events.append(ev.ModeChanged(mode=mode))
        if "permissions.mode" not in said:
            # Whoever comes back days later does not remember what the session may do unasked.
            wanted.left = state.mode
    with wanted.refusals():
        if dollars is not None:
            model = catalogue.model(state.model)
            wanted.take(_limit_dollars(resolved, state, model, dollars))
        elif "task_budget" in said:
            wanted.take(_budget(resolved, state))
    return wanted


def _is_wider(mode: ev.Mode, than: ev.Mode) -> bool:
    """Whether more goes ahead unasked in a mode than in another one."""
    return MODES.index(mode) > MODES.index(than)


def _budget(resolved: Resolved, state: SessionState) -> Sequence[ev.Event]:
    """The budget that the command line asks for."""
    settings, caps = resolved.settings, resolved.caps or {}
    count = settings.task_budget
    if count == state.grant:
        return ()
    if count is None:
        return take_away(state, caps, SOURCE)
    # Where the API takes no budget of this size it is not sent, and a sentence says so.
    return [give(state, caps, count, settings.budget_scope, SOURCE, least=1)]


def _limit_dollars(
    resolved: Resolved, state: SessionState, model: Model, dollars: Decimal
) -> Sequence[ev.Event]:
    scope = state.envelope.scope if state.envelope else resolved.settings.budget_scope
    return limit_dollars(state, resolved.caps or {}, model, dollars, scope, SOURCE)

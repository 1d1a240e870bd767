"""Finds, begins and closes the logs of sessions, and keeps their index.

Everything here touches the disk and belongs on the one thread that uses the session store.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tui.agent.budget_requests import (
    BudgetBelowUsage,
    BudgetRefused,
    change_pool,
    grant_tokens,
    remove_budget,
    set_dollar_limit,
)
from tui.agent.new_session import initial_events, initial_grant
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.delegate_tool import delegate_definition
from tui.agent.tools.registry import tool_definitions
from tui.budget.wire_budget import CountingRules
from tui.claude.catalogue import Catalogue, Model
from tui.claude.model_names import model_or_unknown
from tui.session import events as ev
from tui.session.event_fold import apply_record, fold
from tui.session.folder_notes import write_note
from tui.session.fork import fork, full_log
from tui.session.moved_folders import moved_sentence, similar_folder_sentence
from tui.session.resume import resume
from tui.session.session_index import SessionIndex
from tui.session.session_paths import new_session_id, remove_session, session_path
from tui.session.session_summary import SessionSummary
from tui.session.state import SessionState
from tui.session.store import SavedPartial, SessionStore
from tui.session.store_errors import StoreError
from tui.settings.amounts import Tokens
from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.settings_schema import MODES, Settings
from tui.settings.user_folders import UserFolders

LATEST = "latest"
"""What `--continue` asks for."""
COMMAND_LINE_SOURCE = "command line"


@dataclass(slots=True)
class OpenLog:
    """One session's log, open for writing."""

    store: SessionStore
    records: list[ev.Record]
    """The whole log as it was when opened."""
    state: SessionState
    """Folded from it."""
    partial: SavedPartial | None = None
    """The message that was streaming when the program died."""
    sentences: list[str] = field(default_factory=list)
    """What there is to say about its opening."""
    new: bool = False


@dataclass(slots=True)
class StartupChanges:
    """What the command line and the organisation want changed in a session."""

    events: list[ev.Event] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    """What there is to say about it."""
    previous_mode: ev.Mode | None = None
    """The mode that the session was in, where it comes back in a tighter one of the settings."""
    budget_below_usage: BudgetBelowUsage | None = None
    """A budget that is less than what is spent already: the user is asked."""

    def add(self, events: Sequence[ev.Event]) -> None:
        """Add events to record; of notices among them only the sentence is kept, for the screen."""
        notices = [event for event in events if isinstance(event, ev.NoticeShown)]
        self.sentences += [notice.sentence for notice in notices]
        self.events += [event for event in events if event not in notices]

    @contextlib.contextmanager
    def collect_refusals(self) -> Iterator[None]:
        """Keep what is refused within it: the opening says it, or asks about it."""
        try:
            yield
        except BudgetBelowUsage as below:
            self.budget_below_usage = below
        except BudgetRefused as refusal:
            self.sentences.append(str(refusal))


class NoSessionToContinue(Exception):
    """There is no session to continue; the text is a sentence."""


class HistoryDamaged(NoSessionToContinue):
    """A part of the session was lost."""

    def __init__(self, sentence: str) -> None:
        super().__init__(
            f"{sentence} Nothing was sent. To go on with what is left, add --accept-damage."
        )


@dataclass(frozen=True, slots=True)
class SessionLogs:
    """The logs of one project folder."""

    folder: Path
    user_folders: UserFolders
    catalogue: Catalogue
    now: Callable[[], float]
    dollar_limit: Decimal | None = None
    """The limit in dollars that the command line gives; None where it gives none."""
    accepts_damage: bool = True
    """Whether a session goes on of which a part was lost; else it is an error until somebody
    says so."""
    resume_hint: str = "glideslope -r {}"
    """How a session is resumed by its id, where sentences are read."""
    kinds: Mapping[str, AgentKind] = field(default_factory=dict)
    """The kinds of agents that a new session may ask for."""
    project_memory: bool = True
    """Whether a new session sends the memory files of the project to the model."""
    copy_of: Path | None = None
    """The project folder that the folder is a throw-away copy of; None if it is none."""

    @property
    def counting(self) -> CountingRules:
        """How the server counts against a budget."""
        return self.catalogue.counting

    def open(self, which: str | None, resolved: ResolvedSettings, *, fork: bool = False) -> OpenLog:
        """Open a session by id or name, the latest one, or a new one.

        Args:
            which: Id or name, `latest`, or None to begin a new one.
            resolved: The settings; a new session takes model, effort, mode and budget from
                them, a resumed one only what the command line says.
            fork: Whether a new session goes on from there, and the other stays as it is.

        Raises:
            NoSessionToContinue: there is none to continue.
            HistoryDamaged: a part of it was lost, and nobody accepted that.
            StoreError: it cannot be opened.
        """
        if which is None:
            return self._new(resolved)
        log = self._fork(which) if fork else self._resume_log(which, resolved)
        if log.state.damage and not self.accepts_damage:
            log.store.close()
            if fork:
                remove_session(log.store.path)
            raise HistoryDamaged(log.state.damage)
        return log

    def _new(self, resolved: ResolvedSettings) -> OpenLog:
        path = session_path(self.user_folders.data, self.folder, new_session_id(self.now))
        store = SessionStore.create(path, now=self.now)
        try:
            return self._write_first_events(store, resolved)
        except BaseException:
            store.close()
            with contextlib.suppress(OSError):
                remove_session(path)
            raise

    def _write_first_events(self, store: SessionStore, resolved: ResolvedSettings) -> OpenLog:
        """A new log with the events every session begins with."""
        events = self._first_events(store.path.stem, resolved)
        if resolved.settings.tag is not None:
            events.append(ev.SessionTagged(name=resolved.settings.tag))
        records = store.append(events)
        state, wishes = fold(records, self.counting), StartupChanges()
        wishes.sentences += state.preamble.remarks if state.preamble else ()
        if self.dollar_limit is not None:
            with wishes.collect_refusals():
                model = model_or_unknown(self.catalogue, resolved.settings.model)
                wishes.add(_dollar_limit_events(resolved, state, model, self.dollar_limit))
            for record in store.append(wishes.events):
                apply_record(state, record)
                records.append(record)
        return OpenLog(store, records, state, sentences=wishes.sentences, new=True)

    def _first_events(self, session: str, resolved: ResolvedSettings) -> list[ev.Event]:
        """The events every session begins with: start, preamble, and the budget if there is one."""
        settings = resolved.settings
        model = model_or_unknown(self.catalogue, settings.model)
        events = initial_events(
            session=session,
            folder=self.folder,
            program=version("glideslope"),
            model=model.id,
            effort=model.effort(settings.effort),
            mode=settings.permissions.mode,
            tools=self._tools(settings),
            now=datetime.fromtimestamp(self.now()).astimezone(),
            user_memory=self.user_folders.config / "AGENTS.md",
            project_memory=self.project_memory,
            copy_of=self.copy_of,
        )
        budget, dollars = resolved.values["task_budget"], self.dollar_limit
        if settings.task_budget is not None and (
            dollars is None or budget.origin.layer is Layer.MANAGED
        ):
            events.append(
                initial_grant(
                    settings.task_budget, settings.budget_scope, budget.origin.description
                )
            )
        if settings.team.pool is not None:
            origin = resolved.values["team.pool"].origin.description
            events.append(ev.PoolSet(total=settings.team.pool, source=origin))
        return events

    def _tools(self, settings: Settings) -> list[ev.JSON]:
        """The tools of a new session, by name; one with a pool may delegate."""
        more = [] if settings.team.pool is None else [delegate_definition(self.kinds)]
        return sorted([*tool_definitions(), *more], key=lambda tool: str(tool["name"]))

    def _find(self, which: str) -> "_FoundSession":
        """The session that is meant.

        Raises:
            NoSessionToContinue: there is none to continue.
            StoreError: there is none of that name, or there are several.
        """
        with SessionIndex(self.user_folders.data, self.counting) as index:
            summary = (
                index.latest(self.folder) if which == LATEST else index.find(which, self.folder)
            )
            if summary is None:
                similar = similar_folder_sentence(index, self.folder, self.resume_hint)
                none = "There is no earlier session in this folder yet."
                raise NoSessionToContinue(f"{none} {similar}".strip())
            moved = moved_sentence(index, summary, self.folder)
            return _FoundSession(index.path(summary), summary.last, moved)

    def _fork(self, which: str) -> OpenLog:
        """Open a session that goes on from the end of another one; that one is only read."""
        found = self._find(which)
        program, session = version("glideslope"), new_session_id(self.now)
        with SessionStore.open(found.path, read_only=True) as parent:
            store = fork(parent, parent.last, session, program=program, now=self.now)
            partial = parent.partial()
        records = list(full_log(store))
        state = fold(records, self.counting)
        if state.name:
            records += store.append([ev.SessionNamed(name=f"{state.name} (fork)")])
            apply_record(state, records[-1])
        return OpenLog(store, records, state, partial, list(filter(None, [found.moved])))

    def _resume_log(self, which: str, resolved: ResolvedSettings) -> OpenLog:
        found = self._find(which)
        resumed = resume(found.path, last_known=found.last, folder=str(self.folder), now=self.now)
        store, records = resumed.store, resumed.records
        sentences = list(filter(None, [found.moved]))
        sentences += [resumed.salvage.sentence] if resumed.salvage else []
        if store.restore_notice:
            sentences.append(store.restore_notice)
        state = fold(records, self.counting)
        if state.preamble is None and state.lost_events and not store.read_only:
            # What the model reads first is lost: it is sent again, as in a new session.
            _, preamble, *granted = self._first_events(store.path.stem, resolved)
            for record in store.append([preamble, *(() if state.envelope else granted)]):
                apply_record(state, record)
                records.append(record)
        return OpenLog(store, records, state, store.partial(), sentences)

    def update_index(self, log: OpenLog) -> None:
        """Keep the index up to date; never fails."""
        with (
            contextlib.suppress(StoreError),
            SessionIndex(self.user_folders.data, self.counting) as index,
        ):
            index.record_use(log.store.path, log.state, log.state.at)
            key = log.store.path.parent.name
            if log.state.turn and key in index.places(self.folder).keys:
                write_note(index.sessions, key, self.folder)

    def note_progress(self, log: OpenLog) -> None:
        """Keep the figures of a session at work in the index up to date; never fails."""
        with (
            contextlib.suppress(StoreError),
            SessionIndex(self.user_folders.data, self.counting) as index,
        ):
            index.record_use(log.store.path, log.state, log.state.at, by_user=False)

    def close(self, log: OpenLog) -> None:
        """Close a log; one begun by this run in which nothing was said leaves nothing behind."""
        with contextlib.suppress(StoreError):  # there is no screen left to show it on
            log.store.restore_if_missing()
        log.store.close()
        if log.new and log.state.turn == 0:
            with contextlib.suppress(OSError):
                remove_session(log.store.path)
        else:
            self.update_index(log)

    def summaries(self) -> Sequence[SessionSummary]:
        """All sessions of the folder, the newest first."""
        with SessionIndex(self.user_folders.data, self.counting) as index:
            index.refresh(self.folder)
            return index.page(self.folder, limit=None)


class _FoundSession(NamedTuple):
    """A session that is to be resumed."""

    path: Path
    last: int
    """The last event of it that the index knows."""
    moved: str
    """A sentence about where it worked before; empty where that was here."""


def startup_changes(
    resolved: ResolvedSettings, state: SessionState, catalogue: Catalogue, dollars: Decimal | None
) -> StartupChanges:
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
    settings, wanted = resolved.settings, StartupChanges()
    model = model_or_unknown(catalogue, settings.model)
    if "model" in said and model.id != state.model:
        wanted.events.append(ev.ModelChanged(model=model.id, effort=model.effort(settings.effort)))
    if "effort" in said and settings.effort not in (None, state.effort):
        wanted.events.append(ev.EffortChanged(effort=str(settings.effort)))
    if "tag" in said and settings.tag not in (None, state.tag):
        wanted.events.append(ev.SessionTagged(name=str(settings.tag)))
    mode = settings.permissions.mode
    tighter = MODES.index(mode) < MODES.index(state.mode)
    if mode != state.mode and ("permissions.mode" in said or tighter):
        wanted.events.append(ev.ModeChanged(mode=mode))
        if "permissions.mode" not in said:
            # Whoever comes back days later does not remember what the session may do unasked.
            wanted.previous_mode = state.mode
    with wanted.collect_refusals():
        if "team.pool" in said and settings.team.pool not in (None, state.team.pool.granted):
            pool = Tokens(settings.team.pool or 0)
            wanted.add([change_pool(state, resolved.caps or {}, pool)])
    with wanted.collect_refusals():
        if dollars is not None:
            model = catalogue.model(state.model)
            wanted.add(_dollar_limit_events(resolved, state, model, dollars))
        elif "task_budget" in said:
            wanted.add(_budget_events(resolved, state))
    return wanted


def _budget_events(resolved: ResolvedSettings, state: SessionState) -> Sequence[ev.Event]:
    """The budget that the command line asks for."""
    settings, caps = resolved.settings, resolved.caps or {}
    count = settings.task_budget
    if count == state.grant:
        return ()
    if count is None:
        return remove_budget(state, caps, COMMAND_LINE_SOURCE)
    # Where the API takes no budget of this size it is not sent, and a sentence says so.
    return [grant_tokens(state, caps, count, settings.budget_scope, COMMAND_LINE_SOURCE, minimum=1)]


def _dollar_limit_events(
    resolved: ResolvedSettings, state: SessionState, model: Model, dollars: Decimal
) -> Sequence[ev.Event]:
    scope = state.envelope.scope if state.envelope else resolved.settings.budget_scope
    return set_dollar_limit(state, resolved.caps or {}, model, dollars, scope, COMMAND_LINE_SOURCE)

"""What `/diff` does: read the log, work out the changes in a thread, and show them in a panel."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui.agent.changed_on_disk import notes_on_files
from tui.reports.changes_page import ChangesPage, nothing_changed, scope_words
from tui.session.session_changes import DiffScope, SessionChanges
from tui.widgets.changes_panel import ChangesPanel
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


class _Loaded(NamedTuple):
    """What is shown, and what else could be."""

    page: ChangesPage
    scopes: tuple[DiffScope, ...]


class ChangesView:
    """The changes of one session, in a panel."""

    def __init__(self, chat: "ChatScreen", session: "OpenSession") -> None:
        self._chat = chat
        self._session = session
        self._panel: ChangesPanel | None = None
        self._scope = DiffScope()
        self._known = dict(session.state.touched_files)
        """What tools had changed when the log was read last."""

    async def open(self, kind: str, which: str) -> None:
        """Show what somebody asked for; say so where nothing changed.

        Args:
            kind: Whose changes: of the `session`, a `prompt` or a `subtask`.
            which: Number of the prompt, id or title of the subtask; empty: the newest one.
        """
        loaded = await self._load(DiffScope())
        scope = find_scope(loaded.scopes, kind, which)
        if scope is None:
            self._chat.show_brief_notice(f"No such {kind} has changed a file.")
            return
        if scope.kind != "session":
            loaded = await self._load(scope)
        if not loaded.page.files:
            self._chat.show_brief_notice(nothing_changed(scope))
            return
        self._scope = scope
        self._panel = ChangesPanel(
            loaded.page, on_choose_scope=self._start_choosing, on_figures=self._start_reload
        )
        self._chat.open_panel(self._panel)

    async def _load(self, scope: DiffScope) -> _Loaded:
        """Read the log; the work is done in a thread."""
        session, state = self._session, self._session.state
        self._known = dict(state.touched_files)
        records = await session.read_log() if session.read_log else ()
        entries, checklist = list(state.ledger.entries.values()), dict(state.checklist)

        def work_out() -> _Loaded:
            changes = SessionChanges(records, entries, checklist)
            files = changes.files(scope)
            on_disk = notes_on_files(session.folder, files, changes.commands)
            scopes = (DiffScope(), *changes.prompts(), *changes.subtasks())
            return _Loaded(ChangesPage(scope, files, on_disk), scopes)

        return await asyncio.to_thread(work_out)

    # What happens while the panel is open ----------------------------------------

    def _start_choosing(self) -> None:
        self._chat.run_worker(self._choose(), group="changes", exclusive=True, exit_on_error=False)

    async def _choose(self) -> None:
        """Let the user choose whose changes are shown."""
        scopes = (await self._load(self._scope)).scopes
        order = ("session", "prompt", "subtask")
        newest_first = sorted(
            range(len(scopes)), key=lambda at: (order.index(scopes[at].kind), -at)
        )
        options = [Option(str(at), flatten(scope_words(scopes[at]), 200)) for at in newest_first]
        now = next((str(at) for at, each in enumerate(scopes) if each == self._scope), None)
        chosen = await self._chat.choose("Changes of", options, now)
        if chosen is not None:
            self._scope = scopes[int(chosen)]
            await self._reload()

    def _start_reload(self) -> None:
        """Read the log again if tools changed something since."""
        if self._known != self._session.state.touched_files:
            self._chat.run_worker(
                self._reload(), group="changes", exclusive=True, exit_on_error=False
            )

    async def _reload(self) -> None:
        page = (await self._load(self._scope)).page
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_page(page)


def find_scope(scopes: Sequence[DiffScope], kind: str, which: str) -> DiffScope | None:
    """The scope that somebody asked for; None where there is none.

    Args:
        scopes: What there is, the newest last.
        kind: `session`, `prompt` or `subtask`.
        which: Number of a prompt, id or title of a subtask; empty: the newest one.
    """
    for scope in reversed(scopes):
        names = (str(scope.turn),) if kind == "prompt" else (scope.subtask, scope.title.lower())
        if scope.kind == kind and (not which or which.lower() in names):
            return scope
    return None

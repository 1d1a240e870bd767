"""What `/advise` does: read the history in a thread, and show what it says in a panel."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.budget.task_kind_rules import guess_before
from tui.budget.task_kinds import TaskKind
from tui.history.advice_basis import basis_with_warnings
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.task_run import TaskRun
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders
from tui.widgets.advice_panel import AdvicePanel, AdvisorPage

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


class AdvisorView:
    """The advisor of one session, in a panel."""

    def __init__(
        self, chat: "ChatScreen", session: "OpenSession", on_apply: Callable[[int], None]
    ) -> None:
        """Args:
        chat: The chat.
        session: The open session.
        on_apply: The user gives a budget, in tokens.
        """
        self._chat = chat
        self._session = session
        self._on_apply = on_apply
        self._runs: Sequence[TaskRun] = ()
        self._verbs: Mapping[str, TaskKind] = {}
        self._panel: AdvicePanel | None = None

    async def open(self, kind: TaskKind | None) -> None:
        """Show the advice for a kind; None: for what is in the composer, or was asked last."""
        try:
            self._runs = await asyncio.to_thread(self._read_runs)
        except StoreError as error:
            self._chat.show_notice(f"{error.sentence} The advice rests on published ranges.")
        page = await self._page(kind or self._guessed_kind())
        self._panel = AdvicePanel(page, on_kind=self._start_kind, on_apply=self._on_apply)
        self._chat.open_panel(self._panel)

    def _guessed_kind(self) -> TaskKind:
        prompts = self._session.state.prompts
        text = self._chat.composer.text.strip() or (prompts[-1] if prompts else "")
        return guess_before(text, self._verbs).kind

    def _read_runs(self) -> list[TaskRun]:
        data = user_folders().data
        with HistoryStore(data) as store:
            self._verbs = store.corrections.verbs
            refresh_own_runs(store, data, self._session.catalogue.counting)
            return store.newest_runs()

    async def _page(self, kind: TaskKind) -> AdvisorPage:
        return await asyncio.to_thread(self._make_page, kind)

    def _make_page(self, kind: TaskKind) -> AdvisorPage:
        catalogue, state = self._session.catalogue, self._session.state
        basis = basis_with_warnings(
            self._runs,
            kind,
            lambda id: catalogue.model(id).tokenizer,
            model=state.model,
            effort=state.effort,
            now=time.time(),
        )
        basis.distribution.shares([1.0])  # makes what the picture is read off, in this thread
        return AdvisorPage(kind, catalogue.model(state.model).name, basis)

    def _start_kind(self, kind: TaskKind) -> None:
        self._chat.run_worker(self._show_kind(kind), group="advice", exclusive=True)

    async def _show_kind(self, kind: TaskKind) -> None:
        page = await self._page(kind)
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_page(page)

"""What `/advise` does: read the history in a thread, and show what it says in a panel."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.budget.task_kinds import TaskKind
from tui.history.advice_basis import basis_with_warnings
from tui.history.effort_matrix import effort_matrix
from tui.screens.past_runs import (
    PastRuns,
    guessed_kind,
    matrix_model_in_use,
    prompt_at_hand,
    read_past_runs,
)
from tui.session.store_errors import StoreError
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
        self._past = PastRuns()
        self._panel: AdvicePanel | None = None

    async def open(self, kind: TaskKind | None) -> None:
        """Show the advice for a kind; None: for what is in the composer, or was asked last."""
        try:
            self._past = await asyncio.to_thread(read_past_runs, self._session)
        except StoreError as error:
            self._chat.show_notice(f"{error.sentence} The advice rests on published ranges.")
        prompt = prompt_at_hand(self._chat, self._session)
        page = await self._page(kind or guessed_kind(prompt, self._past))
        self._panel = AdvicePanel(page, on_kind=self._start_kind, on_apply=self._on_apply)
        self._chat.open_panel(self._panel)

    async def _page(self, kind: TaskKind) -> AdvisorPage:
        return await asyncio.to_thread(self._make_page, kind)

    def _make_page(self, kind: TaskKind) -> AdvisorPage:
        catalogue, state = self._session.catalogue, self._session.state
        basis = basis_with_warnings(
            self._past.runs,
            kind,
            lambda id: catalogue.model(id).tokenizer,
            model=state.model,
            effort=state.effort,
            now=time.time(),
        )
        basis.distribution.shares([1.0])  # makes what the picture is read off, in this thread
        columns = matrix_model_in_use(self._session)
        matrix = effort_matrix(self._past.runs, self._past.totals, [kind], columns)
        name = catalogue.model(state.model).name
        return AdvisorPage(kind, name, basis, matrix if columns.efforts else None)

    def _start_kind(self, kind: TaskKind) -> None:
        self._chat.run_worker(self._show_kind(kind), group="advice", exclusive=True)

    async def _show_kind(self, kind: TaskKind) -> None:
        page = await self._page(kind)
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_page(page)

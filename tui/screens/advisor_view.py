"""What `/advise` does: open a panel at once, and fill it when a thread has read the history."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.history.advice_basis import AdviceBasis, basis_with_warnings
from tui.history.effort_matrix import effort_matrix
from tui.screens.past_runs import (
    PastRuns,
    guessed_kind,
    matrix_model_in_use,
    prompt_at_hand,
    read_past_runs,
)
from tui.session.store_errors import StoreError
from tui.widgets.advice_panel import GIVES, AdvicePanel, AdvisorPage, ApplyBudget

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


class AdvisorView:
    """The advisor of one session, in a panel."""

    def __init__(
        self, chat: "ChatScreen", session: "OpenSession", on_apply: ApplyBudget, use: str = GIVES
    ) -> None:
        """Args:
        chat: The chat.
        session: The open session.
        on_apply: The user takes a budget.
        use: What Enter does with it, as for `AdvicePanel`.
        """
        self._chat = chat
        self._session = session
        self._on_apply, self._use = on_apply, use
        self._past: PastRuns | None = None
        self._panel: AdvicePanel | None = None

    def open(self, kind: TaskKind | None) -> None:
        """Show the advice for a kind; None: for what is in the composer, or was asked last.

        The panel opens at once; what it shows comes when a thread has read the history.
        """
        prompt = prompt_at_hand(self._chat, self._session)
        first = kind or guessed_kind(prompt, PastRuns())
        name = self._session.catalogue.model(self._session.state.model).name
        nothing = AdviceBasis(SpendDistribution((), TYPICAL[first]))
        self._panel = AdvicePanel(
            AdvisorPage(first, name, nothing, is_reading=True),
            on_kind=self._start_kind,
            on_apply=self._on_apply,
            use=self._use,
        )
        self._chat.open_panel(self._panel)
        self._start(lambda past: kind or guessed_kind(prompt, past))

    def _make_page(self, kind: TaskKind, past: PastRuns) -> AdvisorPage:
        catalogue, state = self._session.catalogue, self._session.state
        basis = basis_with_warnings(
            past.runs,
            kind,
            lambda id: catalogue.model(id).tokenizer,
            model=state.model,
            effort=state.effort,
            now=time.time(),
        )
        basis.distribution.shares([1.0])  # makes what the picture is read off, in this thread
        columns = matrix_model_in_use(self._session)
        matrix = effort_matrix(past.runs, past.totals, [kind], columns)
        name = catalogue.model(state.model).name
        return AdvisorPage(kind, name, basis, matrix if columns.efforts else None)

    def _start_kind(self, kind: TaskKind) -> None:
        self._start(lambda _: kind)

    def _start(self, kind: Callable[[PastRuns], TaskKind]) -> None:
        self._chat.run_worker(self._show(kind), group="advice", exclusive=True)

    async def _show(self, kind: Callable[[PastRuns], TaskKind]) -> None:
        """Show the advice for a kind.

        Args:
            kind: The kind, which may depend on what corrections of the past taught.
        """
        if self._past is None:
            try:
                self._past = await asyncio.to_thread(read_past_runs, self._session)
            except StoreError as error:
                self._chat.show_notice(f"{error.sentence} The advice rests on published ranges.")
                self._past = PastRuns()
        page = await asyncio.to_thread(self._make_page, kind(self._past), self._past)
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_page(page)

"""What `/plan` shows: the quote of the plan that waits, or the bill of the one agreed to."""

import asyncio
import os
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui.agent.budget_requests import BudgetRefused
from tui.agent.plan_agreement import agreement_events, budget_scope, work_prompt
from tui.agent.plan_reading import PlanRefused
from tui.history.plan_pricing import PlanPricing
from tui.reports.plan_quote import price_filed_plan, read_pricing_history
from tui.reports.plan_text import plan_text, read_plan_text
from tui.session import events as ev
from tui.settings.user_folders import user_folders
from tui.widgets.quote_panel import QuoteChoice, QuotePanel

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

AGREE_LATER = "A prompt is being worked on: agree when it is done."


class QuoteView:
    """The plan that waits in one session, with its price."""

    def __init__(self, chat: "ChatScreen", session: "OpenSession") -> None:
        self._chat = chat
        self._session = session
        self._panel: QuotePanel | None = None

    @property
    def _waiting(self) -> ev.PlanFiled | None:
        return self._session.state.plan_quotes.waiting

    async def open(self) -> None:
        """Show the quote of the plan that waits."""
        filed = self._waiting
        if filed is None:
            return
        pricing = await self.price(filed)
        state = self._session.state
        levels = pricing.effort_factors
        effort = state.effort if state.effort in levels else pricing.effort
        choice = QuoteChoice(effort=effort, mode=self._usual_mode)
        self._panel = QuotePanel(
            pricing, choice, on_agree=self._start_agreeing, on_edit=self._start_editing
        )
        self._chat.open_panel(self._panel)

    async def price(self, filed: ev.PlanFiled) -> PlanPricing:
        """What the price of a plan rests on; read in a thread."""
        folders, session = user_folders(), self._session

        def work_out() -> PlanPricing:
            past, verbs = read_pricing_history(
                folders.data, folders.state, session.catalogue.counting
            )
            return price_filed_plan(session, filed, past, verbs)

        return await asyncio.to_thread(work_out)

    @property
    def _usual_mode(self) -> ev.Mode:
        """The mode that the settings say, where work is done in it; else `ask`."""
        usual = self._session.resolved.settings.permissions.mode
        return "ask" if usual == "plan" else usual

    # Agreeing --------------------------------------------------------------------

    def _start_agreeing(self, choice: QuoteChoice) -> None:
        panel = self._panel
        if panel is not None:
            agree = self.agree(panel.rows.pricing, choice)
            self._chat.run_worker(agree, group="act", exclusive=True, exit_on_error=False)

    async def agree(self, pricing: PlanPricing, choice: QuoteChoice) -> bool:
        """Let the quote hold, and begin the work; says so where it cannot.

        Args:
            pricing: The plan.
            choice: What of it, and how.
        """
        chat, session, state = self._chat, self._session, self._session.state
        if chat.running or self._waiting is None:
            chat.show_notice(AGREE_LATER if chat.running else "No plan waits any more.", "warning")
            return False
        quote = pricing.agreed(
            choice.dropped, choice.effort, budget=choice.budget, taken=state.checklist
        )
        scope = budget_scope(state, session.resolved.settings.budget_scope)
        try:
            events = agreement_events(
                state,
                session.settings.caps,
                quote,
                choice.mode,
                scope,
                minimum=session.minimum_budget,
            )
        except BudgetRefused as refused:
            chat.show_notice(str(refused), "error")
            return False
        if self._panel is not None and self._panel.is_attached:
            self._panel.action_leave()
        await session.runner.agree_to_plan(events, choice.mode)
        chat.submit(work_prompt(quote, pricing.plan))
        return True

    async def agree_as_quoted(self, budget: int | None) -> None:
        """Agree to the whole plan without its page.

        Args:
            budget: Tokens to give; None for what the quote says.
        """
        filed = self._waiting
        if filed is None:
            self._chat.show_input_error("No plan waits: /plan PROMPT makes one.")
            return
        pricing = await self.price(filed)
        effort = self._session.state.effort
        known = effort if effort in pricing.effort_factors else pricing.effort
        choice = QuoteChoice(effort=known, mode=self._usual_mode, budget=budget)
        await self.agree(pricing, choice)

    # Editing ---------------------------------------------------------------------

    def _start_editing(self) -> None:
        self._chat.run_worker(self._edit(), group="editor", exclusive=True, exit_on_error=False)

    async def _edit(self) -> None:
        """Let the user change the plan in their editor, and show the new price."""
        from tui.screens.text_editor import edit_in_editor, released_terminal

        chat, filed = self._chat, self._waiting
        if filed is None:
            return
        try:
            with released_terminal(chat.app, chat.host.terminal):
                edited = await edit_in_editor(plan_text(filed.plan), os.environ)
        except SuspendNotSupported as error:
            chat.show_notice(f"The editor could not be used: {error}", "error")
            return
        if edited.remark:
            chat.show_notice(edited.remark, "warning")
        if edited.text is not None:
            await self._take_edited(filed, edited.text)

    async def _take_edited(self, filed: ev.PlanFiled, text: str) -> None:
        try:
            read = read_plan_text(text, filed.plan)
        except PlanRefused as refused:
            self._chat.show_notice(f"{refused} The plan stays as it was.", "error")
            return
        if read.remarks:
            self._chat.show_notice(f"Understood: {'; '.join(read.remarks[:5])}.", "warning")
        if read.plan == filed.plan or self._waiting != filed:
            return
        changed = ev.PlanFiled(turn=filed.turn, plan=read.plan, by="user")
        await self._chat.record_events(changed)
        pricing = await self.price(changed)
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_plan(pricing)

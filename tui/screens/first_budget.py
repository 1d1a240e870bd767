"""The budget that the first prompt of a session brings, where the session has none.

Nothing is chosen till the user chooses: a budget changes how the model works, so none is given
that nobody asked for. The offer is one row above the composer, and typing goes on as if it were
not there.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from tui.agent.effective_limits import max_grant
from tui.agent.open_session import OpenSession, SessionOpenError
from tui.budget.budget_suggestion import (
    BudgetSuggestion,
    suggest_for_prompt,
    suggest_from_history,
)
from tui.number_format import format_tokens
from tui.reports.budget_offer_text import budget_offer_text
from tui.session.store_errors import StoreError
from tui.settings.amounts import Tokens

if TYPE_CHECKING:
    from tui.screens.session_chat import SessionChat

FINISHED = "completed"
"""End of a session that tells what its work takes; what was cut short does not."""


class FirstBudget:
    """Offers a budget to one session until its first prompt."""

    def __init__(self, chat: "SessionChat", opened: OpenSession) -> None:
        self._chat = chat
        self._opened = opened
        self._from_history: BudgetSuggestion | None = None
        self._price: Decimal | None = None
        """Dollars for a charged token in the finished sessions of the folder."""
        self._chosen: BudgetSuggestion | None = None

    @property
    def is_offered(self) -> bool:
        """Whether the session takes a budget with its first prompt, and has none."""
        opened, state = self._opened, self._opened.state
        return (
            opened.resolved.settings.budget_offer
            and state.turn == 0
            and state.grant is None
            and state.mode != "plan"  # a plan has a budget of its own
            and opened.hard_limits.dollars is None
            and opened.countdown_source == "api"
        )

    def begin(self) -> None:
        """Show the offer, and read on a thread what earlier sessions used."""
        self.show()
        if self.is_offered:
            self._chat.run_worker(self._learn, group="history", exit_on_error=False)

    async def _learn(self) -> None:
        """Suggest by what finished sessions of this folder used."""
        try:
            every = await self._chat.opener.summaries()
        except (SessionOpenError, StoreError, OSError):
            return  # the published ranges do
        finished = [each for each in every if each.end == FINISHED and each.charged > 0]
        self._from_history = suggest_from_history([each.charged for each in finished])
        priced = [each for each in finished if each.dollars]
        if self._from_history and priced:
            dollars = sum((each.dollars or Decimal(0) for each in priced), Decimal(0))
            self._price = dollars / sum(each.charged for each in priced)
        self.show()

    def show(self) -> None:
        """Show the offer as it is now."""
        composer, chat = self._chat.composer, self._chat
        offered = self.is_offered
        composer.offer_tab(self._choose_next if offered else None)
        if not offered:
            chat.budget_choice.show(None)
            return
        labels = chat.key_labels("composer.complete") if composer.is_empty else ()
        chat.budget_choice.show(
            budget_offer_text(
                self._suggestion,
                chosen=self._chosen is not None,
                key=next(iter(labels), ""),
                advisor=next(iter(chat.key_labels("budget.ask_advisor")), ""),
                price=self._price,
            )
        )

    @property
    def _suggestion(self) -> BudgetSuggestion:
        """What is chosen stays; else the history decides, else what is being written."""
        found = self._chosen or self._from_history
        found = found or suggest_for_prompt(self._chat.composer.draft.text)
        most = max_grant(self._opened.settings.caps)
        if most is None or found.tokens <= most:
            return found
        return BudgetSuggestion(most, found.least, found.most, found.work, found.runs)

    def _choose_next(self) -> None:
        """The suggestion, then another amount to be typed, then none."""
        if self._chosen is None:
            self._chosen = self._suggestion
        else:
            amount = format_tokens(self._chosen.tokens)
            self._chosen = None
            self._chat.composer.propose(f"/budget {amount}")
        self.show()

    def choose(self, tokens: int) -> None:
        """Choose another amount for the first prompt: what the advisor says.

        Args: tokens: The budget; a cap makes it smaller.
        """
        most = max_grant(self._opened.settings.caps)
        tokens = tokens if most is None else min(most, tokens)
        self._chosen = BudgetSuggestion(tokens, tokens, tokens)
        self.show()

    async def grant(self) -> None:
        """The first prompt is sent: give what was chosen with it. Only in a worker."""
        chosen, self._chosen = self._chosen, None
        if chosen is not None and self._opened.state.grant is None:
            await self._chat.host.change_budget(self._opened, Tokens(chosen.tokens))

"""Notes to user and model between two requests of a turn: budget, prices, prompt cache."""

import re

from tui.agent import model_notes
from tui.agent.budget_requests import pending_dollar_grant
from tui.agent.budget_visibility import api_announces_budget, minimum_budget
from tui.agent.cache_cost import CacheCosts
from tui.agent.turn_context import RunState, TurnContext
from tui.agent.turn_items import Emit
from tui.budget.stages import Stage
from tui.claude.catalogue import Model
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.session import events as ev
from tui.session.meter_readings import current_stage
from tui.session.state import SessionState


class RequestNotes:
    """Adds the notes of one turn."""

    def __init__(self, state: SessionState, ctx: TurnContext, model: Model, emit: Emit) -> None:
        self._state = state
        self._ctx = ctx
        self._model = model
        self._emit = emit

    @property
    def by_notes(self) -> bool:
        """Whether notes tell the model what is left, because the API does not."""
        return not api_announces_budget(self._state, self._model, self._ctx.run)

    async def countdown(self) -> None:
        """Tell a model that cannot see its budget what is left of it."""
        if self._state.grant is not None and self.by_notes:
            await self._emit(model_notes.countdown(self._state.left or 0, self._state.grant))

    async def after_request(self, outcome: Response | ApiError) -> None:
        """Tell what a request showed, before its tools are run.

        Args:
            outcome: What came of it.
        """
        if isinstance(outcome, Response):
            await self._emit(*_usage_warnings(outcome, self._ctx.run))
            if not outcome.tool_calls:  # else before the results are sent: none of them is cached
                await self.pending_grant()
        await self._emit(*CacheCosts(self._state, self._ctx).miss_events())
        await self.stage()

    async def stage(self) -> None:
        """Record that the budget has entered a lower stage."""
        stage = current_stage(self._state, self._ctx.settings.thresholds)
        known = Stage[self._state.stage.upper()] if self._state.stage else Stage.CRUISE
        if stage is None or stage <= known:
            return
        grant, charged = self._state.grant or 0, self._state.charged
        await self._emit(ev.StageCrossed(stage=stage.word, charged=charged, grant=grant))

    async def pending_grant(self) -> None:
        """Give the token budget that a limit in dollars owes, as soon as its price is measured.

        It changes what is sent, so it comes before new results are written to the prompt cache,
        and behind a summary: then the least is in the cache.
        """
        state, ctx = self._state, self._ctx
        if state.budget_before_plan is not None:
            return  # the budget for the plan stays until the mode is left
        least = minimum_budget(ctx.services.catalogue.model(state.model), ctx.run)
        events = pending_dollar_grant(state, ctx.settings.caps, self._model, minimum=least)
        grants = [event for event in events if isinstance(event, ev.BudgetGranted)]
        cost = CacheCosts(state, ctx).change_sentence(*grants) if grants else ""
        await self._emit(*events)
        if cost:
            await self._emit(ev.NoticeShown(sentence=cost))
        if grants and state.conversation.pending:
            await self.countdown()


def _usage_warnings(response: Response, run: RunState) -> list[ev.Event]:
    """A warning about a server whose usage cannot be true; once for each reason."""
    reason = re.sub(r"\(.*|[\d,]+", "", response.estimate_reason).strip()
    if not reason or reason in run.reported_usage_issues:
        return []
    run.reported_usage_issues.add(reason)
    sentence = (
        f"This server {response.estimate_reason}: figures of such answers are estimates, marked "
        "≈, and have "
        "no price."
    )
    return [ev.NoticeShown(sentence=sentence)]

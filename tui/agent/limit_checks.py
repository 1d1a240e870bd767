"""Limits at a request boundary: is another request allowed, and how large may it be?

The budget's reserve is the soft limit; the program enforces the hard limits. Reaching either is
an event. The user decides how the turn goes on, or the command line where there is no user.
No answer means pause, never continue.
"""

import asyncio
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from tui.agent.cache_cost import CacheCosts
from tui.agent.compaction_policy import CompactionPolicy
from tui.agent.concurrency import run_interruptible
from tui.agent.continue_hints import budget_command, more_dollars_hint, more_tokens_hint
from tui.agent.effective_limits import GRANT_KEY, cap_value, limit_key, limits_in_force
from tui.agent.limit_sentences import open_quote_sentence
from tui.agent.monthly_budget_words import used_up_sentence
from tui.agent.monthly_budgets import raised_amount
from tui.agent.turn_context import TurnContext
from tui.agent.turn_settings import LimitPolicy
from tui.budget.hard_limits import (
    HardLimitName,
    HardLimits,
    LimitExceeded,
    LimitUsage,
    RequestPrice,
    first_exceeded,
    output_room,
    raised_limit,
)
from tui.budget.monthly_budget import BudgetStanding
from tui.claude.catalogue import Model
from tui.claude.pricing import rates_for
from tui.session import events as ev
from tui.session.fallback_report import suggested_more
from tui.session.state import SessionState
from tui.settings.managed import cap_refusal

ON_LIMIT_ANSWERS: dict[LimitPolicy, ev.LimitAnswer] = {
    "wrap": "finish",
    "pause": "pause",
    "stop": "stop",
}
BYTES_OF_JSON = 4
"""For a token of what has not been counted yet."""


@dataclass(slots=True)
class LimitChecker:
    """Compares what one turn used with its limits."""

    state: SessionState
    ctx: TurnContext
    model: Model
    active_seconds_before: float
    """Working seconds of the session before the turn."""
    first_request: int
    """Number of the turn's first request."""

    @property
    def hard_limits(self) -> HardLimits:
        """The hard limits that the next request comes under."""
        return limits_in_force(self.state, self.ctx.settings)

    def exceeded(self) -> LimitExceeded | None:
        """The hard limit that forbids the next request, if one does."""
        return first_exceeded(self.hard_limits, self._usage_so_far(), self._next_request_price())

    def output_room(self) -> int | None:
        """Output tokens the hard limits leave to the next request; None where none limits it."""
        return output_room(self.hard_limits, self._usage_so_far(), self._next_request_price())

    def seconds_left(self) -> float:
        """Seconds that the limit in minutes leaves to the turn; without one endless."""
        minutes = self.hard_limits.minutes
        return math.inf if minutes is None else float(60 * (minutes - self._usage_so_far().minutes))

    # Reaching one ----------------------------------------------------------------

    def hard_limit_reached(self, exceeded: LimitExceeded) -> ev.LimitReached:
        """The event of a reached hard limit."""
        if exceeded.name == "over_budget":
            return self._token_limit_reached("over_budget", exceeded.sentence)
        cap = self.ctx.settings.caps.get(limit_key(exceeded.name))
        return ev.LimitReached(
            limit=exceeded.name,
            sentence=exceeded.sentence,
            raise_to=self._raised_value(exceeded.name),
            cap=cap.sentence if cap else "",
        )

    def monthly_budget_reached(self, standing: BudgetStanding) -> ev.LimitReached:
        """The event of a monthly budget that is used up."""
        standings = self.ctx.run.monthly_standings
        raise_to = raised_amount(standing, standings)
        owners = (each.budget.owner for each in (standing, *standings) if each.budget.is_cap)
        return ev.LimitReached(
            limit="monthly",
            sentence=used_up_sentence(standing),
            raise_to=raise_to,
            raise_unit=standing.budget.unit,
            unsent=self.state.request < self.first_request,
            cap="" if raise_to is not None else f"Only {next(owners)} can raise it.",
        )

    def reserve_reached(self) -> ev.LimitReached:
        """The event of a budget that is down to its reserve."""
        left, grant = self.state.left or 0, self.state.grant or 0
        sentence = f"Only the reserve of the budget is left: {left:,} of {grant:,} tokens."
        if left < 0:
            sentence = f"The budget of {grant:,} tokens is used up: {-left:,} tokens over it."
        return self._token_limit_reached("budget", sentence)

    def overrun_reached(self) -> ev.LimitReached:
        """The event of a prompt that begins with a budget that is used up already."""
        return self._token_limit_reached("budget", self.overrun_sentence())

    def overrun_sentence(self) -> str:
        """That a prompt was not sent because nothing is left for it, as a sentence."""
        over, grant = -(self._left_before or 0), self.state.grant or 0
        before = f"you were already {over:,} tokens over the budget of {grant:,}"
        if not over:
            before = f"nothing is left of the budget of {grant:,} tokens"
        return f"Your prompt was not sent: {before}."

    @property
    def is_overrun(self) -> bool:
        """Whether nothing was left of the budget when the turn began, and nothing was sent yet."""
        sent = self.state.request >= self.first_request
        return not sent and self._left_before is not None and self._left_before <= 0

    @property
    def _left_before(self) -> int | None:
        """Tokens left without the prompt, while that waits; None without a budget."""
        left = self.state.left
        return None if left is None else left + self.state.pending_prompt_charge

    def _token_limit_reached(
        self, limit: Literal["budget", "over_budget"], sentence: str
    ) -> ev.LimitReached:
        open_items = open_quote_sentence(self.state.quote_bill)
        sentence = f"{sentence} {open_items}".strip()
        room, cap = self._grant_headroom(), self.ctx.settings.caps.get(GRANT_KEY)
        by = self.suggested_extension()
        return ev.LimitReached(
            limit=limit,
            sentence=sentence,
            extend_by=by if room is None else min(by, room),
            extend_most=room,
            cap=cap.sentence if cap else "",
        )

    # Going on --------------------------------------------------------------------

    def suggested_extension(self) -> int:
        """Tokens an extension would add, as a suggestion."""
        return suggested_more(self.state, self.ctx.settings.thresholds)

    def extend(self, by: int) -> list[ev.Event]:
        """A bigger grant; or, where a cap is in the way, the sentence that says so."""
        by = by or self.suggested_extension()
        wish = (self.state.grant or 0) + by
        if refusal := cap_refusal(self.ctx.settings.caps, GRANT_KEY, wish):
            return [ev.ErrorShown(sentence=refusal)]
        return [ev.BudgetExtended(by=by)]

    def raise_limit(self, exceeded: LimitExceeded, by: int) -> list[ev.Event]:
        """A raised hard limit, or a bigger grant; or the sentence that says who caps it.

        Args:
            exceeded: The one that is reached.
            by: Tokens to add, where it is counted in tokens; 0 for the suggestion.
        """
        if exceeded.name == "over_budget":
            return self.extend(by)
        value = self._raised_value(exceeded.name)
        if value is not None:
            return [ev.LimitSet(limit=exceeded.name, value=value, source="extension")]
        own = self.hard_limits.value(exceeded.name)
        assert own is not None, "a limit that is not set is not reached"
        suggested = raised_limit(exceeded.name, own, self._usage_so_far())
        refusal = cap_refusal(self.ctx.settings.caps, limit_key(exceeded.name), suggested)
        return [ev.ErrorShown(sentence=refusal)]

    def how_to_continue(self, exceeded: LimitExceeded | None = None) -> str:
        """How the work goes on after a pause at a limit, or at the reserve; one sentence."""
        if exceeded is None or exceeded.name == "over_budget":
            return more_tokens_hint(
                self.state, self.suggested_extension(), screen=self.ctx.settings.interactive
            )
        if exceeded.name != "dollars":
            return "With your next prompt the count starts from 0."
        value = self._raised_value(exceeded.name)
        return more_dollars_hint(value, screen=self.ctx.settings.interactive) if value else ""

    def setting_hint(self, exceeded: LimitExceeded) -> str:
        """Which setting allows more, as a sentence; empty where the limit says so by itself."""
        if exceeded.name not in ("requests", "minutes"):
            return ""
        return (
            f"Raise {limit_key(exceeded.name)} in the settings to allow more; with the next prompt "
            "the count starts from 0."
        )

    def _grant_headroom(self) -> int | None:
        """Tokens that may still be added to the grant; None where nobody caps it."""
        cap = cap_value(self.ctx.settings.caps, GRANT_KEY)
        return None if cap is None else max(0, int(cap) - (self.state.grant or 0))

    def _raised_value(self, name: HardLimitName) -> Decimal | None:
        """What a hard limit would be raised to, within its cap; None where that is no help."""
        own, cap = self.hard_limits.value(name), cap_value(self.ctx.settings.caps, limit_key(name))
        if own is None:
            return None
        spent = self._usage_so_far()
        wish = raised_limit(name, own, spent)
        value = wish if cap is None else min(wish, cap)
        used = {"dollars": spent.dollars, "minutes": spent.minutes}.get(name, spent.requests)
        return Decimal(value) if value > max(own, used) else None

    # The question ----------------------------------------------------------------

    def open_question(self) -> None:
        """Open the question; before its event is published, so that an answer finds it."""
        if self.ctx.settings.limit_policy == "ask":
            self.ctx.services.inbox.open_limit_question()

    async def wait_for_answer(self, reached: ev.LimitReached) -> ev.LimitAnswered:
        """What the user, or the command line, says about the limit just reached.

        A turn without progress ends where nobody can be asked, whatever the command line says.

        Raises:
            Interrupted: the user pressed Esc instead.
        """
        choice = self.ctx.settings.limit_policy
        if choice != "ask":
            stops = reached.limit == "progress"
            return ev.LimitAnswered(answer="stop" if stops else ON_LIMIT_ANSWERS[choice])
        inbox = self.ctx.services.inbox
        try:
            async with asyncio.timeout(self.ctx.settings.limit_answer_seconds):
                return await run_interruptible(inbox.interrupt, inbox.wait_for_limit_answer)
        except TimeoutError:
            return ev.LimitAnswered(answer="pause", silent=True)

    # What is projected -----------------------------------------------------------

    def _usage_so_far(self) -> LimitUsage:
        active = self.state.active_seconds_until(self.ctx.working_now())
        seconds = active - self.active_seconds_before
        return LimitUsage(
            left=self.state.left,
            dollars=(self.state.bill.dollars or Decimal(0)) + self.state.team.dollars_held,
            requests=self.state.request - self.first_request + 1,
            minutes=Decimal(max(0.0, seconds)) / 60,
        )

    def _next_request_price(self) -> RequestPrice | None:
        """What the next request costs at least: the context, and what waits to be sent with it."""
        now, context, waiting = self.ctx.services.now(), self.state.context, self.state.unmeasured
        rates = rates_for(self.model, datetime.fromtimestamp(now, UTC).date(), context + waiting)
        if rates is None:
            return None
        kept = CacheCosts(self.state, self.ctx).invalidated() == "nothing"
        warm = kept and (self.state.prompt_cache.cold_at(now) or 0.0) > now
        again = context * (rates.cache_read if warm else rates.cache_write_5m)
        again += 0 if context else self._preamble() * rates.cache_write_1h
        dollars = (again + waiting * rates.cache_write_5m) / 1_000_000
        return RequestPrice(input=dollars, output_token=rates.output / 1_000_000)

    def _preamble(self) -> int:
        """Tokens, by estimate, of what comes before every conversation."""
        preamble = self.state.preamble
        told = (preamble.system, preamble.tools) if preamble else ()
        return len(msgspec.json.encode(told)) // BYTES_OF_JSON


def why_not_compact(state: SessionState, ctx: TurnContext) -> str:
    """Why `/compact` does nothing, as sentences; empty where it shortens the conversation.

    One that is too long to be sent is shortened in any case: that costs nothing if it must.
    """
    policy = CompactionPolicy.of(state, ctx)
    if policy.fills_window:
        return ""
    return no_room_for_summary(state, ctx) or policy.no_gain_reason


def no_room_for_summary(state: SessionState, ctx: TurnContext) -> str:
    """Why a conversation is not shortened now, as sentences; empty where it can be.

    Monthly budgets are as they were read last: before each request of a turn, and by `/compact`.
    """
    policy = CompactionPolicy.of(state, ctx)
    most = policy.summary_limit
    if stopped := next((each for each in ctx.run.monthly_standings if each.is_stopped), None):
        return f"{used_up_sentence(stopped)} A summary would spend more: nothing is shortened."
    if not policy.budget_allows_summary:
        more = "/budget +20k"
        if not ctx.settings.interactive:
            more = budget_command((state.grant or 0) + 20_000, screen=False)
        return (
            f"A summary may take {most:,} tokens, and {max(0, state.left or 0):,} are "
            f"left of the budget: nothing is shortened. {more} makes room."
        )
    model = ctx.services.catalogue.model(state.model)
    gate = LimitChecker(
        state, ctx, model, state.active_seconds_until(ctx.services.now()), state.request + 1
    )
    room = gate.output_room()
    if room is not None and room < most:
        return (
            f"A hard limit leaves {room:,} tokens to the next message, too few for a summary: "
            "nothing is shortened."
        )
    return ""

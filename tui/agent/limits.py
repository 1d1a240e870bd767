"""Limits at a request boundary: is another request allowed, and how large may it be?

The budget's reserve is the soft limit, fuses are the hard ones. Reaching either is an
event; how it goes on is the user's to say, or the command line's where nobody is there.
Silence means pause, never continue.
"""

import asyncio
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from tui.agent.caching import loses
from tui.agent.caps import GRANT, fuse_key, fuses_in_force, most
from tui.agent.compaction_policy import (
    has_room,
    is_overfull,
    nothing_to_gain,
    summary_limit,
)
from tui.agent.flow import unless
from tui.agent.going_on import more_dollars, more_tokens
from tui.agent.means import Means, OnLimit
from tui.budget.fuses import (
    Blown,
    FuseName,
    Fuses,
    Prices,
    Spent,
    blown,
    output_room,
    raised,
)
from tui.claude.catalogue import Model
from tui.claude.pricing import rates_for
from tui.session import events as ev
from tui.session.own_report import enough_more
from tui.session.state import SessionState
from tui.settings.managed import refused

ANSWERS: dict[OnLimit, ev.LimitAnswer] = {"wrap": "finish", "pause": "pause", "stop": "stop"}
BYTES_OF_JSON = 4
"""For a token of what has not been counted yet."""


@dataclass(slots=True)
class Gate:
    """Watches one turn."""

    state: SessionState
    means: Means
    model: Model
    worked: float
    """Working seconds of the session before the turn."""
    first_request: int
    """Number of the turn's first request."""

    @property
    def fuses(self) -> Fuses:
        """The hard limits that the next request comes under."""
        return fuses_in_force(self.state, self.means)

    def blown(self) -> Blown | None:
        """The fuse that forbids the next request, if one does."""
        return blown(self.fuses, self._spent(), self._prices())

    def output_room(self) -> int | None:
        """Output tokens the fuses leave to the next request; None where none says."""
        return output_room(self.fuses, self._spent(), self._prices())

    def seconds_left(self) -> float:
        """Seconds that the limit in minutes leaves to the turn; without one endless."""
        minutes = self.fuses.minutes
        return math.inf if minutes is None else float(60 * (minutes - self._spent().minutes))

    # Reaching one ----------------------------------------------------------------

    def at_fuse(self, fuse: Blown) -> ev.LimitReached:
        """The event of a reached fuse."""
        if fuse.fuse == "over_budget":
            return self._in_tokens("over_budget", fuse.sentence)
        cap = self.means.caps.get(fuse_key(fuse.fuse))
        return ev.LimitReached(
            limit=fuse.fuse,
            sentence=fuse.sentence,
            raise_to=self._raised(fuse.fuse),
            cap=cap.sentence if cap else "",
        )

    def at_reserve(self) -> ev.LimitReached:
        """The event of a budget that is down to its reserve."""
        left, grant = self.state.left or 0, self.state.grant or 0
        sentence = f"The budget is down to its reserve: {left:,} tokens left of {grant:,}."
        if left < 0:
            sentence = f"The budget of {grant:,} tokens is used up: {-left:,} tokens over it."
        return self._in_tokens("budget", sentence)

    def at_overrun(self) -> ev.LimitReached:
        """The event of a prompt that begins with a budget that is used up already."""
        return self._in_tokens("budget", self.overrun())

    def overrun(self) -> str:
        """That a prompt was not sent because nothing is left for it, as a sentence."""
        over, grant = -(self._left_before or 0), self.state.grant or 0
        begins = f"{over:,} tokens over the budget of {grant:,}"
        if not over:
            begins = f"with nothing left of the budget of {grant:,} tokens"
        return f"Nothing was sent: this prompt begins {begins}."

    @property
    def is_overrun(self) -> bool:
        """Whether nothing was left of the budget when the turn began, and nothing was sent yet."""
        sent = self.state.request >= self.first_request
        return not sent and self._left_before is not None and self._left_before <= 0

    @property
    def _left_before(self) -> int | None:
        """Tokens left without the prompt, while that waits; None without a budget."""
        left = self.state.left
        return None if left is None else left + self.state.charged_prompt

    def _in_tokens(self, limit: Literal["budget", "over_budget"], sentence: str) -> ev.LimitReached:
        room, cap = self._grant_room(), self.means.caps.get(GRANT)
        by = self.more()
        return ev.LimitReached(
            limit=limit,
            sentence=sentence,
            extend_by=by if room is None else min(by, room),
            extend_most=room,
            cap=cap.sentence if cap else "",
        )

    # Going on --------------------------------------------------------------------

    def more(self) -> int:
        """Tokens an extension would add, as a suggestion."""
        return enough_more(self.state, self.means.thresholds)

    def extension(self, by: int) -> list[ev.Event]:
        """A bigger grant; or, where a cap is in the way, the sentence that says so."""
        by = by or self.more()
        wish = (self.state.grant or 0) + by
        if refusal := refused(self.means.caps, GRANT, wish):
            return [ev.ErrorShown(sentence=refusal)]
        return [ev.BudgetExtended(by=by)]

    def raising(self, fuse: Blown, by: int) -> list[ev.Event]:
        """A raised fuse, or a bigger grant; or the sentence that says who caps it.

        Args:
            fuse: The one that is reached.
            by: Tokens to add, where it is counted in tokens; 0 for the suggestion.
        """
        if fuse.fuse == "over_budget":
            return self.extension(by)
        value = self._raised(fuse.fuse)
        if value is not None:
            return [ev.FuseSet(fuse=fuse.fuse, value=value, source="extension")]
        own = self.fuses.value(fuse.fuse)
        assert own is not None, "a fuse that is not set is not reached"
        wish = raised(fuse.fuse, own, self._spent())
        refusal = refused(self.means.caps, fuse_key(fuse.fuse), wish)
        return [ev.ErrorShown(sentence=refusal)]

    def later(self, fuse: Blown | None = None) -> str:
        """How the work goes on after a pause at a limit, or at the reserve; one sentence."""
        if fuse is None or fuse.fuse == "over_budget":
            return more_tokens(self.state, self.more(), screen=self.means.interactive)
        if fuse.fuse != "dollars":
            return "Another prompt counts from 0 again."
        value = self._raised(fuse.fuse)
        return more_dollars(value, screen=self.means.interactive) if value else ""

    def raised_by(self, fuse: Blown) -> str:
        """Which setting allows more, as a sentence; empty where the limit says so by itself."""
        if fuse.fuse not in ("requests", "minutes"):
            return ""
        return f"{fuse_key(fuse.fuse)} in the settings allows more; another prompt counts from 0."

    def _grant_room(self) -> int | None:
        """Tokens that may still be added to the grant; None where nobody caps it."""
        cap = most(self.means.caps, GRANT)
        return None if cap is None else max(0, int(cap) - (self.state.grant or 0))

    def _raised(self, fuse: FuseName) -> Decimal | None:
        """What a fuse would be raised to, within its cap; None where that is no help."""
        own, cap = self.fuses.value(fuse), most(self.means.caps, fuse_key(fuse))
        if own is None:
            return None
        spent = self._spent()
        wish = raised(fuse, own, spent)
        value = wish if cap is None else min(wish, cap)
        stands = {"dollars": spent.dollars, "minutes": spent.minutes}.get(fuse, spent.requests)
        return Decimal(value) if value > max(own, stands) else None

    # The question ----------------------------------------------------------------

    def ask(self) -> None:
        """Open the question; before its event is published, so that an answer finds it."""
        if self.means.on_limit == "ask":
            self.means.desk.ask_limit()

    async def answer(self, reached: ev.LimitReached) -> ev.LimitAnswered:
        """What the user, or the command line, says about the limit just reached.

        A turn without progress ends where nobody can be asked, whatever the command line says.

        Raises:
            Interrupted: the user pressed Esc instead.
        """
        choice = self.means.on_limit
        if choice != "ask":
            stops = reached.limit == "progress"
            return ev.LimitAnswered(answer="stop" if stops else ANSWERS[choice])
        desk = self.means.desk
        try:
            async with asyncio.timeout(self.means.limit_patience):
                return await unless(desk.interrupt, desk.limit_answered)
        except TimeoutError:
            return ev.LimitAnswered(answer="pause", silent=True)

    # What is projected -----------------------------------------------------------

    def _spent(self) -> Spent:
        seconds = self.state.worked_until(self.means.now()) - self.worked
        return Spent(
            left=self.state.left,
            dollars=self.state.bill.dollars or Decimal(0),
            requests=self.state.request - self.first_request + 1,
            minutes=Decimal(max(0.0, seconds)) / 60,
        )

    def _prices(self) -> Prices | None:
        """What the next request costs at least: the context, and what waits to be sent with it."""
        now, context, waiting = self.means.now(), self.state.context, self.state.unmeasured
        rates = rates_for(self.model, datetime.fromtimestamp(now, UTC).date(), context + waiting)
        if rates is None:
            return None
        kept = loses(self.state, self.means) == "nothing"
        warm = kept and (self.state.warmth.until(now) or 0.0) > now
        again = context * (rates.cache_read if warm else rates.cache_write_5m)
        again += 0 if context else self._preamble() * rates.cache_write_1h
        dollars = (again + waiting * rates.cache_write_5m) / 1_000_000
        return Prices(input=dollars, output_token=rates.output / 1_000_000)

    def _preamble(self) -> int:
        """Tokens, by estimate, of what stands before every conversation."""
        preamble = self.state.preamble
        told = (preamble.system, preamble.tools) if preamble else ()
        return len(msgspec.json.encode(told)) // BYTES_OF_JSON


def why_not_compact(state: SessionState, means: Means) -> str:
    """Why `/compact` does nothing, as sentences; empty where it shortens the conversation.

    One that is too long to be sent is shortened in any case: that costs nothing if it must.
    """
    if is_overfull(state, means):
        return ""
    return no_room_for_summary(state, means) or nothing_to_gain(state, means)


def no_room_for_summary(state: SessionState, means: Means) -> str:
    """Why a conversation is not shortened now, as one sentence; empty where it can be."""
    most = summary_limit(state, means)
    if not has_room(state, means):
        return (
            f"A summary may take {most:,} tokens, and {max(0, state.left or 0):,} are "
            "left of the budget: nothing is shortened. /budget +20k makes room."
        )
    model = means.catalogue.model(state.model)
    gate = Gate(state, means, model, state.worked_until(means.now()), state.request + 1)
    room = gate.output_room()
    if room is not None and room < most:
        return (
            f"A hard limit leaves {room:,} tokens to the next message, too few for a summary: "
            "nothing is shortened."
        )
    return ""

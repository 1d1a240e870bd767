"""Weighing what waits to be sent before a request is built, and cutting what does not fit.

Two rooms hold: the context window, with space for an answer, and what is left of the budget
above its reserve. Estimates may be wrong by twice, so a pessimistic weight has to fit; where only
a plain one would, the server is asked to count, which is free. Cut is what was never sent, so
the prompt cache holds: small parts stay whole, large ones share the rest alike.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from tui.agent.concurrency import run_interruptible
from tui.agent.context_window import context_window
from tui.agent.result_cuts import PartCutter
from tui.agent.turn_context import TurnContext
from tui.budget.room import (
    Room,
    answer_room,
    fair_shares,
    minimum_answer,
    pessimistic_factor,
    room_for,
)
from tui.budget.stages import reserve
from tui.budget.token_estimate import estimate_tokens
from tui.claude.request import Preamble, build_request
from tui.session import events as ev
from tui.session.conversation import PendingPart
from tui.session.state import SessionState

NEVER_CUT_BELOW = 30
"""Estimated tokens up to which a part is never cut: an error in a few words, "not run"."""
BLOCK_OVERHEAD = 12
"""Tokens that a result takes beside its content, about."""
CUT_MARGIN = 0.97
"""Part of a room that is filled: what is cut was not counted piece by piece."""
MAX_RECOUNTS = 2
"""How often a cut is counted again, and made deeper."""
MIN_COUNTED_SHARE = 0.25
"""Tokens for each estimated one below which a count is not believed."""
UNMEASURED_FACTOR = 1.15
"""Times its estimate that a context is taken for which was counted and not measured."""

PROBE: ev.JSON = {"type": "text", "text": "."}


@dataclass(frozen=True, slots=True)
class _WeightedPart:
    """Something that waits, with its estimated weight."""

    part: PendingPart
    tokens: int
    charged: bool

    @property
    def may_be_cut(self) -> bool:
        return self.part.may_be_cut and self.tokens > NEVER_CUT_BELOW + BLOCK_OVERHEAD


class RequestFitter:
    """Weighs what one turn sends against the window and the budget."""

    def __init__(self, state: SessionState, ctx: TurnContext) -> None:
        self._state = state
        self._ctx = ctx
        self._cannot_count = False
        self._preamble: int | None = None
        """What the server counts for system text and tools."""
        self._probe_tokens: int | None = None
        """What the server counts for a message of next to nothing."""
        self._counted: tuple[tuple[str, ...], float] | None = None
        """What a count of these parts came to, for each token estimated."""

    # Cutting ---------------------------------------------------------------------

    async def cut(self) -> ev.ResultsCut | None:
        """What has to be cut of what waits; None where all of it fits, or nothing may be cut.

        Raises:
            Interrupted: the user did not want to wait for the server's count.
        """
        waits = self._weighted_parts()
        large = [each for each in waits if each.may_be_cut]
        room = self._room(waits)
        factor = self._pessimistic_factor()
        if not large or _fits(waits, room, factor):
            return None
        await self._count_preamble()
        room = self._room(waits)
        counted = await self._factor(waits)
        factor = factor if counted is None else counted
        if _fits(waits, room, factor):
            return None
        cuts = await self._cuts(large, _shares(waits, room, factor), factor)
        self._counted = _keys(waits), _after(waits, cuts, factor)
        return ev.ResultsCut(cuts=tuple(cuts)) if cuts else None

    async def _cuts(
        self, large: Sequence[_WeightedPart], shares: Sequence["_Share"], factor: float
    ) -> list[ev.PartCut]:
        """The cuts; where the server counts, what is left is counted and cut again if it must."""
        cutter = PartCutter(self._ctx.services.environment, self._calls())
        chosen = [
            (each, share)
            for each, share in zip(large, shares, strict=True)
            if share.tokens < ceil(each.tokens * factor)
        ]
        scale = 1.0
        cuts: list[ev.PartCut] = []
        for _ in range(1 + MAX_RECOUNTS):
            cuts = []
            for each, share in chosen:
                tokens = max(0.0, share.tokens * scale / factor - BLOCK_OVERHEAD)
                content = await asyncio.to_thread(cutter.cut, each.part, tokens, share.reason)
                estimate = ceil(estimate_tokens(content) * factor)
                key, why = each.part.key, share.reason
                cuts.append(ev.PartCut(key=key, content=content, estimate=estimate, reason=why))
            if self._cannot_count or not cuts:
                break
            most = sum(share.tokens for _, share in chosen)
            weighed = await self._count([_as_text(cut.content) for cut in cuts])
            if weighed is None or weighed <= max(most, len(cuts) * NEVER_CUT_BELOW):
                break
            scale *= CUT_MARGIN * most / weighed
        for (each, _), cut in zip(chosen, cuts, strict=True):
            cutter.mark_unseen(each.part, cut.content)
        return cuts

    def _calls(self) -> dict[str, ev.JSON]:
        spoken = (m for m in reversed(self._state.conversation.messages) if m.role == "assistant")
        last = next(spoken, None)
        blocks = last.content if last else ()
        return {str(block["id"]): block for block in blocks if block.get("type") == "tool_use"}

    # Rooms -----------------------------------------------------------------------

    async def excess_tokens(self) -> int:
        """Tokens by which what is to be sent next passes the window; 0 where it fits.

        Raises:
            Interrupted: the user did not want to wait for the server's count.
        """
        waits = self._weighted_parts()
        room = self._window - minimum_answer(self._window) - self._tokens_taken(waits)
        tokens = sum(each.tokens for each in waits)
        if tokens * self._pessimistic_factor() <= room:
            return 0
        await self._count_preamble()
        room = self._window - minimum_answer(self._window) - self._tokens_taken(waits)
        factor = await self._factor(waits)
        factor = self._pessimistic_factor() if factor is None else factor
        return max(0, ceil(tokens * factor) - room)

    @property
    def answer_room(self) -> int:
        """Output tokens that the window leaves to an answer to what is sent next."""
        waits = self._weighted_parts()
        tokens = sum(each.tokens for each in waits) * self._state.budget_account.settlement.density
        room = self._window - self._tokens_taken(waits) - ceil(tokens * 1.1)
        return max(room, minimum_answer(self._window))

    @property
    def room(self) -> int:
        """Tokens of the window that what waits may take beside what is in it."""
        return max(
            0, self._window - answer_room(self._window) - self._tokens_taken(self._weighted_parts())
        )

    @property
    def _window(self) -> int:
        return context_window(self._state, self._ctx.services.catalogue)

    def _tokens_taken(self, waits: Sequence[_WeightedPart]) -> int:
        """Tokens of the window that are taken whatever becomes of what waits."""
        state = self._state
        known = state.context
        if not known:
            known = self._preamble or ceil(state.preamble_tokens * self._pessimistic_factor())
        elif state.context_estimated:
            known = ceil(known * UNMEASURED_FACTOR)
        ours = state.ledger.entries
        waiting = sum(ours[w.part.key].tokens for w in waits if w.part.key in ours)
        sent = max(0, state.unmeasured - waiting)
        return known + ceil(sent * self._pessimistic_factor())

    def _room(self, waits: Sequence[_WeightedPart]) -> Room:
        state, grant = self._state, self._state.grant
        charged = sum(state.ledger.tokens(each.part.key) for each in waits)
        return room_for(
            window=self._window,
            context=self._tokens_taken(waits),
            left=state.left,
            charged=charged,
            reserve=reserve(grant, self._ctx.settings.thresholds) if grant is not None else 0,
        )

    def _weighted_parts(self) -> list[_WeightedPart]:
        entries = self._state.ledger.entries
        found = []
        for part in self._state.conversation.pending.parts:
            entry = entries.get(part.key)
            tokens = entry.tokens if entry else 0
            around = BLOCK_OVERHEAD if part.is_result else 0
            found.append(_WeightedPart(part, tokens + around, bool(entry and entry.charged)))
        return found

    # Weights ---------------------------------------------------------------------

    def _pessimistic_factor(self) -> float:
        return pessimistic_factor(self._state.budget_account.settlement.density)

    async def _factor(self, waits: Sequence[_WeightedPart]) -> float | None:
        """Tokens for each estimated one, as the server counts; None where it cannot."""
        keys = _keys(waits)
        if self._counted is not None and self._counted[0] == keys:
            return self._counted[1]
        parts = [each.part for each in waits]
        tokens = await self._count([_shown(block) for part in parts for block in part.blocks])
        estimated = sum(each.tokens for each in waits)
        if tokens is None or not estimated:
            return None
        around = BLOCK_OVERHEAD * sum(part.is_result for part in parts)
        factor = max(MIN_COUNTED_SHARE, (tokens + around) / estimated)
        self._counted = keys, factor
        return factor

    async def _count_preamble(self) -> None:
        """Have system text and tools counted, while no response measured them."""
        state = self._state
        if state.context or self._preamble or self._cannot_count or state.preamble is None:
            return
        told = Preamble(state.preamble.system, state.preamble.tools)
        model = self._ctx.services.catalogue.model(state.model)
        request = build_request(model, told, [{"role": "user", "content": [PROBE]}])
        counted = await run_interruptible(
            self._ctx.services.inbox.interrupt,
            lambda: self._ctx.services.client.count_tokens(request),
        )
        self._preamble = counted

    async def _count(self, blocks: Sequence[ev.JSON]) -> int | None:
        """Tokens of `blocks` as the server counts them, apart from any conversation."""
        if self._cannot_count or not blocks:
            return None
        model = self._ctx.services.catalogue.model(self._state.model)

        async def counted(*content: ev.JSON) -> int | None:
            request = build_request(model, Preamble(), [{"role": "user", "content": list(content)}])
            return await self._ctx.services.client.count_tokens(request)

        async def both() -> tuple[int | None, int | None]:
            if self._probe_tokens is not None:
                return await counted(PROBE, *blocks), self._probe_tokens
            return await counted(PROBE, *blocks), await counted(PROBE)

        whole, bare = await run_interruptible(self._ctx.services.inbox.interrupt, both)
        self._probe_tokens = bare
        if whole is None or bare is None or whole <= bare:
            self._cannot_count = True
            return None
        return whole - bare


def _keys(waits: Sequence[_WeightedPart]) -> tuple[str, ...]:
    return tuple(each.part.key for each in waits)


def _after(waits: Sequence[_WeightedPart], cuts: Sequence[ev.PartCut], factor: float) -> float:
    """What is sent weighs after `cuts`, for each token estimated: a cut one is exact already."""
    cut = {each.key: each.estimate for each in cuts}
    whole = sum(each.tokens for each in waits if each.part.key not in cut)
    estimated = sum(cut.values()) + whole
    return (sum(cut.values()) + whole * factor) / estimated if estimated else 1.0


@dataclass(frozen=True, slots=True)
class _Share:
    tokens: int
    reason: ev.CutReason


def _shares(waits: Sequence[_WeightedPart], room: Room, factor: float) -> list[_Share]:
    """What each part that may be cut gets of both rooms, the smaller one."""
    large = [each for each in waits if each.may_be_cut]
    sizes = [ceil(each.tokens * factor) for each in large]
    whole = [each for each in waits if not each.may_be_cut]
    taken = sum(ceil(each.tokens * factor) for each in whole)
    window = fair_shares(sizes, int((room.window - taken) * CUT_MARGIN))
    budget = sizes
    if room.budget is not None:
        taken = sum(ceil(each.tokens * factor) for each in whole if each.charged)
        charged = [size if each.charged else 0 for size, each in zip(sizes, large, strict=True)]
        shares = fair_shares(charged, int((room.budget - taken) * CUT_MARGIN))
        parts = zip(shares, sizes, large, strict=True)
        budget = [share if each.charged else size for share, size, each in parts]
    return [
        _Share(min(a, b), "budget" if b < a else "window")
        for a, b in zip(window, budget, strict=True)
    ]


def _fits(waits: Sequence[_WeightedPart], room: Room, factor: float) -> bool:
    """Whether all of it fits both rooms, if it weighs `factor` times its estimate."""
    tokens = sum(each.tokens for each in waits) * factor
    charged = sum(each.tokens for each in waits if each.charged) * factor
    in_budget = room.budget is None or not charged or charged <= room.budget
    return tokens <= room.window and in_budget


def _shown(block: ev.JSON) -> ev.JSON:
    """A block as it can be counted alone: a result as its text."""
    if block.get("type") == "tool_result":
        content = block.get("content")
        return _as_text(content if isinstance(content, str) else str(content))
    return block


def _as_text(text: str) -> ev.JSON:
    return {"type": "text", "text": text if text.strip() else "-"}

"""Warnings before money is spent: what a session says of the work that begins, each once.

A listener of the session runner. What needs the history is looked up in a thread while the work
goes on; a warning is a notice in the log, so a session that is resumed or forked, or whose
program crashed, does not say it again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from tui.agent.compaction_cost import compaction_cost, saved_by_summary
from tui.agent.limit_checks import no_room_for_summary
from tui.agent.session_runner import Published, SessionRunner
from tui.budget.request_growth import RequestGrowth, request_growth
from tui.budget.task_kinds import TaskKind
from tui.claude.cache_price import full_rewrite_cost
from tui.history.history_warnings import DriftWarning, NearLimitWarning, SmallBudgetWarning
from tui.history.own_runs import continues
from tui.history.work_history import WorkBegun, WorkFindings
from tui.session import events as ev
from tui.session.state import SessionState
from tui.session.store_errors import StoreError

log = logging.getLogger(__name__)

WarningName = Literal["small_budget", "near_limit", "growing_requests", "drift", "cold_cache"]
"""The settings below `warnings`."""
SETTLING_SECONDS = 5.0
"""How long the end of a run without a screen waits for the history at most."""


@dataclass(frozen=True, slots=True)
class ColdCache:
    """The next prompt, or the one on its way, finds the prompt cache cold."""

    sent: bool
    """Whether the prompt is on its way."""


Facts = SmallBudgetWarning | NearLimitWarning | DriftWarning | RequestGrowth | ColdCache


@dataclass(frozen=True, slots=True)
class SpendWarning:
    """One warning, before it is put into words."""

    name: WarningName
    topic: str
    """What the session says only once."""
    facts: Facts
    kind: TaskKind | None = None
    """The kind of task that it is about; None where it is about the session."""


class HistoryReader(Protocol):
    """Looks things up in the history: `tui.history.work_history.WorkHistory`."""

    def kind_of(self, prompt: str) -> TaskKind | None:
        """The kind of a prompt; None before the history was read."""
        ...

    def findings(self, work: WorkBegun) -> WorkFindings:
        """What the history says of work; takes a moment."""
        ...

    def note_drift_test(self, found: WorkFindings) -> None:
        """Keep that a kind was tested for drift, if it was."""
        ...

    def stop(self) -> None:
        """Read no further."""
        ...


class SpendWarnings:
    """Decides what is said in one session, and says it."""

    def __init__(
        self, runner: SessionRunner, history: HistoryReader, words: Callable[[SpendWarning], str]
    ) -> None:
        """Args:
        runner: The session.
        history: What was spent before.
        words: A warning as a sentence.
        """
        self._runner, self._history, self._words = runner, history, words
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = asyncio.Lock()
        self._asked: set[tuple[TaskKind, int | None]] = set()
        """Kinds that were looked up, each with the grant of the time."""
        self._said: set[str] = set()
        """Topics said in this run, whether the log has them yet or not."""

    @property
    def _state(self) -> SessionState:
        return self._runner.state

    def on_published(self, item: Published) -> None:
        """Take what the runner publishes."""
        if not isinstance(item, ev.Record):
            return
        match item.event:
            case ev.PromptSubmitted(text=text):
                self.check_cache(sent=True)
                self._look_up(text)
            case ev.BudgetGranted(total=int()) if self._state.prompts:
                self._look_up(self._state.prompts[-1])
            case ev.RequestFinished():
                self._check_growth()
            case _:
                pass

    async def settle(self) -> None:
        """Wait till what was looked up is said, for a short while at most."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SETTLING_SECONDS)

    async def close(self) -> None:
        """Look nothing up any more."""
        self._history.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # The prompt cache --------------------------------------------------------------

    @property
    def cold_cache_topic(self) -> str:
        """What is said once: a cache that is used again and goes cold is another one."""
        return f"cold_cache:{self._state.request}"

    @property
    def may_say_cold_cache(self) -> bool:
        """Whether the user may still be told that the cache is cold."""
        return self._may_say("cold_cache", self.cold_cache_topic)

    def note_cold_cache_said(self) -> None:
        """The user has been told beside the log, where the session was opened."""
        self._said.add(self.cold_cache_topic)

    def check_cache(self, *, sent: bool = False) -> None:
        """Say that a prompt finds the prompt cache cold, if that is dear.

        Args: sent: Whether the prompt is on its way; else it is being written.
        """
        state, wanted = self._state, self._runner.ctx.settings.warnings
        now, topic = self._runner.ctx.services.now(), self.cold_cache_topic
        cache = state.prompt_cache
        cold = cache.cached_tokens and not cache.only_read and cache.lost(now) != "nothing"
        if not cold or not self._may_say("cold_cache", topic):
            return
        model = self._runner.ctx.services.catalogue.model(state.prompt_cache.model)
        # Only what went cold, which is known at once: it is asked with every key of a draft.
        more = full_rewrite_cost(state.prompt_cache, model, now).dollars
        if more is not None and more >= wanted.cold_cache_dollars:
            self._start(SpendWarning("cold_cache", topic, ColdCache(sent)))

    # The price of requests ---------------------------------------------------------

    def _check_growth(self) -> None:
        """Say that requests grow dear by their history, if shortening it pays off."""
        state, ctx, name = self._state, self._runner.ctx, "growing_requests"
        grown = request_growth(state.request_costs)
        if grown is None or not self._may_say("growing_requests", name):
            return
        each, once = saved_by_summary(state, ctx), compaction_cost(state, ctx).dollars
        if each is None or once is None:
            return
        grown = replace(grown, shortening=once, saved_each=each)
        if grown.pays_off and not no_room_for_summary(state, ctx):
            self._start(SpendWarning("growing_requests", name, grown))

    # The history -------------------------------------------------------------------

    def _look_up(self, prompt: str) -> None:
        wanted, bill = self._runner.ctx.settings.warnings, self._state.quote_bill
        if self._state.mode == "plan" or (bill is not None and bill.is_open):
            return  # the budget is the plan's own, or the price was agreed
        if continues(prompt) or not (wanted.small_budget or wanted.near_limit or wanted.drift):
            return
        kind = self._history.kind_of(prompt)
        if kind is None or (kind, self._state.grant) not in self._asked:
            self._track(self._say_findings(prompt))

    async def _say_findings(self, prompt: str) -> None:
        state = self._state
        model = self._runner.ctx.services.catalogue.model(state.model)
        work = WorkBegun(
            prompt, state.session, model.id, model.effort(state.effort), usable_budget(state)
        )
        async with self._reading:
            try:
                found = await asyncio.to_thread(self._history.findings, work)
            except (StoreError, OSError) as error:
                log.warning("the history cannot be read: %s", error)
                return
            self._asked.add((found.kind, state.grant))
            for warning in _warnings_of(found):
                if self._may_say(warning.name, warning.topic):
                    await self._say(warning)
            if self._runner.ctx.settings.warnings.drift:
                with suppress(OSError):  # it is told again, next time
                    await asyncio.to_thread(self._history.note_drift_test, found)

    # Saying it ---------------------------------------------------------------------

    def _may_say(self, name: WarningName, topic: str) -> bool:
        wanted = self._runner.ctx.settings.warnings
        said = topic in self._said or topic in self._state.notices_shown
        return bool(getattr(wanted, name)) and not said

    def _start(self, warning: SpendWarning) -> None:
        """Say it soon: a listener cannot wait."""
        self._said.add(warning.topic)
        self._track(self._say(warning))

    async def _say(self, warning: SpendWarning) -> None:
        self._said.add(warning.topic)
        if sentence := self._words(warning):
            notice = ev.NoticeShown(sentence=sentence, once=warning.topic, warning=warning.name)
            with suppress(StoreError):  # the turn meets the same trouble, and tells it
                await self._runner.commit(notice)

    def _track(self, work: "asyncio._CoroutineLike[None]") -> None:
        self._tasks.add(task := asyncio.get_running_loop().create_task(work))
        task.add_done_callback(self._tasks.discard)


def usable_budget(state: SessionState) -> int | None:
    """Tokens that the work at hand can use, what it has used in an open turn included."""
    if state.left is None:
        return None
    lately = state.ledger.by_turn.get(state.turn, 0) if state.turn_open else 0
    return max(0, state.left) + lately


def _warnings_of(found: WorkFindings) -> Iterator[SpendWarning]:
    names: tuple[WarningName, ...] = ("small_budget", "near_limit", "drift")
    for name in names:
        if (facts := getattr(found, name)) is not None:
            yield SpendWarning(name, f"{name}:{found.kind}", facts, found.kind)

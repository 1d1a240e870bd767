"""An opened session: everything the screen and the headless runner work with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from tui.agent.caps import fuses_in_force, granted_most
from tui.agent.context_window import context_window
from tui.agent.driver import Driver
from tui.agent.folder_trust import TrustAnswer, TrustQuestion
from tui.agent.in_force import InForce, in_force
from tui.agent.sandbox.defaults import Wanted
from tui.agent.telling import api_tells, least_budget
from tui.agent.tools.base import nothing
from tui.budget.fuses import Fuses
from tui.budget.meters import DollarMeter, Meters, Teller
from tui.budget.stages import Thresholds, dollar_stage
from tui.claude.catalogue import Catalogue, Model
from tui.claude.pricing import has_price
from tui.session import events as ev
from tui.session.readings import meters
from tui.session.state import SessionState
from tui.session.summary import Summary
from tui.settings.layers import Resolved
from tui.settings.schema import Limits


@dataclass(slots=True)
class Opened:
    """One session, open for work."""

    driver: Driver
    records: Sequence[ev.Record]
    """The log as it was when the session was opened, what closed a crash included."""
    resolved: Resolved
    """The settings, with their origins."""
    catalogue: Catalogue
    base_url: str | None
    simulated: bool
    branch: str = ""
    """The git branch checked out."""
    sentences: list[str] = field(default_factory=list)
    """What was found wrong while opening: one sentence each."""
    log: Callable[[], Awaitable[Sequence[ev.Record]]] | None = None
    """Reads the whole log as it is now; None where nothing keeps it."""
    unmet: str = ""
    """A budget of the command line that the user is asked about: less than is spent already."""
    session_values: dict[str, object] = field(default_factory=dict)
    """Settings typed in this session that no event keeps, by key."""
    left_out: tuple[str, ...] = ()
    """What is not used of the files that the folder brings: a sentence, or nothing."""
    resolve: Callable[[Mapping[str, object]], Resolved] | None = None
    """Reads the settings again with what was typed in this session; None in a story."""
    saved_in_project: Callable[[Resolved], None] = lambda before: None
    """The user wrote a setting into the project's file; takes the settings before that."""
    warm_up: Callable[[], None] = lambda: None
    """Begin to load what the first request needs: once the session is on the screen."""
    close: Callable[[], Awaitable[None]] = field(kw_only=True)
    """Write what is left, and let go of the session."""

    @property
    def state(self) -> SessionState:
        """The session's state."""
        return self.driver.state

    @property
    def folder(self) -> Path:
        """The project folder."""
        return self.driver.means.world.folder

    @property
    def model(self) -> Model:
        """The model of the next request."""
        return self.catalogue.model(self.state.model)

    @property
    def teller(self) -> Teller:
        """Who tells the model what is left of the budget."""
        return "api" if api_tells(self.state, self.driver.means) else "notes"

    @property
    def least_budget(self) -> int:
        """The smallest budget that can be given, in tokens."""
        return least_budget(self.state, self.driver.means)

    def apply(self, resolved: Resolved) -> None:
        """Go on with other settings: stages, limits of the tools, rules."""
        means, settings = self.driver.means, resolved.settings
        hosts = settings.catalogue.budget_hosts
        if hosts != self.resolved.settings.catalogue.budget_hosts:
            self.catalogue.budget_hosts = hosts
            told = self.catalogue.knows_budgets(self.base_url, simulator=self.simulated)
            means.knows_budgets = told
        self.resolved = resolved
        means.thresholds = settings.stages.thresholds()
        means.world.limits = replace(
            means.world.limits,
            output=settings.tools.output_limit,
            command_seconds=settings.tools.bash_timeout,
        )
        means.fuses, means.caps = fuses(settings.limits), resolved.caps or {}
        means.patience = settings.loops.patience()
        compaction = settings.compaction
        means.compact_at = float(compaction.at) if compaction.automatic else None
        means.strategy = compaction.strategy
        permissions = settings.permissions
        sandbox = means.world.sandbox
        sandbox.change(Wanted.of(settings.sandbox))
        rules = means.rules.with_settings(permissions.allow, permissions.deny, [])
        means.rules = rules.under(sandbox.enforcement)
        means.world.hides = means.rules.hides if means.rules.deny_reading else nothing

    def setting(self, key: str) -> InForce:
        """A setting in words as it holds in this session, and who set it."""
        return in_force(key, self.resolved, self.state, self.driver.means)

    def meters(self) -> Meters:
        """The five meters now."""
        state, means = self.state, self.driver.means
        read = meters(
            state,
            window=context_window(state, means),
            cache_until=state.warmth.until(means.now()),
            teller=self.teller,
            thresholds=means.thresholds,
            most=granted_most(means.caps),
        )
        day = datetime.fromtimestamp(means.now(), UTC).date()
        limits, priced = fuses_in_force(state, means), has_price(self.model, day)
        dollars = None
        if read.budget is None and priced and limits.dollars is not None:
            dollars = _dollar_meter(state, limits.dollars, means.thresholds)
        context = replace(read.context, assumed=self.model.window_assumed)
        return replace(read, fuses=limits, context=context, priced=priced, dollars=dollars)


def _dollar_meter(state: SessionState, limit: Decimal, thresholds: Thresholds) -> DollarMeter:
    meter = DollarMeter(
        limit=limit,
        used=state.bill.dollars or Decimal(0),
        estimated=state.bill.estimated,
        follows=state.owed is not None,
    )
    return replace(meter, stage=dollar_stage(meter.share, thresholds))


def fuses(limits: Limits) -> Fuses:
    """The hard limits of the settings, for the arithmetic of budgets."""
    return Fuses(
        over_budget=limits.over_budget,
        dollars=limits.dollars,
        requests=limits.requests,
        minutes=limits.minutes,
    )


class NotReady(Exception):
    """A session could not be opened; the text is one sentence that says what to do."""


class NoCredentials(NotReady):
    """There is no key, and nobody asked for the simulator."""


class Opener(Protocol):
    """Opens sessions: the wiring of the command line."""

    async def open(self, which: str | None, *, fork: bool = False) -> Opened:
        """Open a session.

        Args:
            which: Id or name of the one to resume, `latest`, or None for a new one.
            fork: Whether a new session goes on from there, and the other stays as it is.

        Raises:
            NotReady: it cannot be opened.
        """
        ...

    async def summaries(self, limit: int = 200) -> Sequence[Summary]:
        """The sessions of this folder, the newest first."""
        ...

    async def trust_question(
        self, which: str | None, *, again: bool = False
    ) -> TrustQuestion | None:
        """What to ask about the folder before a session is opened; None for nothing.

        Args:
            which: The session, as for `open`: one that is resumed reads no memory files.
            again: Whether the user wants to decide again.
        """
        ...

    async def answer_trust(self, question: TrustQuestion, answer: TrustAnswer) -> str:
        """Let an answer hold, and keep it; a sentence where it could not be kept."""
        ...

    def simulate(self) -> None:
        """From the next opening on, work against the simulator."""
        ...

    async def close(self) -> None:
        """End what was started."""
        ...

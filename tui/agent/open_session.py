"""An opened session: everything the screen and the headless runner work with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from tui.agent.budget_visibility import api_announces_budget, minimum_budget
from tui.agent.context_window import context_window
from tui.agent.effective_limits import limits_in_force, max_grant
from tui.agent.effective_settings import EffectiveSetting, effective_setting
from tui.agent.folder_trust import TrustAnswer, TrustQuestion
from tui.agent.sandbox.default_policy import SandboxConfig
from tui.agent.session_runner import SessionRunner
from tui.agent.tools.base import hide_nothing
from tui.budget.hard_limits import HardLimits
from tui.budget.meters import CountdownSource, DollarMeter, Meters
from tui.budget.stages import StageThresholds, dollar_stage
from tui.claude.catalogue import Catalogue, Model
from tui.claude.pricing import has_price
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.session.session_summary import SessionSummary
from tui.session.state import SessionState
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.settings_schema import LimitSettings


@dataclass(slots=True)
class OpenSession:
    """One session, open for work."""

    runner: SessionRunner
    records: Sequence[ev.Record]
    """The log as it was when the session was opened, what closed a crash included."""
    resolved: ResolvedSettings
    """The settings, with their origins."""
    catalogue: Catalogue
    base_url: str | None
    simulated: bool
    branch: str = ""
    """The git branch checked out."""
    warnings: list[str] = field(default_factory=list)
    """What was found wrong while opening: one sentence each."""
    read_log: Callable[[], Awaitable[Sequence[ev.Record]]] | None = None
    """Reads the whole log as it is now; None where nothing keeps it."""
    rejected_budget: str = ""
    """A budget of the command line that the user is asked about: less than is spent already."""
    session_values: dict[str, object] = field(default_factory=dict)
    """Settings typed in this session that no event keeps, by key."""
    unused_file_sentences: tuple[str, ...] = ()
    """What is not used of the files that the folder brings: a sentence, or nothing."""
    resolve: Callable[[Mapping[str, object]], ResolvedSettings] | None = None
    """Reads the settings again with what was typed in this session; None in a story."""
    on_project_setting_saved: Callable[[ResolvedSettings], None] = lambda before: None
    """The user wrote a setting into the project's file; takes the settings before that."""
    warm_up: Callable[[], None] = lambda: None
    """Begin to load what the first request needs: once the session is on the screen."""
    close: Callable[[], Awaitable[None]] = field(kw_only=True)
    """Write what is left, and let go of the session."""

    @property
    def state(self) -> SessionState:
        """The session's state."""
        return self.runner.state

    @property
    def folder(self) -> Path:
        """The project folder."""
        return self.runner.ctx.world.folder

    @property
    def model(self) -> Model:
        """The model of the next request."""
        return self.catalogue.model(self.state.model)

    @property
    def countdown_source(self) -> CountdownSource:
        """Who tells the model what is left of the budget."""
        return "api" if api_announces_budget(self.state, self.runner.ctx) else "notes"

    @property
    def minimum_budget(self) -> int:
        """The smallest budget that can be given, in tokens."""
        return minimum_budget(self.state, self.runner.ctx)

    def apply(self, resolved: ResolvedSettings) -> None:
        """Go on with other settings: stages, limits of the tools, rules."""
        ctx, settings = self.runner.ctx, resolved.settings
        hosts = settings.catalogue.budget_hosts
        if hosts != self.resolved.settings.catalogue.budget_hosts:
            self.catalogue.budget_hosts = hosts
            told = self.catalogue.server_supports_task_budget(
                self.base_url, simulator=self.simulated
            )
            ctx.server_supports_task_budget = told
        self.resolved = resolved
        ctx.thresholds = settings.stages.thresholds()
        ctx.world.limits = replace(
            ctx.world.limits,
            output_characters=settings.tools.output_limit,
            command_seconds=settings.tools.bash_timeout,
        )
        ctx.hard_limits, ctx.caps = hard_limits(settings.limits), resolved.caps or {}
        ctx.loop_thresholds = settings.loops.patience()
        compaction = settings.compaction
        ctx.compact_at = float(compaction.at) if compaction.automatic else None
        ctx.compaction_strategy = compaction.strategy
        permissions = settings.permissions
        sandbox = ctx.world.sandbox
        sandbox.update_config(SandboxConfig.from_settings(settings.sandbox))
        rules = ctx.rules.with_settings(permissions.allow, permissions.deny, [])
        ctx.rules = rules.with_sandbox(sandbox.enforcement)
        ctx.world.is_hidden = ctx.rules.is_hidden if ctx.rules.denies_reading else hide_nothing

    def setting(self, key: str) -> EffectiveSetting:
        """A setting in words as it holds in this session, and who set it."""
        return effective_setting(key, self.resolved, self.state, self.runner.ctx)

    def meters(self) -> Meters:
        """The five meters now."""
        state, ctx = self.state, self.runner.ctx
        read = read_meters(
            state,
            window=context_window(state, ctx),
            cache_until=state.prompt_cache.cold_at(ctx.now()),
            teller=self.countdown_source,
            thresholds=ctx.thresholds,
            most=max_grant(ctx.caps),
        )
        day = datetime.fromtimestamp(ctx.now(), UTC).date()
        limits, priced = limits_in_force(state, ctx), has_price(self.model, day)
        dollars = None
        if read.budget is None and priced and limits.dollars is not None:
            dollars = _dollar_meter(state, limits.dollars, ctx.thresholds)
        context = replace(read.context, assumed=self.model.window_assumed)
        return replace(read, hard_limits=limits, context=context, priced=priced, dollars=dollars)


def _dollar_meter(state: SessionState, limit: Decimal, thresholds: StageThresholds) -> DollarMeter:
    meter = DollarMeter(
        limit=limit,
        used=state.bill.dollars or Decimal(0),
        estimated=state.bill.estimated,
        budget_follows=state.pending_dollar_limit is not None,
    )
    return replace(meter, stage=dollar_stage(meter.share, thresholds))


def hard_limits(limits: LimitSettings) -> HardLimits:
    """The hard limits of the settings, for the arithmetic of budgets."""
    return HardLimits(
        over_budget=limits.over_budget,
        dollars=limits.dollars,
        requests=limits.requests,
        minutes=limits.minutes,
    )


class SessionOpenError(Exception):
    """A session could not be opened; the text is one sentence that says what to do."""


class NoCredentials(SessionOpenError):
    """There is no key, and nobody asked for the simulator."""


class SessionOpener(Protocol):
    """Opens sessions: the wiring of the command line."""

    async def open(self, which: str | None, *, fork: bool = False) -> OpenSession:
        """Open a session.

        Args:
            which: Id or name of the one to resume, `latest`, or None for a new one.
            fork: Whether a new session goes on from there, and the other stays as it is.

        Raises:
            NotReady: it cannot be opened.
        """
        ...

    async def summaries(self, limit: int = 200) -> Sequence[SessionSummary]:
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

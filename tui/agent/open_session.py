"""An opened session: everything the screen and the headless runner work with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from tui.agent.budget_requests import unpriced_limit_warning, unsupported_budget_warning
from tui.agent.budget_visibility import accepts_task_budget, api_announces_budget, minimum_budget
from tui.agent.cache_cost import CacheCosts
from tui.agent.compaction_cost import compaction_cost_sentence
from tui.agent.context_window import context_window
from tui.agent.effective_limits import limits_in_force, max_grant
from tui.agent.effective_settings import EffectiveSetting, SettingSources, effective_setting
from tui.agent.folder_trust import TrustAnswer, TrustQuestion
from tui.agent.limit_checks import why_not_compact
from tui.agent.permissions import PermissionRules
from tui.agent.rate_settings import rate_allowance
from tui.agent.request_replay import RebuiltRequest, rebuild_requests
from tui.agent.sandbox.default_policy import SandboxConfig
from tui.agent.sandbox.interface import Sandbox
from tui.agent.session_runner import SessionRunner
from tui.agent.spend_warnings import SpendWarnings
from tui.agent.team.crew import Crew
from tui.agent.tools.base import ToolEnvironment, hide_nothing
from tui.agent.turn_settings import TurnSettings
from tui.budget.hard_limits import HardLimits
from tui.budget.meters import ContextMeter, CountdownSource, DollarMeter, Meters
from tui.budget.stages import StageThresholds, dollar_stage
from tui.claude.cache_price import cache_read_price, cold_cost
from tui.claude.catalogue import Catalogue, Model
from tui.claude.credentials import TYPED_KEY
from tui.claude.pricing import has_price
from tui.claude.request import Request
from tui.claude.server_probe import ServerProbe
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.session.session_summary import SessionSummary
from tui.session.state import SessionState
from tui.settings.settings_resolver import ResolvedSettings


async def _ignore_key(key: str) -> None:
    """What a session does with a key that sends nothing."""


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
    key_source: str = ""
    """Where the key comes from, without the key; empty where none was found."""
    trusted: bool | None = None
    """Whether the folder's own files are used; None: nobody decided, so they are not."""
    log_path: Path | None = None
    """The file of the session's log; None where nothing keeps it."""
    crew: Crew | None = None
    """The agents of the session; None where its model cannot ask for any."""
    warnings: list[str] = field(default_factory=list)
    """What was found wrong while opening: one sentence each."""
    read_log: Callable[[], Awaitable[Sequence[ev.Record]]] | None = None
    """Reads the whole log as it is now; None where nothing keeps it."""
    rejected_budget: str = ""
    """A budget of the command line below what the session has used: the program asks the user."""
    session_values: dict[str, object] = field(default_factory=dict)
    """Settings typed in this session that no event keeps, by key."""
    unused_file_sentences: tuple[str, ...] = ()
    """What is not used of the files that the folder brings: a sentence, or nothing."""
    resolve: Callable[[Mapping[str, object]], ResolvedSettings] | None = None
    """Reads the settings again with what was typed in this session; None in a story."""
    on_project_setting_saved: Callable[[ResolvedSettings], None] = lambda before: None
    """The user wrote a setting into the project's file; takes the settings before that."""
    probe_server: Callable[[], Awaitable[ServerProbe]] | None = None
    """Asks the server whether it is there and takes the key; None where nothing is sent."""
    on_key_typed: Callable[[str], Awaitable[None]] = _ignore_key
    """Lets the client of this session use a key that the user typed."""
    spend_warnings: SpendWarnings | None = None
    """Says what there is to say before money is spent; None in a story."""
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
        return self.environment.folder

    @property
    def environment(self) -> ToolEnvironment:
        """What tools may read, change and run."""
        return self.runner.ctx.services.environment

    @property
    def sandbox(self) -> Sandbox:
        """What holds the commands of the model."""
        return self.environment.sandbox

    @property
    def rules(self) -> PermissionRules:
        """The permission rules in force."""
        return self.runner.ctx.run.rules

    @property
    def settings(self) -> TurnSettings:
        """What settings and command line say about the turns."""
        return self.runner.ctx.settings

    @property
    def model(self) -> Model:
        """The model of the next request."""
        return self.catalogue.model(self.state.model)

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return self.runner.ctx.services.now()

    # The budget ------------------------------------------------------------------

    @property
    def accepts_task_budget(self) -> bool:
        """Whether the API takes a task budget for the model."""
        return accepts_task_budget(self.model, self.runner.ctx.run)

    @property
    def countdown_source(self) -> CountdownSource:
        """Who tells the model what is left of the budget."""
        by_api = api_announces_budget(self.state, self.model, self.runner.ctx.run)
        return "api" if by_api else "notes"

    @property
    def minimum_budget(self) -> int:
        """The smallest budget that can be given, in tokens."""
        return minimum_budget(self.model, self.runner.ctx.run)

    @property
    def hard_limits(self) -> HardLimits:
        """The hard limits in force."""
        return limits_in_force(self.state, self.settings)

    @property
    def unpriced_limit_warning(self) -> str:
        """That a limit in dollars limits nothing, where the model has no price; else empty."""
        return unpriced_limit_warning(self.model, self.hard_limits, self.now())

    @property
    def unsupported_budget_warning(self) -> str:
        """That the model cannot see the budget by itself, where it cannot; else empty."""
        ctx = self.runner.ctx
        return unsupported_budget_warning(self.state, self.model, ctx.run, ctx.settings.host)

    # Prompt cache and compaction -------------------------------------------------

    @property
    def cache_costs(self) -> CacheCosts:
        """What the next request loses of the prompt cache."""
        return CacheCosts(self.state, self.runner.ctx)

    @property
    def why_not_compact(self) -> str:
        """Why `/compact` does nothing, as sentences; empty where it shortens the conversation."""
        return why_not_compact(self.state, self.runner.ctx)

    @property
    def compaction_cost_sentence(self) -> str:
        """What shortening the conversation costs now."""
        return compaction_cost_sentence(self.state, self.runner.ctx)

    # Requests --------------------------------------------------------------------

    @property
    def recent_requests(self) -> Sequence[Request]:
        """The last requests of this run, as sent; the newest last."""
        return tuple(self.runner.ctx.run.recent_requests)

    def rebuilt_requests(self) -> list[RebuiltRequest]:
        """The last requests of an earlier run, built again from the log."""
        return rebuild_requests(self.records, self.runner.ctx)

    # Settings --------------------------------------------------------------------

    def apply(self, resolved: ResolvedSettings) -> None:
        """Go on with other settings: stages, limits of the tools, rules."""
        ctx, settings = self.runner.ctx, resolved.settings
        hosts = settings.catalogue.budget_hosts
        if hosts != self.resolved.settings.catalogue.budget_hosts:
            self.catalogue.budget_hosts = hosts
            told = self.catalogue.server_supports_task_budget(
                self.base_url, simulator=self.simulated
            )
            ctx.run.server_supports_task_budget = told
        self.resolved = resolved
        ctx.settings = ctx.settings.with_resolved(resolved)
        allowance = rate_allowance(settings.rate_limits, self.catalogue)
        ctx.services.pacing.scheduler.allow(allowance)
        self.environment.limits = replace(
            self.environment.limits,
            output_characters=settings.tools.output_limit,
            command_seconds=settings.tools.bash_timeout,
        )
        permissions = settings.permissions
        self.sandbox.update_config(SandboxConfig.from_settings(settings.sandbox))
        rules = self.rules.with_settings(permissions.allow, permissions.deny, [])
        ctx.run.rules = rules.with_sandbox(self.sandbox.enforcement)
        self.environment.is_hidden = (
            self.rules.is_hidden if self.rules.denies_reading else hide_nothing
        )
        if self.crew is not None:
            self.crew.tree.pass_on_rules()

    async def use_key(self, key: str) -> None:
        """Work with a key that the user typed from the next request on."""
        await self.on_key_typed(key)
        self.key_source = TYPED_KEY
        environment = self.environment
        environment.redactor = environment.redactor.with_secrets({key: TYPED_KEY})

    def setting(self, key: str) -> EffectiveSetting:
        """A setting in words as it holds in this session, and who set it."""
        sources = SettingSources(self.resolved, self.state, self.settings, self.catalogue)
        return effective_setting(key, sources)

    # Meters ----------------------------------------------------------------------

    def meters(self) -> Meters:
        """The five meters now."""
        state, thresholds, limits = self.state, self.settings.thresholds, self.hard_limits
        now = self.now()
        read = read_meters(
            state,
            window=context_window(state, self.catalogue),
            cache_until=state.prompt_cache.cold_at(now),
            teller=self.countdown_source,
            thresholds=thresholds,
            most=max_grant(self.settings.caps),
        )
        priced = has_price(self.model, datetime.fromtimestamp(now, UTC).date())
        dollars = None
        if read.budget is None and priced and limits.dollars is not None:
            dollars = _dollar_meter(state, limits.dollars, thresholds)
        context = self._priced(replace(read.context, assumed=self.model.window_assumed))
        if (since := self.runner.ctx.run.paced_since) is not None and state.turn_open:
            worked = state.active_seconds_until(since)
            read = replace(read, working_seconds=worked, working_since=None)
        return replace(
            read,
            hard_limits=limits,
            context=context,
            priced=priced,
            dollars=dollars,
            monthly=self.runner.ctx.run.monthly_standings,
        )

    def _priced(self, context: ContextMeter) -> ContextMeter:
        """The meter with what its context costs: read from the cache, and once that is cold."""
        warmth = self.state.prompt_cache
        model = self.catalogue.model(warmth.model) if warmth.model else self.model
        return replace(
            context,
            read_price=cache_read_price(context.used, model, warmth),
            cold_price=cold_cost(warmth, model).dollars,
        )


def _dollar_meter(state: SessionState, limit: Decimal, thresholds: StageThresholds) -> DollarMeter:
    meter = DollarMeter(
        limit=limit,
        used=(state.bill.dollars or Decimal(0)) + state.team.dollars,
        estimated=state.bill.estimated,
        budget_follows=state.pending_dollar_limit is not None,
    )
    return replace(meter, stage=dollar_stage(meter.share, thresholds))


class SessionOpenError(Exception):
    """A session could not be opened; the text is one sentence that says what to do."""


class NoCredentials(SessionOpenError):
    """There is no key, and nobody asked for the simulator."""


class NothingToResume(SessionOpenError):
    """There is no session to resume, or none of that name."""


class SessionOpener(Protocol):
    """Opens sessions: the wiring of the command line."""

    async def open(self, which: str | None, *, fork: bool = False) -> OpenSession:
        """Open a session.

        Args:
            which: Id or name of the one to resume, `latest`, or None for a new one.
            fork: Whether a new session goes on from there, and the other stays as it is.

        Raises:
            SessionOpenError: it cannot be opened.
        """
        ...

    async def summaries(self) -> Sequence[SessionSummary]:
        """All sessions of this folder, the newest first."""
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

    def use_key(self, key: str) -> None:
        """From the next opening on, work with a key that the user typed, and with the server."""
        ...

    def use_server(self, address: str) -> None:
        """From the next opening on, work with a server whose address the user typed."""
        ...

    async def close(self) -> None:
        """End what was started."""
        ...

"""The session of an agent: its own log beside the parent's, its own state, context and runner.

It sends the same system text and the same tools as its parent, so that all of them share the prompt
cache; what makes it an agent of its kind is in its first message. Its rules are at most its
parent's, and every limit of it is hard.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from tui.agent.agent_ends import DELEGATE
from tui.agent.background_jobs import BackgroundJobs, JobStatus
from tui.agent.command_protection import CommandProtection
from tui.agent.permissions import PermissionRules
from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.delegate_tool import DelegateTool
from tui.agent.tools.base import ToolEnvironment, hide_nothing, one_line
from tui.agent.tools.file_versions import FileVersions
from tui.agent.turn_context import RunState, TurnContext
from tui.agent.user_inbox import UserInbox
from tui.budget.hard_limits import HardLimits
from tui.budget.team_limits import TeamLimits
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.resume import resume
from tui.session.session_paths import agent_log_path
from tui.session.state import SessionState
from tui.session.store import Clock, SessionStore
from tui.session.store_errors import SessionReadOnly
from tui.session.team_account import TeamAgent

NOBODY_LIMITS_ANSWERS = 10.0**9
"""Seconds: the team answers the questions about an agent's limits, and has its own patience."""

NAMED_JOB = 80
"""Characters of a command line that is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFiles:
    """Where the logs of a session and its agents are, and how they are written."""

    path: Path
    """The file of the session."""
    thread: ThreadPoolExecutor
    """The one thread in which logs are used."""
    now: Clock
    """Stamps their events."""
    program: str
    """Version of this program."""

    async def run(self, act: Callable[[], SessionStore]) -> SessionStore:
        """Do something with logs, in their thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, act)


@dataclass(slots=True)
class ChildSession:
    """An agent's session, open for work."""

    store: SessionStore
    runner: SessionRunner
    changes: tuple[ev.FileChange, ...] = ()
    """What its tools changed before it was opened again."""

    @property
    def state(self) -> SessionState:
        """Its state."""
        return self.runner.state

    @property
    def environment(self) -> ToolEnvironment:
        """What its tools may read, change and run."""
        return self.runner.ctx.services.environment

    @property
    def may_go_on(self) -> asyncio.Event:
        """Cleared while it is paused."""
        return self.runner.ctx.run.gates[-1]

    async def take_mode(self, mode: ev.Mode) -> None:
        """Work in the mode of its session: it may have changed since this one was opened."""
        if (self.state.mode, self.runner.ctx.run.rules.mode) != (mode, mode):
            await self.runner.change_mode(mode)

    def take_rules(self, rules: PermissionRules) -> None:
        """Work by the rules of its session as they are now; see `PermissionRules.of_agent`."""
        run = self.runner.ctx.run
        run.rules = rules.of_agent(run.rules)
        self.environment.is_hidden = (
            run.rules.is_hidden if run.rules.denies_reading else hide_nothing
        )

    async def take_grant(self, answered: ev.PermissionAnswered) -> None:
        """Log what the user allowed the whole team; the rules themselves come from the session.

        Args:
            answered: As the log of the session has it.
        """
        if not set(answered.rules) <= set(self.state.rules):
            await self.runner.commit(answered)

    async def end_jobs(self) -> str:
        """End what its commands left running; what that changed in protected files is put back.

        Its turn is over, so nobody can be asked about them, and its work is about to be taken.

        Returns:
            What there is to say of it, for the lead; empty for nothing.
        """
        jobs = [job for job in self.environment.jobs.statuses() if job.running]
        for job in jobs:
            await self.environment.jobs.stop(job.number)
        protection = self.runner.ctx.run.protection
        if protection is not None and (jobs or self._was_cut_off(protection)):
            await protection.put_back(jobs=False)
        return "\n".join(map(_ended_job, jobs))

    def _was_cut_off(self, protection: CommandProtection) -> bool:
        """Whether a kill of the program cut off a command in the agent's own folder."""
        journal, log = protection.journal, self.runner.ctx.run.log_path
        return protection.broke_off and journal is not None and journal.log == log

    async def close(self, files: TeamFiles) -> None:
        """End what its commands left running, and close its log."""
        await self.end_jobs()
        await asyncio.get_running_loop().run_in_executor(files.thread, self.store.close)


def _ended_job(job: JobStatus) -> str:
    """That a job was ended with its agent, and where its output is. Foreign text in it."""
    line = one_line(job.command_line, NAMED_JOB)
    output = f" What it printed: {job.file}." if job.file else ""
    return f"[It left running, and that was ended with it: {line}.{output}]"


async def open_child(
    parent: SessionRunner,
    spawned: ev.AgentSpawned,
    kind: AgentKind,
    files: TeamFiles,
    kinds: Mapping[str, AgentKind],
) -> ChildSession:
    """Begin the log of an agent whose reservation is committed.

    Args:
        parent: Runs the session that delegates.
        spawned: The reservation.
        kind: What it may do.
        files: Where the logs are.
        kinds: All kinds of the session, as its tools name them.

    Raises:
        StoreError: the log could not be made.
    """
    events = _first_events(parent.state, spawned, kind, files.program)

    def make() -> SessionStore:
        store = SessionStore.create(agent_log_path(files.path, spawned.agent), now=files.now)
        store.append(events)
        return store

    store = await files.run(make)
    records = await asyncio.get_running_loop().run_in_executor(
        files.thread, lambda: list(store.records())
    )
    state = fold(records, parent.state.counting)
    ctx = _context(parent.ctx, spawned.agent, spawned.dollars, kind, kinds)
    ctx.run.log_path = store.path
    return ChildSession(store, SessionRunner(store, state, ctx, files.thread))


async def reopen_child(
    parent: SessionRunner,
    agent: TeamAgent,
    kind: AgentKind,
    files: TeamFiles,
    kinds: Mapping[str, AgentKind],
) -> ChildSession:
    """Open the log of an agent again that a crash left at work, and close what it left open.

    Args:
        parent: Runs the session that delegates.
        agent: As the session's log has it.
        kind: What it may do.
        files: Where the logs are.
        kinds: All kinds of the session.

    Raises:
        StoreError: there is no log, or it cannot be opened.
    """
    path = agent_log_path(files.path, agent.name)
    loop = asyncio.get_running_loop()
    resumed = await loop.run_in_executor(files.thread, lambda: resume(path, now=files.now))
    store = resumed.store
    if store.read_only:
        store.close()
        raise SessionReadOnly(path, store.restore_notice)
    state = fold(resumed.records, parent.state.counting)
    partial = await loop.run_in_executor(files.thread, store.partial)
    ctx = _context(parent.ctx, agent.name, agent.dollar_limit, kind, kinds)
    ctx.run.log_path = path
    done = (each.event for each in resumed.records)
    changes = [change for event in done for change in getattr(event, "changes", ())]
    runner = SessionRunner(store, state, ctx, files.thread)
    child = ChildSession(store, runner, tuple(changes))
    await child.runner.recover(partial.text if partial else "")
    return child


def _first_events(
    parent: SessionState, spawned: ev.AgentSpawned, kind: AgentKind, program: str
) -> list[ev.Event]:
    preamble = parent.preamble
    assert preamble is not None, "a session has its preamble before its first turn"
    pool = min(kind.pool, spawned.reserved // 2)
    events: list[ev.Event] = [
        ev.SessionStarted(
            session=f"{parent.session}.{spawned.agent}",
            folder=parent.folder,
            program=program,
            model=spawned.model,
            effort=spawned.effort,
            mode=parent.mode,
            agent_of=(parent.session, spawned.agent),
            branch=parent.branch,
            copy_of=parent.copy_of,
        ),
        ev.PreambleSet(
            system=preamble.system,
            tools=preamble.tools,
            context=preamble.context,
            memory=preamble.memory,
        ),
        ev.BudgetGranted(total=spawned.reserved - pool, source="the team's pool"),
    ]
    events += [ev.SessionTagged(name=parent.tag)] if parent.tag else []
    return [*events, *([ev.PoolSet(total=pool, source="its kind")] if pool else [])]


def _context(
    parent: TurnContext,
    name: str,
    dollars: Decimal | None,
    kind: AgentKind,
    kinds: Mapping[str, AgentKind],
) -> TurnContext:
    """What the turns of an agent work with: the parent's line, and rules at most the parent's.

    Args:
        parent: What the turns of the session work with.
        name: The agent.
        dollars: Its limit in dollars; None without one.
        kind: What it may do.
        kinds: All kinds of the session.
    """
    limits = parent.settings.team
    settings = replace(
        parent.settings,
        hard_limits=agent_limits(dollars, limits),
        limit_policy="ask",  # its crew answers, with a screen and without
        limit_answer_seconds=NOBODY_LIMITS_ANSWERS,
    )
    environment = parent.services.environment
    scratch = environment.scratch_folder
    own = replace(
        environment,
        file_versions=FileVersions(),
        jobs=BackgroundJobs(),
        scratch_folder=scratch / name if scratch else None,
    )
    services = replace(
        parent.services,
        environment=own,
        inbox=UserInbox(),
        tools={**parent.services.tools, DELEGATE: DelegateTool(None, kinds)},
        team=None,
        pacing=parent.services.pacing.child(name),
    )
    if parent.run.protection is None:
        parent.run.protection = CommandProtection.of(environment, parent.run.log_path)
    run = RunState(
        rules=replace(parent.run.rules, tools=_both(parent.run.rules.tools, kind.permitted_tools)),
        server_supports_task_budget=parent.run.server_supports_task_budget,
        cache_diagnostics_enabled=parent.run.cache_diagnostics_enabled,
        protection=parent.run.protection,
        changing=parent.run.changing,
        may_send=parent.run.may_send,
        gates=(*parent.run.gates, _open_gate()),
    )
    return TurnContext(settings, services, run)


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


def _both(above: frozenset[str] | None, own: frozenset[str] | None) -> frozenset[str] | None:
    """The tools that two lists permit; None permits all."""
    return own if above is None else above if own is None else above & own


def agent_limits(dollars: Decimal | None, limits: TeamLimits) -> HardLimits:
    """The hard limits of an agent: nothing beyond its reservation, few requests, little time.

    Args:
        dollars: Its part of the session's limit; None without one.
        limits: Of the team.
    """
    return HardLimits(
        over_budget=0,
        dollars=dollars,
        requests=limits.requests,
        minutes=Decimal(limits.minutes),
    )

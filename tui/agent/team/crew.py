"""The agents of one session at work: each a conversation of its own, all on one pool.

The crew spawns an agent with an event that is its reservation, runs its turn, hands its questions
to the user, books what it uses and ends it. Every event of the session's log is committed before
what it speaks of happens. An agent ends once, whatever ends it.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tui.agent.agent_ends import DELEGATE
from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.effective_limits import limits_in_force
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.agent_report import finished_event, result_text, settled_event
from tui.agent.team.agent_words import first_message
from tui.agent.team.child_session import ChildSession, TeamFiles, open_child
from tui.agent.team.delegate_tool import DelegateTool
from tui.agent.team.shared_prefix import SharedPrefix
from tui.agent.team.spawn_question import SpawnQuestion
from tui.agent.team.spawn_rules import (
    AgentOrder,
    LeadFigures,
    count_problem,
    lead_problem,
    pool_problem,
)
from tui.agent.tools.base import ProgressCallback, ToolError, ToolOutcome
from tui.agent.turn_items import ToolOutput
from tui.budget.request_pacing import PacedWait
from tui.budget.stages import reserve
from tui.budget.team_limits import SMALLEST_AGENT, TeamLimits
from tui.budget.wire_budget import MIN_TASK_BUDGET
from tui.claude.model_names import model_or_unknown
from tui.claude.stream_events import KeepAlive, Retrying
from tui.number_format import format_tokens
from tui.session import events as ev
from tui.session.session_paths import agent_log_path
from tui.session.state import SessionState
from tui.session.store_errors import StoreError
from tui.session.team_account import PURSE, TeamAccount

SETTLE_SECONDS = 2.0
"""Seconds between two settlements of one agent, at least."""


@dataclass(slots=True)
class _Agent:
    """One agent at work."""

    name: str
    order: AgentOrder
    progress: ProgressCallback
    reserved: int = 0
    interrupt: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to stop it before it has a session."""
    why: str = ""
    """What stops it, as a sentence."""
    child: ChildSession | None = None
    doing: str = ""
    """Its last act in one line."""
    changes: list[ev.FileChange] = field(default_factory=list)
    """What its tools changed."""
    settled_at: float = 0.0

    def stop(self, why: str) -> None:
        """Stop it as soon as it can stop."""
        self.why = self.why or why
        self.interrupt.set()
        if self.child is not None:
            self.child.runner.interrupt(self.why)


class Crew:
    """The agents of one session."""

    def __init__(
        self,
        runner: SessionRunner,
        kinds: Mapping[str, AgentKind],
        files: TeamFiles,
        question: SpawnQuestion,
        *,
        depth: int = 0,
    ) -> None:
        """Args:
        runner: Runs the session that delegates.
        kinds: Those that can be asked for.
        files: Where the logs are.
        question: Asks the user before agents begin.
        depth: How many levels above it there are; 0 for the user's own session.
        """
        self.kinds = kinds
        self._runner = runner
        self._files = files
        self._question = question
        self._depth = depth
        self._agents: dict[str, _Agent] = {}
        """Those at work."""
        self._spawning = asyncio.Lock()
        self._places = asyncio.Semaphore(1 if depth else runner.ctx.settings.team.at_once)
        self._prefix = SharedPrefix()
        self._questions = AgentQuestions(runner)
        self._tasks: set[asyncio.Task[Any]] = set()
        runner.listeners.append(self._on_own_item)

    @property
    def _state(self) -> SessionState:
        return self._runner.state

    @property
    def _limits(self) -> TeamLimits:
        return self._runner.ctx.settings.team

    # Before they begin -----------------------------------------------------------

    async def ask_before(self, blocks: Sequence[ev.JSON]) -> None:
        """See `tui.agent.turn_context.Team`."""
        calls = [block for block in blocks if block["name"] == DELEGATE]
        orders = [order for call in calls if (order := self._order(call["input"])) is not None]
        if orders:
            await self._question.ask(str(calls[0]["id"]), orders)

    def _order(self, given: object) -> AgentOrder | None:
        """What a call asks for; None where it is no valid call, and gets its own answer."""
        if not isinstance(given, dict) or given.get("kind") not in self.kinds:
            return None
        kind, budget = self.kinds[given["kind"]], given.get("budget")
        wish = budget if isinstance(budget, int) and budget > 0 else kind.budget
        return AgentOrder(kind=kind, task=str(given.get("task", "")), budget=wish)

    # One agent -------------------------------------------------------------------

    async def run_agent(
        self, kind: AgentKind, task: str, budget: int, progress: ProgressCallback
    ) -> ToolOutcome:
        """See `tui.agent.team.delegate_tool.AgentRunner`."""
        agent = _Agent("", AgentOrder(kind=kind, task=task, budget=budget), progress)
        work = self._begin(self._work(agent))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            inbox = self._runner.ctx.services.inbox
            late = "The time of the turn was over." if inbox.timed_out else "You interrupted."
            agent.stop(inbox.interrupted_by or late)
            await asyncio.wait([work])
            raise

    def _begin(self, act: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something in a task of its own, which nobody cancels."""
        task = asyncio.get_running_loop().create_task(act)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _work(self, agent: _Agent) -> ToolOutcome:
        """From the reservation to the report."""
        spawned = await self._spawn(agent)
        sentence = ""
        try:
            await self._run(agent, spawned)
        except Interrupted:
            sentence = agent.why
        except StoreError as error:
            sentence = error.sentence
        except Exception as error:  # the border to the agent: a mistake must not cost the team
            sentence = f"The agent broke off ({type(error).__name__}: {error})."
        finished = await self._finish(agent, sentence)
        summary = f"{finished.end.replace('_', ' ')} · {format_tokens(finished.charged)} used"
        return ToolOutcome(
            content=result_text(agent.name, finished, agent.reserved, self._state.team.pool),
            status="error" if finished.end in ("failed", "crashed") else "done",
            summary=f"partial: {summary}" if finished.partial else summary,
            changes=tuple(agent.changes),
        )

    async def _spawn(self, agent: _Agent) -> ev.AgentSpawned:
        """Reserve what an agent may use: the event is the reservation.

        Raises:
            ToolError: it may not begin.
        """
        async with self._spawning:
            order, state = agent.order, self._state
            if problem := self._why_not(order):
                raise ToolError(problem)
            _, answer = state.team.books.reserve(
                "next", PURSE, max(order.budget, order.least), minimum=order.least
            )
            agent.name, agent.reserved = state.team.next_name(order.kind.name), answer.amount
            model = order.kind.model
            chosen = model_or_unknown(self._runner.ctx.services.catalogue, model or state.model)
            spawned = ev.AgentSpawned(
                agent=agent.name,
                log=agent_log_path(self._files.path, agent.name).name,
                agent_kind=order.kind.name,
                task=order.task,
                model=chosen.id,
                effort=chosen.effort(order.kind.effort or state.effort),
                reserved=answer.amount,
                told="api" if answer.amount >= MIN_TASK_BUDGET else "notes",
                tool_use=self._call_of(order),
                dollars=self._dollars(answer.amount),
            )
            await self._runner.commit(spawned)
            self._agents[agent.name] = agent
            return spawned

    def _why_not(self, order: AgentOrder) -> str:
        state = self._state
        return (
            self._question.refusal
            or count_problem(state.team, state.turn, self._question.allowed)
            or lead_problem(state.team, self._lead, self._limits)
            or pool_problem(state.team, order)
        )

    @property
    def _lead(self) -> LeadFigures:
        state, thresholds = self._state, self._runner.ctx.settings.thresholds
        return LeadFigures(state.left, reserve(state.grant or 0, thresholds))

    def _call_of(self, order: AgentOrder) -> str:
        """The call that asked for it: the first of the same words that has no agent yet."""
        taken = {agent.tool_use for agent in self._state.team.agents.values()}
        for tool_use, started in self._state.running_tools.items():
            task = started.input.get("task") if started.name == DELEGATE else None
            if task == order.task and tool_use not in taken:
                return tool_use
        return ""

    def _dollars(self, reserved: int) -> Decimal | None:
        """The agent's part of what the limit in dollars leaves; None without one.

        All parts together never pass it: each is to the rest as its tokens are.
        """
        limit = limits_in_force(self._state, self._runner.ctx.settings).dollars
        if limit is None:
            return None
        state = self._state
        spent = (state.bill.dollars or Decimal(0)) + state.team.dollars_held
        all_tokens = max(reserved, state.team.pool.free + max(0, state.left or 0))
        return max(Decimal(0), (limit - spent) * reserved / all_tokens)

    async def _run(self, agent: _Agent, spawned: ev.AgentSpawned) -> None:
        """Wait for a place and for the shared prefix, then work on the task.

        Raises:
            Interrupted: it was stopped before it began.
            StoreError: its log could not be written.
        """
        await run_interruptible(agent.interrupt, self._places.acquire)
        try:
            child = await open_child(
                self._runner, spawned, agent.order.kind, self._files, self.kinds
            )
            agent.child = child
            child.runner.listeners.append(lambda item: self._on_item(agent, child, item))
            self._give_agents(child)
            prefix = self._prefix.of(spawned.model, agent.name)
            await run_interruptible(agent.interrupt, prefix.wait)
            await child.runner.run_turn(agent.order.task, first_message(spawned, agent.order.kind))
        finally:
            self._prefix.ready(spawned.model, agent.name)
            self._places.release()

    def _give_agents(self, child: ChildSession) -> None:
        """Let an agent with a pool of its own delegate, one level further down."""
        if child.state.team.has_pool and self._depth + 1 < self._limits.depth:
            files = replace(self._files, path=child.store.path)
            question = SpawnQuestion(child.runner, self._question.past)
            attach_crew(
                child.runner, Crew(child.runner, self.kinds, files, question, depth=self._depth + 1)
            )

    async def _finish(self, agent: _Agent, sentence: str) -> ev.AgentFinished:
        """End an agent: its figures, its report, the refund."""
        child = agent.child
        if child is None:
            end: ev.AgentEnd = "stopped" if agent.interrupt.is_set() else "failed"
            finished = ev.AgentFinished(
                agent=agent.name,
                number=0,
                end=end,
                charged=0,
                partial=True,
                report="It had not begun.",
                sentence=sentence,
            )
        else:
            finished = finished_event(agent.name, child.state, self._limits, sentence)
        await self._questions.close(agent.name)
        await self._runner.commit(finished)
        self._agents.pop(agent.name, None)
        if not self._agents:
            self._prefix = SharedPrefix()  # the cache may be cold when the next ones begin
        if child is not None:
            await child.close(self._files)
        return finished

    # While it works --------------------------------------------------------------

    def _on_item(self, agent: _Agent, child: ChildSession, item: Published) -> None:
        """Take what an agent's runner publishes."""
        if not isinstance(item, ev.Record):
            if not isinstance(item, Retrying | KeepAlive | ToolOutput | PacedWait):
                self._prefix.ready(child.state.model, agent.name)
            return
        match item.event:
            case ev.ToolStarted(name=name, subject=subject):
                agent.doing = f"{name} {subject}".strip()
                self._tell(agent, child)
            case ev.RequestFinished():
                self._prefix.ready(child.state.model, agent.name)
                self._tell(agent, child)
                self._settle(agent, child)
            case ev.ToolFinished(changes=changes):
                agent.changes += changes
            case ev.PermissionAsked() as asked if child.runner.ctx.settings.interactive:
                self._begin(self._questions.forward(agent.name, child, asked))
            case ev.PermissionAnswered() as answered if child.runner.ctx.settings.interactive:
                self._begin(self._questions.record(agent.name, answered))
            case ev.LimitReached() as reached if child.runner.ctx.settings.interactive:
                self._begin(self._answer_limit(agent, child, reached))

    def _tell(self, agent: _Agent, child: ChildSession) -> None:
        used, had = format_tokens(child.state.charged), format_tokens(agent.reserved)
        doing = f" · {agent.doing}" if agent.doing else ""
        agent.progress(f"{agent.name} · {used} of {had} used{doing}")

    def _settle(self, agent: _Agent, child: ChildSession) -> None:
        """Book what an agent used so far; its end books the rest."""
        now = self._runner.ctx.services.now()
        if agent.settled_at and now - agent.settled_at < SETTLE_SECONDS:
            return
        agent.settled_at = now
        self._begin(self._runner.commit(settled_event(agent.name, child.state, agent.doing)))

    def _on_own_item(self, item: Published) -> None:
        """What happens in the session itself holds for its agents: a mode is at most its own."""
        if isinstance(item, ev.Record) and isinstance(item.event, ev.ModeChanged):
            for agent in self._agents.values():
                if agent.child is not None:
                    self._begin(agent.child.runner.change_mode(item.event.mode))

    # More budget -----------------------------------------------------------------

    async def extend(self, name: str, by: int, by_whom: str = "user") -> str:
        """Give an agent at work more of the pool; a sentence where it gets none.

        Args:
            name: The agent.
            by: Tokens.
            by_whom: Who gives them.
        """
        agent = self._agents.get(name)
        if agent is None or agent.child is None:
            return f"No agent named {name} is at work."
        if problem := await self._reserve_more(agent, by):
            return problem
        await agent.child.runner.commit(ev.BudgetExtended(by=by))
        return ""

    async def _reserve_more(self, agent: _Agent, by: int) -> str:
        async with self._spawning:
            _, answer = self._state.team.books.extend(agent.name, by, minimum=by)
            if answer.outcome != "granted":
                free = max(0, self._state.team.pool.free)
                return f"{free:,} are free in the pool. /budget +{by:,} --team adds to it."
            await self._runner.commit(ev.AgentExtended(agent=agent.name, by=by))
            agent.reserved += by
            return ""

    async def _answer_limit(
        self, agent: _Agent, child: ChildSession, reached: ev.LimitReached
    ) -> None:
        """An agent is at a limit: at its budget the user may give more, else it lands or ends."""
        free = self._state.team.pool.free
        by = min(max(reached.extend_by, SMALLEST_AGENT), free)
        if reached.limit == "budget" and by >= SMALLEST_AGENT:
            await self._runner.commit(ev.AgentAsked(agent=agent.name, by=by, why=agent.doing))
            given = await self._questions.ask_for_more(agent.name, child, by, free)
            if given and not await self._reserve_more(agent, by):
                child.runner.answer_limit("extend", by)
                return
        child.runner.answer_limit("stop" if reached.limit == "progress" else "finish")

    # Stopping --------------------------------------------------------------------

    def stop(self, name: str, why: str = "You stopped it.") -> bool:
        """Stop one agent at work; says whether there was one."""
        agent = self._agents.get(name)
        if agent is not None:
            agent.stop(why)
        return agent is not None

    def steer(self, name: str, text: str) -> bool:
        """Say something to one agent at work; says whether there was one."""
        agent = self._agents.get(name)
        if agent is None or agent.child is None:
            return False
        agent.child.runner.steer(text)
        return True

    # What is below ---------------------------------------------------------------

    def teams_below(self) -> dict[tuple[str, ...], TeamAccount]:
        """The teams of agents at work that delegate further, by the names that lead to them."""
        found: dict[tuple[str, ...], TeamAccount] = {}
        for agent in self._agents.values():
            child = agent.child
            if child is None or not child.state.team.agents:
                continue
            found[agent.name,] = child.state.team
            crew = child.runner.ctx.services.team
            if isinstance(crew, Crew):
                found |= {(agent.name, *path): team for path, team in crew.teams_below().items()}
        return found


def attach_crew(runner: SessionRunner, crew: Crew) -> None:
    """Let a session delegate to its crew from the next call on."""
    ctx = runner.ctx
    tools = {**ctx.services.tools, DELEGATE: DelegateTool(crew, crew.kinds)}
    ctx.services = replace(ctx.services, tools=tools, team=crew)

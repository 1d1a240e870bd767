"""The agents of one session at work: each a conversation of its own, all on one pool.

The crew spawns an agent with an event that is its reservation, runs its turn, hands its questions
to the user, books what it uses and ends it. Every event of the session's log is committed before
what it speaks of happens. An agent ends once, whatever ends it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from tui.agent.agent_ends import DELEGATE
from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.pacing_words import rate_left_words
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.team.agent_folders import AgentFolders
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.agent_report import end_event, result_text, with_remark
from tui.agent.team.agent_settlement import settled
from tui.agent.team.agent_words import first_message
from tui.agent.team.child_session import ChildSession, TeamFiles, open_child
from tui.agent.team.delegate_tool import DelegateTool
from tui.agent.team.first_answer_gate import FirstAnswerGate
from tui.agent.team.late_reports import LateReports
from tui.agent.team.more_budget import MoreBudget
from tui.agent.team.pool_shares import PoolShares
from tui.agent.team.reservations import Reservations
from tui.agent.team.returning_agents import GO_ON, ReturningAgents
from tui.agent.team.spawn_question import SpawnQuestion
from tui.agent.team.spawn_rules import AgentOrder
from tui.agent.team.team_pause import TeamPause
from tui.agent.team.team_stop import STOPPED, TeamStop
from tui.agent.team.team_tree import TeamTree
from tui.agent.team.working_agent import WorkingAgent
from tui.agent.team.workplaces import Workplaces
from tui.agent.tools.base import CallCutShort, ProgressCallback, ToolOutcome
from tui.agent.turn_items import ToolOutput
from tui.budget.request_pacing import PacedWait
from tui.budget.team_limits import TeamLimits
from tui.claude.stream_events import KeepAlive, Retrying
from tui.session import events as ev
from tui.session.state import SessionState
from tui.session.store_errors import StoreError


class Crew:
    """The agents of one session."""

    def __init__(
        self,
        runner: SessionRunner,
        kinds: Mapping[str, AgentKind],
        files: TeamFiles,
        question: SpawnQuestion,
        *,
        folders: AgentFolders | None = None,
        depth: int = 0,
        above: "Crew | None" = None,
    ) -> None:
        """Args:
        runner: Runs the session that delegates.
        kinds: Those that can be asked for.
        files: Where the logs are.
        question: Asks the user before agents begin.
        folders: Gives agents worktrees; None where none has one.
        depth: How many levels above it there are; 0 for the user's own session.
        above: The crew of the user's own session, where this one is an agent's.
        """
        self.kinds = kinds
        self._runner = runner
        self._files = files
        self._question = question
        self._depth = depth
        self._agents: dict[str, WorkingAgent] = {}
        """Those at work."""
        self._whole: Crew = above or self
        self._reservations: Reservations = Reservations(
            runner, files, question, above._reservations if above else None
        )
        self._shares = PoolShares(runner, self._reservations.lock)
        self.tree: TeamTree = TeamTree(runner, self._agents)
        question.counts = self._whole.tree.counts
        question.above = above._question if above else None
        self._places = asyncio.Semaphore(1 if depth else runner.ctx.settings.team.at_once)
        self._gates = defaultdict[str, FirstAnswerGate](FirstAnswerGate)
        """By model: the agents that begin together, behind the one that fills the prompt cache."""
        self._questions = AgentQuestions(runner)
        self.workplaces = Workplaces(runner, folders, self._questions, of_agent=depth > 0)
        self._more_budget = MoreBudget(runner, self._reservations, self._questions, question)
        self.returning = ReturningAgents(runner, kinds, files, folders)
        """Agents that a crash left at work."""
        self.stopping = TeamStop(
            self._agents, lambda name: self._begin(self._questions.close(name))
        )
        self.pausing = TeamPause(runner, self._agents)
        self._late_reports = LateReports(runner)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.at_close: list[Callable[[], Awaitable[None]]] = []
        """What else ends with the session."""
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
        tool, env = DelegateTool(self, self.kinds), self._runner.ctx.services.environment
        read = (tool.order(call["input"], env) for call in calls)
        orders = [order for order in read if order is not None]
        if orders:
            await self._question.ask(str(calls[0]["id"]), orders)

    # One agent -------------------------------------------------------------------

    async def run_agent(self, order: AgentOrder, progress: ProgressCallback) -> ToolOutcome:
        """See `tui.agent.team.delegate_tool.AgentRunner`."""
        agent = WorkingAgent("", order, progress)
        work = self._begin(self._work(agent))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            inbox = self._runner.ctx.services.inbox
            late = "The time of the turn was over." if inbox.timed_out else "You interrupted."
            if not agent.has_call:
                raise CallCutShort(self.workplaces.take_changes(agent)) from None
            if not self.stopping.reports_are_due:
                agent.stop(inbox.interrupted_by or late)
            await asyncio.wait([work])
            if agent.goes_on_later:
                raise  # its end will tell
            raise CallCutShort(tuple(agent.changes)) from None

    def _begin(self, act: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something in a task of its own, which nobody cancels."""
        task = asyncio.get_running_loop().create_task(act)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _work(self, agent: WorkingAgent) -> ToolOutcome:
        """From the reservation to the report."""
        spawned = await self._reservations.begin(agent.order)
        agent.name, agent.reserved = spawned.agent, spawned.reserved
        self._agents[agent.name] = agent
        sentence = await _why_ended(agent, self._run(agent, spawned))
        if agent.goes_on_later:
            return await self._put_aside(agent)
        finished = await self._finish(agent, sentence)
        if not agent.has_call:
            await self._late_reports.give(self._result(agent, finished))
        return agent.outcome(finished, self._result(agent, finished))

    def _result(self, agent: WorkingAgent, finished: ev.AgentFinished) -> str:
        pool = self._state.team.pool
        return result_text(agent.name, finished, agent.reserved, pool, agent.handed.decision)

    async def _run(self, agent: WorkingAgent, spawned: ev.AgentSpawned) -> None:
        """Wait for a place and for the shared prefix, then work on the task.

        Raises:
            Interrupted: it was stopped before it began.
            StoreError: its log could not be written.
        """
        await run_interruptible(agent.interrupt, self._places.acquire)
        try:
            kind = agent.order.kind
            child = await open_child(self._runner, spawned, kind, self._files, self.kinds)
            agent.child = child
            child.runner.listeners.append(lambda item: self._on_item(agent, child, item))
            self._shares.join(agent, child)
            await child.take_mode(self._state.mode)
            place = await self.workplaces.begin(agent, child)
            self._give_agents(child)
            gate = self._gates[spawned.model]
            await run_interruptible(agent.interrupt, partial(gate.wait, agent.name))
            first = first_message(spawned.agent, spawned.task, kind, place)
            await child.runner.run_turn(agent.order.task, first)
        finally:
            self._gates[spawned.model].ended(agent.name)
            self._places.release()

    def _give_agents(self, child: ChildSession) -> None:
        """Let an agent with a pool of its own delegate, one level further down."""
        if child.state.team.has_pool and self._depth + 1 < self._limits.depth:
            files = replace(self._files, path=child.store.path)
            question = SpawnQuestion(child.runner, self._question.past)
            attach_crew(
                child.runner,
                Crew(
                    child.runner,
                    self.kinds,
                    files,
                    question,
                    depth=self._depth + 1,
                    above=self._whole,
                ),
            )

    async def _finish(self, agent: WorkingAgent, sentence: str) -> ev.AgentFinished:
        """End an agent: its figures, its report, the refund."""
        child = agent.child
        left_running = "" if child is None else await child.end_jobs()
        unbegun: ev.AgentEnd = "stopped" if agent.interrupt.is_set() else "failed"
        state = None if child is None else child.state
        finished = end_event(agent.name, state, self._limits, sentence, unbegun=unbegun)
        finished = with_remark(finished, left_running)
        finished = await self.workplaces.end(agent, finished)
        try:
            await self._questions.close(agent.name)
            await self._runner.commit(finished)
        except StoreError:
            await self._let_go(agent)
            raise
        finally:
            self.workplaces.release(agent.name)
        await self.workplaces.hand_over(agent, finished)
        await self._let_go(agent)
        return finished

    async def _put_aside(self, agent: WorkingAgent) -> ToolOutcome:
        """Book what an agent used, and leave it without an end: its reservation stays held."""
        assert agent.child is not None, "it had begun"
        await self._questions.close(agent.name)
        await self._runner.commit(settled(self._runner, agent.name, agent.child.state, agent.doing))
        self.workplaces.release(agent.name)
        await self._let_go(agent)
        return ToolOutcome(content=f"Agent {agent.name} waits.", status="error", summary="waits")

    async def _let_go(self, agent: WorkingAgent) -> None:
        self._agents.pop(agent.name, None)
        self._shares.leave(agent.name)
        self.stopping.on_end()
        if not self._agents:
            self._gates.clear()  # the cache may be cold when the next ones begin
        if agent.child is not None:
            await agent.child.close(self._files)

    # While it works --------------------------------------------------------------

    def _on_item(self, agent: WorkingAgent, child: ChildSession, item: Published) -> None:
        """Take what an agent's runner publishes."""
        if not isinstance(item, ev.Record):
            if isinstance(item, PacedWait):
                agent.tell(f"paced: {rate_left_words(item)}")
            elif not isinstance(item, Retrying | KeepAlive | ToolOutput):
                self._gates[child.state.model].answer_began()
            return
        match item.event:
            case ev.ToolStarted(name=name, subject=subject):
                agent.doing = f"{name} {subject}".strip()
                agent.tell()
            case ev.RequestPaced():
                agent.tell()
            case ev.RequestFinished():
                self._gates[child.state.model].answer_began()
                agent.tell()
                self._settle(agent, child)
            case ev.RequestFailed():
                self._settle(agent, child)
            case ev.ToolFinished(changes=changes):
                agent.changes += changes
            case ev.PermissionAsked() as asked if child.runner.ctx.settings.interactive:
                self._begin(self._questions.forward(agent.name, child, asked))
            case ev.PermissionAnswered() as answered if child.runner.ctx.settings.interactive:
                self._begin(self._questions.record(agent.name, answered))
            case ev.LimitReached() as reached:
                self._begin(self._more_budget.answer(agent, child, reached))

    def _settle(self, agent: WorkingAgent, child: ChildSession) -> None:
        """Book what an agent used so far; its end books the rest."""
        if child.runner.ctx.run.pool_share is not None:
            self._begin(self._shares.give_back(agent, child))
        elif agent.may_settle(self._runner.ctx.services.now()):
            self._begin(
                self._runner.commit(settled(self._runner, agent.name, child.state, agent.doing))
            )

    def _on_own_item(self, item: Published) -> None:
        """What happens in the session itself holds for its agents: a mode is at most its own."""
        event = item.event if isinstance(item, ev.Record) else None
        if isinstance(event, ev.ModeChanged):
            for agent in self._agents.values():
                if agent.child is not None:
                    self._begin(agent.child.runner.change_mode(event.mode))
        if isinstance(event, ev.PermissionAnswered) and event.rules:
            self._begin(self.tree.pass_on_answer(event))  # once the session itself has the rules
        if isinstance(event, ev.PoolSet):
            self._shares.wake()
        if isinstance(event, ev.TurnEnded):
            self._begin(self._late_reports.on_turn_ended())
            self._begin(self.pausing.on_turn_ended())

    # More budget -----------------------------------------------------------------

    async def extend(self, name: str, by: int) -> str:
        """Give an agent at work more of the pool; a sentence where it gets none."""
        agent = self._agents.get(name)
        if agent is None or agent.child is None:
            return f"No agent named {name} is at work."
        if problem := await self._reservations.extend(name, by):
            return problem
        agent.raise_by(by)
        await agent.child.runner.commit(ev.BudgetExtended(by=by))
        return ""

    # After a crash -------------------------------------------------------------------

    def go_on(self, name: str) -> bool:
        """Let an agent go on that a crash left at work; says whether there was one.

        Its report goes to the lead with the next prompt.
        """
        found = self.returning.waiting.pop(name, None)
        if found is None:
            return False
        member, child = found.member, found.child
        order = AgentOrder(kind=found.kind, task=member.task, budget=0)
        agent = WorkingAgent(name, order, lambda text: None, self._state.team.reserved(name))
        agent.child, agent.doing = child, "goes on"
        agent.changes, agent.has_call = [*child.changes], False
        self._agents[name] = agent
        child.runner.listeners.append(lambda item: self._on_item(agent, child, item))
        self._shares.join(agent, child)
        self.workplaces.go_on(name, child)
        self._give_agents(child)
        self._begin(self._go_on(agent, child))
        return True

    async def _go_on(self, agent: WorkingAgent, child: ChildSession) -> None:
        sentence = await _why_ended(agent, self._run_on(agent, child))
        if agent.goes_on_later:
            await self._put_aside(agent)
            return
        finished = await self._finish(agent, sentence)
        await self._late_reports.give(self._result(agent, finished))

    async def _run_on(self, agent: WorkingAgent, child: ChildSession) -> None:
        """Wait for a place, then go on with the task; raises what `_run` does."""
        await run_interruptible(agent.interrupt, self._places.acquire)
        try:
            await child.take_mode(self._state.mode)
            child.take_rules(self._runner.ctx.run.rules)
            if self._state.team.agents[agent.name].state == "held":
                await self._runner.commit(ev.AgentPaused(agent=agent.name, paused=False))
            if child.state.turn:
                await child.runner.run_turn(GO_ON)
            else:  # the program ended before it had read its task
                task, kind = agent.order.task, agent.order.kind
                await child.runner.run_turn(task, first_message(agent.name, task, kind))
        finally:
            self._places.release()

    def keep_for_later(self) -> None:
        """Whoever works is about to be interrupted and goes on when the session is opened again.

        Whoever the user has stopped already ends, and so does who has not begun.
        """
        if self.stopping.reports_are_due:
            self.stopping.at_once()
        for agent in self._agents.values():
            agent.keeps_reservation = not agent.interrupt.is_set()

    async def until_done(self) -> None:
        """Wait until nobody works."""
        while self._agents and self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """The session closes: whoever works is stopped; see `keep_for_later` for who goes on."""
        for agent in list(self._agents.values()):
            agent.stop("The session was closed.")
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.returning.close()
        for act in self.at_close:
            await act()

    # Stopping --------------------------------------------------------------------

    def stop(self, name: str, why: str = STOPPED) -> bool:
        """Stop one agent at work, or end one that a crash left; says whether there was one."""
        if name in self.returning.waiting:
            self._begin(self.returning.end(name))
            return True
        agent = self._agents.get(name)
        if agent is not None:
            agent.stop(why)
        return agent is not None

    @property
    def at_work(self) -> list[str]:
        """The names of those at work, the oldest first."""
        return list(self._agents)

    @property
    def held(self) -> bool:
        """Whether the session and its agents stand still."""
        return not self._runner.ctx.run.may_send.is_set()

    def hold(self) -> None:
        """Let nobody begin another request; what runs comes to its end."""
        self._runner.ctx.run.may_send.clear()

    def release(self) -> None:
        """Let all go on that were held."""
        self._runner.ctx.run.may_send.set()

    def steer(self, name: str, text: str) -> bool:
        """Say something to one agent at work; says whether there was one."""
        agent = self._agents.get(name)
        if agent is None or agent.child is None:
            return False
        agent.child.runner.steer(text)
        return True


def attach_crew(runner: SessionRunner, crew: Crew) -> None:
    """Let a session delegate to its crew from the next call on."""
    ctx = runner.ctx
    tools = {**ctx.services.tools, DELEGATE: DelegateTool(crew, crew.kinds)}
    ctx.services = replace(ctx.services, tools=tools, team=crew)


async def _why_ended(agent: WorkingAgent, work: Awaitable[None]) -> str:
    """Let an agent work to its end; why it broke off, as a sentence, empty where it did not."""
    try:
        await work
    except Interrupted:
        return agent.why
    except StoreError as error:
        return error.sentence
    except Exception as error:  # the border to the agent: a mistake must not cost the team
        return f"The agent broke off ({type(error).__name__}: {error})."
    return ""

"""Reserves tokens of the pool for agents: each check and its event are one step.

The event is the reservation. Two agents that begin at once cannot both get the last tokens, because
nothing else is reserved between the look at the pool and the event.
"""

import asyncio
from decimal import Decimal
from typing import Literal

from tui.agent.agent_ends import DELEGATE
from tui.agent.effective_limits import limits_in_force
from tui.agent.session_runner import SessionRunner
from tui.agent.team.child_session import TeamFiles
from tui.agent.team.spawn_question import SpawnQuestion
from tui.agent.team.spawn_rules import (
    AgentOrder,
    LeadFigures,
    count_problem,
    lead_problem,
    planned_agent,
    pool_problem,
)
from tui.agent.tools.base import ToolError
from tui.budget.stages import reserve
from tui.budget.wire_budget import MIN_TASK_BUDGET
from tui.claude.model_names import model_or_unknown
from tui.session import events as ev
from tui.session.session_paths import agent_log_path


class Reservations:
    """The reservations of one session's agents."""

    def __init__(
        self,
        runner: SessionRunner,
        files: TeamFiles,
        question: SpawnQuestion,
        above: "Reservations | None" = None,
    ) -> None:
        """Args:
        runner: Runs the session that delegates.
        files: Where the logs are.
        question: What the user allowed.
        above: Of the lead of the whole team, where these are an agent's: one begins at a time.
        """
        self._runner = runner
        self._files = files
        self._question = question
        self.lock: asyncio.Lock = asyncio.Lock() if above is None else above.lock

    async def begin(self, order: AgentOrder) -> ev.AgentSpawned:
        """Reserve what an agent may use.

        Raises:
            ToolError: it may not begin; the sentence says why.
        """
        async with self.lock:
            runner, state = self._runner, self._runner.state
            if problem := self._why_not(order):
                raise ToolError(problem)
            _, planned = planned_agent(state.team.books, order, runner.ctx.settings)
            agent = state.team.next_name(order.kind.name)
            catalogue = self._runner.ctx.services.catalogue
            model = model_or_unknown(catalogue, order.kind.model or state.model)
            spawned = ev.AgentSpawned(
                agent=agent,
                log=agent_log_path(self._files.path, agent).name,
                agent_kind=order.kind.name,
                task=order.task,
                model=model.id,
                effort=model.effort(order.kind.effort or state.effort),
                reserved=planned.budget,
                holds=planned.holds,
                told="api" if planned.budget >= MIN_TASK_BUDGET else "notes",
                tool_use=self._call_of(order),
                dollars=self._dollars(planned.budget),
            )
            await self._runner.commit(spawned)
            return spawned

    async def extend(self, agent: str, by: int, by_whom: Literal["user", "lead"] = "user") -> str:
        """Reserve more for an agent that lives; a sentence where the pool has too little.

        Args:
            agent: Its name.
            by: Tokens.
            by_whom: Who gives them.
        """
        async with self.lock:
            team = self._runner.state.team
            _, answer = team.books.extend(agent, by, minimum=by)
            if answer.outcome == "ended":
                return f"{agent} has ended: nothing can be added to what it had."
            if answer.outcome != "granted":
                free = max(0, team.pool.free)
                return f"{free:,} are free in the pool. /budget +{by:,} --team adds to it."
            await self._runner.commit(ev.AgentExtended(agent=agent, by=by, by_whom=by_whom))
            return ""

    def _why_not(self, order: AgentOrder) -> str:
        runner, team = self._runner, self._runner.state.team
        return (
            self._question.refusal
            or count_problem(self._question.counts(), self._question.allowed)
            or lead_problem(team, self._lead, runner.ctx.settings.team)
            or pool_problem(team, order)
        )

    @property
    def _lead(self) -> LeadFigures:
        state, thresholds = self._runner.state, self._runner.ctx.settings.thresholds
        return LeadFigures(state.left, reserve(state.grant or 0, thresholds))

    def _call_of(self, order: AgentOrder) -> str:
        """The call that asked for it: the first of the same words that has no agent yet."""
        state = self._runner.state
        taken = {agent.tool_use for agent in state.team.agents.values()}
        for tool_use, started in state.running_tools.items():
            task = started.input.get("task") if started.name == DELEGATE else None
            if task == order.task and tool_use not in taken:
                return tool_use
        return ""

    def _dollars(self, reserved: int) -> Decimal | None:
        """The agent's part of what the limit in dollars leaves; None without one.

        All parts together never pass it: each is to the rest as its tokens are.
        """
        state = self._runner.state
        limit = limits_in_force(state, self._runner.ctx.settings).dollars
        if limit is None:
            return None
        spent = (state.bill.dollars or Decimal(0)) + state.team.dollars_held
        all_tokens = max(reserved, state.team.pool.free + max(0, state.left or 0))
        return max(Decimal(0), (limit - spent) * reserved / all_tokens)

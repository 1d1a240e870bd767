"""An agent at a limit: the lead or the user may give it more of the pool, else it lands or ends.

What the lead ordered comes first: an agent that may be raised "up to" so many tokens is raised once
its own run low, while the pool has them. Without such an order the user is asked.
"""

import asyncio

from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.agent_settlement import settle_before_question
from tui.agent.team.child_session import ChildSession
from tui.agent.team.reservations import Reservations
from tui.agent.team.spawn_question import SpawnQuestion
from tui.agent.team.spawn_rules import lead_extension
from tui.agent.team.working_agent import WorkingAgent
from tui.budget.team_limits import SMALLEST_AGENT
from tui.session import events as ev


class MoreBudget:
    """Answers the questions about the limits of one session's agents."""

    def __init__(
        self,
        runner: SessionRunner,
        reservations: Reservations,
        questions: AgentQuestions,
        allowed: SpawnQuestion,
    ) -> None:
        """Args:
        runner: Runs the session that delegates.
        reservations: Reserve what is given.
        questions: Ask the user.
        allowed: What the user allowed the agents of the turn.
        """
        self._runner = runner
        self._reservations = reservations
        self._questions = questions
        self._allowed = allowed
        self._raising = asyncio.Lock()

    async def answer(
        self, agent: WorkingAgent, child: ChildSession, reached: ev.LimitReached
    ) -> None:
        """Say how an agent goes on at a limit.

        Args:
            agent: The agent.
            child: Its session.
            reached: The limit.
        """
        by = await self._more_tokens(agent, child, reached) if reached.limit == "budget" else 0
        if by:
            agent.raise_by(by)
            child.runner.answer_limit("extend", by)
        else:
            child.runner.answer_limit("stop" if reached.limit == "progress" else "finish")

    async def _more_tokens(
        self, agent: WorkingAgent, child: ChildSession, reached: ev.LimitReached
    ) -> int:
        """Tokens that an agent at its reserve gets, reserved by then; 0 for none."""
        interactive, team = self._runner.ctx.settings.interactive, self._runner.state.team
        allowed = self._allowed.allowed if interactive else None
        async with self._raising:  # two at their reserve share what the turn may come to
            if by := lead_extension(team, agent.name, agent.order, allowed):
                return 0 if await self._reservations.extend(agent.name, by, "lead") else by
        free = team.pool.free
        by = min(max(reached.extend_by, SMALLEST_AGENT), free)
        if not interactive or by < SMALLEST_AGENT:
            return 0
        await settle_before_question(self._runner, agent.name, child.state)
        await self._runner.commit(ev.AgentAsked(agent=agent.name, by=by, why=agent.doing))
        if not await self._questions.ask_for_more(agent.name, child, by, free):
            return 0
        return 0 if await self._reservations.extend(agent.name, by) else by

"""The question before agents begin: how many, what they reserve, what that is likely to take.

One question for all the calls of a message, however many they are. Without a screen there is
nobody to ask: the pool that was given is the answer, and the limits in number hold.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, replace

from tui.agent.agent_ends import DELEGATE
from tui.agent.concurrency import run_interruptible
from tui.agent.session_runner import SessionRunner
from tui.agent.team.spawn_rules import (
    AgentOrder,
    TeamCounts,
    TurnAllowance,
    asks_first,
    planned_budgets,
    usual_allowance,
)
from tui.agent.user_inbox import PermissionAnswer
from tui.history.agent_spends import AgentSpends, estimated_spend, session_spends
from tui.number_format import format_tokens
from tui.sanitize import cut_between_words
from tui.session import events as ev

PastSpends = Callable[[], Awaitable[AgentSpends]]
"""Reads what agents of other sessions took."""
TEAM_FACTOR = "a team takes ≈ 7 times what one session does (published)"
ROW_CHARACTERS = 70
"""Characters of a kind and a task in a question: one row of a small window."""
MAX_ROWS = 12
"""Agents that a question names one by one."""
MORE_AGENTS = 2
"""Agents beyond those asked about that an answer for the turn allows."""


async def no_past() -> AgentSpends:
    """What is known without a history."""
    return {}


class SpawnQuestion:
    """Asks about the agents of one session, turn by turn."""

    def __init__(self, runner: SessionRunner, past: PastSpends = no_past) -> None:
        """Args:
        runner: Runs the session that delegates.
        past: Reads what agents of other sessions took.
        """
        self._runner = runner
        self.past = past
        self._turn = 0
        self._allowed: TurnAllowance | None = None
        self.counts = self._own_counts
        """Counts the whole team; an agent that delegates has its lead's."""
        self.above: SpawnQuestion | None = None
        """Of the lead of the whole team, where this one is an agent's."""
        self.refusal = ""
        """Why no agent of the present message may begin; empty where they may."""

    @property
    def allowed(self) -> TurnAllowance:
        """What the agents of the present turn may come to."""
        own = self._allowed
        if self._turn != self._runner.state.turn or own is None:
            own = usual_allowance(self._runner.ctx.settings.team)
        if self.above is None:
            return own
        whole = self.above.allowed
        agents, in_session = max(own.agents, whole.agents), max(own.in_session, whole.in_session)
        return replace(own, agents=agents, in_session=in_session)

    def _own_counts(self) -> TeamCounts:
        team = self._runner.state.team
        return TeamCounts(len(team.of_turn(self._runner.state.turn)), len(team.agents))

    async def ask(self, tool_use: str, orders: Sequence[AgentOrder]) -> None:
        """Ask about the agents of one message, where they need an answer.

        Args:
            tool_use: The first of its calls.
            orders: All of them.

        Raises:
            Interrupted: the user stopped the turn instead.
        """
        self.refusal = ""
        runner, state = self._runner, self._runner.state
        reserved = planned_budgets(state.team, orders, runner.ctx.settings)
        planned = [tokens for tokens in reserved if tokens]
        interactive = runner.ctx.settings.interactive
        if not planned or not interactive:
            return
        if not asks_first(state.team, state.turn, planned, self.allowed, self.counts()):
            return
        inbox = runner.ctx.services.inbox
        inbox.open_question(tool_use)
        wide = self._wide_allowance(planned)
        kinds = [(each.kind.name, tokens) for each, tokens in zip(orders, reserved, strict=True)]
        known = (await self.past(), session_spends(state.team))
        likely = _likely_words(*estimated_spend([each for each in kinds if each[1]], *known))
        fitting = [each for each, tokens in zip(orders, reserved, strict=True) if tokens]
        refused = len(orders) - len(fitting)
        await runner.commit(self._question(tool_use, fitting, planned, wide, likely, refused))
        answer = await run_interruptible(inbox.interrupt, lambda: inbox.wait_for_answer(tool_use))
        await runner.commit(answer.event(tool_use))
        self._take(answer, planned, wide)

    def _take(self, answer: PermissionAnswer, planned: Sequence[int], wide: TurnAllowance) -> None:
        state = self._runner.state
        self._turn = state.turn
        if answer.answer == "no":
            said = f" They said: {answer.reason}" if answer.reason else ""
            self.refusal = f"The user does not want these agents.{said}"
        elif answer.answer == "once":
            of_turn = state.team.of_turn(state.turn)
            tokens = state.team.most_tokens(of_turn) + sum(planned)
            counts = self.counts()
            agents, all_agents = (each + len(planned) for each in astuple(counts))
            usual = usual_allowance(self._runner.ctx.settings.team)
            self._allowed = TurnAllowance(
                agents, tokens, max(all_agents, usual.in_session), answered=True
            )
        else:
            self._allowed = wide

    def _wide_allowance(self, planned: Sequence[int]) -> TurnAllowance:
        """What an answer for the whole turn allows: a few more agents of the same size."""
        state = self._runner.state
        of_turn = state.team.of_turn(state.turn)
        before = state.team.most_tokens(of_turn)
        more = max(planned) * MORE_AGENTS
        tokens = before + min(state.team.pool.free, sum(planned) + more)
        counts, new = self.counts(), len(planned) + MORE_AGENTS
        agents = counts.in_turn + new
        usual = usual_allowance(self._runner.ctx.settings.team)
        in_session = max(usual.in_session, counts.in_session + new)
        return TurnAllowance(agents, tokens, in_session, answered=True)

    def _question(
        self,
        tool_use: str,
        orders: Sequence[AgentOrder],
        planned: Sequence[int],
        wide: TurnAllowance,
        likely: str,
        refused: int,
    ) -> ev.PermissionAsked:
        """Args:
        tool_use: The first of its calls.
        orders: What those that fit the pool ask for.
        planned: Tokens of each agent that would begin.
        wide: What an answer for the turn allows.
        likely: What they are likely to take, in words.
        refused: How many more were wanted, for which the pool has too little.
        """
        count, pool = len(planned), self._runner.state.team.pool
        agents = "1 agent wants" if count == 1 else f"{count:,} agents want"
        free = f"{max(0, pool.free):,} tokens that are free in the team's pool"
        if self._runner.ctx.settings.team.slices:
            wish = f"{agents} {sum(planned):,} of the {free}"
        else:
            wish = f"{agents} to share the {free}, up to {max(planned):,} each"
        rows = [_row(each) for each in orders[:MAX_ROWS]]
        if len(orders) > MAX_ROWS:
            rows.append(f"and {len(orders) - MAX_ROWS:,} more")
        if refused:
            verb, them = ("is", "it") if refused == 1 else ("are", "them")
            rows.append(f"{refused:,} more {verb} wanted; the pool has too little for {them}")
        return ev.PermissionAsked(
            tool_use=tool_use,
            name=DELEGATE,
            subject=f"{count:,} agent{'' if count == 1 else 's'}",
            reason=f"{wish} ({likely})",
            preview="\n".join(rows),
            allows=f"up to {wide.agents:,} agents, {wide.tokens:,} tokens, this turn",
        )


def _likely_words(tokens: int, agents: int) -> str:
    if not agents:
        return TEAM_FACTOR
    return f"≈ {format_tokens(tokens)} by your history, {agents:,} agents"


def _row(order: AgentOrder) -> str:
    more = f" (may be raised to {order.up_to:,} tokens)" if order.up_to > order.budget else ""
    task = cut_between_words(" ".join(order.task.split()), ROW_CHARACTERS - len(order.kind.name))
    return f"{order.kind.name}: {task}{more}"

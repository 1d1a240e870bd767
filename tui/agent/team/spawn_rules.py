"""Whether an agent may begin: the pool, the limits of the team, what is left of the lead's budget.

Values in, values and sentences out. The lead is whoever delegates: the session's own model, or an
agent with a pool of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.agent.team.agent_kinds import AgentKind
from tui.agent.turn_settings import TurnSettings
from tui.budget.pool import PoolBooks
from tui.budget.stages import reserve
from tui.budget.team_limits import SMALLEST_AGENT, SMALLEST_NOTED_AGENT, TeamLimits
from tui.session.team_account import PURSE, TeamAccount

SMALLEST_EXTENSION = 5_000
"""Tokens below which raising an agent's budget is not worth its missed prompt cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOrder:
    """A wish for an agent."""

    kind: AgentKind
    task: str
    budget: int
    """Tokens wished for."""
    up_to: int = 0
    """Tokens that the lead lets it be raised to; 0 for no more than it has."""

    @property
    def least(self) -> int:
        """Tokens below which it cannot begin; one that only reads can be told by notes."""
        return SMALLEST_NOTED_AGENT if self.kind.only_reads else SMALLEST_AGENT


@dataclass(frozen=True, slots=True)
class TurnAllowance:
    """What the agents of one turn may come to without another question."""

    agents: int
    tokens: int
    """Reserved tokens of all of them."""
    in_session: int
    """Agents of the whole session."""
    answered: bool = False
    """Whether the user said so; else half of what is left in the pool is a bound as well."""


@dataclass(frozen=True, slots=True)
class TeamCounts:
    """How many agents the whole team has had: those of the lead, and all below them."""

    in_turn: int
    """That began in the lead's present turn, and those below them."""
    in_session: int


@dataclass(frozen=True, slots=True)
class LeadFigures:
    """What the lead has left of its own budget."""

    left: int | None
    """Tokens; None without a budget."""
    reserve: int = 0
    """Tokens that it keeps for its wrap-up."""


def usual_allowance(limits: TeamLimits) -> TurnAllowance:
    """What a turn may do without asking."""
    return TurnAllowance(limits.in_turn, limits.ask_above, limits.in_session)


@dataclass(frozen=True, slots=True)
class PlannedAgent:
    """What an order would get."""

    budget: int
    """Tokens that the agent may use; 0 for a refusal."""
    holds: int | None = None
    """Tokens of the pool held for it at first; None where that is its whole budget."""


def planned_agent(
    books: PoolBooks, order: AgentOrder, settings: TurnSettings
) -> tuple[PoolBooks, PlannedAgent]:
    """What an order gets of a pool with these books, and the books after it.

    An agent that has a pool for agents of its own has a slice in any case: what it hands on must
    be its own.

    Args:
        books: Of the team.
        order: What is wished for.
        settings: Whether agents have slices, and how large the reserve for a report is.
    """
    wish, key = max(order.budget, order.least), f"order-{len(books.leases)}"
    if settings.team.slices or order.kind.pool:
        books, answer = books.reserve(key, PURSE, wish, minimum=order.least)
        return books, PlannedAgent(answer.amount if answer.outcome == "granted" else 0)
    if PURSE not in books.purses or books.free(PURSE) < order.least:
        return books, PlannedAgent(0)
    budget = min(wish, books.purses[PURSE].granted)
    holds = reserve(budget, settings.thresholds)
    books, _ = books.reserve(key, PURSE, holds, minimum=holds)
    return books, PlannedAgent(budget, holds)


def planned_budgets(
    team: TeamAccount, orders: Sequence[AgentOrder], settings: TurnSettings
) -> list[int]:
    """Tokens that each order may use, one begun after the other; 0 for a refusal.

    Args:
        team: The team.
        orders: What is wished for.
        settings: See `planned_agent`.
    """
    books, got = team.books, []
    for order in orders:
        books, planned = planned_agent(books, order, settings)
        got.append(planned.budget)
    return got


def lead_extension(
    team: TeamAccount, agent: str, order: AgentOrder, allowed: TurnAllowance | None
) -> int:
    """Tokens that the lead's order gives an agent whose budget runs low; 0 for none.

    Args:
        team: The team.
        agent: Its name.
        order: What the lead ordered.
        allowed: What the agents of the turn may come to; None where the pool alone bounds it.
    """
    wish = min(order.up_to - team.reserved(agent), team.pool.free)
    if allowed is not None:
        of_turn = team.of_turn(team.agents[agent].turn)
        wish = min(wish, allowed.tokens - team.most_tokens(of_turn))
    return wish if wish >= SMALLEST_EXTENSION else 0


def asks_first(
    team: TeamAccount,
    turn: int,
    planned: Sequence[int],
    allowed: TurnAllowance,
    counts: TeamCounts,
) -> bool:
    """Whether the user is asked before these agents begin.

    Args:
        team: The team.
        turn: The turn of the lead.
        planned: Tokens of each new agent, those that are refused left out.
        allowed: What needs no question.
        counts: Of the whole team.
    """
    of_turn = team.of_turn(turn)
    before = team.most_tokens(of_turn)
    most = allowed.tokens
    if not allowed.answered:
        most = min(most, (before + team.pool.free) // 2)
    return (
        counts.in_turn + len(planned) > allowed.agents
        or counts.in_session + len(planned) > allowed.in_session
        or before + min(sum(planned), team.pool.free) > most
    )


def count_problem(counts: TeamCounts, allowed: TurnAllowance) -> str:
    """Why no more agents may begin; empty where one may.

    Args:
        counts: Of the whole team.
        allowed: What needs no question, or was answered.
    """
    if counts.in_turn >= allowed.agents:
        return (
            f"{allowed.agents:,} agents began in this turn: no more may, unless the user agrees. "
            "Do the rest yourself, or say what is left."
        )
    if counts.in_session >= allowed.in_session:
        return f"{allowed.in_session:,} agents began in this session: no more may."
    return ""


def lead_problem(team: TeamAccount, lead: LeadFigures, limits: TeamLimits) -> str:
    """Why the lead cannot take in another report; empty where it can."""
    if lead.left is None:
        return ""
    reports = limits.report_tokens * (len(team.living) + 1)
    if lead.left - lead.reserve >= reports:
        return ""
    return (
        f"You have {max(0, lead.left):,} tokens left: too few for the report of another agent "
        f"({limits.report_tokens:,} each) beside your reserve of {lead.reserve:,}."
    )


def pool_problem(team: TeamAccount, order: AgentOrder) -> str:
    """Why the pool cannot give an agent its least; empty where it can."""
    free = team.pool.free
    if free >= order.least:
        return ""
    least = "the API takes no budget under 20,000"
    if order.kind.only_reads:
        least = f"an agent needs {SMALLEST_NOTED_AGENT:,}"
    return (
        f"{max(0, free):,} are free in the pool; {least}. End or lower an agent, or the user adds "
        f"to it: /budget +20k --team."
    )

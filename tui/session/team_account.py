"""The team of a session, as its log tells: the pool, each agent, what they used, how they ended.

The figures of an agent are a counter from its own log. The arithmetic is that of `tui.budget.pool`:
an agent is a lease on the team's purse, its reservation the event that spawned it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tui.budget.meters import TeamMeter
from tui.budget.pool import Lease, PoolBooks, PurseFigures
from tui.session import events as ev

PURSE = "team"
"""Id of the purse in the books."""

AgentState = Literal["waiting", "working", "asking", "held"] | ev.AgentEnd
"""Before its first answer · at work · it waits for the user · its turn broke off, and nobody said
yet whether it goes on · or how it ended."""


@dataclass(slots=True, kw_only=True)
class TeamAgent:
    """One agent."""

    name: str
    log: str
    """Name of the file of its log."""
    kind: str
    task: str
    model: str
    effort: str | None
    told: Literal["api", "notes"]
    turn: int
    """The turn of the session that spawned it."""
    tool_use: str
    spawned_at: float
    """Seconds since the Unix epoch."""
    dollar_limit: Decimal | None = None
    budget: int = 0
    """Tokens that it may use, where it shares the pool without a slice of its own."""
    holds: int | None = None
    """Tokens of the pool held for it beyond what it used; None where it has a slice of its own."""
    charged: int = 0
    """Tokens, as settled last."""
    unsettled: int = 0
    """The part of `charged` that is an estimate."""
    dollars: Decimal | None = None
    requests: int = 0
    below: int = 0
    """Agents that worked for it, those of them included."""
    doing: str = ""
    """Its last act in one line. Foreign text."""
    asks: ev.AgentAsked | None = None
    """More budget that it asked for and nobody has answered."""
    questions: int = 0
    """Its permission questions that are open."""
    held: bool = False
    """Whether its turn ended around it, as in a crash."""
    paused: bool = False
    """Whether the user paused it."""
    waits: bool = False
    """Whether it waits for tokens of the pool."""
    end: ev.AgentFinished | None = None
    """How it ended; None while it lives."""
    decision: ev.WorkDecision | None = None
    """What became of its work, where it had a worktree of its own; None while that is open."""
    ended_at: float = 0.0
    """Seconds since the Unix epoch; 0 while it lives."""

    @property
    def shares_pool(self) -> bool:
        """Whether it draws from the pool request by request."""
        return self.holds is not None

    @property
    def is_living(self) -> bool:
        """Whether its work is not over."""
        return self.end is None

    @property
    def branch_work(self) -> ev.AgentWork | None:
        """What it did in a worktree of its own, until the branch with it is deleted."""
        return None if self.end is None or self.decision == "discarded" else self.end.work

    @property
    def open_work(self) -> ev.AgentWork | None:
        """The same, while some of it is on the branch only: what conflicts is not applied."""
        work = self.branch_work
        is_whole = self.decision == "merged" or (
            self.decision == "applied" and work is not None and not work.conflicts
        )
        return None if is_whole else work

    @property
    def is_partial(self) -> bool:
        """Whether it ended and its task is not done."""
        return self.end is not None and self.end.partial

    @property
    def state(self) -> AgentState:
        """What it does, or how it ended."""
        if self.end is not None:
            return self.end.end
        if self.asks is not None or self.questions:
            return "asking"
        if self.held or self.paused:
            return "held"
        return "working" if self.requests and not self.waits else "waiting"


@dataclass(slots=True)
class TeamAccount:
    """The pool and the agents of one session."""

    books: PoolBooks = field(default_factory=PoolBooks)
    agents: dict[str, TeamAgent] = field(default_factory=dict)
    """By name, in the order in which they began."""

    # What follows ----------------------------------------------------------------

    @property
    def has_pool(self) -> bool:
        """Whether there is a pool to draw from."""
        return PURSE in self.books.purses

    @property
    def pool(self) -> PurseFigures:
        """What became of the pool; all zeros without one."""
        if not self.has_pool:
            return PurseFigures(granted=0, held=0, spent=0)
        return self.books.figures(PURSE)

    @property
    def living(self) -> list[TeamAgent]:
        """Agents whose work is not over, the oldest first."""
        return [agent for agent in self.agents.values() if agent.is_living]

    @property
    def charged(self) -> int:
        """Tokens that all agents used."""
        return sum(agent.charged for agent in self.agents.values())

    @property
    def unsettled(self) -> int:
        """The part of `charged` that is an estimate."""
        return sum(agent.unsettled for agent in self.agents.values())

    @property
    def requests(self) -> int:
        """Requests of all agents."""
        return sum(agent.requests for agent in self.agents.values())

    @property
    def all_agents(self) -> int:
        """How many agents began, those below others included."""
        return len(self.agents) + sum(agent.below for agent in self.agents.values())

    @property
    def is_priced(self) -> bool:
        """Whether any of them has dollars."""
        return any(agent.dollars is not None for agent in self.agents.values())

    @property
    def dollars(self) -> Decimal:
        """Dollars that all agents used, as far as they are priced."""
        return sum((agent.dollars or Decimal(0) for agent in self.agents.values()), Decimal(0))

    @property
    def unpriced(self) -> int:
        """Requests of agents whose model has no known price."""
        return sum(agent.requests for agent in self.agents.values() if agent.dollars is None)

    @property
    def dollars_held(self) -> Decimal:
        """Dollars that are gone or promised: of a living agent its limit, or what it used."""

        def held(agent: TeamAgent) -> Decimal:
            used = agent.dollars or Decimal(0)
            return max(used, agent.dollar_limit or Decimal(0)) if agent.is_living else used

        return sum(map(held, self.agents.values()), Decimal(0))

    @property
    def meter(self) -> TeamMeter | None:
        """The figures of the pool and its agents; None without a pool."""
        if not self.has_pool:
            return None
        living = self.living
        return TeamMeter(
            granted=self.pool.granted,
            used=self.charged,
            free=self.pool.free,
            living=len(living),
            asking=sum(agent.state == "asking" for agent in living),
            estimated=self.unsettled > 0,
        )

    def reserved(self, agent: str) -> int:
        """Tokens of an agent's budget, extensions included: its slice, or its part of the pool."""
        found = self.agents[agent]
        return found.budget if found.shares_pool else self.books.leases[agent].amount

    def most_tokens(self, agents: Iterable[TeamAgent]) -> int:
        """What some agents may come to: those that share the pool have no more than the pool."""
        known = [(agent.shares_pool, self.reserved(agent.name)) for agent in agents]
        slices = sum(budget for shares, budget in known if not shares)
        shared = sum(budget for shares, budget in known if shares)
        return slices + min(shared, self.pool.granted)

    def of_turn(self, turn: int) -> list[TeamAgent]:
        """The agents that a turn spawned."""
        return [agent for agent in self.agents.values() if agent.turn == turn]

    def next_name(self, kind: str) -> str:
        """The name of the next agent of a kind: `explore-2`."""
        return f"{kind}-{1 + sum(agent.kind == kind for agent in self.agents.values())}"

    # The fold --------------------------------------------------------------------

    def on_pool_set(self, event: ev.PoolSet) -> None:
        """The pool begins, or is another one."""
        self.books = self.books.granting(PURSE, event.total)

    def on_spawned(self, event: ev.AgentSpawned, turn: int, at: float) -> None:
        """An agent begins.

        Args:
            event: As committed: it is the reservation.
            turn: The turn that asked for it.
            at: When.
        """
        if not self.has_pool:  # a damaged log lost where it began
            self.books = self.books.granting(PURSE, event.reserved)
        held = event.reserved if event.holds is None else event.holds
        self.books, _ = self.books.reserve(event.agent, PURSE, held, minimum=1)
        self.agents[event.agent] = TeamAgent(
            name=event.agent,
            log=event.log,
            kind=event.agent_kind,
            task=event.task,
            model=event.model,
            effort=event.effort,
            told=event.told,
            turn=turn,
            tool_use=event.tool_use,
            spawned_at=at,
            dollar_limit=event.dollars,
            budget=event.reserved,
            holds=event.holds,
        )

    def on_settled(self, event: ev.AgentSettled) -> None:
        """An agent says what it used so far; an older word changes nothing."""
        agent = self.agents.get(event.agent)
        lease = self.books.leases.get(event.agent)
        if agent is None or lease is None or _is_older(event, lease, agent):
            return
        self.books, _ = self.books.settle(event.agent, event.number, event.charged)
        if agent.shares_pool:
            wish = event.charged + event.holds
            self.books, answer = self.books.resize(event.agent, wish)
            agent.holds = max(0, answer.amount - event.charged)
            agent.waits = event.waits
        _count(agent, event)
        agent.doing, agent.held = event.doing or agent.doing, agent.held and not event.doing

    def on_asked(self, event: ev.AgentAsked) -> None:
        """An agent asks for more of the pool."""
        if agent := self.agents.get(event.agent):
            agent.asks = event

    def on_extended(self, event: ev.AgentExtended) -> None:
        """An agent gets more of the pool."""
        if agent := self.agents.get(event.agent):
            agent.asks = None
            agent.budget += event.by
            if not agent.shares_pool:
                self.books, _ = self.books.extend(event.agent, event.by)

    def on_paused(self, event: ev.AgentPaused) -> None:
        """The user paused an agent, or let it go on; then nothing holds it any more."""
        if agent := self.agents.get(event.agent):
            agent.paused = event.paused
            agent.held = agent.held and event.paused

    def on_finished(self, event: ev.AgentFinished, at: float) -> None:
        """An agent's work is over; the rest of its reservation is free again."""
        agent = self.agents.get(event.agent)
        if agent is None or not agent.is_living:
            return
        lease = self.books.leases[event.agent]
        number = max(event.number, lease.number + 1)  # the last word counts, whatever its number
        self.books, _ = self.books.release(event.agent, number, event.charged)
        _count(agent, event)
        agent.end, agent.ended_at = event, at
        agent.asks, agent.questions = None, 0
        agent.holds, agent.waits = (0 if agent.shares_pool else None), False

    def on_work_decided(self, event: ev.AgentWorkDecided) -> None:
        """What an agent did in a worktree of its own is taken over, kept or gone."""
        if agent := self.agents.get(event.agent):
            agent.decision = event.decision

    def on_question(self, agent: str, change: int) -> None:
        """A permission question of an agent opens (1), or is answered (-1)."""
        if found := self.agents.get(agent):
            found.questions = max(0, found.questions + change)

    def lives(self, agent: str) -> bool:
        """Whether the work of an agent of that name is not over."""
        found = self.agents.get(agent)
        return found is not None and found.is_living

    def on_turn_ended(self, turn: int) -> None:
        """A turn is over: nothing waits for an answer any more, and nobody works in it."""
        for agent in self.agents.values():
            agent.questions, agent.asks = 0, None
            agent.held |= agent.is_living and agent.turn == turn

    def leave_living(self, at: float) -> None:
        """A fork begins: agents at work stay with the session it goes on from."""
        for agent in self.living:
            number = self.books.leases[agent.name].number
            end = ev.AgentFinished(
                agent=agent.name,
                number=number,
                end="stopped",
                charged=agent.charged,
                unsettled=agent.unsettled,
                dollars=agent.dollars,
                requests=agent.requests,
                partial=True,
                sentence="It belongs to the session that this one was forked from.",
            )
            self.on_finished(end, at)


def _is_older(event: ev.AgentSettled, lease: Lease, agent: TeamAgent) -> bool:
    """Whether a settlement says what is known. At the same event of its log an agent may begin to
    wait for tokens, or to hold them for a request; that it holds less was said before that then.
    """
    if event.number == lease.number:
        return event.holds <= (agent.holds or 0) and not event.waits
    return event.number < lease.number


def _count(agent: TeamAgent, event: ev.AgentSettled | ev.AgentFinished) -> None:
    agent.charged, agent.unsettled = event.charged, event.unsettled
    agent.dollars, agent.requests = event.dollars, event.requests
    agent.below = max(agent.below, event.below)

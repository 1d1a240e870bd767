"""A team of agents in words: the gauge of its pool, and one row for each agent of the tree.

Names, tasks and what agents do are foreign text: each is one clean line here. Every figure says
whether it counts *used* or *free*, and carries ≈ while it is an estimate.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tui.budget.meters import BudgetMeter, TeamMeter
from tui.number_format import count_with_noun, format_duration, format_tokens, mark_estimate
from tui.sanitize import clean_line
from tui.session import events as ev
from tui.session.team_account import AgentState, TeamAccount, TeamAgent

STATE_WORDS: Mapping[AgentState, str] = {
    "waiting": "waits its turn",
    "working": "working",
    "asking": "asks you",
    "held": "held",
    "done": "done",
    "landed": "landed",
    "limit": "stopped at a limit",
    "out_of_turns": "out of turns",
    "failed": "failed",
    "stopped": "stopped",
    "crashed": "crashed",
}
WAITS_FOR_POOL = "waits for pool"
"""Of an agent whose next request needs tokens that others hold."""
PAUSED = "paused"
"""Of an agent that the user paused; others are held because all are."""
PARTIAL = "partial"
"""Of an agent that ended and whose task is not done."""
TASK_CHARACTERS = 200
NAMED_AGENTS = 5
"""Agents at work that are named in one line at most."""
NAMED_FILES = 5
"""Files that are named in one place at most."""
MIN_RATE_SECONDS = 10
"""Seconds of work from which on a rate says something."""


class AgentRow(NamedTuple):
    """One agent of the tree, in words."""

    path: tuple[str, ...]
    """Names from the session's own agent down to this one."""
    name: str
    state: AgentState
    partial: bool
    reserved: int
    """Tokens of its reservation."""
    charged: int
    """Tokens used."""
    figures: str
    """`12k of 20k used`"""
    state_words: str
    """`landed, partial`"""
    rate: str
    """`1.2k/min`; empty where it is over, or too young."""
    doing: str
    """Its last act, or why it ended, or its task. Clean."""
    is_paused: bool = False
    has_branch: bool = False
    """Whether what it did waits on a branch."""

    @property
    def is_living(self) -> bool:
        """Whether its work is not over."""
        return self.state in ("waiting", "working", "asking", "held")

    @property
    def depth(self) -> int:
        """How many agents it is below the session's own."""
        return len(self.path) - 1


Subteams = Mapping[tuple[str, ...], TeamAccount]
"""The teams of agents that have agents of their own, by path."""


def agent_rows(team: TeamAccount, now: float, subteams: Subteams | None = None) -> list[AgentRow]:
    """The agents of a team, each with its own below it, in the order in which they began.

    Args:
        team: The team of the session.
        now: Seconds since the Unix epoch.
        subteams: The teams of its agents, by their path; none where nobody delegates further.
    """
    return list(_rows(team, now, subteams or {}, ()))


def _rows(
    team: TeamAccount, now: float, subteams: Subteams, above: tuple[str, ...]
) -> Iterator[AgentRow]:
    for agent in team.agents.values():
        path = (*above, agent.name)
        reserved = team.reserved(agent.name)
        yield AgentRow(
            path=path,
            name=clean_line(agent.name, 40),
            state=agent.state,
            partial=agent.is_partial,
            reserved=reserved,
            charged=agent.charged,
            figures=agent_figures(agent, reserved),
            state_words=agent_state_words(agent),
            rate=agent_rate(agent, now),
            doing=clean_line(_doing(agent), TASK_CHARACTERS),
            is_paused=agent.paused and agent.is_living,
            has_branch=agent.branch_work is not None,
        )
        if path in subteams:
            yield from _rows(subteams[path], now, subteams, path)


def agent_figures(agent: TeamAgent, reserved: int) -> str:
    """`12k of 20k used`."""
    used = mark_estimate(format_tokens(agent.charged), bool(agent.unsettled))
    return f"{used} of {format_tokens(reserved)} used"


def agent_state_words(agent: TeamAgent) -> str:
    """What an agent does or how it ended; anything that is not done is called partial."""
    words = STATE_WORDS[agent.state]
    if agent.paused and agent.state == "held":
        words = PAUSED
    elif agent.waits and agent.state == "waiting":
        words = WAITS_FOR_POOL
    return f"{words}, {PARTIAL}" if agent.is_partial else words


def agent_rate(agent: TeamAgent, now: float) -> str:
    """Tokens a minute since an agent began; empty where it is over, or too young.

    Args:
        agent: The agent.
        now: Seconds since the Unix epoch.
    """
    seconds = now - agent.spawned_at
    if not agent.is_living or seconds < MIN_RATE_SECONDS or not agent.charged:
        return ""
    return f"{format_tokens(round(agent.charged * 60 / seconds))}/min"


def _doing(agent: TeamAgent) -> str:
    if agent.asks is not None:
        why = f": {agent.asks.why}" if agent.asks.why else ""
        return f"asks for {format_tokens(agent.asks.by)} more{why}"
    if (work := agent.open_work) is not None:
        left = work.conflicts if agent.decision == "applied" else work.files
        return f"{count_with_noun(len(left), 'file')} on a branch: w decides"
    if agent.end is not None and agent.end.sentence:
        return agent.end.sentence
    return agent.doing or agent.task


def work_lines(work: ev.AgentWork, decision: ev.WorkDecision | None) -> list[str]:
    """What became of the work of an agent that had a worktree of its own, a line each; clean.

    Args:
        work: What it changed.
        decision: What the user decided; None while that is open.
    """
    files = count_with_noun(len(work.files), "file")
    branch = clean_line(work.branch, TASK_CHARACTERS)
    if decision == "discarded":
        return [f"{files} changed; the branch is deleted"]
    lines = [f"{files} changed, on branch {branch}: not in your folder"]
    if decision in ("applied", "merged"):
        lines = [f"{files} changed; {_DECISIONS[decision]} · branch {branch}"]
    if work.conflicts and decision != "merged":
        names = ", ".join(clean_line(name, 80) for name in work.conflicts[:NAMED_FILES])
        more = len(work.conflicts) - NAMED_FILES
        rest = f" and {more:,} more" if more > 0 else ""
        verb = "conflicts" if len(work.conflicts) == 1 else "conflict"
        lines.append(f"{len(work.conflicts):,} of them {verb} with yours: {names}{rest}")
    return lines


_DECISIONS = {"applied": "what fits is in your folder", "merged": "all of it is in your folder"}


def team_gauge_words(meter: TeamMeter | None, lead: BudgetMeter | None) -> list[str]:
    """The gauge of a team on one line, the longest form first; nothing without a pool.

    Args:
        meter: The pool.
        lead: The session's own budget; None without one.
    """
    if meter is None:
        return []
    free = free_words(meter)
    short = f"agents {pool_words(meter)} · {free}"
    if lead is None:
        return [f"TEAM · {short}", short, free]
    whole = format_tokens(lead.grant + meter.granted)
    own = mark_estimate(format_tokens(lead.used), lead.estimated)
    long = f"lead {own} of {format_tokens(lead.grant)} used · {short}"
    return [f"TEAM {whole} · {long}", long, short, free]


def pool_words(meter: TeamMeter) -> str:
    """`148k of 300k used`: what agents used of the pool."""
    used = mark_estimate(format_tokens(meter.used), meter.estimated)
    return f"{used} of {format_tokens(meter.granted)} used"


def used_words(meter: TeamMeter) -> str:
    """`148k used`: the same where there is little room."""
    return f"{mark_estimate(format_tokens(meter.used), meter.estimated)} used"


def pool_rows(meter: TeamMeter) -> list[tuple[str, str]]:
    """What became of the pool, in rows that add up to what was granted."""
    held, over = meter.granted - meter.used - meter.free, meter.free < 0
    rows = [
        ("granted", f"{meter.granted:,}"),
        ("used by agents", mark_estimate(f"{meter.used:,}", meter.estimated)),
        ("kept for agents at work", f"{held:,}"),
        ("overdrawn" if over else "free", f"{abs(meter.free):,}"),
    ]
    return [row for row in rows if row[0] != "kept for agents at work" or held > 0]


def free_words(meter: TeamMeter) -> str:
    """What of the pool nobody holds; what is overdrawn where more was used than there was."""
    if meter.free < 0:
        return f"{format_tokens(-meter.free)} overdrawn"
    return f"{format_tokens(meter.free)} free"


def agent_lines(team: TeamAccount, agent: TeamAgent, now: float) -> list[str]:
    """What there is to know of one agent, a line each; clean.

    Args:
        team: The team.
        agent: One of it.
        now: Seconds since the Unix epoch.
    """
    ended = agent.ended_at if agent.end is not None else now
    about = [agent.kind, agent.model, agent.effort or ""]
    lines = [
        clean_line(agent.task, TASK_CHARACTERS * 2),
        clean_line(" · ".join(filter(None, about)), TASK_CHARACTERS),
        " · ".join(
            filter(
                None,
                (
                    agent_figures(agent, team.reserved(agent.name)),
                    f"holds {format_tokens(agent.holds)} of the pool" if agent.holds else "",
                    count_with_noun(agent.requests, "request"),
                    format_duration(max(0.0, ended - agent.spawned_at)),
                    "told by notes" if agent.told == "notes" else "",
                ),
            )
        ),
    ]
    if agent.is_living and agent.doing:
        lines.append(clean_line(f"now: {agent.doing}", TASK_CHARACTERS * 2))
    if agent.end is not None:
        if agent.end.sentence:
            lines.append(clean_line(agent.end.sentence, TASK_CHARACTERS * 2))
        if agent.end.work is not None:
            lines += work_lines(agent.end.work, agent.decision)
        elif agent.end.files:
            names = ", ".join(clean_line(name, 80) for name in agent.end.files[:8])
            more = len(agent.end.files) - 8
            lines.append(f"changed {names}" + (f" and {more} more" if more > 0 else ""))
    return lines


def left_behind_words(names: Sequence[str]) -> str:
    """What whoever left a session is to know of agents that worked there; empty for none.

    Args:
        names: Those that were at work.
    """
    if not names:
        return ""
    shown = ", ".join(map(clean_line, names[:NAMED_AGENTS]))
    more = f" and {len(names) - NAMED_AGENTS:,} more" if len(names) > NAMED_AGENTS else ""
    verb = "waits" if len(names) == 1 else "wait"
    return f"{shown}{more} {verb} in the session that you left; /agents go NAME goes on there."


def at_work_words(team: TeamAccount, names: Sequence[str]) -> str:
    """Who works, and what each has used: `2 agents are at work: review-1 12k, test-1 96k used`.

    Args:
        team: Of the session.
        names: Those at work.
    """
    used = [
        f"{clean_line(name)} {mark_estimate(format_tokens(agent.charged), bool(agent.unsettled))}"
        for name in names[:NAMED_AGENTS]
        if (agent := team.agents.get(name)) is not None
    ]
    more = f" and {len(names) - NAMED_AGENTS:,} more" if len(names) > NAMED_AGENTS else ""
    verb = "is" if len(names) == 1 else "are"
    return f"{count_with_noun(len(names), 'agent')} {verb} at work: {', '.join(used)} used{more}"

"""What agents of a kind took before: the spends of own agents, and what the next ones may take."""

import math
from collections.abc import Iterable, Mapping, Sequence

from tui.history.own_runs import SOURCE
from tui.history.task_run import TaskRun
from tui.session.team_account import TeamAccount

PERCENTILE = 0.75
"""The part of agents that take no more than what is estimated for one."""
FEW = 3
"""Agents of a kind below which nothing is estimated from them."""

AgentSpends = Mapping[str, Sequence[int]]
"""Charged tokens of each agent that ended, by kind."""


def agent_kind_of(session: str) -> str:
    """The kind in the id of an agent's session: `explore` of `20260101-000000-aaaaaa.explore-2`."""
    return session.rpartition(".")[2].rpartition("-")[0]


def past_spends(runs: Iterable[TaskRun]) -> dict[str, list[int]]:
    """The spends of own agents among task runs."""
    found: dict[str, list[int]] = {}
    for run in runs:
        if run.is_agent and run.source == SOURCE and run.spend > 0:
            found.setdefault(agent_kind_of(run.session), []).append(run.spend)
    return found


def session_spends(team: TeamAccount) -> dict[str, list[int]]:
    """The spends of the agents of a session that ended."""
    found: dict[str, list[int]] = {}
    for agent in team.agents.values():
        if not agent.is_living and agent.charged > 0:
            found.setdefault(agent.kind, []).append(agent.charged)
    return found


def estimated_spend(orders: Iterable[tuple[str, int]], *spends: AgentSpends) -> tuple[int, int]:
    """What agents may take together, and how many agents of the past say so; (0, 0): nobody knows.

    Args:
        orders: Kind and reserved tokens of each; none takes more than it has.
        spends: What agents of the past took.
    """
    total, kinds = 0, set[str]()
    for kind, reserved in orders:
        known = sorted(spend for each in spends for spend in each.get(kind, ()))
        if len(known) < FEW:
            return 0, 0
        kinds.add(kind)
        total += min(reserved, known[math.ceil(PERCENTILE * len(known)) - 1])
    return total, sum(len(each.get(kind, ())) for kind in kinds for each in spends)

"""How large a team may get; none of these is ever "unlimited"."""

from dataclasses import dataclass

SMALLEST_AGENT = 20_000
"""Tokens of the smallest reservation of which the API counts down what is left."""
SMALLEST_NOTED_AGENT = 8_000
"""Tokens of the smallest reservation of an agent that only reads: notes tell it what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLimits:
    """The limits of one session's agents."""

    at_once: int = 4
    """Agents that work at the same time; the others wait."""
    depth: int = 2
    """Levels of agents: with 1, agents have no agents of their own."""
    in_turn: int = 8
    """Agents of one turn without asking."""
    in_session: int = 16
    """Agents of one session without asking."""
    requests: int = 30
    """Requests of one agent."""
    minutes: int = 20
    """Minutes of working time of one agent."""
    report_tokens: int = 2_000
    """Tokens of an agent's report that are handed on."""
    slices: bool = True
    """Whether each agent has a slice of the pool; else all draw from it, request by request."""
    ask_above: int = 100_000
    """Tokens that the agents of one turn may reserve without asking."""

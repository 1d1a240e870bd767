"""Whose request goes next: the lead's, then the one that waited longest, and nobody starves.

Deficit round robin, kept from the view of those who wait: each agent may go ahead of a waiting
request as often as its weight, the lead twice and every other agent once. So the lead gets two
requests for one of each other agent while all of them wait, and every request is served within
two rounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tui.budget.rate_buckets import RateCost

LEAD_WEIGHT = 2
"""Requests that the lead may send ahead of a waiting request."""
AGENT_WEIGHT = 1
"""The same of every other agent."""


@dataclass(slots=True, eq=False)
class WaitingRequest:
    """A request that waits to be sent."""

    number: int
    """Its number, from 1, among all that were to be paced: who waits longer has a lower one."""
    agent: str
    weight: int
    """`LEAD_WEIGHT` or `AGENT_WEIGHT`."""
    cost: RateCost
    """What it is expected to take."""
    jitter: float = 0.0
    """Its share of the time over which requests are spread after a refusal, 0..1."""
    passed_by: dict[str, int] = field(default_factory=dict)
    """How many requests of each agent went ahead since it waits."""

    def may_pass(self, other: "WaitingRequest") -> bool:
        """Whether it may go ahead of another one that waits."""
        return self.agent == other.agent or other.passed_by.get(self.agent, 0) < self.weight


def next_request(waiting: Sequence[WaitingRequest]) -> WaitingRequest:
    """The one that goes next, of those that wait.

    Raises:
        ValueError: nobody waits.
    """
    in_order = sorted(waiting, key=lambda each: (-each.weight, each.number))
    for candidate in in_order:
        if all(candidate.may_pass(other) for other in waiting):
            return candidate
    return min(waiting, key=lambda each: each.number)


def note_passed(gone: WaitingRequest, waiting: Iterable[WaitingRequest]) -> None:
    """A request was sent: count it with those that go on waiting.

    Args:
        gone: The one that was sent.
        waiting: The others.
    """
    for other in waiting:
        if other.agent != gone.agent:
            other.passed_by[gone.agent] = other.passed_by.get(gone.agent, 0) + 1

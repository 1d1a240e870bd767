"""Whose request goes next."""

from tui.budget.rate_buckets import RateCost
from tui.budget.request_order import (
    AGENT_WEIGHT,
    LEAD_WEIGHT,
    WaitingRequest,
    next_request,
    note_passed,
)


class Queue:
    """Agents that ask again as soon as they are served."""

    def __init__(self, agents: str, again: str = "") -> None:
        self.waiting: list[WaitingRequest] = []
        self.again, self._number = again, 0
        for agent in agents:
            self.ask(agent)

    def ask(self, agent: str) -> None:
        self._number += 1
        weight = LEAD_WEIGHT if agent == "L" else AGENT_WEIGHT
        self.waiting.append(WaitingRequest(self._number, agent, weight, RateCost(1, 1)))

    def served(self, times: int) -> str:
        return "".join(self._serve() for _ in range(times))

    def _serve(self) -> str:
        gone = next_request(self.waiting)
        self.waiting.remove(gone)
        note_passed(gone, self.waiting)
        if gone.agent in self.again:
            self.ask(gone.agent)
        return gone.agent


def test_the_lead_goes_first_and_then_who_waited_longest():
    assert Queue("bcLa").served(4) == "Lbca"


def test_the_lead_gets_two_requests_for_one_of_each_other_agent():
    assert Queue("abcL", again="abcL").served(15) == "LLabcLLabcLLabc"


def test_nobody_waits_behind_two_requests_of_another_agent():
    """`a` asked for two before `b` came: one of them goes ahead of it, not both."""
    assert Queue("aaba").served(4) == "abaa"


def test_of_parallel_requests_of_one_agent_the_oldest_goes_first():
    queue = Queue("aaa")
    first = next_request(queue.waiting)
    assert first is queue.waiting[0]

"""Pacing of agents that share a limit: never above it, nobody starves, one refusal fails nobody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget.paced_agents import Exchange, PacedWorld
from tui.budget.meters import LimitMeter
from tui.budget.rate_buckets import BucketGroup, RateCost, RateKind
from tui.budget.request_order import AGENT_WEIGHT, LEAD_WEIGHT
from tui.budget.request_pacing import PacedLane, PacedWait, Slowdown

LIMITS: dict[RateKind, int] = {"requests": 30, "input-tokens": 6_000, "output-tokens": 1_200}
SMALL = RateCost(100, 20)

costs = st.builds(RateCost, st.integers(0, 3_000), st.integers(0, 900))
exchanges = st.builds(
    Exchange,
    expected=costs,
    used=costs,
    pause=st.sampled_from([0.0, 0.0, 0.5, 7.0]),
    seconds=st.sampled_from([0.0, 0.1, 3.0, 30.0]),
)
teams = st.dictionaries(
    st.sampled_from(["lead", "a", "bb", "ccc"]),
    st.lists(exchanges, min_size=1, max_size=6),
    min_size=1,
)
Team = Mapping[str, Sequence[Exchange]]


def world(*, headers: bool, refusal: tuple[int, float] | None = None) -> PacedWorld:
    """A server with limits that it tells, or that the settings tell."""
    lane = PacedLane()
    lane.assume(LIMITS, 0.0)
    return PacedWorld(lane, LIMITS, headers, refusal)


@given(teams, st.booleans())
def test_the_server_is_never_asked_for_more_than_one_request_each_above_its_limits(
    team: Team, headers: bool
):
    """However wrong the estimates are: the last request of each agent may overdraw, no other."""
    made = world(headers=headers)
    made.run(team)
    for kind, lowest in made.lowest.items():
        largest = [max(each.used.of(kind) for each in work) for work in team.values()]
        assert lowest >= -sum(largest) - 1e-6


@given(teams)
def test_with_estimates_that_hold_only_one_larger_than_the_bucket_overdraws(team: Team):
    right = {
        name: [Exchange(each.used, each.used, each.pause, each.seconds) for each in work]
        for name, work in team.items()
    }
    made = world(headers=False)
    made.run(right)
    for kind, lowest in made.lowest.items():
        largest = max(each.used.of(kind) for work in right.values() for each in work)
        assert lowest >= -max(0, largest - LIMITS[kind]) - 1e-2


@given(teams, st.booleans())
def test_everybody_is_served_and_waits_for_no_agent_more_often_than_its_weight(
    team: Team, headers: bool
):
    made = world(headers=headers)
    made.run(team)
    assert made.lane.served == len(made.sent) == sum(map(len, team.values()))
    for sent in made.sent:
        for agent, times in Counter(sent.passed_by).items():
            assert times <= (LEAD_WEIGHT if agent == "lead" else AGENT_WEIGHT)


@given(teams, st.integers(1, 12), st.sampled_from([1.0, 30.0]))
def test_one_refusal_delays_all_and_fails_none(team: Team, number: int, pause: float):
    made = world(headers=True, refusal=(number, pause))
    made.run(team)
    refused = made.refused_at
    assert len(made.sent) == sum(map(len, team.values())) + (refused is not None)
    if refused is not None:
        later = [sent.at for sent in made.sent[number:]]
        assert all(at >= refused + pause for at in later)


def test_the_time_is_that_of_the_tightest_limit():
    """90 requests at 30 a minute: 30 at once, and two minutes for the others."""
    made = world(headers=True)
    made.run({name: [Exchange(SMALL, SMALL, seconds=0.0)] * 30 for name in ("lead", "a", "b")})
    assert made.sent[-1].at == pytest.approx(120.0, abs=3.0)


def test_without_limits_nothing_waits():
    lane = PacedLane()
    for _ in range(100):
        lane.join("lead", LEAD_WEIGHT, RateCost(10**9, 10**9))
        assert lane.send_next(0.0) is not None
    assert lane.wait(0.0) is None


def test_a_wait_names_the_limit_and_what_is_left():
    """Of 30 requests none is left: the next comes after 2 s. Of 1,000 input 900 are: 60 ms."""
    lane = PacedLane()
    lane.join("lead", LEAD_WEIGHT, RateCost(901, 1))
    lane.observe(0, [LimitMeter("requests", 30, 0), LimitMeter("input-tokens", 1_000, 900)], 0.0)
    assert lane.wait(0.0) == PacedWait(2.0, "requests", 0, 30)


def test_the_limits_of_the_settings_hold_until_the_server_tells_its_own():
    lane = PacedLane()
    assumed: dict[RateKind, int] = {"requests": 1, "tokens": 125}
    lane.assume(assumed, 0.0)
    for _ in range(2):
        lane.join("lead", LEAD_WEIGHT, SMALL)
    first = lane.send_next(0.0)
    assert first is not None
    assert lane.send_next(0.0) is None
    lane.observe(first.number, [LimitMeter("requests", 1_000, 999)], 0.0)
    lane.assume(assumed, 0.0)
    assert lane.send_next(0.0) is not None


def test_a_limit_of_the_users_own_holds_for_all_models_whatever_the_server_allows():
    """240 tokens hold two requests of 120; the third comes when 120 are there again."""
    own, numbers = BucketGroup(), count(1)
    own.assume({"tokens": 240}, 0.0)
    lanes = [PacedLane(own, numbers) for _ in range(2)]
    for lane in lanes:
        for _ in range(2):
            lane.join("lead", LEAD_WEIGHT, SMALL)
        gone = lane.send_next(0.0)
        assert gone is not None
        lane.observe(gone.number, [LimitMeter("requests", 1_000, 999)], 0.0)
    assert [lane.wait(0.0) for lane in lanes] == [PacedWait(30.0, "tokens", 0, 240)] * 2


def test_requests_underway_together_are_refused_as_one():
    """Two refusals at once halve the rate once; one that was sent after them halves it again."""
    lane = PacedLane()
    lane.assume({"requests": 120}, 0.0)
    sent = []
    for _ in range(2):
        lane.join("a", AGENT_WEIGHT, SMALL)
        sent.append(lane.send_next(0.0))
    refusals = [lane.refuse(each.number, 10.0, 0.0) for each in sent if each is not None]
    assert refusals == [True, False]
    lane.join("a", AGENT_WEIGHT, SMALL, jitter=0.5)
    assert lane.wait(0.0) == PacedWait(11.25)  # half of a quarter of the pause is chance
    assert lane._slowdown.share(0.0) == 0.5
    assert lane.send_next(11.2) is None
    again = lane.send_next(11.25)
    assert again is not None
    lane.refuse(again.number, 1.0, 11.25)
    assert lane._slowdown.share(11.25) == pytest.approx((0.5 + 0.1 * 11.25 / 60) / 2)


def test_a_second_refusal_does_not_shorten_the_pause_of_the_first():
    lane = PacedLane()
    lane.refuse(1, 30.0, 0.0)
    lane.refuse(2, 1.0, 0.0)
    lane.join("a", AGENT_WEIGHT, SMALL)
    assert lane.wait(0.0) == PacedWait(30.0)


def test_the_rate_recovers_by_a_tenth_of_the_limit_a_minute():
    slow = Slowdown()
    assert slow.share(0.0) == 1.0
    slow.halve(100.0)
    assert [slow.share(100.0 + 60 * minutes) for minutes in (0, 1, 5, 99)] == [0.5, 0.6, 1.0, 1.0]
    for _ in range(20):
        slow.halve(100.0)
    assert slow.share(100.0) == 1 / 16


def test_who_gives_up_waiting_is_not_sent():
    lane = PacedLane()
    given_up = lane.join("a", AGENT_WEIGHT, SMALL)
    kept = lane.join("b", AGENT_WEIGHT, SMALL)
    lane.leave(given_up)
    assert lane.send_next(0.0) is kept
    assert lane.send_next(0.0) is None
    lane.leave(kept)

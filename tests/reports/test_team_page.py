"""A team in words: what is used of what, who is partial, and nothing foreign that could paint."""

from decimal import Decimal
from typing import Any

from msgspec import structs

from tui.budget.meters import BudgetMeter
from tui.reports.team_page import (
    agent_lines,
    agent_rows,
    at_work_words,
    team_gauge_words,
)
from tui.session import events as ev
from tui.session.team_account import TeamAccount


def team_of(*events: ev.Event) -> TeamAccount:
    """The team that these events make; each happens ten seconds after the other."""
    team = TeamAccount()
    for number, event in enumerate(events, 1):
        match event:
            case ev.PoolSet():
                team.on_pool_set(event)
            case ev.AgentSpawned():
                team.on_spawned(event, 1, 10.0 * number)
            case ev.AgentSettled():
                team.on_settled(event)
            case ev.AgentAsked():
                team.on_asked(event)
            case ev.AgentFinished():
                team.on_finished(event, 10.0 * number)
            case _:
                raise TypeError(type(event).__name__)
    return team


def spawned(agent: str, reserved: int, task: str = "t") -> ev.AgentSpawned:
    return ev.AgentSpawned(
        agent=agent,
        log=f"s.{agent}.db",
        agent_kind="tests",
        task=task,
        model="m",
        reserved=reserved,
    )


def settled(agent: str, charged: int, **more: Any) -> ev.AgentSettled:
    return ev.AgentSettled(agent=agent, number=9, charged=charged, requests=3, **more)


def finished(agent: str, charged: int, end: ev.AgentEnd, **more: Any) -> ev.AgentFinished:
    return ev.AgentFinished(
        agent=agent, number=20, end=end, charged=charged, partial=end != "done", **more
    )


POOL = ev.PoolSet(total=300_000)
LEAD = BudgetMeter(grant=200_000, charged=61_000)


def test_the_gauge_says_what_lead_and_agents_used_and_what_is_free():
    team = team_of(
        POOL,
        spawned("a", 100_000),
        spawned("b", 100_000),
        spawned("c", 100_000),
        finished("a", 62_000, "done"),
        settled("b", 86_000),
    )
    assert team_gauge_words(team.meter, LEAD) == [
        "TEAM 500k · lead 61k of 200k used · agents 148k of 300k used · 38k free",
        "lead 61k of 200k used · agents 148k of 300k used · 38k free",
        "agents 148k of 300k used · 38k free",
        "38k free",
    ]


def test_an_estimate_is_marked_and_a_pool_that_is_overdrawn_says_so():
    team = team_of(
        ev.PoolSet(total=20_000), spawned("a", 20_000), settled("a", 21_200, unsettled=5)
    )
    assert team_gauge_words(team.meter, None)[-1] == "1.2k overdrawn"
    [row] = agent_rows(team, now=80.0)
    assert row.figures == "≈ 21k of 20k used"


def test_without_a_pool_there_is_no_gauge():
    assert team_gauge_words(TeamAccount().meter, LEAD) == []


def test_a_row_has_the_state_the_rate_and_the_last_act():
    team = team_of(POOL, spawned("a", 20_000), settled("a", 12_000, doing='grep "TODO"'))
    [row] = agent_rows(team, now=20.0 + 600.0)
    assert (row.figures, row.state_words, row.rate) == ("12k of 20k used", "working", "1.2k/min")
    assert row.doing == 'grep "TODO"'
    assert agent_rows(team, now=25.0)[0].rate == "", "too young to say"


def test_anything_but_done_is_called_partial():
    ends: list[ev.AgentEnd] = [
        "done", "landed", "limit", "out_of_turns", "failed", "stopped", "crashed",
    ]  # fmt: skip
    words = []
    for end in ends:
        [row] = agent_rows(team_of(POOL, spawned("a", 50_000), finished("a", 10, end)), now=99.0)
        words.append(row.state_words)
        assert row.rate == ""
    assert words == [
        "done",
        "landed, partial",
        "stopped at a limit, partial",
        "out of turns, partial",
        "failed, partial",
        "stopped, partial",
        "crashed, partial",
    ]


def test_an_agent_that_asks_says_for_what():
    team = team_of(
        POOL,
        spawned("w", 20_000),
        settled("w", 18_000),
        ev.AgentAsked(agent="w", by=20_000, why="4 modules are left"),
    )
    [row] = agent_rows(team, now=99.0)
    assert (row.state, row.state_words) == ("asking", "asks you")
    assert row.doing == "asks for 20k more: 4 modules are left"


def test_agents_of_agents_stand_below_them():
    below = team_of(POOL, spawned("x", 10_000))
    team = team_of(POOL, spawned("a", 50_000), spawned("b", 50_000))
    rows = agent_rows(team, 99.0, {("a",): below})
    assert [(row.path, row.depth) for row in rows] == [(("a",), 0), (("a", "x"), 1), (("b",), 0)]


def test_what_agents_write_cannot_paint():
    bad = "\x1b[31mred\x1b[0m\nnext\u202e"
    team = team_of(POOL, spawned("a", 20_000, task=bad), finished("a", 1, "failed", sentence=bad))
    [row] = agent_rows(team, now=99.0)
    for text in (row.doing, *agent_lines(team, team.agents["a"], 99.0)):
        assert not any(ord(char) < 32 or char in "\x1b\u202e" for char in text)


def test_the_details_say_kind_model_time_and_changed_files():
    team = team_of(
        POOL,
        spawned("a", 100_000, task="write tests"),
        finished("a", 62_000, "done", requests=7, files=("a.py", "b.py"), dollars=Decimal("0.4")),
    )
    assert agent_lines(team, team.agents["a"], 500.0) == [
        "write tests",
        "tests · m",
        "62k of 100k used · 7 requests · 10s",
        "changed a.py, b.py",
    ]


def test_the_details_of_an_agent_without_a_slice_say_what_is_held_for_it():
    team = team_of(
        POOL,
        structs.replace(spawned("a", 50_000), holds=4_000),
        ev.AgentSettled(agent="a", number=3, charged=9_000, holds=36_000, requests=1),
    )
    told = "9k of 50k used · holds 36k of the pool · 1 request · 8m 00s"
    assert told in agent_lines(team, team.agents["a"], 500.0)


def test_who_works_is_told_with_what_each_used():
    names = [f"tests-{number}" for number in range(1, 8)]
    team = team_of(
        ev.PoolSet(total=300_000),
        *(spawned(name, 20_000) for name in names),
        ev.AgentSettled(agent="tests-1", number=3, charged=12_000, unsettled=0, requests=1),
        ev.AgentSettled(agent="tests-2", number=3, charged=9_000, unsettled=500, requests=1),
    )
    assert at_work_words(team, names[:1]) == "1 agent is at work: tests-1 12k used"
    assert at_work_words(team, names[:2]) == "2 agents are at work: tests-1 12k, tests-2 ≈ 9k used"
    assert at_work_words(team, names).endswith("tests-5 0 used and 2 more")

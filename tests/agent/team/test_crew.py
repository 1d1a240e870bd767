"""Agents at work: reservations, refunds, limits, reports, and the sum that always holds."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.run_team import GLOB, LEAD, TeamRun, delegate, run_team, says, with_team
from tests.support.simulator import words
from tui.agent.run_result import exit_code
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.turn_items import ToolOutput
from tui.agent.user_inbox import PermissionAnswer
from tui.number_format import format_dollars
from tui.reports.summary_pages import cost_summary
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.session.prompt_costs import PromptCosts
from tui.session.session_summary import InheritedUsage, summarise_session
from tui.session.usage_breakdown import group_usage
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse


async def server_charge(run: TeamRun) -> int:
    """What the server generated in all conversations: agents read no results in these stories."""
    return sum(row["generated"] for row in await run.run.server.ledger())


async def test_an_agent_works_in_a_conversation_of_its_own_and_only_its_report_returns(
    tmp_path: Path,
):
    replies: Any = {
        LEAD: [(ScriptedText("I ask."), delegate("explore", "Find the parser."))],
        "explore-1": [(GLOB,), (ScriptedText("It is in src/parse.py:1."),)],
    }
    async with run_team(tmp_path, replies) as run:
        await run.run.driver.commit(ev.SessionTagged(name="client-a"))
        await run.run.driver.run_turn("go")
        (result,) = run.results()
        assert "Agent explore-1 is done:" in result and "It is in src/parse.py:1." in result
        assert "Pool: " in result and " free of 300,000 tokens." in result
        child, agent = run.child("explore-1"), run.team.agents["explore-1"]
        assert (child.agent_of, child.tag) == (("session", "explore-1"), "client-a")
        assert (child.grant, agent.state, agent.is_partial) == (50_000, "done", False)
        assert agent.charged == child.ledger.charged > 0
        assert run.team.pool.free == 300_000 - agent.charged
        lead_words = str(
            [situation.messages for who, situation in run.script.inputs if who == LEAD]
        )
        assert "glob" not in lead_words.replace("globs", ""), "only the report returns"
        assert exit_code(run.state) == 0


async def test_the_leads_wire_object_never_changes_and_each_agent_has_its_own_fixed_total(
    tmp_path: Path,
):
    replies: Any = {
        LEAD: [(delegate("explore"), delegate("review")), (delegate("explore"),), (says(50),)],
        "explore-1": [(GLOB,), (says(100),)],
    }
    async with run_team(tmp_path, replies, budget=200_000) as run:
        await run.run.driver.run_turn("go")
        wires: dict[str, set[Any]] = {}
        for row in await run.run.server.ledger():
            wires.setdefault(row["total"], set()).add(row["remaining"])
        assert wires == {200_000: {None}, 50_000: {None}}
        assert list(run.team.agents) == ["explore-1", "review-1", "explore-2"]


async def test_siblings_send_the_same_prefix_and_wait_for_the_first_ones_answer(tmp_path: Path):
    replies: Any = {LEAD: [tuple(delegate("explore", f"part {n}") for n in range(3))]}
    async with run_team(tmp_path, replies) as run:
        order: list[tuple[str, str]] = []
        original = run.crew._on_item

        def noting(agent: Any, child: Any, item: Any) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.RequestStarted):
                order.append((agent.name, "sent"))
            elif not isinstance(item, ev.Record) and (agent.name, "answered") not in order:
                order.append((agent.name, "answered"))
            original(agent, child, item)

        run.crew._on_item = noting  # type: ignore[method-assign]
        await run.run.driver.run_turn("go")
        assert order.index(("explore-1", "answered")) < order.index(("explore-2", "sent"))
        assert order.index(("explore-1", "answered")) < order.index(("explore-3", "sent"))
        seen = {(each.system, str(each.tools)) for _, each in run.script.inputs}
        assert len(seen) == 1, "lead and agents have one system text and one list of tools"
        rows = await run.run.server.ledger()
        first = [row for row in rows if row["total"] == 50_000]
        assert all(row["cache_read_input_tokens"] > 0 for row in first)


async def test_the_pool_hands_out_what_is_free_and_refuses_below_the_least(tmp_path: Path):
    replies: Any = {
        LEAD: [
            (delegate("write", "a", 60_000), delegate("write", "b", 60_000)),
            (delegate("write", "c", 30_000), delegate("explore", "d", 30_000)),
        ],
        "write-1": [(says(55_000),)],
        "write-2": [(says(18_000),)],
    }
    async with run_team(tmp_path, replies, pool=90_000) as run:
        await run.run.driver.run_turn("go")
        reserved = {name: run.team.reserved(name) for name in run.team.agents}
        # b got the 30,000 that were left; then 90,000 - 55,000 - 18,000 and a little are free.
        assert (reserved["write-1"], reserved["write-2"]) == (60_000, 30_000)
        assert list(reserved) == ["write-1", "write-2", "explore-1"]
        assert 8_000 <= reserved["explore-1"] < 20_000
        assert run.team.agents["explore-1"].told == "notes"
        refused = run.results()[2]
        assert "are free in the pool; the API takes no budget under 20,000" in refused
        totals = {row["total"] for row in await run.run.server.ledger()}
        assert totals == {100_000, 60_000, 30_000, None}


async def test_an_agent_lands_inside_its_reservation_and_is_partial_everywhere(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore", "all of it", 20_000),), (ScriptedText("All is done."),)],
        "explore-1": [
            (says(9_000), GLOB),
            (says(9_500), GLOB),
            (ScriptedText("Everything done!"),),
        ],
    }
    async with run_team(tmp_path, replies) as run:
        await run.run.driver.run_turn("go")
        agent = run.team.agents["explore-1"]
        assert (agent.state, agent.is_partial) == ("landed", True)
        assert agent.charged <= 20_000
        (result,) = run.results()
        assert "landed on its budget" in result
        assert "PARTIAL: its task is not complete, whatever its report says." in result
        end = run.state.last_end
        assert end is not None and end.reason == "wrapped_up"
        assert "Partial: explore-1 landed on its budget." in end.sentence
        assert exit_code(run.state) == 3


async def test_a_runaway_agent_cannot_pass_its_reservation(tmp_path: Path):
    deaf = [(says(7_000), GLOB)] * 9
    replies: Any = {LEAD: [(delegate("explore", "run", 20_000),)], "explore-1": deaf}
    async with run_team(tmp_path, replies) as run:
        await run.run.driver.run_turn("go")
        agent = run.team.agents["explore-1"]
        assert agent.is_partial
        assert agent.charged <= 20_000 + 100, "a result may weigh a little more than estimated"
        generated = [row for row in await run.run.server.ledger() if row["total"] == 20_000]
        assert sum(row["generated"] for row in generated) <= 20_000
        assert run.team.pool.free == 300_000 - agent.charged


async def test_a_long_report_is_cut_at_its_source(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore"),)],
        "explore-1": [(ScriptedText("The result. " + words(9_000)),)],
    }
    async with run_team(tmp_path, replies) as run:
        with_team(run, report_tokens=500)
        await run.run.driver.run_turn("go")
        (finished,) = run.events(ev.AgentFinished)
        assert finished.report.startswith("The result.")
        assert "[cut at 500 tokens; the whole is in the agent's own log]" in finished.report
        (settled,) = [e for e in run.events(ev.ToolFinished) if e.name == "delegate"]
        assert settled.estimate < 700


@pytest.mark.parametrize(
    ("limits", "end"), [({"requests": 2}, "out_of_turns"), ({"requests": 30}, "done")]
)
async def test_an_agent_that_makes_too_many_requests_ends(
    tmp_path: Path, limits: dict[str, int], end: str
):
    replies: Any = {
        LEAD: [(delegate("explore"),)],
        "explore-1": [(says(10), GLOB), (says(11), GLOB), (says(12),)],
    }
    async with run_team(tmp_path, replies) as run:
        with_team(run, **limits)
        await run.run.driver.run_turn("go")
        assert run.team.agents["explore-1"].state == end


async def test_at_most_so_many_work_at_once_and_no_more_than_allowed_begin(tmp_path: Path):
    replies: Any = {LEAD: [tuple(delegate("explore", f"part {n}", 20_000) for n in range(5))]}
    async with run_team(tmp_path, replies) as run:
        with_team(run, in_turn=4)
        run.crew._places = asyncio.Semaphore(2)
        most, now = 0, set[str]()
        original = run.crew._on_item

        def began(agent: Any, child: Any, item: Any) -> None:
            nonlocal most
            if isinstance(item, ev.Record) and isinstance(item.event, ev.RequestStarted):
                now.add(agent.name)
                most = max(most, len(now))
            original(agent, child, item)

        def on_item(item: Any) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentFinished):
                now.discard(item.event.agent)

        run.crew._on_item = began  # type: ignore[method-assign]
        run.run.driver.listeners.append(on_item)
        await run.run.driver.run_turn("go")
        assert most == 2
        assert len(run.team.agents) == 4
        assert any("4 agents began in this turn" in result for result in run.results())


@pytest.mark.parametrize(("limit", "said"), [("in_turn", "turn"), ("in_session", "session")])
async def test_the_limits_in_number_hold_for_the_team_and_all_below_it(
    tmp_path: Path, limit: str, said: str
):
    chief = AgentKind(name="chief", description="d", instructions="i", budget=90_000, pool=45_000)
    deep = tuple(delegate("explore", f"part {n}", 9_000) for n in range(3))
    replies: Any = {
        LEAD: [(delegate("chief", "a"), delegate("chief", "b")), (delegate("explore", "last"),)],
        "chief-1": [deep],
        "chief-2": [(says(10), *deep)],
    }
    async with run_team(tmp_path, replies, kinds={"chief": chief}) as run:
        with_team(run, depth=2, **{limit: 6})
        await run.run.driver.run_turn("go")
        chiefs = [run.child(name).team for name in ("chief-1", "chief-2")]
        assert sum(len(team.agents) for team in chiefs) + 2 == 6
        assert run.team.all_agents == 6, "the lead's own log knows of all"
        assert run.results()[-1].startswith(f"6 agents began in this {said}")


async def test_a_kind_restricts_by_permission_and_never_by_another_list_of_tools(tmp_path: Path):
    edit = ScriptedToolUse("write", {"path": "made.txt", "content": "x"})
    nested = delegate("explore")
    replies: Any = {
        LEAD: [(delegate("explore"), delegate("write", "make it"))],
        "explore-1": [(edit, nested)],
        "write-1": [(edit,)],
    }
    async with run_team(tmp_path, replies, mode="auto") as run:
        await run.run.driver.run_turn("go")
        said = str(run.child("explore-1").conversation.messages)
        assert "An agent of your kind may not use write." in said
        assert "may not use delegate" in said or "You have no agents of your own" in said
        assert (run.run.folder / "made.txt").read_text() == "x"
        assert run.team.agents["write-1"].end.files == ("made.txt",)
        assert run.state.touched_files == {"made.txt": (1, 0)}


async def test_nothing_an_agent_can_call_moves_its_own_limits(tmp_path: Path):
    looser = "[team]\nrequests = 900\nminutes = 900\npool = 9000000\n"
    own_kind = "---\nname: write\ndescription: d\nbudget: 300k\n---\nWrite.\n"
    tries = (
        ScriptedToolUse("write", {"path": ".glideslope/settings.toml", "content": looser}),
        ScriptedToolUse("write", {"path": ".glideslope/agents/write.md", "content": own_kind}),
        ScriptedToolUse("write", {"path": "../session.db", "content": "x"}),
        ScriptedToolUse("write", {"path": "../session.write-1.db", "content": "x"}),
        ScriptedToolUse(
            "bash",
            {"command": f"mkdir -p .glideslope; echo '{looser}' > .glideslope/settings.toml"},
        ),
        delegate("write", "more", 200_000),
    )
    replies: Any = {LEAD: [(delegate("write", "a", 40_000),)], "write-1": [tries, (says(20),)]}
    async with run_team(tmp_path, replies, mode="auto") as run:
        await run.run.driver.run_turn("go")
        child = run.child("write-1")
        assert (child.grant, run.team.reserved("write-1")) == (40_000, 40_000)
        assert not (run.run.folder / ".glideslope" / "settings.toml").exists()
        assert not (run.run.folder / ".glideslope" / "agents").exists()
        assert list(run.team.agents) == ["write-1"] and not child.team.agents
        assert not run.events(ev.AgentExtended) and run.team.pool.granted == 300_000


async def test_a_limit_in_dollars_is_shared_out_and_never_twice(tmp_path: Path):
    """Each agent gets of the rest what its tokens are of all that may still be spent."""
    replies: Any = {LEAD: [tuple(delegate("explore", f"part {n}", 60_000) for n in range(4))]}
    async with run_team(tmp_path, replies, budget=100_000) as run:
        limits = replace(run.run.ctx.settings.hard_limits, dollars=Decimal("2.00"))
        run.run.ctx.settings = replace(run.run.ctx.settings, hard_limits=limits)
        promised: list[Decimal] = []

        def look(item: Any) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSpawned):
                spent = run.state.bill.dollars or Decimal(0)
                promised.append(spent + run.team.dollars_held)

        run.run.driver.listeners.append(look)
        await run.run.driver.run_turn("go")
        # Of $2 less ≈ 2 cents, 60k of the 400k tokens; then 60k of 340k of what is left, …
        parts = [event.dollars for event in run.events(ev.AgentSpawned)]
        assert all(part is not None and Decimal("0.27") < part < Decimal("0.31") for part in parts)
        assert len(parts) == 4 and max(promised) < Decimal("2.00")


async def test_an_interrupt_stops_every_agent_and_each_has_one_end(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore", "a"), delegate("explore", "b"))],
        "explore-1": [(says(20), GLOB)] * 3 + [(says(4_000),)],
        "explore-2": [(says(20), GLOB)] * 3 + [(says(4_000),)],
    }
    async with run_team(tmp_path, replies) as run:
        run.run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled),
            run.run.driver.interrupt,
        )
        await run.run.driver.run_turn("go")
        ends = run.events(ev.AgentFinished)
        assert sorted(e.agent for e in ends) == ["explore-1", "explore-2"]
        assert {e.end for e in ends} == {"stopped"}
        assert not run.team.living
        assert run.state.last_end is not None and run.state.last_end.reason == "interrupted"
        free = 300_000 - sum(run.child(e.agent).ledger.charged for e in ends)
        assert run.team.pool.free == free


@pytest.mark.parametrize(
    ("tool", "moment"),
    [("write", ev.ToolFinished), ("write", ev.ToolStarted), ("bash", ToolOutput)],
)
async def test_what_an_agent_changed_that_was_interrupted_is_in_the_call_of_the_lead(
    tmp_path: Path, tool: str, moment: type
):
    """Rewinding and `/diff` of the lead know it, also where the act itself was cut short."""
    command = "echo the agents > a.txt; echo here; sleep 30"
    acts: Any = {
        "write": (ScriptedToolUse("write", {"path": "a.txt", "content": "the agents\n"}),),
        "bash": (ScriptedToolUse("bash", {"command": command}),),
    }
    read = (ScriptedToolUse("read", {"path": "a.txt"}),)
    work = [read, acts[tool], (says(4_000),)]
    replies: Any = {LEAD: [(delegate("write", "a"),)], "write-1": work}
    async with run_team(tmp_path, replies, mode="auto") as run:
        path = run.run.folder / "a.txt"
        path.write_text("the users\n")
        original = run.crew._on_item

        def interrupting(agent: Any, child: Any, item: Any) -> None:
            event = item.event if isinstance(item, ev.Record) else item
            if isinstance(event, moment) and getattr(event, "name", tool) == tool:
                run.run.driver.interrupt()
            original(agent, child, item)

        run.crew._on_item = interrupting  # type: ignore[method-assign]
        await run.run.driver.run_turn("go")
        (finished,) = [e for e in run.events(ev.ToolFinished) if e.name == "delegate"]
        assert (run.team.agents["write-1"].state, finished.outcome) == ("stopped", "interrupted")
        wanted = [("a.txt", 1, 1)] if path.read_text() == "the agents\n" else []
        assert wanted or moment is ev.ToolStarted, "only then may the act not have begun"
        assert [(c.path, c.added, c.removed) for c in finished.changes] == wanted
        assert run.state.touched_files == {name: (1, 1) for name, *_ in wanted}


async def test_a_429_delays_all_and_fails_none(tmp_path: Path):
    replies: Any = {LEAD: [tuple(delegate("explore", f"part {n}") for n in range(4))]}
    async with run_team(tmp_path, replies) as run:
        await run.run.server.faults({"kind": "status", "status": 429, "request": [3, 4]})
        await run.run.driver.run_turn("go")
        assert {agent.state for agent in run.team.agents.values()} == {"done"}


async def test_a_failed_agent_gives_its_reservation_back(tmp_path: Path):
    replies: Any = {LEAD: [(delegate("explore"),)]}
    async with run_team(tmp_path, replies) as run:
        await run.run.server.faults({"kind": "status", "status": 400, "request": 2})
        await run.run.driver.run_turn("go")
        agent = run.team.agents["explore-1"]
        assert (agent.state, agent.is_partial) == ("failed", True)
        assert run.team.pool.free == 300_000 - agent.charged
        assert "Agent explore-1 failed" in run.results()[0]


async def test_every_charge_of_the_tree_is_the_servers_to_the_token(tmp_path: Path):
    replies: Any = {
        LEAD: [tuple(delegate("explore", f"part {n}") for n in range(4)), (says(30),)],
        **{f"explore-{n}": [(says(100 * n),)] for n in range(1, 5)},
    }
    async with run_team(tmp_path, replies) as run:
        await run.run.driver.run_turn("go")
        generated = await server_charge(run)
        output = sum(
            entry.tokens for entry in run.state.ledger.entries.values() if entry.kind == "output"
        )
        assert output + run.team.charged == generated
        assert run.run.folded_from_disk().team.pool == run.team.pool
        children = [run.child(name).bill.dollars for name in run.team.agents]
        paid = sum((each or Decimal(0) for each in children), run.state.bill.dollars or Decimal(0))
        meters, costs = read_meters(run.state), PromptCosts(run.run.store.records())
        assert meters.billed.total_dollars == paid == costs.dollars[1]
        said = cost_summary(meters).replace("\\", "")
        assert f"{format_dollars(paid)} at list price" in said
        listed = summarise_session(("k", "s"), run.state, 0.0, InheritedUsage())
        assert listed.dollars == paid
        states = [run.state, *(run.child(name) for name in run.team.agents)]
        for by in ("agent", "subtask", "turn", "model"):
            groups = [group_usage(s.ledger.entries.values(), (), by) for s in states]
            assert sum(each.charged for own in groups for each in own) == listed.charged


async def test_the_lead_keeps_room_for_the_reports_it_orders(tmp_path: Path):
    replies: Any = {LEAD: [(says(14_000), delegate("explore"))]}
    async with run_team(tmp_path, replies, budget=20_000) as run:
        with_team(run, report_tokens=5_000)
        await run.run.driver.run_turn("go")
        assert not run.team.agents
        assert "too few for the report of another agent (5,000 each)" in run.results()[0]


async def test_in_mode_plan_no_agent_is_paid_from_the_pool(tmp_path: Path):
    replies: Any = {LEAD: [(delegate("explore", "Find the parser."),), (says(50),)]}
    async with run_team(tmp_path, replies) as run:
        await run.run.driver.change_mode("plan")
        await run.run.driver.run_turn("plan it")
        (result,) = run.results()
        assert result.startswith("Plan mode: agents are paid from the team's pool")
        assert run.team.agents == {}


@pytest.mark.parametrize("kind", [["explore", "test"], {"a": 1}, 7, None])
async def test_a_kind_that_is_no_word_is_refused_and_the_turn_goes_on(tmp_path: Path, kind: object):
    call = ScriptedToolUse("delegate", {"kind": kind, "task": "look"})
    replies: Any = {LEAD: [(call,), (ScriptedText("I do it myself."),)]}
    async with run_team(tmp_path, replies) as run:
        await run.run.driver.run_turn("go")
        (finished,) = run.events(ev.ToolFinished)
        assert finished.outcome == "error"
        assert not run.team.agents
        assert run.events(ev.TurnEnded)[-1].reason == "completed"


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "explore", "task": "look", "budget": 150_000},
        {"kind": "explore", "task": "look", "budget": "150000"},
        {"kind": ["explore"], "task": "look", "budget": 150_000},
        {"input": {"kind": "explore", "task": "look", "budget": 150_000}},
    ],
)
async def test_a_call_that_is_nearly_right_is_asked_about_like_the_right_one(
    tmp_path: Path, given: dict[str, Any]
):
    replies: Any = {LEAD: [(ScriptedToolUse("delegate", given),), (says(20),)]}
    async with run_team(tmp_path, replies, interactive=True) as run:
        run.asked(lambda asked: PermissionAnswer("no"))
        await run.run.driver.run_turn("go")
        (asked,) = run.events(ev.PermissionAsked)
        assert asked.reason.startswith("1 agent wants 150,000 of the 300,000 tokens")
        assert not run.team.agents

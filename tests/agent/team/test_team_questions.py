"""What agents ask of the user: before they begin, for a permission, for more of the pool."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.run_team import GLOB, LEAD, delegate, run_team, says, with_team
from tui.agent.agent_ends import DELEGATE
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.turn_items import ToolOutput
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedToolUse

ELSEWHERE = "process 7"
STORM = tuple(delegate("explore", f"part {n}", 20_000) for n in range(10))


def answering(said: list[ev.PermissionAsked], *answers: str) -> Any:
    """Gives the answers one after the other, and keeps the questions."""
    left = iter(answers)

    def answer(asked: ev.PermissionAsked) -> PermissionAnswer | None:
        said.append(asked)
        word = next(left, None)
        return None if word is None else PermissionAnswer(word, source=ELSEWHERE)  # type: ignore[arg-type]

    return answer


async def test_a_storm_is_one_question_and_a_no_begins_nobody(tmp_path: Path):
    async with run_team(tmp_path, {LEAD: [STORM]}, interactive=True) as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "no"))
        await run.run.driver.run_turn("go")
        (asked,) = said
        assert {each.source for each in run.events(ev.PermissionAnswered)} == {ELSEWHERE}
        assert "10 agents want 200,000 of the 300,000 tokens that are free" in asked.reason
        assert "a team takes ≈ 7 times what one session does (published)" in asked.reason
        assert asked.preview.splitlines()[0] == "explore: part 0"
        assert not run.team.agents
        assert {result[:33] for result in run.results()} == {"The user does not want these agen"}


async def test_a_budget_that_is_refused_is_in_no_question(tmp_path: Path):
    calls = (delegate("explore", "a", 1), *(delegate("explore", "b", 60_000) for _ in "bc"))
    async with run_team(tmp_path, {LEAD: [calls]}, interactive=True) as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "no"))
        await run.run.driver.run_turn("go")
        assert [asked.reason[:27] for asked in said] == ["2 agents want 120,000 of th"]
        assert run.results()[0] == "A budget has 8,000 tokens at least."


async def test_an_answer_for_the_turn_lets_as_many_begin_and_the_next_one_asks(tmp_path: Path):
    async def past() -> dict[str, list[int]]:
        return {"explore": [9_000, 10_000, 11_000, 12_000]}

    one = (delegate("explore", "one more", 20_000),)
    replies: Any = {LEAD: [STORM[:6], one, one, one]}
    async with run_team(tmp_path, replies, interactive=True, past=past) as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "session", "no"))
        await run.run.driver.run_turn("go")
        assert "(≈ 66k by your history, 4 agents)" in said[0].reason
        assert said[0].allows == "up to 8 agents, 160,000 tokens, this turn"
        assert len(said) == 2 and len(run.team.agents) == 8
        await run.run.driver.run_turn("again")
        assert len(run.team.agents) == 8


async def test_small_fan_outs_need_no_answer(tmp_path: Path):
    replies: Any = {LEAD: [STORM[:2]]}
    async with run_team(tmp_path, replies, interactive=True) as run:
        await run.run.driver.run_turn("go")
        assert not run.events(ev.PermissionAsked)
        assert len(run.team.agents) == 2


async def test_many_small_agents_are_asked_about_for_their_number_alone(tmp_path: Path):
    small = tuple(delegate("explore", f"part {n}", 8_000, up_to=9_000) for n in range(9))
    async with run_team(tmp_path, {LEAD: [small]}, interactive=True) as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "no"))
        await run.run.driver.run_turn("go")
        assert [asked.subject for asked in said] == ["9 agents"]
        rows = said[0].preview.splitlines()
        assert rows[0] == "explore: part 0 (may be raised to 9,000 tokens)"


async def test_an_agents_permission_question_names_it_and_its_answer_is_for_it_alone(
    tmp_path: Path,
):
    make = ScriptedToolUse("write", {"path": "made.txt", "content": "x"})
    replies: Any = {
        LEAD: [(delegate("write", "a", 20_000), delegate("write", "b", 20_000))],
        "write-1": [(make,)],
        "write-2": [(ScriptedToolUse("write", {"path": "other.txt", "content": "x"}),)],
    }
    async with run_team(tmp_path, replies, interactive=True, mode="ask") as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "once", "no"))
        await run.run.driver.run_turn("go")
        assert {asked.agent for asked in said} == {"write-1", "write-2"}
        assert {asked.tool_use.partition("/")[0] for asked in said} == {"write-1", "write-2"}
        allowed = said[0].agent
        made = {path.name for path in run.run.folder.iterdir()}
        assert made == ({"made.txt"} if allowed == "write-1" else {"other.txt"})
        assert not run.state.open_questions and not run.state.rules
        assert {each.source for each in run.events(ev.PermissionAnswered)} == {ELSEWHERE}
        assert all(agent.state == "done" for agent in run.team.agents.values())


async def test_an_answer_for_the_team_reaches_who_is_at_work_whoever_comes_later_and_the_lead(
    tmp_path: Path,
):
    def write(name: str) -> tuple[ScriptedToolUse]:
        return (ScriptedToolUse("write", {"path": f"src/{name}", "content": "x"}),)

    chief = AgentKind(name="chief", description="d", instructions="i", budget=90_000, pool=45_000)
    deep = delegate("write", "d", 20_000)
    replies: Any = {
        LEAD: [
            (delegate("chief", "a"), delegate("chief", "b")),
            (delegate("late", "c", 20_000), *write("lead")),
        ],
        "chief-1": [(deep,), write("chief")],
        "chief-2": [(GLOB,), (GLOB,), write("other")],
        "write-1": [write("one"), write("two")],
        "late-1": [write("late")],
    }
    kinds = {
        name: AgentKind(name=name, description="d", instructions="i") for name in ("write", "late")
    } | {"chief": chief}
    async with run_team(tmp_path, replies, interactive=True, mode="ask", kinds=kinds) as run:
        with_team(run, depth=2, ask_above=1_000_000)
        said: list[ev.PermissionAsked] = []

        def answer(asked: ev.PermissionAsked) -> PermissionAnswer:
            said.append(asked)
            return PermissionAnswer("once" if asked.name == DELEGATE else "team")

        run.asked(answer)
        await run.run.driver.run_turn("go")
        asked = [each for each in said if each.name == "write"]
        assert asked[0].asker in ("chief-1 ▸ write-1", "chief-2")
        assert len(asked) <= 2, "two may ask at the same time; nobody asks after the answer"
        made = {path.name for path in (run.run.folder / "src").iterdir()}
        assert made == {"one", "two", "chief", "other", "late", "lead"}
        rule = asked[0].rule
        assert rule in run.state.rules and run.state.mode == "ask"
        for agent in ("chief-1", "chief-2"):
            assert rule in run.child(agent).rules, "its own log says so"


async def test_an_answer_for_the_team_answers_what_another_agent_asks_meanwhile(tmp_path: Path):
    agents = ("write-1", "write-2")
    work: Any = {
        name: [(ScriptedToolUse("write", {"path": f"src/{name}", "content": "x"}),)]
        for name in agents
    }
    calls = (delegate("write", "a", 20_000), delegate("write", "b", 20_000))
    replies: Any = {LEAD: [calls], **work}
    async with run_team(tmp_path, replies, interactive=True, mode="ask") as run:
        open_at_once: list[str] = []

        def answer_when_both_ask(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                open_at_once.append(item.event.tool_use)
                if len(open_at_once) == 2:
                    run.run.driver.answer_permission(open_at_once[1], PermissionAnswer("team"))

        run.run.driver.listeners.append(answer_when_both_ask)
        await asyncio.wait_for(run.run.driver.run_turn("go"), 20)
        assert {path.name for path in (run.run.folder / "src").iterdir()} == set(agents)
        answers = {each.tool_use: each.answer for each in run.events(ev.PermissionAnswered)}
        assert [answers[key] for key in open_at_once] == ["once", "team"]
        assert not run.state.open_questions


async def test_rules_that_change_reach_agents_at_work_and_those_below_them(tmp_path: Path):
    chief = AgentKind(name="chief", description="d", instructions="i", budget=90_000, pool=45_000)
    replies: Any = {
        LEAD: [(delegate("chief", "a"),)],
        "chief-1": [(delegate("write", "d", 20_000),)],
        "write-1": [(GLOB,), (ScriptedToolUse("write", {"path": "no.txt", "content": "x"}),)],
    }
    async with run_team(tmp_path, replies, mode="edits", kinds={"chief": chief}) as run:
        with_team(run, depth=2)

        def tighten(agent: Any, child: Any, item: Any) -> None:
            run.run.ctx.run.rules = run.run.ctx.run.rules.with_settings([], ["write(**)"], [])
            run.crew.tree.pass_on_rules()
            original(agent, child, item)

        original = run.crew._on_item
        run.crew._on_item = tighten  # type: ignore[method-assign]
        await run.run.driver.run_turn("go")
        assert not list(run.run.folder.iterdir())
        (below,) = run.child("chief-1").team.agents.values()
        assert below.state == "done"
        said = str([seen.messages for who, seen in run.script.inputs if who == "write-1"])
        assert "deny this: write(**)" in said


async def test_a_question_that_nobody_answers_is_no_answer(tmp_path: Path):
    make = ScriptedToolUse("write", {"path": "made.txt", "content": "x"})
    replies: Any = {LEAD: [(delegate("write"),)], "write-1": [(make,)]}
    async with run_team(tmp_path, replies, interactive=True, mode="ask") as run:
        run.run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked),
            lambda: run.crew.stop("write-1"),
        )
        open_at_end: list[str] = []

        def look(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentFinished):
                open_at_end.extend(run.state.open_questions)

        run.run.driver.listeners.append(look)
        await run.run.driver.run_turn("go")
        assert not open_at_end
        assert not list(run.run.folder.iterdir())
        assert run.team.agents["write-1"].state == "stopped"
        assert not run.state.open_questions


async def test_at_its_reserve_an_agent_asks_for_more_and_gets_it_once_from_the_pool(
    tmp_path: Path,
):
    work = [(says(9_000), GLOB), (says(9_500), GLOB), (says(3_000),)]
    replies: Any = {LEAD: [(delegate("explore", "a", 20_000),)], "explore-1": work}
    async with run_team(tmp_path, replies, interactive=True) as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "once"))
        await run.run.driver.run_turn("go")
        agent = run.team.agents["explore-1"]
        assert said[0].name == "more budget" and said[0].agent == "explore-1"
        assert (agent.state, agent.is_partial) == ("done", False)
        shown = [e for e in run.events(ev.AgentSettled, ev.AgentAsked) if e.agent == "explore-1"]
        before = shown[shown.index(next(e for e in shown if isinstance(e, ev.AgentAsked))) - 1]
        assert before.charged > 18_000, "who answers sees what it used until then"
        assert {each.source for each in run.events(ev.PermissionAnswered)} == {ELSEWHERE}
        (given,) = run.events(ev.AgentExtended)
        assert run.team.reserved("explore-1") == 20_000 + given.by
        totals = [row["total"] for row in await run.run.server.ledger()]
        changed = [total for total in totals if total != 100_000]
        assert changed == [20_000, 20_000, 20_000 + given.by]


@pytest.mark.parametrize(
    ("pool", "interactive", "reserved"),
    [(300_000, False, 45_000), (300_000, True, 45_000), (28_000, False, 28_000)],
    ids=["without a screen", "with a screen", "what the pool has"],
)
async def test_the_lead_may_let_an_agent_be_raised_within_what_it_ordered(
    tmp_path: Path, pool: int, interactive: bool, reserved: int
):
    work = [(says(9_000), GLOB), (says(9_500), GLOB), (says(3_000),)]
    order = delegate("explore", "a", 20_000, up_to=45_000)
    replies: Any = {LEAD: [(order,)], "explore-1": work}
    async with run_team(tmp_path, replies, pool=pool, interactive=interactive) as run:
        await run.run.driver.run_turn("go")
        assert not run.events(ev.PermissionAsked)
        (given,) = run.events(ev.AgentExtended)
        assert (given.by, given.by_whom) == (reserved - 20_000, "lead")
        assert run.team.reserved("explore-1") == run.child("explore-1").grant == reserved
        assert run.team.agents["explore-1"].state == "done"


async def test_without_an_answer_an_agent_lands(tmp_path: Path):
    work = [(says(9_000), GLOB), (says(9_500), GLOB), (says(300),)]
    replies: Any = {LEAD: [(delegate("explore", "a", 20_000),)], "explore-1": work}
    async with run_team(tmp_path, replies, interactive=True) as run:
        said: list[ev.PermissionAsked] = []
        run.asked(answering(said, "no"))
        await run.run.driver.run_turn("go")
        assert run.team.agents["explore-1"].state == "landed"
        assert not run.events(ev.AgentExtended)


async def test_an_agent_with_a_pool_splits_its_own_reservation(tmp_path: Path):
    lead = AgentKind(name="chief", description="d", instructions="i", budget=100_000, pool=60_000)
    replies: Any = {
        LEAD: [(delegate("chief"),)],
        "chief-1": [
            (says(100), delegate("explore", "x", 30_000), delegate("explore", "y", 50_000)),
            (says(50),),
        ],
        "explore-1": [(says(2_000), delegate("explore", "deeper"))],
    }
    async with run_team(tmp_path, replies, kinds={"chief": lead}) as run:
        with_team(run, depth=2)
        await run.run.driver.run_turn("go")
        chief = run.child("chief-1")
        assert (chief.grant, chief.team.pool.granted) == (50_000, 50_000)
        assert [chief.team.reserved(name) for name in chief.team.agents] == [30_000, 20_000]
        subtree = chief.ledger.charged + chief.team.charged
        assert run.team.agents["chief-1"].charged == subtree <= 100_000
        assert subtree > 2_000
        said = [(who, str(seen.messages)) for who, seen in run.script.inputs]
        assert any("You have no agents of your own" in words for _, words in said)


@pytest.mark.parametrize(
    ("calls", "last"),
    [
        (12, "6 more are wanted; the pool has too little for them"),
        (7, "1 more is wanted; the pool has too little for it"),
    ],
)
async def test_a_storm_says_how_many_of_it_fit_the_pool(tmp_path: Path, calls: int, last: str):
    tasks = ["readme " * 20, f"{'/far' * 40} and more", *(f"part {n}" for n in range(2, calls))]
    many = tuple(delegate("explore", task, 50_000) for task in tasks)
    asked: list[ev.PermissionAsked] = []
    async with run_team(tmp_path, {LEAD: [many]}, interactive=True) as run:

        def refuses(question: ev.PermissionAsked) -> PermissionAnswer:
            asked.append(question)
            return PermissionAnswer("no")

        run.asked(refuses)
        await run.run.driver.run_turn("go")
    (question,) = asked
    assert question.subject == "6 agents"
    assert question.preview.splitlines()[-1] == last
    assert question.preview.splitlines()[:2] == [
        f"explore: {'readme ' * 8}…",
        f"explore: {('/far' * 25)[:62]}…",
    ], "no word is cut that fits"
    assert "part 5" in question.preview and "part 6" not in question.preview


async def test_what_the_user_gives_an_agent_changes_its_total_once_and_no_others(tmp_path: Path):
    work = [(says(100), GLOB), (says(200),)]
    replies: Any = {LEAD: [(delegate("explore", "a", 20_000),)], "explore-1": work}
    async with run_team(tmp_path, replies) as run:
        tasks: list[asyncio.Task[tuple[str, str]]] = []
        rows: list[str] = []
        run.run.driver.listeners.append(
            lambda item: rows.append(item.text) if isinstance(item, ToolOutput) else None
        )

        async def extend() -> tuple[str, str]:
            rows.clear()
            said = await run.crew.extend("explore-1", 30_000)
            return said, rows[-1] if rows else ""

        run.run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled),
            lambda: tasks.append(asyncio.create_task(extend())),
        )
        await run.run.driver.run_turn("go")
        ((said, row),) = [await task for task in tasks]
        assert said == "" and "of 50k used" in row, "its row has the new budget at once"
        assert run.child("explore-1").grant == run.team.reserved("explore-1") == 50_000
        assert [each.by for each in run.events(ev.AgentExtended)] == [30_000]
        assert {row["total"] for row in await run.run.server.ledger()} <= {100_000, 20_000, 50_000}


async def test_to_an_agent_that_has_ended_nothing_can_be_added(tmp_path: Path):
    async with run_team(tmp_path, {LEAD: [(delegate("explore"),)]}) as run:
        await run.run.driver.run_turn("go")
        said = await run.crew.extend("explore-1", 20_000)
        assert said == "No agent named explore-1 is at work."

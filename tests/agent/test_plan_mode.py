"""Mode plan: its own budget, the note to the model, and a turn that ends with the filed plan."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from tests.agent.managed_caps import read_managed_caps
from tests.support.run_session import SessionRun, run_session
from tui.agent.budget_requests import BudgetRefused
from tui.agent.plan_agreement import agreement_events, work_prompt
from tui.session import events as ev
from tui.session.filed_plan import AgreedItem, AgreedQuote, FiledPlan, PlanItem
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

PLAN = {
    "goal": "Annotate",
    "items": [
        {"id": "p", "title": "parse.py", "estimate": 4_000, "files": ["parse.py"]},
        {"id": "l", "title": "lexer.py", "estimate": 2_000, "checks": ["pytest -q"]},
    ],
}
PLAN_FILED = FiledPlan(
    items=(PlanItem(id="p", title="parse.py"), PlanItem(id="l", title="lexer.py")), goal="Annotate"
)
FILE = (ScriptedText("Here is the plan."), ScriptedToolUse("file_plan", PLAN))
READ = (ScriptedToolUse("read", {"path": "a.txt"}),)


def grants(run: SessionRun) -> list[tuple[int | None, str, str]]:
    return [(e.total, e.scope, e.purpose) for e in run.events(ev.BudgetGranted)]


async def test_the_turn_ends_with_the_filed_plan_without_another_request(tmp_path: Path):
    async with run_session(tmp_path, FILE, mode="plan", budget=None) as run:
        await run.driver.run_turn("plan it")
        assert run.state.request == 1
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed"
        waiting = run.state.plan_quotes.waiting
        assert waiting is not None
        assert [(i.id, i.title, i.estimate) for i in waiting.plan.items] == [
            ("p", "parse.py", 4_000),
            ("l", "lexer.py", 2_000),
        ]
        # After a restart it waits still, because the log has it.
        assert run.folded_from_disk().plan_quotes.waiting == waiting
        assert run.state.checklist == {}


async def test_a_prompt_has_the_plan_budget_and_leaving_gives_back_the_one_before(tmp_path: Path):
    async with run_session(tmp_path, FILE, FILE, mode="plan", budget=100_000) as run:
        await run.driver.run_turn("plan it")
        assert grants(run) == [(30_000, "turn", "plan")]
        assert (run.state.grant, run.state.left) == (30_000, 30_000 - run.state.ledger.charged)
        await run.driver.run_turn("again")  # no other grant: each prompt has its own
        assert len(grants(run)) == 1
        await run.driver.change_mode("ask")
        assert grants(run)[1:] == [(100_000, "session", "restored")]
        assert run.state.left == 100_000 - run.state.ledger.charged


async def test_where_less_is_left_than_the_plan_budget_that_is_the_limit(tmp_path: Path):
    async with run_session(tmp_path, FILE, mode="plan", budget=25_000) as run:
        await run.driver.run_turn("plan it")
        assert grants(run) == []
        assert run.state.grant == 25_000


async def test_without_a_budget_before_there_is_none_after(tmp_path: Path):
    async with run_session(tmp_path, FILE, mode="plan", budget=None) as run:
        await run.driver.run_turn("plan it")
        await run.driver.change_mode("edits")
        assert run.state.grant is None
        assert grants(run)[-1] == (None, "session", "restored")


async def test_the_model_is_told_the_mode_and_its_end_once(tmp_path: Path):
    talk = (ScriptedText("Yes."),)
    async with run_session(tmp_path, FILE, talk, talk, mode="plan", budget=None) as run:
        await run.driver.run_turn("plan it")
        await run.driver.change_mode("ask")
        await run.driver.run_turn("and now?")
        await run.driver.run_turn("and then?")
        notes = [e.text.split(":")[0].split(".")[0] for e in run.events(ev.NoteSent)]
        assert notes == ["Plan mode", "Plan mode is over"]


async def test_only_file_plan_and_reading_work_in_mode_plan_and_file_plan_in_no_other(
    tmp_path: Path,
):
    write = (
        ScriptedToolUse("write", {"path": "b.txt", "content": "b"}),
        ScriptedToolUse("checklist", {"subtasks": [{"id": "a", "title": "A"}]}),
    )
    async with run_session(tmp_path, write, FILE, FILE, (ScriptedText("ok"),), mode="plan") as run:
        await run.driver.run_turn("plan it")
        outcomes = [(e.name, e.outcome) for e in run.events(ev.ToolFinished)]
        assert outcomes == [("write", "denied"), ("checklist", "denied"), ("file_plan", "done")]
        assert not (run.folder / "b.txt").exists()
        await run.driver.change_mode("auto")
        await run.driver.run_turn("and now do it")
        last = run.events(ev.ToolFinished)[-1]
        assert (last.name, last.outcome) == ("file_plan", "denied")
        assert last.content.startswith("file_plan works in plan mode only.")


async def test_at_its_reserve_the_model_is_told_to_file_the_plan_now(tmp_path: Path):
    long = (ScriptedText("word " * 18_500), *READ)
    async with run_session(tmp_path, long, FILE, mode="plan", budget=None, delta=4_000) as run:
        (run.folder / "a.txt").write_text("a\n")
        run.ctx.settings = replace(run.ctx.settings, limit_policy="wrap", plan_budget=20_000)
        await run.driver.run_turn("plan it")
        landing = [e.text for e in run.events(ev.NoteSent) if e.reason == "landing"]
        assert len(landing) == 1
        assert "file the plan now" in landing[0]
        assert run.state.plan_quotes.waiting is not None
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed"


def quoted(run: SessionRun) -> AgreedQuote:
    waiting = run.state.plan_quotes.waiting
    assert waiting is not None
    items = tuple(
        AgreedItem(id=i.id, title=i.title, estimate=i.estimate or 1, quoted=2 * (i.estimate or 1))
        for i in waiting.plan.items
    )
    return AgreedQuote(
        items=items, low=6_000, high=20_000, estimated=6_000, budget=20_000, kind="bug fix",
        dollars=Decimal("0.24"),
    )  # fmt: skip


async def test_at_the_reserve_the_question_names_what_the_open_items_were_quoted(tmp_path: Path):
    begin = (
        ScriptedToolUse("checklist", {"subtasks": [{"id": "p", "state": "in_progress"}]}),
        ScriptedText("word " * 2_900),
        *READ,
    )
    long = (
        ScriptedToolUse("checklist", {"subtasks": [{"id": "p", "state": "done"}]}),
        ScriptedText("word " * 15_500),
        *READ,
    )
    report = (ScriptedToolUse("wrap_up", {"not_started": ["lexer.py"]}),)
    end = (ScriptedText("Landed."),)
    async with run_session(
        tmp_path, FILE, begin, long, report, end, mode="plan", budget=None, delta=4_000
    ) as run:
        (run.folder / "a.txt").write_text("a\n")
        run.ctx.settings = replace(run.ctx.settings, limit_policy="wrap")
        await run.driver.run_turn("plan it")
        quote = quoted(run)
        events = agreement_events(run.state, {}, quote, "auto", "session")
        await run.driver.agree_to_plan(events, "auto")
        assert run.state.mode == run.ctx.run.rules.mode == "auto"
        assert [task.state for task in run.state.checklist.values()] == ["pending"] * 2
        await run.driver.run_turn(work_prompt(quote, PLAN_FILED))
        (reached,) = run.events(ev.LimitReached)
        # It asks before the calls of the message run, so parse.py is open, with all of its quote
        # used; lexer.py was quoted 4,000 of 12,000 tokens: a third of the dollars.
        assert reached.sentence.endswith(
            "Of the agreed plan 2 items are open: ≈ 4k of the quoted tokens ($0.08) are left for "
            "that."
        )
        bill = run.state.quote_bill
        assert bill is not None and bill.is_open
        assert [each.state for each in bill.items] == ["done", "pending"]
        assert run.folded_from_disk().quote_bill == bill


async def test_an_agreement_over_a_cap_or_to_nothing_changes_nothing(tmp_path: Path):
    async with run_session(tmp_path, FILE, mode="plan", budget=None) as run:
        await run.driver.run_turn("plan it")
        quote = quoted(run)
        caps = read_managed_caps(tmp_path, task_budget=25_000)
        with pytest.raises(BudgetRefused, match="25,000"):
            agreement_events(
                run.state, caps, structs.replace(quote, budget=60_000), "ask",
                "session",
            )  # fmt: skip
        with pytest.raises(BudgetRefused, match="Nothing is left of the plan"):
            agreement_events(run.state, {}, structs.replace(quote, items=()), "ask", "session")

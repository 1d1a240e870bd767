"""Monthly budgets in a running turn: said once, counted with other sessions, and how they stop."""

import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.context import change_context, copy_of_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.monthly_budgets import IndexedSpend, MonthlyBudgetWatch
from tui.agent.run_result import exit_code, standing_json
from tui.agent.session_runner import Published, SessionRunner
from tui.budget.monthly_budget import QUARTER, MonthlyBudget, Spend, month_at
from tui.session import events as ev
from tui.session.session_index import SessionIndex
from tui.session.session_paths import session_path
from tui.simulator.scripted_model.model_input import ScriptedBlock, ScriptedText, ScriptedToolUse

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC).timestamp()
CALL = ScriptedToolUse("bash", {"command": "true"})
REPORT = ScriptedToolUse("wrap_up", {"done": ["a"], "not_started": ["b"], "next_step": "b"})
END = ScriptedText("end")
ALL = MonthlyBudget("month", "dollars", Decimal(10))
STOPS = MonthlyBudget("month", "dollars", Decimal(10), stops=True)
CAP = MonthlyBudget("month", "dollars", Decimal(10), "", True, "Platform team", True)
AGAIN = "It starts again on 1 January, in 22 days."


def spend_elsewhere(data: Path, dollars: str, *, tag: str = "", unpriced: int = 0) -> None:
    """What another session spent this month, in all."""
    spend = Spend(1_000, Decimal(dollars), unpriced)
    with SessionIndex(data) as index:
        index.record_spend("elsewhere", "other", [(int(NOON // QUARTER), tag, spend)])


@asynccontextmanager
async def at_work(
    tmp_path: Path,
    *replies: tuple[ScriptedBlock, ...],
    budgets: tuple[MonthlyBudget, ...] = (STOPS,),
    spent: str = "0",
    policy: str = "wrap",
    **more: Any,
) -> AsyncIterator[SessionRun]:
    """A session on the tenth of December, beside another one that has spent so many dollars."""
    data = tmp_path / "data"
    spend_elsewhere(data, spent)
    async with run_session(tmp_path, *replies, budget=None, **more) as run:
        run.clock.shifted = NOON - time.time()
        change_context(
            run.ctx,
            now=run.clock,
            zone=UTC,
            spend=spend_reader(run, data),
            monthly_budgets=budgets,
            limit_policy=policy,
        )
        yield run


def spend_reader(run: SessionRun, data: Path) -> IndexedSpend:
    log = session_path(data, run.folder, "session")
    return IndexedSpend(data, run.folder, log, run.state)


def reached(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached)


def notices(run: SessionRun) -> list[str]:
    return [event.sentence for event in run.events(ev.NoticeShown)]


def end_of(run: SessionRun) -> tuple[str, str]:
    assert run.state.last_end is not None
    return run.state.last_end.reason, run.state.last_end.sentence


def restart(run: SessionRun) -> None:
    """The program ends and comes back."""
    assert isinstance(run.ctx.services.spend, IndexedSpend)
    data = run.ctx.services.spend.data
    run.driver = SessionRunner(
        run.store, run.folded_from_disk(), copy_of_context(run.ctx), ThreadPoolExecutor(1)
    )
    change_context(run.ctx, spend=spend_reader(run, data))
    run.driver.listeners.append(run.published.append)


async def test_what_is_used_is_said_once_also_after_a_restart(tmp_path: Path):
    async with at_work(tmp_path, (END,), (END,), (END,), budgets=(ALL,), spent="7.60") as run:
        await run.driver.run_turn("go")
        restart(run)
        await run.driver.run_turn("on")
        (said,) = notices(run)
        assert said.startswith("75 % of the monthly budget is used: $7.6")
        assert said.endswith(f" left. {AGAIN}")
        spend_elsewhere(tmp_path / "data", "10.50")
        await run.driver.run_turn("and on")
        assert notices(run)[1:] == [notices(run)[-1]]
        assert notices(run)[-1].startswith("The monthly budget is used up: $10.5")
        assert end_of(run)[0] == "completed"  # it only warns


async def test_each_budget_that_covers_the_session_is_said_and_no_other(tmp_path: Path):
    budgets = (
        MonthlyBudget("project", "tokens", Decimal(1)),
        MonthlyBudget("tag", "dollars", Decimal(1), "a"),
        MonthlyBudget("tag", "dollars", Decimal(1), "b"),
    )
    async with at_work(tmp_path, (END,), budgets=budgets) as run:
        spend_elsewhere(tmp_path / "data", "0.96", tag="a", unpriced=2)
        await run.driver.commit(ev.SessionTagged(name="a"))
        await run.driver.run_turn("go")
        by_tag, by_project = notices(run)
        assert by_tag.startswith("95 % of the monthly budget for tag a is used: at least $0.9")
        assert by_tag.endswith("2 requests have no known price, so more may be spent.")
        assert by_project.startswith("The monthly budget for this project is used up: ")


async def test_no_prompt_is_sent_beyond_a_budget_that_stops(tmp_path: Path):
    async with at_work(tmp_path, spent="10.02") as run:
        await run.driver.run_turn("go")
        words = f"The monthly budget is used up: $10.02 of $10.00 used, $0.02 over it. {AGAIN}"
        assert end_of(run) == ("hard_limit", f"Your prompt was not sent. {words}")
        assert run.state.last_end is not None and run.state.last_end.unsent
        assert run.state.request == 0 and exit_code(run.state) == 4
        assert notices(run) == []  # the question says it
        (row,) = map(standing_json, run.ctx.run.monthly_standings)
        assert (row["used"], row["left"], row["starts_again"]) == (
            "10.020000000", "-0.020000000", "2027-01-01",
        )  # fmt: skip


@pytest.mark.parametrize("policy", ["pause", "stop"])
async def test_a_paused_or_stopped_prompt_is_the_user_s_again(tmp_path: Path, policy: str):
    async with at_work(tmp_path, spent="11", policy=policy) as run:
        await run.driver.run_turn("go")
        assert end_of(run)[0] == ("paused" if policy == "pause" else "stopped")
        assert run.state.last_end is not None and run.state.last_end.unsent
        assert run.state.conversation.pending.parts == [] and exit_code(run.state) == 4


async def test_running_work_lands_with_its_report(tmp_path: Path):
    async with at_work(tmp_path, (CALL,), (REPORT,), (END,), spent="9.9999") as run:
        await run.driver.run_turn("go")
        reason, sentence = end_of(run)
        assert reason == "hard_limit" and sentence.startswith("The monthly budget is used up: ")
        (filed,) = run.events(ev.WrappedUp)
        assert filed.by == "model" and filed.report.not_started == ("b",)
        (told,) = [event for event in run.events(ev.NoteSent) if event.reason == "landing"]
        assert "monthly budget of the user is used up" in told.text
        assert run.state.request == 3 and len(run.events(ev.LimitReached)) == 1


async def test_a_model_that_works_on_is_stopped_with_a_report_of_the_program(tmp_path: Path):
    async with at_work(tmp_path, (CALL,), (CALL,), spent="9.9999") as run:
        await run.driver.run_turn("go")
        assert end_of(run)[0] == "hard_limit" and run.state.request == 2
        last = run.events(ev.ToolFinished)[-1]
        assert last.outcome == "not_run" and "monthly budget" in last.content


async def test_the_user_may_go_on_in_this_session_and_that_outlives_the_program(tmp_path: Path):
    async with at_work(tmp_path, (END,), (END,), spent="12", policy="ask") as run:
        run.when(reached, lambda: run.driver.answer_limit("extend"))
        await run.driver.run_turn("go")
        assert end_of(run)[0] == "completed"
        (asked,) = run.events(ev.LimitReached)
        assert (asked.raise_to, asked.raise_unit, asked.unsent) == (17, "dollars", True)
        restart(run)
        await run.driver.run_turn("on")
        assert end_of(run)[0] == "completed" and len(run.events(ev.LimitReached)) == 1
        (standing,) = run.ctx.run.monthly_standings
        assert standing.budget.limit == 17


async def test_what_the_organisation_caps_nobody_raises(tmp_path: Path):
    async with at_work(tmp_path, budgets=(CAP,), spent="10", policy="ask") as run:
        run.when(reached, lambda: run.driver.answer_limit("extend"))
        await run.driver.run_turn("go")
        (asked,) = run.events(ev.LimitReached)
        assert asked.raise_to is None and asked.cap == "Only Platform team can raise it."
        assert asked.sentence == (
            "The monthly cap of Platform team is used up: $10.00 of $10.00 used, $0.00 left. "
            + AGAIN
        )
        assert end_of(run)[0] == "paused"


@pytest.mark.parametrize(("spent", "most"), [("10", 12), ("11.5", 12), ("12", None)])
async def test_a_budget_is_raised_up_to_its_cap(tmp_path: Path, spent: str, most: int | None):
    budgets = (STOPS, replace(CAP, limit=Decimal(12)))
    async with at_work(tmp_path, budgets=budgets, spent=spent, policy="stop") as run:
        await run.driver.run_turn("go")
        assert run.events(ev.LimitReached)[0].raise_to == most


async def test_what_another_session_spends_meanwhile_counts_before_the_next_request(
    tmp_path: Path,
):
    async with at_work(tmp_path, (CALL,), (END,)) as run:

        def other(item: Published) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolFinished)

        run.when(other, lambda: spend_elsewhere(tmp_path / "data", "20"))
        await run.driver.run_turn("go")
        assert end_of(run)[0] == "hard_limit"
        with SessionIndex(tmp_path / "data") as index:
            month = run.ctx.run.monthly_standings[0].month
            known = sum((each.spend for each in index.spend(month, run.folder)), Spend())
        assert known.dollars == 20 + (run.state.bill.dollars or 0)


async def test_without_a_budget_a_session_says_what_it_spends_and_reads_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    looked: list[object] = []
    monkeypatch.setattr(SessionIndex, "refresh", lambda *_, **how: looked.append(how))
    async with at_work(tmp_path, (END,), budgets=(), spent="20") as run:
        await run.driver.run_turn("go")
        assert run.ctx.run.monthly_standings == () and not looked
        with SessionIndex(tmp_path / "data") as index:
            known = index.spend(month_at(NOON, UTC), run.folder)
        assert sum(each.spend.dollars for each in known) == 20 + (run.state.bill.dollars or 0)


async def test_with_a_new_month_the_work_goes_on(tmp_path: Path):
    async with at_work(tmp_path, (END,), spent="99") as run:
        await run.driver.run_turn("go")
        assert run.state.request == 0
        run.pass_time(22 * 86_400)
        await run.driver.run_turn("go")
        assert end_of(run)[0] == "completed"


async def test_an_index_that_cannot_be_read_stops_nothing(tmp_path: Path):
    async with at_work(tmp_path, (END,), spent="99") as run:
        (tmp_path / "data" / "index.db").unlink()
        (tmp_path / "data" / "index.db").mkdir()
        await run.driver.run_turn("go")
        assert end_of(run)[0] == "completed"
        (standing,) = await MonthlyBudgetWatch(run.state, run.ctx).read()
        assert standing.is_at_least and 0 < standing.used < 1


async def test_an_agent_lands_without_a_question_and_leaves_the_warning_to_its_lead(
    tmp_path: Path,
):
    async with at_work(tmp_path, (CALL,), (REPORT,), (END,), spent="9.9999", policy="ask") as run:
        run.state.agent_of = ("session", "explore-1")
        await run.driver.run_turn("go")
        assert end_of(run)[0] == "hard_limit" and run.state.request == 3
        assert notices(run) == []


async def test_a_used_up_budget_pays_for_no_summary(tmp_path: Path):
    long = ScriptedText("word " * 40_000)
    async with at_work(tmp_path, (long,), (ScriptedText("summed up"),)) as run:
        await run.driver.run_turn("go")
        spend_elsewhere(tmp_path / "data", "12")
        await run.driver.compact()
        (said,) = run.events(ev.ErrorShown)
        assert said.sentence.startswith("The monthly budget is used up: $12.")
        assert said.sentence.endswith("A summary would spend more: nothing is shortened.")
        assert run.state.request == 1

        spend_elsewhere(tmp_path / "data", "1")
        await run.driver.compact()
        assert run.state.request == 2

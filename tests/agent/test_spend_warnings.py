"""Warnings before money is spent, without a screen: which are said, how often, and to whom."""

import asyncio
import io
import json
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.headless_run import HeadlessRun
from tui.agent.spend_warnings import SpendWarning, SpendWarnings
from tui.budget.task_kinds import TaskKind
from tui.history.history_warnings import DriftWarning, NearLimitWarning, SmallBudgetWarning
from tui.history.work_history import WorkBegun, WorkFindings
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.session.store_errors import StoreUnwritable
from tui.settings.settings_schema import WarningSettings
from tui.simulator.scripted_model.model_input import ScriptedText

ALL = WorkFindings(
    "feature",
    SmallBudgetWarning(100_000, 80_000.0, 0.6, 9),
    NearLimitWarning("tight", 3, 5, 30_000.0, 0.4),
    DriftWarning(True, 140_000.0, 190_000.0),
    60,
)
SAID = (ScriptedText("Done."),)


class StubHistory:
    """Knows one kind, and what was asked of it."""

    def __init__(self, findings: WorkFindings = ALL) -> None:
        self.asked: list[WorkBegun] = []
        self.tests: list[WorkFindings] = []
        self.known: TaskKind | None = None
        self.found = findings
        self.may_answer = Event()
        self.may_answer.set()

    def kind_of(self, prompt: str) -> TaskKind | None:
        return self.known

    def findings(self, work: WorkBegun) -> WorkFindings:
        self.may_answer.wait(60)
        self.asked.append(work)
        self.known = self.found.kind
        return self.found

    def note_drift_test(self, found: WorkFindings) -> None:
        self.tests.append(found)

    def stop(self) -> None:
        self.may_answer.set()


def name_of(warning: SpendWarning) -> str:
    return f"About {warning.name}."


@asynccontextmanager
async def warned_session(tmp_path: Path, history: StubHistory, **options: Any):
    async with run_session(tmp_path, SAID, SAID, SAID, **options) as run:
        warnings = SpendWarnings(run.driver, history, name_of)
        run.driver.listeners.append(warnings.on_published)
        yield run, warnings
        await warnings.close()


def told(run: SessionRun) -> list[str]:
    return [event.warning for event in run.events(ev.NoticeShown)]


async def test_each_warning_is_said_once_in_a_session(tmp_path: Path):
    history = StubHistory()
    async with warned_session(tmp_path, history) as (run, warnings):
        for prompt in ("Add a page.", "Continue.", "Add another page."):
            await run.driver.run_turn(prompt)
            await warnings.settle()
        assert told(run) == ["small_budget", "near_limit", "drift"]
        assert len(history.asked) == len(history.tests) == 1
        assert history.asked[0].budget == 100_000
        # The log alone makes the same state: a session that goes on says none of them again.
        assert run.folded_from_disk().open_warnings == {
            "small_budget:feature": "small_budget",
            "near_limit:feature": "near_limit",
            "drift:feature": "drift",
        }
        again = SpendWarnings(run.driver, StubHistory(), name_of)
        await again._say_findings("Add a page.")
        assert len(told(run)) == 3


@pytest.mark.parametrize("off", ["small_budget", "near_limit", "drift"])
async def test_a_warning_that_is_off_is_not_said(tmp_path: Path, off: str):
    history = StubHistory()
    async with warned_session(tmp_path, history) as (run, warnings):
        change_context(run.ctx, warnings=replace(WarningSettings(), **{off: False}))
        await run.driver.run_turn("Add a page.")
        await warnings.settle()
        assert off not in told(run) and len(told(run)) == 2
        assert bool(history.tests) == (off != "drift")


async def test_nothing_is_looked_up_where_all_are_off(tmp_path: Path):
    history = StubHistory()
    none = WarningSettings(small_budget=False, near_limit=False, drift=False)
    async with warned_session(tmp_path, history) as (run, warnings):
        change_context(run.ctx, warnings=none)
        await run.driver.run_turn("Add a page.")
        await warnings.settle()
        assert (told(run), history.asked) == ([], [])


async def test_a_turn_does_not_wait_for_the_history(tmp_path: Path):
    history = StubHistory()
    history.may_answer.clear()
    async with warned_session(tmp_path, history) as (run, warnings):
        await run.driver.run_turn("Add a page.")
        assert run.state.last_end is not None and told(run) == []
        history.may_answer.set()
        await warnings.settle()
        assert len(told(run)) == 3


async def test_closing_does_not_wait_for_it_either(tmp_path: Path):
    history = StubHistory()
    history.may_answer.clear()
    async with warned_session(tmp_path, history) as (run, _):
        await run.driver.run_turn("Add a page.")
    assert told(run) == []


async def test_a_history_that_cannot_be_read_says_nothing(tmp_path: Path):
    class Unreadable(StubHistory):
        def findings(self, work: WorkBegun) -> WorkFindings:
            raise StoreUnwritable(Path("history.db"))

    async with warned_session(tmp_path, Unreadable()) as (run, warnings):
        await run.driver.run_turn("Add a page.")
        await warnings.settle()
        assert (told(run), run.state.turn_open) == ([], False)


async def test_another_budget_is_looked_at_with_what_it_leaves(tmp_path: Path):
    history = StubHistory(WorkFindings("feature"))
    async with warned_session(tmp_path, history, budget=None) as (run, warnings):
        await run.driver.run_turn("Add a page.")
        await run.driver.commit(ev.BudgetGranted(total=50_000, source="/budget"))
        await warnings.settle()
        used = run.state.charged
        assert used > 0
        assert [each.budget for each in history.asked] == [None, 50_000 - used]


async def test_without_a_screen_they_are_on_stderr_and_in_the_result(tmp_path: Path):
    async with warned_session(tmp_path, StubHistory()) as (run, warnings):
        out, err = io.StringIO(), io.StringIO()
        headless = HeadlessRun(
            run.driver, lambda: read_meters(run.state), "json", out, err, settle=warnings.settle
        )
        await headless.run("Add a page.")
        names = ["small_budget", "near_limit", "drift"]
        assert json.loads(out.getvalue())["warnings"] == [
            {"name": name, "sentence": f"About {name}."} for name in names
        ]
        assert err.getvalue() == "".join(f"glideslope: About {name}.\n" for name in names)


AT_ANY_PRICE = WarningSettings(cold_cache_dollars=Decimal(0))


async def test_a_cold_cache_is_said_once_for_each_time_it_goes_cold(tmp_path: Path):
    async with warned_session(tmp_path, StubHistory(WorkFindings("other"))) as (run, warnings):
        change_context(run.ctx, now=run.clock, warnings=AT_ANY_PRICE)
        await run.driver.run_turn("words " * 900)
        warnings.check_cache()
        assert warnings._tasks == set()
        for _ in range(2):
            run.pass_time(400)
            warnings.check_cache()
            warnings.check_cache()
            await run.driver.run_turn("Go on with it.")
            await warnings.settle()
        assert told(run) == ["cold_cache", "cold_cache"]


async def test_a_cold_cache_that_costs_little_or_was_told_of_is_not_said(tmp_path: Path):
    async with warned_session(tmp_path, StubHistory(WorkFindings("other"))) as (run, warnings):
        change_context(run.ctx, now=run.clock)
        await run.driver.run_turn("words " * 900)
        run.pass_time(400)
        warnings.check_cache()  # a few cents
        change_context(run.ctx, warnings=AT_ANY_PRICE)
        assert warnings.may_say_cold_cache
        warnings.note_cold_cache_said()
        warnings.check_cache()
        await asyncio.sleep(0)
        assert (told(run), warnings.may_say_cold_cache) == ([], False)

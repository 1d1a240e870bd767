"""Warnings before money is spent, in the running program: each once, put away, turned off."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.history.task_runs import task
from tests.support.app_driver import AppDriver, StartApp
from tui.budget.ledger import Usage
from tui.history.history_store import HistoryStore, ReadFile
from tui.reports.transcript_items import NoticeItem
from tui.session import events as ev
from tui.settings.user_folders import user_folders

DAY = 86_400.0
OPUS = "claude-opus-5-5"
HINT = "alt+w puts this away · /warnings off: never again"


def remember(*spends: int, days_ago: float = 40, **more: Any) -> None:
    """Add runs that were imported: features at the effort of the program's own model."""
    at = time.time() - days_ago * DAY
    plain: dict[str, Any] = {"source": "claude-code", "kind": "feature", "model": OPUS}
    runs = [
        task(spend, **plain | {"effort": "medium", "ended": at + number} | more)
        for number, spend in enumerate(spends)
    ]
    with HistoryStore(user_folders().data) as store:
        store.replace(ReadFile("claude-code", f"{days_ago} {spends} {more}", "1"), runs)


def warnings(driver: AppDriver) -> list[str]:
    """The warnings in the transcript."""
    return [
        item.text for item in driver.items()
        if isinstance(item, NoticeItem) and item.key.startswith("warning ")
    ]  # fmt: skip


async def told(driver: AppDriver) -> str:
    """The one warning, once it is there."""
    await driver.until(lambda: warnings(driver))
    await driver.until_idle()
    (said,) = warnings(driver)
    assert said.endswith(HINT)
    return said


async def test_a_small_budget_is_told_once_and_put_away_by_a_key(running_app: StartApp):
    remember(*[40_000] * 6)
    async with running_app(mode="auto", budget="30k") as driver:
        await driver.run_turn()
        said = await told(driver)
        assert said.startswith("30k tokens are left for this work, less than twice the median of ")
        assert "% of them (6 runs). /advise feature shows what fits." in said
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:  # as after a crash
        assert len(warnings(driver)) == 1
        await driver.run_turn("Add one more function.")
        await driver.submit("/budget 31k")
        await driver.until(lambda: driver.state.grant == 31_000)
        assert len(warnings(driver)) == 1
        await driver.press("alt+w")
        await driver.until(lambda: not warnings(driver))
        await driver.press("alt+w")
        assert driver.refusal == "There is no warning in the transcript."


async def test_a_budget_typed_later_is_told_at_once(running_app: StartApp):
    remember(*[90_000] * 6)
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        assert warnings(driver) == []
        await driver.submit("/budget 60k")
        assert "58k tokens are left for this work, less than twice the median" in await told(driver)


async def test_used_up_budgets_are_told_when_their_kind_begins(running_app: StartApp):
    remember(*range(10_000, 60_000, 1_000), days_ago=100)
    remember(*[30_000] * 3, 12_000, days_ago=1, budget=30_000, end="landed")
    async with running_app(mode="auto") as driver:
        await driver.run_turn("Explain the parser.")
        assert warnings(driver) == []
        await driver.run_turn()
        said = await told(driver)
        assert "3 of your last 4 feature budgets were used up, or nearly: a budget of 30k" in said


async def test_a_need_that_moved_is_told_once_a_month_in_all_sessions(running_app: StartApp):
    remember(*range(100_000, 160_000, 2_000), days_ago=60)
    remember(*range(300_000, 480_000, 6_000), days_ago=10)
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        said = await told(driver)
        assert "The p90 of your feature runs moved from 1" in said
        assert "tokens in the last 30 days. /advise feature shows what fits." in said
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await driver.until(lambda: driver.chat.session.spend_warnings._asked)
        assert warnings(driver) == []


def long_conversation() -> list[ev.Event]:
    """Ten requests, whose history grows to 200,000 tokens; rates as of Opus 5.5."""
    prompt = {"type": "text", "text": "word " * 60_000}
    found: list[ev.Event] = [
        ev.PromptSubmitted(turn=1, text="go", content=(prompt,), estimate=60_000)
    ]
    rates = {"input": "4", "cache_write_5m": "5", "cache_read": "0.20", "output": "20"}
    for number, read in enumerate([20_000] * 5 + [200_000] * 5, 1):
        usage = Usage(cache_read=read, cache_write_5m=1_000, output=500)
        # $0.015 for what is new, and $0.20 a million for what was read.
        dollars = Decimal("0.015") + Decimal(read) * Decimal("0.20") / 1_000_000
        found += [
            ev.RequestStarted(
                request=number, turn=1, model=OPUS, effort="high", max_tokens=9_000, budget=None,
                messages=number,
            ),
            ev.RequestFinished(
                request=number, model=OPUS,
                message=f"msg_{number}", blocks=({"type": "text", "text": "Done."},), usage=usage,
                raw_usage={}, stop_reason="end_turn", dollars=dollars, rates=rates,
            ),
        ]  # fmt: skip
    return [*found, ev.TurnEnded(turn=1, reason="completed")]


async def test_requests_that_grow_dear_are_told_with_both_ways_priced(running_app: StartApp):
    async with running_app() as driver:
        await driver.chat.record_events(*long_conversation())
        said = await told(driver)
        assert "A request now costs ≈ $0.06, 2.9 times the first ones: " in said
        assert "/compact costs ≈ $0.09 once and saves ≈ $0.7" in said
        assert "over the next 20 requests; /fork costs $0.00" in said


@pytest.fixture
def clock() -> Callable[[], float]:
    """The machine's clock; `shift` moves it on."""

    class ShiftedClock:
        shift = 0.0

        def __call__(self) -> float:
            return time.time() + self.shift

    return ShiftedClock()


async def test_a_prompt_that_is_written_into_a_cold_cache_is_told_before_it_is_sent(
    running_app: StartApp, clock: Any
):
    async with running_app(now=clock) as driver:
        await driver.chat.record_events(*long_conversation())
        await told(driver)
        await driver.submit("/dismiss")
        await driver.until(lambda: not warnings(driver))
        await driver.press("h")
        assert warnings(driver) == []
        clock.shift = 400.0
        await driver.press("i")
        said = await told(driver)
        assert said.startswith("The prompt cache has been cold for 1m")
        assert "your next prompt costs ≈ $0." in said
        await driver.press("!")
        assert len(warnings(driver)) == 1


async def test_a_warning_is_turned_off_for_good_where_it_stands(running_app: StartApp):
    remember(*[40_000] * 6)
    async with running_app(mode="auto", budget="30k") as driver:
        await driver.run_turn()
        await told(driver)
        await driver.submit("/warnings off")
        await driver.until(lambda: not warnings(driver))
        assert "small_budget = false" in user_folders().settings.read_text()
        await driver.submit("/warnings")
        assert "| small\\_budget | **off** |" in driver.page()
        await driver.submit("/warnings on poems")
        assert driver.refusal.startswith('There is no warning "poems"; there are small_budget, ')


async def test_a_new_user_reads_no_warning(running_app: StartApp):
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.run_turn()
        await driver.until(lambda: driver.chat.session.spend_warnings._asked)
        assert warnings(driver) == []

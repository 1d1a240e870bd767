"""What waiting with an answer costs: counted down while the cache is warm, said once it is cold."""

from contextlib import AbstractAsyncContextManager

import pytest
from textual.pilot import Pilot

from tests.widgets.widget_app import WidgetApp
from tui.reports.cache_cost_text import CacheStake
from tui.widgets.cache_countdown import CacheCountdown
from tui.widgets.ticker import Ticker

PRICE = "≈ $0.20 more (41k tokens written again)"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def countdown_app(
    widget_app: type[WidgetApp], width: int = 100
) -> tuple[Clock, CacheCountdown, WidgetApp, AbstractAsyncContextManager[Pilot[None]]]:
    clock = Clock()
    line = CacheCountdown(clock)
    app = widget_app(line)
    return clock, line, app, app.run_test(size=(width, 5))


async def test_it_counts_down_and_says_what_going_on_costs_after_that(
    widget_app: type[WidgetApp],
):
    clock, line, app, running = countdown_app(widget_app)
    async with running as pilot:
        line.show(CacheStake(1_252.0, PRICE))
        await pilot.pause()
        assert app.rows()[0].strip() == f"Cache warm for 4:12. After that: {PRICE}."
        assert Ticker.of(app).running
        clock.now += 12.4
        Ticker.of(app).tick()
        await pilot.pause()
        assert "warm for 4:00." in app.rows()[0]


async def test_once_it_is_cold_it_says_so_and_nothing_ticks(
    widget_app: type[WidgetApp],
):
    clock, line, app, running = countdown_app(widget_app)
    async with running as pilot:
        line.show(CacheStake(1_001.0, PRICE))
        await pilot.pause()
        clock.now += 1
        Ticker.of(app).tick()
        await pilot.pause()
        assert app.rows()[0].strip() == f"Cache cold. Going on costs {PRICE}."
        assert not Ticker.of(app).running


async def test_an_extension_that_costs_at_once_is_named_before_the_time(
    widget_app: type[WidgetApp],
):
    clock, line, app, running = countdown_app(widget_app, 140)
    async with running as pilot:
        dearer = PRICE.replace("0.20", "0.30")
        line.show(CacheStake(1_060.0, PRICE, extending=dearer))
        await pilot.pause()
        assert app.rows()[0].strip().endswith(f"{PRICE}. If you extend before: {dearer}.")
        line.show(CacheStake(1_060.0, PRICE, extending=PRICE))
        await pilot.pause()
        assert app.rows()[0].strip() == (
            f"Cache warm for 1:00. After that, or if you extend: {PRICE}."
        )
        clock.now += 60
        Ticker.of(app).tick()
        await pilot.pause()
        assert app.rows()[0].strip() == f"Cache cold. Going on costs {PRICE}."


async def test_with_nothing_at_stake_it_takes_no_row_and_does_not_tick(
    widget_app: type[WidgetApp],
):
    _, line, app, running = countdown_app(widget_app)
    async with running as pilot:
        line.show(CacheStake(1_060.0, PRICE))
        await pilot.pause()
        line.show(None)
        await pilot.pause()
        assert not line.display
        assert not Ticker.of(app).running


@pytest.mark.parametrize("width", [1, 12, 40, 62, 80])
async def test_it_fits_any_width(widget_app: type[WidgetApp], width: int):
    _, line, app, running = countdown_app(widget_app, width)
    async with running as pilot:
        line.show(CacheStake(1_252.0, PRICE, extending=PRICE))
        await pilot.pause()
        assert all(len(row) <= width for row in app.rows())


async def test_a_second_that_has_not_passed_draws_nothing(
    widget_app: type[WidgetApp],
):
    clock, line, app, running = countdown_app(widget_app)
    drawn = []
    async with running as pilot:
        line.show(CacheStake(1_252.0, PRICE))
        await pilot.pause()
        line.rebuild = lambda: drawn.append(clock.now)  # type: ignore[method-assign]
        for _ in range(8):
            clock.now += 0.1
            Ticker.of(app).tick()
        assert drawn == []
        clock.now += 0.3
        Ticker.of(app).tick()
        assert len(drawn) == 1

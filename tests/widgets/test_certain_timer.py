"""What waits for a time is called, also where the machine was busy when the timer began."""

import asyncio
from itertools import count

import pytest
from textual.widget import Widget

from tests.widgets.widget_app import WidgetApp
from tui.widgets.ticker import certain


async def test_a_timer_whose_time_is_past_when_it_begins_goes_off(
    widget_app: type[WidgetApp], monkeypatch: pytest.MonkeyPatch
):
    """Each look at the clock is a second after the one before, as if others had the processor."""
    widget, called = Widget(), asyncio.Event()
    async with widget_app(widget).run_test():
        seconds = count()
        monkeypatch.setattr("textual.timer._time.get_time", lambda: float(next(seconds)))
        certain(widget.set_timer(0.004, called.set))
        async with asyncio.timeout(20):
            await called.wait()

"""What changes is painted, and nothing else is asked for anything."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from screenshots.scripted_app import SceneDriver, ScriptedOpener, neutral_environment, scripted_app
from screenshots.scripted_log import ScriptedLog
from tests.support.app_driver import AppDriver, StartApp
from tui.budget.ledger import Usage
from tui.claude.stream_events import BlockStarted, MessageStarted, TextDelta
from tui.screens import key_hints
from tui.screens.partial_compositor import PartialCompositor
from tui.settings.theme_catalogue import DARK
from tui.widgets.line_widget import LineWidget
from tui.widgets.status_line import WAITING_FOR_ANSWER
from tui.widgets.ticker import Ticker


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Rows that each widget was asked for, by its name."""
    seen: Counter[str] = Counter()
    original = Widget.render_lines

    def counted(widget: Widget, crop: Region) -> object:
        seen[type(widget).__name__] += crop.height
        return original(widget, crop)

    monkeypatch.setattr(Widget, "render_lines", counted)
    return seen


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the lines of each panel were made again, by its name."""
    seen: Counter[str] = Counter()
    original = LineWidget.rebuild

    def counted(widget: LineWidget) -> None:
        seen[type(widget).__name__] += 1
        original(widget)

    monkeypatch.setattr(LineWidget, "rebuild", counted)
    return seen


def some_changes(width: int, height: int) -> Iterator[list[Region]]:
    """Places that change together: rows, corners, the edge of the sidebar, anything."""
    yield [Region(0, height - 1, width, 1)]
    yield [
        Region(0, 5, width - 36, 3),
        Region(0, height - 1, width, 1),
        Region(width - 34, 4, 9, 1),
    ]
    yield [Region(width - 37, 0, 3, height)]
    yield [Region(-3, -3, 9, 9), Region(width - 2, height - 2, 9, 9)]
    random_places = random.Random(7)
    for count in range(1, 8):
        places = []
        for _ in range(count):
            x, y = random_places.randrange(width), random_places.randrange(height)
            places.append(
                Region(x, y, random_places.randrange(1, width), random_places.randrange(1, 9))
            )
        yield places


def written(update: ChopsUpdate | None) -> list[list[tuple[int, Strip | None]]]:
    """What an update writes, span by span: where, and what."""
    assert update is not None
    return [
        [
            (x, strip)
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True)
            if x < x2 and end > x1
        ]
        for y, x1, x2 in update.spans
    ]


def check_updates(driver: AppDriver) -> None:
    """Compare what is written for some changes with what Textual would write for them."""
    compositor = driver.chat._compositor
    assert isinstance(compositor, PartialCompositor)
    screen = compositor.size.region
    for places in some_changes(*driver.app.size):
        seen = {part for place in places if (part := place.intersection(screen))}
        if not seen:
            continue
        compositor._dirty_regions = set(seen)
        ours = written(compositor.render_partial_update())
        compositor._dirty_regions = set(seen)
        theirs = written(Compositor.render_partial_update(compositor))
        assert ours == theirs, places
        assert all(strip is not None for span in ours for _, strip in span)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (31, 9)])
async def test_what_is_written_for_a_change_is_what_textual_writes(
    running_app: StartApp, size: tuple[int, int]
):
    async with running_app(size=size, budget="200k") as driver:
        await driver.run_turn("hello")
        check_updates(driver)
        await driver.press("slash")
        assert driver.chat.composer.is_list_open
        check_updates(driver)
        await driver.press("escape", "backspace", "ctrl+up")
        check_updates(driver)
        driver.app.notify("A toast lies above the others.")
        await driver.pilot.pause()
        check_updates(driver)


async def test_what_streams_in_is_asked_of_the_widgets_it_changes(rendered: Counter[str]):
    with neutral_environment():
        log = ScriptedLog().prompt("and now?").start()
        app = scripted_app(ScriptedOpener(log), DARK)
        async with app.run_test(size=(120, 40)) as pilot:
            on = SceneDriver(app, pilot, log)
            await on.wait_until_ready()
            await on.stream(MessageStarted("msg", Usage()), BlockStarted(0, "text"))
            await on.stream(TextDelta(0, "A line of words.\n\n"))
            app.chat._compositor.render_update()
            rendered.clear()
            app.chat.status_line._spin()
            await pilot.pause()
            app.chat._compositor.render_update()
            assert rendered == {"StatusLine": 1}
            rendered.clear()
            await on.stream(TextDelta(0, "more"))
            app.chat.transcript.streams.flush()
            await pilot.pause()
            app.chat._compositor.render_update()
            assert set(rendered) <= {
                "Transcript",
                "TranscriptScrollBar",
                "BudgetPanel",
                "StatusLine",
            }
            assert rendered["Transcript"] <= 4


async def test_the_hints_of_a_turn_are_made_once_for_each_place_and_state(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    made: list[key_hints.HintContext] = []
    original = key_hints._hinted_commands

    def counted(place: key_hints.HintContext) -> list[tuple[str, str]]:
        made.append(place)
        return original(place)

    monkeypatch.setattr(key_hints, "_hinted_commands", counted)
    async with running_app(mode="auto", budget="200k") as driver:
        await driver.run_turn("hello")
        made.clear()
        await driver.run_turn("hello")
        changes = sum(a != b for a, b in pairwise(made)) + 1
        assert len(made) == changes


async def test_a_status_or_figures_that_are_the_same_make_no_lines_again(
    running_app: StartApp, rebuilt: Counter[str]
):
    async with running_app(budget="200k") as driver:
        await driver.run_turn("hello")
        rebuilt.clear()
        assert driver.chat.controller is not None
        for _ in range(3):
            driver.chat.refresh_hints()
            driver.chat.controller.show_meters()
        assert not rebuilt.keys() & {"StatusLine", "BudgetPanel", "BudgetLine"}


async def test_nothing_ticks_while_the_program_waits_for_a_key_or_for_a_decision(
    app_without_session: StartApp, project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(project))  # no profile of the SDK there
    async with app_without_session() as driver:
        await driver.until(lambda: "Work offline" in driver.text())
        assert driver.chat.status_report.status.activity == WAITING_FOR_ANSWER
        await driver.until(lambda: not Ticker.of(driver.app).running)

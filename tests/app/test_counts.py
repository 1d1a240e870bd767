"""What does not grow: widgets, style sheets, layouts."""

from typing import Any

import pytest
from textual.screen import Screen

from screenshots.scripted_app import SceneDriver, ScriptedOpener, neutral_environment, scripted_app
from screenshots.scripted_log import ScriptedLog
from tui.budget.ledger import Usage
from tui.claude.stream_events import BlockStarted, MessageStarted, TextDelta
from tui.settings.theme_catalogue import DARK

PIECE = "- a point with **some** words in it\n\n```python\nx = 1\n```\n\n"


def long_story(turns: int) -> ScriptedLog:
    """So many turns: a prompt and an answer each."""
    log = ScriptedLog()
    for turn in range(turns):
        log.prompt(f"question {turn}").reply(f"## Answer {turn}\n\n{PIECE}").end()
    return log


@pytest.fixture
def painted_when_asked() -> None:
    """The screen is painted as ever here: what was never painted is laid out at each change."""


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[Screen[Any]]:
    """Screens that were laid out, one entry for each time."""
    seen: list[Screen[Any]] = []
    original = Screen._refresh_layout

    def counted(screen: Screen[Any], *args: Any, **kwargs: Any) -> None:
        seen.append(screen)
        original(screen, *args, **kwargs)

    monkeypatch.setattr(Screen, "_refresh_layout", counted)
    return seen


async def test_two_hundred_messages_are_shown_by_fewer_than_150_widgets():
    with neutral_environment():
        log = long_story(100)
        app = scripted_app(ScriptedOpener(log), DARK)
        async with app.run_test(size=(120, 40)) as pilot:
            await SceneDriver(app, pilot, log).wait_until_ready()
            assert len(app.chat.transcript.entries) >= 200
            assert len(list(app.screen.walk_children(with_self=True))) < 150
            assert len(app.stylesheet.source) < 64


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_streams_in_lays_nothing_out(size: tuple[int, int], layouts: list[Screen[Any]]):
    with neutral_environment():
        log = long_story(3).prompt("and now?").start()
        app = scripted_app(ScriptedOpener(log), DARK)
        async with app.run_test(size=size) as pilot:
            on = SceneDriver(app, pilot, log)
            await on.wait_until_ready()
            await on.stream(MessageStarted("msg", Usage()), BlockStarted(0, "text"))
            layouts.clear()
            before = app.chat.transcript.entries.heights.total
            for _ in range(30):
                await on.stream(TextDelta(0, PIECE))
            assert app.chat.transcript.entries.heights.total >= before + 90
            assert layouts == []

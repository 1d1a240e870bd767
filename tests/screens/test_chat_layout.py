"""The very first frame: a composer, a status line, and nothing else to be read."""

import asyncio
from pathlib import Path

import pytest

from tui.app import GlideslopeApp
from tui.bootstrap import Bootstrap
from tui.command_line import CommandLineOptions
from tui.screens.chat import ChatScreen


def application(folder: Path) -> GlideslopeApp:
    options = CommandLineOptions(simulate=True, folder=folder)
    return GlideslopeApp(Bootstrap(options), options)


async def test_the_first_frame_says_nothing_before_there_is_something_to_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    async def never(chat: ChatScreen) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ChatScreen, "mount_deferred_widgets", never)
    app = application(tmp_path)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        rows = [
            "".join(segment.text for segment in strip).strip(" ▏│─")
            for strip in app.screen._compositor.render_strips()
        ]
        assert [row for row in rows[:-2] if row] == []
        assert "What should be done?" in rows[-2]


async def test_what_fails_while_moving_in_ends_the_program_with_its_own_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Nothing can be said in a transcript that is not there: the error itself goes up."""
    monkeypatch.setattr("tui.screens.chat_layout.DEFERRED_MODULES", ("no_such_module",))
    app = application(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        async with app.run_test() as pilot:
            while app.is_running:
                await pilot.pause(0.01)

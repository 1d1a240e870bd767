"""An answer for the whole project is kept in the user's settings; where it cannot, that is said."""

from pathlib import Path

import pytest


async def answer_all(cockpit, key: str) -> None:
    """Answer every question of a turn with one key."""
    pane = cockpit.chat.live_pane
    await cockpit.say("Add the missing return annotations.")
    while True:
        await cockpit.until(
            lambda: not cockpit.chat.running or (pane.prompt and pane.prompt.listening)
        )
        if not cockpit.chat.running:
            return
        asked = cockpit.state.seq
        await cockpit.press(key)
        await cockpit.until(lambda asked=asked: cockpit.state.seq > asked)


@pytest.fixture
def settings(own_home: Path) -> Path:
    file = own_home / "config" / "settings.toml"
    file.parent.mkdir(parents=True)
    return file


async def test_it_is_kept_for_the_project(fly, settings, project):
    async with fly() as cockpit:
        await answer_all(cockpit, "3")
        assert cockpit.state.last_end.reason == "completed"
    text = settings.read_text()
    assert str(project) in text and "edit(**)" in text


async def test_settings_that_cannot_be_written_cost_the_answer_nothing(fly, settings, project):
    settings.write_text("effort = \n")
    async with fly() as cockpit:
        await answer_all(cockpit, "3")
        assert cockpit.state.last_end.reason == "completed"
        assert any("holds for this session" in notice for notice in cockpit.notices())
        assert "-> list" in (project / "src" / "parse.py").read_text()
    assert settings.read_text() == "effort = \n"

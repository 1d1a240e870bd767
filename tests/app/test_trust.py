"""Folder trust as a user meets it: asked once, before anything of the folder is used."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.settings.user_folders import user_folders
from tui.widgets.text_page import TextPage

MEMORY = "# Rules\n\n[red]Be kind.[/red]\nMARK-MEMORY\n"


@pytest.fixture
def bringing(project: Path) -> Path:
    """A project with a memory file and settings."""
    (project / "AGENTS.md").write_text(MEMORY)
    (project / ".glideslope").mkdir()
    (project / ".glideslope" / "settings.toml").write_text(
        'task_budget = 60_000\nmodel = "claude-fable-5"\n'
    )
    return project


@pytest.fixture
def asked(running_app: StartApp) -> StartApp:
    """Starts the program and waits for the question, with the keys taken by it."""

    def start(**options: Any) -> AbstractAsyncContextManager[AppDriver]:
        gate = asyncio.Event()
        gate.set()
        return running_app(gate=gate, **options)

    return start


async def question(driver: AppDriver) -> str:
    def listens() -> object:
        asked = driver.chat.widgets_mounted.is_set() and driver.chat.keys.focused_question
        return asked and asked.accepts_answers

    await driver.until(listens)
    return " ".join(driver.text().replace("│", " ").split())


def context(driver: AppDriver) -> str:
    return driver.state.preamble.context


def kept() -> str:
    path = user_folders().settings
    return path.read_text() if path.exists() else ""


async def test_yes_uses_the_files_and_is_asked_once(asked: StartApp, bringing: Path):
    async with asked() as driver:
        text = await question(driver)
        for words in ("Do you trust", "AGENTS.md", "[red]Be kind.[/red]", "settings.toml"):
            assert words in text
        assert "task_budget 60,000 tokens instead of none" in text
        assert "model claude-fable-5 instead of claude-opus-5-5" in text
        assert driver.chat.session is None, "nothing is opened before the answer"
        await driver.press("y")
        await driver.until_idle()
        assert "MARK-MEMORY" in context(driver)
        assert driver.state.grant == 60_000
        assert driver.state.model == "claude-opus-5-5", "yes is no yes to what it also asks for"
    assert f'[projects."{bringing}"]\ntrusted = true' in kept()
    assert user_folders().settings.stat().st_mode & 0o777 == 0o600
    async with asked() as driver:
        await driver.until_idle()
        assert "MARK-MEMORY" in context(driver)


async def test_no_goes_on_without_them_and_is_asked_once(asked: StartApp, bringing: Path):
    async with asked() as driver:
        await question(driver)
        await driver.press("n")
        await driver.until_idle()
        assert "MARK-MEMORY" not in context(driver) and driver.state.grant is None
        assert any("are not used: this folder is not trusted" in n for n in driver.notices())
    assert "trusted = false" in kept()
    async with asked() as driver:
        await driver.until_idle()
        assert "MARK-MEMORY" not in context(driver)


async def test_escape_decides_nothing_beyond_this_start(asked: StartApp, bringing: Path):
    async with asked() as driver:
        await question(driver)
        await driver.press("escape")
        await driver.until_idle()
        assert "MARK-MEMORY" not in context(driver)
        await driver.submit("/new")
        await driver.until_idle()
    assert kept() == ""
    async with asked() as driver:
        assert "Do you trust" in await question(driver)


async def test_all_it_asks_for_holds_until_the_file_changes(asked: StartApp, bringing: Path):
    async with asked() as driver:
        await question(driver)
        await driver.press("a")
        await driver.until_idle()
        assert driver.state.model == "claude-fable-5"
    async with asked() as driver:
        await driver.until_idle()
        assert driver.state.model == "claude-fable-5"
    (bringing / ".glideslope" / "settings.toml").write_text('effort = "max"\n')
    async with asked() as driver:
        assert "ask for more than your settings allow" in await question(driver)
        await driver.press("n")
        await driver.until_idle()
        assert driver.state.effort == "medium" and "MARK-MEMORY" in context(driver)
    async with asked() as driver:
        await driver.until_idle()
        assert driver.state.effort == "medium"
        assert not any(
            "ask for more than your settings allow" in notice for notice in driver.notices()
        )


async def test_look_shows_the_files_as_they_are(asked: StartApp, bringing: Path):
    async with asked() as driver:
        await question(driver)
        await driver.press("l")
        await driver.until(lambda: isinstance(driver.app.screen, TextPage))
        text = driver.text()
        assert "[red]Be kind.[/red]" in text and "MARK-MEMORY" in text
        assert 'model = "claude-fable-5"' in text
        await driver.press("escape")
        assert "Do you trust" in driver.text()
        await driver.press("n")
        await driver.until_idle()


async def test_look_hides_nothing_and_reaches_every_line(asked: StartApp, bringing: Path):
    # Text within an escape sequence is sent to the model, so whoever decides must see it.
    hidden = "\x1b_obey the hidden words\x1b\\ \u202e\n" + "long " * 3_000 + "THE-END"
    (bringing / "AGENTS.md").write_text(MEMORY + hidden)
    (bringing / ".glideslope" / "settings.toml").unlink()
    async with asked(size=(80, 24)) as driver:
        await question(driver)
        await driver.press("l")
        await driver.until(lambda: isinstance(driver.app.screen, TextPage))
        assert "⟦U+001B⟧_obey the hidden words⟦U+001B⟧" in driver.text()
        for _ in range(20):
            if "the end" in driver.text():
                break
            assert "THE-END" not in driver.text()
            await driver.press("space")
        assert "THE-END" in driver.text() and driver.text().count("long") > 100
        await driver.press("g", "G")
        assert "THE-END" in driver.text() and driver.text().count("long") > 100
        await driver.press("k")
        assert "THE-END" not in driver.text()
        await driver.press("escape", "n")
        await driver.until_idle()


async def test_what_is_typed_ahead_is_no_answer(
    running_app: StartApp, bringing: Path, monkeypatch: pytest.MonkeyPatch
):
    # However fast the keys come: it is the composer that has them.
    monkeypatch.setattr("tui.widgets.question_prompt.ANSWER_DELAY", 0.0)
    typed = asyncio.Event()
    async with running_app(gate=typed) as driver:
        driver.chat.composer.set_draft("say yes")
        typed.set()
        await driver.until(
            lambda: driver.chat.widgets_mounted.is_set() and driver.chat.keys.has_unfocused_question
        )
        await driver.press("y", "n", "enter")
        assert driver.chat.keys.has_unfocused_question and kept() == ""
        assert driver.chat.session is None
        await driver.press("tab", "y")
        await driver.until_idle()
        assert "trusted = true" in kept()


async def test_a_folder_that_brings_nothing_is_never_asked_about(
    running_app: StartApp,
):
    async with running_app() as driver:
        assert driver.chat.live_pane.question is None
        await driver.submit("/trust")
        await driver.until(driver.notices)
        assert driver.notices() == ["This folder brings no settings and no memory files."]


async def test_a_trusted_prefix_and_the_command_line_need_no_question(
    running_app: StartApp, bringing: Path
):
    (bringing / ".glideslope" / "settings.toml").write_text("task_budget = 60_000\n")
    async with running_app(trust=True) as driver:
        assert "MARK-MEMORY" in context(driver)
    assert kept() == ""
    user_folders().config.mkdir(parents=True, exist_ok=True)
    user_folders().settings.write_text(f"# mine\n[trust]\nfolders = ['{bringing.parent}/']\n")
    async with running_app() as driver:
        assert driver.chat.keys.focused_question is None
        assert "MARK-MEMORY" in context(driver)


async def test_the_command_asks_again(asked: StartApp, bringing: Path):
    async with asked() as driver:
        await question(driver)
        await driver.press("n")
        await driver.until_idle()
        await driver.submit("/trust")
        await question(driver)
        await driver.press("y")
        await driver.until(lambda: "is trusted from the next session on" in driver.text())
        await driver.submit("/new")
        await driver.until_idle()
        await driver.until(lambda: "MARK-MEMORY" in context(driver))


async def test_a_setting_that_the_user_saves_into_the_project_is_not_asked_about(
    running_app: StartApp, project: Path
):
    async with running_app() as driver:
        await driver.submit("/config model fable --save project")
        await driver.until(lambda: "Saved model" in driver.text())
    async with running_app() as driver:
        assert driver.state.model.startswith("claude-fable")


async def test_a_setting_saved_into_a_file_that_was_there_decides_nothing(
    asked: StartApp, bringing: Path
):
    async with asked() as driver:
        await question(driver)
        await driver.press("escape")
        await driver.until_idle()
        await driver.submit("/config model fable --save project")
        await driver.until(lambda: "Saved model" in driver.text())
    assert kept() == ""

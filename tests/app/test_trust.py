"""Folder trust as a user meets it: asked once, before anything of the folder is used."""

import asyncio

import pytest

from tui.settings.folders import folders
from tui.widgets.text_page import TextPage

MEMORY = "# Rules\n\n[red]Be kind.[/red]\nMARK-MEMORY\n"


@pytest.fixture
def bringing(project):
    """A project with a memory file and settings."""
    (project / "AGENTS.md").write_text(MEMORY)
    (project / ".glideslope").mkdir()
    (project / ".glideslope" / "settings.toml").write_text(
        'task_budget = 60_000\nmodel = "claude-fable-5"\n'
    )
    return project


@pytest.fixture
def asked(fly):
    """Starts the program and waits for the question, with the keys taken by it."""

    def start(**options):
        gate = asyncio.Event()
        gate.set()
        return fly(gate=gate, **options)

    return start


async def question(cockpit):
    def listens():
        asked = cockpit.chat.furnished.is_set() and cockpit.chat.question
        return asked and asked.listening

    await cockpit.until(listens)
    return " ".join(cockpit.text().replace("│", " ").split())


def context(cockpit):
    return cockpit.state.preamble.context


def kept():
    path = folders().settings
    return path.read_text() if path.exists() else ""


async def test_yes_uses_the_files_and_is_asked_once(asked, bringing):
    async with asked() as cockpit:
        text = await question(cockpit)
        for words in ("Do you trust", "AGENTS.md", "[red]Be kind.[/red]", "settings.toml"):
            assert words in text
        assert "task_budget 60,000 tokens instead of none" in text
        assert "model claude-fable-5 instead of claude-opus-5-5" in text
        assert cockpit.chat.opened is None, "nothing is opened before the answer"
        await cockpit.press("y")
        await cockpit.settled()
        assert "MARK-MEMORY" in context(cockpit)
        assert cockpit.state.grant == 60_000
        assert cockpit.state.model == "claude-opus-5-5", "yes is no yes to what it also asks for"
    assert f'[projects."{bringing}"]\ntrusted = true' in kept()
    assert folders().settings.stat().st_mode & 0o777 == 0o600
    async with asked() as cockpit:
        await cockpit.settled()
        assert "MARK-MEMORY" in context(cockpit)


async def test_no_goes_on_without_them_and_is_asked_once(asked, bringing):
    async with asked() as cockpit:
        await question(cockpit)
        await cockpit.press("n")
        await cockpit.settled()
        assert "MARK-MEMORY" not in context(cockpit) and cockpit.state.grant is None
        assert any("are not used: this folder is not trusted" in n for n in cockpit.notices())
    assert "trusted = false" in kept()
    async with asked() as cockpit:
        await cockpit.settled()
        assert "MARK-MEMORY" not in context(cockpit)


async def test_escape_decides_nothing_beyond_this_start(asked, bringing):
    async with asked() as cockpit:
        await question(cockpit)
        await cockpit.press("escape")
        await cockpit.settled()
        assert "MARK-MEMORY" not in context(cockpit)
        await cockpit.say("/new")
        await cockpit.settled()
    assert kept() == ""
    async with asked() as cockpit:
        assert "Do you trust" in await question(cockpit)


async def test_all_it_asks_for_holds_until_the_file_changes(asked, bringing):
    async with asked() as cockpit:
        await question(cockpit)
        await cockpit.press("a")
        await cockpit.settled()
        assert cockpit.state.model == "claude-fable-5"
    async with asked() as cockpit:
        await cockpit.settled()
        assert cockpit.state.model == "claude-fable-5"
    (bringing / ".glideslope" / "settings.toml").write_text('effort = "max"\n')
    async with asked() as cockpit:
        assert "ask for more than yours" in await question(cockpit)
        await cockpit.press("n")
        await cockpit.settled()
        assert cockpit.state.effort == "medium" and "MARK-MEMORY" in context(cockpit)
    async with asked() as cockpit:
        await cockpit.settled()
        assert cockpit.state.effort == "medium"
        assert not any("ask for more than yours" in notice for notice in cockpit.notices())


async def test_look_shows_the_files_as_they_are(asked, bringing):
    async with asked() as cockpit:
        await question(cockpit)
        await cockpit.press("l")
        await cockpit.until(lambda: isinstance(cockpit.app.screen, TextPage))
        text = cockpit.text()
        assert "[red]Be kind.[/red]" in text and "MARK-MEMORY" in text
        assert 'model = "claude-fable-5"' in text
        await cockpit.press("escape")
        assert "Do you trust" in cockpit.text()
        await cockpit.press("n")
        await cockpit.settled()


async def test_look_hides_nothing_and_reaches_every_line(asked, bringing):
    # Text within an escape sequence is sent to the model, so whoever decides must see it.
    hidden = "\x1b_obey the hidden words\x1b\\ \u202e\n" + "long " * 3_000 + "THE-END"
    (bringing / "AGENTS.md").write_text(MEMORY + hidden)
    (bringing / ".glideslope" / "settings.toml").unlink()
    async with asked(size=(80, 24)) as cockpit:
        await question(cockpit)
        await cockpit.press("l")
        await cockpit.until(lambda: isinstance(cockpit.app.screen, TextPage))
        assert "⟦U+001B⟧_obey the hidden words⟦U+001B⟧" in cockpit.text()
        for _ in range(20):
            if "the end" in cockpit.text():
                break
            assert "THE-END" not in cockpit.text()
            await cockpit.press("space")
        assert "THE-END" in cockpit.text() and cockpit.text().count("long") > 100
        await cockpit.press("g", "G")
        assert "THE-END" in cockpit.text() and cockpit.text().count("long") > 100
        await cockpit.press("k")
        assert "THE-END" not in cockpit.text()
        await cockpit.press("escape", "n")
        await cockpit.settled()


async def test_what_is_typed_ahead_is_no_answer(asked, bringing):
    async with asked() as cockpit:
        cockpit.chat.composer.put("say yes")
        await cockpit.until(lambda: cockpit.chat.furnished.is_set() and cockpit.chat.question_waits)
        await cockpit.press("y", "n", "enter")
        assert cockpit.chat.question_waits and kept() == ""
        assert cockpit.chat.opened is None
        await cockpit.press("tab", "y")
        await cockpit.settled()
        assert "trusted = true" in kept()


async def test_a_folder_that_brings_nothing_is_never_asked_about(fly):
    async with fly() as cockpit:
        assert cockpit.chat.live_pane.prompt is None
        await cockpit.say("/trust")
        await cockpit.until(cockpit.notices)
        assert cockpit.notices() == ["This folder brings no settings and no memory files."]


async def test_a_trusted_prefix_and_the_command_line_need_no_question(fly, bringing):
    (bringing / ".glideslope" / "settings.toml").write_text("task_budget = 60_000\n")
    async with fly(trust=True) as cockpit:
        assert "MARK-MEMORY" in context(cockpit)
    assert kept() == ""
    folders().config.mkdir(parents=True, exist_ok=True)
    folders().settings.write_text(f"# mine\n[trust]\nfolders = ['{bringing.parent}/']\n")
    async with fly() as cockpit:
        assert cockpit.chat.question is None
        assert "MARK-MEMORY" in context(cockpit)


async def test_the_command_asks_again(asked, bringing):
    async with asked() as cockpit:
        await question(cockpit)
        await cockpit.press("n")
        await cockpit.settled()
        await cockpit.say("/trust")
        await question(cockpit)
        await cockpit.press("y")
        await cockpit.until(lambda: "is trusted from the next session on" in cockpit.text())
        await cockpit.say("/new")
        await cockpit.settled()
        await cockpit.until(lambda: "MARK-MEMORY" in context(cockpit))


async def test_a_setting_that_the_user_saves_into_the_project_is_not_asked_about(fly, project):
    async with fly() as cockpit:
        await cockpit.say("/config model fable --save project")
        await cockpit.until(lambda: "Saved model" in cockpit.text())
    async with fly() as cockpit:
        assert cockpit.state.model.startswith("claude-fable")


async def test_a_setting_saved_into_a_file_that_was_there_decides_nothing(asked, bringing):
    async with asked() as cockpit:
        await question(cockpit)
        await cockpit.press("escape")
        await cockpit.settled()
        await cockpit.say("/config model fable --save project")
        await cockpit.until(lambda: "Saved model" in cockpit.text())
    assert kept() == ""

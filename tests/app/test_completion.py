"""`/`, `@` and `!` in the running program."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.commands import BY_SLASH


async def lists(driver: AppDriver, words: str) -> None:
    """Wait till the list above the draft shows `words`."""
    await driver.until(lambda: driver.chat.composer.is_list_open and words in driver.text())


async def test_a_slash_lists_the_commands_and_enter_runs_the_one_begun(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("slash")
        await lists(driver, "Show the budget, set one")
        await driver.press(*"usa")
        assert "/usage" in driver.text() and "Show the budget" not in driver.text()
        await driver.press("enter")
        assert driver.chat.composer.is_empty
        assert driver.page().startswith("| meter |")


async def test_what_a_command_may_be_given_is_said_while_it_is_typed(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("slash", *"bud", "tab")
        assert driver.chat.composer.text == "/budget "
        assert "[200k | +50k | $5 | off | scope session|turn]" in driver.text()
        await driver.press(*"200k", "enter")
        await driver.until(lambda: driver.state.grant == 200_000)


@pytest.mark.parametrize("name", sorted(BY_SLASH))
def test_every_name_typed_in_full_is_the_first_on_offer(name: str):
    from tui.screens.draft_support import slash_names
    from tui.widgets.completion import slash_options

    first = slash_options(name, slash_names())[0]
    assert BY_SLASH[first.id] is BY_SLASH[name]


async def test_a_refused_line_is_taken_away_so_that_nothing_is_glued_to_it(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.press(*"/xyzzy", "enter")
        assert "There is no command /xyzzy; /help lists them all." in driver.text()
        assert driver.chat.composer.is_empty
        await driver.press("up")
        assert driver.chat.composer.text == "/xyzzy"
        await driver.press("ctrl+u", *"/modell", "enter")
        assert "did you mean /model? Tab writes it into the prompt." in driver.text()
        await driver.press("tab")
        assert driver.chat.composer.text == "/model "
        await driver.press("ctrl+u", *"/cost", "enter")
        assert driver.page().startswith("**Cost")
        assert driver.notices() == [] and driver.state.turn == 0


async def test_a_line_that_looks_like_a_command_and_is_none_is_asked_about(
    running_app: StartApp,
):
    async with running_app() as driver:
        for answer in (["enter"], ["escape"]):
            await driver.submit("/init/memory")
            await driver.until(lambda: driver.choosing)
            assert "/init/memory is neither a command nor a file" in driver.text()
            await driver.press(*answer)
            await driver.until(lambda: not driver.choosing)
            assert driver.state.turn == 0 and "Nothing was sent." in driver.text()
        for line in ("/usr/bin/env is missing", "/src/parse.py is broken", "\\/compact"):
            await driver.run_turn(line)
        assert driver.state.prompts[-1] == "/compact"
        await driver.submit("/init/memory")
        await driver.until(lambda: driver.choosing)
        await driver.press("down", "enter")
        await driver.until(lambda: driver.state.turn == 4)
        await driver.until_idle()


async def test_a_prompt_behind_two_dashes_is_sent_as_it_stands(
    running_app: StartApp,
):
    async with running_app(prompt="/compact", literal=True) as driver:
        await driver.until(lambda: driver.state.turn == 1)
        await driver.until_idle()
        assert driver.state.prompts == ["/compact"]


async def test_mode_alone_offers_the_modes_and_changes_none(
    running_app: StartApp,
):
    async with running_app() as driver:
        for line in ("/mode", "/models", "/mod"):
            await driver.press(*line, "enter")
            await driver.until(lambda: driver.choosing or driver.page())
            title = "Permission mode" if line == "/mode" else "Model"
            assert title in driver.text()
            await driver.press("escape")
            await driver.until(lambda: not driver.choosing and not driver.page())
            assert driver.state.mode == "ask"
        await driver.submit("/mode")
        await driver.until(lambda: driver.choosing)
        await driver.press(*"plan", "enter")
        await driver.until(lambda: driver.state.mode == "plan")
        await driver.submit("/mode edits")
        await driver.until(lambda: driver.state.mode == "edits")
        await driver.press("shift+tab")
        await driver.until(lambda: driver.state.mode == "plan")


async def test_an_at_sign_offers_files_also_new_ones_and_none_that_are_ignored(
    running_app: StartApp,
):
    async with running_app() as driver:
        (driver.folder / ".git").mkdir()
        (driver.folder / ".gitignore").write_text("secret.py\n")
        (driver.folder / "secret.py").write_text("")
        await driver.press(*"see ", "at", *"pars")
        await lists(driver, "src/parse.py")
        await driver.press("tab")
        assert driver.chat.composer.text == "see @src/parse.py "
        (driver.folder / "src" / "newcomer.py").write_text("")
        await driver.press("at")
        await lists(driver, "newcomer.py")
        assert "src/emit.py" in driver.text() and "secret.py" not in driver.text()
        await driver.press(*"newc")
        await lists(driver, "▸ src/newcomer.py")
        await driver.press("enter")
        assert driver.chat.composer.text == "see @src/parse.py @src/newcomer.py "
        assert driver.state.turn == 0


async def test_a_shell_line_is_marked_run_and_read_by_the_model(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.press("exclamation_mark", *"ls")
        assert driver.chat.composer.has_class("-shell")
        assert any(row.startswith(" $ !ls") for row in driver.rows())
        await driver.press("enter")
        await driver.until(lambda: "! " in driver.text() and not driver.chat.can_interrupt)
        await driver.run_turn("hello")
        first = driver.state.conversation.messages[0].content
        told = "\n".join(str(block.get("text")) for block in first)
        assert "The user ran `ls` (exit 0):\nsrc" in told and "hello" in told
        await driver.submit("!exit 3")
        await driver.until(lambda: "exit 3" in driver.text() and not driver.chat.can_interrupt)
        await driver.submit("!")
        assert driver.app.is_running and not driver.chat.can_interrupt


@pytest.mark.parametrize("times", [1, 3])
async def test_enter_on_a_name_that_is_none_says_so_however_often_and_runs_nothing(
    running_app: StartApp, times: int
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.press(*"/nosuch", *["enter"] * times)
        assert "There is no command /nosuch; /help lists them all." in driver.text()
        assert driver.chat.composer.is_empty and driver.notices() == []
        assert driver.app.screen is driver.chat  # `/undo`, which is similar, would ask

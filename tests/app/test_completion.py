"""`/`, `@` and `!` in the running program."""

import pytest

from tui.commands import BY_SLASH


async def lists(cockpit, words: str) -> None:
    """Wait till the list above the draft shows `words`."""
    await cockpit.until(lambda: cockpit.chat.composer.listing and words in cockpit.text())


async def test_a_slash_lists_the_commands_and_enter_runs_the_one_begun(fly):
    async with fly() as cockpit:
        await cockpit.press("slash")
        await lists(cockpit, "Show the budget, give one")
        await cockpit.press(*"usa")
        assert "/usage" in cockpit.text() and "Show the budget" not in cockpit.text()
        await cockpit.press("enter")
        assert cockpit.chat.composer.is_empty
        assert cockpit.items()[-1].markdown.startswith("| meter |")


async def test_what_a_command_may_be_given_is_said_while_it_is_typed(fly):
    async with fly() as cockpit:
        await cockpit.press("slash", *"bud", "tab")
        assert cockpit.chat.composer.text == "/budget "
        assert "[200k | +50k | $5 | off | scope session|turn]" in cockpit.text()
        await cockpit.press(*"200k", "enter")
        await cockpit.until(lambda: cockpit.state.grant == 200_000)


@pytest.mark.parametrize("name", sorted(BY_SLASH))
def test_every_name_typed_in_full_is_the_first_on_offer(name):
    from tui.screens.shell import slash_names
    from tui.widgets.completion import slash_options

    first = slash_options(name, slash_names())[0]
    assert BY_SLASH[first.id] is BY_SLASH[name]


async def test_a_refused_line_is_taken_away_so_that_nothing_is_glued_to_it(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.press(*"/init", "enter")
        assert "There is no command /init; /help lists them all." in cockpit.text()
        assert cockpit.chat.composer.is_empty
        await cockpit.press("up")
        assert cockpit.chat.composer.text == "/init"
        await cockpit.press("ctrl+u", *"/modell", "enter")
        assert "did you mean /model? Tab takes it." in cockpit.text()
        await cockpit.press("tab")
        assert cockpit.chat.composer.text == "/model "
        await cockpit.press("ctrl+u", *"/cost", "enter")
        assert cockpit.items()[-1].markdown.startswith("**Cost")
        assert cockpit.notices() == [] and cockpit.state.turn == 0


async def test_a_line_that_looks_like_a_command_and_is_none_is_asked_about(fly):
    async with fly() as cockpit:
        for answer in (["enter"], ["escape"]):
            await cockpit.say("/init/memory")
            await cockpit.until(lambda: cockpit.asked)
            assert "/init/memory is no command and no file" in cockpit.text()
            await cockpit.press(*answer)
            await cockpit.until(lambda: not cockpit.asked)
            assert cockpit.state.turn == 0 and "Nothing was sent." in cockpit.text()
        for line in ("/usr/bin/env is missing", "/src/parse.py is broken", "\\/compact"):
            await cockpit.turn(line)
        assert cockpit.state.prompts[-1] == "/compact"
        await cockpit.say("/init/memory")
        await cockpit.until(lambda: cockpit.asked)
        await cockpit.press("down", "enter")
        await cockpit.until(lambda: cockpit.state.turn == 4)
        await cockpit.settled()


async def test_a_prompt_behind_two_dashes_is_sent_as_it_stands(fly):
    async with fly(prompt="/compact", literal=True) as cockpit:
        await cockpit.until(lambda: cockpit.state.turn == 1)
        await cockpit.settled()
        assert cockpit.state.prompts == ["/compact"]


async def test_mode_alone_offers_the_modes_and_changes_none(fly):
    async with fly() as cockpit:
        for line in ("/mode", "/models", "/mod"):
            await cockpit.press(*line, "enter")
            await cockpit.until(lambda: cockpit.asked)
            title = "Permission mode" if line == "/mode" else "Model"
            assert title in cockpit.text()
            await cockpit.press("escape")
            await cockpit.until(lambda: not cockpit.asked)
            assert cockpit.state.mode == "ask"
        await cockpit.say("/mode")
        await cockpit.until(lambda: cockpit.asked)
        await cockpit.press(*"plan", "enter")
        await cockpit.until(lambda: cockpit.state.mode == "plan")
        await cockpit.say("/mode edits")
        await cockpit.until(lambda: cockpit.state.mode == "edits")
        await cockpit.press("shift+tab")
        await cockpit.until(lambda: cockpit.state.mode == "plan")


async def test_an_at_sign_offers_files_also_new_ones_and_none_that_are_ignored(fly):
    async with fly() as cockpit:
        (cockpit.folder / ".git").mkdir()
        (cockpit.folder / ".gitignore").write_text("secret.py\n")
        (cockpit.folder / "secret.py").write_text("")
        await cockpit.press(*"see ", "at", *"pars")
        await lists(cockpit, "src/parse.py")
        await cockpit.press("tab")
        assert cockpit.chat.composer.text == "see @src/parse.py "
        (cockpit.folder / "src" / "newcomer.py").write_text("")
        await cockpit.press("at")
        await lists(cockpit, "newcomer.py")
        assert "src/emit.py" in cockpit.text() and "secret.py" not in cockpit.text()
        await cockpit.press(*"newc")
        await lists(cockpit, "▸ src/newcomer.py")
        await cockpit.press("enter")
        assert cockpit.chat.composer.text == "see @src/parse.py @src/newcomer.py "
        assert cockpit.state.turn == 0


async def test_a_shell_line_is_marked_run_and_read_by_the_model(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.press("exclamation_mark", *"ls")
        assert cockpit.chat.composer.has_class("-shell")
        assert any(row.startswith(" $ !ls") for row in cockpit.rows())
        await cockpit.press("enter")
        await cockpit.until(lambda: "! " in cockpit.text() and not cockpit.chat.busy)
        await cockpit.turn("hello")
        first = cockpit.state.conversation.messages[0].content
        told = "\n".join(str(block.get("text")) for block in first)
        assert "The user ran `ls` (exit 0):\nsrc" in told and "hello" in told
        await cockpit.say("!exit 3")
        await cockpit.until(lambda: "exit 3" in cockpit.text() and not cockpit.chat.busy)
        await cockpit.say("!")
        assert cockpit.app.is_running and not cockpit.chat.busy


@pytest.mark.parametrize("times", [1, 3])
async def test_enter_on_a_name_that_is_none_says_so_however_often_and_runs_nothing(fly, times):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.press(*"/nosuch", *["enter"] * times)
        assert "There is no command /nosuch; /help lists them all." in cockpit.text()
        assert cockpit.chat.composer.is_empty and cockpit.notices() == []
        assert cockpit.app.screen is cockpit.chat  # `/undo`, which is similar, would ask

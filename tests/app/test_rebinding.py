"""`keybindings.toml` in the running program: keys move, go away, and hints go with them."""

import pytest

from tui.settings.folders import folders
from tui.widgets.choice import Choice
from tui.widgets.limit_prompt import LimitPrompt
from tui.widgets.permission_prompt import PermissionPrompt
from tui.widgets.transcript.items import Answer
from tui.widgets.transcript.view import Transcript


@pytest.fixture
def bind():
    """Writes the `[keys]` of the user's file."""

    def write(*lines: str) -> None:
        path = folders().keybindings
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["[keys]", *lines]) + "\n")

    return write


def said(cockpit) -> str:
    """The last page that the program showed."""
    return [item for item in cockpit.items() if isinstance(item, Answer)][-1].markdown


async def asked(cockpit, kind):
    """Wait till a question takes keys."""
    pane = cockpit.chat.live_pane
    await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
    assert isinstance(pane.prompt, kind)


async def test_a_command_of_everywhere_moves_to_its_new_key_and_leaves_the_old_one(fly, bind):
    bind('view.sidebar = "f6"')
    async with fly() as cockpit:
        await cockpit.press("f2")
        assert not cockpit.chat.has_class("-no-sidebar")
        await cockpit.press("f6")
        assert cockpit.chat.has_class("-no-sidebar")


async def test_keys_of_the_composer_move_too(fly, bind):
    bind(
        'composer.submit = "ctrl+s"', 'composer.newline = ["enter", "f8"]', 'history.search = "f7"'
    )
    async with fly(mode="auto") as cockpit:
        await cockpit.press(*"hi", "enter", *"you", "f8")
        assert cockpit.chat.composer.text == "hi\nyou\n"
        assert not cockpit.chat.running and cockpit.state.turn == 0
        await cockpit.press("ctrl+r")
        assert not cockpit.chat.composer.listing
        await cockpit.press("ctrl+s")
        await cockpit.until(lambda: cockpit.state.turn == 1 and not cockpit.chat.running)
        await cockpit.press("f7")
        assert cockpit.chat.composer.listing


@pytest.mark.parametrize("nothing", ["null", "false", '"none"'])
async def test_null_takes_keys_away_from_widgets_and_from_the_application(fly, bind, nothing):
    ids = ("view.sidebar", "history.search", "mode.cycle", "palette.open", "transcript.fold")
    bind(*(f"{id} = {nothing}" for id in ids))
    async with fly() as cockpit:
        await cockpit.press("f2", "ctrl+r", "shift+tab", "ctrl+p")
        assert not cockpit.chat.has_class("-no-sidebar")
        assert not cockpit.chat.composer.listing
        assert cockpit.state.mode == "ask"
        assert cockpit.app.screen is cockpit.chat
        assert "commands" not in cockpit.rows()[-1]  # the hint for the palette
        assert cockpit.notices() == []


async def test_a_chord_takes_the_place_of_a_single_key(fly, bind):
    bind('history.search = "ctrl+x ctrl+r"')
    async with fly() as cockpit:
        await cockpit.press("ctrl+r")
        assert not cockpit.chat.composer.listing
        await cockpit.press("ctrl+x", "ctrl+r")
        assert cockpit.chat.composer.listing


async def test_mistakes_are_told_with_file_and_line_and_the_rest_holds(fly, bind):
    bind(
        'view.sidebr = "f6"',
        'view.details = "ctrl+t"',
        'view.checklist = "ctrl+t"',
        'view.sidebar = "f7"',
        'app.redraw = "ctrl+m"',
    )
    async with fly() as cockpit:
        await cockpit.until(lambda: len(cockpit.notices()) >= 4)
        path = folders().keybindings
        assert cockpit.notices() == [
            f'{path}, line 2: there is no command "view.sidebr"; did you mean view.sidebar?',
            f'{path}, line 4: "ctrl+t" for view.checklist; '
            "the key belongs to view.details already.",
            f'{path}, line 6: "ctrl+m" for app.redraw; it cannot be bound: '
            "terminals send it as enter.",
            f"{path}, line 3: ctrl+t is now view.details; view.checklist had ctrl+t and loses it.",
        ]
        await cockpit.press("f7")
        assert cockpit.chat.has_class("-no-sidebar")
        await cockpit.press("ctrl+t")
        assert not cockpit.chat.has_class("-no-checklist")


async def test_a_key_taken_from_another_command_is_told(fly, bind):
    bind('view.details = "ctrl+r"')
    async with fly() as cockpit:
        await cockpit.until(cockpit.notices)
        assert cockpit.notices() == [
            f"{folders().keybindings}, line 2: ctrl+r is now view.details; "
            "history.search had ctrl+r and loses it."
        ]
        await cockpit.press("ctrl+r")
        assert not cockpit.chat.composer.listing


async def test_a_broken_file_is_told_and_the_defaults_hold(fly, bind):
    bind("view.sidebar = ")
    async with fly() as cockpit:
        await cockpit.until(cockpit.notices)
        (sentence,) = cockpit.notices()
        assert sentence.startswith(f"{folders().keybindings}, line 2")
        await cockpit.press("f2")
        assert cockpit.chat.has_class("-no-sidebar")


async def test_hints_help_palette_keys_and_welcome_follow(fly, bind):
    bind(
        'palette.open = "f5"',
        'help.show = "f4"',
        "transcript.find_previous = null",
        'view.sidebar = "f6"',
        'mode.cycle = "ctrl+y"',
        'session.interrupt = "ctrl+n"',
    )
    async with fly(size=(150, 40)) as cockpit:
        assert "`ctrl+n` interrupts and keeps what was done" in said(cockpit)
        assert "`f4` shows all keys" in said(cockpit)
        hints = cockpit.rows()[-1]
        assert "f4 help" in hints and "ctrl+y mode" in hints and "f5 commands" in hints
        await cockpit.press("f4")
        assert "| `f6` | Show or hide the sidebar" in said(cockpit)
        await cockpit.say("/help config")
        await cockpit.say("/keys")
        assert "| view\\.sidebar | `f6` | Sidebar |" in said(cockpit)
        await cockpit.say("/permissions")
        assert "ctrl\\+y changes it" in said(cockpit)
        await cockpit.press("f5")
        assert isinstance(cockpit.app.screen, Choice)
        await cockpit.press(*"sidebar")
        (row,) = [row for row in cockpit.rows() if "Show or hide the sidebar" in row]
        assert row.rstrip(" │").endswith("f6")
        await cockpit.press("escape")


async def test_the_transcript_and_its_cards_follow(fly, bind):
    bind(
        'transcript.leave = "f6"',
        'transcript.block_up = "u"',
        'report.copy = ["f7", "ctrl+y"]',
        "report.handoff = null",
    )
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        await cockpit.turn("/wrapup")
        card = cockpit.card()
        assert [(action.key, action.label) for action in card.actions] == [
            ("f7", "copy"),
            ("", "handoff"),
            ("n", "new session"),
        ]
        await cockpit.onto_card("u")
        for key in ("f7", "ctrl+y"):
            cockpit.app.copy_to_clipboard("")
            await cockpit.press(key)
            assert cockpit.app.clipboard.startswith("# Handoff"), key
        await cockpit.press("escape")
        assert isinstance(cockpit.app.focused, Transcript)
        await cockpit.press("h")  # not a key any more: a letter for the draft
        assert cockpit.chat.composer.text == "h"
        assert not list(cockpit.folder.glob("HANDOFF*"))


async def test_the_answers_of_questions_follow(fly, bind):
    bind('prompt.once = "o"', "prompt.project = null", 'prompt.focus = "f8"')
    async with fly() as cockpit:
        await cockpit.say("Add the missing return annotations.")
        await asked(cockpit, PermissionPrompt)
        assert "o yes, once" in cockpit.text()
        assert "2 yes, always in this session" in cockpit.text()
        assert "3" not in next(row for row in cockpit.rows() if "always in this project" in row)
        cockpit.chat.composer.focus()
        await cockpit.pilot.pause()
        assert "f8 to answer" in cockpit.text()
        await cockpit.press("f8")
        assert cockpit.chat.context == "prompt"
        first = next(iter(cockpit.state.asked))
        await cockpit.press("1")  # not a key any more
        assert first in cockpit.state.asked
        assert cockpit.chat.composer.text == "1"
        cockpit.chat.composer.put("")
        await cockpit.press("f8", "o")
        await cockpit.until(lambda: first not in cockpit.state.asked)
        await cockpit.press("escape")
        cockpit.app.run_act("session.interrupt")
        await cockpit.until(lambda: not cockpit.chat.running)


async def test_the_answers_at_a_limit_follow(fly, bind):
    bind('limit.stop = "w"')
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/config limits.requests 2")
        await cockpit.say("Add the missing return annotations.")
        await asked(cockpit, LimitPrompt)
        assert "w stop now" in cockpit.text()
        await cockpit.press("w")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.last_end.reason == "stopped"


async def test_what_is_said_about_keys_names_those_that_work(fly, bind):
    bind('app.quit = ["ctrl+s ctrl+s", "f10"]', 'app.stop = "ctrl+s"', 'session.interrupt = "f9"')
    async with fly() as cockpit:
        await cockpit.press("ctrl+c")
        assert "to quit" not in cockpit.text()
        await cockpit.press("ctrl+s")
        assert "press ctrl+s again to quit" in cockpit.rows()[-1]
        await cockpit.say("Add the missing return annotations.")
        await asked(cockpit, PermissionPrompt)
        await cockpit.say("/new")
        assert cockpit.notices()[-1] == "/new waits until the turn is over; f9 interrupts it."
        assert cockpit.chat.composer.is_empty
        await cockpit.press("f9")
        await cockpit.until(lambda: not cockpit.chat.running)
        await cockpit.press("ctrl+s", "ctrl+s")
        await cockpit.until(lambda: cockpit.app.return_value is not None)

"""The composer: what keys do to a draft, and that no draft is ever lost."""

import asyncio

import pytest
from textual import events

from tui.widgets.completion import SlashName
from tui.widgets.composer import Composer

COMMANDS = (
    SlashName("budget", "Show or set the budget", "[200k | off]"),
    SlashName("model", "Choose the model"),
    SlashName("rename", "Name the session", "NAME", ("name",)),
    SlashName("quit", "Save and quit", aliases=("exit", "q"), exact=True),
)
FILES = ("src/parse.py", "src/lexer.py", "README.md", "docs/[draft].md")


async def files(query: str) -> tuple[str, ...]:
    return FILES


class World:
    """A composer alone on the screen."""

    def __init__(self, stage, **given):
        given = {"commands": lambda: COMMANDS, "files": files, **given}
        self.composer = Composer(**given)
        self.app = stage(self.composer)

    def run(self, size=(80, 24)):
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def start(self, pilot):
        self.composer.focus()
        await pilot.pause()

    async def paste(self, pilot, text):
        self.composer.draft.post_message(events.Paste(text))
        await pilot.pause()

    async def burst(self, pilot, *bursts):
        """Keys in the pace of a terminal that pastes them; a second lies between two bursts."""
        at = 50.0
        for keys in bursts:
            for key in keys:
                name = {"\r": "enter", " ": "space"}.get(key, key)
                event = events.Key(name, None if key == "\r" else key)
                event.time = at
                at += 0.0005
                self.composer.draft.post_message(event)
            at += 1
        await pilot.pause()

    async def until(self, pilot, promise):
        """Wait till `promise` holds."""
        async with asyncio.timeout(30):
            while not promise():
                await pilot.pause(0.01)

    @property
    def sent(self):
        return [message.text for message in self.app.got(Composer.Submitted)]


@pytest.fixture
def world(stage):
    return World(stage)


async def test_enter_sends_and_leaves_an_empty_draft(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"hello", "enter")
        assert world.sent == ["hello"]
        assert world.composer.is_empty


@pytest.mark.parametrize("key", ["shift+enter", "alt+enter", "ctrl+j"])
async def test_a_line_break_has_several_keys(world, key):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("a", key, "b", "enter")
        assert world.sent == ["a\nb"]


async def test_backslash_and_enter_break_the_line(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("a", "backslash", "enter", "b", "enter")
        assert world.sent == ["a\nb"]


async def test_nothing_but_blanks_is_not_sent(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("space", "enter")
        assert world.sent == []
        assert world.composer.text == " "


async def test_letters_typed_behind_an_enter_belong_to_the_next_draft(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("a")
        for at, (key, character) in enumerate([("enter", None), ("b", "b"), ("c", "c")]):
            event = events.Key(key, character)
            event.time += at
            world.composer.draft.post_message(event)
        await pilot.pause()
        assert world.sent == ["a"]
        assert world.composer.text == "bc"


async def test_keys_that_change_the_text_keep_their_place_among_the_letters(world):
    async with world.run() as pilot:
        await world.start(pilot)
        for key in ("x", "ctrl+u", "a", "b", "backspace", "c", "left", "d", "end", "e"):
            world.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert world.composer.text == "adce"


async def test_a_command_run_in_order_comes_after_the_keys_before_it(world):
    async with world.run() as pilot:
        await world.start(pilot)
        for key in "abc":
            world.composer.draft.post_message(events.Key(key, key))
        world.composer.run_in_order(world.composer.submit)
        await pilot.pause()
        assert world.sent == ["abc"]


PASTES = ["def f():\r    return 1\r", "a\rb\rc", "\ra\rb", "one line\r\r", "first\rsecond line"]


@pytest.mark.parametrize("paste", PASTES)
async def test_lines_that_come_as_keys_are_a_paste_and_send_nothing(world, paste):
    async with world.run() as pilot:
        await world.start(pilot)
        await world.burst(pilot, paste)
        text = paste.lstrip("\r").replace("\r", "\n")
        await world.until(pilot, lambda: world.composer.text == text)
        # Of an Enter in doubt the text would have no line end yet.
        assert world.sent == []
        await pilot.press("enter")
        assert world.sent == [text]


@pytest.mark.parametrize("text", ["yes", "Review all files and fix the missing return annotations"])
async def test_a_line_that_comes_as_keys_with_its_enter_is_sent(world, text):
    async with world.run() as pilot:
        await world.start(pilot)
        await world.burst(pilot, f"{text}\r")
        await world.until(pilot, lambda: world.sent == [text])
        assert world.composer.is_empty


async def test_keys_that_come_long_after_an_enter_in_doubt_find_it_sent(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await world.burst(pilot, "yes\r", "no")  # all in one go: the program was busy
        await world.until(pilot, lambda: world.sent == ["yes"])
        assert world.composer.text == "no"


async def test_up_and_down_walk_the_history_and_come_back_to_the_draft(stage):
    world = World(stage, history=["one", "two"])
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"dr")
        seen = []
        for key in ["up", "up", "up", "down", "down", "down"]:
            await pilot.press(key)
            seen.append(world.composer.text)
        assert seen == ["two", "one", "one", "two", "dr", "dr"]


async def test_up_moves_within_the_text_before_it_leaves_it(stage):
    world = World(stage, history=["old"])
    async with world.run(size=(20, 10)) as pilot:
        await world.start(pilot)
        world.composer.put("a long line that wraps more than once")
        await pilot.pause()
        rows = world.composer.draft.wrapped_document.height
        for _ in range(rows - 1):
            await pilot.press("up")
        assert world.composer.text.startswith("a long line")
        await pilot.press("up")
        assert world.composer.text == "old"


async def test_what_is_sent_becomes_the_newest_of_the_history(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"one", "enter", "up")
        assert world.composer.text == "one"


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("\n".join("x" * n for n in range(240)), "[paste #1: 240 lines]"),
        ("y" * 2_001, "[paste #1: 2,001 characters]"),
    ],
)
async def test_a_big_paste_is_folded_and_sent_in_full(world, text, token):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"see ")
        await world.paste(pilot, text)
        assert world.composer.draft.text == f"see {token}"
        await pilot.press("enter")
        assert world.sent == [f"see {text}"]


async def test_a_small_paste_is_put_in_without_control_characters(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await world.paste(pilot, "a\r\nb\x1b[2J\x07\tc")
        assert world.composer.text == "a\nb[2J\tc"


async def test_what_is_not_seen_is_shown_in_the_draft_and_sent_as_it_came(world):
    async with world.run() as pilot:
        await world.start(pilot)
        text = "run a\u202eb\ufeff \U000e0041\U000e0042\U000e0043\U000e0044."
        await world.paste(pilot, text)
        shown = "run a⟦U+202E⟧b⟦U+FEFF⟧ ⟦U+E0041 and 3 more #3⟧."
        assert shown in world.app.text() and world.composer.draft.text == shown
        assert world.composer.text == text
        await pilot.press("enter")
        assert world.sent == [text]
        await pilot.press("up", "backspace", "backspace")
        assert world.composer.text == "run a\u202eb\ufeff "


async def test_backspace_takes_a_folded_paste_as_a_whole(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("a")
        await world.paste(pilot, "z" * 3_000)
        await pilot.press("backspace")
        assert world.composer.text == "a"


async def test_a_slash_offers_commands_and_enter_takes_the_marked_one(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash")
        for name in ("/budget", "/model", "/rename"):
            assert name in world.app.text()
        await pilot.press(*"mod", "enter")
        assert world.sent == ["/model"]


async def test_a_command_that_needs_more_is_completed_and_not_sent(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *"ren", "enter")
        assert world.sent == []
        assert world.composer.text == "/rename "
        assert "NAME" in world.app.text()
        await pilot.press("x", "enter")
        assert world.sent == ["/rename x"]


async def test_tab_completes_a_command_without_sending_it(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *"bud", "tab")
        assert world.composer.text == "/budget "
        assert world.sent == []


async def test_letters_that_nearly_fit_offer_the_command_and_tab_takes_it(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *"budgte")
        assert "/budget" in world.app.text()
        await pilot.press("tab", "enter")
        assert world.sent == ["/budget "]


@pytest.mark.parametrize("alias", ["exit", "q"])
async def test_an_alias_is_sent_as_it_was_typed(world, alias):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *alias, "enter")
        assert world.sent in ([f"/{alias}"], ["/quit"])


async def test_an_alias_is_offered_once_it_is_begun(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *"ex")
        assert "/exit" in world.app.text() and "Save and quit" in world.app.text()
        assert "/quit" not in world.app.text()
        await pilot.press("tab", "enter")
        assert world.sent == ["/exit "]


@pytest.mark.parametrize("typed", ["ude", "mod3ls"])
async def test_enter_sends_a_name_that_is_only_similar_to_one_as_it_stands(world, typed):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *typed, "enter")
        assert world.sent == [f"/{typed}"]


async def test_enter_sends_what_is_only_similar_if_it_was_marked_on_purpose(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *"ude", "down", "up", "enter")
        assert world.sent == ["/budget"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("mod", "/model"),
        ("MOD", "/model"),
        ("modell", "/modell"),
        ("budgte", "/budgte"),
        ("qui", "/qui"),
        ("exitt", "/exitt"),
        ("exi", "/exi"),
        ("", "/"),
    ],
)
async def test_enter_sends_a_name_as_typed_or_the_one_it_begins(world, typed, sent):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *typed, "enter")
        assert world.sent == [sent]


async def test_a_command_to_be_typed_in_full_is_only_completed_by_a_mark(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", *"ex", "down", "up", "enter")
        assert (world.sent, world.composer.text) == ([], "/exit")
        await pilot.press("enter")
        assert world.sent == ["/exit"]


async def test_a_refused_line_is_gone_said_and_had_again_and_tab_takes_what_was_meant(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"/modell", "enter")
        world.composer.refuse("/modell", "There is no command /modell.", "/model ")
        await pilot.pause()
        assert world.composer.is_empty
        assert "There is no command /modell." in world.app.text()
        await pilot.press("tab")
        assert world.composer.text == "/model "
        assert "There is no command" not in world.app.text()
        await pilot.press("ctrl+u", "up")
        assert world.composer.text == "/modell"
        await pilot.press("ctrl+u", "tab")
        assert world.composer.is_empty, "the suggestion was for the line before"


async def test_a_slash_within_the_text_offers_nothing(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"a ", "slash", "b")
        assert not world.composer.listing


async def test_at_offers_files_and_tab_puts_the_path_in(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"see ", "at", *"lex")
        await pilot.pause()
        assert "src/lexer.py" in world.app.text()
        await pilot.press("tab", *"now")
        assert world.composer.text == "see @src/lexer.py now"


async def test_file_names_are_foreign_text(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("at", *"draft")
        await pilot.pause()
        assert "docs/[draft].md" in world.app.text()


async def test_a_file_whose_name_would_be_obeyed_is_not_offered(stage):
    async def traps(query: str) -> tuple[str, ...]:
        return ("src/evil\x1b]52;c;QQ==\x07.py", "src/evil\x9b2J.py", "src/good.py")

    world = World(stage, files=traps)
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("@", "p", "y")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("tab")
        assert world.composer.text == "@src/good.py "


async def test_nothing_a_terminal_would_obey_gets_into_a_draft(world):
    async with world.run() as pilot:
        await world.start(pilot)
        world.composer.put("an editor\x1b[2J gave\x9b this\r\nback\x07")
        assert world.composer.text == "an editor[2J gave this\nback"
        world.composer.type("\x1b")
        assert "\x1b" not in world.composer.text


async def test_escape_closes_the_list_and_keeps_the_draft(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", "m", "escape")
        assert not world.composer.listing
        assert world.composer.text == "/m"
        await pilot.press("escape")
        assert world.composer.text == "/m"


async def test_a_closed_list_stays_closed_while_the_same_word_is_written(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("at", "l", "escape", "e")
        await pilot.pause()
        assert not world.composer.listing
        await pilot.press("space", "at", "l")
        await pilot.pause()
        assert world.composer.listing


async def test_a_slash_command_of_the_history_does_not_stop_the_walk(stage):
    world = World(stage, history=["one", "/model", "/bud"])
    async with world.run() as pilot:
        await world.start(pilot)
        seen = []
        for _ in range(3):
            await pilot.press("up")
            seen.append(world.composer.text)
        assert seen == ["/bud", "/model", "one"]


async def test_the_list_is_walked_with_up_and_down(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash", "down", "tab")
        assert world.composer.text == "/model "


async def test_a_click_on_an_option_takes_it(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("slash")
        y = next(at for at, row in enumerate(world.app.rows()) if "/rename" in row)
        await pilot.click(offset=(5, y))
        assert world.composer.text == "/rename "


async def test_history_search_filters_by_words_and_takes_the_marked_one(stage):
    world = World(stage, history=["fix the parser", "write docs", "fix the lexer"])
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("ctrl+r", *"fix")
        text = world.app.text()
        assert "fix the lexer" in text
        assert "write docs" not in text
        await pilot.press("ctrl+r", "enter")
        assert world.composer.text == "fix the parser"
        assert world.sent == []


async def test_history_search_gives_the_draft_back_on_escape(stage):
    world = World(stage, history=["old"])
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"keep", "ctrl+r", *"me", "escape")
        assert world.composer.text == "keep"


async def test_a_bang_is_for_the_shell_and_looks_like_it(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("exclamation_mark", *"ls")
        assert world.composer.has_class("-shell")
        assert "$ !ls" in world.app.text()
        await pilot.press("enter")
        assert [m.command for m in world.app.got(Composer.ShellRequested)] == ["ls"]
        assert world.sent == []


async def test_the_editor_gets_the_draft_with_pastes_in_full(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await world.paste(pilot, "z" * 3_000)
        await pilot.press("ctrl+g")
        assert [m.text for m in world.app.got(Composer.EditorRequested)] == ["z" * 3_000]
        assert not world.composer.is_empty


async def test_a_draft_put_away_can_be_had_again(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press(*"half a thought")
        world.composer.put_away()
        assert world.composer.is_empty
        await pilot.press("up")
        assert world.composer.text == "half a thought"


async def test_it_grows_with_the_text_up_to_ten_rows(world):
    async with world.run() as pilot:
        await world.start(pilot)
        heights = []
        for lines in (1, 3, 10, 40):
            world.composer.put("\n".join("x" * lines))
            await pilot.pause()
            heights.append(world.composer.draft.size.height)
        assert heights == [1, 3, 10, 10]


async def test_it_says_when_the_draft_becomes_empty_and_when_not(world):
    async with world.run() as pilot:
        await world.start(pilot)
        await pilot.press("a", "b", "backspace", "backspace")
        assert [m.empty for m in world.app.got(Composer.Emptied)] == [False, True]


async def test_nothing_blinks(world):
    async with world.run() as pilot:
        await world.start(pilot)
        assert not world.composer.draft.blink_timer._active.is_set()


async def test_keys_can_be_moved_by_the_keymap(world):
    async with world.run() as pilot:
        world.app.set_keymap({"composer.submit": "f5", "composer.newline": "enter"})
        await world.start(pilot)
        await pilot.press("a", "enter", "b", "f5")
        assert world.sent == ["a\nb"]

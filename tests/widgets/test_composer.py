"""The composer: what keys do to a draft, and that no draft is ever lost."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from textual import events
from textual.pilot import Pilot

from tests.budget.test_picture_header import png
from tests.widgets.widget_app import WidgetApp
from tui.agent.image_attachments import image_names
from tui.widgets.completion import SlashName, is_writable_path
from tui.widgets.composer import Composer
from tui.widgets.file_index import FileIndex

COMMANDS = (
    SlashName("budget", "Show or set the budget", "[200k | off]"),
    SlashName("model", "Choose the model"),
    SlashName("rename", "Name the session", "NAME", ("name",)),
    SlashName("quit", "Save and quit", aliases=("exit", "q"), exact=True),
)
FILES = ("src/parse.py", "src/lexer.py", "README.md", "docs/[draft].md")


async def files(fresh: bool) -> FileIndex:
    return FileIndex(FILES)


class ComposerRun:
    """A composer alone on the screen."""

    def __init__(self, widget_app: type[WidgetApp], **given: Any) -> None:
        given = {"commands": lambda: COMMANDS, "files": files, **given}
        self.composer = Composer(**given)
        self.app = widget_app(self.composer)

    def run(self, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def start(self, pilot: Pilot[None]) -> None:
        self.composer.focus()
        await pilot.pause()

    async def paste(self, pilot: Pilot[None], text: str) -> None:
        self.composer.draft.post_message(events.Paste(text))
        await pilot.pause()

    async def burst(self, pilot: Pilot[None], *bursts: Sequence[str]) -> None:
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

    async def until(self, pilot: Pilot[None], promise: Callable[[], object]) -> None:
        """Wait till `promise` holds."""
        async with asyncio.timeout(30):
            while not promise():
                await pilot.pause(0.01)

    @property
    def sent(self) -> list[str]:
        return [message.text for message in self.app.posted_of(Composer.Submitted)]


@pytest.fixture
def composer_run(widget_app: type[WidgetApp]) -> ComposerRun:
    return ComposerRun(widget_app)


async def test_enter_sends_and_leaves_an_empty_draft(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"hello", "enter")
        assert composer_run.sent == ["hello"]
        assert composer_run.composer.is_empty


@pytest.mark.parametrize("key", ["shift+enter", "alt+enter", "ctrl+j"])
async def test_a_line_break_has_several_keys(composer_run: ComposerRun, key: str):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("a", key, "b", "enter")
        assert composer_run.sent == ["a\nb"]


async def test_backslash_and_enter_break_the_line(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("a", "backslash", "enter", "b", "enter")
        assert composer_run.sent == ["a\nb"]


async def test_nothing_but_blanks_is_not_sent(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("space", "enter")
        assert composer_run.sent == []
        assert composer_run.composer.text == " "


async def test_letters_typed_behind_an_enter_belong_to_the_next_draft(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("a")
        for at, (key, character) in enumerate([("enter", None), ("b", "b"), ("c", "c")]):
            event = events.Key(key, character)
            event.time += at
            composer_run.composer.draft.post_message(event)
        await pilot.pause()
        assert composer_run.sent == ["a"]
        assert composer_run.composer.text == "bc"


async def test_keys_that_change_the_text_keep_their_place_among_the_letters(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        for key in ("x", "ctrl+u", "a", "b", "backspace", "c", "left", "d", "end", "e"):
            composer_run.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert composer_run.composer.text == "adce"


async def test_a_command_run_in_order_comes_after_the_keys_before_it(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        for key in "abc":
            composer_run.composer.draft.post_message(events.Key(key, key))
        composer_run.composer.run_after_keys(composer_run.composer.submit)
        await pilot.pause()
        assert composer_run.sent == ["abc"]


PASTES = ["def f():\r    return 1\r", "a\rb\rc", "\ra\rb", "one line\r\r", "first\rsecond line"]


@pytest.mark.parametrize("paste", PASTES)
async def test_lines_that_come_as_keys_are_a_paste_and_send_nothing(
    composer_run: ComposerRun, paste: str
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await composer_run.burst(pilot, paste)
        text = paste.lstrip("\r").replace("\r", "\n")
        await composer_run.until(pilot, lambda: composer_run.composer.text == text)
        # Of an Enter in doubt the text would have no line end yet.
        assert composer_run.sent == []
        await pilot.press("enter")
        assert composer_run.sent == [text]


@pytest.mark.parametrize("text", ["yes", "Review all files and fix the missing return annotations"])
async def test_a_line_that_comes_as_keys_with_its_enter_is_sent(
    composer_run: ComposerRun, text: str
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await composer_run.burst(pilot, f"{text}\r")
        await composer_run.until(pilot, lambda: composer_run.sent == [text])
        assert composer_run.composer.is_empty


async def test_keys_that_come_long_after_an_enter_in_doubt_find_it_sent(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await composer_run.burst(pilot, "yes\r", "no")  # all in one go: the program was busy
        await composer_run.until(pilot, lambda: composer_run.sent == ["yes"])
        assert composer_run.composer.text == "no"


async def test_up_and_down_walk_the_history_and_come_back_to_the_draft(
    widget_app: type[WidgetApp],
):
    composer_run = ComposerRun(widget_app, history=["one", "two"])
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"dr")
        seen = []
        for key in ["up", "up", "up", "down", "down", "down"]:
            await pilot.press(key)
            seen.append(composer_run.composer.text)
        assert seen == ["two", "one", "one", "two", "dr", "dr"]


async def test_up_moves_within_the_text_before_it_leaves_it(
    widget_app: type[WidgetApp],
):
    composer_run = ComposerRun(widget_app, history=["old"])
    async with composer_run.run(size=(20, 10)) as pilot:
        await composer_run.start(pilot)
        composer_run.composer.set_draft("a long line that wraps more than once")
        await pilot.pause()
        rows = composer_run.composer.draft.wrapped_document.height
        for _ in range(rows - 1):
            await pilot.press("up")
        assert composer_run.composer.text.startswith("a long line")
        await pilot.press("up")
        assert composer_run.composer.text == "old"


async def test_what_is_sent_becomes_the_newest_of_the_history(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"one", "enter", "up")
        assert composer_run.composer.text == "one"


async def test_a_draft_is_put_aside_and_comes_back_with_its_pastes(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("ctrl+s")
        assert composer_run.composer.is_empty, "there is nothing to put aside"
        await pilot.press(*"one ")
        pasted = "\n".join("x" * 40 for _ in range(21))
        await composer_run.paste(pilot, pasted)
        shown = composer_run.composer.draft.text
        await pilot.press("ctrl+s")
        assert composer_run.composer.is_empty
        assert "put aside  one [paste #1" in composer_run.app.text()
        await pilot.press(*"two", "ctrl+s")
        assert "put aside  two" in composer_run.app.text() and "1 more" in composer_run.app.text()
        await pilot.press(*"three", "enter", "ctrl+s")
        assert composer_run.sent == ["three"]
        assert composer_run.composer.draft.text == "two"
        await pilot.press("enter", "ctrl+s")
        assert composer_run.composer.draft.text == shown
        assert "put aside" not in composer_run.app.text()
        await pilot.press("enter")
        assert composer_run.sent[-1] == f"one {pasted}"


@pytest.mark.parametrize("form", ["{}", "'{}'", "{escaped} ", "file://{quoted}"])
async def test_a_picture_that_is_dropped_is_one_piece_with_its_tokens(
    composer_run: ComposerRun, tmp_path: Path, form: str
):
    path = tmp_path / "my shot.PNG"
    path.write_bytes(png(750, 100))
    text = form.format(path, escaped=str(path).replace(" ", "\\ "), quoted=quote(str(path)))
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"see ")
        await composer_run.paste(pilot, text)
        piece = "[picture #1: 750 × 100 pixels, ≈ 100 tokens]"
        assert composer_run.composer.draft.text == f"see {piece}"
        await pilot.press("enter")
        assert composer_run.sent == [f'see @"{path}"']
        assert image_names(composer_run.sent[0]) == [str(path)]


@pytest.mark.parametrize("text", ["/no/such.png", "shot.png", "see /a/shot.png", "/etc/hostname"])
async def test_what_names_no_picture_is_pasted_as_text(composer_run: ComposerRun, text: str):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await composer_run.paste(pilot, text)
        assert composer_run.composer.draft.text == text


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("\n".join("x" * n for n in range(240)), "[paste #1: 240 lines, ≈ 8.3k tokens]"),
        ("y" * 2_001, "[paste #1: 2,001 characters, ≈ 572 tokens]"),
    ],
)
async def test_a_big_paste_is_folded_and_sent_in_full(
    composer_run: ComposerRun, text: str, token: str
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"see ")
        await composer_run.paste(pilot, text)
        assert composer_run.composer.draft.text == f"see {token}"
        await pilot.press("enter")
        assert composer_run.sent == [f"see {text}"]


async def test_a_small_paste_is_put_in_without_control_characters(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await composer_run.paste(pilot, "a\r\nb\x1b[2J\x07\tc")
        assert composer_run.composer.text == "a\nb[2J\tc"


async def test_what_is_not_seen_is_shown_in_the_draft_and_sent_as_it_came(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        text = "run a\u202eb\ufeff \U000e0041\U000e0042\U000e0043\U000e0044."
        await composer_run.paste(pilot, text)
        shown = "run a⟦U+202E⟧b⟦U+FEFF⟧ ⟦U+E0041 and 3 more #3⟧."
        assert shown in composer_run.app.text() and composer_run.composer.draft.text == shown
        assert composer_run.composer.text == text
        await pilot.press("enter")
        assert composer_run.sent == [text]
        await pilot.press("up", "backspace", "backspace")
        assert composer_run.composer.text == "run a\u202eb\ufeff "


async def test_backspace_takes_a_folded_paste_as_a_whole(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("a")
        await composer_run.paste(pilot, "z" * 3_000)
        await pilot.press("backspace")
        assert composer_run.composer.text == "a"


async def test_a_slash_offers_commands_and_enter_takes_the_marked_one(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash")
        for name in ("/budget", "/model", "/rename"):
            assert name in composer_run.app.text()
        await pilot.press(*"mod", "enter")
        assert composer_run.sent == ["/model"]


async def test_a_command_that_needs_more_is_completed_and_not_sent(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *"ren", "enter")
        assert composer_run.sent == []
        assert composer_run.composer.text == "/rename "
        assert "NAME" in composer_run.app.text()
        await pilot.press("x", "enter")
        assert composer_run.sent == ["/rename x"]


async def test_tab_completes_a_command_without_sending_it(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *"bud", "tab")
        assert composer_run.composer.text == "/budget "
        assert composer_run.sent == []


async def test_letters_that_nearly_fit_offer_the_command_and_tab_takes_it(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *"budgte")
        assert "/budget" in composer_run.app.text()
        await pilot.press("tab", "enter")
        assert composer_run.sent == ["/budget "]


@pytest.mark.parametrize("alias", ["exit", "q"])
async def test_an_alias_is_sent_as_it_was_typed(composer_run: ComposerRun, alias: str):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *alias, "enter")
        assert composer_run.sent in ([f"/{alias}"], ["/quit"])


async def test_an_alias_is_offered_once_it_is_begun(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *"ex")
        assert "/exit" in composer_run.app.text() and "Save and quit" in composer_run.app.text()
        assert "/quit" not in composer_run.app.text()
        await pilot.press("tab", "enter")
        assert composer_run.sent == ["/exit "]


@pytest.mark.parametrize("typed", ["ude", "mod3ls"])
async def test_enter_sends_a_name_that_is_only_similar_to_one_as_it_stands(
    composer_run: ComposerRun, typed: str
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *typed, "enter")
        assert composer_run.sent == [f"/{typed}"]


async def test_enter_sends_what_is_only_similar_if_it_was_marked_on_purpose(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *"ude", "down", "up", "enter")
        assert composer_run.sent == ["/budget"]


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
async def test_enter_sends_a_name_as_typed_or_the_one_it_begins(
    composer_run: ComposerRun, typed: str, sent: str
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *typed, "enter")
        assert composer_run.sent == [sent]


async def test_a_command_to_be_typed_in_full_is_only_completed_by_a_mark(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", *"ex", "down", "up", "enter")
        assert (composer_run.sent, composer_run.composer.text) == ([], "/exit")
        await pilot.press("enter")
        assert composer_run.sent == ["/exit"]


async def test_a_refused_line_is_gone_said_and_had_again_and_tab_takes_what_was_meant(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"/modell", "enter")
        composer_run.composer.refuse("/modell", "There is no command /modell.", "/model ")
        await pilot.pause()
        assert composer_run.composer.is_empty
        assert "There is no command /modell." in composer_run.app.text()
        await pilot.press("tab")
        assert composer_run.composer.text == "/model "
        assert "There is no command" not in composer_run.app.text()
        await pilot.press("ctrl+u", "up")
        assert composer_run.composer.text == "/modell"
        await pilot.press("ctrl+u", "tab")
        assert composer_run.composer.is_empty, "the suggestion was for the line before"


async def test_a_slash_within_the_text_offers_nothing(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"a ", "slash", "b")
        assert not composer_run.composer.is_list_open


async def test_at_offers_files_and_tab_puts_the_path_in(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"see ", "at", *"lex")
        await pilot.pause()
        assert "src/lexer.py" in composer_run.app.text()
        await pilot.press("tab", *"now")
        assert composer_run.composer.text == "see @src/lexer.py now"


async def test_file_names_are_foreign_text(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("at", *"draft")
        await pilot.pause()
        assert "docs/[draft].md" in composer_run.app.text()


async def test_a_name_with_spaces_is_offered_past_its_space_and_put_in_quoted(
    widget_app: type[WidgetApp],
):
    async def spaced(fresh: bool) -> FileIndex:
        return FileIndex(("my file.txt", "my folder/a b.py", "plain.py"), left_out=2)

    composer_run = ComposerRun(widget_app, files=spaced)
    rows = {
        "see @my f": 'see @"my file.txt" ',
        'see @"my fo': 'see @"my folder/a b.py" ',
        "see @a b": 'see @"my folder/a b.py" ',
        "see @plain": "see @plain.py ",
    }
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        for typed, right in rows.items():
            composer_run.composer.set_draft("")
            await pilot.press(*({" ": "space"}.get(letter, letter) for letter in typed))
            await pilot.app.workers.wait_for_complete()
            await pilot.press("tab")
            assert composer_run.composer.text == right
        composer_run.composer.set_draft("")
        await pilot.press(*"see", "space", "@", *"plain.py", "space", *"now")
        await pilot.app.workers.wait_for_complete()
        assert not composer_run.composer.is_list_open
        await pilot.press("space", "@", *"xyz")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "2 files are left out" in composer_run.app.text()


@pytest.mark.parametrize("trap", ["\x1b]52;c;QQ==\x07", "\x9b2J", "\n", "\r", "\t", "\udce9"])
def test_a_file_whose_name_would_be_obeyed_is_not_offered(trap: str):
    assert is_writable_path("src/evil.py")
    assert not is_writable_path(f"src/evil{trap}.py")


async def test_nothing_a_terminal_would_obey_gets_into_a_draft(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        composer_run.composer.set_draft("an editor\x1b[2J gave\x9b this\r\nback\x07")
        assert composer_run.composer.text == "an editor[2J gave this\nback"
        composer_run.composer.insert_text("\x1b")
        assert "\x1b" not in composer_run.composer.text


async def test_escape_closes_the_list_and_keeps_the_draft(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", "m", "escape")
        assert not composer_run.composer.is_list_open
        assert composer_run.composer.text == "/m"
        await pilot.press("escape")
        assert composer_run.composer.text == "/m"


async def test_a_closed_list_stays_closed_while_the_same_word_is_written(
    composer_run: ComposerRun,
):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("at", "l", "escape", "e")
        await pilot.pause()
        assert not composer_run.composer.is_list_open
        await pilot.press("space", "at", "l")
        await pilot.pause()
        assert composer_run.composer.is_list_open


async def test_a_slash_command_of_the_history_does_not_stop_the_walk(
    widget_app: type[WidgetApp],
):
    composer_run = ComposerRun(widget_app, history=["one", "/model", "/bud"])
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        seen = []
        for _ in range(3):
            await pilot.press("up")
            seen.append(composer_run.composer.text)
        assert seen == ["/bud", "/model", "one"]


async def test_the_list_is_walked_with_up_and_down(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash", "down", "tab")
        assert composer_run.composer.text == "/model "


async def test_a_click_on_an_option_takes_it(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("slash")
        y = next(at for at, row in enumerate(composer_run.app.rows()) if "/rename" in row)
        await pilot.click(offset=(5, y))
        assert composer_run.composer.text == "/rename "


async def test_history_search_filters_by_words_and_takes_the_marked_one(
    widget_app: type[WidgetApp],
):
    composer_run = ComposerRun(
        widget_app, history=["fix the parser", "write docs", "fix the lexer"]
    )
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("ctrl+r", *"fix")
        text = composer_run.app.text()
        assert "fix the lexer" in text
        assert "write docs" not in text
        await pilot.press("ctrl+r", "enter")
        assert composer_run.composer.text == "fix the parser"
        assert composer_run.sent == []


async def test_history_search_gives_the_draft_back_on_escape(
    widget_app: type[WidgetApp],
):
    composer_run = ComposerRun(widget_app, history=["old"])
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"keep", "ctrl+r", *"me", "escape")
        assert composer_run.composer.text == "keep"


async def test_a_bang_is_for_the_shell_and_looks_like_it(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("exclamation_mark", *"ls")
        assert composer_run.composer.has_class("-shell")
        assert "$ !ls" in composer_run.app.text()
        await pilot.press("enter")
        assert [m.command for m in composer_run.app.posted_of(Composer.ShellRequested)] == ["ls"]
        assert composer_run.sent == []


async def test_the_editor_gets_the_draft_with_pastes_in_full(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await composer_run.paste(pilot, "z" * 3_000)
        await pilot.press("ctrl+g")
        assert [m.text for m in composer_run.app.posted_of(Composer.EditorRequested)] == [
            "z" * 3_000
        ]
        assert not composer_run.composer.is_empty


async def test_a_draft_put_away_can_be_had_again(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press(*"half a thought")
        composer_run.composer.stash_draft()
        assert composer_run.composer.is_empty
        await pilot.press("up")
        assert composer_run.composer.text == "half a thought"


async def test_it_grows_with_the_text_up_to_ten_rows(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        heights = []
        for lines in (1, 3, 10, 40):
            composer_run.composer.set_draft("\n".join("x" * lines))
            await pilot.pause()
            heights.append(composer_run.composer.draft.size.height)
        assert heights == [1, 3, 10, 10]


async def test_it_says_when_the_draft_becomes_empty_and_when_not(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        await pilot.press("a", "b", "backspace", "backspace")
        assert [m.empty for m in composer_run.app.posted_of(Composer.EmptyChanged)] == [False, True]


async def test_nothing_blinks(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        await composer_run.start(pilot)
        assert not composer_run.composer.draft.blink_timer._active.is_set()


async def test_keys_can_be_moved_by_the_keymap(composer_run: ComposerRun):
    async with composer_run.run() as pilot:
        composer_run.app.set_keymap({"composer.submit": "f5", "composer.newline": "enter"})
        await composer_run.start(pilot)
        await pilot.press("a", "enter", "b", "f5")
        assert composer_run.sent == ["a\nb"]

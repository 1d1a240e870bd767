"""Editing a draft: a token is one piece, and what was deleted can be had again."""

from collections.abc import Callable

from textual import events
from textual.pilot import Pilot

from tests.widgets.widget_app import WidgetApp
from tui.widgets.composer import Composer
from tui.widgets.draft import Draft

LINES = "\n".join(f"P{n}" for n in range(30))
TOKEN = "[paste #{}: 30 lines, ≈ 17 tokens]"
UNSEEN = "a\u202eb"


class Editing:
    """One composer, in which a fresh draft is written for each row of a table."""

    def __init__(self, composer: Composer, pilot: Pilot[None]) -> None:
        self.composer = composer
        self.pilot = pilot

    @property
    def draft(self) -> Draft:
        return self.composer.draft

    async def write(self, *steps: str) -> None:
        """Do steps: `text:…` types, `paste:…` pastes, all else is a key."""
        for step in steps:
            kind, _, text = step.partition(":")
            if kind == "text":
                for letter in text:
                    await self.pilot.press("space" if letter == " " else letter)
            elif kind == "paste":
                self.draft.post_message(events.Paste(text))
                await self.pilot.pause()
            else:
                await self.pilot.press(step)

    async def start_anew(self) -> None:
        self.draft.start_next()
        await self.pilot.pause()


async def each_row(
    widget_app: type[WidgetApp],
    rows: dict[str, tuple[list[str], str]],
    found: Callable[[Editing], str],
) -> None:
    """Check each row of `name: (steps, what is right)` in one program."""
    composer = Composer()
    app = widget_app(composer)
    async with app.run_test(size=(80, 24)) as pilot:
        composer.focus()
        await pilot.pause()
        editing = Editing(composer, pilot)
        wrong = {}
        for name, (steps, right) in rows.items():
            await editing.start_anew()
            await editing.write(*steps)
            if (seen := found(editing)) != right:
                wrong[name] = (seen, right)
        assert wrong == {}


PASTE = f"paste:{LINES}"
PIECES = {
    "deleted by the word": ([PASTE, "ctrl+w"], ""),
    "a word behind it": (["text:see ", PASTE, "text: now", "ctrl+w"], f"see {LINES} "),
    "deleted forward": ([PASTE, "home", "delete"], ""),
    "deleted backward": ([PASTE, "text:x", "backspace", "backspace"], ""),
    "deleted to the start of the line": (["text:a ", PASTE, "ctrl+u"], ""),
    "deleted to the end of the line": (["text:a ", PASTE, "home", "right", "ctrl+k"], "a"),
    "word by word to the right": (["text:a ", PASTE, "home", "right", "alt+delete"], "a"),
    "the cursor jumps over it": ([PASTE, "left", "text:x"], f"x{LINES}"),
    "the cursor jumps over it by words": (
        [PASTE, "text: b", "home", "ctrl+right", "text:x"],
        f"{LINES}x b",
    ),
    "half of it selected and written over": (["text:a ", PASTE, "shift+left", "text:x"], "a x"),
    "selected from before into it": (
        ["text:ab", PASTE, "home", "right", *["shift+right"] * 2, "text:x"],
        "ax",
    ),
    "put back": (["text:a ", PASTE, "ctrl+w", "text:b ", "ctrl+y"], f"a b {LINES}"),
    "undone": (["text:a ", PASTE, "ctrl+w", "ctrl+underscore"], f"a {LINES}"),
    "two of them": ([PASTE, "text: ", PASTE, "ctrl+w"], f"{LINES} "),
    "characters that are not seen": ([f"paste:{UNSEEN}", "backspace", "backspace"], "a"),
    "before characters that are not seen": ([f"paste:{UNSEEN}", "left", "left", "delete"], "ab"),
}


async def test_a_token_is_kept_or_goes_whole(widget_app: type[WidgetApp]):
    await each_row(widget_app, PIECES, lambda editing: editing.composer.text)


DELETED = {
    "undo of a line": (["text:three words", "ctrl+u", "ctrl+underscore"], "three words"),
    "undo of words one by one": (
        ["text:one two", "ctrl+w", "ctrl+w", "ctrl+underscore", "ctrl+underscore"],
        "one two",
    ),
    "redo": (["text:one two", "ctrl+w", "ctrl+underscore", "ctrl+shift+z"], "one "),
    "redo where shift is not told": (
        ["text:one two", "ctrl+w", "ctrl+underscore", "alt+z"],
        "one ",
    ),
    "put back elsewhere": (["text:one two", "ctrl+w", "home", "ctrl+y"], "twoone "),
    "words deleted in a row come back together": (
        ["text:one two three", "ctrl+w", "ctrl+w", "ctrl+y"],
        "one two three",
    ),
    "words deleted apart do not": (
        ["text:one two three", "ctrl+w", "text:x", "backspace", "ctrl+w", "ctrl+y"],
        "one two ",
    ),
    "to both sides": (["text:one two", "ctrl+left", "ctrl+k", "ctrl+u", "ctrl+y"], "one two"),
    "a single letter is not kept": (["text:ab cd", "ctrl+w", "backspace", "ctrl+y"], "abcd"),
    "lines with their ends": (
        ["paste:one\ntwo", "ctrl+u", "ctrl+u", "ctrl+u", "ctrl+y"],
        "one\ntwo",
    ),
    "put back twice": (["text:ab", "ctrl+u", "ctrl+y", "ctrl+y"], "abab"),
    "nothing to undo": (["ctrl+underscore", "text:a"], "a"),
}


async def test_what_was_deleted_can_be_had_again(widget_app: type[WidgetApp]):
    await each_row(widget_app, DELETED, lambda editing: editing.composer.text)


SELECTED = {
    "words": (["text:hello world", *["shift+left"] * 5], "world"),
    "nothing": (["text:hello world"], ""),
    "a piece of a token is all of it": ([PASTE, "shift+left"], LINES),
}


async def test_what_is_selected_is_copied_with_pastes_in_full(widget_app: type[WidgetApp]):
    await each_row(widget_app, SELECTED, lambda editing: editing.draft.copied_text)


CLICKED = {
    "a word": (2, 8, "world"),
    "a name up to its point": (2, 13, "py"),
    "a line": (3, 8, "hello world.py"),
    "behind the end": (2, 30, "hello world.py"),
    "the cursor only": (1, 8, ""),
}


async def test_clicks_select_words_and_lines(widget_app: type[WidgetApp]):
    composer = Composer()
    async with widget_app(composer).run_test(size=(80, 24)) as pilot:
        composer.focus()
        await Editing(composer, pilot).write("text:hello world.py")
        for name, (times, column, selected) in CLICKED.items():
            await pilot.click(composer.draft, offset=(column, 0), times=times)
            await pilot.pause()
            assert composer.draft.copied_text == selected, name
            composer.draft.move_cursor((0, 0))
            await pilot.click(composer, offset=(0, 0))


PASTED = {
    "as it came": (["paste:/export a\nb"], "pasted"),
    "its second line deleted": (["paste:/export a\nb", "ctrl+u", "backspace"], "pasted"),
    "deleted and partly undone": (
        ["paste:/export a\nb", "ctrl+u", "ctrl+u", "ctrl+u", "ctrl+underscore"],
        "pasted",
    ),
    "typed before it": (["paste:export a", "home", "text:/"], "typed"),
    "typed": (["text:/export a"], "typed"),
}


async def test_a_draft_whose_first_word_was_pasted_begins_with_a_paste(
    widget_app: type[WidgetApp],
):
    await each_row(
        widget_app, PASTED, lambda editing: "pasted" if editing.draft.begins_with_paste else "typed"
    )


async def test_an_earlier_prompt_comes_back_folded_and_is_sent_in_full(
    widget_app: type[WidgetApp],
):
    composer = Composer()
    app = widget_app(composer)
    async with app.run_test(size=(80, 24)) as pilot:
        composer.focus()
        editing = Editing(composer, pilot)
        await editing.write("text:see ", PASTE)
        shown = composer.draft.text
        composer.submit()
        await editing.write("text:next")
        composer.submit()
        await pilot.press("up", "up")
        assert composer.draft.text == shown
        assert composer.text == f"see {LINES}"


async def test_what_was_sent_is_not_undone(widget_app: type[WidgetApp]):
    composer = Composer()
    app = widget_app(composer)
    async with app.run_test(size=(80, 24)) as pilot:
        composer.focus()
        await Editing(composer, pilot).write("text:sent", "enter", "ctrl+underscore")
        assert composer.text == ""


async def test_a_draft_that_was_put_away_is_brought_back_by_undo(
    widget_app: type[WidgetApp],
):
    composer = Composer()
    app = widget_app(composer)
    async with app.run_test(size=(80, 24)) as pilot:
        composer.focus()
        await Editing(composer, pilot).write("text:draft")
        composer.stash_draft()
        await pilot.press("ctrl+underscore")
        assert composer.text == "draft"

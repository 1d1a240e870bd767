"""What is typed, pasted or put into a text field of one line stays on one line."""

import pytest
from textual import events
from textual.content import Content

from tests.widgets.widget_app import WidgetApp
from tui.widgets.find_bar import FindBar
from tui.widgets.line_widget import LineWidget
from tui.widgets.one_line_input import OneLineInput
from tui.widgets.option_rows import Option
from tui.widgets.select_dialog import SelectDialog

TEXTS = {
    "a line feed": ("a\nb", "a b"),
    "CRLF": ("a\r\nb", "a b"),
    "a carriage return": ("a\rb", "a b"),
    "a tab": ("a\tb", "a b"),
    "an escape sequence": ("a\x1b[2Jb", "a [2Jb"),
    "a bell and a null": ("a\x07\x00b", "a  b"),
    "C1": ("a\x9b1mb", "a 1mb"),
    "a line separator": ("a\u2028b\u2029c", "a b c"),
    "vertical tab and form feed": ("a\x0bb\x0cc", "a b c"),
    "half a character": ("a\ud800b", "a\ufffdb"),
    "an override of the direction": ("a\u202eb", "a\ufffdb"),
    "what is fine": ("naïve 中文 👩‍👩‍👧", "naïve 中文 👩‍👩‍👧"),
}


@pytest.mark.parametrize("name", TEXTS)
async def test_a_value_and_a_paste_are_one_line(name: str):
    text, right = TEXTS[name]
    field, pasted = OneLineInput(), OneLineInput()
    app = WidgetApp(field, pasted)
    async with app.run_test(size=(40, 8)) as pilot:
        field.value = text
        pasted.focus()
        await pilot.press("x", "shift+left")
        pasted.post_message(events.Paste(text))
        await pilot.pause()
        assert (field.value, pasted.value) == (right, right)
        await pilot.press("enter", "z")
        assert pasted.value == f"{right}z"


async def test_find_shows_one_line_and_the_rows_below_it_are_whole():
    bar = FindBar()
    app = WidgetApp(bar)
    async with app.run_test(size=(40, 5)) as pilot:
        bar.open("a\nb\tc")
        await pilot.pause()
        assert app.rows()[0] == " find a b c"
        assert not any(app.rows()[1:])
        assert [each.words for each in app.posted_of(FindBar.QueryChanged)][-1] == "a b c"


async def test_a_filter_takes_all_lines_of_a_paste():
    app = WidgetApp()
    async with app.run_test(size=(60, 12)) as pilot:
        options = [Option("1", "one\ntwo", "a\x1b[2Jb"), Option("2", "three")]
        app.push_screen(SelectDialog("Pick", options))
        await pilot.pause()
        app.screen.query_one(OneLineInput).post_message(events.Paste("one\ntwo\n"))
        await pilot.pause()
        text = "\n".join(app.rows())
        assert "one two" in text and "three" not in text


class OddLines(LineWidget):
    """Lines with characters that no line should have."""

    def lines(self, width: int, height: int | None = None) -> list[Content]:
        return [Content("a\nb\x1b[2Jc"), Content("second")]


async def test_a_line_with_a_line_feed_is_one_row():
    app = WidgetApp(OddLines())
    async with app.run_test(size=(20, 4)) as pilot:
        await pilot.pause()
        assert app.rows()[:2] == ["a b [2Jc", "second"]

"""Markdown becomes blocks, and an answer in pieces becomes what the whole would have become."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.transcript.markdown_reader import MarkdownBlocks, read_markdown
from tui.widgets.transcript.markdown_stream import MarkdownStream
from tui.widgets.transcript.preformatted import PreformattedSlice
from tui.widgets.transcript.table_blocks import TableSlice
from tui.widgets.transcript.transcript_blocks import TranscriptBlock

FRAGMENTS = [
    *["word ", "two words\n", "\n", "\n\n", "  ", "    ", "  \n", "\t", "\ttab\n", "!", "中文 "],
    *["- item\n", "- ", "* star\n", "+ ", "1. one\n", "2) two\n", "  - nested\n", "    - deeper\n"],
    *["      text\n", "   7. num\n", "```py\n", "```\n", "~~~\n", "`````\n", "x = 1\n", "  ```\n"],
    *["   ```js\n", "# H1\n", "### H3\n", "---\n", "===\n", "***\n", "> quote\n", "> - in quote\n"],
    *[
        ">\n",
        "> > twice\n",
        "| a | b |\n",
        "| --- | :-: |\n",
        "| 1 | `2` |\n",
        "a \\| b | c\n",
        "|x\n",
    ],
    *["**bold** ", "*it* ", "`code` ", "[link](https://e.org) ", "https://a.b/c ", "<b>html</b>\n"],
    *["[ref]: https://r.e\n", "[ref] ", "\\* ", "&amp; "],
    *[
        "- [ ] open\n",
        "  1. [x] done\n",
        "[ ] ",
        "- [x] ",
        "one<br>two ",
        "<BR />\n",
        "| a<br/>b | c |\n",
    ],
    *[
        "$$\n",
        "\\[\n",
        "\\]\n",
        "a = b\n",
        "$x_1$ ",
        "\\(a*b*\\) ",
        "$5 ",
        "__init__.py ",
        "__bold__ ",
    ],
    "A sentence of many words that is here to make the paragraph a long one, " * 12,
]

MARKDOWN = st.lists(st.sampled_from(FRAGMENTS), max_size=24).map("".join)


def shown(stream: MarkdownStream, width: int = 60) -> list[object]:
    """Everything there is to see of an answer, and where it came from."""
    return [
        (
            type(block).__name__,
            block.gap,
            stream.text[block.begin : block.end],
            [(line.text, line.spans, line.fill) for line in block.lines(width)],
            block.links,
        )
        for block in stream.blocks
    ]


def read(text: str) -> MarkdownStream:
    stream = MarkdownStream()
    stream.feed(text)
    stream.finish()
    return stream


def lines(text: str, width: int = 60) -> list[str]:
    """The answer as lines of text."""
    found: list[str] = []
    for block in read(text).blocks:
        found += [""] * block.gap + [line.text.rstrip() for line in block.lines(width)]
    return found


@given(MARKDOWN, st.integers(0, 2**32), st.sampled_from([1, 3, 20, 200]))
@settings(max_examples=200, deadline=None)
def test_pieces_become_what_the_whole_becomes(text: str, seed: int, most: int):
    rng = random.Random(seed)
    stream, at = MarkdownStream(), 0
    while at < len(text):
        size = rng.randint(1, most)
        stream.feed(text[at : at + size])
        at += size
    stream.finish()
    assert shown(stream) == shown(read(text))


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_what_a_piece_keeps_has_not_changed(text: str):
    stream, before = MarkdownStream(), list[TranscriptBlock]()
    for character in text:
        change = stream.feed(character)
        assert stream.blocks[: change.keep] == before[: change.keep]
        assert stream.blocks[change.keep :] == change.blocks
        before = list(stream.blocks)


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_heights_are_the_numbers_of_lines(text: str):
    for width in (9, 40, 120):
        for block in read(text).blocks:
            assert block.height(width) == len(block.lines(width))


@given(MARKDOWN)
@settings(max_examples=100, deadline=None)
def test_lines_stand_for_the_text_of_their_block(text: str):
    for block in read(text).blocks:
        for line in block.lines(33):
            if not line.atomic_length:
                own = line.text[line.lead : line.lead + line.own_length]
                assert own == block.text[line.start : line.start + line.own_length]


@pytest.mark.parametrize(
    "text",
    [
        "- item\n- a | b\n| - | - |\n- item\n",
        "> - x\n> - a | b\n> | - | - |\n",
        "> quote\n    > - in quote\n- item\n",
        "two words\n|x\n| --- | :-: |\n",
        "-\n  foo\n",
        "- ```py\nword ",
        "   7. num\n**bold** ",
        "[ref]: https://r.e\nword [ref]: https://r.e\n",
    ],
)
def test_what_a_parser_reads_differently_from_the_middle_is_read_from_further_up(text: str):
    stream = MarkdownStream()
    for character in text:
        stream.feed(character)
    stream.finish()
    assert shown(stream) == shown(read(text))


def test_a_list_shows_its_marks_and_hangs():
    text = (
        "Intro\n\n- first item that is long enough to wrap\n  - nested\n- last\n\n3. three\n4. four"
    )
    assert lines(text, 24) == [
        "Intro",
        "",
        "• first item that is",
        "  long enough to wrap",
        "  ◦ nested",
        "• last",
        "",
        "3. three",
        "4. four",
    ]


def test_headings_stand_apart_from_what_is_before_and_close_to_what_is_after():
    assert lines("Text\n# Head\nmore\n") == ["Text", "", "Head", "more"]


def test_a_quote_has_a_bar_on_every_line():
    assert lines("> one two three four\n>\n> - five\n", 14) == [
        "▎ one two",
        "▎ three four",
        "",
        "▎ • five",
    ]


def test_html_is_text():
    assert lines("<script>alert(1)</script>\n") == ["<script>alert(1)</script>"]


def test_a_reference_defined_later_is_a_link_in_the_end():
    stream = MarkdownStream()
    stream.feed("See [it] there.\n\nMore.\n\n")
    stream.feed("[it]: https://e.org/x\n")
    assert not stream.blocks[0].links
    stream.finish()
    assert [link.href for link in stream.blocks[0].links] == ["https://e.org/x"] * 2


@pytest.mark.parametrize(
    ("text", "line", "hrefs"),
    [
        ("[words](https://e.org/a)", "words (https://e.org/a)", ["https://e.org/a"] * 2),
        ("<https://e.org>", "https://e.org", ["https://e.org"]),
        ("at https://e.org/a_(b).", "at https://e.org/a_(b).", ["https://e.org/a_(b)"]),
        ("[x](javascript:alert(1))", "x (javascript:alert(1))", []),
        ("[x](file:///etc/hosts)", "x (file:///etc/hosts)", ["file:///etc/hosts"] * 2),
        ("[x](src/parse.py)", "x (src/parse.py)", []),
        ("src/parse.py is no link", "src/parse.py is no link", []),
        ("![alt](https://e.org/i.png)", "[alt] (https://e.org/i.png)", ["https://e.org/i.png"]),
    ],
)
def test_links_show_their_real_target_and_only_some_can_be_followed(
    text: str, line: str, hrefs: list[str]
):
    assert lines(text) == [line]
    assert [link.href for link in read(text).blocks[0].links] == hrefs


def test_a_fence_is_sliced_and_settles_slice_by_slice():
    stream = MarkdownStream()
    stream.feed("```py\n" + "x = 1\n" * 100)
    slices = [block for block in stream.blocks if isinstance(block, PreformattedSlice)]
    assert [(each.first, each.last) for each in slices] == [(0, 40), (40, 80), (80, 100)]
    assert slices == stream.blocks
    settled = stream.blocks[:2]
    change = stream.feed("y = 2\n")
    assert change.keep == 2
    assert stream.blocks[:2] == settled


def test_closing_marks_never_flash_as_code():
    stream = MarkdownStream()
    stream.feed("```py\nx = 1\n")
    for mark in "```":
        stream.feed(mark)
        assert stream.blocks[-1].text == "x = 1"
    stream.feed("\nafter")
    assert [block.text for block in stream.blocks] == ["x = 1", "after"]


def test_a_fence_in_a_list_keeps_its_place():
    assert lines("1. do\n   ```sh\n   ls\n     -l\n   ```\n   then\n") == [
        "1. do",
        "",
        "    ls",
        "      -l",
        "",
        "   then",
    ]


def test_a_table_grows_without_reading_its_rows_again():
    stream = MarkdownStream()
    stream.feed("| a | b |\n| --- | --- |\n" + "| 1 | 2 |\n" * 90)
    assert all(isinstance(block, TableSlice) for block in stream.blocks)
    first = stream.blocks[0]
    assert isinstance(first, TableSlice)
    grid = first.grid
    change = stream.feed("| 1 | 2 |\n")
    assert change.dirty == change.keep == 2
    first = stream.blocks[0]
    assert isinstance(first, TableSlice) and first.grid is grid
    assert len(grid.rows) == 91


def test_a_wider_cell_says_that_rows_above_have_to_be_drawn_again():
    stream = MarkdownStream()
    stream.feed("| a | b |\n| --- | --- |\n" + "| 1 | 2 |\n" * 90)
    assert stream.feed("| 1 | wider |\n").dirty == 0


def test_a_table_that_ends_with_its_widest_row_is_drawn_again_whole():
    stream = MarkdownStream()
    stream.feed("| a | b |\n| --- | --- |\n" + "| 1 | 2 |\n" * 90)
    assert stream.feed("| 1 | wider |\n\nafter").dirty == 0


def test_code_of_the_whole_fence_is_one_sheet():
    stream = read("```py\n" + "x = 1\n" * 100 + "```\n")
    assert (
        len({id(block.sheet) for block in stream.blocks if isinstance(block, PreformattedSlice)})
        == 1
    )


@pytest.mark.parametrize("marks", ["**", "`", "_", "~~", "["])
def test_marks_far_apart_still_find_each_other(marks: str):
    words = "some words here, " * 120
    closing = "](https://e.org)" if marks == "[" else marks
    text = f"start {marks}{words.strip()}{closing} end"
    stream = MarkdownStream()
    for at in range(0, len(text), 50):
        stream.feed(text[at : at + 50])
    stream.finish()
    assert shown(stream) == shown(read(text))
    assert marks not in stream.blocks[0].text


@pytest.mark.parametrize(
    "grown",
    [
        lambda size: "- an item of a list\n" * (size // 20),
        lambda size: "- p\n" + "  - an item inside\n" * (size // 19),
        lambda size: "```\n" + "some = code\n" * (size // 12),
        lambda size: "| a | b |\n| --- | --- |\n" + "| one | two |\n" * (size // 14),
        lambda size: "one sentence of words. " * (size // 23),
        lambda size: "one paragraph of words\n\n" * (size // 24),
    ],
    ids=["list", "nested", "fence", "table", "paragraph", "prose"],
)
def test_what_is_read_again_does_not_grow_with_what_was_read(
    grown: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
):
    from tui.widgets.transcript import markdown_stream

    given_to_parser = []
    original = read_markdown

    def counted(source: str, *args: Any) -> MarkdownBlocks:
        given_to_parser.append(len(source))
        return original(source, *args)

    monkeypatch.setattr(markdown_stream, "read_markdown", counted)
    text, stream = grown(20_000), MarkdownStream()
    for at in range(0, len(text), 100):
        stream.feed(text[at : at + 100])
    assert sum(given_to_parser) < 25 * len(text)
    assert max(given_to_parser[10:], default=0) < 2_500


@pytest.mark.parametrize(
    "rest",
    [("```",), ("``", "`"), ("y = 2\n", "```"), ("```  ",)],
)
def test_a_fence_may_end_with_the_answer_and_no_line_feed(rest: tuple[str, ...]):
    stream = MarkdownStream()
    stream.feed("Code:\n\n```py\nx = 1\n")
    for piece in rest:
        stream.feed(piece)
    stream.finish()
    assert stream.blocks[-1].end == len(stream.text.rstrip())
    assert isinstance(stream.blocks[-1], PreformattedSlice)


def test_what_is_not_indented_like_the_fence_is_kept_when_the_answer_ends_there():
    stream = MarkdownStream()
    stream.feed("- item\n\n  ```py\n  x = 1\n")
    stream.feed("after it")
    stream.finish()
    assert stream.text[stream.blocks[-1].begin : stream.blocks[-1].end] == "after it"

"""Copying gives the source: selections, blocks under the cursor, whole answers."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.widgets.test_transcript_streams import MARKDOWN
from tui.reports.transcript_items import AnswerItem, PromptItem, ToolItem, TranscriptItem
from tui.sanitize import clean
from tui.session.events import FileChange
from tui.widgets.transcript.cursor_stops import stop_at
from tui.widgets.transcript.entry_list import EntryList, TextPosition
from tui.widgets.transcript.markdown_copy import range_to_markdown, stop_to_markdown
from tui.widgets.transcript.preformatted import CodeText, PreformattedSlice

END = 1 << 20
LONG = "x" * 4_100 + "\tend "
MAKE_CODE = 'all: build\n\t@echo "done"  \n\nbuild:\n\tcc\t-o x'
MAKE = f"Put this in:\n\n```make\n{MAKE_CODE}\n```\n\nThen run it.\n"
LISTS = (
    "Do *this*:\n\n1. [ ] first **step** of it\n2. [x] second\n   - nested `one`\n\n"
    "> a quote\n> of lines\n"
)
TABLE = "| a | b |\n|---|:-:|\n| `1` | one<br>two |\n| 2 | [l](http://e.org) |\n\nafter\n"
LINKS = "See [the *docs*](https://e.org/a_b), <https://q.org> and ![a picture](p.png) \\*so\\*.\n"


def entries(*items: TranscriptItem) -> EntryList:
    made = EntryList()
    made.load(items)
    for index in range(len(items)):
        made.all[index].folded = False
        made.discard_blocks(index)
    return made


def selected(markdown: str, first: str, last: str) -> str:
    """What a selection gives that begins at one word on the screen and ends behind another."""
    made = entries(AnswerItem("a", markdown))
    texts = [block.text for block in made.blocks(0)]
    begin = next((at, text.index(first)) for at, text in enumerate(texts) if first in text)
    end = next((at, text.index(last) + len(last)) for at, text in enumerate(texts) if last in text)
    return range_to_markdown(made, TextPosition(0, *begin), TextPosition(0, *end))


class Row(NamedTuple):
    markdown: str
    first: str
    last: str
    right: str


ROWS = {
    "all the code": Row(MAKE, "all: build", "-o x", MAKE_CODE),
    "a part of the code": Row(MAKE, "@echo", "cc", '@echo "done"  \n\nbuild:\n\tcc'),
    "from a tab on": Row(MAKE, "    @echo", "done", '\t@echo "done'),
    "prose and all the code": Row(MAKE, "in:", "-o x", f"in:\n\n```make\n{MAKE_CODE}\n```"),
    "prose and some code": Row(MAKE, "in:", "all:", "in:\n\nall:"),
    "some code and prose": Row(MAKE, "cc", "Then", "cc\t-o x\n\nThen"),
    "all of it": Row(MAKE, "Put", "run it.", MAKE.strip()),
    "a long line": Row(f"```\n{LONG}\nb\n```\n", "xx", "b", f"{LONG}\nb"),
    "wide characters": Row("```\n\t中文\t👩‍👩‍👧 é\n```\n", "中", "é", "中文\t👩‍👩‍👧 é"),
    "code in a list": Row("- do\n\n  ```sh\n  ls\n  \tcd\n  ```\n", "ls", "cd", "ls\n\tcd"),
    "code in a quote": Row("> ```\n> a\n> \tb\n> ```\n", "a", "b", "a\n\tb"),
    "indented code": Row("Text:\n\n    a\n    \tb\n\nend\n", "a", "b", "a\n\tb"),
    "code behind tabs": Row("Text:\n\n\ta\n\t\tb\n\nend\n", "a", "b", "a\n\tb"),
    "an open fence": Row("```c\n\tint a;\n", "int", "a;", "int a;"),
    "CRLF in code": Row("```bat\r\n@echo\r\ndir\r\n```\r\n", "@echo", "dir", "@echo\r\ndir"),
    "CRLF, all of it": Row("a\r\n\r\n- b\r\n- c\r\n", "a", "c", "a\r\n\r\n- b\r\n- c"),
    "a link from within": Row(LINKS, "docs", "b)", "[*docs*](https://e.org/a_b)"),
    "words before a link": Row(LINKS, "ee", "docs", "ee [the *docs*](https://e.org/a_b)"),
    "a link and more": Row(LINKS, "the", "q.org", "[the *docs*](https://e.org/a_b), <https://q.org>"),
    "a picture, escaped stars": Row(LINKS, "[a", "*so", "![a picture](p.png) \\*so"),
    "from one item to the next": Row(LISTS, "step", "seco", "**step** of it\n2. [x] seco"),
    "over a nested item": Row(LISTS, "second", "one", "2. [x] second\n   - nested `one`"),
    "into a quote": Row(LISTS, "nested", "of li", "   - nested `one`\n\n> a quote of li"),
    "rows of a table": Row(TABLE, "1", "2\tl", "| `1` | one<br>two |\n| 2 | [l](http://e.org) |"),
    "the head of a table": Row(TABLE, "a\t", "two", "| a | b |\n|---|:-:|\n| `1` | one<br>two |"),
    "a table and more": Row(TABLE, "2\tl", "aft", "| 2 | [l](http://e.org) |\n\naft"),
    "a heading, in part": Row("a\n\n## Head line\n", "a", "Head", "a\n\n## Head"),
    "a break": Row("one<br>two three four\n", "ne", "three", "ne<br>two three"),
    "mathematics": Row("so $x_1*y*z$ it *is*.\n", "x_1", "is", "x_1*y*z$ it *is*"),
    "names": Row("In __init__.py and __it__ so\n", "n _", "it s", "n __init__.py and __it__ s"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_selection_is_the_source(name: str):
    row = ROWS[name]
    assert selected(row.markdown, row.first, row.last) == row.right


def test_code_of_many_slices_is_copied_without_a_fence():
    rows = [f"x{n} =\t1" for n in range(100)]
    made = entries(AnswerItem("a", "```py\n" + "\n".join(rows) + "\n```\n"))
    part = range_to_markdown(made, TextPosition(0, 0, 0), TextPosition(0, 1, END))
    assert part == "\n".join(rows[:80])
    rest = range_to_markdown(made, TextPosition(0, 1, 0), TextPosition(0, 2, END))
    assert rest == "\n".join(rows[40:])
    assert stop_to_markdown(made, 0, 0, 2) == "\n".join(rows)


def test_rows_of_a_table_of_many_slices():
    rows = [f"|{n}|`{n}`|" for n in range(90)]
    made = entries(AnswerItem("a", "|a|b|\n|-|-|\n" + "\n".join(rows) + "\n"))
    part = range_to_markdown(made, TextPosition(0, 1, 0), TextPosition(0, 2, END))
    assert part == "\n".join(rows[40:])


def test_over_several_entries_a_fence_is_kept():
    made = entries(AnswerItem("a", MAKE), PromptItem("p", "and\tthen?"), AnswerItem("b", "Well."))
    text = range_to_markdown(made, TextPosition(0, 1, 0), TextPosition(2, 0, 4))
    assert text == f"```make\n{MAKE_CODE}\n```\n\nThen run it.\n\nand\tthen?\n\nWell"


def test_what_tools_and_people_wrote_keeps_its_tabs():
    diff = "@@ -1 +1 @@\n-\told\n+\tnew\tone\n"
    made = entries(
        ToolItem("t", "bash", "cat a", "done", detail="a\tb\n\tc\n", summary="exit 0"),
        PromptItem("p", "see\tthis\n\tcode"),
        ToolItem(
            "e", "edit", "a.py", "done", changes=(FileChange(path="a.py", added=1, diff=diff),)
        ),
    )
    output = range_to_markdown(made, TextPosition(0, 1, 0), TextPosition(0, 1, END))
    prompt = range_to_markdown(made, TextPosition(1, 0, 0), TextPosition(1, 0, END))
    change = range_to_markdown(made, TextPosition(2, 1, 0), TextPosition(2, 1, END))
    assert (output, prompt, change) == ("a\tb\n\tc", "see\tthis\n\tcode", "\told\n\tnew\tone")


def test_escape_sequences_are_not_copied():
    markdown = "```make\nall:\n\tcc \x1b[31mx.c\x1b[0m\n```\n"
    assert selected(markdown, "all", "x.c") == "all:\n\tcc x.c"
    made = entries(AnswerItem("a", markdown))
    assert made.last_answer() == markdown.replace("\x1b[31m", "").replace("\x1b[0m", "")


def test_the_last_answer_keeps_its_line_ends():
    assert entries(AnswerItem("a", "a\r\n\tb\r\n")).last_answer() == "a\r\n\tb\r\n"


def code_of(markdown: str) -> Iterator[str]:
    """The code in some Markdown, tabs and all, as the parser alone finds it."""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type in ("fence", "code_block") and token.content.strip():
            yield token.content.removesuffix("\n")


CODE = st.lists(
    st.sampled_from(["\tx\n", "a\tb \n", "  y\n", "\n", "中\t文\n", "    z\n", "\t\tdeep\n"]),
    min_size=1, max_size=8,
).map("".join)  # fmt: skip


@given(CODE, st.sampled_from(["", "- ", "1. ", "> ", "> - "]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_code_under_the_cursor_is_what_the_parser_finds(code: str, around: str, fenced: bool):
    inside = "> " + " " * (len(around) - 2) if around.startswith(">") else " " * len(around)
    body = ["```c", *code.split("\n")[:-1], "```"] if fenced else []
    body = body or [f"    {line}" for line in ["first", *code.split("\n")[:-1], "last"]]
    markdown = f"{around}text\n{inside}\n" + "".join(f"{inside}{line}\n" for line in body)
    made = entries(AnswerItem("a", markdown))
    blocks = made.blocks(0)
    stops = [
        stop_at(made, 0, at)
        for at, block in enumerate(blocks)
        if isinstance(block, PreformattedSlice) and isinstance(block.sheet, CodeText)
    ]
    found = [stop_to_markdown(made, *stop) for stop in dict.fromkeys(stops)]
    assert [each for each in found if each.strip()] == list(code_of(markdown))


@given(MARKDOWN)
@settings(max_examples=100, deadline=None)
def test_a_selection_of_everything_is_everything(markdown: str):
    made = entries(AnswerItem("a", markdown), AnswerItem("b", "end"))
    text = range_to_markdown(made, TextPosition(0, 0, 0), TextPosition(1, 0, 3))
    blocks = made.blocks(0)
    whole = clean(markdown)[blocks[0].begin : blocks[-1].end] if blocks else ""
    assert text.removesuffix("end").strip("\n") == whole.strip("\n")

"""Colours of code: Pygments' own, however the code arrives, and never more work than needed."""

import threading
from typing import Any

import pytest
from pygments.lexer import Lexer  # type: ignore[import-untyped] # it has no types
from pygments.lexers import (  # type: ignore[import-untyped] # it has no types
    find_lexer_class_by_name,
    get_lexer_by_name,
)

from tests.widgets.transcript_app import run_transcript, wait_until_idle
from tui.reports.transcript_items import AnswerItem
from tui.widgets.transcript import highlighting
from tui.widgets.transcript.highlighting import LexerStack, Spans
from tui.widgets.transcript.preformatted import (
    MAX_ROWS_AT_ONCE,
    SLICE_ROWS,
    CodeText,
    PreformattedText,
)

PYTHON = '''import os


class Charge:
    """One entry,
    over lines."""

    output: int = 42  # tokens

    def total(self) -> int:
        return self.output + len(f"{os.name!r} and {{more}}")
'''

TYPESCRIPT = """/* a comment
   over lines */
export const x: number = `template ${value}
 goes on`;
function f<T>(a: T[]): void { return; } // end
"""

SHELL = """for f in *.py; do
  echo "$f: ${#f}" | sed -e 's/x/y/'
done
cat <<END
here $HOME
END
"""


@pytest.fixture(autouse=True)
def lexers() -> None:
    """The lexers are at hand, as they are a moment after the language came up."""
    for language in ("python", "typescript", "bash", "klingon"):
        highlighting.at_hand(highlighting.lexer_named, language)
    highlighting.make_wanted()


def by_pygments(language: str, text: str) -> list[tuple[str, str]]:
    """Characters that are not space with the style their token has, by Pygments' public road."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return [
        (character, highlighting.style_of(token))
        for token, value in lexer.get_tokens(text)
        for character in value
        if not character.isspace()
    ]


def styled(rows: list[str], spans: list[highlighting.Spans]) -> list[tuple[str, str]]:
    """Characters that are not space with the style that lies over them."""
    found = []
    for row, over in zip(rows, spans, strict=True):
        for at, character in enumerate(row):
            style = next((s for start, end, s in over if start <= at < end), "")
            if not character.isspace():
                found.append((character, style))
    return found


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", PYTHON),
        ("typescript", TYPESCRIPT),
        ("bash", SHELL),
        ("json", '{"a": [1, null]}\n'),
        ("html", "<p class='x'>text</p>\n<script>let a = 1;</script>\n"),
        ("diff", "-a\n+b\n c\n"),
    ],
)
def test_colours_are_those_of_pygments(language: str, text: str):
    rows = text.rstrip("\n").split("\n")
    lexer = highlighting.lexer_named(language)
    spans, _stacks = highlighting.spans_of(lexer, rows)
    assert styled(rows, spans) == by_pygments(language, "\n".join(rows) + "\n")


@pytest.mark.parametrize(("language", "text"), [("python", PYTHON), ("bash", SHELL)])
def test_lexing_goes_on_from_the_end_of_any_line_it_says_it_can(language: str, text: str):
    rows = text.rstrip("\n").split("\n")
    lexer = highlighting.lexer_named(language)
    whole, stacks = highlighting.spans_of(lexer, rows)
    resumed = 0
    for at, stack in enumerate(stacks[:-1], 1):
        if stack is not None:
            rest, _ = highlighting.spans_of(lexer, rows[at:], stack)
            assert rest == whole[at:], (at, stack)
            resumed += 1
    assert resumed > len(rows) // 4


@pytest.mark.parametrize(
    ("language", "text"), [("python", PYTHON * 9), ("typescript", TYPESCRIPT * 9)]
)
def test_code_that_grew_line_by_line_ends_up_as_code_that_came_at_once(language: str, text: str):
    rows = text.rstrip("\n").split("\n")
    grown = CodeText(language, open=True)
    for row in rows:
        grown.rows.append(row)
        grown.row_spans(max(0, len(grown.rows) - SLICE_ROWS), len(grown.rows))
    grown.close()
    whole = CodeText(language, rows)
    assert grown.row_spans(0, len(rows)) == whole.row_spans(0, len(rows))


def test_a_comment_over_lines_is_one_as_soon_as_it_ends():
    code = CodeText("typescript", open=True)
    for row in ["/* a comment", "over lines */", "let x = 1;"]:
        code.rows.append(row)
        spans = code.row_spans(0, len(code.rows))
    assert spans[1] == ((0, 13, "$code-comment italic"),)


def test_growing_code_is_not_lexed_again_from_its_start(monkeypatch: pytest.MonkeyPatch):
    given = []
    original = highlighting.spans_of

    def counted(
        lexer: Lexer, lines: list[str], *rest: Any
    ) -> tuple[list[Spans], list[LexerStack | None]]:
        given.append(len(lines))
        return original(lexer, lines, *rest)

    monkeypatch.setattr(highlighting, "spans_of", counted)
    code = CodeText("python", open=True)
    for row in (PYTHON * 40).split("\n"):
        code.rows.append(row)
        code.row_spans(max(0, len(code.rows) - SLICE_ROWS), len(code.rows))
    assert max(given) < 30


def test_the_middle_of_long_code_is_coloured_at_once_and_settled_later():
    rows = ['"""', *["in a docstring"] * 400, '"""', "x = 1"]
    code = CodeText("python", rows)
    code.row_spans(200, 240)
    assert code.has_rough_colours
    before = code.version
    for _ in range(2 * len(rows) // SLICE_ROWS):
        code.colour_more_rows()
    assert not code.has_rough_colours
    assert code.version > before
    assert code.row_spans(200, 201) == [((0, 14, "$code-string"),)]
    assert len(rows) > MAX_ROWS_AT_ONCE


def test_a_language_nobody_knows_is_plain_text():
    assert highlighting.lexer_named("klingon") is None
    assert highlighting.lexer_named("text") is None
    assert CodeText("klingon", ["x = 1"]).row_spans(0, 1) == [()]


def test_half_of_a_language_s_name_is_not_looked_for():
    code = CodeText("pyth", open=True)
    assert code.row_spans(0, 0) == []
    assert highlighting.wanted == []


async def test_a_language_that_comes_up_is_looked_for_on_a_thread_and_coloured_then(
    monkeypatch: pytest.MonkeyPatch,
):
    looked_for = {}
    original = find_lexer_class_by_name

    def found(name: str) -> type[Lexer]:
        looked_for[name] = threading.current_thread()
        return original(name)

    highlighting._at_hand.clear()
    highlighting.lexer_named.cache_clear()
    monkeypatch.setattr(highlighting, "find_lexer_class_by_name", found)
    async with run_transcript(AnswerItem("a", "```go\nreturn 1\n```\n")) as (_, transcript, pilot):
        await wait_until_idle(pilot)
        region = transcript.scrollable_content_region.reset_offset
        parts = {text for strip in transcript.render_lines(region) for text, _, _ in strip}
        assert "return" in parts  # a part of its own: it has another colour than what follows
    assert looked_for["go"] is not threading.main_thread()


def test_other_names_and_files_of_a_language_are_at_hand_with_it():
    highlighting.at_hand(highlighting.lexer_for_file, "src/a.py")
    highlighting.at_hand(highlighting.lexer_for_file, "CMakeLists.txt")
    highlighting.make_wanted()
    assert highlighting.at_hand(highlighting.lexer_named, "py").name == "Python"
    assert highlighting.at_hand(highlighting.lexer_for_file, "b.py").name == "Python"
    assert highlighting.at_hand(highlighting.lexer_for_file, "CMakeLists.txt").name == "CMake"
    assert highlighting.at_hand(highlighting.lexer_for_file, "notes.txt") is None
    highlighting.make_wanted()


@pytest.mark.parametrize("info", ["python title=x", "py", "{python}", "src/parse.py"])
def test_the_language_is_found_however_a_fence_names_it(info: str):
    lexer = highlighting.lexer_named(info)
    assert lexer is not None
    assert lexer.name == "Python"


def test_long_rows_fold_and_say_so():
    lines = PreformattedText(["x" * 25]).slices(2)[0].lines(13)
    assert [line.text for line in lines] == ["   " + "x" * 10, "  ┆" + "x" * 10, "  ┆" + "x" * 5]


def test_styles_are_theme_tokens_only():
    for style in highlighting._STYLES.values():
        assert all(
            word.startswith("$") or word in {"bold", "italic", "underline"}
            for word in style.split()
        )

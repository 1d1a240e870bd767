"""Phrases of the program's own pages are drawn as they are, whatever characters they have."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.reports.summary_pages import escape_markdown
from tui.widgets.transcript.markdown_stream import MarkdownStream

ASCII = "".join(c for c in string.printable if c.isprintable())


def drawn(text: str) -> str:
    """A phrase between two words, as the transcript draws it."""
    stream = MarkdownStream()
    stream.feed(f"Before {escape_markdown(text)} after.")
    stream.finish()
    (line,) = (line.text.strip() for block in stream.blocks for line in block.lines(10_000))
    return line


@pytest.mark.parametrize(
    "text",
    [
        "$0.21 at list price (an estimate)",
        "edit(**)",
        "(Landlock ABI 7 and namespaces)",
        "[a](https://example.org) and [b]",
        r"\(x_1\) and \[y_2\]",
        "$a_b$ and $$c_d$$",
        "Tom & Jerry &amp; &lt;",
        "src/[id]/__init__.py",
    ],
)
def test_a_phrase_is_drawn_as_it_is(text: str) -> None:
    assert drawn(text) == f"Before {text} after."


@given(st.text(ASCII, min_size=1, max_size=30).map(lambda text: " ".join(text.split())))
@settings(max_examples=200, deadline=None)
def test_any_phrase_is_drawn_as_it_is(text: str) -> None:
    assert drawn(text) == " ".join(f"Before {text} after.".split())

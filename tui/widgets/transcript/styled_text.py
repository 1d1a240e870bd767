"""Text with styles and links: what blocks hold and lines are cut from.

A style is a string of theme tokens and attributes (`"$accent bold"`), never a colour
and never markup, so a change of theme repaints without parsing anything again. It is a
`Content` in small: a long transcript holds tens of thousands of these.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class StyleSpan(NamedTuple):
    """A style over characters `start` to `end`."""

    start: int
    end: int
    style: str


class TextLink(NamedTuple):
    """A target behind characters `start` to `end`."""

    start: int
    end: int
    href: str


@dataclass(frozen=True, slots=True)
class StyledText:
    """Text, and what lies over its characters. Spans are ordered by where they start."""

    text: str = ""
    spans: tuple[StyleSpan, ...] = ()
    links: tuple[TextLink, ...] = ()

    def __len__(self) -> int:
        return len(self.text)

    def __add__(self, other: "StyledText") -> "StyledText":
        if not self.text:
            return other
        by = len(self.text)
        return StyledText(
            self.text + other.text,
            self.spans + tuple(shift_spans(other.spans, by)),
            self.links + tuple(TextLink(a + by, b + by, href) for a, b, href in other.links),
        )

    def with_base_style(self, style: str) -> "StyledText":
        """The same over one more style, which its own spans win against."""
        if not self.text or not style:
            return self
        return StyledText(self.text, (StyleSpan(0, len(self.text), style), *self.spans), self.links)


def plain(text: str, style: str = "") -> StyledText:
    """A text in one style, or in none."""
    return StyledText(text, (StyleSpan(0, len(text), style),) if style and text else ())


def assemble(*parts: str | tuple[str, str]) -> StyledText:
    """Strings and `(string, style)` pairs, one after the other."""
    texts: list[str] = []
    spans: list[StyleSpan] = []
    at = 0
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        texts.append(text)
        if style and text:
            spans.append(StyleSpan(at, at + len(text), style))
        at += len(text)
    return StyledText("".join(texts), tuple(spans))


def shift_spans(spans: Iterable[StyleSpan], by: int) -> list[StyleSpan]:
    """`spans`, `by` characters further right."""
    return [StyleSpan(start + by, end + by, style) for start, end, style in spans]


def clip_spans(spans: tuple[StyleSpan, ...], start: int, end: int, by: int = 0) -> list[StyleSpan]:
    """What of `spans` lies between `start` and `end`, counted from `start`, moved by `by`."""
    if not spans:
        return []
    by -= start
    # Spans that start at or after `end` cannot reach in; they are sorted by start.
    last = bisect_right(spans, (end, -1, ""))
    return [
        StyleSpan(max(a, start) + by, min(b, end) + by, style)
        for a, b, style in spans[:last]
        if b > start and a < end
    ]

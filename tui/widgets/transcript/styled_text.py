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


class SourceMark(NamedTuple):
    """The Markdown that characters `start` to `end` were made from."""

    start: int
    end: int
    opening: str
    """What was written before them; without `closing`, what was written instead of them."""
    closing: str | None = None


@dataclass(frozen=True, slots=True)
class StyledText:
    """Text, and what lies over its characters. Spans are ordered by where they start."""

    text: str = ""
    spans: tuple[StyleSpan, ...] = ()
    links: tuple[TextLink, ...] = ()
    marks: tuple[SourceMark, ...] = ()
    """How to write a part of it as Markdown again."""

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
            self.marks + tuple(m._replace(start=m.start + by, end=m.end + by) for m in other.marks),
        )

    def with_base_style(self, style: str) -> "StyledText":
        """The same over one more style, which its own spans win against."""
        if not self.text or not style:
            return self
        base = StyleSpan(0, len(self.text), style)
        return StyledText(self.text, (base, *self.spans), self.links, self.marks)

    def markdown(self, start: int, end: int) -> str:
        """Characters `start` to `end` as Markdown: marks that are cut are written again."""
        # At one place: what closes, the inner first; what is replaced; what opens, the outer first.
        edits: list[tuple[int, int, tuple[int, int, int], str, int]] = []
        for number, (a, b, opening, closing) in enumerate(self.marks):
            first, last = max(a, start), min(b, end)
            if first >= last:
                continue
            if closing is not None:
                edits.append((first, 2, (a, -b, -number), opening, first))
                edits.append((last, 0, (-a, b, number), closing, last))
            elif opening or a >= start:
                edits.append((first, 1, (a, b, number), opening, last))
        pieces, at = [], start
        for place, _kind, _order, written, behind in sorted(edits):
            pieces += [self.text[at:place], written]
            at = max(at, behind)
        return "".join(pieces) + self.text[at:end]


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

"""What is inside a paragraph: emphasis, code, links.

Loaded with the Markdown reader, after the first frame.
"""

import re
from functools import lru_cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tui.sanitize import clean
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.markdown_extensions import add_extensions
from tui.widgets.transcript.styled_text import SourceMark, StyledText, StyleSpan, TextLink

_STYLES: Final = {
    "strong": transcript_styles.STRONG,
    "em": transcript_styles.EMPHASIS,
    "s": transcript_styles.STRUCK,
}
_SPECIAL = re.compile(r"[\\`*_~\[\]<>&!\n]|https?:|file:")
_ADDRESS = re.compile(r"\b(?:https?|file)://[^\s<>\"'`|]+")
_ALLOWED: Final = ("http://", "https://", "file://")


@lru_cache(maxsize=1)
def markdown_parser() -> MarkdownIt:
    """CommonMark with tables and strikethrough; HTML is text, links are judged by us."""
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Every target is shown as it is; only the allowed ones can be followed.
    made.validateLink = lambda url: True  # type: ignore[method-assign]
    add_extensions(made)
    return made


def parse_inline(text: str, env: dict[str, Any]) -> StyledText:
    """`text`, the inside of one Markdown block, with its marks made styles."""
    if _SPECIAL.search(text) is None:
        return StyledText(text)
    if env.get("references"):
        return _read(text, env)
    return _read_alone(text)


@lru_cache(maxsize=256)
def _read_alone(text: str) -> StyledText:
    return _read(text, {})


def _read(text: str, env: dict[str, Any]) -> StyledText:
    tokens: list[Token] = []
    made = markdown_parser()
    made.inline.parse(text, made, env, tokens)
    inside = _InlineCollector()
    for token in tokens:
        inside.take(token)
    return inside.finish()


class _InlineCollector:
    """Collects text, spans and links from inline tokens."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._spans: list[StyleSpan] = []
        self._links: list[TextLink] = []
        self._marks: list[SourceMark] = []
        self._at = 0
        self._open: list[tuple[int, Token]] = []
        self._targets: list[tuple[int, Token]] = []

    def take(self, token: Token) -> None:
        """Add the text of one token, or open or close a style or link."""
        match token.type:
            case "text":
                self._put_text(token.content)
            case "text_special":
                self._put_instead(token.content, token.markup)
            case "softbreak":
                self._put(" ")
            case "hardbreak":
                self._put_instead("\n", token.markup or "\\\n")
            case "code_inline":
                self._put_code(token)
            case "image":
                self._put_image(token)
            case "link_open":
                self._targets.append((self._at, token))
            case "link_close":
                self._close_link()
            case kind if kind.endswith("_open"):
                self._open.append((self._at, token))
            case kind if kind.endswith("_close"):
                self._close_style()
            case _:
                self._put(token.content)

    def finish(self) -> StyledText:
        """The text with the styles and links collected so far."""
        spans, text = tuple(sorted(self._spans)), "".join(self._text)
        return StyledText(text, spans, tuple(self._links), tuple(self._marks))

    def _put(self, text: str, style: str = "") -> None:
        text = clean(text)  # an entity such as &#x202e; has become its character
        if not text:
            return
        end = self._at + len(text)
        if style:
            self._spans.append(StyleSpan(self._at, end, style))
        self._text.append(text)
        self._at = end

    def _put_text(self, text: str) -> None:
        """Text with bare addresses in it; inside a link there are none."""
        at, text = 0, clean(text).replace("\t", " ")
        if "://" in text and not self._targets:
            for match in _ADDRESS.finditer(text):
                address = trim_address(match.group())
                self._put(text[at : match.start()])
                self._links.append(TextLink(self._at, self._at + len(address), address))
                self._put(address, transcript_styles.LINK)
                at = match.start() + len(address)
        self._put(text[at:])

    def _put_instead(self, text: str, source: str) -> None:
        """Text that stands for what was written otherwise: a break, an entity, an escaped sign."""
        start = self._at
        self._put_text(text)
        if self._at > start and source != text:
            self._marks.append(SourceMark(start, self._at, source))

    def _put_code(self, token: Token) -> None:
        start, code, ticks = self._at, token.content, token.markup
        self._put(code, transcript_styles.CODE)
        space = " " if "`" in code[:1] + code[-1:] else ""
        self._marks.append(SourceMark(start, self._at, ticks + space, space + ticks))

    def _put_image(self, token: Token) -> None:
        start, source = self._at, str(token.attrs.get("src", ""))
        self._put(f"[{token.content or 'image'}]", transcript_styles.EMPHASIS)
        self._put_target(source, "")
        self._marks.append(
            SourceMark(start, self._at, f"![{token.content}]{_written_target(token, source)}")
        )

    def _close_link(self) -> None:
        start, token = self._targets.pop()
        href, end = str(token.attrs.get("href", "")), self._at
        shown = "".join(self._text)[start:]
        allowed = href.startswith(_ALLOWED)
        if allowed:
            self._links.append(TextLink(start, end, href))
        style = transcript_styles.LINK if allowed else transcript_styles.EMPHASIS
        self._spans.append(StyleSpan(start, end, style))
        self._put_target(href, shown)
        if token.markup == "autolink":
            self._marks.append(SourceMark(start, end, "<", ">"))
        else:
            self._marks.append(SourceMark(start, end, "[", f"]{_written_target(token, href)}"))
        self._marks.append(SourceMark(end, self._at, ""))

    def _put_target(self, href: str, shown: str) -> None:
        """The real target, where the text does not already say it."""
        if href and href not in (shown, f"mailto:{shown}"):
            start = self._at
            self._put(f" ({href})", transcript_styles.MUTED)
            if href.startswith(_ALLOWED):
                self._links.append(TextLink(start + 2, self._at - 1, href))

    def _close_style(self) -> None:
        start, token = self._open.pop()
        style = _STYLES.get(token.type.removesuffix("_open"), "")
        if style and self._at > start:
            self._spans.append(StyleSpan(start, self._at, style))
            self._marks.append(SourceMark(start, self._at, token.markup, token.markup))


def _written_target(token: Token, href: str) -> str:
    """Address and title of a link or an image, as they stand behind its text."""
    title = str(token.attrs.get("title", "")).replace('"', '\\"')
    address = f"<{href}>" if re.search(r"[\s()]", href) else href
    return f'({address} "{title}")' if title else f"({address})"


def trim_address(address: str) -> str:
    """A bare address without the punctuation of the sentence around it."""
    while address:
        last = address[-1]
        if last in ".,;:!?*_~" or (
            last in ")]}" and address.count(last) > address.count("([{"[")]}".index(last)])
        ):
            address = address[:-1]
        else:
            break
    return address

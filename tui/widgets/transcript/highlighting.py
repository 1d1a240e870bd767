"""Syntax colours for code that grows line by line.

Pygments knows the languages; this module drives its lexers so that they can stop at the
end of a line and go on from there later. What a fence of five hundred lines costs per
frame is then its last few lines. Import it only after the first frame: Pygments takes a
tenth of a second.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

# Pygments has no types; what comes from it is Any.
from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer  # type: ignore[import-untyped]
from pygments.lexers import find_lexer_class_by_name, find_lexer_class_for_filename  # type: ignore[import-untyped]
from pygments.token import Token, _TokenType  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from tui.widgets.transcript.styled_text import StyleSpan

LexerStack: TypeAlias = tuple[str, ...]
"""The states a lexer is in, outermost first."""

Spans: TypeAlias = tuple[StyleSpan, ...]
"""The styles over one line."""

ROOT: Final[LexerStack] = ("root",)

_STYLES: Final[dict[Any, str]] = {
    Token.Comment: "$code-comment italic",
    Token.Comment.Preproc: "$code-keyword",
    Token.Keyword: "$code-keyword",
    Token.Keyword.Constant: "$code-number",
    Token.Keyword.Type: "$code-type",
    Token.Operator.Word: "$code-keyword",
    Token.Literal.String: "$code-string",
    Token.Literal.String.Doc: "$code-string italic",
    Token.Literal.String.Escape: "$code-number",
    Token.Literal.String.Interpol: "$code-number",
    Token.Literal.Number: "$code-number",
    Token.Literal.Date: "$code-number",
    Token.Name.Function: "$code-function",
    Token.Name.Class: "$code-type bold",
    Token.Name.Namespace: "$code-name",
    Token.Name.Decorator: "$code-name",
    Token.Name.Builtin: "$code-type",
    Token.Name.Builtin.Pseudo: "$code-name italic",
    Token.Name.Exception: "$code-type",
    Token.Name.Tag: "$code-keyword",
    Token.Name.Attribute: "$code-name",
    Token.Name.Constant: "$code-number",
    Token.Name.Variable: "$code-name",
    Token.Generic.Heading: "$heading bold",
    Token.Generic.Subheading: "bold",
    Token.Generic.Deleted: "$diff-remove",
    Token.Generic.Inserted: "$diff-add",
    Token.Generic.Emph: "italic",
    Token.Generic.Strong: "bold",
    Token.Generic.Prompt: "$code-keyword",
    Token.Generic.Output: "$code-comment",
    Token.Generic.Traceback: "$error",
}
"""By theme variables; the ANSI highlight themes of Textual 8.2.8 name colours that do not exist."""

_WORD: Final = re.compile(r"[^\s,{}]+")
_PLAIN: Final = frozenset({"text", "plain", "plaintext", "txt", "none", "output", "console-output"})


@lru_cache(maxsize=512)
def style_of(token: _TokenType) -> str:
    """The style of a kind of token, or of the nearest kind above it."""
    kind: _TokenType | None = token
    while kind is not None:
        if kind in _STYLES:
            return _STYLES[kind]
        kind = kind.parent
    return ""


Find: TypeAlias = Callable[[str], Lexer | None]
"""What finds a lexer: `lexer_named` or `lexer_for_file`."""

wanted: Final[list[tuple[Find, str]]] = []
"""What was asked for and is not at hand: `make_wanted` makes it."""

_MOST: Final = 500
"""Names that are remembered."""

_at_hand: Final[dict[tuple[Find, str], Lexer | None]] = {}


def at_hand(find: Find, name: str) -> Lexer | None:
    """The lexer if it has been made; else None, and it is wanted.

    Finding and making one takes up to a tenth of a second: that is for a thread.
    """
    for key in ((find, name), (find, _suffix(name))):
        if key in _at_hand:
            return _at_hand[key]
    if (find, name) not in wanted:
        wanted.append((find, name))
    return None


def make_wanted() -> None:
    """Find and make what is wanted; can run on a thread."""
    while wanted:
        find, name = wanted.pop(0)
        if len(_at_hand) > _MOST:
            _at_hand.clear()
        _at_hand[find, name] = None  # whatever comes of it, it is tried once
        lexer = find(name)
        for other in (name, *_others(find, name, lexer)):
            _at_hand[find, other] = lexer


def _others(find: Find, name: str, lexer: Lexer | None) -> Iterator[str]:
    """What else finds the same lexer: `py` for a fence, `.py` for a file."""
    if lexer is not None and find is lexer_named:
        yield from lexer.aliases
    elif lexer is not None and f"*{_suffix(name)}" in lexer.filenames:
        yield _suffix(name)


def _suffix(name: str) -> str:
    """`.py` of a path; a name of its own where there is none."""
    return "." + name.rpartition(".")[2]


@lru_cache(maxsize=64)
def lexer_named(language: str) -> Lexer | None:
    """The lexer of a fence's info string; None for plain text and unknown names."""
    words = [word.lstrip(".") for word in _WORD.findall(language)]
    if not words or words[0].lower() in _PLAIN:
        return None
    try:
        return _made(find_lexer_class_by_name(words[0].lower()))
    except ClassNotFound:
        return lexer_for_file(words[0])


@lru_cache(maxsize=256)
def lexer_for_file(path: str) -> Lexer | None:
    """The lexer for a file of that name."""
    try:
        found = find_lexer_class_for_filename(path.rsplit("/", 1)[-1])
    except ClassNotFound:
        return None
    return None if found is None else _made(found)


def _made(lexer_class: Any) -> Lexer | None:
    lexer = lexer_class(stripnl=False, stripall=False, ensurenl=False)
    return None if lexer.name == "Text only" else lexer


def resumable(lexer: Lexer) -> bool:
    """Whether `lexer` keeps all it remembers in its stack of states."""
    return (
        isinstance(lexer, RegexLexer)
        and not isinstance(lexer, ExtendedRegexLexer)
        and type(lexer).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed
    )


def spans_of(
    lexer: Lexer, lines: list[str], stack: LexerStack = ROOT
) -> tuple[list[Spans], list[LexerStack | None]]:
    """Styles over each line, and the stack after each where a line may be resumed from.

    Args:
        lexer: Of the language.
        lines: Without line feeds.
        stack: The state at the start of the first line.
    """
    text = "\n".join(lines) + "\n"
    stacks: list[LexerStack | None] = [None] * len(lines)
    go_on = resumable(lexer)
    tokens = _tokens(lexer, text, stack, stacks) if go_on else _unprocessed(lexer, text)
    return _by_line(tokens, len(lines)), stacks


def _unprocessed(lexer: Lexer, text: str) -> Iterator[tuple[_TokenType, str]]:
    for _at, token, value in lexer.get_tokens_unprocessed(text):
        yield token, value


def _tokens(
    lexer: Any, text: str, stack: LexerStack, stacks: list[LexerStack | None]
) -> Iterator[tuple[_TokenType, str]]:
    """What `RegexLexer.get_tokens_unprocessed` does, noting the stack at the end of each line."""
    rules_of = lexer._tokens
    states = list(stack)
    rules = rules_of[states[-1]]
    at = row = 0
    while at < len(text):
        for match_at, action, new_state in rules:
            match = match_at(text, at)
            if match is None:
                continue
            if action is not None:
                if type(action) is _TokenType:
                    yield action, match.group()
                else:
                    for _at, token, value in action(lexer, match):
                        yield token, value
            moved_to = match.end()
            if new_state is not None:
                _enter(states, new_state)
                rules = rules_of[states[-1]]
            break
        else:
            moved_to = at + 1
            if text[at] == "\n":
                states = ["root"]
                rules = rules_of["root"]
            yield Token.Text, text[at]
        piece = text[at:moved_to]
        feeds = piece.count("\n")
        row, at = row + feeds, moved_to
        # Some lexers take a line feed together with the space that indents the next line.
        if row and (text[at - 1] == "\n" or (feeds and piece.isspace())):
            stacks[row - 1] = tuple(states)


def _enter(states: list[str], new_state: Any) -> None:
    """Change the stack as Pygments' rules say."""
    if isinstance(new_state, tuple):
        for state in new_state:
            _enter(states, state)
    elif new_state == "#pop":
        if len(states) > 1:
            states.pop()
    elif isinstance(new_state, int):
        del states[max(1, len(states) + new_state) :]
    elif new_state == "#push":
        states.append(states[-1])
    else:
        states.append(new_state)


def _by_line(tokens: Iterator[tuple[_TokenType, str]], count: int) -> list[Spans]:
    """Cut what the lexer says into lines; neighbours of one style become one span."""
    rows: list[Spans] = []
    row: list[StyleSpan] = []
    at = 0
    for token, value in tokens:
        style = style_of(token)
        for number, piece in enumerate(value.split("\n")):
            if number:
                rows.append(tuple(row))
                row, at = [], 0
            if not piece:
                continue
            end = at + len(piece)
            if style and not piece.isspace():
                if row and row[-1].end == at and row[-1].style == style:
                    row[-1] = StyleSpan(row[-1].start, end, style)
                else:
                    row.append(StyleSpan(at, end, style))
            at = end
    rows.append(tuple(row))
    return (rows + [()] * count)[:count]


LOADED: Final = True
"""Defined last: a thread imports this module, and others must not use half of it."""

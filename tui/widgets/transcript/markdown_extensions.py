r"""What people write in Markdown that CommonMark reads as something else.

Line breaks as `<br>`, names such as `__init__.py` that are no bold words, and mathematics between
`$`, `$$`, `\(` `\)` or `\[` `\]`, which stays as it is written. Rules for the Markdown parser;
loaded with it, after the first frame.
"""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MATH_BLOCK: Final = "math_block"
"""Type of the token for lines of mathematics; its content is what is between, with the marks."""

_BREAK_TAG = re.compile(r"</?br(?:\s[^<>]*)?/?>[ \t]*\n?[ \t]*", re.IGNORECASE)

_NAME = re.compile(r"__(?P<inner>[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)*)__(?![A-Za-z0-9_])")
_AROUND_NAME = re.compile(r"[(\[=]|\.\w|/\w|/$|::")
"""What follows a name, and no bold word."""
_BEFORE_NAME: Final = "./\\@#$=:-"
"""What precedes a name, and no bold word."""
_NAMES = """
abs add all and annotations anext aiter aenter aexit author await bases bool builtins bytes
cached call cause ceil class closure code complex contains context copy copyright debug deepcopy
defaults del delattr delete delitem dict dir divmod doc enter eq exit file float floor floordiv
format func fspath future ge get getattr getattribute getitem getstate globals gt hash iadd iand
import index init instancecheck int invert ior isub iter itruediv kwdefaults le len license
loader lshift lt main matmul missing mod module mro mul name ne neg new next notes objclass or
origin package path pos pow prepare pycache qualname radd reduce repr reversed rmul round rshift
rsub set setattr setitem setstate sizeof slots spec str sub subclasscheck subclasses
subclasshook suppress traceback truediv trunc version weakref wrapped xor proto tests mocks
snapshots fixtures generated typename construct destruct invoke toString halt attribute asm
cdecl declspec typeof inline restrict volatile linux FILE LINE DATE TIME TIMESTAMP COUNTER
FUNCTION CLASS DIR METHOD NAMESPACE TRAIT APPLE GNUC clang cplusplus DEV PROD END DATA
"""
"""Names of Python, then of JavaScript, PHP and C."""
_KNOWN_NAMES: Final = frozenset(_NAMES.split())
_MATH_BLOCKS: Final = {"$$": "$$", "\\[": "\\]"}
"""The marks on a line of their own that open mathematics, and those that close it."""
_DISPLAY_MATH = re.compile(r"\$\$(?:[^$`\\]|\\.)+?\$\$", re.DOTALL)
_INLINE_MATH = re.compile(r"\$(?=[^\s$])(?:[^$`\\\n]|\\[^\n])+?(?<!\s)\$(?![\w$])")
"""No price: `$5 and $6` has a blank before its second mark, and a digit behind it."""
_ROUND_MATH = re.compile(r"\\\((?:(?:[^\\]|\\[^()])*\\\))?|\\\)", re.DOTALL)
_SQUARE_MATH = re.compile(r"\\\[(?:(?:[^\\]|\\[^\[\]])*\\\]|(?=\s|\\|\Z))", re.DOTALL)
_AFTER_MATH: Final = " \t.,;:"


def add_extensions(parser: MarkdownIt) -> None:
    """Make `parser` read what this module is about."""
    inline, block = parser.inline.ruler, parser.block.ruler
    inline.before("escape", "math", _math)
    inline.before("emphasis", "plain_name", _plain_name)
    inline.before("autolink", "break_tag", _break_tag)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    block.before("fence", MATH_BLOCK, _math_block, {"alt": interrupts})


def _break_tag(state: StateInline, silent: bool) -> bool:
    """A `<br>`, in whatever spelling, is a line break."""
    found = _BREAK_TAG.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0).markup = "<br>"
    state.pos = found.end()
    return True


def _plain_name(state: StateInline, silent: bool) -> bool:
    """A name between double underscores is no bold word."""
    if not state.src.startswith("__", state.pos):
        return False
    found = _NAME.match(state.src, state.pos, state.posMax)
    if found is None or not _is_name(state.src, found):
        return False
    return _keep_as_written(state, found, silent)


def _is_name(text: str, found: re.Match[str]) -> bool:
    before = text[found.start() - 1 : found.start()] if found.start() else ""
    if before.isalnum() or before == "_":
        return False
    inner = found["inner"]
    return (
        inner in _KNOWN_NAMES
        or "_" in inner
        or any(letter.isdigit() for letter in inner)
        or (before != "" and before in _BEFORE_NAME)
        or _AROUND_NAME.match(text, found.end()) is not None
    )


def _math(state: StateInline, silent: bool) -> bool:
    """Mathematics is neither unescaped nor emphasised."""
    mark = state.src[state.pos : state.pos + 2]
    if mark[:1] == "$":
        before = state.src[state.pos - 1 : state.pos] if state.pos else ""
        if before.isalnum():
            return False
        pattern = _DISPLAY_MATH if mark == "$$" else _INLINE_MATH
    elif mark in ("\\(", "\\)"):
        pattern = _ROUND_MATH
    elif mark == "\\[" and not _follows_word(state):
        pattern = _SQUARE_MATH
    else:
        return False
    found = pattern.match(state.src, state.pos, state.posMax)
    return found is not None and _keep_as_written(state, found, silent)


def _follows_word(state: StateInline) -> bool:
    """Whether a word is right before: then a bracket is that of an index, escaped."""
    before = state.src[state.pos - 1 : state.pos] if state.pos else ""
    return before.isalnum() or before in tuple("_)]`>")


def _keep_as_written(state: StateInline, found: re.Match[str], silent: bool) -> bool:
    if not silent:
        for number, line in enumerate(found[0].split("\n")):
            if number:
                state.push("softbreak", "br", 0)
            state.push("text", "", 0).content = line.strip(" ") if number else line
    state.pos = found.end()
    return True


def _math_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Lines from a mark on a line of its own to the mark that closes it, or to an empty line."""
    if state.is_code_block(first):
        return False
    opening = _line(state, first).strip()
    closing = _MATH_BLOCKS.get(opening)
    if closing is None:
        return False
    if silent:
        return True
    last = first + 1
    while last < end and _line(state, last).strip() and state.sCount[last] >= state.blkIndent:
        last += 1
        if _line(state, last - 1).rstrip(_AFTER_MATH).endswith(closing):
            break
    token = state.push(MATH_BLOCK, "", 0)
    token.content = state.getLines(first, last, state.blkIndent, False).rstrip()
    token.map = [first, last]
    state.line = last
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]

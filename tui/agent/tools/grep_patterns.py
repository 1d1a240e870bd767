r"""Regular expressions of `grep`, so that they find a line whatever ends it.

`read` shows lines without the carriage returns of a CRLF file, so a `$` has to match before one
and a `\n` has to match both.
"""

import re
from collections.abc import Iterator

_CARRIAGE_RETURN = re.compile(r"\r|\\r|\\x0[dD]|\\x\{0*[dD]\}|\\u\{?0*0[dD]\}?|\\cM")
_LINE_FEED = re.compile(r"\n|\\n|\\x0[aA]|\\x\{0*[aA]\}")
_ANYTHING = re.compile(r"\(\?[a-zA-Z]*s|\[(?:\\s\\S|\\S\\s|\\d\\D|\\D\\d|\\w\\W|\\W\\w)\]")
"""What matches a line feed too: of no use within one line."""
_VERBOSE = re.compile(r"\(\?[a-zA-Z]*x")
_TOKEN = re.compile(r"\\.|.", re.DOTALL)
_ANY_LINE_END = r"(?:\r?\n)"


def pattern_options(pattern: str) -> list[str]:
    """The options of ripgrep for a pattern, with the pattern itself.

    A pattern that names the carriage return gets what it asks for.
    """
    many = any(sign.search(pattern) for sign in (_LINE_FEED, _ANYTHING))
    crlf = many or not _CARRIAGE_RETURN.search(pattern)
    options = ["--crlf"] if crlf else []
    options += ["--multiline"] if many else []
    return [*options, f"--regexp={_with_any_line_ends(pattern) if many else pattern}"]


def is_plain_ascii(pattern: str) -> bool:
    """Whether a pattern can match ASCII only."""
    return pattern.isascii() and not re.search(r"[.]|\[\^|\\[^nrtbdsAz.*+?()|\[\]{}^$/-]", pattern)


def _with_any_line_ends(pattern: str) -> str:
    """The pattern with line feeds that match both line ends; classes stay as they are."""
    verbose = _VERBOSE.search(pattern) is not None
    parts: list[str] = []
    for token, in_class in _tokens(pattern):
        if in_class or (token == "\n" and verbose) or token not in (r"\n", "\n"):
            parts.append(token)
            continue
        if parts and parts[-1] in (r"\r", "\r"):
            parts.pop()
        parts.append(_ANY_LINE_END)
    return "".join(parts)


def _tokens(pattern: str) -> Iterator[tuple[str, bool]]:
    """Characters and escapes, each with whether it is part of a class."""
    depth, opened = 0, False
    for found in _TOKEN.finditer(pattern):
        token = found[0]
        if token == "[":
            depth, opened = depth + 1, True
        elif token == "]" and depth and not opened:
            yield token, True
            depth -= 1
            continue
        elif token != "^":
            opened = False
        yield token, depth > 0

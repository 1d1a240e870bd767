"""Globs over paths, as the model writes them.

ripgrep has its own, but there a glob that takes a file in also overrides .gitignore; here
both have to agree. And there `app/[id]/**` finds no folder whose name is `[id]`; here brackets
and braces also match themselves.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tui.agent.tools.base import ToolError
from tui.agent.tools.file_names import comparable_name, unescaped_name

_TOKENS = re.compile(
    r"\\x[89a-f][0-9a-f]|\\.|\*\*/|/\*\*\Z|\*\*|\*|\?|\[!?\]?[^\]/]*\]|[{},]", re.DOTALL
)
_KNOWN = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=64)
def compile_glob(glob: str) -> re.Pattern[str]:
    """A regular expression for whole paths with forward slashes, as `matches_glob` compares them.

    A glob without a slash matches the last part of a path, at any depth. A backslash takes the
    meaning from the character behind it.

    Raises:
        ToolError: the braces do not match.
    """
    glob = comparable_name(glob)
    anywhere = "" if "/" in glob else "(?:.*/)?"
    return re.compile(anywhere + _translate(glob), re.DOTALL)


def matches_glob(pattern: re.Pattern[str], path: str) -> bool:
    """Whether a whole path fits a compiled glob, however its letters are composed."""
    return pattern.fullmatch(comparable_name(path)) is not None


def _translate(glob: str) -> str:
    """The glob as an expression; each open brace has a list of its alternatives."""
    groups: list[list[list[str]]] = [[[]]]
    for token in _split(glob):
        here = groups[-1]
        if token == "{":
            groups.append([[]])
        elif token == "," and len(groups) > 1:
            here.append([])
        elif token == "}":
            if len(groups) == 1:
                raise _unmatched(glob)
            groups.pop()
            groups[-1][-1].append(_alternatives(["".join(parts) for parts in here]))
        else:
            here[-1].append(_translate_token(token))
    if len(groups) > 1:
        raise _unmatched(glob)
    return "".join(groups[0][0])


def _split(glob: str) -> Iterator[str]:
    """The tokens of a glob, and what is between them character by character."""
    at = 0
    for found in _TOKENS.finditer(glob):
        yield from glob[at : found.start()]
        yield found[0]
        at = found.end()
    yield from glob[at:]


def _unmatched(glob: str) -> ToolError:
    return ToolError(
        f"The glob {glob!r} has a brace without its partner. A brace of a name is written \\{{."
    )


def _alternatives(ways: list[str]) -> str:
    """Any of the alternatives, or the braces themselves with what is in them."""
    return f"(?:{'|'.join(ways)}|\\{{{','.join(ways)}\\}})"


def _translate_token(token: str) -> str:
    if token.startswith("\\") and len(token) > 1:
        name = unescaped_name(token)
        # `\n` is a line feed of a name that is shown so, or a plain n.
        plain = re.escape(token[1:])
        return plain if name == token else f"(?:{re.escape(name)}|{plain})"
    if token.startswith("[") and len(token) > 1:
        return f"(?:{_character_class(token)}|{re.escape(token)})"
    return _KNOWN.get(token) or re.escape(token)


def _character_class(token: str) -> str:
    negated = token.startswith(("[!", "[^"))
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", token[2 if negated else 1 : -1])
    expression = f"[{'^/' if negated else ''}{inside}]"
    try:
        re.compile(expression)
    except re.error:  # a range upside down, or nothing between the brackets: only a name
        return re.escape(token)
    return expression

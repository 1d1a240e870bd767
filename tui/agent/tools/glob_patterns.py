"""Globs over paths, as the model writes them.

ripgrep has its own, but there a glob that takes a file in also overrides .gitignore; here
both have to agree.
"""

import re
from functools import lru_cache
from itertools import accumulate

from tui.agent.tools.base import ToolError

_TOKENS = re.compile(r"\*\*/|/\*\*\Z|\*\*|\*|\?|\[!?\]?[^\]]*\]|[{},]", re.DOTALL)
_KNOWN = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_ALTERNATIVES = {"{": "(?:", "}": ")", ",": "|"}


@lru_cache(maxsize=64)
def compile_glob(glob: str) -> re.Pattern[str]:
    """A regular expression for whole paths with forward slashes.

    A glob without a slash matches the last part of a path, at any depth.

    Raises:
        ToolError: the braces do not match.
    """
    tokens = _TOKENS.findall(glob)
    depths = list(accumulate((token == "{") - (token == "}") for token in tokens))
    if any(depth < 0 for depth in depths) or (depths and depths[-1]):
        raise ToolError(f"The glob {glob!r} has a brace without its partner.")
    parts, at, depth = [], 0, 0
    for found in _TOKENS.finditer(glob):
        depth += (found[0] == "{") - (found[0] == "}")
        parts += [re.escape(glob[at : found.start()]), _translate_token(found[0], depth)]
        at = found.end()
    anywhere = "" if "/" in glob else "(?:.*/)?"
    try:
        return re.compile("".join([anywhere, *parts, re.escape(glob[at:])]), re.DOTALL)
    except re.error as error:
        raise ToolError(f"The glob {glob!r} cannot be read: {error.msg}.") from error


def _translate_token(token: str, depth: int) -> str:
    if token.startswith("["):
        negated = token.startswith(("[!", "[^"))
        return f"[{'^/' if negated else ''}{_character_class(token[2 if negated else 1 : -1])}]"
    if token == ",":
        return "|" if depth else ","
    return _KNOWN.get(token) or _ALTERNATIVES[token]


def _character_class(inside: str) -> str:
    return re.sub(r"([\\\[\]^&~|])", r"\\\1", inside)

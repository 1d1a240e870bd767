"""How many tokens a text has: the simulator's own tokenizer.

It is a stand-in for the real one: the same text always has the same tokens, a text cut
between two tokens has as many as the parts together, and prose and code come out at about
three and a half characters a token. Rules, not a vocabulary, make it.
"""

import math
import re
from functools import lru_cache

_TOKEN = re.compile(
    r" ?[A-Za-z]{1,7}"  # a word, or seven letters of a long one
    r"| ?\d{1,3}"
    r"|\r?\n[ \t]{0,16}"  # a line end with the indentation that follows
    r"|[ \t]{1,8}"
    r"|[!-/:-@\[-`{-~]{1,2}"  # ASCII punctuation goes in pairs
    r"|.",  # any other character by itself
    re.DOTALL,
)


@lru_cache(maxsize=8192)
def count(text: str) -> int:
    """Tokens of `text` under the newer tokenizer."""
    return len(_TOKEN.findall(text))


def split(text: str) -> list[str]:
    """The tokens of `text`, in order; joined they are the text."""
    return _TOKEN.findall(text)


class Tokenizer:
    """The tokenizer of one model."""

    def __init__(self, ratio: float = 1.0) -> None:
        self._ratio = ratio

    def count(self, text: str) -> int:
        """Tokens of `text`."""
        return math.ceil(count(text) * self._ratio)

    def head(self, text: str, most: int) -> str:
        """The longest beginning of `text` with at most `most` tokens."""
        if self.count(text) <= most:
            return text
        return "".join(split(text)[: max(0, math.floor(most / self._ratio))])

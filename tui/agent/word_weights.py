"""How strongly the words of a message say that work is left.

The patterns of `ending_words/` name kinds of endings. The weights here are what the labelled
endings have in common, so that they also tell of a wording for which there is no pattern. A
weight belongs to a word, to two words in a row, or to two words with one between them. Their sum
over neighbouring clauses is the logarithm of the odds that work is left (logistic regression).
`tests/agent/train_ending_weights.py` computes them from the labelled endings.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

WINDOW = 6
"""Clauses that are weighed together: the words that tell of work left are close together."""
LEFT = 1.25
"""Sum from which the words say that work is left: one of a hundred whole answers reaches it."""
FEWEST = 8
"""Words of a message that are weighed: fewer prove nothing."""
WHOLE = -3.0
"""Sum below which the words around a clause outweigh a pattern that found work left in it."""
START, END, NUMBER, GAP = "^", "$", "#", "_"
"""Tokens for the edges of a clause, for a number, and for any word between two others."""

_IDEOGRAPH = r"\u3040-\u30ff\u4e00-\u9fff"
_WORD = re.compile(rf"\d+|[{_IDEOGRAPH}]|[^\W\d_{_IDEOGRAPH}]+(?:'[^\W\d_{_IDEOGRAPH}]+)?")
_WRITTEN_WITHOUT_SPACES = re.compile(rf"[{_IDEOGRAPH}]")


def weightiest(clauses: Sequence[str]) -> str:
    """The clause that says most strongly that work is left; empty where the words do not say so.

    Args:
        clauses: What a message says in its own voice, in order.
    """
    if sum(len([*_words(clause)]) for clause in clauses) < FEWEST:
        return ""
    found = [frozenset(features(clause)) for clause in clauses]
    starts = range(max(1, len(found) - WINDOW + 1))
    best = max(starts, key=lambda start: _sum(found[start : start + WINDOW]))
    if _sum(found[best : best + WINDOW]) < LEFT:
        return ""
    near = clauses[best : best + WINDOW]
    return max(near, key=lambda clause: _sum([frozenset(features(clause))]))


def is_whole_around(clauses: Sequence[str], at: int) -> bool:
    """Whether a clause, with the one before and the one behind it, says that no work is left.

    Args:
        clauses: What a message says in its own voice, in order.
        at: The place of the clause among them.
    """
    near = clauses[max(0, at - 1) : at + 2]
    return _sum([frozenset(features(clause)) for clause in near]) < WHOLE


def features(clause: str) -> Iterator[str]:
    """The words of a clause, its pairs of words, and its pairs with a word between them."""
    words = [START, *_words(clause), END]
    yield from words
    yield from (f"{one} {two}" for one, two in pairwise(words))
    for one, two, three in zip(words, words[1:], words[2:], strict=False):
        yield f"{one} {GAP} {three}"
        if _WRITTEN_WITHOUT_SPACES.match(one):
            yield f"{one} {two} {three}"


def _words(clause: str) -> Iterator[str]:
    for word in _WORD.findall(clause.lower().replace("’", "'")):
        yield NUMBER if word.isdecimal() else word


def _sum(found: Sequence[frozenset[str]]) -> float:
    known = weights()
    return known[""] + sum(known.get(each, 0.0) for each in frozenset().union(*found))


@cache
def weights() -> Mapping[str, float]:
    """The weight of each feature; under no name that of every message."""
    source = files("tui.agent") / "ending_words" / "weights.tsv"
    lines = source.read_text("utf-8").splitlines()
    return {name: float(weight) for weight, _, name in (line.partition("\t") for line in lines)}

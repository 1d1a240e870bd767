"""Words of declining: a model that stops because its budget looks too small.

The API documents that a budget too small may look like a refusal: `end_turn`, and words of
declining. The first remedy is a bigger budget, so that is what is offered. Said at once, with
most of the budget unspent, it is the too-small trap; said later, the budget ended the work.
"""

import re

MOST_SHARE = 0.25
"""A turn that used more of its grant than this was not declined, it was worked on."""
UNSPENT = 0.5
"""A budget of which more than this is used is not mostly unspent."""
MOST_REQUESTS = 3
GENEROUS = 3
"""A bigger budget is this many times the one that was declined, unless the model names one."""

_BUDGET = r"budget|allowance|\d[\d,.]*\s?[km]? tokens|tokens (?:are )?(?:left|remain\w*)"
_SHORT = (
    r"too (?:small|tight|low|little|limited)|not enough|insufficient"
    r"|declined?|cannot|can't|unable|won't"
)
_WORDS = re.compile(
    rf"\b(?:{_BUDGET})\b[^.!?\n]{{0,160}}\b(?:{_SHORT})\b"
    rf"|\b(?:{_SHORT})\b[^.!?\n]{{0,160}}\b(?:{_BUDGET})\b",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"(?:need|require|take|at least|about|≈)[^.!?\n]{0,60}?"
    r"(\d[\d,_]*(?:\.\d+)?)\s*([kKmM])?\s*tokens?",
    re.IGNORECASE,
)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def declines(answer: str) -> bool:
    """Whether the last words of the model decline work for its budget."""
    return _WORDS.search(answer) is not None


def at_once(*, grant: int, used: int, charged: int, requests: int) -> bool:
    """Whether a turn ended before it had begun, with most of its budget unspent.

    Args:
        grant: Tokens granted.
        used: Tokens of the grant that are used, by earlier turns too.
        charged: Tokens charged in this turn.
        requests: Requests of this turn.
    """
    early = requests <= MOST_REQUESTS and charged <= grant * MOST_SHARE
    return early and mostly_unspent(grant, used)


def mostly_unspent(grant: int, used: int) -> bool:
    """Whether most of a budget is left."""
    return used <= grant * UNSPENT


def suggestion(answer: str, grant: int, *, before: int = 0, rest: int = 0) -> int:
    """A bigger budget to offer: what the model names, if it does, else three times as much.

    Args:
        answer: The last words of the model.
        grant: Tokens granted.
        before: Tokens of it that earlier turns used: what is named is needed beside them.
        rest: Tokens that the open subtasks are expected to take; 0 where nothing tells.
    """
    named = [
        int(float(number.replace(",", "").replace("_", "")) * _UNITS[unit.lower()])
        for number, unit in _NEEDED.findall(answer)
    ]
    room = grant - before
    needed = max((n for n in (*named, rest) if room < n <= grant * 100), default=0)
    best = before + needed * 5 // 4 if needed else grant * GENEROUS
    return -(-best // 5_000) * 5_000

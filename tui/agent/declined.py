"""The too-small trap: a model that stops at once because its budget looks too small.

The API documents that a budget too small may look like a refusal: `end_turn`, and words of
declining. The first remedy is a bigger budget, so that is what is offered.
"""

import re

MOST_SHARE = 0.25
"""A turn that used more of its grant than this was not declined, it was worked on."""
MOST_REQUESTS = 3
GENEROUS = 3
"""A bigger budget is this many times the one that was declined, unless the model names one."""

_BUDGET = r"(?:token )?(?:budget|allowance)|tokens"
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


def declined(answer: str, *, grant: int, charged: int, requests: int) -> bool:
    """Whether a turn that ended by itself was declined for its budget.

    Args:
        answer: The last words of the model.
        grant: Tokens granted.
        charged: Tokens charged in this turn.
        requests: Requests of this turn.
    """
    early = requests <= MOST_REQUESTS and charged <= grant * MOST_SHARE
    return early and _WORDS.search(answer) is not None


def suggestion(answer: str, grant: int) -> int:
    """A bigger budget to offer: what the model names, if it does, else three times as much."""
    named = [
        int(float(number.replace(",", "").replace("_", "")) * _UNITS[unit.lower()])
        for number, unit in _NEEDED.findall(answer)
    ]
    wanted = max((tokens for tokens in named if grant < tokens <= grant * 100), default=0)
    best = max(wanted * 5 // 4, grant * GENEROUS if not wanted else 0)
    return -(-best // 5_000) * 5_000

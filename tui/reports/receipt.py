"""The receipt of a prompt in one row, as the transcript shows it.

`$0.05 · 12k tokens · 4 files +24 −2 · 61 % reading core.py · 15s`
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import NamedTuple

from tui.number_format import (
    MINUS,
    count_with_noun,
    format_dollars,
    format_percent,
    format_tokens,
    mark_estimate,
)
from tui.session.changed_files import ChangedFile
from tui.session.prompt_costs import ActivityCost, ActivityKind
from tui.session.prompt_receipt import Receipt

COMMAND_CHARACTERS = 24
"""Characters of a command that a receipt shows."""

ACTIVITY_WORDS: dict[ActivityKind, tuple[str, str]] = {
    "read": ("reading", "file"),
    "search": ("searching", ""),
    "run": ("running", "command"),
    "write": ("writing", "file"),
    "plan": ("planning", ""),
    "report": ("reporting", ""),
    "think": ("thinking", ""),
    "answer": ("answering", ""),
    "summary": ("summarising", ""),
    "other": ("other", ""),
}
"""The word for an activity, and what several subjects of it are called."""


class MainShare(NamedTuple):
    """What a prompt mostly went on."""

    words: str
    """`reading core.py`. With foreign text."""
    share: float
    """Of all tokens, from 0 to 1."""
    estimated: bool


def receipt_row(receipt: Receipt, took: str, ended: str = "") -> str:
    """The receipt in one row.

    Args:
        receipt: What to say.
        took: How long the prompt took, in words.
        ended: How it ended, before how long it took; empty where it is simply done.
    """
    parts = (dollars_words(receipt), tokens_words(receipt), files_words(receipt.files))
    said = list(filter(None, (*parts, main_share_words(receipt))))
    if ended or not said:
        return " · ".join([f"{ended or 'done in'} {took}", *said])
    return " · ".join([*said, took])


def receipt_row_above_landing(receipt: Receipt, took: str, dollars: Decimal | None) -> str:
    """What the landing block below the receipt does not say.

    The block has the tokens, the files and the dollars of the session; the receipt adds what its
    agents used, what the prompt mostly went on, and its own dollars where it was not the only one.

    Args:
        receipt: What to say.
        took: How long the prompt took, in words.
        dollars: What the block says that the session cost; None where it says nothing.
    """
    paid = "" if receipt.dollars == dollars else dollars_words(receipt)
    paid = f"this prompt {paid}" if paid else ""
    said = list(filter(None, (paid, agents_words(receipt), main_share_words(receipt))))
    return " · ".join([*said, took]) if said else f"took {took}"


def main_share_words(receipt: Receipt) -> str:
    """`61 % reading core.py`; empty where it went on the answer itself, or on nothing."""
    main = main_share(receipt.costs)
    if main is None:
        return ""
    return f"{mark_estimate(format_percent(main.share), main.estimated)} {main.words}"


def dollars_words(receipt: Receipt) -> str:
    """`$0.05`, or that at least; empty where nothing was asked."""
    if receipt.dollars is None:
        return "price unknown" if receipt.unpriced else ""
    least = "at least " if receipt.unpriced else ""
    return least + mark_estimate(format_dollars(receipt.dollars), receipt.dollars_estimated)


def tokens_words(receipt: Receipt) -> str:
    """`12k tokens + 40k by agents`; empty where none were charged."""
    if not receipt.tokens:
        return agents_words(receipt)
    own = f"{mark_estimate(format_tokens(receipt.tokens), receipt.estimated)} tokens"
    return f"{own} + {_agents_figure(receipt)} by agents" if receipt.agents_tokens else own


def agents_words(receipt: Receipt) -> str:
    """`40k tokens by agents`; empty where no agent used any."""
    return f"{_agents_figure(receipt)} tokens by agents" if receipt.agents_tokens else ""


def _agents_figure(receipt: Receipt) -> str:
    return mark_estimate(format_tokens(receipt.agents_tokens), receipt.agents_estimated)


def files_words(files: Sequence[ChangedFile]) -> str:
    """`4 files +24 −2`, of a single one its name; empty where no file changed."""
    if not files:
        return ""
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    what = _name(files[0].path) if len(files) == 1 else count_with_noun(len(files), "file")
    lines = f"+{added:,} {MINUS}{removed:,}"
    return f"{what} {mark_estimate(lines, not all(file.exact for file in files))}"


def main_share(costs: Sequence[ActivityCost]) -> MainShare | None:
    """What most tokens went on; None where it is the answer itself, or nothing.

    It is the kind of activity with the most tokens. Where one file or command has at least half of
    them, it is that one alone.
    """
    total = sum(cost.tokens for cost in costs)
    by_kind: dict[ActivityKind, list[ActivityCost]] = {}
    for cost in costs:
        by_kind.setdefault(cost.activity.kind, []).append(cost)
    most = max(by_kind.values(), key=_tokens, default=[])
    if not most or most[0].activity.kind in ("answer", "other"):
        return None
    largest = max(most, key=lambda cost: cost.tokens)
    if 2 * largest.tokens >= _tokens(most):
        most = [largest]
    # An estimate below one part in a hundred does not change the figure.
    estimated = 100 * sum(cost.estimated for cost in most) >= total
    return MainShare(_activity_words(most), _tokens(most) / total, estimated)


def _tokens(costs: Iterable[ActivityCost]) -> int:
    return sum(cost.tokens for cost in costs)


def _activity_words(costs: Sequence[ActivityCost]) -> str:
    kind, subject = costs[0].activity
    word, noun = ACTIVITY_WORDS[kind]
    if not noun:
        return word
    if len(costs) > 1:
        return f"{word} {count_with_noun(len(costs), noun)}"
    return f"{word} {_command(subject) if noun == 'command' else _name(subject)}".strip()


def _name(path: str) -> str:
    """The last part of a path."""
    return PurePath(path).name or path


def _command(line: str) -> str:
    return line if len(line) <= COMMAND_CHARACTERS else f"{line[: COMMAND_CHARACTERS - 1]}…"

"""The receipt of a prompt: what it cost, which files it changed, and what it mostly went on.

`$0.05 · 12k tokens · 4 files +24 −2 · 61 % reading core.py · 15s`
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from tui.session.changed_files import ChangedFile, count_changed_files
from tui.session.events import FileChange
from tui.session.prompt_costs import ActivityCost, ActivityKind, PromptCosts
from tui.session.state import SessionState

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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one prompt took and did."""

    dollars: Decimal | None = None
    """At list price; None where no request has a known price."""
    unpriced: int = 0
    """Requests whose price is not known."""
    tokens: int = 0
    """Charged to a budget."""
    estimated: bool = False
    """Whether some of `tokens` are an estimate."""
    files: tuple[ChangedFile, ...] = ()
    costs: tuple[ActivityCost, ...] = ()
    """What the tokens went on, the most first."""


class MainShare(NamedTuple):
    """What a prompt mostly went on."""

    words: str
    """`reading core.py`. With foreign text."""
    share: float
    """Of all tokens, from 0 to 1."""
    estimated: bool


def make_receipt(
    turn: int, state: SessionState, costs: PromptCosts, changes: Iterable[FileChange]
) -> Receipt:
    """The receipt of a prompt.

    Args:
        turn: Its number.
        state: The session.
        costs: What its prompts went on, folded from the same log.
        changes: The changes of files that its tools made, in order.
    """
    return Receipt(
        dollars=costs.dollars.get(turn),
        unpriced=costs.unpriced.get(turn, 0),
        tokens=state.ledger.by_turn.get(turn, 0),
        estimated=bool(state.ledger.unsettled_by_turn.get(turn)),
        files=count_changed_files(changes),
        costs=tuple(costs.of_turn(turn, state.ledger)),
    )


def receipt_row(receipt: Receipt, took: str, ended: str = "") -> str:
    """The receipt in one row.

    Args:
        receipt: What to say.
        took: How long the prompt took, in words.
        ended: How it ended, before how long it took; empty where it is simply done.
    """
    parts = [dollars_words(receipt), tokens_words(receipt), files_words(receipt.files)]
    main = main_share(receipt.costs)
    if main is not None:
        parts.append(f"{mark_estimate(format_percent(main.share), main.estimated)} {main.words}")
    said = list(filter(None, parts))
    if ended or not said:
        return " · ".join([f"{ended or 'done in'} {took}", *said])
    return " · ".join([*said, took])


def dollars_words(receipt: Receipt) -> str:
    """`$0.05`, or that at least; empty where nothing was asked."""
    if receipt.dollars is None:
        return "price unknown" if receipt.unpriced else ""
    least = "at least " if receipt.unpriced else ""
    return least + format_dollars(receipt.dollars)


def tokens_words(receipt: Receipt) -> str:
    """`12k tokens`; empty where none were charged."""
    if not receipt.tokens:
        return ""
    return f"{mark_estimate(format_tokens(receipt.tokens), receipt.estimated)} tokens"


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

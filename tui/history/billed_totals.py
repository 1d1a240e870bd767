"""What past runs were billed for and charged, summed by kind and model."""

from collections.abc import Callable, Iterable

import msgspec

from tui.budget.billed_mix import ASSUMED_MIX, CLASSES, BilledMix
from tui.budget.dollars_to_tokens import MIN_CHARGED
from tui.budget.task_kinds import TaskKind


class BilledTotal(msgspec.Struct, frozen=True):
    """Sums over the runs of one kind on one model, in the tokens of that model."""

    kind: TaskKind
    model: str
    charged: int
    requests: int
    input: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    output: int


def billed_mix(
    totals: Iterable[BilledTotal], tokenizer: Callable[[str], float], kind: TaskKind
) -> BilledMix:
    """The mix of a kind; that of all runs where it has few, the assumed one where all are few.

    Args:
        totals: What the runs were billed for.
        tokenizer: Tokens of a model for one token of the common tokenizer.
        kind: The kind of task; "other" takes all.
    """
    every = list(totals)
    for chosen in ([each for each in every if each.kind == kind], every):
        if kind == "other" and chosen is not every:
            continue
        sums = {
            name: sum((_common(each, name, tokenizer) for each in chosen), 0.0)
            for name in ("charged", "requests", *CLASSES)
        }
        if sums["charged"] >= MIN_CHARGED and sums["requests"]:
            return BilledMix(**sums, is_assumed=False)
    return ASSUMED_MIX


def _common(total: BilledTotal, name: str, tokenizer: Callable[[str], float]) -> float:
    """One of its sums, in tokens of the common tokenizer; requests are what they are."""
    amount: int = getattr(total, name)
    return amount if name == "requests" else amount / tokenizer(total.model)

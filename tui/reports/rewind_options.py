"""What the list of `/rewind` says of each prompt: its cost, its files, and what came after it.

Prompts and paths are foreign text: they are cleaned on the way to the screen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePath

from tui.agent.restored_files import RestorePlan
from tui.number_format import (
    MINUS,
    count_with_noun,
    format_dollars,
    format_tokens,
    mark_estimate,
)
from tui.reports.receipt import files_words
from tui.session import events as ev
from tui.session.changed_files import ChangedFile, ChangedFileCounter
from tui.session.prompt_costs import PromptCosts
from tui.session.state import SessionState

MOST_NAMES = 4
"""Files that a row names."""
MOST_FILE_ROWS = 5
"""Files of which the second step has a row each."""


@dataclass(slots=True)
class PromptDone:
    """What one prompt took and changed."""

    tokens: int = 0
    dollars: Decimal | None = None
    files: tuple[ChangedFile, ...] = ()


@dataclass(slots=True)
class PromptsDone:
    """What each prompt of a session took and changed, by its number."""

    by_turn: dict[int, PromptDone] = field(default_factory=dict)

    def since(self, turn: int) -> list[PromptDone]:
        """The prompt and those after it."""
        return [done for number, done in self.by_turn.items() if number >= turn]

    def paths_since(self, turn: int) -> list[str]:
        """The files that changed since, each once. Foreign text."""
        every = (file.path for done in self.since(turn) for file in done.files)
        return list(dict.fromkeys(every))


def read_prompts(records: Iterable[ev.Record], state: SessionState) -> PromptsDone:
    """Work it out from the log of a session.

    Args:
        records: The log.
        state: The session.
    """
    records = list(records)
    costs, turn = PromptCosts(records), 0
    counters: dict[int, ChangedFileCounter] = {}
    for record in records:
        match record.event:
            case ev.PromptSubmitted(turn=turn) | ev.RequestStarted(turn=turn):
                counters.setdefault(turn, ChangedFileCounter())
            case (
                ev.ToolFinished(changes=changes)
                | ev.AgentFinished(changes=changes)
                | ev.AgentWorkDecided(changes=changes)
            ) if changes:
                counters.setdefault(turn, ChangedFileCounter()).add(changes)
            case _:
                pass
    return PromptsDone(
        {
            number: PromptDone(
                state.ledger.by_turn.get(number, 0), costs.dollars.get(number), counter.files()
            )
            for number, counter in counters.items()
        }
    )


def prompt_figures(done: PromptDone) -> str:
    """`$0.05 · 4 files +24 −2`: what the prompt cost, and what it changed."""
    dollars = "" if done.dollars is None else format_dollars(done.dollars)
    return " · ".join(filter(None, (dollars, files_words(done.files))))


def rewind_details(done: PromptsDone, turn: int, cache: str) -> tuple[tuple[str, str], ...]:
    """What going back to before a prompt takes out, the files since, and its price.

    Args:
        done: All prompts.
        turn: Number of the prompt.
        cache: What it costs of the prompt cache; empty where that is nothing.
    """
    since = done.since(turn)
    prices = [each.dollars for each in since if each.dollars is not None]
    out = (
        count_with_noun(len(since), "prompt"),
        f"{format_tokens(sum(each.tokens for each in since))} tokens",
        format_dollars(sum(prices, Decimal(0))) if prices else "",
    )
    return (
        ("takes out", f"{' · '.join(filter(None, out))}: they still count"),
        ("files since", _names(done.paths_since(turn)) or "none changed"),
        ("costs", cache or "nothing: the prompt cache has what stays"),
    )


def _names(paths: Sequence[str]) -> str:
    """Files by their names alone, where no two have the same."""
    bare = [PurePath(path).name for path in paths]
    names = [
        path if bare.count(name) > 1 else name or path
        for path, name in zip(paths, bare, strict=True)
    ]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def restore_words(plans: Sequence[RestorePlan]) -> str:
    """`3 files`, and how many cannot be restored."""
    stay = sum(bool(plan.problem) for plan in plans)
    words = count_with_noun(len(plans) - stay, "file")
    return f"{words}; {stay} cannot be restored" if stay else words


def restore_details(plans: Sequence[RestorePlan]) -> tuple[tuple[str, str], ...]:
    """The files one by one: what becomes of each, or why it stays as it is."""
    rows = [_restore_row(plan) for plan in plans]
    if len(rows) > MOST_FILE_ROWS:
        rows = [*rows[: MOST_FILE_ROWS - 1], ("", f"and {len(rows) - MOST_FILE_ROWS + 1} more")]
    return tuple(rows)


def _restore_row(plan: RestorePlan) -> tuple[str, str]:
    back = plan.back
    if plan.problem:
        return ("stays", f"{back.path}: {plan.problem}")
    if back.goes:
        return ("goes", f"{back.path}: it is new")
    exact = mark_estimate(f"+{back.removed:,} {MINUS}{back.added:,}", False)
    return ("restores", f"{back.path} {exact}")


def restored_sentence(changes: Sequence[ev.FileChange]) -> str:
    """`Restored 3 files: cart.py +1 −3, …`."""
    if not changes:
        return "No file was restored."
    return f"Restored {count_with_noun(len(changes), 'file')}: {_names([c.path for c in changes])}."

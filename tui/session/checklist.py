"""The checklist: subtasks with an identity, a title, a state and an estimate.

Updates merge by id and never replace the list wholesale, so one careless call of the
model cannot wipe what it planned. What a subtask *cost* is not here: the ledger knows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

SubtaskState = Literal["pending", "in_progress", "done", "skipped"]
"""`skipped` is work given up on purpose; it counts as closed, never as done."""


class Subtask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of the plan."""

    id: str
    title: str
    state: SubtaskState = "pending"
    estimate: int | None = None
    """Tokens the model expects this subtask to charge; None where it did not say."""

    @property
    def is_open(self) -> bool:
        """Whether there is work left in it."""
        return self.state in ("pending", "in_progress")


class SubtaskUpdate(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A change to one subtask; fields left None stay as they are."""

    id: str
    title: str | None = None
    state: SubtaskState | None = None
    estimate: int | None = None


Checklist = Mapping[str, Subtask]
"""Subtasks by id, in the order in which they were first named."""


def merge_updates(checklist: Checklist, updates: Iterable[SubtaskUpdate]) -> dict[str, Subtask]:
    """The checklist after `updates`; a new id without a title is named by its id."""
    merged = dict(checklist)
    for update in updates:
        known = merged.get(update.id) or Subtask(id=update.id, title=update.title or update.id)
        merged[update.id] = Subtask(
            id=update.id,
            title=known.title if update.title is None else update.title,
            state=known.state if update.state is None else update.state,
            estimate=known.estimate if update.estimate is None else update.estimate,
        )
    return merged


def current_subtask(checklist: Checklist) -> Subtask | None:
    """The subtask a request is charged to: the first one in progress."""
    return next((task for task in checklist.values() if task.state == "in_progress"), None)


class SubtaskCounts(NamedTuple):
    """How many subtasks are in each state; checklist, landing block and report count like this."""

    done: int = 0
    in_progress: int = 0
    pending: int = 0
    skipped: int = 0
    """Given up: no part of `total`."""

    @property
    def open(self) -> int:
        """Those that are still to be done."""
        return self.in_progress + self.pending

    @property
    def total(self) -> int:
        """Those that are done or still to be done."""
        return self.done + self.open


def count_subtasks(checklist: Checklist) -> SubtaskCounts:
    """How many subtasks are in each state."""
    found = Counter(task.state for task in checklist.values())
    return SubtaskCounts(found["done"], found["in_progress"], found["pending"], found["skipped"])

"""The plan: subtasks sized to the countdown, filed as a checklist, read back from it.

Fewer tokens left mean fewer subtasks. A client without a checklist gets the plan as a
list in Markdown, from which it is read back as well.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from tui.simulator.scripted_model.markdown_writing import code, rounded
from tui.simulator.scripted_model.message_history import (
    SUMMARY_HEADING,
    HistoryEntry,
    PromptEntry,
    ReplyEntry,
    SummaryEntry,
)
from tui.simulator.scripted_model.tool_actions import ChecklistAction, ToolAction

MOST = 40
"""Most files that are planned at once."""
MOST_UNASKED, SENSIBLE = 120, 250_000
"""Files and tokens that one prompt takes on where no budget says how far to go."""
FAIR_SHARE = 0.12
"""A budget that pays for less than this part of what one plan takes on is declined."""

_LISTED = re.compile(r"^\d+\. (`+) ?(.+?) ?\1 · ≈ ([\d.]+k?)\b", re.MULTILINE)
_SUMMED = re.compile(r"^- \[([ x~-])\] (`+) ?(.+?) ?\2 · ≈ ([\d.]+k?) · id ([\w-]+)", re.MULTILINE)
_AGREED = re.compile(r"^- ([^\s:]+): (.+) · ≈ ([\d,]+) tokens$", re.MULTILINE)
"""An item of a plan that the user agreed to, as clients name it."""
_STATES = {" ": "pending", "x": "done", "~": "in_progress", "-": "skipped"}
_MARKS = {state: mark for mark, state in _STATES.items()}
_IDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A subtask."""

    id: str
    title: str
    """For work on a file: its path."""
    estimate: int
    """Tokens."""
    state: str = "pending"

    @property
    def open(self) -> bool:
        """Whether it is neither done nor skipped."""
        return self.state in ("pending", "in_progress")


Plan = Mapping[str, PlannedTask]
"""Subtasks by id, in order."""


def reserve(total: int | None) -> int:
    """Tokens kept back for the report: 8 % of the budget, from 2k to 12k."""
    return 0 if total is None else min(12_000, max(2_000, total * 8 // 100))


def tasks_that_fit(tasks: Sequence[PlannedTask], room: int | None) -> list[PlannedTask]:
    """The first subtasks that fit into `room` tokens; all without a limit."""
    if room is None:
        return list(tasks)
    taken: list[PlannedTask] = []
    for task in tasks:
        room -= task.estimate
        if room < 0:
            break
        taken.append(task)
    return taken


def tasks_for(paths: Iterable[tuple[str, int]], known: Plan) -> list[PlannedTask]:
    """Subtasks for paths with their estimates.

    A path that is in the plan keeps its id; for the others ids go on where the plan ends.
    """
    ids = {task.title: task.id for task in known.values()}
    numbers = [int(i[4:]) for i in known if i.startswith("file") and i[4:].isdigit()]
    fresh = count(max(numbers, default=0) + 1)
    return [PlannedTask(ids.get(path) or f"file{next(fresh)}", path, cost) for path, cost in paths]


def plan_in_history(
    row: Iterable[HistoryEntry], acts: Iterable[ToolAction]
) -> dict[str, PlannedTask]:
    """The plan as the conversation has it: from summaries, lists and checklist calls."""
    plan: dict[str, PlannedTask] = {}
    for entry in row:
        if isinstance(entry, SummaryEntry) and SUMMARY_HEADING in entry.text:
            for mark, _, title, cost, name in _SUMMED.findall(entry.text):
                _put(plan, PlannedTask(name, title, _tokens(cost), _STATES[mark]))
        elif isinstance(entry, PromptEntry):
            for task in agreed_tasks(entry.text):
                plan[task.id] = task
        elif isinstance(entry, ReplyEntry) and SUMMARY_HEADING not in entry.text:
            for _, title, cost in _LISTED.findall(entry.text):
                _put(
                    plan,
                    PlannedTask(_IDS.sub("-", title.lower()).strip("-")[:40], title, _tokens(cost)),
                )
    for act in acts:
        if isinstance(act, ChecklistAction):
            _merge(plan, act.rows)
    return plan


def agreed_tasks(prompt: str) -> list[PlannedTask]:
    """The items that a prompt says the user agreed to."""
    found = _AGREED.findall(prompt) if "agreed plan" in prompt[:80] else []
    return [PlannedTask(id, title, int(cost.replace(",", ""))) for id, title, cost in found]


def updates(before: Plan, after: Iterable[PlannedTask]) -> ChecklistAction | None:
    """The checklist call that leads from one plan to the other, if anything differs."""
    rows = []
    for task in after:
        known = before.get(task.id)
        if known is None:
            row: dict[str, Any] = {"id": task.id, "title": task.title, "state": task.state}
            rows.append({**row, "estimate": task.estimate})
        elif known.state != task.state:
            rows.append({"id": task.id, "state": task.state})
    return ChecklistAction(tuple(rows)) if rows else None


def as_list(tasks: Iterable[PlannedTask]) -> str:
    """The plan in words, for clients without a checklist."""
    rows = [f"{n}. {code(t.title)} · ≈ {rounded(t.estimate)}" for n, t in enumerate(tasks, 1)]
    return "\n".join(rows)


def as_summary(plan: Plan) -> str:
    """The plan in words from which it can be read back, states included."""
    rows = [
        f"- [{_MARKS.get(t.state, ' ')}] {code(t.title)} · ≈ {rounded(t.estimate)} · id {t.id}"
        for t in plan.values()
    ]
    return "\n".join(rows)


def _put(plan: dict[str, PlannedTask], task: PlannedTask) -> None:
    same = next((t for t in plan.values() if t.title == task.title), None)
    name = same.id if same else task.id
    # Two titles may give the same id.
    name = f"{name}-{len(plan) + 1}" if same is None and name in plan else name
    plan[name] = replace(task, id=name)


def _merge(plan: dict[str, PlannedTask], rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        name = str(row.get("id", ""))
        title = str(row.get("title") or (plan[name].title if name in plan else name))
        known = plan.get(name, PlannedTask(name, title, 1000))
        estimate = row.get("estimate")
        cost = estimate if isinstance(estimate, int) else known.estimate
        plan[name] = PlannedTask(name, title, cost, str(row.get("state") or known.state))


def _tokens(text: str) -> int:
    return int(float(text[:-1]) * 1000) if text.endswith("k") else int(float(text))

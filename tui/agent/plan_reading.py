"""Reads a plan that a model, a file or an editor gives: what is only nearly right is understood.

Estimates come as numbers, as text ("about 5k", "3,000–5,000 tokens") or not at all; items come as
objects or as mere titles. What no meaning can be found for is no estimate, never a guess. A plan
that is refused is refused in one sentence.
"""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from msgspec import structs

from tui.session.filed_plan import FiledPlan, PlanItem

MAX_ITEMS = 200
"""Items of one plan."""
MAX_ESTIMATE = 100_000_000
"""Tokens of one item: more than any model's work on it."""
TITLE_CHARACTERS, ID_CHARACTERS, GOAL_CHARACTERS = 200, 40, 300
MAX_NAMES = 20
"""Files, and checks, of one item."""
_NUMBER = re.compile(r"(?<![\w.])(\d[\d,_ ]*\d|\d)(\.\d+)?\s*(k|m)?(?![a-z0-9.])", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?:^|\s)[-−]\s*\d")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


class PlanRefused(Exception):
    """Nothing can be made of a plan; the text is one sentence that says what to change."""


@dataclass(slots=True)
class ReadPlan:
    """A plan, and what was understood of it in other words than it used."""

    plan: FiledPlan
    remarks: list[str] = field(default_factory=list)


def read_plan(items: Any, goal: Any = "") -> ReadPlan:
    """The plan in what somebody gives as its items.

    Args:
        items: Objects with `title`, `estimate`, `id`, `files`, `checks`, or mere titles.
        goal: What all of it is for.

    Raises:
        PlanRefused: there is no item, or there are too many.
    """
    given = [each for each in items if each] if isinstance(items, list | tuple) else []
    if not given:
        raise PlanRefused("File at least one item, each with a title.")
    if len(given) > MAX_ITEMS:
        raise PlanRefused(
            f"A plan has at most {MAX_ITEMS} items, this one has {len(given):,}: "
            "join what belongs together."
        )
    remarks: list[str] = []
    found: dict[str, PlanItem] = {}
    for number, each in enumerate(given, 1):
        item = _read_item(each, number, remarks)
        if item.id in found:
            item = structs.replace(item, id=_free_id(item.id, found))
        found[item.id] = item
    plan = FiledPlan(items=tuple(found.values()), goal=_one_line(goal, GOAL_CHARACTERS))
    return ReadPlan(plan, remarks)


def read_estimate(value: Any) -> int | None:
    """Tokens that a value means; None where it means no number of tokens, or a negative one.

    Of a range it is the middle.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _whole(float(value))
    if not isinstance(value, str) or _NEGATIVE.search(value):
        return None
    found = [(match[1] + (match[2] or ""), (match[3] or "").lower()) for match in
             _NUMBER.finditer(value)]  # fmt: skip
    if not found or len(found) > 2:
        return None
    last_unit = found[-1][1]
    tokens = [
        float(re.sub(r"[,_ ]", "", number)) * _UNITS[unit or last_unit] for number, unit in found
    ]
    return _whole(sum(tokens) / len(tokens))


def _whole(tokens: float) -> int | None:
    if not math.isfinite(tokens) or not 0 < tokens <= MAX_ESTIMATE:
        return None
    return max(1, round(tokens))


def _read_item(given: Any, number: int, remarks: list[str]) -> PlanItem:
    fields = given if isinstance(given, dict) else {"title": given}
    files = _names(fields.get("files"))
    id = re.sub(r"\s+", "-", _one_line(fields.get("id"), ID_CHARACTERS))
    title = _one_line(fields.get("title"), TITLE_CHARACTERS)
    if not title:
        title = next(iter(files), "") or id or f"Item {number}"
        remarks.append(f"item {number} has no title: it is called {title!r}")
    told = fields.get("estimate")
    estimate = read_estimate(told)
    if told is not None and estimate is None:
        remarks.append(f"the estimate {_one_line(told, 40)!r} of {title!r} is no number of tokens")
    elif isinstance(told, str) and not told.strip().isdecimal():
        remarks.append(f"the estimate {_one_line(told, 40)!r} as {estimate:,} tokens")
    return PlanItem(
        id=id or f"item{number}",
        title=title,
        estimate=estimate,
        files=files,
        checks=_names(fields.get("checks")),
    )


def _free_id(id: str, taken: Collection[str]) -> str:
    """An id like this one that no item before has."""
    numbers = (f"{id}-{number}" for number in count(2))
    return next(each for each in numbers if each not in taken)


def _names(given: Any) -> tuple[str, ...]:
    names: Sequence[Any] = given if isinstance(given, list | tuple) else [given] if given else []
    lines = [_one_line(name, TITLE_CHARACTERS) for name in names[:MAX_NAMES]]
    return tuple(line for line in lines if line)


def _one_line(value: Any, limit: int) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    line = " ".join(str(value).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"

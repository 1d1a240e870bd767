"""Runs that go on in another file: what each file has of them, put together.

A session that is resumed, forked or handed over may go on in the middle of a run, in another
file. An extended or continued run is one: its spends add up, and its last end counts. What the
context had gained between two files is unknown, so its charge is an estimate.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from tui.history.task_run import FINISHED, HourUsage, TaskRun


class RunPart(NamedTuple):
    """What one file has of a run; mostly all of it."""

    path: str
    run: TaskRun


def followed_conditions(run: TaskRun) -> Iterator[tuple[str, list[object]]]:
    """What finds the run that another one goes on with, the surest first: SQL and its values."""
    link = run.follows
    if link is None:
        return
    if link.started:
        yield "started = ?", [link.started]
    if link.parent:
        yield "leaf = ?", [link.parent]
    if link.session and not link.started:
        # Where it names another row than the last one of a run, it may go on from a prompt that
        # has no answer there.
        unfinished = f" AND end != '{FINISHED}'" if link.parent else ""
        yield f"session = ? AND started <= ?{unfinished}", [link.session, run.started]


def whole_run(parts: Sequence[TaskRun]) -> TaskRun:
    """The whole of a run.

    Args:
        parts: What files have of it, in the order of their times; one or more.
    """
    first, last = parts[0], max(parts, key=lambda part: part.ended)
    prompted = [part for part in parts if part.follows is None or part.follows.started]
    tools: dict[str, int] = {}
    usage: dict[tuple[int, str], list[int]] = {}
    for part in parts:
        for name, count in part.tools.items():
            tools[name] = tools.get(name, 0) + count
        for used in part.usage:
            hour, model, *counts = msgspec.structs.astuple(used)
            before = usage.setdefault((hour, model), [0] * len(counts))
            before[:] = map(sum, zip(before, counts, strict=True))
    return msgspec.structs.replace(
        first,
        ended=last.ended,
        # The part that saw the most of it: it has the files of those before.
        kind=(prompted or parts)[-1].kind,
        model=last.model or first.model,
        end=last.end,
        spend=sum(part.spend for part in parts),
        requests=sum(part.requests for part in parts),
        tools=tools,
        is_estimated=True,
        low_output=any(part.low_output for part in parts),
        usage=tuple(HourUsage(*key, *counts) for key, counts in usage.items()),
        leaf=last.leaf,
        follows=None if first.follows is None or len(parts) > 1 else first.follows,
    )

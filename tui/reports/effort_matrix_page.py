"""Effort and budget together, in words and as JSON."""

from collections.abc import Iterator, Sequence

from tui.budget.budget_advice import POLICIES
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.history.effort_matrix import STARTING_POINTS, EffortMatrix, MatrixCell, StartingPoint
from tui.number_format import format_dollars
from tui.reports.same_work_page import mix_json, mix_lines

MATRIX_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
_HEAD = f"{'effort':<6} {'tokens':>11} {'cost':>8} {'finished':>9} {'min':>5}  rests on"


def matrix_page(matrix: EffortMatrix, model: str, kinds: Sequence[TaskKind]) -> Iterator[str]:
    """The whole page: a table for each kind, where to start, what dollars rest on.

    Args:
        matrix: The cells.
        model: The model's name.
        kinds: Those of the matrix, in order.
    """
    yield f"Effort and budget · {model}"
    for kind in kinds:
        yield ""
        yield kind + (" (the runs of all kinds)" if kind == "other" else "")
        yield from kind_lines(matrix, kind)
    yield ""
    yield from starting_lines(matrix, kinds)
    yield ""
    yield from note_lines()
    yield from mix_lines(matrix.mix)


def kind_lines(matrix: EffortMatrix, kind: TaskKind) -> Iterator[str]:
    """The table of one kind: a line for each effort, with charged tokens."""
    yield _HEAD
    for cell in matrix.cells:
        if cell.kind == kind:
            yield _cell_line(cell)


def starting_lines(matrix: EffortMatrix, kinds: Sequence[TaskKind]) -> Iterator[str]:
    """The published combinations; with one kind, the budget that each comes to.

    Args:
        matrix: The cells.
        kinds: Those that are shown.
    """
    yield "A starting point, published in September 2026:"
    for point in STARTING_POINTS:
        words = f"  {point.work:<19} {point.effort:<5} {_policy_words(point):<8} "
        if len(kinds) == 1:
            words += _budget_words(matrix, point, kinds[0])
        yield words.rstrip()
    if len(kinds) > 1:
        yield "--kind KIND shows the budget that each comes to."


def note_lines() -> Iterator[str]:
    """What the columns say."""
    yield "tokens, cost: half of the tasks stay under; charged tokens."
    yield "finished, min: of runs at this very effort; nothing is assumed."
    yield "scaled: runs at other efforts × the ratio of efforts."
    yield "published, assumed: no runs of this kind; its range × that."


def matrix_json(matrix: EffortMatrix, model: str, kinds: Sequence[TaskKind]) -> dict[str, object]:
    """The matrix as one JSON object; tokens are whole numbers, null is unknown.

    Args:
        matrix: The cells.
        model: The model's id.
        kinds: Those of the matrix, in order.
    """
    return {
        "type": "effort_matrix",
        "version": MATRIX_VERSION,
        "model": model,
        "mix": mix_json(matrix.mix),
        "cells": [_cell_json(cell) for cell in matrix.cells],
        "starting_points": [
            {
                "work": point.work,
                "effort": point.effort,
                "policy": point.policy,
                "budgets": {
                    kind: advice.budget
                    for kind in kinds
                    if (advice := matrix.starting_budget(point, kind)) is not None
                },
            }
            for point in STARTING_POINTS
        ],
    }


def _cell_line(cell: MatrixCell) -> str:
    cost = "–" if cell.dollars is None else f"≈ {format_dollars(cell.dollars)}"
    finished = f"{cell.finished} of {cell.counted}" if cell.counted else "–"
    minutes = "–" if cell.minutes is None else _minutes(cell.minutes)
    tokens = f"≈ {cell.median:,.0f}"
    return (
        f"{cell.effort:<6} {tokens:>11} {cost:>8} {finished:>9} {minutes:>5}  {_basis_words(cell)}"
    )


def _basis_words(cell: MatrixCell) -> str:
    runs = len(cell.distribution.runs)
    if not runs:
        return f"{_origin(cell)} × {cell.default_factor:.2f}"
    words = f"{runs:,} run{'' if runs == 1 else 's'}"
    return words + (f", {cell.rescaled:,} scaled" if cell.rescaled else "")


def _origin(cell: MatrixCell) -> str:
    if cell.distribution.runs:
        return "runs"
    return "published" if TYPICAL[cell.kind].is_published else "assumed"


def _minutes(minutes: float) -> str:
    return "<1" if minutes < 1 else f"{minutes:,.0f}"


def _policy_words(point: StartingPoint) -> str:
    if point.policy == "generous":
        return "generous"
    return f"p{POLICIES[point.policy] * 100:.0f}"


def _budget_words(matrix: EffortMatrix, point: StartingPoint, kind: TaskKind) -> str:
    advice = matrix.starting_budget(point, kind)
    if advice is None:
        return "this model has no such effort"
    source = f"{advice.runs:,} run{'' if advice.runs == 1 else 's'}" if advice.runs else "no runs"
    return f"{advice.budget:,} tokens ({source})"


def _cell_json(cell: MatrixCell) -> dict[str, object]:
    return {
        "kind": cell.kind,
        "effort": cell.effort,
        "spend_p50": round(cell.median),
        "runs": len(cell.distribution.runs),
        "rescaled": cell.rescaled,
        "from": _origin(cell),
        "default_factor": None if cell.distribution.runs else round(cell.default_factor, 4),
        "dollars": None if cell.dollars is None else f"{cell.dollars:.4f}",
        "counted": cell.counted,
        "finished": cell.finished,
        "completion": None if cell.completion is None else round(cell.completion, 4),
        "minutes": None if cell.minutes is None else round(cell.minutes, 2),
    }

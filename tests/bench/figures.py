"""Figures: what was measured, round by round, beside what it is compared with.

A figure is a ratio of two costs from the same round, so that a slow or busy machine slows
both. What has nothing to be compared with stands for itself. The middle of all rounds
counts, and the spread says how much it is worth.
"""

import json
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BASELINE = Path(__file__).resolve().with_name("baseline.json")
SLACK = 1.2
"""A figure is worse than its baseline when even its best round is this much above it."""


@dataclass(frozen=True)
class Figure:
    """One thing that was measured."""

    name: str
    unit: str
    """Of one round: `s`, `ms`, `MB`, `%`."""
    ours: Sequence[float]
    """One value a round."""
    theirs: Sequence[float] = ()
    """What each is compared with, in the same unit; empty where nothing is."""
    goal: float | None = None
    """The most it should be."""
    beside: str = "bare"
    """What it is compared with."""

    @property
    def values(self) -> list[float]:
        """Ratios, or the values themselves where there is nothing to compare them with."""
        if not self.theirs:
            return list(self.ours)
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def middle(self) -> float:
        """The median round."""
        return statistics.median(self.values)

    def verdict(self, before: float | None) -> str:
        """What is wrong with it; empty if nothing is."""
        found = []
        if self.goal is not None and self.middle > self.goal:
            found.append("misses its goal")
        if before is not None and min(self.values) > before * SLACK:
            found.append("was better")
        return ", ".join(found)


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of `values` are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else 0.0


def rounds(count: int, *cases: Callable[[], Mapping[str, float]]) -> list[dict[str, list[float]]]:
    """Run the cases in turn, `count` times over; for each the values of its rounds, by name.

    Which one goes first changes from round to round, and nobody pays for a cold cache: an
    extra round before is thrown away.
    """
    found: list[dict[str, list[float]]] = [{} for _ in cases]
    for number in range(count + 1):
        order = range(len(cases)) if number % 2 else reversed(range(len(cases)))
        for at in order:
            for name, value in cases[at]().items():
                if number:
                    found[at].setdefault(name, []).append(value)
    return found


def read_baseline() -> dict[str, float]:
    """The committed figures, by name."""
    if not BASELINE.exists():
        return {}
    rows: dict[str, dict[str, float]] = json.loads(BASELINE.read_text())
    return {name: row["middle"] for name, row in rows.items()}


def write_baseline(figures: Iterable[Figure]) -> None:
    """Put figures into the committed baseline; what was not measured stays."""
    rows = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    for figure in figures:
        low, high = min(figure.values), max(figure.values)
        values = {"middle": figure.middle, "least": low, "most": high}
        rows[figure.name] = {key: round(value, 3) for key, value in values.items()}
    BASELINE.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


HEAD = ("figure", "ours", "", "beside", "ratio", "spread", "goal", "before", "")


def show(figures: Iterable[Figure], baseline: Mapping[str, float] | None = None) -> bool:
    """Print one table, a row as soon as it is known; whether all is well."""
    before = read_baseline() if baseline is None else baseline
    well = True
    print(_row(HEAD), flush=True)
    for figure in figures:
        said = figure.verdict(before.get(figure.name))
        well = well and not said
        print(_row(tuple(_cells(figure, before.get(figure.name), said))), flush=True)
    return well


def _cells(figure: Figure, before: float | None, said: str) -> Iterator[str]:
    values = figure.values
    theirs = f"{number(statistics.median(figure.theirs))} {figure.beside}" if figure.theirs else ""
    yield figure.name
    yield number(statistics.median(figure.ours))
    yield figure.unit
    yield theirs
    yield f"{number(figure.middle)}×" if figure.theirs else ""
    yield f"{number(min(values))}–{number(max(values))}"
    yield "" if figure.goal is None else f"≤ {number(figure.goal)}"
    yield "" if before is None else number(before)
    yield said


def number(value: float) -> str:
    """A figure with as many digits as it deserves."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    return f"{value:.{digits}f}"


_WIDTHS = (42, 7, 3, 14, 7, 13, 8, 7, 0)


def _row(cells: Sequence[str]) -> str:
    left = (0, 2, 3, 8)
    parts = [
        cell.ljust(width) if at in left else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    ]
    return " ".join(parts).rstrip()

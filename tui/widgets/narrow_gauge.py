"""The gauge for terminals without a sidebar: what is left in one row, the work in another.

The bar comes first and has one length for a width, so that figures which change do not move it.
What is left stays longest; what this turn cost goes first. Each figure carries its name, for a
click or the mark on it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content
from textual.style import Style

from tui.budget.meters import BudgetMeter, DollarMeter, Meters
from tui.number_format import MINUS, format_tokens, mark_estimate
from tui.reports.budget_words import fit_words, subtask_count_words
from tui.session.checklist import SubtaskCounts
from tui.widgets.budget_bar import bar, dollar_bar
from tui.widgets.budget_text import (
    attentions,
    dollars_left_parts,
    joined,
    left_parts,
    no_budget_words,
    paid_parts,
    stage_word,
)
from tui.widgets.figure_rows import Figure, clickable_figure
from tui.widgets.line_widget import MUTED, first_fitting, flatten

_MOST_BAR, _LEAST_BAR = 24, 8
_BAR_SHARE = 4
"""The bar has the fourth part of the width."""
_TITLE_CELLS = 30
"""Cells of the title of the subtask at work."""


class NarrowWork(NamedTuple):
    """The plan and the effort, as the second row says them."""

    counts: SubtaskCounts = SubtaskCounts()
    title: str = ""
    """Of the subtask at work; foreign text."""
    figures: str = ""
    """What that one used and is expected to use."""
    effort: str = ""


NO_WORK = NarrowWork()


def narrow_line(meters: Meters, width: int, marked: Figure | None = None) -> Content:
    """What is left of what, whether the rest fits, and the price; gives up the least first.

    Args:
        meters: The figures.
        width: Cells there are.
        marked: The figure that Enter opens.
    """
    filled, first = _gauge(meters, width, marked)
    ways = [joined(*first, *tail) for tail in _tails(meters, marked)]
    if filled is not None:
        with_bar = (Content.assemble(filled, " ", way) for way in ways)
        fitting = next((way for way in with_bar if way.cell_length <= width), None)
        if fitting is not None:
            return fitting
    return first_fitting(width, *ways, *_shorter(meters, first[0], marked))


def _gauge(
    meters: Meters, width: int, marked: Figure | None
) -> tuple[Content | None, list[Content]]:
    """The bar, if there is one, and what is left."""
    cells = min(_MOST_BAR, max(_LEAST_BAR, width // _BAR_SHARE))
    if meters.dollars is not None:
        figure, of = dollars_left_parts(meters.dollars)
        left = clickable_figure(Content.assemble(figure, of), "billed", marked)
        filled = clickable_figure(dollar_bar(meters.dollars, cells), "billed")
        return filled, [left, _stage(meters.dollars)]
    if meters.budget is None:
        return None, [clickable_figure(no_budget_words(meters), "budget", marked)]
    figure, of = left_parts(meters.budget)
    left = clickable_figure(Content.assemble(figure, of), "budget", marked)
    return clickable_figure(bar(meters.budget, cells), "budget"), [left, _stage(meters.budget)]


def _tails(meters: Meters, marked: Figure | None) -> Iterator[list[Content]]:
    """What may follow what is left, most first: whether the rest fits goes last."""
    paid = []
    if meters.dollars is None:
        paid = [
            clickable_figure(part.stylize(MUTED), "billed", None if at else marked)
            for at, part in enumerate(paid_parts(meters))
        ]
    words = (_fit(meters, marked, short=short) for short in (False, True))
    fits = [[each] for each in words if each]
    for fits_or_not in fits or [[]]:
        yield [*fits_or_not, *paid]
        yield [*fits_or_not, *paid[:1]]
    yield from fits
    yield []


def _fit(meters: Meters, marked: Figure | None, *, short: bool = False) -> Content:
    """Whether the rest fits; `short`: in as few words as can be."""
    words = fit_words(meters.forecast, meters.fit)
    if short:
        words = words.removeprefix("the plan ").partition(":")[0].removesuffix(" of the plan")
        words = words.removesuffix(" if the plan fits")
    missing = meters.fit is not None and meters.fit.verdict == "short"
    line = Content.styled(words, "$warning" if missing else MUTED)
    return clickable_figure(line, "subtasks", marked) if words else line


def _shorter(meters: Meters, left: Content, marked: Figure | None) -> Iterator[Content]:
    """What is left, in as few cells as can be: half a figure reads as another one."""
    yield left
    budget = meters.budget
    if budget is None:
        return
    yield clickable_figure(left_parts(budget)[0], "budget", marked)
    figure = mark_estimate(format_tokens(abs(budget.left)), budget.estimated)
    line = Content.styled(f"{MINUS if budget.left < 0 else ''}{figure}", "bold")
    yield clickable_figure(line, "budget", marked)


def narrow_work_line(
    meters: Meters, work: NarrowWork, now: float, width: int, marked: Figure | None = None
) -> Content | None:
    """`context 62 % used · 4 of 20 done · ▶ cart.py 339 of ≈ 1.2k · effort med`.

    None while there is no plan and nothing needs attention.

    Args:
        meters: The figures.
        work: The plan and the effort.
        now: Seconds since the Unix epoch.
        width: Cells there are.
        marked: The figure that Enter opens.
    """
    parts = [
        clickable_figure(joined(*filter(None, (each.words, each.price))), each.figure, marked)
        for each in attentions(meters, now)
    ]
    counted = subtask_count_words(work.counts)
    if counted:
        parts.append(clickable_figure(Content.styled(counted, MUTED), "subtasks", marked))
    if work.title and counted:
        name = Content.styled(flatten(work.title, _TITLE_CELLS + 1), "bold")
        at_work = Content.assemble(
            ("▶ ", "$accent"),
            name.truncate(_TITLE_CELLS, ellipsis=True),
            (f" {work.figures}".rstrip(), MUTED),
        )
        parts.append(clickable_figure(at_work, "subtasks"))
    if not parts:
        return None
    effort = [Content.styled(f"effort {work.effort}", MUTED)] if work.effort else []
    ways = (joined(*parts, *effort), *(joined(*parts[:kept]) for kept in range(len(parts), 0, -1)))
    return first_fitting(width, *ways)


def _stage(meter: BudgetMeter | DollarMeter) -> Content:
    return stage_word(meter.stage)


def narrow_figures(line: Content) -> list[Figure]:
    """The figures on the line, from left to right."""
    spans = sorted(line.spans, key=lambda span: span.start)
    metas = (span.style.meta for span in spans if isinstance(span.style, Style))
    return list(dict.fromkeys(meta["figure"] for meta in metas if "figure" in meta))

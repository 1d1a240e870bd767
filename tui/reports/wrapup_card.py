"""The wrap-up report as a card of the transcript: how far the work is and what to do next.

A pure function; texts of the report are foreign and go into the card as they are, but on
one line each. They are cleaned on the way to the screen.
"""

from collections.abc import Iterable
from typing import Literal

from tui.budget.forecast import Forecast
from tui.number_format import count_with_noun, format_tokens
from tui.reports.key_labels import KeyLabels, default_key_labels, key_prefix
from tui.reports.transcript_items import CardAction, CardFact, CardItem
from tui.session.wrapup import WrapUp

ACTIONS = (
    CardAction("report.continue", "continue"),
    CardAction("budget.extend", "extend"),
    CardAction("report.copy", "copy"),
    CardAction("report.handoff", "handoff"),
    CardAction("report.restart", "new session"),
)
"""What the card offers; ids are command ids, and keys are added as they are bound."""

FINISHED_ACTIONS = tuple(
    action for action in ACTIONS if action.id not in ("report.continue", "budget.extend")
)
"""What is offered when nothing is left to do."""

_MAX_NAMED = 4
"""How many things are named before the rest is only counted."""


def wrapup_card(
    key: str,
    report: WrapUp,
    *,
    by: Literal["model", "client"] = "model",
    ahead: Forecast | None = None,
    state: str = "",
    labels: KeyLabels = default_key_labels,
) -> CardItem:
    """The card for `report`.

    Args:
        key: Key of the transcript item.
        report: The report as filed.
        by: Who filed it; one written by the program says so.
        ahead: What the rest of the work will take by the program's figure; without one the
            estimate of the report takes its place.
        state: How the turn ended and what it used: `interrupted · 2k used`.
        labels: The keys that the actions have.
    """
    title = "Wrap-up" if by == "model" else "Wrap-up · written by the program"
    rest = report.estimate_to_finish if ahead is None else ahead.to_finish
    step = _flat(report.next_step)  # without subtasks the headline says it
    next_fact = [CardFact("next", step)] if report.total and step else []
    facts = [*next_fact, *_work(report), *_list("files", report.files), *_checks(report)]
    head = _headline(report, _rest_words(rest, ahead), state, ahead)
    lines: list[str | CardFact] = [head, *([""] if facts else []), *facts]
    actions = ACTIONS if is_work_left(report, rest) else FINISHED_ACTIONS
    reach = key_prefix(labels("transcript.focus")).strip()
    return CardItem(
        key,
        title,
        tuple(lines),
        tuple(each._replace(key=key_prefix(labels(each.id)).strip()) for each in actions),
        f"{reach} then a key" if reach else "",
    )


def is_work_left(report: WrapUp, rest: int | None) -> bool:
    """Whether there is something to go on with; a last word such as "nothing" is none."""
    if report.in_progress or report.not_started:
        return True
    return bool(report.next_step.strip()) and rest != 0


def _headline(report: WrapUp, rest: str, state: str, ahead: Forecast | None) -> str:
    """`28 of 35 subtasks complete · ≈ 8k tokens to finish`; without subtasks the state.

    What no plan has is no subtask: it would make another total than that of the checklist.

    Args:
        report: As filed.
        rest: What finishing takes, in words; empty where nothing tells.
        state: How the turn ended and what it used.
        ahead: The program's outlook.
    """
    if report.total:
        done = f"{len(report.done)} of {count_with_noun(report.total, 'subtask')} complete"
        if ahead is not None and ahead.unplanned:
            done = f"{count_with_noun(len(report.done), 'subtask')} complete"
        return " · ".join(filter(None, (done, rest)))
    step = _flat(report.next_step)
    words = (state, rest, f"next: {step}" if step else "")
    return " · ".join(filter(None, words)) or "no plan and no report"


def _rest_words(rest: int | None, ahead: Forecast | None) -> str:
    """What finishing takes; a figure that only the model gave is called the model's."""
    if rest is None:
        return ""
    if not rest:
        return "nothing left to do"
    words = f"≈ {format_tokens(rest)} tokens to finish"
    return f"the model says {words}" if ahead and ahead.unplanned == rest else words


def _work(report: WrapUp) -> Iterable[CardFact]:
    yield from _list("in progress", report.in_progress)
    yield from _list("not started", report.not_started)


def _checks(report: WrapUp) -> Iterable[CardFact]:
    """Each on a line of its own: results are sentences."""
    for at, text in enumerate(report.checks):
        yield CardFact("" if at else "checks", _flat(text))


def _list(label: str, texts: tuple[str, ...]) -> Iterable[CardFact]:
    """`first, second, …` behind the label, the first few by name."""
    if not texts:
        return
    named = ", ".join(_flat(text) for text in texts[:_MAX_NAMED])
    more = f" and {len(texts) - _MAX_NAMED} more" if len(texts) > _MAX_NAMED else ""
    yield CardFact(label, f"{named}{more}")


def _flat(text: str) -> str:
    """The words of `text` on one line."""
    return " ".join(text.split())

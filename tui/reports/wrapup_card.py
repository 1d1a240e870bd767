"""The wrap-up report as a card of the transcript: how far the work is and what to do next.

A pure function; texts of the report are foreign and go into the card as they are, but on
one line each. They are cleaned on the way to the screen.
"""

from collections.abc import Iterable
from typing import Literal

from tui.reports.budget_words import rest_words, subtask_count_words
from tui.reports.key_labels import KeyLabels, default_key_labels, key_prefix
from tui.reports.transcript_items import CardAction, CardFact, CardItem
from tui.session.checklist import SubtaskCounts
from tui.session.plan_progress import PlanOutlook
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
    outlook: PlanOutlook | None = None,
    state: str = "",
    labels: KeyLabels = default_key_labels,
) -> CardItem:
    """The card for `report`.

    Args:
        key: Key of the transcript item.
        report: The report as filed.
        by: Who filed it; one written by the program says so.
        outlook: How far the plan is and what the rest of it takes, by the program's own count:
            the report may count and estimate in another way.
        state: How the turn ended and what it used: `interrupted · 2k used`.
        labels: The keys that the actions have.
    """
    title = "Wrap-up" if by == "model" else "Wrap-up · written by the program"
    if outlook is None or not any(outlook.counts):
        outlook = PlanOutlook(_counts(report), outlook.forecast if outlook else None)
    ahead = outlook.forecast
    rest = report.estimate_to_finish if ahead is None else ahead.to_finish
    step = _flat(report.next_step)  # without subtasks the headline says it
    next_fact = [CardFact("next", step)] if any(outlook.counts) and step else []
    facts = [*next_fact, *_work(report), *_list("files", report.files), *_checks(report)]
    head = _headline(outlook, state, step)
    lines: list[str | CardFact] = [head, *([""] if facts else []), *facts]
    actions = ACTIONS if outlook.counts.open or is_work_left(report, rest) else FINISHED_ACTIONS
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


def _counts(report: WrapUp) -> SubtaskCounts:
    """What a report names, counted, where no plan tells better."""
    return SubtaskCounts(len(report.done), len(report.in_progress), len(report.not_started))


def _headline(outlook: PlanOutlook, state: str, step: str) -> str:
    """`28 of 35 done · ≈ 8k tokens to finish`; without subtasks the state.

    Args:
        outlook: How far the plan is.
        state: How the turn ended and what it used.
        step: What is next; where there are subtasks a fact says it.
    """
    counted, rest = subtask_count_words(outlook.counts), rest_words(outlook.forecast)
    if counted:
        return " · ".join(filter(None, (counted, rest)))
    words = (state, rest, f"next: {step}" if step else "")
    return " · ".join(filter(None, words)) or "no plan and no report"


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

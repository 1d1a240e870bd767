"""Stages and reached limits in words: the same sentences on the screen and without one."""

from tui.number_format import format_dollars, format_tokens
from tui.sanitize import clean_line
from tui.session import events as ev
from tui.session.plan_quotes import QuoteBill

STAGE_WORDS: dict[str, str] = {
    "descent": "Descent: the model should narrow its work",
    "approach": "Approach: the model should finish what it has begun",
    "landing": "Landing: only the reserve for the wrap-up report is left",
    "overrun": "Overrun: more than the budget is used",
}
"""What a stage means, by its name."""

TOLD_TO_LAND = (
    "Landing: the program told the model to start no new work and to write its wrap-up report."
)


def stage_sentence(event: ev.StageCrossed) -> str:
    """That the budget entered a stage, and how much of it is used."""
    words = STAGE_WORDS.get(event.stage, event.stage.capitalize())
    share = round(100 * event.charged / event.grant) if event.grant else 0
    return f"{words}. {share} % of the budget is used."


ALLOWED_WORDS: dict[ev.PermissionScope, str] = {
    "once": "Allowed once",
    "session": "Allowed for this session",
    "team": "Allowed for the team",
    "project": "Allowed in this project",
    "no": "Denied",
}
"""What an answer to a permission question does."""


def outside_sentence(event: ev.PermissionAnswered) -> str:
    """What was answered from another process, and from where."""
    return f"{ALLOWED_WORDS[event.answer]}: answered from {clean_line(event.source, 100)}."


def open_quote_sentence(bill: QuoteBill | None) -> str:
    """What the open items of an agreed plan were quoted, as a sentence; empty where none is."""
    if bill is None or not bill.open_items or not bill.quote.quoted:
        return ""
    count, rest = len(bill.open_items), bill.open_quoted
    dollars = ""
    if bill.quote.dollars is not None:
        dollars = f" ({format_dollars(bill.quote.dollars * rest / bill.quote.quoted)})"
    items = "1 item is" if count == 1 else f"{count} items are"
    words = f"≈ {format_tokens(rest)} of the quoted tokens{dollars}"
    return f"Of the agreed plan {items} open: {words} are left for that."


def answer_sentence(event: ev.LimitAnswered) -> str:
    """How it goes on after a limit, and from where that was said."""
    source = f" Answered from {clean_line(event.source, 100)}." if event.source else ""
    return _answer_words(event) + source


def _answer_words(event: ev.LimitAnswered) -> str:
    match event.answer:
        case "finish":
            return "Finishing with a report."
        case "extend":
            return "Going on."
        case "pause":
            return "Paused: nobody answered." if event.silent else "Paused."
        case "stop":
            return "Stopped."

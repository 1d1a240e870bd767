"""What a list of sessions says of each: how much it took, and where it stopped.

All of it is foreign text beside figures: it is cleaned on the way to the screen.
"""

from collections.abc import Iterator
from datetime import datetime

from tui.number_format import count_with_noun, format_dollars, format_tokens, mark_estimate
from tui.reports.landing_block import LANDED_WORDS
from tui.session.session_summary import SessionSummary

_OTHER_WORDS = {"": "not finished", "completed": "finished"}
"""How a session ended, where a landing block has no word for it."""


def session_figures(row: SessionSummary, now: datetime) -> str:
    """`01 Dec 03:41 · 4 turns · 15k used · $0.38`.

    Args:
        row: The session.
        now: The present time: of another year the year is shown.
    """
    dollars = "" if row.dollars is None else format_dollars(row.dollars)
    parts = (
        _when(row.updated, now),
        count_with_noun(row.turns, "turn"),
        f"{format_tokens(row.charged)} used",
        dollars,
    )
    return " · ".join(filter(None, parts))


def session_details(row: SessionSummary) -> tuple[tuple[str, str], ...]:
    """Its last prompt, where it stopped, and what it worked on: always three headings."""
    return (
        ("last prompt", row.last_prompt or row.prompt or "–"),
        ("stopped", " · ".join(_stopped(row))),
        ("worked on", " · ".join(_worked_on(row))),
    )


def _stopped(row: SessionSummary) -> Iterator[str]:
    yield _OTHER_WORDS.get(row.end) or _ended(row.end)
    if row.subtasks:
        yield f"{row.subtasks_done} of {row.subtasks} done"
    if row.budget is not None:
        used = mark_estimate(format_tokens(row.budget_used), bool(row.budget_estimated))
        yield f"{used} used of {format_tokens(row.budget)}"
    if row.next_subtask:
        yield f"next: {row.next_subtask}"


def _ended(reason: str) -> str:
    words = {str(end): said for end, said in LANDED_WORDS.items()}.get(reason, reason)
    return words[:1].lower() + words[1:]


def _worked_on(row: SessionSummary) -> Iterator[str]:
    if not row.files:
        yield "no file changed"
    elif row.files == 1:
        yield row.last_file
    else:
        yield f"{row.files} files changed, last {row.last_file}"
    yield " ".join(filter(None, (row.model.removeprefix("claude-"), row.effort)))


def _when(at: float, now: datetime) -> str:
    """The day, with the time for this year's and the year for others."""
    then = datetime.fromtimestamp(at).astimezone()
    return then.strftime("%d %b %H:%M" if then.year == now.year else "%d %b  %Y")

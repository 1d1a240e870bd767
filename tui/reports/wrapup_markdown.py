"""The wrap-up report as Markdown: for the clipboard, a file, or the next session."""

from collections.abc import Iterable

from tui.budget.forecast import Forecast
from tui.number_format import format_tokens
from tui.reports.export_files import redact_line
from tui.sanitize import clean_line
from tui.session.events import WrappedUp
from tui.session.fallback_report import session_forecast
from tui.session.state import SessionState


def report_markdown(state: SessionState) -> str | None:
    """The newest wrap-up report of the session as a page; None when there is none."""
    if not state.wrap_ups:
        return None
    filed = state.wrap_ups[-1]
    parts = [f"# Handoff: {session_title(state)}", *report_parts(state, filed)]
    parts.append(f"Session {state.session}, {format_tokens(state.ledger.charged)} tokens used.")
    return "\n\n".join(parts) + "\n"


def session_title(state: SessionState) -> str:
    """What a session is about: its name, or how it began."""
    first = next(iter(state.prompts), "").strip().partition("\n")[0]
    return clean_line(redact_line(state.name or first), 80) or "work"


def report_parts(state: SessionState, filed: WrappedUp, level: int = 2) -> list[str]:
    """The newest report as Markdown, part by part; one put together by the program says so.

    Args:
        state: The session; what is left to do is its figure as it is now.
        filed: The report. Every text in it is foreign.
        level: Of its headings.
    """
    report, heading = filed.report, "#" * level
    parts = []
    if filed.by == "client":
        parts.append("Written by the program: the model filed no report.")
    parts += _part(heading, "Done", report.done)
    parts += _part(heading, "In progress", report.in_progress)
    parts += _part(heading, "Not started", report.not_started)
    parts += _part(heading, "Files touched", report.files)
    parts += _part(heading, "Checks run", report.checks)
    parts += _to_finish(session_forecast(state), filed)
    if report.next_step:
        parts.append(f"Next step: {redact_line(report.next_step)}")
    return parts


def _to_finish(ahead: Forecast | None, filed: WrappedUp) -> list[str]:
    """What the rest takes: the program's figure, or else the model's, named as its own."""
    if ahead is not None and ahead.to_finish is not None:
        more = " The model knows of more work than the plan." if ahead.beyond_plan else ""
        return [f"Estimate to finish: ≈ {format_tokens(ahead.to_finish)} tokens.{more}"]
    said = filed.report.estimate_to_finish if filed.by == "model" else None
    early = [] if ahead is None else ["It is too early to say what the rest takes."]
    if said:
        early.append(f"The model's own estimate is ≈ {format_tokens(said)} tokens.")
    return [" ".join(early)] if early else []


def _part(heading: str, title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {redact_line(text)}" for text in texts]
    return [f"{heading} {title}\n\n" + "\n".join(lines)] if lines else []

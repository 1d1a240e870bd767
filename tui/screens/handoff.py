"""The wrap-up report as Markdown: for the clipboard, a file, or the next session."""

from collections.abc import Iterable
from typing import Literal

from tui.screens.paper import flat
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp
from tui.widgets.numbers import tokens


def handoff(state: SessionState) -> str | None:
    """The newest wrap-up report of the session as a page; None when there is none."""
    if not state.wrap_ups:
        return None
    filed = state.wrap_ups[-1]
    parts = [f"# Handoff: {title(state)}", *report_parts(filed.report, filed.by)]
    parts.append(f"Session {state.session}, {tokens(state.ledger.charged)} tokens used.")
    return "\n\n".join(parts) + "\n"


def title(state: SessionState) -> str:
    """What a session is about: its name, or how it began."""
    first = next(iter(state.prompts), "").strip().partition("\n")[0]
    return flat(state.name or first)[:80] or "work"


def report_parts(report: WrapUp, by: Literal["model", "client"], level: int = 2) -> list[str]:
    """A report as Markdown, part by part; one put together by the program says so.

    Args:
        report: The report. Every text in it is foreign.
        by: Who filed it.
        level: Of its headings.
    """
    heading = "#" * level
    parts = []
    if by == "client":
        parts.append("Put together by the program: the model filed no report.")
    parts += _part(heading, "Done", report.done)
    parts += _part(heading, "In progress", report.in_progress)
    parts += _part(heading, "Not started", report.not_started)
    parts += _part(heading, "Files touched", report.files)
    parts += _part(heading, "Checks run", report.checks)
    if report.estimate_to_finish is not None:
        parts.append(f"Estimate to finish: ≈ {tokens(report.estimate_to_finish)} tokens.")
    if report.next_step:
        parts.append(f"Next step: {flat(report.next_step)}")
    return parts


def _part(heading: str, title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {flat(text)}" for text in texts]
    return [f"{heading} {title}\n\n" + "\n".join(lines)] if lines else []

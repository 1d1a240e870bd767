"""The wrap-up report as Markdown: for the clipboard, a file, or the next session."""

from collections.abc import Iterable

from tui.session.state import SessionState
from tui.widgets.numbers import tokens


def handoff(state: SessionState) -> str | None:
    """The newest wrap-up report of the session as a page; None when there is none."""
    if not state.wrap_ups:
        return None
    report = state.wrap_ups[-1].report
    title = state.name or (state.prompts[0].splitlines()[0][:80] if state.prompts else "work")
    parts = [f"# Handoff: {title}"]
    parts += _part("Done", report.done)
    parts += _part("In progress", report.in_progress)
    parts += _part("Not started", report.not_started)
    parts += _part("Files touched", report.files)
    parts += _part("Checks run", report.checks)
    if report.estimate_to_finish is not None:
        parts.append(f"Estimate to finish: ≈ {tokens(report.estimate_to_finish)} tokens.")
    if report.next_step:
        parts.append(f"Next step: {report.next_step}")
    parts.append(f"Session {state.session}, {tokens(state.ledger.charged)} tokens used.")
    return "\n\n".join(parts) + "\n"


def _part(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {' '.join(text.split())}" for text in texts]
    return [f"## {title}\n\n" + "\n".join(lines)] if lines else []

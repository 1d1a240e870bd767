"""The summary that may stand for a conversation: the scripted model can read it back and go on."""

from tui.simulator.scripted_model.file_knowledge import known_files
from tui.simulator.scripted_model.intent import parse_intent
from tui.simulator.scripted_model.jobs.verification import checks
from tui.simulator.scripted_model.markdown_writing import bullets, code
from tui.simulator.scripted_model.message_history import (
    SUMMARY_HEADING,
    CallEntry,
    HistoryEntry,
    PromptEntry,
    SummaryEntry,
)
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import as_summary


def text(view: RequestView) -> str:
    """All of the conversation that a later turn needs."""
    job = _job(view.row)
    asked = " ".join(view.prompt.split())[:500]
    parts = [SUMMARY_HEADING, f"Job: {job or 'none was given'}"]
    if asked and view.intent.kind != "summary":
        parts.append(f"Asked last: {asked}")
    plan = view.full_plan
    if plan:
        parts.append(f"### Subtasks\n\n{as_summary(plan)}")
    known = known_files(entry for entry in view.row if isinstance(entry, CallEntry))
    changed = [path for path, sheet in known.items() if sheet.made or sheet.wrote]
    if changed:
        parts.append(f"### Files changed\n\n{bullets(code(path) for path in changed)}")
    if ran := checks(view):
        parts.append(f"### Checks\n\n{bullets(ran)}")
    troubles = [f"{code(p)}: {s.refused or s.trouble}" for p, s in known.items()
                if s.refused or s.trouble]  # fmt: skip
    if troubles:
        parts.append(f"### Not possible\n\n{bullets(troubles[:20])}")
    return "\n\n".join(parts)


def _job(row: tuple[HistoryEntry, ...]) -> str:
    """The last request for work, on one line."""
    for entry in reversed(row):
        if isinstance(entry, PromptEntry):
            if parse_intent(entry.text).is_work:
                return " ".join(entry.text.split())[:500]
        elif isinstance(entry, SummaryEntry):
            found = [line for line in entry.text.splitlines() if line.startswith("Job: ")]
            if found:
                return found[0].removeprefix("Job: ")
    return ""

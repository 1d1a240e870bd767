"""The summary that may stand for a conversation: the pilot can read it back and go on."""

from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.history import SUMMARY_HEADING, Call, Entry, Prompt, Summary
from tui.simulator.pilot.intent import understand
from tui.simulator.pilot.jobs.closing import checks
from tui.simulator.pilot.markdown import bullets, code
from tui.simulator.pilot.plan import as_summary
from tui.simulator.pilot.sheets import sheets


def text(desk: Desk) -> str:
    """All of the conversation that a later turn needs."""
    job = _job(desk.row)
    asked = " ".join(desk.prompt.split())[:500]
    parts = [SUMMARY_HEADING, f"Job: {job or 'none was given'}"]
    if asked and desk.intent.kind != "summary":
        parts.append(f"Asked last: {asked}")
    plan = desk.whole_plan
    if plan:
        parts.append(f"### Subtasks\n\n{as_summary(plan)}")
    known = sheets(entry for entry in desk.row if isinstance(entry, Call))
    changed = [path for path, sheet in known.items() if sheet.made or sheet.wrote]
    if changed:
        parts.append(f"### Files changed\n\n{bullets(code(path) for path in changed)}")
    if ran := checks(desk):
        parts.append(f"### Checks\n\n{bullets(ran)}")
    troubles = [f"{code(p)}: {s.refused or s.trouble}" for p, s in known.items()
                if s.refused or s.trouble]  # fmt: skip
    if troubles:
        parts.append(f"### Not possible\n\n{bullets(troubles[:20])}")
    return "\n\n".join(parts)


def _job(row: tuple[Entry, ...]) -> str:
    """The last request for work, on one line."""
    for entry in reversed(row):
        if isinstance(entry, Prompt):
            if understand(entry.text).is_work:
                return " ".join(entry.text.split())[:500]
        elif isinstance(entry, Summary):
            found = [line for line in entry.text.splitlines() if line.startswith("Job: ")]
            if found:
                return found[0].removeprefix("Job: ")
    return ""

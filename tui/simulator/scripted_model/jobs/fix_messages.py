"""What a fix job says: before the work, about each batch, and in its report."""

from collections.abc import Sequence

from tui.simulator.scripted_model.file_knowledge import FileKnowledge
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs.file_decisions import FileDecision
from tui.simulator.scripted_model.jobs.file_survey import FileSurvey
from tui.simulator.scripted_model.jobs.verification import open_places
from tui.simulator.scripted_model.markdown_writing import (
    amount,
    bullets,
    code,
    fence,
    listed,
    rounded,
    table,
)
from tui.simulator.scripted_model.python_source import SkippedPlace
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask

_PHRASES = {
    "annotate": "add missing return annotations",
    "defaults": "move mutable default arguments into the body",
    "excepts": "name bare `except` clauses",
    "docstrings": "write missing docstrings",
}
_THINGS = {
    "annotate": "function without a return annotation",
    "defaults": "mutable default argument",
    "excepts": "bare `except`",
    "docstrings": "missing docstring",
}
_ROWS = 30
"""Most rows of a table."""


def phrase(fixes: Sequence[str]) -> str:
    """The job in words."""
    return listed([_PHRASES[name] for name in fixes])


def opening(view: RequestView, fixes: Sequence[str]) -> str:
    """The first sentence."""
    where = f" in {code(view.intent.folder)}" if view.intent.folder else ""
    return f"I'll {phrase(fixes)}{where}. First I look which files are worth reading."


def nothing(view: RequestView, survey: FileSurvey, fixes: Sequence[str]) -> str:
    """What is said when there is nothing to do."""
    if survey.failure:
        return (
            f"I could not search the folder: {survey.failure}\n\n"
            "So I changed nothing. Once searching works, ask me again."
        )
    things = listed([_THINGS[name] for name in fixes])
    named = listed([code(name) for name in view.intent.files])
    if view.intent.files:
        return f"I found no {things} in {named}: there is nothing for me to change."
    if survey.python_files == "0":
        return (
            "There are no Python files here, and this job is one for Python. I changed nothing. "
            "What I can do in any language: *explain this project*, or *run the checks*."
        )
    return (
        f"I searched {survey.python_files or 'the'} Python files and found no {things}. "
        "Nothing to change."
    )


def plan(
    view: RequestView,
    survey: FileSurvey,
    progress: JobProgress,
    offered: int,
    tasks: Sequence[PlannedTask],
) -> str:
    """What is said with the plan.

    Args:
        view: The request.
        survey: What the searches brought.
        progress: Where the job stands before the plan.
        offered: How many files the plan was made from.
        tasks: The plan.
    """
    files = sum(task.id.startswith("file") for task in tasks)
    more = "at least " if progress.at_least else ""
    again = " more" if progress.tasks else ""
    lines = [f"{more}{progress.more:,}{again} {_files(progress.more)} to look at.".capitalize()]
    if progress.more > offered:
        whence = " of the first that the search found" if survey.cut else ""
        whence = ", spread over the folders" if survey.sample and not again else whence
        lines.append(
            f"That is more than one plan should take on: I begin with a sample of "
            f"{amount(offered, 'file')}{whence}."
        )
    if files < offered:
        left = f"With about {rounded(view.left)} tokens left " if view.left is not None else ""
        keep = " and keep a reserve for the report" if left else ""
        lines.append(f"{left or 'So far '}I plan {files} of them{keep}.")
    cost = rounded(sum(task.estimate for task in tasks))
    lines.append(f"The plan has {amount(len(tasks), 'subtask')}, about {cost} tokens.")
    if view.hands_off:
        lines.append(f"I only report what I would change: {view.hands_off}.")
    return " ".join(lines)


def _files(number: int) -> str:
    return "file" if number == 1 else "files"


def heard(view: RequestView) -> str:
    """What is answered to a wish that just came in; empty where none did."""
    wish = view.fresh_note
    parts = []
    if wish.skip:
        parts.append(f"I leave out {listed([code(part) for part in wish.skip])}")
    if wish.only:
        parts.append(f"I stay with {listed([code(part) for part in wish.only])}")
    if wish.also:
        parts.append(f"from here on I also {phrase(wish.also)}")
    return f"Understood: {listed(parts)}." if parts else ""


def edits(view: RequestView, verdicts: Sequence[FileDecision]) -> str:
    """What is said with edits."""
    if answer := heard(view):
        return answer
    again = [v for v in verdicts if _sheet(view, v).failures]
    if again:
        why = _sheet(view, again[0]).failures[-1]
        return f"{code(again[0].path)} did not take my edit ({code(why)}); I try once more."
    if view.effort.depth < 1:
        return ""
    parts = []
    for verdict in verdicts:
        changes = [change for edit in verdict.edits for change in edit.changes]
        parts.append(f"{code(verdict.path)}: {amount(len(changes), 'change')}")
    return f"{listed(parts)}."


# The report --------------------------------------------------------------------------


def report(view: RequestView, progress: JobProgress, verdicts: Sequence[FileDecision]) -> str:
    """The final answer."""
    parts = [f"## {progress.job[0].upper()}{progress.job[1:]}", _headline(view, progress, verdicts)]
    if verdicts:
        shown = [_row(view, verdict) for verdict in verdicts[:_ROWS]]
        parts.append(table(["File", "Changed", "Left alone", "Remark"], shown))
    if len(verdicts) > _ROWS:
        parts.append(f"… and {len(verdicts) - _ROWS} more files.")
    reasons = _reasons(verdicts)
    if reasons:
        parts.append(f"### Left alone, because I was not certain\n\n{reasons}")
    if proposals := _proposals(verdicts):
        parts.append(f"### What I would change\n\n{proposals}")
    parts.append(f"### Checks\n\n{_checked(view, progress)}")
    if leftovers := _leftovers(view):
        parts.append(leftovers)
    parts.append(_beyond(view, progress))
    return "\n\n".join(part for part in parts if part)


def _headline(view: RequestView, progress: JobProgress, verdicts: Sequence[FileDecision]) -> str:
    made = sum(len(_sheet(view, verdict).made) for verdict in verdicts)
    files = len(progress.changed)
    if not files:
        return f"I looked at {amount(len(verdicts), 'file')} and changed none."
    return (
        f"{amount(len(verdicts), 'file')} looked at, **{amount(files, 'file')} changed** "
        f"in {amount(made, 'edit')}."
    )


def _row(view: RequestView, verdict: FileDecision) -> list[str]:
    sheet = _sheet(view, verdict)
    lines = sum(_touched(old, new) for old, new in sheet.made)
    remark = verdict.trouble or ("" if sheet.made or verdict.left else "nothing to do")
    changed = amount(lines, "line") if sheet.made else "–"
    return [code(verdict.path), changed, str(len(verdict.left) or "–"), _plain(remark)]


def _touched(old: str, new: str) -> int:
    before = old.split("\n")
    return sum(line not in before for line in new.split("\n"))


def _reasons(verdicts: Sequence[FileDecision]) -> str:
    lefts: list[tuple[str, SkippedPlace]] = [(v.path, one) for v in verdicts for one in v.left]
    shown = [
        f"{code(f'{path}:{one.line}')} {code(one.subject)}: {one.reason}"
        for path, one in lefts[:12]
    ]
    if len(lefts) > 12:
        shown.append(f"and {len(lefts) - 12} more")
    return bullets(shown)


def _proposals(verdicts: Sequence[FileDecision]) -> str:
    changes = [
        f"{code(f'{v.path}:{change.line}')} {code(change.subject)}: {change.what}"
        for v in verdicts
        if v.skipped
        for edit in v.edits
        for change in edit.changes
    ]
    rest = [f"and {len(changes) - 20} more"] if len(changes) > 20 else []
    return bullets([*changes[:20], *rest])


def _checked(view: RequestView, progress: JobProgress) -> str:
    if progress.checks:
        return bullets(progress.checks)
    if not progress.changed:
        return "No file was changed, so there was nothing to check."
    why = "at this effort I don't" if not view.effort.checks else "there was no way to"
    return f"Every edit was parsed before I proposed it; {why} run a command to check them."


def _leftovers(view: RequestView) -> str:
    call = open_places(view)
    rows = [row for row in (call.result or "").splitlines() if row.strip()][:10] if call else []
    if call is None or call.failed or not rows or rows[0].startswith("No matches"):
        return ""
    return f"### Places that stay open\n\n{fence(chr(10).join(rows))}"


def _beyond(view: RequestView, progress: JobProgress) -> str:
    if not progress.more:
        return ""
    more = progress.further_work
    were = "was" if progress.more == 1 else "were"
    rest = f" ({view.told_to_finish})" if view.told_to_finish else ""
    return (
        f"{more[0].upper()}{more[1:]} {were} not in this plan{rest}. Say *continue* and I go on "
        f"with {'it' if progress.more == 1 else 'them'}."
    )


def _sheet(view: RequestView, verdict: FileDecision) -> FileKnowledge:
    return view.known_files.get(verdict.path) or FileKnowledge(verdict.path)


def _plain(text: str) -> str:
    """Foreign words in a table cell: nothing in them is markup."""
    return code(text) if any(mark in text for mark in "[]<>*_`") else text

"""What a fix job thinks before it acts: as much as the effort asks for, all of it facts."""

from collections.abc import Sequence

from tui.simulator.scripted_model.jobs.file_decisions import FileDecision
from tui.simulator.scripted_model.jobs.file_survey import FileSurvey
from tui.simulator.scripted_model.jobs.fix_messages import phrase
from tui.simulator.scripted_model.markdown_writing import amount, listed, rounded
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask
from tui.simulator.scripted_model.tool_actions import (
    GlobAction,
    GrepAction,
    ShellAction,
    ToolAction,
)


def first(view: RequestView, fixes: Sequence[str]) -> str:
    """Before the first search."""
    budget = "no task budget is set" if view.left is None else f"{rounded(view.left)} tokens left"
    lines = [
        f"The user wants me to {phrase(fixes)}; {budget}.",
        "I don't know this folder. A search that counts matches by file tells me where work is "
        "without reading everything.",
    ]
    if view.effort.depth >= 2 and "annotate" in fixes:
        lines.append(
            "I only add an annotation where every path of the function makes its result certain. "
            "Generators would need an import, and decorators I don't know may read annotations at "
            "run time: those I leave alone and name. Parameters are not asked for."
        )
        lines.append("The oldest supported Python decides how a union may be written.")
    if view.effort.depth >= 3:
        lines.append(
            "Risks to keep in mind: names such as `list` rebound in a class, overloads, stubs with "
            "`...` bodies, tabs, Windows line ends, files that do not parse. Each edit has to be "
            "unique in its file, so I quote as many lines as that takes."
        )
    return "\n\n".join(lines)


def further(search: ToolAction) -> str:
    """Before a search that the first ones made necessary."""
    match search:
        case GrepAction():
            return "That search did not work here. I search line by line."
        case ShellAction():
            return "There are more files than a search shows. How many, and where?"
        case GlobAction(by=""):
            return "Nothing matched. I look whether there are Python files at all."
    return "That did not work. I try another tool."


WEIGH = "How long are these files? Reading them is most of the work, so the plan counts it."
"""Before the lines of files are counted."""


def plan(
    view: RequestView,
    survey: FileSurvey,
    sample: Sequence[PlannedTask],
    tasks: Sequence[PlannedTask],
) -> str:
    """Before the plan is filed."""
    lines = [f"{amount(len(sample), 'file')} with something to look at, their sizes counted."]
    if view.room is not None:
        lines.append(
            f"{rounded(view.left or 0)} are left; minus the reserve of {rounded(view.reserve)} and "
            f"a closing report that gives {rounded(max(0, view.room))} to work with, so "
            f"{amount(len(tasks), 'subtask')} go into the plan."
        )
    if view.effort.depth >= 2:
        dear = sorted(sample, key=lambda task: (-task.estimate, task.title))[:5]
        lines.append("Most work: " + ", ".join(f"{t.title} (≈ {t.estimate})" for t in dear) + ".")
        lines.append(f"I read {view.effort.batch} files at a time, then change them one by one.")
    if view.effort.depth >= 3 and survey.project.python:
        low = ".".join(map(str, survey.project.python))
        lines.append(f"The project supports Python {low} and later; `X | None` needs 3.10.")
    return "\n\n".join(lines)


def reads(view: RequestView, batch: Sequence[PlannedTask], tasks: Sequence[PlannedTask]) -> str:
    """Before a batch of files is read."""
    closed = sum(not task.open for task in tasks)
    names = listed([task.title for task in batch], 8)
    text = f"{closed} of {len(tasks)} subtasks are closed. Next I read {names}."
    if view.room is not None and view.effort.depth >= 2:
        text += f" Above the reserve there are about {rounded(max(0, view.room))} tokens."
    return text


def edits(view: RequestView, verdicts: Sequence[FileDecision]) -> str:
    """Before files are changed: what was found, in as much detail as the effort asks for."""
    depth = view.effort.depth
    parts = []
    for verdict in verdicts:
        changes = [change for edit in verdict.edits for change in edit.changes]
        head = f"{verdict.path}: {amount(len(changes), 'change')}, {len(verdict.left)} left alone."
        shown = sorted(changes, key=lambda c: c.line)[: (3, 3, 8, 20, 40)[depth]]
        rows = [f"- line {c.line}, {c.subject}: {c.what}" for c in shown]
        if depth >= 2:
            some = verdict.left[: 4 * depth]
            rows += [f"- line {one.line}, {one.subject}: left alone, {one.reason}" for one in some]
        if depth >= 3:
            rows.append(
                f"The file still parses after {amount(len(verdict.edits), 'edit')}, and its syntax "
                "tree differs in nothing else. Each quoted text occurs once."
            )
        parts.append("\n".join([head, *rows]))
    return "\n\n".join(parts)


def close(task: PlannedTask, changed: Sequence[str]) -> str:
    """Before a closing step."""
    return (
        f"All files are through, {amount(len(changed), 'file')} changed. Now: {task.title.lower()}."
    )

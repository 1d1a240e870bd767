"""What a fix job says and thinks: before the work, about each batch, and in its report."""

from collections.abc import Sequence

from tui.simulator.scripted_model.file_knowledge import FileKnowledge
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs.file_decisions import FileDecision
from tui.simulator.scripted_model.jobs.file_survey import FileSurvey
from tui.simulator.scripted_model.jobs.job_report import JobReport, work_left
from tui.simulator.scripted_model.jobs.verification import open_places
from tui.simulator.scripted_model.markdown_writing import (
    amount,
    bullets,
    code,
    fence,
    listed,
    rounded,
)
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask

_PHRASES = {
    "annotate": "add missing return annotations",
    "defaults": "move mutable default arguments into the body",
    "excepts": "name bare `except` clauses",
}
_THINGS = {
    "annotate": "function without a return annotation",
    "defaults": "mutable default argument",
    "excepts": "bare `except`",
}


def phrase(fixes: Sequence[str]) -> str:
    """The job in words."""
    return listed([_PHRASES[name] for name in fixes])


def nothing(view: RequestView, survey: FileSurvey, fixes: Sequence[str]) -> str:
    """The answer where no file needs a fix, or none could be searched."""
    if survey.failure:
        return (
            f"I could not search the folder: {survey.failure}\n\n"
            "So I changed nothing. Once searching works, ask me again."
        )
    things = listed([_THINGS[name] for name in fixes])
    if view.intent.files:
        named = listed([code(name) for name in view.intent.files])
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
    """The words beside a new plan.

    Args:
        view: The request.
        survey: What the searches brought.
        progress: How far the job is before the plan.
        offered: How many files the plan was made from.
        tasks: The plan.
    """
    files = sum(task.id.startswith("file") for task in tasks)
    more = "at least " if progress.at_least else ""
    again = " more" if progress.tasks else ""
    noun = "file" if progress.more == 1 else "files"
    lines = [f"{more}{progress.more:,}{again} {noun} to look at.".capitalize()]
    if progress.more > offered:
        spread = ", spread over the folders" if survey.sample and not again else ""
        lines.append(f"I begin with a sample of {amount(offered, 'file')}{spread}.")
    if files < offered:
        left = "" if view.left is None else f" with about {rounded(view.left)} tokens left"
        lines.append(f"I plan {files} of them{left}.")
    cost = rounded(sum(task.estimate for task in tasks))
    lines.append(f"The plan has {amount(len(tasks), 'subtask')}, about {cost} tokens.")
    if view.hands_off:
        lines.append(f"I only report what I would change: {view.hands_off}.")
    return " ".join(lines)


def steering_answer(view: RequestView) -> str:
    """The answer to a wish that came with the last message; empty where none did."""
    wish = view.fresh_note
    parts = []
    if wish.skip:
        parts.append(f"I leave out {listed([code(part) for part in wish.skip])}")
    if wish.only:
        parts.append(f"I stay with {listed([code(part) for part in wish.only])}")
    if wish.also:
        parts.append(f"from here on I also {phrase(wish.also)}")
    return f"Understood: {listed(parts)}." if parts else ""


def edits(view: RequestView, decisions: Sequence[FileDecision]) -> str:
    """The words beside edits; empty where there is nothing to tell."""
    if answer := steering_answer(view):
        return answer
    for decision in decisions:
        if failures := _knowledge(view, decision).failures:
            return (
                f"{code(decision.path)} did not take my edit ({code(failures[-1])}); "
                "I try once more."
            )
    parts = [f"{code(d.path)}: {amount(d.change_count, 'change')}" for d in decisions]
    return f"{listed(parts)}." if view.effort.depth else ""


# Thoughts: the higher the effort, the more of them ---------------------------------------


def first_thought(view: RequestView, fixes: Sequence[str]) -> str:
    """The thought before the first search."""
    budget = "no task budget is set" if view.left is None else f"{rounded(view.left)} tokens left"
    lines = [
        f"The user wants me to {phrase(fixes)}; {budget}.",
        "A search that counts matches by file shows where the work is, without reading all files.",
    ]
    if view.effort.depth >= 2:
        lines.append("I change only what the code makes certain. I name the other places.")
    if view.effort.depth >= 3:
        lines.append("An edit replaces text that occurs once, so I quote as many lines as needed.")
    return "\n\n".join(lines)


def plan_thought(
    view: RequestView, offered: Sequence[PlannedTask], tasks: Sequence[PlannedTask]
) -> str:
    """The thought before the plan is filed.

    Args:
        view: What the request shows, with the room that the budget leaves.
        offered: The files with something to look at.
        tasks: Those of them that the plan takes.
    """
    lines = [f"{amount(len(offered), 'file')} with something to look at, their sizes counted."]
    if view.room is not None:
        lines.append(
            f"{rounded(view.left or 0)} tokens are left. Without the reserve of "
            f"{rounded(view.reserve)} and a closing report I can use {rounded(max(0, view.room))}: "
            f"that is enough for {amount(len(tasks), 'subtask')}."
        )
    if view.effort.depth >= 2:
        largest = sorted(offered, key=lambda task: (-task.estimate, task.title))[:5]
        work = ", ".join(f"{task.title} (≈ {task.estimate})" for task in largest)
        lines.append(f"Most work: {work}. I read {view.effort.batch} files at a time.")
    return "\n\n".join(lines)


def edit_thought(view: RequestView, decisions: Sequence[FileDecision]) -> str:
    """The thought before files are changed: what was found in them."""
    depth = view.effort.depth
    parts = []
    for decision in decisions:
        left = decision.left[: 4 * depth] if depth >= 2 else ()
        changes = [change for edit in decision.edits for change in edit.changes]
        shown = sorted(changes, key=lambda change: change.line)[: (3, 3, 8, 20, 40)[depth]]
        parts += [
            f"{decision.path}: {amount(len(changes), 'change')}, {len(decision.left)} left alone.",
            *(f"- line {one.line}, {one.subject}: {one.what}" for one in shown),
            *(f"- line {one.line}, {one.subject}: left alone, {one.reason}" for one in left),
        ]
        if depth >= 3:
            parts.append("The file still parses, and its syntax tree differs in nothing else.")
    return "\n".join(parts)


# The report --------------------------------------------------------------------------


def report(view: RequestView, progress: JobProgress, decisions: Sequence[FileDecision]) -> str:
    """The final answer."""
    looked, changed = amount(len(decisions), "file"), amount(len(progress.changed), "file")
    made = sum(len(_knowledge(view, decision).made) for decision in decisions)
    summary = f"I looked at {looked} and changed none."
    if progress.changed:
        summary = f"{looked} looked at, **{changed} changed** in {amount(made, 'edit')}."
    return JobReport(
        title=f"{progress.job[0].upper()}{progress.job[1:]}",
        summary=summary,
        head=("File", "Changed", "Left alone", "Remark"),
        rows=[_row(view, decision) for decision in decisions],
        sections={
            "Left alone, because I was not certain": _skipped_places(decisions),
            "What I would change": _proposals(decisions),
            "Checks": _checks(view, progress),
            "Places that stay open": _open_places(view),
        },
        closing=work_left(progress, view.told_to_finish),
    ).markdown()


def _row(view: RequestView, decision: FileDecision) -> list[str]:
    known = _knowledge(view, decision)
    lines = sum(line not in old.split("\n") for old, new in known.made for line in new.split("\n"))
    remark = decision.trouble or ("" if known.made or decision.left else "nothing to do")
    # A remark may quote a foreign message: as code, nothing in it is markup.
    remark = code(remark) if any(mark in remark for mark in "[]<>*_`") else remark
    changed = amount(lines, "line") if known.made else "–"
    return [code(decision.path), changed, str(len(decision.left) or "–"), remark]


def _skipped_places(decisions: Sequence[FileDecision]) -> str:
    return _first(
        [
            f"{code(f'{decision.path}:{one.line}')} {code(one.subject)}: {one.reason}"
            for decision in decisions
            for one in decision.left
        ],
        12,
    )


def _proposals(decisions: Sequence[FileDecision]) -> str:
    return _first(
        [
            f"{code(f'{decision.path}:{change.line}')} {code(change.subject)}: {change.what}"
            for decision in decisions
            if decision.skipped
            for edit in decision.edits
            for change in edit.changes
        ],
        20,
    )


def _first(items: list[str], most: int) -> str:
    rest = [f"and {len(items) - most} more"] if len(items) > most else []
    return bullets([*items[:most], *rest])


def _checks(view: RequestView, progress: JobProgress) -> str:
    if progress.checks:
        return bullets(progress.checks)
    if not progress.changed:
        return "No file was changed, so there was nothing to check."
    why = "there was no way to" if view.effort.checks else "at this effort I don't"
    return f"Every edit was parsed before I proposed it; {why} run a command to check them."


def _open_places(view: RequestView) -> str:
    call = open_places(view)
    if call is None or call.failed:
        return ""
    rows = [row for row in (call.result or "").splitlines() if row.strip()][:10]
    found = bool(rows) and not rows[0].startswith("No matches")
    return fence("\n".join(rows)) if found else ""


def _knowledge(view: RequestView, decision: FileDecision) -> FileKnowledge:
    return view.known_files.get(decision.path) or FileKnowledge(decision.path)

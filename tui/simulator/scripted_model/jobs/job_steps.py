"""One step of a job: thought, words and calls, with the checklist kept up to date."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tui.simulator.scripted_model import scripted_landing
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.model_input import (
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
)
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask, as_list, updates
from tui.simulator.scripted_model.tool_actions import FilePlanAction, ToolAction
from tui.simulator.scripted_model.toolbox import weighable


def step(
    view: RequestView,
    thought: str,
    words: str,
    acts: Iterable[ToolAction],
    tasks: Iterable[PlannedTask] = (),
    *,
    brief: str = "",
) -> ScriptedReply:
    """A reply with calls.

    Args:
        view: The request.
        thought: The thought before them.
        words: The words for the user; may be empty.
        acts: The calls to make.
        tasks: Subtasks with the states that the checklist is to show.
        brief: The thought at the lowest effort.
    """
    thought = thought if view.effort.depth else brief
    blocks: list[ScriptedBlock] = [ScriptedThinking(thought)] if thought else []
    blocks += [ScriptedText(words)] if words else []
    checklist = updates(view.plan, tasks)
    if checklist is not None and view.tools.can("checklist"):
        blocks.append(view.tools.use(checklist))
    return ScriptedReply((*blocks, *(view.tools.use(act) for act in acts)))


def file_plan(
    view: RequestView,
    thought: str,
    words: str,
    acts: Iterable[ToolAction],
    tasks: Sequence[PlannedTask],
    known: Iterable[PlannedTask] = (),
    *,
    brief: str = "",
) -> ScriptedReply:
    """File a plan, its first subtask in progress; clients without a checklist get a list.

    Args:
        view: The request.
        thought: The thought before them.
        words: The words beside the plan.
        acts: The first calls of its first subtask.
        tasks: The new subtasks.
        known: Subtasks of an earlier plan.
        brief: The thought at the lowest effort.
    """
    if view.planning:
        return _propose(view, thought, words, tasks)
    listed = "" if view.tools.can("checklist") else f"\n\n{as_list(tasks)}"
    first = [replace(tasks[0], state="in_progress"), *tasks[1:]]
    return step(view, thought, words + listed, acts, [*known, *first], brief=brief)


def _propose(
    view: RequestView, thought: str, words: str, tasks: Sequence[PlannedTask]
) -> ScriptedReply:
    """File the plan for the user to agree to, and begin nothing."""
    items = tuple(
        {"id": task.id, "title": task.title, "estimate": task.estimate, **_about(task)}
        for task in tasks
    )
    return step(view, thought, words, [FilePlanAction(items, view.intent.text[:200])])


def _about(task: PlannedTask) -> dict[str, list[str]]:
    """The file of a subtask that is work on one."""
    return {"files": [task.title]} if weighable(task.title) and "." in task.title else {}


def with_current(tasks: Iterable[PlannedTask], current: PlannedTask) -> list[PlannedTask]:
    """All subtasks, with this one in progress and no other."""
    rest = [t if t.state != "in_progress" else replace(t, state="pending") for t in tasks]
    return [replace(t, state="in_progress") if t.id == current.id else t for t in rest]


def close_job(view: RequestView, progress: JobProgress, report: Callable[[], str]) -> ScriptedReply:
    """The end of a job: a wrap-up where it falls short, the checklist, and then the report."""
    short = scripted_landing.falls_short(progress)
    if short and view.tools.can("wrap_up") and not scripted_landing.has_landed(view):
        return scripted_landing.land(view, progress)
    late = step(view, "", "", (), progress.tasks)
    return late if late.blocks else ScriptedReply.in_words(report())


def uncounted(view: RequestView, paths: Iterable[str]) -> list[str]:
    """The files whose lines can be counted and were not."""
    return [path for path in paths if path not in view.reading_costs.asked and weighable(path)]

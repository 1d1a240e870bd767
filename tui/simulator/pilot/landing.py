"""Landing: the report that ends a job early, and the words that go with it.

Also the other answer to a budget: declining it at once when it is clearly too small.
"""

from dataclasses import replace

from tui.simulator.pilot.acts import Act, WrapUp
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.markdown import amount, bullets, code, listed, rounded
from tui.simulator.pilot.plan import Task, updates
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking

LEAST = 3_000
"""Tokens above the reserve below which no job is begun."""
_NAMED = 40
"""Most open subtasks a report names one by one."""
_NAMING = 50
"""Tokens for naming a file twice, on the checklist and in the report, its path aside."""
_CLOSING = 1_000
"""Tokens of a report that names nothing, and of the words after it."""


def is_due(desk: Desk, progress: Progress) -> bool:
    """Whether to land now: told to, or what is left is the reserve."""
    if desk.told_to_land:
        return True
    spent = desk.room is not None and desk.room <= 0
    return spent and bool(progress.open)


def falls_short(desk: Desk, progress: Progress) -> bool:
    """Whether the plan is done, and the budget does not pay for the work beyond it."""
    beyond = bool(progress.tasks) and not progress.open and bool(progress.beyond)
    return beyond and desk.room is not None and desk.room < progress.beyond_cost


def has_landed(desk: Desk) -> bool:
    """Whether the report of this turn has been filed, or could not be."""
    return any(isinstance(act, WrapUp) for act, _ in desk.turn_calls)


def land(desk: Desk, progress: Progress) -> Reply:
    """File the report; without a tool for it, or after it, say it in a few words."""
    if not desk.tools.can("wrap_up") or has_landed(desk):
        return Reply((Text(_words(desk, progress)),))
    named = waiting(desk, progress)
    acts: list[Act] = [WrapUp(_report(progress, named))]
    checklist = updates(progress.filed, (*progress.tasks, *named))
    if checklist is not None and progress.filed and desk.tools.can("checklist"):
        acts.insert(0, checklist)
    blocks: list[Block] = []
    if desk.effort.depth > 0:
        blocks.append(Thinking(_thought(desk, progress)))
    return Reply((*blocks, *(desk.tools.use(act) for act in acts)))


def decline(desk: Desk, need: int, why: str, progress: Progress) -> Reply:
    """Say plainly that the budget is too small, and how much it would take.

    Where work was begun, its report comes first, if what is left pays for one.

    Args:
        desk: The request.
        need: Tokens that the rest takes, with the report.
        why: Why what is left is too little, as the end of a sentence.
        progress: Where the job stands.
    """
    affordable = desk.left is None or desk.left > 2 * _CLOSING
    if progress.tasks and affordable and desk.tools.can("wrap_up") and not has_landed(desk):
        return land(desk, progress)
    left = rounded(desk.left or 0)
    told = desk.situation.total
    spent = max(0, told - (desk.left or 0)) if told is not None else 0
    whole = max(20_000, -(-(spent + need * 13 // 10) // 10_000) * 10_000)
    start = "" if progress.tasks else f", or start with `--budget {whole // 1000}k`"
    text = (
        f"I have to decline this with the present budget: about {left} tokens are left, and {why}. "
        f"{'Going on' if progress.tasks else 'Starting'} would leave you with fragments.\n\n"
        f"I would need about **{rounded(whole - spent)} tokens** "
        f"(`/budget {whole // 1000}k`{start}). "
        "A narrower request, such as one file or one folder, can do with less"
        f"{'.' if progress.tasks else '; and if you say *continue*, I do as much as fits.'}"
    )
    thought = f"{left} tokens left, the job needs about {rounded(need)}. I say so now."
    words: list[Block] = [Thinking(thought)] if desk.effort.depth else []
    return Reply((*words, Text(text)))


def waiting(desk: Desk, progress: Progress) -> tuple[Task, ...]:
    """Work beyond the plan that the checklist and the report name: what is left pays for that.

    What waits on the checklist already is named again; after the report nothing is added.
    """
    named = [task for task in progress.beyond if task.id in progress.filed]
    if has_landed(desk) and progress.filed:
        return tuple(named)
    room = None if desk.left is None else desk.left - _CLOSING
    fresh = [task for task in progress.beyond if task.id not in progress.filed]
    for task in fresh[: max(0, _NAMED - len(progress.open) - len(named))]:
        if room is not None:
            room -= _NAMING + 2 * desk.situation.count(task.title)
            if room < 0:
                break
        named.append(task)
    return tuple(replace(task, put_off=True) for task in named)


def _report(progress: Progress, named: tuple[Task, ...]) -> dict[str, object]:
    done = progress.titles("done", "skipped")
    return {
        "done": done,
        "in_progress": progress.titles("in_progress"),
        "not_started": [*progress.titles("pending"), *(task.title for task in named)],
        "files": list(progress.changed),
        "checks": list(progress.checks),
        "estimate_to_finish": _cost(progress, named),
        "next_step": next_step(progress, named),
    }


def _cost(progress: Progress, named: tuple[Task, ...]) -> int:
    return sum(task.estimate for task in (*progress.open, *named))


def next_step(progress: Progress, named: tuple[Task, ...]) -> str:
    """What to do next, in one phrase."""
    rest = [task.title for task in (*progress.open, *named)]
    if not rest:
        return "nothing: every subtask of the plan is closed"
    if len(rest) == 1:
        return f"{progress.job}: {rest[0]}"
    return f"{progress.job}: {rest[0]} and {len(rest) - 1} more"


def _words(desk: Desk, progress: Progress) -> str:
    if not progress.tasks:
        return (
            f"I stop here, before the work began: {progress.job} is not started. "
            "Say *continue* when there is more budget."
        )
    closed = len(progress.tasks) - len(progress.open)
    named = waiting(desk, progress)
    whole = closed + len(progress.open) + len(named)
    cost = rounded(_cost(progress, named))
    lines = [f"**{closed} of {whole} subtasks complete, about {cost} tokens to finish.**"]
    if desk.tools.can("wrap_up") and len(progress.tasks) > 1:
        files = listed([code(path) for path in progress.changed])
        lines.append(f"Changed: {files}." if files else "No file was changed.")
    else:
        lines.append(_long_words(progress, named))
    if progress.open or named:
        lines.append(f"Next: {next_step(progress, named)}. Say *continue* to go on.")
    if more := len(progress.beyond) - len(named):
        lines.append(f"Beyond that {amount(more, 'more file')} would be worth a look.")
    return "\n\n".join(lines)


def _long_words(progress: Progress, named: tuple[Task, ...]) -> str:
    parts = [("Done", progress.titles("done")), ("Left out", progress.titles("skipped"))]
    parts.append(("Not done", [task.title for task in (*progress.open, *named)]))
    shown = [
        f"{name}:\n\n{bullets(code(title) for title in titles)}" for name, titles in parts if titles
    ]
    return "\n\n".join(shown)


def _thought(desk: Desk, progress: Progress) -> str:
    left = (
        f"{rounded(desk.left)} tokens are left" if desk.left is not None else "I was told to stop"
    )
    still = amount(len(progress.open), "subtask")
    return (
        f"{left}; the reserve is for the report. {still} still open, "
        f"about {rounded(progress.to_finish)} tokens. I start nothing new and file the wrap-up."
    )

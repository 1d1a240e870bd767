"""Landing: the report that ends a job early, and the words that go with it.

Also the other answer to a budget: declining it at once when it is clearly too small.
"""

import re

from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.markdown_writing import bullets, code, listed, rounded
from tui.simulator.scripted_model.model_input import (
    ScriptedBlock,
    ScriptedReply,
    ScriptedThinking,
)
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import updates
from tui.simulator.scripted_model.tool_actions import ToolAction, WrapUpAction

LEAST = 3_000
"""Tokens above the reserve below which no job is begun."""
_REPORT = 2_000
"""Tokens that have to be left for a report."""


def is_due(view: RequestView, progress: JobProgress) -> bool:
    """Whether to land now: a note says so, or only the reserve is left."""
    if view.told_to_land:
        return True
    spent = view.room is not None and view.room <= 0
    return spent and bool(progress.open)


def falls_short(progress: JobProgress) -> bool:
    """Whether the plan is done and there is work beyond it."""
    return bool(progress.tasks) and not progress.open and bool(progress.more)


def has_landed(view: RequestView) -> bool:
    """Whether the report of this turn has been filed, or could not be."""
    return any(isinstance(act, WrapUpAction) for act, _ in view.turn_calls)


def land(view: RequestView, progress: JobProgress) -> ScriptedReply:
    """File the report; without a tool for it, or after it, say it in a few words.

    The checklist is brought up to date and gets nothing new: landing plans no work.
    """
    if not view.tools.can("wrap_up") or has_landed(view):
        return ScriptedReply.in_words(_words(view, progress))
    acts: list[ToolAction] = [WrapUpAction(_report(progress))]
    checklist = updates(progress.filed, progress.tasks)
    if checklist is not None and progress.filed and view.tools.can("checklist"):
        acts.insert(0, checklist)
    blocks: list[ScriptedBlock] = []
    if view.effort.depth > 0:
        blocks.append(ScriptedThinking(_thought(view, progress)))
    return ScriptedReply((*blocks, *(view.tools.use(act) for act in acts)))


def decline(view: RequestView, need: int, why: str, progress: JobProgress) -> ScriptedReply:
    """Decline: the budget is too small, and this much would do.

    If work has begun and the budget pays for a report, the report comes first.

    Args:
        view: The request.
        need: Tokens that the rest takes, with the report.
        why: Why what is left is too little, as the end of a sentence.
        progress: How far the job is.
    """
    affordable = view.left is None or view.left > _REPORT
    if progress.tasks and affordable and view.tools.can("wrap_up") and not has_landed(view):
        return land(view, progress)
    left = rounded(view.left or 0)
    told = view.situation.total
    spent = max(0, told - (view.left or 0)) if told is not None else 0
    need = max(need, _figure(view.told_to_finish) + view.reserve)
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
    thought = f"{left} tokens are left, and {why}. I say so now."
    return ScriptedReply.in_words(text, thought if view.effort.depth else "")


def _figure(told: str) -> int:
    """The tokens a client's words name; 0 where there are none."""
    found = re.search(r"([\d.,]+)\s*([kM]?)\s*tokens", told)
    if found is None:
        return 0
    times = {"k": 1_000, "M": 1_000_000}.get(found[2], 1)
    digits = found[1].rstrip(".,")
    return int(float(digits.replace(",", "")) * times)


def _report(progress: JobProgress) -> dict[str, object]:
    return {
        "done": progress.titles("done"),
        "in_progress": progress.titles("in_progress"),
        "not_started": [*progress.titles("pending"), *_unplanned(progress)],
        "files": list(progress.changed),
        "checks": list(progress.checks),
        "estimate_to_finish": progress.to_finish,
        "next_step": next_step(progress),
    }


def _unplanned(progress: JobProgress) -> list[str]:
    """Work beyond the plan, as one row: no plan is made of it now."""
    return [f"{progress.further_work} that no plan has yet"] if progress.more else []


def next_step(progress: JobProgress) -> str:
    """What to do next, in one phrase."""
    rest = [task.title for task in progress.open]
    more = [f"{len(rest) - 1} more"] if len(rest) > 1 else []
    more += _unplanned(progress)
    if not rest and not more:
        return "nothing: every subtask of the plan is closed"
    return f"{progress.job}: {listed([*rest[:1], *more])}"


def _words(view: RequestView, progress: JobProgress) -> str:
    if not progress.tasks:
        return (
            f"I stop here, before the work began: {progress.job} is not started. "
            "Say *continue* when there is more budget."
        )
    rest = view.told_to_finish
    if not view.tools.can("wrap_up"):
        # Nobody else reckons here.
        rest = f"about {rounded(progress.to_finish)} tokens to finish"
    done = len(progress.titles("done"))
    head = f"{done} of {done + len(progress.open)} subtasks complete"
    lines = [f"**{', '.join(part for part in (head, rest) if part)}.**"]
    if view.tools.can("wrap_up") and len(progress.tasks) > 1:
        files = listed([code(path) for path in progress.changed])
        lines.append(f"Changed: {files}." if files else "No file was changed.")
    else:
        lines.append(_long_words(progress))
    if progress.open or progress.more:
        lines.append(f"Next: {next_step(progress)}. Say *continue* to go on.")
    return "\n\n".join(lines)


def _long_words(progress: JobProgress) -> str:
    parts = {
        "Done": progress.titles("done"),
        "Left out": progress.titles("skipped"),
        "Not done": [task.title for task in progress.open],
    }
    shown = [
        f"{name}:\n\n{bullets(code(title) for title in titles)}"
        for name, titles in parts.items()
        if titles
    ]
    return "\n\n".join(shown)


def _thought(view: RequestView, progress: JobProgress) -> str:
    left = (
        f"{rounded(view.left)} tokens are left" if view.left is not None else "The work ends here"
    )
    whole = len(progress.tasks)
    return (
        f"{left}. {whole - len(progress.open)} of {whole} subtasks are closed. "
        "I start nothing new and file the wrap-up."
    )

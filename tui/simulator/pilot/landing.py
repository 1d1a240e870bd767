"""Landing: the report that ends a job early, and the words that go with it.

Also the other answer to a budget: declining it at once when it is clearly too small.
"""

import re

from tui.simulator.pilot.acts import Act, WrapUp
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.markdown import bullets, code, listed, rounded
from tui.simulator.pilot.plan import updates
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking

LEAST = 3_000
"""Tokens above the reserve below which no job is begun."""
_REPORT = 2_000
"""Tokens that have to be left for a report."""


def is_due(desk: Desk, progress: Progress) -> bool:
    """Whether to land now: told to, or what is left is the reserve."""
    if desk.told_to_land:
        return True
    spent = desk.room is not None and desk.room <= 0
    return spent and bool(progress.open)


def falls_short(progress: Progress) -> bool:
    """Whether the plan is done and there is work beyond it."""
    return bool(progress.tasks) and not progress.open and bool(progress.more)


def has_landed(desk: Desk) -> bool:
    """Whether the report of this turn has been filed, or could not be."""
    return any(isinstance(act, WrapUp) for act, _ in desk.turn_calls)


def land(desk: Desk, progress: Progress) -> Reply:
    """File the report; without a tool for it, or after it, say it in a few words.

    The checklist is brought up to date and gets nothing new: landing plans no work.
    """
    if not desk.tools.can("wrap_up") or has_landed(desk):
        return Reply((Text(_words(desk, progress)),))
    acts: list[Act] = [WrapUp(_report(progress))]
    checklist = updates(progress.filed, progress.tasks)
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
    affordable = desk.left is None or desk.left > _REPORT
    if progress.tasks and affordable and desk.tools.can("wrap_up") and not has_landed(desk):
        return land(desk, progress)
    left = rounded(desk.left or 0)
    told = desk.situation.total
    spent = max(0, told - (desk.left or 0)) if told is not None else 0
    need = max(need, _figure(desk.told_to_finish) + desk.reserve)
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
    words: list[Block] = [Thinking(thought)] if desk.effort.depth else []
    return Reply((*words, Text(text)))


def _figure(told: str) -> int:
    """The tokens a client's words name; 0 where there are none."""
    found = re.search(r"([\d.,]+)\s*([kM]?)\s*tokens", told)
    if found is None:
        return 0
    times = {"k": 1_000, "M": 1_000_000}.get(found[2], 1)
    digits = found[1].rstrip(".,")
    return int(float(digits.replace(",", "")) * times)


def _report(progress: Progress) -> dict[str, object]:
    return {
        "done": progress.titles("done", "skipped"),
        "in_progress": progress.titles("in_progress"),
        "not_started": [*progress.titles("pending"), *_unplanned(progress)],
        "files": list(progress.changed),
        "checks": list(progress.checks),
        "estimate_to_finish": progress.to_finish,
        "next_step": next_step(progress),
    }


def _unplanned(progress: Progress) -> list[str]:
    """Work beyond the plan, as one row: no plan is made of it now."""
    return [f"{progress.whats_more} that no plan has yet"] if progress.more else []


def next_step(progress: Progress) -> str:
    """What to do next, in one phrase."""
    rest = [task.title for task in progress.open]
    more = [f"{len(rest) - 1} more"] if len(rest) > 1 else []
    more += _unplanned(progress)
    if not rest and not more:
        return "nothing: every subtask of the plan is closed"
    return f"{progress.job}: {listed([*rest[:1], *more])}"


def _words(desk: Desk, progress: Progress) -> str:
    if not progress.tasks:
        return (
            f"I stop here, before the work began: {progress.job} is not started. "
            "Say *continue* when there is more budget."
        )
    closed = len(progress.tasks) - len(progress.open)
    rest = desk.told_to_finish
    if not desk.tools.can("wrap_up"):
        # Nobody else reckons here.
        rest = f"about {rounded(progress.to_finish)} tokens to finish"
    whole = len(progress.tasks) + len(_unplanned(progress))
    head = f"{closed} of {whole} subtasks complete"
    lines = [f"**{', '.join(part for part in (head, rest) if part)}.**"]
    if desk.tools.can("wrap_up") and len(progress.tasks) > 1:
        files = listed([code(path) for path in progress.changed])
        lines.append(f"Changed: {files}." if files else "No file was changed.")
    else:
        lines.append(_long_words(progress))
    if progress.open or progress.more:
        lines.append(f"Next: {next_step(progress)}. Say *continue* to go on.")
    return "\n\n".join(lines)


def _long_words(progress: Progress) -> str:
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


def _thought(desk: Desk, progress: Progress) -> str:
    left = (
        f"{rounded(desk.left)} tokens are left" if desk.left is not None else "The work ends here"
    )
    whole = len(progress.tasks)
    return (
        f"{left}. {whole - len(progress.open)} of {whole} subtasks are closed. "
        "I start nothing new and file the wrap-up."
    )

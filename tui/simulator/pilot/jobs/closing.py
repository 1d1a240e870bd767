"""What follows once files have been changed: reading them again, checks, what stays open.

Each of these is a subtask of the plan, done only where effort and budget allow it.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.simulator.pilot.acts import Act, Edit, Grep, Read, Shell, Write
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.history import Call
from tui.simulator.pilot.plan import Task
from tui.simulator.pilot.sheets import Sheet, was_refused

COMPILE = 'import sys; [compile(open(f, "rb").read(), f, "exec") for f in sys.argv[1:]]'
"""Compiles files without leaving byte code in the reader's folder."""
PYTEST = "-m pytest -q -x"
_OPEN_PLACES = {
    "annotate": r"^\s*(async\s+)?def\s[^>]*:\s*(#.*)?$",
    "defaults": r"\bdef\s.*=\s*(\[|\{|(list|dict|set)\(\))",
    "excepts": r"\bexcept\s*:",
}
_REVIEWED = 30
"""Lines of a changed file that are read again."""
_MISSING = re.compile(r"not found|no such file|no module named pytest|cannot find", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """A closing subtask."""

    id: str
    title: str
    cost: int
    """Tokens at medium effort; of the review for each file."""
    least: int
    """Budget left from which on it is planned; 0 where effort alone decides."""
    acts: Callable[[Desk, Sequence[str]], list[Act]]
    """The calls that are still to be made for it."""

    def task(self, desk: Desk, files: int) -> Task:
        """The subtask in a plan for so many files."""
        times = min(files, desk.effort.rereads) if self.id == "review" else 1
        return Task(self.id, self.title, int(self.cost * times * desk.effort.factor))


def steps(desk: Desk, tests: bool) -> list[Step]:
    """The closing subtasks that effort and countdown allow, in the order of their use."""
    wide = desk.left is None
    left = desk.left or 0
    chosen = [
        (_REVIEW, desk.effort.rereads >= 4 or (desk.effort.rereads and (wide or left >= 40_000))),
        (_CHECK, desk.effort.checks and desk.tools.can("shell")),
        (_TESTS, desk.effort.rereads >= 4 and tests and desk.tools.can("shell")
         and (wide or left >= 60_000)),
        (_LEFTOVERS, bool(_open_places(desk)) and (wide or left >= 100_000)),
    ]  # fmt: skip
    return [step for step, taken in chosen if taken]


def step_of(task: Task) -> Step | None:
    """The closing step a subtask stands for; None for work on a file."""
    return next((s for s in (_REVIEW, _CHECK, _TESTS, _LEFTOVERS) if s.title == task.title), None)


def after_changes(desk: Desk) -> list[tuple[Act, Call]]:
    """What was done since the last change to a file."""
    done = list(desk.calls)
    last = max((n for n, (a, c) in enumerate(done) if _changes(a) and not c.failed), default=-1)
    return done[last + 1 :]


def checks(desk: Desk) -> list[str]:
    """The checks that were run, each with how it ended."""
    found: dict[str, str] = {}
    for act, call in desk.calls:
        if isinstance(act, Shell) and (COMPILE in act.command or "pytest" in act.command):
            name = "compiling" if COMPILE in act.command else "pytest"
            found[name] = f"{name}: {ending(call)}"
    return list(found.values())


def ending(call: Call) -> str:
    """How a command ended, in a few words."""
    if was_refused(call):
        return "not run, permission denied"
    lines = [line.strip() for line in (call.result or "").splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"passed|failed|error|\bok\b", line, re.I)]
    if call.failed:
        return f"failed ({(told or lines or ['no output'])[-1][:120]})"
    return told[-1][:120].strip("= ") if told else "no errors"


def check_command(paths: Sequence[str], python: str = "python3") -> str:
    """The command that compiles these files."""
    quoted = [shlex.quote(f"./{p}" if p.startswith("-") else p) for p in paths]
    return f"{python} -c '{COMPILE}' {' '.join(quoted)}"


def _changes(act: Act) -> bool:
    return isinstance(act, Edit | Write)


def _to_review(desk: Desk, changed: Sequence[str]) -> list[Act]:
    seen = {act.path for act, _ in after_changes(desk) if isinstance(act, Read)}
    unread = [path for path in changed[: desk.effort.rereads or 1] if path not in seen]
    # Half of the room is for that.
    pays = len(unread) if desk.room is None else max(0, desk.room // (2 * _REVIEW.cost))
    return [Read(path, _first_change(desk.sheets[path]), _REVIEWED) for path in unread[:pays]]


def _first_change(sheet: Sheet) -> int:
    """The line from which on a changed file is read again: a few lines above the first change."""
    new = {line for _, new in sheet.made for line in new.split("\n") if line.strip()}
    places = [number for number, row in sorted(sheet.rows.items()) if row in new]
    return max(1, places[0] - 5) if places else 1


def _to_check(desk: Desk, changed: Sequence[str]) -> list[Act]:
    runs = _runs(desk, COMPILE)
    if not changed or len(runs) > 1 or (runs and not _MISSING.search(runs[-1].result or "")):
        return []
    python = "python" if runs else "python3"
    return [Shell(check_command(changed, python), "Compile the changed files")]


def _to_test(desk: Desk, changed: Sequence[str]) -> list[Act]:
    if not changed or _runs(desk, PYTEST):
        return []
    return [Shell(f"python3 {PYTEST}", "Run the project's tests", 300)]


def _to_list(desk: Desk, changed: Sequence[str]) -> list[Act]:
    if not changed or open_places(desk) is not None:
        return []
    folder = f"{desk.intent.folder}/**/" if desk.intent.folder else ""
    return [Grep(_open_places(desk), f"{folder}*.py", "content", 30)]


def open_places(desk: Desk) -> Call | None:
    """The search for places that stay open, once it was made."""
    pattern = _open_places(desk)
    done = (c for a, c in after_changes(desk) if isinstance(a, Grep) and a.pattern == pattern)
    return next(done, None)


def _open_places(desk: Desk) -> str:
    """What finds the places that a fix left alone; empty where no search can."""
    return next((_OPEN_PLACES[name] for name in desk.intent.fixes if name in _OPEN_PLACES), "")


def _runs(desk: Desk, command: str) -> list[Call]:
    return [c for a, c in after_changes(desk) if isinstance(a, Shell) and command in a.command]


_REVIEW = Step("review", "Read changed places again", 600, 40_000, _to_review)
_CHECK = Step("check", "Compile the changed files", 600, 0, _to_check)
_TESTS = Step("tests", "Run the project's tests", 1200, 60_000, _to_test)
_LEFTOVERS = Step("leftovers", "List the places that stay open", 1200, 100_000, _to_list)

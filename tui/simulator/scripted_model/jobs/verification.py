"""The steps after the changes: reading files again, checks, a list of places that stay open.

Each of these is a subtask of the plan, done only where effort and budget allow it.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.file_knowledge import FileKnowledge, was_refused
from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask

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
class VerificationStep:
    """A closing subtask."""

    id: str
    title: str
    cost: int
    """Tokens at medium effort; of the review for each file."""
    acts: Callable[[RequestView, Sequence[str]], list[actions.ToolAction]]
    """The calls that are still to be made for it."""

    def task(self, view: RequestView, files: int) -> PlannedTask:
        """The subtask in a plan for so many files."""
        times = min(files, view.effort.rereads) if self.id == "review" else 1
        return PlannedTask(self.id, self.title, int(self.cost * times * view.effort.factor))


def verification_steps(view: RequestView, tests: bool) -> list[VerificationStep]:
    """The closing subtasks that effort and countdown allow, in the order of their use."""
    wide = view.left is None
    left = view.left or 0
    chosen = [
        (_REVIEW, view.effort.rereads >= 4 or (view.effort.rereads and (wide or left >= 40_000))),
        (_CHECK, view.effort.checks and view.tools.can("shell")),
        (_TESTS, view.effort.rereads >= 4 and tests and view.tools.can("shell")
         and (wide or left >= 60_000)),
        (_LEFTOVERS, bool(_open_places(view)) and (wide or left >= 100_000)),
    ]  # fmt: skip
    return [step for step, taken in chosen if taken]


def step_of(task: PlannedTask) -> VerificationStep | None:
    """The closing step that a subtask names; None for work on a file."""
    return next((s for s in (_REVIEW, _CHECK, _TESTS, _LEFTOVERS) if s.title == task.title), None)


def after_changes(view: RequestView) -> list[tuple[actions.ToolAction, CallEntry]]:
    """What was done since the last change to a file."""
    done = list(view.calls)
    changes = actions.EditAction | actions.WriteAction
    made = (n for n, (act, call) in enumerate(done) if isinstance(act, changes) and not call.failed)
    last = max(made, default=-1)
    return done[last + 1 :]


def checks(view: RequestView) -> list[str]:
    """The checks that were run, each with how it ended."""
    found: dict[str, str] = {}
    for act, call in view.calls:
        if isinstance(act, actions.ShellAction) and (
            COMPILE in act.command or "pytest" in act.command
        ):
            name = "compiling" if COMPILE in act.command else "pytest"
            found[name] = f"{name}: {ending(call)}"
    return list(found.values())


def ending(call: CallEntry) -> str:
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
    words = [_shell_word(f"./{path}" if path.startswith("-") else path) for path in paths]
    return f"{python} -c '{COMPILE}' {' '.join(words)}"


def _shell_word(path: str) -> str:
    r"""`path` for bash; tools write characters that text cannot hold as `\x1b`."""
    if "\\" not in path:
        return shlex.quote(path)
    return "$'" + path.replace("'", "\\'") + "'"


def _to_review(view: RequestView, changed: Sequence[str]) -> list[actions.ToolAction]:
    seen = {act.path for act, _ in after_changes(view) if isinstance(act, actions.ReadAction)}
    unread = [path for path in changed[: view.effort.rereads or 1] if path not in seen]
    # Half of the room is for that.
    pays = len(unread) if view.room is None else max(0, view.room // (2 * _REVIEW.cost))
    return [
        actions.ReadAction(path, _first_change(view.known_files[path]), _REVIEWED)
        for path in unread[:pays]
    ]


def _first_change(file: FileKnowledge) -> int:
    """The line from which on a changed file is read again: a few lines above the first change."""
    new = {line for _, new in file.made for line in new.split("\n") if line.strip()}
    places = [number for number, row in sorted(file.rows.items()) if row in new]
    return max(1, places[0] - 5) if places else 1


def _to_check(view: RequestView, changed: Sequence[str]) -> list[actions.ToolAction]:
    runs = _runs(view, COMPILE)
    if not changed or len(runs) > 1 or (runs and not _MISSING.search(runs[-1].result or "")):
        return []
    python = "python" if runs else "python3"
    return [actions.ShellAction(check_command(changed, python), "Compile the changed files")]


def _to_test(view: RequestView, changed: Sequence[str]) -> list[actions.ToolAction]:
    if not changed or _runs(view, PYTEST):
        return []
    return [actions.ShellAction(f"python3 {PYTEST}", "Run the project's tests", 300)]


def _to_list(view: RequestView, changed: Sequence[str]) -> list[actions.ToolAction]:
    if not changed or open_places(view) is not None:
        return []
    folder = f"{view.intent.folder}/**/" if view.intent.folder else ""
    return [actions.GrepAction(_open_places(view), f"{folder}*.py", "content", 30)]


def open_places(view: RequestView) -> CallEntry | None:
    """The search for places that stay open, once it was made."""
    pattern = _open_places(view)
    done = (
        c
        for a, c in after_changes(view)
        if isinstance(a, actions.GrepAction) and a.pattern == pattern
    )
    return next(done, None)


def _open_places(view: RequestView) -> str:
    """What finds the places that a fix left alone; empty where no search can."""
    return next((_OPEN_PLACES[name] for name in view.intent.fixes if name in _OPEN_PLACES), "")


def _runs(view: RequestView, command: str) -> list[CallEntry]:
    return [
        c
        for a, c in after_changes(view)
        if isinstance(a, actions.ShellAction) and command in a.command
    ]


_REVIEW = VerificationStep("review", "Read changed places again", 600, _to_review)
_CHECK = VerificationStep("check", "Compile the changed files", 600, _to_check)
_TESTS = VerificationStep("tests", "Run the project's tests", 1200, _to_test)
_LEFTOVERS = VerificationStep("leftovers", "List the places that stay open", 1200, _to_list)

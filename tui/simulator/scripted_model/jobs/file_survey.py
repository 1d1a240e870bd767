"""Finding the files a fix job is about, with a bounded number of searches."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.jobs.file_listing import NO_FILES, another_way
from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import MOST
from tui.simulator.scripted_model.toolbox import EVERY_LINE

LIMIT = 200
"""Most files a search may bring."""
_WEIGHED = 30
"""Most files whose lines are counted before it is known which are worth a look."""

_INNER = r"\((?:[^()\n]|\n|\([^()]*\))*\)"
_SIGNATURE = rf"\bdef\s+\w+\s*(?:\[[^\]]*\]\s*)?\((?:[^()\n]|\n|{_INNER})*"
"""A signature up to where its parameter list closes, over as many lines as it has."""
_PATTERNS = {
    "annotate": rf"{_SIGNATURE}\)\s*:|\bdef\s+\w+\s*\([^()\n]*:[ \t]*$",
    "defaults": rf"{_SIGNATURE}?=\s*(?:\[|\{{|(?:list|dict|set)\(\))",
    "excepts": r"\bexcept\s*:",
}
"""What finds places that may have to be fixed, for searches over several lines."""
_UNANNOTATED = (
    r"^\s*(async )?def\s[^>]*(\)\s*:|:$)",
    # The last row of a signature over several rows: it closes more than it opens.
    r"^[^(>]*\)\s*:",
    r"^\s+\w+ ?[:=][^>]*\)\):",
)
_LINE_PATTERNS = {
    "annotate": "|".join(_UNANNOTATED),
    "defaults": r"\w\]?\s*=\s*(\[|\{|(list|dict|set)\(\)).*[,):]\s*(#.*)?$",
    "excepts": r"\bexcept\s*:",
}
"""The same for searches line by line; they find more than there is."""
_COUNTED = re.compile(r"^(?:\./)?(.+\.py)(?::(\d+))?$")
_FOREIGN = re.compile(
    r"(^|/)(\.?venv|env|node_modules|site-packages|__pycache__|\.git|\.tox|\.nox|\.eggs|build|dist)/"
)
_SKIPPED = " ".join(
    f"--exclude-dir={name}"
    for name in (".git", ".venv", "venv", "env", "node_modules", "site-packages", "build", "dist")
)
_TOTAL = re.compile(r"^(\d+) files$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileSurvey:
    """What the searches brought."""

    candidates: tuple[tuple[str, int], ...] = ()
    """Files with the number of places worth a look."""
    cut: bool = False
    """Whether there are more files than the searches brought."""
    total: int | None = None
    """How many there are then, where that was counted."""
    sample: tuple[str, ...] = ()
    """Some of them, spread over all."""
    python_files: str = ""
    """Python files at all, in words, where nothing was found among them."""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Searches:
    """The searches of a job that were made, with what they brought."""

    counts: tuple[CallEntry, ...] = ()
    listings: tuple[tuple[actions.GlobAction, CallEntry], ...] = ()
    counted: CallEntry | None = None

    @property
    def found(self) -> list[tuple[str, int]]:
        """Files with their places, by the first search that did not fail."""
        good = [call for call in self.counts if not call.failed]
        return _paths(good[0]) if good else []

    @property
    def cut(self) -> bool:
        return len(self.found) >= LIMIT or any(
            re.search(r"\bmore\b|left out|truncat", _tail(call)) for call in self.counts
        )

    @property
    def listing(self) -> CallEntry | None:
        return next((call for _, call in self.listings if not call.failed), None)


def next_searches(view: RequestView, fixes: tuple[str, ...]) -> list[actions.ToolAction]:
    """The searches that are to be made next; none once all of them were made."""
    made = _made(view)
    if not view.tools.can("grep"):
        return []
    if not made.counts:
        patterns = _PATTERNS if "grep" in view.tools.tools else _LINE_PATTERNS
        searches: list[actions.ToolAction] = [_search(view, fixes, patterns)]
        if "grep" in view.tools.tools:
            # In a small folder this tells all sizes at once; a plan asks for those it lacks.
            searches.append(actions.GrepAction(EVERY_LINE, _glob(view), "count", _WEIGHED))
        return searches
    if len(made.counts) == 1 and made.counts[0].failed and "grep" in view.tools.tools:
        # Not every search goes over several lines.
        return [_search(view, fixes, _LINE_PATTERNS)]
    if not made.found and made.listing is None and view.tools.can("glob"):
        pattern = f"{view.intent.folder}/**/*.py" if view.intent.folder else "**/*.py"
        another = another_way(view, pattern)
        return [another] if another else []
    if made.cut and made.counted is None and view.tools.can("shell"):
        return [
            actions.ShellAction(_counting(view, fixes), "Count the files with something to look at")
        ]
    return []


def survey_files(view: RequestView) -> FileSurvey:
    """What is known from the searches of this job."""
    if not view.tools.can("grep"):
        return FileSurvey(tuple((path, 3) for path in view.intent.files if path.endswith(".py")))
    made = _made(view)
    failed = bool(made.counts) and all(call.failed for call in made.counts)
    listed = _paths(made.listing) if made.listing else []
    # Without counts every file may be worth a look.
    found = [(path, 3) for path, _ in listed] if failed else made.found
    counted = made.counted if made.cut and made.counted and not made.counted.failed else None
    total = _TOTAL.search(counted.result or "") if counted else None
    sample = [path for path, _ in _paths(counted)] if counted and total else []
    wanted = {path: n for path, n in (*found, *((p, 3) for p in sample)) if _wanted(view, path)}
    more = "at least " if made.listing and _tail(made.listing) not in ("", NO_FILES) else ""
    return FileSurvey(
        candidates=tuple(sorted(wanted.items(), key=lambda one: (is_test(one[0]), one[0]))),
        cut=made.cut,
        total=int(total[1]) if total else None,
        sample=tuple(path for path in sample if path in wanted),
        python_files=f"{more}{len(listed):,}" if made.listing else "",
        failure=_failure(made) if failed and not listed else "",
    )


def spread(items: Sequence[tuple[str, int]], most: int) -> tuple[tuple[str, int], ...]:
    """A sample of `most` items, evenly over all of them."""
    if len(items) <= most:
        return tuple(items)
    return tuple(items[n * len(items) // most] for n in range(most))


def is_test(path: str) -> bool:
    """Whether a path looks like a test."""
    return bool(re.search(r"(^|/)(tests?/|test_|conftest)|_test\.py$", path))


def _made(view: RequestView) -> _Searches:
    counts, listings, counted = [], [], None
    for act, call in view.calls:
        if isinstance(act, actions.GrepAction) and act.output == "count" and "py" in act.glob:
            counts.append(call)
        elif isinstance(act, actions.GlobAction):
            listings.append((act, call))
        elif isinstance(act, actions.ShellAction) and act.command.startswith("grep -rlE"):
            counted = call
    return _Searches(tuple(counts), tuple(listings), counted)


def _search(
    view: RequestView, fixes: tuple[str, ...], patterns: dict[str, str]
) -> actions.GrepAction:
    return actions.GrepAction(
        "|".join(patterns[name] for name in fixes), _glob(view), "count", LIMIT
    )


def _glob(view: RequestView) -> str:
    return f"{view.intent.folder}/**/*.py" if view.intent.folder else "*.py"


def _counting(view: RequestView, fixes: tuple[str, ...]) -> str:
    """The command that says how many files there are, and names some of all folders."""
    pattern = "|".join(_LINE_PATTERNS[name] for name in fixes).replace("'", "'\\''")
    where = view.intent.folder or "."
    return (
        f"grep -rlE {_SKIPPED} --include='*.py' -e '{pattern}' {where} | sort | "
        f'awk \'{{path[NR] = $0}} END {{print NR " files"; '
        f"step = NR > {MOST} ? NR * {1 / MOST:g} : 1; "
        f"for (n = 0; n < {MOST} && n * step < NR; n++) print path[int(n * step) + 1]}}'"
    )


def _wanted(view: RequestView, path: str) -> bool:
    if _FOREIGN.search(path) or not view.steering.takes(path):
        return False
    files = [name for name in view.intent.files if name.endswith(".py")]
    folder = view.intent.folder.removeprefix("./")
    named = not files or any(path == f or path.endswith("/" + f.lstrip("/")) for f in files)
    return named and (not folder or f"/{folder}/" in f"/{path}")


def _paths(call: CallEntry) -> list[tuple[str, int]]:
    matches = [_COUNTED.match(line.strip("\r")) for line in (call.result or "").split("\n")]
    return [(m[1], int(m[2] or 3)) for m in matches if m and m[2] != "0"]


def _tail(call: CallEntry) -> str:
    lines = (call.result or "").rstrip().splitlines()
    return lines[-1] if lines and not _COUNTED.match(lines[-1]) else ""


def _failure(made: _Searches) -> str:
    failed = [*made.counts[-1:], *(call for _, call in made.listings if call.failed)]
    said = [" ".join((call.result or "").split())[:200] for call in failed]
    return "; ".join(dict.fromkeys(said))

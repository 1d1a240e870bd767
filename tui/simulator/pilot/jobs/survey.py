"""Finding the files a fix job is about, with a bounded number of searches."""

import re
from dataclasses import dataclass, field

from tui.simulator.pilot.acts import Act, Glob, Grep
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.history import Call
from tui.simulator.pilot.jobs.annotate import Project

LIMIT = 200
"""Most files a search may bring."""

_UNANNOTATED = (
    r"^\s*(async )?def\s[^>]*(\)\s*:|:$)",
    # The last row of a signature over several rows: it closes more than it opens.
    r"^[^(>]*\)\s*:",
    r"^\s+\w+ ?[:=][^>]*\)\):",
)
_PATTERNS = {
    "annotate": "|".join(_UNANNOTATED),
    "defaults": r"\w\]?\s*=\s*(\[|\{|(list|dict|set)\(\)).*[,):]\s*(#.*)?$",
    "excepts": r"\bexcept\s*:",
    "docstrings": r"^\s*(async\s+)?(def|class)\s",
}
_VERSION = "requires-python|python_requires"
_MANIFESTS = "{pyproject.toml,setup.cfg,setup.py}"
_COUNTED = re.compile(r"^(?:\./)?(.+\.py)(?::(\d+))?$")
_AT_LEAST = re.compile(r">=\s*3\.(\d+)")
_FOREIGN = re.compile(
    r"(^|/)(\.?venv|env|node_modules|site-packages|__pycache__|\.git|\.tox|\.nox|\.eggs|build|dist)/"
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the searches brought."""

    done: bool
    """Whether it is complete."""
    candidates: tuple[tuple[str, int], ...] = ()
    """Files with the number of places worth a look."""
    cut: bool = False
    """Whether there are more files than the searches brought."""
    python_files: int | None = None
    """Python files at all, where nothing was found among them."""
    project: Project = field(default_factory=Project)
    failure: str = ""


def acts(desk: Desk, fixes: tuple[str, ...]) -> list[Act]:
    """The searches to make first."""
    folder = f"{desk.intent.folder}/**/" if desk.intent.folder else ""
    pattern = "|".join(_PATTERNS[name] for name in fixes)
    searches: list[Act] = [Grep(pattern, f"{folder}*.py", "count", LIMIT)]
    if "annotate" in fixes:
        searches.append(Grep(_VERSION, _MANIFESTS, "content", 5))
    return searches


def last_resort(desk: Desk) -> Act:
    """The search that tells a finished project from one without Python."""
    return Glob(f"{desk.intent.folder}/**/*.py" if desk.intent.folder else "**/*.py")


def survey(desk: Desk) -> Survey:
    """What is known from the searches of this job."""
    counts, listing, version = None, None, None
    for act, call in desk.calls:
        if isinstance(act, Grep) and act.pattern == _VERSION:
            version = call
        elif isinstance(act, Grep) and act.output == "count" and "py" in act.glob:
            counts = call
        elif isinstance(act, Glob):
            listing = call
    if counts is None:
        return Survey(done=False)
    found = [] if counts.failed else _paths(counts)
    if not found and listing is None and desk.tools.can("glob"):
        return Survey(done=False, failure=_failure(counts))
    wanted = tuple((path, n) for path, n in found if _wanted(desk, path))
    listed = _paths(listing) if listing is not None else []
    if counts.failed and listed:
        # Without counts every file may be worth a look.
        wanted = tuple((path, 3) for path, _ in listed if _wanted(desk, path))
    cut = len(found) >= LIMIT or bool(re.search(r"\bmore\b|left out|truncat", _tail(counts)))
    return Survey(
        done=True,
        candidates=tuple(sorted(wanted, key=lambda one: (_is_test(one[0]), one[0]))),
        cut=cut,
        python_files=len(listed) if listing is not None else None,
        project=Project(_python(version)),
        failure=_failure(counts) if counts.failed and not listed else "",
    )


def spread(paths: tuple[tuple[str, int], ...], most: int) -> tuple[tuple[str, int], ...]:
    """A sample of `most` paths, evenly over all of them."""
    if len(paths) <= most:
        return paths
    return tuple(paths[n * len(paths) // most] for n in range(most))


def is_test(path: str) -> bool:
    """Whether a path looks like a test."""
    return _is_test(path)


def _is_test(path: str) -> bool:
    return bool(re.search(r"(^|/)(tests?/|test_|conftest)|_test\.py$", path))


def _wanted(desk: Desk, path: str) -> bool:
    if _FOREIGN.search(path) or not desk.steering.takes(path):
        return False
    files = [name for name in desk.intent.files if name.endswith(".py")]
    folder = desk.intent.folder.removeprefix("./")
    named = not files or any(path == f or path.endswith("/" + f.lstrip("/")) for f in files)
    return named and (not folder or f"/{folder}/" in f"/{path}")


def _paths(call: Call) -> list[tuple[str, int]]:
    matches = [_COUNTED.match(line.strip()) for line in (call.result or "").splitlines()]
    return [(m[1], int(m[2] or 3)) for m in matches if m and m[2] != "0"]


def _python(call: Call | None) -> tuple[int, int] | None:
    found = None if call is None or call.failed else _AT_LEAST.search(call.result or "")
    return (3, int(found[1])) if found else None


def _tail(call: Call) -> str:
    lines = (call.result or "").rstrip().splitlines()
    return lines[-1] if lines and not _COUNTED.match(lines[-1]) else ""


def _failure(call: Call) -> str:
    return " ".join((call.result or "").split())[:200] if call.failed else ""

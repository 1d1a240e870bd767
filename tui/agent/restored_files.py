"""Take back what a session changed in files since a prompt, as far as that is safe.

A file is written only where it is still what the log says it is, and where what comes out is byte
for byte what it was before the prompt: both are told by digests. Everything else stays as it is,
with a sentence about why.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.change_diff import content_change, content_digest
from tui.agent.tools.file_replacement import replace_file
from tui.agent.tools.file_text import UnwritableText, decode_text
from tui.agent.tools.tool_paths import ResolvedPath, resolve_path
from tui.session.changes_back import FileBack
from tui.session.events import FileChange
from tui.session.unified_diff import apply_hunks

CHANGED = "changed since then by a command or another program"
MISSING = "not there any more"
OUTSIDE = "outside the project folder"
BLACKED_OUT = "a part of it is not in the log"


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What becomes of one file."""

    back: FileBack
    place: ResolvedPath | None = None
    before: bytes | None = None
    """What it holds now; None where it is not there."""
    after: bytes | None = None
    """What it is to hold; None where it is to go."""
    problem: str = ""
    """Why it stays as it is; empty where it can be restored."""


def plan_restores(env: ToolEnvironment, files: Iterable[FileBack]) -> tuple[RestorePlan, ...]:
    """Look which files can be restored. Reads the disk."""
    return tuple(_plan(env, file) for file in files)


def _plan(env: ToolEnvironment, file: FileBack) -> RestorePlan:
    try:
        place = resolve_path(file.path, env)
        if problem := file.problem or _place_problem(place, env):
            return RestorePlan(file, problem=problem)
        before = place.path.read_bytes() if place.path.exists() else None
    except (OSError, ToolError) as error:
        return RestorePlan(file, problem=str(error))
    if (before is None) is file.is_there:
        return RestorePlan(file, problem=MISSING if file.is_there else CHANGED)
    if before is not None and content_digest(before) != file.now:
        return RestorePlan(file, problem=CHANGED)
    if file.goes:
        return RestorePlan(file, place, before)
    after = _restored(before or b"", file)
    if after is None or content_digest(after) != file.then:
        return RestorePlan(file, problem=BLACKED_OUT)
    return RestorePlan(file, place, before, after)


def _place_problem(place: ResolvedPath, env: ToolEnvironment) -> str:
    if not place.path.is_relative_to(env.folder):
        return OUTSIDE
    return place.protected_reason


def _restored(content: bytes, file: FileBack) -> bytes | None:
    text = decode_text(content)
    body = apply_hunks(text.body, file.hunks)
    try:
        return None if body is None else text.encode(body)
    except UnwritableText:
        return None


def restore_files(plans: Sequence[RestorePlan]) -> Iterator[tuple[RestorePlan, FileChange | str]]:
    """Restore what can be restored; gives what changed, or why it did not. Writes the disk."""
    for plan in plans:
        if plan.place is None:
            continue
        try:
            yield plan, _restore(plan, plan.place)
        except (OSError, ToolError) as error:
            yield plan, str(error)


def _restore(plan: RestorePlan, place: ResolvedPath) -> FileChange:
    if plan.after is None:
        place.path.unlink()
    else:
        replace_file(place, plan.after, plan.before)
    return content_change(place, plan.before, plan.after)

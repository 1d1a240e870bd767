"""Around commands: what they changed in protected files is put back, and the user is asked.

The order is safe at each moment: first the files are put back, then the question is logged,
and only an answer that is in the log makes a change come true. A program that is killed in
between leaves the files as they were before the command.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from tui.agent.protected_files import Change, ProtectedFiles, State, View, keep, put_back
from tui.agent.sandbox.git_folders import git_folders, repository_root
from tui.agent.tools.base import Call, World
from tui.agent.tools.changes import change
from tui.agent.tools.cut import cut
from tui.agent.tools.places import Place
from tui.session import events as ev

_PREVIEW = 12_000
"""Characters of the changes that are shown."""
_NAMED = 5
"""Files that are named one by one."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Changes to protected files that were undone."""

    changes: tuple[Change, ...]
    stuck: tuple[Change, ...] = ()
    """Those that could not be undone."""
    job: bool = False
    """Whether they were found while only background jobs ran."""

    @property
    def names(self) -> str:
        """The files, for a sentence."""
        shown = [change.shown for change in self.changes]
        more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
        return ", ".join(shown[:_NAMED]) + more

    def question(self, tool_use: str) -> ev.PermissionAsked:
        """Whether the changes are to be kept."""
        why = "; ".join(dict.fromkeys(change.why for change in self.changes))
        one = len(self.changes) == 1
        which, were = ("this file", "it was") if one else ("these files", "they were")
        who = "a background job" if self.job else "the command"
        return ev.PermissionAsked(
            tool_use=tool_use,
            name="keep",
            subject=self.names,
            reason=f"{who} changed {which}, and {were} put back: {why}",
            preview=cut("".join(map(_preview, self.changes)), _PREVIEW, "Look before you keep it."),
        )

    def note(self, answer: Literal["kept", "no", "nobody", ""], reason: str = "") -> str:
        """What the model is told.

        Args:
            answer: The user's; `nobody` where nobody could be asked; empty: not asked.
            reason: What the user said with a no.
        """
        who = "A background job" if self.job else "The command"
        changed = f"{who} changed protected files: {self.names}."
        stuck = ", ".join(change.shown for change in self.stuck)
        failed = f" Could not be put back: {stuck}." if stuck else ""
        match answer:
            case "kept":
                return f"[{changed} The user agreed to keep them as changed.]"
            case "no":
                said = f" They said: {reason}" if reason else ""
                return f"[{changed} They were put back: the user said no.{said}{failed}]"
            case "nobody":
                return f"[{changed} They were put back: nobody is here to allow it.{failed}]"
            case _:
                return f"[{changed} They were put back.{failed}]"


@dataclass(slots=True)
class Protection:
    """Watches the protected files of one session."""

    files: ProtectedFiles
    left: View | None = field(default=None)
    """What was there after the last command, while something it started may still run."""

    @classmethod
    def of(cls, world: World) -> "Protection":
        """The protection of the folder that the tools work in."""
        root = repository_root(world.folder)
        roots = () if root is None else (*git_folders(root), root / ".git")
        return cls(ProtectedFiles(world.folder, roots, world.own))

    async def before(self) -> tuple[View, PutBack | None]:
        """What is there before a command, and what background jobs had changed till then."""
        return await asyncio.to_thread(self._before)

    async def after(self, view: View, *, jobs: bool) -> PutBack | None:
        """Put back what changed since `view`.

        Args:
            view: From `before`.
            jobs: Whether something runs on in the background.
        """
        return await asyncio.to_thread(self._after, view, jobs)

    async def keep(self, found: PutBack) -> None:
        """Let the changes come true: the user agreed."""
        await asyncio.to_thread(keep, found.changes)
        await self.settle()

    async def settle(self) -> None:
        """Take what is there now for agreed: a file tool wrote what the user allowed."""
        if self.left is not None:
            self.left = await asyncio.to_thread(self.files.look)

    def _before(self) -> tuple[View, PutBack | None]:
        now = self.files.look()
        if self.left is None:
            return now, None
        found = self._undone(self.left, now, job=True)
        self.left = None
        return (self.files.look() if found else now), found

    def _after(self, view: View, jobs: bool) -> PutBack | None:
        now = self.files.look()
        found = self._undone(view, now, job=False)
        if found:
            now = self.files.look()
        self.left = now if jobs else None
        return found

    def _undone(self, before: View, now: View, *, job: bool) -> PutBack | None:
        changes = tuple(self.files.changes(before, now))
        return PutBack(changes, tuple(put_back(changes)), job) if changes else None


def runs_commands(call: Call) -> bool:
    """Whether a call can change any file at all, not only the one it names."""
    return call.need is not None and call.need.act not in ("read", "edit", "write")


def _preview(made: Change) -> str:
    place = Place(made.path, made.shown, outside=False)
    diff = change(place, _text(made.before), _text(made.after) or "").diff
    modes = _modes(made.before, made.after)
    notes = "".join(f"+{line}\n" for line in made.note.splitlines())
    head = "" if diff else f"--- {made.shown}\n+++ {made.shown}\n"
    return head + diff + modes + notes


def _modes(before: State | None, after: State | None) -> str:
    if before is None or after is None or before.mode == after.mode:
        return ""
    return f"-mode {before.mode:o}\n+mode {after.mode:o}\n"


def _text(state: State | None) -> str | None:
    if state is None:
        return None
    if state.type == "link":
        return f"a link to {(state.content or b'').decode('utf-8', 'replace')}\n"
    if state.content is None:
        return "(too large to show)\n" if state.type == "file" else "(no regular file)\n"
    return state.content.decode("utf-8", "replace")

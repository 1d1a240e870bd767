"""Undo what a command changed in protected files, and ask the user whether to keep it.

The order is safe at each moment: what is there is on disk before the command starts
(`tui.agent.protection_journal`). After it the program first puts the files back, then logs the
question, and makes the change only once the log holds a yes. A program that is killed in between
leaves the files as they were before the command, or puts them back before it goes on.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tui.agent.protected_files import (
    FileState,
    ProtectedChange,
    ProtectedFiles,
    ProtectedSnapshot,
    reapply,
    restore,
)
from tui.agent.protection_journal import ProtectionJournal
from tui.agent.sandbox.git_folders import git_folders, repository_root
from tui.agent.tools.base import PreparedCall, ToolEnvironment
from tui.agent.tools.change_diff import describe_change
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.tool_paths import ResolvedPath
from tui.session import events as ev

_PREVIEW = 12_000
"""Characters of the changes that are shown."""
_MAX_NAMES = 5
"""Files that are named one by one."""


@dataclass(frozen=True, slots=True)
class RestoredChanges:
    """Changes to protected files that were undone."""

    changes: tuple[ProtectedChange, ...]
    not_restored: tuple[ProtectedChange, ...] = ()
    """Those that could not be undone."""
    made_by: str = "the command"
    """Who made them, as the beginning of a sentence."""

    @property
    def names(self) -> str:
        """The files, for a sentence."""
        shown = [change.display_name for change in self.changes]
        more = f" and {len(shown) - _MAX_NAMES} more" if len(shown) > _MAX_NAMES else ""
        return ", ".join(shown[:_MAX_NAMES]) + more

    def question(self, tool_use: str) -> ev.PermissionAsked:
        """Whether the changes are to be kept."""
        why = "; ".join(dict.fromkeys(change.why for change in self.changes))
        one = len(self.changes) == 1
        which, were = ("this file", "it was") if one else ("these files", "they were")
        return ev.PermissionAsked(
            tool_use=tool_use,
            name="keep",
            subject=self.names,
            reason=f"{self.made_by} changed {which}, and {were} put back: {why}",
            preview=truncate_result(
                "".join(map(_preview, self.changes)), _PREVIEW, "Look before you keep it."
            ),
        )

    def note(self, answer: Literal["kept", "no", "nobody", ""], reason: str = "") -> str:
        """A note for the model about these changes.

        Args:
            answer: The user's; `nobody` where nobody could be asked; empty: not asked.
            reason: What the user said with a no.
        """
        who = self.made_by[0].upper() + self.made_by[1:]
        changed = f"{who} changed protected files: {self.names}."
        stuck = ", ".join(change.display_name for change in self.not_restored)
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
class CommandProtection:
    """Watches the protected files of one session."""

    files: ProtectedFiles
    last_snapshot: ProtectedSnapshot | None = field(default=None)
    """What was there after the last command, while something it started may still run; or before
    one that was running when the program ended."""
    journal: ProtectionJournal | None = None
    """Keeps on disk what was there; None where nothing is kept."""
    broke_off: bool = False
    """Whether a command was running when the program ended, and nobody has put back yet."""

    @classmethod
    def of(cls, world: ToolEnvironment, log: Path | None = None) -> "CommandProtection":
        """The protection of the folder that the tools work in.

        Args:
            world: What they work with.
            log: The file of the session's log, beside which the journal is; None for no journal.
        """
        root = repository_root(world.folder)
        roots = () if root is None else (*git_folders(root), root / ".git")
        files = ProtectedFiles(world.folder, roots, world.program_folders)
        journal = None if log is None else ProtectionJournal(log)
        left = None if journal is None else journal.left_open()
        return cls(files, left, journal, left is not None)

    async def before_command(self) -> tuple[ProtectedSnapshot, RestoredChanges | None]:
        """What is there before a command, and what background jobs had changed till then.

        Raises:
            OSError: what is there could not be kept on disk, so no command may start.
        """
        return await asyncio.to_thread(self._before_command)

    async def put_back(self, *, jobs: bool) -> RestoredChanges | None:
        """Put back what background jobs changed, or a command that a kill of the program cut off.

        Args:
            jobs: Whether something runs on in the background.
        """
        return await asyncio.to_thread(self._put_back, jobs)

    async def after_command(self, view: ProtectedSnapshot, *, jobs: bool) -> RestoredChanges | None:
        """Put back what changed since `view`.

        Args:
            view: From `before`.
            jobs: Whether something runs on in the background.
        """
        return await asyncio.to_thread(self._after, view, jobs)

    async def keep_changes(self, found: RestoredChanges) -> None:
        """Let the changes come true: the user agreed."""
        await asyncio.to_thread(reapply, found.changes)
        await self.accept_current()

    async def accept_current(self) -> None:
        """Take what is there now for agreed: a file tool wrote what the user allowed."""
        if self.last_snapshot is not None:
            await asyncio.to_thread(lambda: self._keep(self.files.snapshot()))

    def _keep(self, view: ProtectedSnapshot | None) -> None:
        """What is compared with later, here and after a kill; None where nothing runs on."""
        self.last_snapshot = view
        if self.journal is None:
            return
        if view is None:
            self.journal.end()
        else:
            self.journal.begin(view)

    def _before_command(self) -> tuple[ProtectedSnapshot, RestoredChanges | None]:
        view, found = self._before()
        if self.journal is not None:
            self.journal.begin(view)
        return view, found

    def _put_back(self, jobs: bool) -> RestoredChanges | None:
        view, found = self._before()
        self._keep(view if jobs else None)
        return found

    def _before(self) -> tuple[ProtectedSnapshot, RestoredChanges | None]:
        now = self.files.snapshot()
        if self.last_snapshot is None:
            return now, None
        who = (
            "a command that the end of the program cut off"
            if self.broke_off
            else "a background job"
        )
        found = self._restore_changes(self.last_snapshot, now, who)
        self.last_snapshot, self.broke_off = None, False
        return (self.files.snapshot() if found else now), found

    def _after(self, view: ProtectedSnapshot, jobs: bool) -> RestoredChanges | None:
        now = self.files.snapshot()
        found = self._restore_changes(view, now, "the command")
        if found:
            now = self.files.snapshot()
        self._keep(now if jobs else None)
        return found

    def _restore_changes(
        self, before: ProtectedSnapshot, now: ProtectedSnapshot, made_by: str
    ) -> RestoredChanges | None:
        changes = tuple(self.files.compare(before, now))
        return RestoredChanges(changes, tuple(restore(changes)), made_by) if changes else None


def can_change_any_file(call: PreparedCall) -> bool:
    """Whether a call can change any file at all, not only the one it names."""
    return call.permission is not None and call.permission.kind not in ("read", "edit", "write")


def _preview(made: ProtectedChange) -> str:
    place = ResolvedPath(made.path, made.display_name, outside_project=False)
    diff = describe_change(place, _text(made.before), _text(made.after) or "").diff
    modes = _modes(made.before, made.after)
    notes = "".join(f"+{line}\n" for line in made.note.splitlines())
    head = "" if diff else f"--- {made.display_name}\n+++ {made.display_name}\n"
    return head + diff + modes + notes


def _modes(before: FileState | None, after: FileState | None) -> str:
    if before is None or after is None or before.mode == after.mode:
        return ""
    return f"-mode {before.mode:o}\n+mode {after.mode:o}\n"


def _text(state: FileState | None) -> str | None:
    if state is None:
        return None
    if state.type == "link":
        return f"a link to {(state.content or b'').decode('utf-8', 'replace')}\n"
    if state.content is None:
        return "(too large to show)\n" if state.type == "file" else "(no regular file)\n"
    return state.content.decode("utf-8", "replace")

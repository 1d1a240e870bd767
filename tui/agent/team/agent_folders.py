"""Where agents work: in the project folder, or in a worktree of their own, and what becomes of it.

An agent of a kind that writes in a worktree gets one where the project is a git repository in which
git may run; elsewhere it works in the project folder like the others, and is told. At its end its
work is committed on a branch of its own and the worktree goes. What fits the project folder is
brought there if the mode lets edits pass, or if the user says so.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec import structs

from tui.agent.command_protection import CommandProtection
from tui.agent.git.agent_worktree import (
    AgentChanges,
    AgentWorktree,
    WorktreeError,
    commit_work,
    compare,
    difference,
    discard_branch,
    find_worktree,
    make_worktree,
    remove_worktree,
    take_over,
    unknown_files,
    work_of_branch,
    worktree_refusal,
)
from tui.agent.git.git_command import missing_in_copies, repository_top
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.change_diff import content_change
from tui.agent.tools.tool_paths import resolve_path
from tui.agent.turn_context import TurnContext
from tui.session import events as ev

NAMED_FILES = 5
"""Files that a sentence names at most."""
MAX_COMPARED_BYTES = 2_000_000
"""Bytes of a file of which the difference is logged."""


@dataclass(frozen=True, slots=True)
class EndedWork:
    """What is known of an agent's worktree at its end."""

    work: ev.AgentWork | None = None
    remark: str = ""
    """What is to be said of it; a sentence, or empty."""


@dataclass(frozen=True, slots=True)
class TakenWork:
    """Work that was brought into the project folder."""

    changes: tuple[ev.FileChange, ...] = ()
    """What changed there."""
    unmarked: tuple[str, ...] = ()
    """Files with conflicts that stayed as they were: nothing can be marked in them."""

    def remark(self, branch: str) -> str:
        """What there is to say of it, a sentence; empty for nothing.

        Args:
            branch: The branch with the work.
        """
        if not self.unmarked:
            return ""
        return f"{_named(self.unmarked)}: yours stays; the agent's is on the branch {branch}."


def with_work(finished: ev.AgentFinished, ended: EndedWork) -> ev.AgentFinished:
    """The end of an agent, with what it did in its worktree."""
    sentence = " ".join(filter(None, (finished.sentence, ended.remark)))
    return structs.replace(finished, work=ended.work, sentence=sentence)


@dataclass(slots=True)
class AgentFolders:
    """The folders of the agents of one session."""

    environment: ToolEnvironment
    """What the session's own tools work with."""
    below: Path
    """The folder for worktrees."""
    session: str
    """Id of the session."""
    touched: Callable[[], Iterable[str]] = tuple
    """Files that the session changed, relative to the project folder."""
    _trees: dict[str, AgentWorktree] = field(default_factory=dict)
    _repository: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the program's git writes: one at a time for a repository."""

    async def begin(self, agent: str, kind: AgentKind, ctx: TurnContext) -> str:
        """Give an agent its folder; returns what it is to know of it.

        Args:
            agent: Its name.
            kind: What it may do.
            ctx: What its turns work with; a worktree changes it.
        """
        if not kind.writes_in_worktree:
            return ""
        folder = self.environment.folder
        touched = frozenset(self.touched())
        async with self._repository:
            try:
                tree, lacks = await asyncio.to_thread(self._make, agent, touched)
            except WorktreeError as error:
                return _HERE.format(folder=folder, refusal=str(error).rstrip("."))
        self._trees[agent] = tree
        _move(ctx, tree.folder)
        return " ".join((_THERE.format(folder=tree.folder), *lacks))

    def _make(self, agent: str, touched: frozenset[str]) -> tuple[AgentWorktree, list[str]]:
        """A worktree, and what it lacks in sentences.

        Raises:
            WorktreeError: there can be none, or it would miss what the session made.
        """
        folder = self.environment.folder
        if refusal := worktree_refusal(folder):
            raise WorktreeError(refusal)
        unknown = unknown_files(folder)
        made = [name for name in unknown if name in touched]
        if made:
            raise WorktreeError(f"it would lack what was made here: {_named(made)}")
        tree = make_worktree(folder, self.below, self.session, agent)
        lacks = [_MISSING.format(names=_named(unknown))] if unknown else []
        return tree, [*lacks, *missing_in_copies(tree.repository)]

    async def find(self, agent: str, ctx: TurnContext) -> None:
        """Give an agent that a crash left at work its worktree back, if it had one.

        Args:
            agent: Its name.
            ctx: What its turns work with.
        """
        tree = await asyncio.to_thread(
            find_worktree, self.environment.folder, self.below, self.session, agent
        )
        if tree is not None:
            self._trees[agent] = tree
            _move(ctx, tree.folder)

    def folder_of(self, agent: str) -> str:
        """The worktree of an agent; empty for the project folder."""
        tree = self._trees.get(agent)
        return "" if tree is None else str(tree.folder)

    async def end(self, agent: str) -> EndedWork:
        """Commit what an agent did in its worktree, and remove that.

        Args:
            agent: Its name.
        """
        tree = self._trees.pop(agent, None)
        if tree is None:
            return EndedWork()
        async with self._repository:
            return await asyncio.to_thread(_end, tree)

    async def take(self, work: ev.AgentWork, *, conflicts: bool = False) -> TakenWork:
        """Bring an agent's work into the project folder.

        Args:
            work: What it did.
            conflicts: Whether files that do not fit are written as well, conflicts marked.

        Raises:
            WorktreeError: nothing was written; the text says why.
        """
        async with self._repository:
            return await asyncio.to_thread(self._take, work, conflicts)

    def _take(self, work: ev.AgentWork, conflicts: bool) -> TakenWork:
        tree = self._tree_of(work)
        changes = compare(tree, work.commit)
        names = changes.files if conflicts else changes.fitting
        if not names:
            raise WorktreeError(f"No file of it fits yours: {_named(changes.conflicts)}.")
        before = [_content(tree.repository / name) for name in names]
        take_over(tree, changes, conflicts=conflicts)
        after = [_content(tree.repository / name) for name in names]
        made = _changes(self.environment, tree.repository, names, before, after)
        return TakenWork(tuple(made), changes.unmarked if conflicts else ())

    async def compare_again(self, work: ev.AgentWork) -> AgentChanges:
        """How an agent's work fits the project folder as it is now.

        Raises:
            WorktreeError: it cannot be worked out.
        """
        async with self._repository:
            return await asyncio.to_thread(lambda: compare(self._tree_of(work), work.commit))

    async def difference(self, work: ev.AgentWork) -> str:
        """What an agent changed as one unified diff; empty where git cannot tell.

        Args:
            work: What it did.
        """
        try:
            return await asyncio.to_thread(lambda: difference(self._tree_of(work), work.commit))
        except WorktreeError:
            return ""

    async def protected_files(self, work: ev.AgentWork) -> list[str]:
        """Those files of an agent's work that are changed after a question only, in every mode.

        Args:
            work: What it did.
        """
        return await asyncio.to_thread(self._protected_files, work)

    def _protected_files(self, work: ev.AgentWork) -> list[str]:
        top = repository_top(self.environment.folder)
        return [name for name in work.files if top is None or self._is_protected(top / name)]

    def _is_protected(self, path: Path) -> bool:
        try:
            return bool(resolve_path(str(path), self.environment).protected_reason)
        except ToolError:  # no tool could name it
            return True

    async def discard(self, work: ev.AgentWork) -> None:
        """Delete the branch with an agent's work.

        Raises:
            WorktreeError: git would not.
        """
        async with self._repository:
            await asyncio.to_thread(lambda: discard_branch(self._tree_of(work), work.commit))

    def _tree_of(self, work: ev.AgentWork) -> AgentWorktree:
        return work_of_branch(self.environment.folder, work.base, work.branch)


_HERE = "You work in {folder}: you have no worktree of your own, since {refusal}."
_THERE = (
    "You work in a copy of the project that is yours alone: {folder}. The lead's copy is elsewhere "
    "and does not change with yours. Do not use git to commit, stash or switch: what you change is "
    "committed for you at the end."
)
_MISSING = "Files that git does not know are not in it: {names}."


def _move(ctx: TurnContext, folder: Path) -> None:
    """Let the turns of an agent work in another folder, in a sandbox of that folder."""
    environment = ctx.services.environment
    moved = replace(
        environment,
        folder=folder,
        sandbox=environment.sandbox.for_worktree(folder, environment.scratch_folder),
    )
    ctx.services = replace(ctx.services, environment=moved)
    ctx.run.rules = replace(ctx.run.rules, folder=folder)
    ctx.run.protection = CommandProtection.of(moved, ctx.run.log_path)
    ctx.run.changing = asyncio.Lock()  # nobody else works there


def _end(tree: AgentWorktree) -> EndedWork:
    """Commit and compare; the worktree goes when all of it is on its branch."""
    try:
        commit = commit_work(tree)
        if commit is None:
            remove_worktree(tree)
            return EndedWork(remark="It changed no file.")
        changes = compare(tree, commit)
        work = ev.AgentWork(
            branch=tree.branch,
            base=tree.base,
            commit=commit,
            files=changes.files,
            conflicts=changes.conflicts,
        )
    except WorktreeError as error:
        return EndedWork(remark=f"Its work is in {tree.root}: {error}")
    try:
        remove_worktree(tree)
    except WorktreeError as error:
        return EndedWork(work, str(error))
    return EndedWork(work)


def _changes(
    env: ToolEnvironment,
    top: Path,
    names: Sequence[str],
    before: Sequence[bytes | None],
    after: Sequence[bytes | None],
) -> list[ev.FileChange]:
    """What is different in files now."""
    found = []
    for name, old, new in zip(names, before, after, strict=True):
        if old != new and not _is_large(old) and not _is_large(new):
            try:
                found.append(content_change(resolve_path(str(top / name), env), old, new))
            except ToolError:  # no tool could name it
                continue
    return found


def _is_large(content: bytes | None) -> bool:
    return content is not None and len(content) > MAX_COMPARED_BYTES


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED_FILES
    shown = ", ".join(names[:NAMED_FILES])
    return f"{shown} and {more:,} more" if more > 0 else shown

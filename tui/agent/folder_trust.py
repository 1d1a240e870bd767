"""Folder trust: what a folder brings, the question about it, and what an answer means.

Trust is not permission: it decides whether files of the folder may instruct the model and
tighten the settings, never what the model may do. Nothing of these files is used before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tui.agent.memory import memory_paths, read_memory
from tui.agent.repository import find_repository, in_a_repository
from tui.settings.document import MOST_BYTES
from tui.settings.folders import Folders, project_files
from tui.settings.layers import Resolved
from tui.settings.regular_file import NotRegular, read_regular
from tui.settings.trust import ACCEPTED, DECLINED, TRUSTED
from tui.settings.writing import WritingError, note_about_project

TrustAnswer = Literal["yes", "all", "no", "later"]
"""Use the files · use them with all they ask for · do without them · the same, for now."""


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file of the folder that would be used."""

    name: str
    """Its path from the top folder."""
    kind: Literal["memory", "settings"]
    size: int
    """Bytes."""
    text: str
    """What would be used of it: all of it for settings, what is sent for a memory file."""
    remark: str = ""
    """Why it would not be used, or only in part."""


@dataclass(frozen=True, slots=True)
class TrustQuestion:
    """What the user is asked about a folder."""

    folder: Path
    """What an answer is kept for: the top of the repository, else the project folder."""
    files: tuple[BroughtFile, ...]
    tighter: tuple[str, ...] = ()
    """What the settings files would tighten, one phrase each."""
    wishes: tuple[str, ...] = ()
    """What they ask for beyond that."""
    digest: str = ""
    """Of the settings files."""
    trusted: bool = False
    """Whether the folder is trusted already, so that only the wishes are asked about."""


@dataclass(slots=True)
class FolderTrust:
    """The trust in one project folder, during one run of the program."""

    folder: Path
    homes: Folders
    now: bool | None = None
    """Decided for this run alone; None where the user's settings decide."""
    accepted_now: str = ""
    """Digest of the settings files that were accepted for this run."""
    _asked: set[str] = field(default_factory=set)
    """Digests of settings files whose wishes were asked about in this run."""

    @property
    def root(self) -> Path:
        """The top folder of the repository, else the folder."""
        found = find_repository(self.folder)
        return found.root if found else self.folder.resolve()

    def trusted(self, resolved: Resolved) -> bool:
        """Whether the folder's files are used."""
        return resolved.trusted if self.now is None else self.now

    def sends_memory(self, resolved: Resolved, *, asked: bool) -> bool:
        """Whether memory files of the folder are sent to the model.

        Args:
            resolved: The settings.
            asked: Whether there is somebody who can be asked. Where nobody is, those of a folder
                that is in no repository and brings no settings are sent: it was not cloned.
        """
        if self.trusted(resolved):
            return True
        if asked or self.now is not None or resolved.trust.trusted is not None:
            return False
        return not self.brought(memory=False) and not in_a_repository(self.folder)

    def sent_unasked(self, resolved: Resolved) -> list[str]:
        """One sentence about memory files that are sent though nobody was asked about them."""
        names = [self._name(path) for path in memory_paths(self.folder)]
        if not names or self.trusted(resolved):
            return []
        verb = "is" if len(names) == 1 else "are"
        return [f"{listed(names)} {verb} sent to the model: this folder is in no repository."]

    def brought(self, *, memory: bool = True) -> list[str]:
        """Names of the files that the folder brings; of memory files only if they are wanted."""
        return [self._name(path) for path in self._paths(memory)]

    def question(
        self, resolved: Resolved, *, memory: bool, again: bool = False
    ) -> TrustQuestion | None:
        """What to ask; None where there is nothing to ask.

        Args:
            resolved: The settings with the project's files in them, whether it is trusted or not.
            memory: Whether memory files would be used: only a new session reads them.
            again: Whether the user wants to decide again.
        """
        files, trusted = resolved.project, self.trusted(resolved)
        answered = self.now is not None or resolved.trust.trusted is not None
        open_wishes = bool(files.wishes) and not (files.accepted or files.declined)
        open_wishes = open_wishes and files.digest not in self._asked
        if not again and (answered and not (trusted and open_wishes)):
            return None
        brought = [self._file(path) for path in self._paths(memory)]
        if not brought:
            return None
        return TrustQuestion(
            folder=self.root,
            files=tuple(brought),
            tighter=tuple(each.sentence for each in files.tighter),
            wishes=tuple(each.sentence for each in files.wishes),
            digest=files.digest,
            trusted=trusted and not again,
        )

    def answer(self, question: TrustQuestion, answer: TrustAnswer) -> str:
        """Let an answer hold, and keep it; a sentence where it could not be kept."""
        self._asked.add(question.digest)
        if not question.trusted:
            self.now = answer in ("yes", "all")
        if answer == "all":
            self.accepted_now = question.digest
        notes: dict[str, object] = {} if question.trusted else {TRUSTED: bool(self.now)}
        if question.wishes and answer != "later" and self.now is not False:
            notes[ACCEPTED if answer == "all" else DECLINED] = question.digest
        if answer == "later" or not notes:
            return ""
        about_settings = {key: notes.pop(key) for key in (ACCEPTED, DECLINED) if key in notes}
        try:
            if notes:
                note_about_project(self.homes.settings, question.folder, notes)
            if about_settings:
                note_about_project(self.homes.settings, self.folder, about_settings)
        except WritingError as error:
            return f"{error} Your answer holds for this run."
        return ""

    def saved(self, before: Resolved, after: Resolved) -> None:
        """The user wrote a setting into the project's file: what was accepted stays accepted.

        Args:
            before: The settings before, with the project's files in them.
            after: The settings now, with the project's files in them.

        Raises:
            WritingError: It could not be kept.
        """
        files, undecided = before.project, self.now is None and before.trust.trusted is None
        if self.trusted(before) and (files.accepted or not files.wishes):
            notes: dict[str, object] = {ACCEPTED: after.project.digest}
        elif undecided and len(self.brought()) == 1 and _settings_in(after) == 1:
            # The folder brings nothing but the one setting that the user has just put there.
            notes = {TRUSTED: True, ACCEPTED: after.project.digest}
            self.now = True
        else:
            return
        self.accepted_now = after.project.digest
        note_about_project(self.homes.settings, self.folder, notes)

    def left_out(self, resolved: Resolved, *, memory: bool) -> list[str]:
        """One sentence about files that are not used, where there are any."""
        names = self.brought(memory=memory)
        if not names or self.trusted(resolved):
            return []
        verb = "is" if len(names) == 1 else "are"
        return [f"{listed(names)} {verb} not used: this folder is not trusted. {_HOW}"]

    def _paths(self, memory: bool) -> list[Path]:
        settings = [path for path in project_files(self.folder.resolve()) if _is_there(path)]
        return [*(memory_paths(self.folder) if memory else ()), *settings]

    def _name(self, path: Path) -> str:
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def _file(self, path: Path) -> BroughtFile:
        name = self._name(path)
        if path.suffix != ".toml":
            found = read_memory(path, self.folder)
            if isinstance(found, str):
                return BroughtFile(name, "memory", 0, "", found)
            return BroughtFile(name, "memory", found.size, found.text)
        try:
            contents = read_regular(path, MOST_BYTES, inside=self.folder)
        except (NotRegular, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            return BroughtFile(name, "settings", 0, "", f"It cannot be read: {why}.")
        text = contents.data.decode("utf-8", "replace")
        return BroughtFile(name, "settings", contents.size, text)


_HOW = "/trust decides about it; without a screen --trust uses them for one run."
MOST_NAMED = 4


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; beyond a few their number."""
    shown = [*names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        shown.append(f"{len(names) - MOST_NAMED} more files")
    *most, last = shown
    return f"{', '.join(most)} and {last}" if most else last


def refused_wishes(resolved: Resolved, *, asked: bool) -> list[str]:
    """One sentence about what the project's files ask for and do not get.

    Args:
        resolved: The settings.
        asked: Whether there is somebody who was asked: what they declined is not repeated.
    """
    wishes = [each for each in resolved.project.wishes if not resolved.project.accepted]
    if not wishes or (asked and resolved.project.declined):
        return []
    said = "; ".join(each.sentence for each in wishes)
    more = "The project's settings ask for more than yours, which does not hold"
    return [f"{more}: {said}. /trust decides about it."]


def _settings_in(resolved: Resolved) -> int:
    """How many values stand in the project's files."""
    return sum(map(_leaves, (document.table for document in resolved.project.documents)))


def _leaves(table: object) -> int:
    return sum(map(_leaves, table.values())) if isinstance(table, dict) else 1


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True

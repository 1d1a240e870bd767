"""Folder trust: what a folder brings, the question about it, and what an answer means.

Trust is not permission: it decides whether files of the folder may instruct the model and
tighten the settings, never what the model may do. Nothing of these files is used before.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tui.agent.memory_files import memory_paths, read_memory_file
from tui.agent.repository import find_repository, is_in_repository
from tui.agent.team.kind_files import agent_files
from tui.settings.regular_file import NotRegularFile, read_regular_file
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.toml_document import MOST_BYTES
from tui.settings.toml_writer import SettingsWriteError, save_project_answer
from tui.settings.trusted_folders import ACCEPTED, DECLINED, TRUSTED
from tui.settings.user_folders import UserFolders, project_settings_files

TrustAnswer = Literal["yes", "all", "no", "later"]
"""Use the files · use them with all they ask for · do without them · the same, for now."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A file of the folder that would be used."""

    name: str
    """Its path from the top folder."""
    kind: Literal["memory", "settings"]
    """For the model, as a kind of agent is too; or for the program."""
    size: int
    """Bytes."""
    text: str
    """What would be used of it: all of it for settings, what is sent for a memory file."""
    remark: str = ""
    """Why it would not be used, or only in part."""


@dataclass(frozen=True, slots=True)
class TrustQuestion:
    """The question to the user about a folder."""

    folder: Path
    """What an answer is kept for: the top of the repository, else the project folder."""
    files: tuple[ProjectFile, ...]
    stricter_settings: tuple[str, ...] = ()
    """What the settings files would tighten, one phrase each."""
    requested_settings: tuple[str, ...] = ()
    """What they ask for beyond that."""
    digest: str = ""
    """Of the settings files."""
    trusted: bool = False
    """Whether the folder is trusted already, so that the question is about its settings only."""


@dataclass(slots=True)
class FolderTrust:
    """The trust in one project folder, during one run of the program."""

    folder: Path
    user_folders: UserFolders
    answered_now: bool | None = None
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

    def trusted(self, resolved: ResolvedSettings) -> bool:
        """Whether the folder's files are used."""
        return self.decision(resolved) is True

    def decision(self, resolved: ResolvedSettings) -> bool | None:
        """What was decided about the folder, for this run or for all; None for nothing."""
        return resolved.trust.trusted if self.answered_now is None else self.answered_now

    def sends_memory(self, resolved: ResolvedSettings, *, asked: bool) -> bool:
        """Whether memory files of the folder are sent to the model.

        Args:
            resolved: The settings.
            asked: Whether there is somebody who can be asked. Where nobody is, those of a folder
                that is in no repository and brings no settings are sent: it was not cloned.
        """
        if self.trusted(resolved):
            return True
        if asked or self.answered_now is not None or resolved.trust.trusted is not None:
            return False
        return not self.used_file_names(memory=False) and not is_in_repository(self.folder)

    def unasked_memory_sentences(self, resolved: ResolvedSettings) -> list[str]:
        """One sentence about memory files that are sent though nobody was asked about them."""
        names = [self._name(path) for path in memory_paths(self.folder)]
        if not names or self.trusted(resolved):
            return []
        verb = "is" if len(names) == 1 else "are"
        return [
            f"{list_names(names)} {verb} sent to the model: this folder is not in a repository."
        ]

    def used_file_names(self, *, memory: bool = True) -> list[str]:
        """Names of the files that the folder brings; of memory files only if they are wanted."""
        return [self._name(path) for path in self._paths(memory)]

    def question(
        self, resolved: ResolvedSettings, *, memory: bool, again: bool = False
    ) -> TrustQuestion | None:
        """What to ask; None where there is nothing to ask.

        Args:
            resolved: The settings with the project's files in them, whether it is trusted or not.
            memory: Whether memory files would be used: only a new session reads them.
            again: Whether the user wants to decide again.
        """
        files, trusted = resolved.project_files, self.trusted(resolved)
        answered = self.answered_now is not None or resolved.trust.trusted is not None
        open_wishes = bool(files.loosenings) and not (files.accepted or files.declined)
        open_wishes = open_wishes and files.digest not in self._asked
        if not again and (answered and not (trusted and open_wishes)):
            return None
        brought = [self._file(path) for path in self._paths(memory)]
        if not brought:
            return None
        return TrustQuestion(
            folder=self.root,
            files=tuple(brought),
            stricter_settings=tuple(each.sentence for each in files.tightenings),
            requested_settings=tuple(each.sentence for each in files.loosenings),
            digest=files.digest,
            trusted=trusted and not again,
        )

    def answer(self, question: TrustQuestion, answer: TrustAnswer) -> str:
        """Let an answer hold, and keep it; a sentence where it could not be kept."""
        self._asked.add(question.digest)
        if not question.trusted:
            self.answered_now = answer in ("yes", "all")
        if answer == "all":
            self.accepted_now = question.digest
        notes: dict[str, object] = {} if question.trusted else {TRUSTED: bool(self.answered_now)}
        if question.requested_settings and answer != "later" and self.answered_now is not False:
            notes[ACCEPTED if answer == "all" else DECLINED] = question.digest
        if answer == "later" or not notes:
            return ""
        about_settings = {key: notes.pop(key) for key in (ACCEPTED, DECLINED) if key in notes}
        try:
            if notes:
                save_project_answer(self.user_folders.settings, question.folder, notes)
            if about_settings:
                save_project_answer(self.user_folders.settings, self.folder, about_settings)
        except SettingsWriteError as error:
            return f"{error} Your answer holds for this run."
        return ""

    def on_setting_saved(self, before: ResolvedSettings, after: ResolvedSettings) -> None:
        """The user wrote a setting into the project's file: what was accepted stays accepted.

        Args:
            before: The settings before, with the project's files in them.
            after: The settings now, with the project's files in them.

        Raises:
            SettingsWriteError: it could not be kept.
        """
        files, undecided = (
            before.project_files,
            self.answered_now is None and before.trust.trusted is None,
        )
        if self.trusted(before) and (files.accepted or not files.loosenings):
            notes: dict[str, object] = {ACCEPTED: after.project_files.digest}
        elif undecided and len(self.used_file_names()) == 1 and _settings_in(after) == 1:
            # The folder brings nothing but the one setting that the user has just put there.
            notes = {TRUSTED: True, ACCEPTED: after.project_files.digest}
            self.answered_now = True
        else:
            return
        self.accepted_now = after.project_files.digest
        save_project_answer(self.user_folders.settings, self.folder, notes)

    def unused_file_sentences(self, resolved: ResolvedSettings, *, memory: bool) -> list[str]:
        """One sentence about files that are not used, where there are any."""
        names = self.used_file_names(memory=memory)
        if not names or self.trusted(resolved):
            return []
        verb = "is" if len(names) == 1 else "are"
        return [f"{list_names(names)} {verb} not used: this folder is not trusted. {_TRUST_HINT}"]

    def _paths(self, memory: bool) -> list[Path]:
        settings = [
            path for path in project_settings_files(self.folder.resolve()) if os.path.lexists(path)
        ]
        told = [*memory_paths(self.folder), *agent_files(self.folder)] if memory else []
        return [*told, *settings]

    def _name(self, path: Path) -> str:
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def _file(self, path: Path) -> ProjectFile:
        name = self._name(path)
        if path.suffix != ".toml":
            found = read_memory_file(path, self.folder)
            if isinstance(found, str):
                return ProjectFile(name, "memory", 0, "", found)
            return ProjectFile(name, "memory", found.size, found.text)
        try:
            contents = read_regular_file(path, MOST_BYTES, inside=self.folder)
        except (NotRegularFile, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            return ProjectFile(name, "settings", 0, "", f"It cannot be read: {why}.")
        text = contents.data.decode("utf-8", "replace")
        return ProjectFile(name, "settings", contents.size, text)


_TRUST_HINT = "/trust lets you decide; without a screen, --trust uses them for one run."
MAX_NAMES = 4


def list_names(names: Sequence[str]) -> str:
    """`a, b and c`; beyond a few their number."""
    shown = [*names[:MAX_NAMES]]
    if len(names) > MAX_NAMES:
        shown.append(f"{len(names) - MAX_NAMES} more files")
    *most, last = shown
    return f"{', '.join(most)} and {last}" if most else last


def refused_setting_sentences(resolved: ResolvedSettings, *, asked: bool) -> list[str]:
    """One sentence about what the project's files ask for and do not get.

    Args:
        resolved: The settings.
        asked: Whether there is somebody who was asked: what they declined is not repeated.
    """
    wishes = [
        each for each in resolved.project_files.loosenings if not resolved.project_files.accepted
    ]
    if not wishes or (asked and resolved.project_files.declined):
        return []
    said = "; ".join(each.sentence for each in wishes)
    more = "The project's settings ask for more than your settings allow, and do not get it"
    where = "" if asked else "On the screen, "
    return [f"{more}: {said}. {where}/trust lets you decide."]


def _settings_in(resolved: ResolvedSettings) -> int:
    """How many values stand in the project's files."""
    return sum(
        map(_count_values, (document.table for document in resolved.project_files.documents))
    )


def _count_values(table: object) -> int:
    return sum(map(_count_values, table.values())) if isinstance(table, dict) else 1

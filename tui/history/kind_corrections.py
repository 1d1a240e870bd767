"""The kinds that the user put right, and the head verbs that this taught.

A file of its own beside the store of runs: the store can be deleted and filled again from the
logs, and a correction stands in no log. A row for each correction, the newest last; a run is
known by its session and its start. Of a prompt nothing is kept but its head verb.
"""

import os
from pathlib import Path
from zlib import crc32

import msgspec

from tui.budget.task_kind_rules import head_verb
from tui.budget.task_kind_words import NO_VERBS
from tui.budget.task_kinds import TaskKind
from tui.session.database import translate_errors
from tui.session.private_files import make_private_folder, open_private

FILE_NAME = "kinds.jsonl"
MAX_VERB = 30
"""Characters of a head verb from which on it is none."""

RunKey = tuple[str, str, float]
"""Source, session and start of a run."""


class KindCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """One correction: a run is of this kind."""

    source: str
    session: str
    started: float
    kind: TaskKind
    verb: str = ""
    """The head verb of its prompt, which is of this kind from now on; empty where it has none."""


class KindCorrections:
    """All corrections of this user."""

    def __init__(self, data: Path) -> None:
        """Read those in the user's data folder.

        Raises:
            StoreError: the file cannot be read.
        """
        self.path = data / FILE_NAME
        self.runs: dict[RunKey, TaskKind] = {}
        """The kind of each run that was corrected."""
        self.verbs: dict[str, TaskKind] = {}
        """The kind of each head verb that a correction taught; the newest counts."""
        self._read = 0

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def fingerprint(self) -> str:
        """Tells one set of taught verbs from another; empty without any.

        Part of the stamp of a file of runs: what is filed by other verbs is filed again.
        """
        verbs = " ".join(f"{verb}={kind}" for verb, kind in sorted(self.verbs.items()))
        return f" verbs:{crc32(verbs.encode()):08x}" if verbs else ""

    def refresh(self) -> None:
        """Read what was added since, by this process or another.

        Raises:
            StoreError: the file cannot be read.
        """
        with translate_errors(self.path):
            try:
                size = self.path.stat().st_size
            except FileNotFoundError:
                size = 0
            if size == self._read:
                return
            self.runs, self.verbs, self._read = {}, {}, size
            for line in self.path.read_bytes().splitlines() if size else ():
                self._take(line)

    def add(self, correction: KindCorrection) -> None:
        """Keep a correction.

        Raises:
            StoreError: the file cannot be written.
        """
        with translate_errors(self.path):
            make_private_folder(self.path.parent)
            handle = open_private(self.path, os.O_WRONLY | os.O_APPEND)
            with os.fdopen(handle, "ab") as file:
                # A line that was cut short by a crash ends here, and is left out.
                file.write(b"\n" + msgspec.json.encode(correction) + b"\n")
        self.refresh()

    def _take(self, line: bytes) -> None:
        """Take one row; one that is damaged, or of a newer version, says nothing."""
        try:
            found = msgspec.json.decode(line, type=KindCorrection)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        self.runs[found.source, found.session, found.started] = found.kind
        if found.verb:
            self.verbs[found.verb] = found.kind


def taught_verb(prompt: str) -> str:
    """The head verb that a correction of this prompt teaches; empty where it begins with none.

    Words that begin prompts of every kind, such as "the" and "why", teach nothing.
    """
    verb = head_verb(prompt)
    return "" if verb in NO_VERBS or len(verb) > MAX_VERB else verb

"""When the need of each kind was last tested for drift, so that no session tests it again at once.

The test is made once a month: made with every session it would alarm falsely that much more
often. The file is in the state folder; without it a test is made once more, and may be told again.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tui.session.private_files import make_private_folder, open_private

FILE_NAME = "drift_tests.json"
MONTH = 30 * 86_400.0
"""Seconds between two tests of a kind."""
NEW_HISTORY = 2
"""How many times the runs of the last test there must be for another one within the month: an
import brings a history that no test has seen."""


class PastTest(msgspec.Struct, frozen=True):
    """One test."""

    at: float
    """Seconds since 1970."""
    runs: int
    """Runs that it compared."""


class DriftMemory:
    """The last test of each kind."""

    def __init__(self, state: Path) -> None:
        """Read it; what is missing or damaged says that nothing was tested.

        Args: state: The user's state folder.
        """
        self._path = state / FILE_NAME
        self._tests = _read(self._path)

    def is_due(self, kind: str, runs: int, now: float) -> bool:
        """Whether a kind is to be tested again.

        Args:
            kind: The kind of task.
            runs: Runs that the test would compare.
            now: Seconds since 1970.
        """
        last = self._tests.get(kind)
        if last is None or not 0 <= now - last.at < MONTH:
            return True
        return runs >= NEW_HISTORY * last.runs

    def remember(self, kind: str, runs: int, now: float) -> None:
        """Keep that a kind was tested.

        Args:
            kind: The kind of task.
            runs: Runs that the test compared.
            now: Seconds since 1970.

        Raises:
            OSError: the file cannot be written.
        """
        self._tests = {**_read(self._path), kind: PastTest(now, runs)}
        make_private_folder(self._path.parent)
        beside = self._path.with_name(f"{FILE_NAME}.{os.getpid()}")
        with os.fdopen(open_private(beside, os.O_WRONLY | os.O_TRUNC), "wb") as file:
            file.write(msgspec.json.encode(self._tests))
        beside.replace(self._path)


def _read(path: Path) -> Mapping[str, PastTest]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, PastTest])
    except (OSError, msgspec.MsgspecError):
        return {}

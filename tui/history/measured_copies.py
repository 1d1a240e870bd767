"""Which project a measured run belongs to: the one whose throw-away copy it worked in.

The log of a measured run names the project. Logs of earlier programs name the copy alone; then the
file of the measurement tells, as long as it is there.
"""

import re
from itertools import pairwise
from pathlib import Path, PurePath

import msgspec

_COPY = re.compile(r"(\d{8}-\d{6}-[0-9a-z]+)-\d+-\d+(?:-again-\d+)?")
"""Name of a copy: the id of the measurement, the prompt, the run."""
_LONGEST_PLAN = 10_000_000
"""Bytes of the first line of a measurement's file that are read."""


class _Plan(msgspec.Struct, frozen=True):
    folder: str = ""


def measured_project(folder: str, state: Path) -> str:
    """The project that was measured in a copy; empty where `folder` is none, or nothing tells.

    Args:
        folder: The folder of a session.
        state: The user's state folder.
    """
    parts = PurePath(folder).parts
    for before, name in pairwise(parts):
        found = _COPY.fullmatch(name)
        if found and before == "measure":
            return _folder_of(state / "measure" / f"{found[1]}.jsonl")
    return ""


def _folder_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(_LONGEST_PLAN), type=_Plan).folder
    except (OSError, msgspec.DecodeError):
        return ""

"""The files of the project that deny rules keep from the model, for the sandbox to hide.

It is a list, because the kernel hides files that exist and knows no patterns. The program makes it
again before a command, as often as that costs little beside the commands.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

_MAX_TIME_SHARE = 20
"""A walk is made again when this many times its own length has passed."""


class DeniedFiles:
    """What the deny rules cover in one folder now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_hidden: object = None
        self._refresh_at = 0.0
        self._found: tuple[Path, ...] = ()

    def find(self, folder: Path, is_hidden: Callable[[Path], bool]) -> tuple[Path, ...]:
        """Files that `is_hidden` covers, and folders that it covers as a whole.

        Walks the folder, so it belongs on a thread. A file made since the last walk may be
        missing for a moment in a folder that takes long to walk.

        Args:
            folder: The project folder.
            is_hidden: Whether a deny rule keeps a path from being read.
        """
        began = self._clock()
        if is_hidden == self._is_hidden and began < self._refresh_at:
            return self._found
        found: list[Path] = []
        for place, folders, files in os.walk(folder):
            here = Path(place)
            for name in [*folders]:
                if is_hidden(here / name):
                    found.append(here / name)
                    folders.remove(name)
            found += [here / name for name in files if is_hidden(here / name)]
        self._is_hidden, self._found = is_hidden, tuple(found)
        self._refresh_at = began + _MAX_TIME_SHARE * (self._clock() - began)
        return self._found

"""Finds logs below a folder: links to folders are followed, each folder once."""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path


def logs_below(folder: Path, *endings: str) -> list[Path]:
    """The regular files below a folder whose names end so, sorted.

    A folder that can be reached in several ways counts once, under its own name where it has one
    here: a link may lead in a circle. Pipes and devices are no logs, whatever they are called.

    Args:
        folder: Where to look.
        endings: Such as `.jsonl`.
    """
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    folders, links = deque([folder]), deque[Path]()
    while folders or links:
        place = folders.popleft() if folders else links.popleft()
        for entry in _entries(place, seen):
            try:
                if entry.is_dir():
                    (links if entry.is_symlink() else folders).append(Path(entry.path))
                elif entry.name.endswith(endings) and entry.is_file():
                    found.append(Path(entry.path))
            except OSError:
                continue  # a link to itself
    return sorted(found)


def _entries(place: Path, seen: set[tuple[int, int]]) -> Iterator[os.DirEntry[str]]:
    """What is in a folder that was not looked at before; nothing if it cannot be read."""
    try:
        about = place.stat()
        if (about.st_dev, about.st_ino) in seen:
            return
        seen.add((about.st_dev, about.st_ino))
        with os.scandir(place) as entries:
            yield from entries
    except OSError:
        return

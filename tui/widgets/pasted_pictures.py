"""A picture as a piece of the draft: its size and its tokens are seen before it is sent."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tui.budget.image_header import InvalidImage, read_header
from tui.budget.image_tokens import tokens_of_size

_ENDING = re.compile(r"\.(?:png|jpe?g|gif|webp)$", re.IGNORECASE)
_BEGINNING = 64 * 1024
"""Bytes in which the size is looked for: some cameras put their own notes before it."""
_MAX_PATH = 4_096
"""Characters of a path; more is a text."""


class Picture(NamedTuple):
    """A picture on the disk."""

    path: Path
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @property
    def tokens(self) -> int:
        """Estimated tokens of it."""
        return tokens_of_size(self.width, self.height)


def pasted_path(text: str) -> Path | None:
    """The picture that a pasted text names by its whole path; None for any other text.

    Terminals give the path of a file that is dropped on them: quoted, with backslashes before
    blanks, or as an address.
    """
    name = text.strip()
    if len(name) > _MAX_PATH or "\n" in name or not _ENDING.search(name.strip("'\"")):
        return None
    if name[:1] in "'\"" and name[:1] == name[-1:]:
        name = name[1:-1]
    elif name.startswith("file://"):
        name = unquote(urlsplit(name).path)
    else:
        name = re.sub(r"\\(.)", r"\1", name)
    if name.startswith("~/"):
        name = str(Path.home() / name[2:])
    return Path(name) if name.startswith("/") and name.isprintable() and '"' not in name else None


def picture_at(path: Path) -> Picture | None:
    """The picture in a file; None where there is none. Reads its beginning."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            header = read_header(file.read(_BEGINNING), whole=False)
    except (OSError, InvalidImage):
        return None
    return Picture(path, header.width, header.height)

"""Text on its way into a file that people keep: cleaned, without keys, for this user only.

An earlier file is never written over, and a link in its place is not followed.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from tui.claude.credentials import known_secrets
from tui.claude.redaction import redact
from tui.sanitize import clean
from tui.session.private_files import open_private


class FileNotWritten(Exception):
    """A file that could not be written; the text is one sentence."""


def redact_for_export(text: str) -> str:
    """`text` without control sequences and without any API key that is known or looks like one."""
    return redact(clean(text), known_secrets())


def redact_line(text: str) -> str:
    """The same on one line."""
    return " ".join(redact_for_export(text).split())


def write_new_file(path: Path, text: str) -> None:
    """Write a file that was not there before, readable by this user alone (0600).

    Raises:
        FileNotWritten: it is there already, or cannot be written.
    """
    try:
        handle = open_private(path, os.O_WRONLY | os.O_EXCL)
    except FileExistsError as error:
        raise FileNotWritten(f"{path} is there already: give another name.") from error
    except OSError as error:
        raise FileNotWritten(f"{path} could not be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileNotWritten(f"{path} could not be written: {error.strerror}.") from error


def write_numbered_file(folder: Path, name: str, text: str) -> Path:
    """Write a file of this name, or with a number behind it where that one is there already.

    Raises:
        FileNotWritten: none of them can be written.
    """
    for path in _names(folder, name):
        if not path.exists() and not path.is_symlink():
            write_new_file(path, text)
            return path
    raise FileNotWritten(f"There are too many files named like {folder / name}: give another name.")


def write_export_file(folder: Path, wish: str, name: str, text: str) -> Path:
    """Write a file where somebody wants it.

    Args:
        folder: What a relative path starts from.
        wish: A file or a folder, as typed; empty for a free name in `folder`.
        name: What it is called where only a folder is wished for.
        text: What it says.

    Raises:
        FileNotWritten: it is there already, or cannot be written.
    """
    try:
        path = folder / Path(wish.strip()).expanduser() if wish.strip() else folder
    except RuntimeError as error:  # `~nobody`
        raise FileNotWritten(f"{wish.strip()[:80]} is not a place to write to.") from error
    if path.is_dir():
        return write_numbered_file(path, name, text)
    write_new_file(path, text)
    return path


def _names(folder: Path, name: str) -> Iterator[Path]:
    stem, dot, ending = name.rpartition(".")
    yield folder / name
    for number in range(2, 100):
        yield folder / f"{stem}-{number}{dot}{ending}"

r"""Names of files that text cannot hold, or that look like others: shown, and found again.

A name may hold line feeds and bytes that are no UTF-8. It is shown with escapes (`caf\xe9.txt`,
`a\nb.txt`), and a path with such escapes leads to it. Names are often typed in another form than
they have on disk: with composed letters for separate accents, with a blank for a no-break space.
Such a name leads to the file where it can only be one.
"""

import os
import re
import unicodedata
from itertools import islice
from pathlib import Path

from tui.agent.tools.base import ToolError

_NOT_SHOWN = re.compile("[\x00-\x1f\x7f\udc80-\udcff]")
_TO_ESCAPE = re.compile(f"{_NOT_SHOWN.pattern}|\\\\")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|([nrt\\]))")
_SHELL_ESCAPE = re.compile(r"\\([^\w\\])")
_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\\": "\\"}
_CHARS = {letter: char for char, letter in _LETTERS.items()}
_MAX_NAMES = 100_000
"""Names of one folder that are compared."""


def shown_name(path: str) -> str:
    """`path` as text of one line: control characters and bytes that are no UTF-8 as escapes."""
    return _TO_ESCAPE.sub(_escape, path) if _NOT_SHOWN.search(path) else path


def unescaped_name(path: str) -> str:
    """The path that `shown_name` shows as `path`."""
    return _ESCAPE.sub(_unescape, path) if "\\" in path else path


def find_name(written: Path) -> Path:
    """`written`, or the path of the one file or folder that is meant, where it is not there.

    Args:
        written: Absolute; what is missing of it stays as it is.

    Raises:
        ToolError: several names could be meant.
    """
    if "\\" not in str(written) and os.path.lexists(written):
        return written
    found, parts = Path(written.anchor), written.parts[1:]
    for at, part in enumerate(parts):
        name = part if part == ".." else _name_in(found, part)
        if name is None:
            return found.joinpath(*parts[at:])
        found /= name
    return found


def comparable_name(path: str) -> str:
    """`path` in the form in which names are compared with patterns."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _name_in(folder: Path, name: str) -> str | None:
    plain = unescaped_name(name)
    ways = dict.fromkeys((name, plain, _SHELL_ESCAPE.sub(r"\1", name)))
    there = [each for each in ways if os.path.lexists(folder / each)]
    if not there:
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in islice(entries, _MAX_NAMES)]
        except OSError:
            return None
        sense = _sense(plain)
        there = sorted(each for each in names if _may_mean(each, plain) and _sense(each) == sense)
    if len(there) > 1:
        names = [ascii(each) for each in there[:4]]
        raise ToolError(
            f"{shown_name(name)} could be any of {len(there)} names that look alike: "
            f"{' or '.join(names)}. Use a command with a pattern, or rename one."
        )
    return there[0] if there else None


def _may_mean(name: str, plain: str) -> bool:
    return not (name.isascii() and plain.isascii())


def _sense(name: str) -> str:
    """A name with composed letters and plain blanks."""
    blanks = "".join(" " if char.isspace() else char for char in name)
    return unicodedata.normalize("NFC", blanks)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    return f"\\{_LETTERS[char]}" if char in _LETTERS else f"\\x{code & 0xFF:02x}"


def _unescape(found: re.Match[str]) -> str:
    if found[2]:
        return _CHARS[found[2]]
    code = int(found[1], 16)
    return chr(code if code < 0x80 else 0xDC00 + code)

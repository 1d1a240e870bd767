"""A TOML file: its table, and the line of each key.

`tomllib` gives values without lines. To find the lines this module feeds it one statement at a
time, so that the real parser decides where a string or an array over several lines ends.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from tui.settings.problems import Layer, Problem
from tui.settings.regular_file import NotRegularFile, read_regular_file

KeyPath = tuple[str, ...]
"""The way to a value: `("limits", "dollars")`."""

MOST_BYTES = 200_000
"""A settings file of this size is something else."""

MOST_ROWS = 500
"""A value over more rows than this is taken for one that was never closed."""

MOST_PARTS = 1_000
"""Dots on one line, outside of strings."""

MOST_LEVELS = 8
"""Tables within tables; nothing that is read here has more."""


@dataclass(frozen=True)
class TomlDocument:
    """One TOML file that could be read."""

    path: Path
    text: str = field(repr=False)
    table: dict[str, Any]

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """The line of every key and table header, counted from 1."""
        return lines_of(self.text)

    def line_of_keys(self, keys: KeyPath) -> int | None:
        """The line of a key, or of the nearest table around it."""
        while keys:
            if keys in self.lines:
                return self.lines[keys]
            keys = keys[:-1]
        return None

    def line_of_path(self, path: str) -> int | None:
        """The line of a dotted path such as `a.b.rows[1].c`, or of the nearest table around it.

        Names in it may have dots of their own, as those of some models.
        """
        wanted = re.sub(r"\[\d+\]", "", path)
        fits = [keys for keys in self.lines if f"{wanted}.".startswith(".".join(keys) + ".")]
        return self.line_of_keys(max(fits, key=len, default=()))

    def problem(
        self, keys: KeyPath, found: str, expected: str, layer: Layer | None = None, **more: bool
    ) -> Problem:
        """A mistake at `keys` in this file.

        Args:
            keys: Where the mistake is.
            found: What is there, in words.
            expected: What should be there, in words.
            layer: The layer of settings that the file speaks for, if any.
            more: Further fields of `Problem`.
        """
        return Problem(found, expected, self.path, self.line_of_keys(keys), layer, **more)


def read_toml_document(
    path: Path,
    layer: Layer | None = None,
    mend: Callable[[str], str] = str,
    *,
    inside: Path | None = None,
) -> TomlDocument | Problem | None:
    """The file at `path`; None if there is none; a problem if it cannot be understood.

    Args:
        path: the file.
        layer: the layer of settings it speaks for, if any.
        mend: turns what people write into TOML, line for line.
        inside: the folder that the file must be in when every link is followed, if any.
    """

    def problem(found: str, expected: str, line: int | None = None) -> Problem:
        return Problem(found, expected, path, line, layer)

    try:
        contents = read_regular_file(path, MOST_BYTES, inside=inside)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except NotRegularFile as strange:
        return problem(str(strange), "expected a TOML file")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        return problem(f"the file cannot be read ({reason})", "it is ignored")
    raw = contents.data
    if contents.is_truncated:
        return problem(
            f"the file is over {MOST_BYTES // 1000} kB", "expected a short TOML file; it is ignored"
        )
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return problem(
            "the text is not UTF-8", "save it as UTF-8; the file is ignored until then", line
        )
    return _parse(path, mend(text), layer)


def _parse(path: Path, text: str, layer: Layer | None) -> TomlDocument | Problem:
    import tomllib

    if (line := _line_with_many_dots(text)) is not None:
        return Problem("a key has too many parts", "the file is ignored", path, line, layer)
    try:
        return TomlDocument(path, text, tomllib.loads(text, parse_float=Decimal))
    except ArithmeticError:  # of `Decimal`
        return Problem("a number is too large", "the file is ignored", path, None, layer)
    except ValueError as error:  # a number of 5,000 digits is not even a TOMLDecodeError
        reason, line = _parser_error(str(error), text)
        expected = "expected valid TOML; the whole file is ignored until this is corrected"
        return Problem(f"a TOML mistake, {reason}", expected, path, line, layer)
    except RecursionError:
        return Problem("brackets are nested too deep", "the file is ignored", path, None, layer)


def _line_with_many_dots(text: str) -> int | None:
    """The line of a key with so many parts that the parser would take minutes for it."""
    for number, row in enumerate(text.split("\n"), 1):
        if row.count(".") > MOST_PARTS and _QUOTED.sub("", row).count(".") > MOST_PARTS:
            return number
    return None


_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def _parser_error(message: str, text: str) -> tuple[str, int]:
    """The parser's words without their place, and the line it stumbled on."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", message)
    words = match[1] if match else message
    words = words[:1].lower() + words[1:]
    if match and match[2]:
        return words, int(match[2])
    # At the end of the document the parser was still inside something that began earlier.
    return words, max((line for line, _ in statements(text)), default=1)


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line of every key and table header of valid TOML; of a repeated one, the first."""
    rows = text.split("\n")
    places: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, parsed in statements(text):
        if parsed is None:
            continue
        header = rows[line - 1].lstrip().startswith("[")
        paths = list(_paths(parsed))
        if header:
            table = paths[-1] if paths else ()
            places.setdefault(table, line)
            continue
        for path in paths:
            places.setdefault((*table, *path), line)
    return places


def statements(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Each statement's first line and what it says alone; None for one that never ends."""
    import tomllib

    rows = text.split("\n")
    start = 0
    while start < len(rows):
        for end in range(start + 1, min(start + MOST_ROWS, len(rows)) + 1):
            try:
                parsed = tomllib.loads("\n".join(rows[start:end]))
            except ValueError:
                continue
            if parsed:
                yield start + 1, parsed
            start = end
            break
        else:
            yield start + 1, None
            return


def _paths(table: dict[str, Any], above: KeyPath = ()) -> Iterator[KeyPath]:
    """Every way into a parsed statement, the inner tables of inline ones included."""
    for key, value in table.items():
        yield (*above, key)
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict) and len(above) < MOST_LEVELS:
            yield from _paths(inner, (*above, key))

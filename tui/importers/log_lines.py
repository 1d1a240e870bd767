"""Reads logs line by line, and names the lines that are damaged."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tui.importers.imported_run import DamagedLine

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder().decode


class DamagedFigure(ValueError):
    """A figure is negative or no whole number; the text names it."""


def read_rows(path: Path, damaged: list[DamagedLine]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file with one JSON object a line, each with its number from 1.

    Args:
        path: The file; one that cannot be opened counts as one damaged line.
        damaged: Gets the lines that are no JSON object, a cut last line among them.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if not text.strip():
                    continue
                try:
                    row = _decode(text)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    damaged.append(DamagedLine(str(path), number, f"no JSON: {error}"))
                    continue
                if isinstance(row, dict):
                    yield number, row
                else:
                    damaged.append(DamagedLine(str(path), number, "no JSON object"))
    except OSError as error:
        damaged.append(DamagedLine(str(path), 0, f"cannot be read: {error.strerror}"))


def figure(values: dict[str, Any], name: str) -> int:
    """A count of tokens; 0 where it is missing or null.

    Raises:
        DamagedFigure: it is negative or no whole number.
    """
    value = values.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DamagedFigure(f"{name} is {str(value)[:20]}")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def timestamp(value: Any) -> float:
    """Seconds since 1970 of a time in ISO 8601 (UTC without a zone) or in milliseconds; else 0."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000
    try:
        at = datetime.fromisoformat(text_of(value))
    except ValueError:
        return 0.0
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def digest(text: str) -> int:
    """Eight bytes that stand for an id: a million of them stay small."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())

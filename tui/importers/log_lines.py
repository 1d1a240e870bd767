"""Reads logs line by line, and names the lines that are damaged."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tui.importers.compressed_logs import DamagedArchive, open_log
from tui.importers.imported_run import DamagedLine

MOST_TOKENS = 10**12
"""A count of tokens that is larger is damaged."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LATEST = 4_102_444_800
"""The year 2100: a later time is none."""
_UNITS = tuple((_LATEST * unit, unit) for unit in (1, 10**3, 10**6, 10**9))
"""Up to where a number is a time in seconds, milliseconds, and so on; and the unit."""
_EPOCH_DIGITS, _MOST_DIGITS = 10, 30
"""Digits from which on a text is such a number and no date; and that are read."""
_decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class SeenIds:
    """Ids that were counted, as digests: of rows with prompts, and of answers."""

    rows: set[int] = field(default_factory=set)
    answers: set[int] = field(default_factory=set)

    def update(self, other: "SeenIds") -> None:
        """Take over the ids of another file."""
        self.rows |= other.rows
        self.answers |= other.answers


class DamagedFigure(ValueError):
    """A figure is negative, too large or no whole number; the text names it."""


def read_rows(path: Path, damaged: list[DamagedLine]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file with one JSON object a line, each with its number from 1.

    Args:
        path: The file; one that cannot be opened counts as one damaged line.
        damaged: Gets the lines that are no JSON object, a cut last line among them.
    """
    try:
        with open_log(path) as file:
            for number, line in enumerate(file, 1):
                text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if not text.strip():
                    continue
                try:
                    row = decode_json(text)
                except ValueError as error:
                    damaged.append(DamagedLine(str(path), number, f"no JSON: {error}"))
                    continue
                if isinstance(row, dict):
                    yield number, row
                else:
                    damaged.append(DamagedLine(str(path), number, "no JSON object"))
    except DamagedArchive as error:
        damaged.append(DamagedLine(str(path), 0, f"cannot be read: {error.strerror}"))
    except OSError as error:
        damaged.append(DamagedLine(str(path), 0, f"cannot be read: {error.strerror}", is_file=True))


def take_rows(
    path: Path, take: Callable[[dict[str, Any]], None], damaged: list[DamagedLine]
) -> None:
    """Hand each row of a log to its reader.

    Args:
        path: The file.
        take: Takes a row; raises `DamagedFigure` for one with a figure that is none.
        damaged: Gets the lines that cannot be read.
    """
    for number, row in read_rows(path, damaged):
        try:
            take(row)
        except DamagedFigure as error:
            damaged.append(DamagedLine(str(path), number, str(error)))


def changed_at(path: Path) -> float:
    """When a file was changed, in seconds since 1970; 0 for one that is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def decode_json(text: bytes | str) -> Any:
    """A JSON value. Half of a surrogate pair, which JavaScript writes, is no damage.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return _decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not _SURROGATE.search(text if isinstance(text, bytes) else text.encode()):
            raise ValueError(str(error)) from error
    try:
        return _whole_text(json.loads(text, parse_constant=_refuse))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _whole_text(value: Any) -> Any:
    """A value with a mark in the place of each half of a pair."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_text(each) for each in value]
    if isinstance(value, dict):
        return {_whole_text(name): _whole_text(each) for name, each in value.items()}
    return value


def figure(values: dict[str, Any], name: str) -> int:
    """A count of tokens; 0 where it is missing or null.

    Raises:
        DamagedFigure: it is negative, no whole number, or larger than any count can be.
    """
    value = values.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_TOKENS:
        raise DamagedFigure(f"{name} is {str(value)[:20]}")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def timestamp(value: Any) -> float:
    """Seconds since 1970 of a time in ISO 8601 (UTC without a zone) or in a number; else 0.

    How large a number is tells whether it counts seconds, milliseconds, micro- or nanoseconds.
    Times before 1970 and after 2099 are none.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) >= _EPOCH_DIGITS:
        value = int(value[:_MOST_DIGITS])
    if isinstance(value, int | float) and not isinstance(value, bool):
        unit = next((unit for below, unit in _UNITS if value < below), 0)
        return value / unit if unit and value >= 0 else 0.0
    try:
        at = datetime.fromisoformat(text_of(value))
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return seconds if 0 <= seconds <= _LATEST else 0.0


def digest(text: str) -> int:
    """Eight bytes that stand for an id: a million of them stay small."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def row_mark(uuid: str) -> int:
    """What stands for a row of a log; 0 for none."""
    return digest(uuid) >> 1 if uuid else 0  # a signed integer of the database holds it

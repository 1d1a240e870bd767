"""Runs of anybody's, from a file: a JSON list of `{"tokens": N, "finished": true}`, or a table.

A table is CSV with a header, as spreadsheets write it: with commas, semicolons or tabs, with or
without a byte order mark, numbers with or without separators between thousands.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from tui.budget.spend_distribution import MeasuredRun
from tui.history.task_run import FINISHED, RunEnd

MOST_TOKENS = 1e15
"""A run of more tokens is a slip."""
TRUE_WORDS = frozenset({"true", "yes", "1", "1.0", "y", "finished", "done", FINISHED, "wahr", "ja"})
FALSE_WORDS = frozenset({"false", "no", "0", "0.0", "n", "cut", "censored", "falsch", "nein"}) | (
    {end.replace("_", " ") for end in get_args(RunEnd)} - {FINISHED}
)
_TOKENS = ("tokens", "spend")
"""Names of the column with what a run took."""
_SEPARATORS = (";", "\t", "|")
_BETWEEN_THOUSANDS = re.compile(r"[\s_'’\u00a0\u202f]")
_COMMAS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_POINTS = re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
_SUFFIXES = {"k": 1e3, "m": 1e6}

Row = dict[str, Any]


class RunFileError(ValueError):
    """A file with runs cannot be used; the text is one sentence for people."""


def read_run_file(path: Path) -> list[MeasuredRun]:
    """The runs of a file, in its order; one that does not say how it ended counts as finished.

    Raises:
        RunFileError: the file cannot be read, or a run in it makes no sense.
    """
    try:
        data = path.expanduser().read_bytes()
    except OSError as error:
        raise RunFileError(f"{path} cannot be read: {error.strerror}.") from error
    is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise RunFileError(f"{path} is not UTF-8 text.") from error
    if text.lstrip()[:1] in ("[", "{"):
        return [_measured(path, place, row) for place, row in _json_rows(path, text)]
    separator, rows = _table(path, text)
    # Where semicolons stand between cells, commas stand before decimals, and points may be
    # between thousands.
    return [_measured(path, place, row, points=separator != ",") for place, row in rows]


def _json_rows(path: Path, text: str) -> Iterable[tuple[str, Row]]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        found = _json_lines(text)
        if found is None:
            raise RunFileError(f"{path} is no JSON: {error}.") from error
    if isinstance(found, dict):
        found = [found] if any(name in found for name in _TOKENS) else found.get("runs")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        wanted = '[{"tokens": 52000, "finished": true}, …]'
        raise RunFileError(f"{path} holds no list of runs; expected {wanted}.")
    return ((f"run {number}", row) for number, row in enumerate(found, 1))


def _json_lines(text: str) -> list[Any] | None:
    """The values of a file with one a line; None where a line is none."""
    try:
        return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    except (msgspec.DecodeError, RecursionError):
        return None


def _table(path: Path, text: str) -> tuple[str, Iterator[tuple[str, Row]]]:
    """What stands between cells, and the rows below the header, each with its place."""
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    said = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    if said:
        first = lines.readline()
    while first and not first.strip():
        first = lines.readline()
    separator = said[1] if said else max((*_SEPARATORS, ","), key=first.count)
    if separator not in first:
        separator = ","
    names = [name.strip().lower() for name in next(csv.reader([first], delimiter=separator), [])]
    if not any(name in names for name in _TOKENS):
        raise RunFileError(f"{path} has no column `tokens`; its first line names the columns.")
    before = text[: lines.tell()].count("\n")
    return separator, _rows(lines, names, separator, before)


def _rows(
    lines: Iterable[str], names: list[str], separator: str, before: int
) -> Iterator[tuple[str, Row]]:
    """The rows of a table, each with its place; empty ones are left out.

    Args:
        lines: The lines below the header.
        names: The names of the columns.
        separator: What stands between cells.
        before: How many lines the header took.
    """
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield f"line {before + reader.line_num}", dict(zip(names, cells, strict=False))


def _measured(path: Path, place: str, row: Row, *, points: bool = False) -> MeasuredRun:
    """One run.

    Args:
        path: The file, for a message.
        place: Where in the file it is.
        row: Its values by name.
        points: Whether points may be between thousands.

    Raises:
        RunFileError: it makes no sense.
    """
    tokens: Any = next((row[name] for name in _TOKENS if name in row), None)
    number = _number(tokens, points=points)
    if not 0 < number < MOST_TOKENS:
        raise RunFileError(
            f"{path}, {place}: tokens is {str(tokens)[:20]!r}; expected a number above 0."
        )
    said = row.get("finished", True)
    word = str(said).strip().lower().replace("_", " ")
    if said is None or not word or word in TRUE_WORDS:
        return MeasuredRun(number, finished=True)
    if word in FALSE_WORDS:
        return MeasuredRun(number, finished=False)
    raise RunFileError(f"{path}, {place}: finished is {word[:20]!r}; expected true or false.")


def _number(value: Any, *, points: bool) -> float:
    """A number as people write it; NaN for anything else."""
    if isinstance(value, bool):
        return math.nan
    if not isinstance(value, str):
        return float(value) if isinstance(value, int | float) else math.nan
    text = _BETWEEN_THOUSANDS.sub("", value).lower()
    factor = _SUFFIXES.get(text[-1:], 1.0)
    text = text[:-1] if factor != 1.0 else text
    if _COMMAS.fullmatch(text):
        text = text.replace(",", "")
    elif points and _POINTS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        return float(text) * factor
    except ValueError:
        return math.nan

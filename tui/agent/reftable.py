"""The branch of a repository whose references are kept in reftable files.

Only what is needed for that: the value of `HEAD` in the newest table that has one. The format
is described in git's Documentation/technical/reftable.adoc.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tui.settings.regular_file import NotRegularFile, read_regular_file

MOST_LIST = 64_000
"""Bytes of the list of tables."""
MOST_TABLE = 64_000
"""Bytes read of a table: `HEAD` sorts before every other reference that git writes often."""
MOST_TABLES = 64
_TABLE = re.compile(r"[A-Za-z0-9_.-]{1,200}\.ref")
_HEADERS = {1: 24, 2: 28}
"""Bytes before the first block, by version."""
_HASHES = {1: 20, 2: 32}
"""Bytes of an object id: the second version may use either, and says which."""
_DELETED, _ONE, _TWO, _SYMBOLIC = range(4)


def symbolic_head(folder: Path) -> str | None:
    """The full name of the reference that `HEAD` names, such as `refs/heads/main`.

    None where `HEAD` names a commit, or where the files cannot be understood.
    """
    try:
        names = read_regular_file(folder / "tables.list", MOST_LIST).data.decode("ascii").split()
        for name in reversed(names[-MOST_TABLES:]):
            if not _TABLE.fullmatch(name):
                return None
            table = read_regular_file(folder / name, MOST_TABLE).data
            for found, kind, value in _records(table):
                if found == b"HEAD":
                    return value.decode("utf-8") if kind == _SYMBOLIC else None
    except (NotRegularFile, OSError, ValueError, LookupError):
        return None
    return None


def _records(table: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Name, kind and value of the references in the first block, in order.

    Raises:
        ValueError: This is no table, or it is damaged.
        LookupError: It ends too early, or holds a kind of value that is not known.
    """
    version = table[4] if table[:4] == b"REFT" else 0
    start = _HEADERS.get(version, 0)
    if not start or table[start : start + 1] != b"r":
        raise ValueError("no table of references")
    hash_size = 32 if version == 2 and table[24:28] == b"s256" else 20
    end = int.from_bytes(table[start + 1 : start + 4])
    if end > len(table):
        raise ValueError("a block that does not end")
    restarts = int.from_bytes(table[end - 2 : end])
    at, last, name = start + 4, end - 2 - 3 * restarts, b""
    while at < last:
        shared, at = _number(table, at)
        suffix, at = _number(table, at)
        length, kind = suffix >> 3, suffix & 7
        name = name[:shared] + table[at : at + length]
        _, at = _number(table, at + length)
        if kind == _SYMBOLIC:
            size, at = _number(table, at)
        else:
            size = {_DELETED: 0, _ONE: hash_size, _TWO: 2 * hash_size}[kind]
        if at + size > last:
            raise ValueError("a record that does not end")
        yield name, kind, table[at : at + size]
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where the next one begins."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F)
    return value, at + 1

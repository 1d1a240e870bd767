"""Rows of the log, read page by page from a file whose tree SQLite cannot follow any more.

A table's rows are in leaf pages, each with its number, so a damaged page hides no row but its
own: every page that looks like a leaf is read by itself, and a row is believed when its event
can be decoded as what its row says. (Format: sqlite.org/fileformat2.html.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

from tui.session.database import PAGE_SIZE
from tui.session.event_codec import DamagedRow, Row, to_event

_LEAF = 0x0D
"""First byte of a leaf page of a table."""
_HEAD = Struct(">BHHHB")
_POINTER = Struct(">H")
_REAL = Struct(">d")
_MOST_INLINE = PAGE_SIZE - 35
_LEAST_INLINE = (PAGE_SIZE - 12) * 32 // 255 - 23
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer, by its type."""


class _NotALogRow(Exception):
    """What is there is no row of the log."""


def read_rows(path: Path) -> Iterator[Row]:
    """Every row of the log that is whole, in the order of the pages.

    Args:
        path: A database without a write-ahead log. It is not opened by SQLite.

    Raises:
        OSError: it could not be read.
    """
    data = _Pages(path.read_bytes())
    for number in range(2, data.count + 1):
        yield from _rows_on(data, number)


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of a file, from 1."""

    data: bytes

    @property
    def count(self) -> int:
        return -(-len(self.data) // PAGE_SIZE)

    def page(self, number: int) -> bytes:
        """A page; a last one that is cut off is filled up with zeros."""
        if not 1 <= number <= self.count:
            raise _NotALogRow
        return self.data[(number - 1) * PAGE_SIZE : number * PAGE_SIZE].ljust(PAGE_SIZE, b"\0")


def _rows_on(data: _Pages, number: int) -> Iterator[Row]:
    """The whole rows on a page; none when it is not a leaf of a table."""
    page = data.page(number)
    kind, _, cells, _, _ = _HEAD.unpack_from(page)
    if kind != _LEAF or _HEAD.size + cells * _POINTER.size > PAGE_SIZE:
        return
    for place in range(cells):
        (at,) = _POINTER.unpack_from(page, _HEAD.size + place * _POINTER.size)
        try:
            yield _row(data, page, at)
        except (_NotALogRow, DamagedRow, IndexError, UnicodeDecodeError, OverflowError):
            continue


def _row(data: _Pages, page: bytes, at: int) -> Row:
    """The row of a cell.

    Raises:
        _Unfit, NotReadable, IndexError: there is none.
    """
    length, at = _varint(page, at)
    seq, at = _varint(page, at)
    payload = _payload(data, page, at, length)
    types, values = _types(payload)
    if len(types) != 5 or types[0] != 0:
        raise _NotALogRow
    parts = zip(types[1:], _parts(types[1:], values), strict=True)
    time, kind, version, body = (_value(type_, part) for type_, part in parts)
    if not isinstance(time, float | int) or not isinstance(kind, str):
        raise _NotALogRow
    if not isinstance(version, int) or not isinstance(body, bytes) or not 0 < seq < 1 << 62:
        raise _NotALogRow
    to_event(kind, version, body)
    return seq, float(time), kind, version, body


def _payload(data: _Pages, page: bytes, at: int, length: int) -> bytes:
    """The content of a cell, what lies on overflow pages included."""
    if length > len(data.data):
        raise _NotALogRow
    if length <= _MOST_INLINE:
        return page[at : at + length]
    inline = _LEAST_INLINE + (length - _LEAST_INLINE) % (PAGE_SIZE - 4)
    inline = inline if inline <= _MOST_INLINE else _LEAST_INLINE
    parts, missing = [page[at : at + inline]], length - inline
    following = int.from_bytes(page[at + inline : at + inline + 4])
    while missing > 0:
        over = data.page(following)
        parts.append(over[4 : 4 + missing])
        missing -= PAGE_SIZE - 4
        following = int.from_bytes(over[:4])
    return b"".join(parts)


def _types(payload: bytes) -> tuple[list[int], bytes]:
    """The types of a record's values, and the bytes of the values."""
    end, at = _varint(payload, 0)
    types = []
    while at < end:
        type_, at = _varint(payload, at)
        types.append(type_)
    return types, payload[end:]


def _parts(types: list[int], values: bytes) -> Iterator[bytes]:
    at = 0
    for type_ in types:
        size = (type_ - 12) // 2 if type_ >= 12 else _INTEGERS.get(type_, 8 if type_ == 7 else 0)
        if at + size > len(values):
            raise _NotALogRow
        yield values[at : at + size]
        at += size


def _value(type_: int, part: bytes) -> object:
    if type_ == 7:
        return _REAL.unpack(part)[0]
    if type_ >= 12:
        return part.decode() if type_ % 2 else part
    if type_ in (8, 9):
        return type_ - 8
    return int.from_bytes(part, signed=True) if type_ in _INTEGERS else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place behind it."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9

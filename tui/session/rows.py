"""Rows: how an event lies in the log, and how it comes back out of it."""

from typing import Any

import msgspec

from tui.session.events import VERSION, Event, Record, Unknown, decode, encode

Row = tuple[int, float, str, int, bytes]
"""Number, time in seconds since the Unix epoch, kind, version of the event schema, body."""

INSERT = "INSERT INTO events (seq, at, kind, version, body) VALUES (?, ?, ?, ?, ?)"


class NotReadable(Exception):
    """A body that is not JSON any more."""


class _Tag(msgspec.Struct):
    kind: str = ""


_tags = msgspec.json.Decoder(_Tag)


def kind_of(event: Event) -> str:
    """The tag of an event, as its row says it; of an unknown one, the tag it came with."""
    if isinstance(event, Unknown):
        try:
            return _tags.decode(event.raw).kind
        except msgspec.DecodeError:
            return ""
    return str(event.__struct_config__.tag)


def to_row(record: Record) -> Row:
    """What is written of a record.

    Raises:
        UnicodeEncodeError: it holds a text that has no UTF-8; `whole` makes one that has.
    """
    return record.seq, record.at, kind_of(record.event), VERSION, encode(record.event)


def whole(record: Record) -> Record:
    """`record` with halves of surrogate pairs replaced by U+FFFD, which nothing could read back.

    They come from file names and arguments that are not UTF-8.
    """
    body = msgspec.json.encode(_mended(msgspec.to_builtins(record.event)))
    return Record(record.seq, record.at, decode(body))


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(each) for each in value]
    return value


def to_event(body: bytes) -> Event:
    """The event of a row; one of an unknown kind keeps its bytes.

    Raises:
        NotReadable: the body is damaged.
    """
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, RecursionError) as error:
        raise NotReadable from error

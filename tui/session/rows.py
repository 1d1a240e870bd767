"""Rows: how an event lies in the log, and how it comes back out of it."""

import msgspec

from tui.session.events import VERSION, Event, Record, Unknown, decode, encode

Row = tuple[int, float, str, int, bytes]
"""Number, time in seconds since the Unix epoch, kind, version of the event schema, body."""

INSERT = "INSERT INTO events (seq, at, kind, version, body) VALUES (?, ?, ?, ?, ?)"


class NotStorable(Exception):
    """A text that has no UTF-8, such as half a surrogate pair: nothing could read it back."""


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
        NotStorable: it holds a text that has no UTF-8.
    """
    try:
        body = encode(record.event)
    except UnicodeEncodeError as error:
        raise NotStorable from error
    return record.seq, record.at, kind_of(record.event), VERSION, body


def to_event(body: bytes) -> Event:
    """The event of a row; one of an unknown kind keeps its bytes.

    Raises:
        NotReadable: the body is damaged.
    """
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
        raise NotReadable from error

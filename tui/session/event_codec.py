"""Encodes an event as a row of the log, and decodes the row again."""

from typing import Any

import msgspec

from tui.session.events import VERSION, Event, Record, Unknown, decode, encode
from tui.session.upcasting import is_needed, upcast

Row = tuple[int, float, str, int, bytes]
"""Number, time in seconds since the Unix epoch, kind, version of the event schema, body."""

INSERT = "INSERT INTO events (seq, at, kind, version, body) VALUES (?, ?, ?, ?, ?)"


class DamagedRow(Exception):
    """A row that is damaged: its body is not JSON any more, or does not fit its kind."""


class _Tag(msgspec.Struct):
    kind: str = ""


_tags = msgspec.json.Decoder(_Tag)


def kind_of(event: Event) -> str:
    """The tag of an event; of an unknown one, the tag it came with."""
    if isinstance(event, Unknown):
        return _tags.decode(event.raw).kind
    return str(event.__struct_config__.tag)


def to_row(record: Record) -> Row:
    """What is written of a record.

    Raises:
        UnicodeEncodeError: it holds a text that has no UTF-8; `writable` makes one that has.
    """
    event = record.event
    version = event.version if isinstance(event, Unknown) else VERSION
    return record.seq, record.at, kind_of(event), version, encode(event)


def to_rows(records: list[Record]) -> tuple[list[Record], list[Row]]:
    """Records as they can be written, and their rows.

    Halves of surrogate pairs are replaced by U+FFFD in them: nothing could read those back. They
    come from file names and arguments that are not UTF-8.

    Raises:
        DamagedRow: one does not fit its kind, or is not of our version: it would be damage.
    """
    try:
        rows = [to_row(record) for record in records]
    except UnicodeEncodeError:
        records = [_reread(record) for record in records]
        rows = [to_row(record) for record in records]
    for _, _, kind, version, body in rows:
        if version > VERSION:
            raise DamagedRow(f"{kind} of version {version}")
        to_event(kind, version, body)
    return records, rows


def _reread(record: Record) -> Record:
    body = msgspec.json.encode(_repaired_value(msgspec.to_builtins(record.event)))
    return Record(record.seq, record.at, to_event(kind_of(record.event), VERSION, body))


def _repaired_value(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_repaired_value(key): _repaired_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_repaired_value(each) for each in value]
    return value


def to_event(kind: str, version: int, body: bytes) -> Event:
    """The event of a row.

    A body of an older version is brought up to ours first. What a newer program wrote and
    ours cannot decode becomes `Unknown`; anything else that does not fit is damage.

    Args:
        kind: The tag of the event, as the row says it.
        version: The version of the event schema that it was written under.
        body: JSON.

    Raises:
        DamagedRow: the row is damaged.
    """
    if version < 1:
        raise DamagedRow(f"{kind} of version {version}")
    try:
        if version < VERSION:
            kind, body = _upgraded(kind, version, body)
        event = decode(body) if version <= VERSION else _newer_event(kind, version, body)
        said = kind_of(event)
    except _UNFIT as error:
        raise DamagedRow(f"{kind}: {error}") from error
    if said != kind:
        raise DamagedRow(f"{kind}: its body says {said}")
    return event


def _upgraded(kind: str, version: int, body: bytes) -> tuple[str, bytes]:
    """Kind and body of a row of an older version, as our version writes them."""
    if not is_needed(kind, version, upto=VERSION):
        return kind, body
    whole = msgspec.json.decode(body, type=dict[str, Any])
    if whole["kind"] != kind:
        raise KeyError("kind")
    whole = upcast(whole, version, upto=VERSION)
    return whole["kind"], msgspec.json.encode(whole)


def _newer_event(kind: str, version: int, body: bytes) -> Event:
    from tui.session import newer_events  # rarely needed, and slow to import

    return newer_events.read_newer_event(kind, version, body)


_UNFIT = (msgspec.MsgspecError, ValueError, TypeError, LookupError, RecursionError)
"""What decoding or upcasting a damaged body raises."""

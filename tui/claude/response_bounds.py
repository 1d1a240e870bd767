"""How much of a server's answer the program takes: the bounds, and JSON that keeps to them.

A server may be hostile or broken, so nothing that it sends is held without a bound. JSON is
judged as bytes before it is parsed: what is nested too deep, has too many values or a number
that the session log cannot hold would cost memory, or fail much later and look like our
mistake. Every breach is a `StreamError` of kind `oversized` that names its bound.
"""

import json
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from tui.claude.request_errors import StreamError

MEBIBYTE = 1 << 20
DEPTH = 100
"""Levels of nesting in one piece of JSON; the API uses fewer than twenty."""
VALUES = 100_000
"""Values in one piece of JSON."""


@dataclass(frozen=True, slots=True)
class ResponseBounds:
    """Upper bounds for what a server sends, in bytes unless a field names another unit."""

    event: int = 4 * MEBIBYTE
    """One event; also what may come in a row without anything of the answer."""
    lines: int = 10_000
    """Lines of one event."""
    content: int = 8 * MEBIBYTE
    """Everything that is kept of one answer; a million tokens are half of it."""
    blocks: int = 5_000
    """Content blocks of one answer."""
    stream: int = 128 * MEBIBYTE
    """The body of a streamed answer, after decompression and before it."""
    body: int = MEBIBYTE
    """Any other body: a token count, what a model can do."""
    refusal: int = MEBIBYTE // 16
    """The body of an error or a redirection; it is cut here, its status says enough."""


USUAL = ResponseBounds()


def bound_exceeded(detail: str) -> StreamError:
    """The fault of a bound that was passed; asking again would bring the same."""
    return StreamError(detail, "oversized", retryable=False)


def format_size(count: int) -> str:
    """A number of bytes for people: `4 MiB`."""
    for unit, name in ((MEBIBYTE, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"


def parse_json(data: bytes) -> Any:
    """The value of a piece of JSON that a server sent.

    Raises:
        StreamError: it is nested too deep, too large, or holds what cannot be kept.
        ValueError: it is not JSON in UTF-8.
    """
    check_json(data)
    return json.loads(data.decode("utf-8"))


def check_json(data: bytes) -> None:
    """See that a piece of JSON can be parsed and kept.

    Raises:
        StreamError: it cannot.
    """
    opened = data.count(b"[") + data.count(b"{")
    many = data.count(b",") + opened > VALUES
    if not many and opened <= DEPTH and not _ODD_NUMBER.search(data):
        return
    bare = _STRING.sub(b"", data)
    steps = (_STEPS[each] for each in bare.translate(None, _NO_BRACKETS)[: 2 * VALUES])
    if max(accumulate(steps), default=0) > DEPTH:
        raise bound_exceeded(f"one piece of it is nested more than {DEPTH} levels deep")
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > VALUES:
        raise bound_exceeded(f"one piece of it has more than {VALUES:,} values")
    for number in _NUMBER.findall(bare):
        if not _is_storable_number(number):
            raise bound_exceeded("it has a number that is too large to be kept")


def _is_storable_number(number: bytes) -> bool:
    """Whether the session log and the next request can hold a number as it is written."""
    if number.lstrip(b"-").isdigit():
        return len(number) <= _DIGITS and -(1 << 63) <= int(number) < 1 << 64
    try:
        value = float(number)
    except ValueError:  # no number at all: the parser says so
        return True
    return value - value == 0  # neither infinite nor "not a number"


_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""A string, also one that never ends: possessive, so that each byte is read once."""
_ODD_NUMBER = re.compile(rb"\d{19}|[eE]\+?\d{3}|NaN|Infinity")
_NUMBER = re.compile(rb"-?(?:\d[\d.eE+\-]*|NaN|Infinity)")
_DIGITS = 21
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(each for each in range(256) if each not in _STEPS)

"""What is piped into a headless run: read once, up to a bound, before anything is sent."""

import os
import select
import stat
import sys
from typing import NamedTuple

from tui.command_line import UsageError

MOST_BYTES = 400_000
"""About 100,000 tokens: more would cost dollars before the first answer."""
FIRST_BYTE_SECONDS = 3.0
"""Seconds until a pipe must have begun: one that was only inherited never does."""

NO_INPUT_REMARK = (
    "Nothing came on standard input in 3 seconds, so it was left out. "
    "Add `< /dev/null` if there is none."
)
CUT_INPUT_REMARK = f"Standard input is longer than {MOST_BYTES:,} bytes; the rest was left out."


class PipedInput(NamedTuple):
    """What was piped into the program."""

    data: str = ""
    remark: str = ""
    """What there is to say about it; empty where it was read whole, or there was none."""


def read_piped_input(file: int | None = None, patience: float = FIRST_BYTE_SECONDS) -> PipedInput:
    """Read what was piped in, to its end or the bound.

    Args:
        file: The file descriptor; None for standard input.
        patience: Seconds until a pipe must have begun.

    Raises:
        UsageError: it is no text.
    """
    try:
        handle = sys.stdin.fileno() if file is None else file
        mode = os.fstat(handle).st_mode
    except (AttributeError, OSError, ValueError):
        return PipedInput()
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        if not select.select([handle], [], [], patience)[0]:
            return PipedInput(remark=NO_INPUT_REMARK)
    elif not stat.S_ISREG(mode):
        return PipedInput()
    raw = _read(handle)
    if b"\0" in raw:
        raise UsageError("Standard input is not text; nothing was sent.")
    text = raw[:MOST_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    return PipedInput(text, CUT_INPUT_REMARK if len(raw) > MOST_BYTES else "")


def _read(handle: int) -> bytes:
    """All there is, or one byte more than the bound."""
    pieces, wanted = list[bytes](), MOST_BYTES + 1
    while wanted > 0:
        try:
            piece = os.read(handle, wanted)
        except BlockingIOError:
            select.select([handle], [], [])
            continue
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)

"""Which process works in a session, and where its terminal is: what it notes in the lock's file."""

import contextlib
import os
from collections.abc import Mapping

import msgspec

MOST_BYTES = 500
"""Bytes of a note that are read."""


class LockHolder(msgspec.Struct, frozen=True, omit_defaults=True):
    """A process that works in a session; only people read it, it decides nothing."""

    pid: int
    """0 where the process did not note it."""
    terminal: str = ""
    """Its device, such as `/dev/pts/3`; empty without one."""
    tmux_pane: str = ""
    """Its pane in tmux, such as `%4`; empty outside tmux."""

    @property
    def place(self) -> str:
        """`on /dev/pts/3 in tmux pane %4`, as far as it is known."""
        where = f"on {self.terminal}" if self.terminal else ""
        pane = f"in tmux pane {self.tmux_pane}" if self.tmux_pane else ""
        return " ".join(filter(None, (where, pane)))


def this_process(environment: Mapping[str, str]) -> LockHolder:
    """What there is to note of this process.

    Args:
        environment: Its variables.
    """
    pane = environment.get("TMUX_PANE", "") if environment.get("TMUX") else ""
    return LockHolder(os.getpid(), _terminal(), pane)


def encode_holder(holder: LockHolder) -> bytes:
    """The note: the number on a line of its own, then all of it as JSON."""
    return f"{holder.pid}\n".encode() + msgspec.json.encode(holder)


def decode_holder(note: bytes) -> LockHolder:
    """What a note says; programs before this one noted the number alone."""
    number, _, rest = note.partition(b"\n")
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.json.decode(rest, type=LockHolder)
    with contextlib.suppress(ValueError):
        return LockHolder(int(number))
    return LockHolder(0)


def _terminal() -> str:
    if hasattr(os, "ttyname"):
        for stream in (0, 1, 2):
            with contextlib.suppress(OSError):
                return os.ttyname(stream)
    return ""

"""Messages between the program and the processes of the sandbox, over a Unix socket.

To a process: a header with the length and the number of descriptors, which travel with it,
then JSON. From a process: one line of JSON each.
"""

import contextlib
import json
import os
import socket
import struct
from typing import Any

HEADER = struct.Struct("!IB")
_MOST_DESCRIPTORS = 8
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def pack_message(message: dict[str, Any], descriptors: int) -> tuple[bytes, bytes]:
    """Header and body of a message that carries so many descriptors."""
    body = json.dumps(message).encode()
    return HEADER.pack(len(body), descriptors), body


def receive_message(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and its descriptors; None when the other side is gone."""
    try:
        header, found, _, _ = socket.recv_fds(
            connection, HEADER.size, _MOST_DESCRIPTORS, _CLOSE_ON_EXEC
        )
        header += _receive_exactly(connection, HEADER.size - len(header)) if header else b""
        if len(header) < HEADER.size:
            return None
        length, _ = HEADER.unpack(header)
        body = _receive_exactly(connection, length)
    except OSError:
        return None
    for descriptor in found:
        os.set_inheritable(descriptor, False)
    return (json.loads(body), list(found)) if len(body) == length else None


def _receive_exactly(connection: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length and (piece := connection.recv(length - len(found))):
        found += piece
    return bytes(found)


def send_line(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one line to the program; nothing happens where it is gone."""
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")

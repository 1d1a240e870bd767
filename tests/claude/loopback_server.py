"""A server on this machine that answers exactly what a test tells it to, byte for byte."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field


class Drop:
    """The connection is cut without a goodbye."""


class Hold:
    """Nothing more comes, and the connection stays open until the caller hangs up."""


DROP, HOLD = Drop(), Hold()
Answer = Sequence[bytes | Drop | Hold]


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict


@dataclass
class Loopback:
    """Gives its answers in order, the last one again and again."""

    answers: list[Answer]
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self.answer(reader, writer):
                pass
        writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.received.append(await read_request(reader))
        steps = self.answers[min(len(self.received), len(self.answers)) - 1]
        for step in steps:
            if isinstance(step, Drop):
                writer.transport.abort()
                return False
            if isinstance(step, Hold):
                await reader.read(1)
                return False
            writer.write(step)
            await writer.drain()
        head = steps[0]
        assert isinstance(head, bytes)
        return b"transfer-encoding: chunked" in head or b"content-length" in head


async def read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    raw = dict(line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in raw.items()}
    return Received(head[0].split(" ")[1], headers, json.loads(body or b"{}"))


@contextlib.asynccontextmanager
async def serve_answers(
    *answers: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Loopback]:
    loopback = Loopback(list(answers))
    server = await asyncio.start_server(loopback.talk, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    loopback.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield loopback
    finally:
        server.close()


STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"request-id: req_011\r\nanthropic-ratelimit-requests-remaining: 49\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(kind: str, **fields: object) -> bytes:
    data = json.dumps({"type": kind, **fields})
    return chunk(f"event: {kind}\ndata: {data}\n\n".encode())


END = b"0\r\n\r\n"
USAGE = {"input_tokens": 12, "cache_read_input_tokens": 100, "output_tokens": 1}


def start(**message: object) -> bytes:
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "usage": USAGE,
    }
    return event("message_start", message={**whole, **message})


def block(index: int, content: dict, *deltas: dict) -> list[bytes]:
    """A whole block: its start, its deltas, its end."""
    return [
        event("content_block_start", index=index, content_block=content),
        *(event("content_block_delta", index=index, delta=delta) for delta in deltas),
        event("content_block_stop", index=index),
    ]


def text(index: int, *pieces: str) -> list[bytes]:
    deltas = ({"type": "text_delta", "text": piece} for piece in pieces)
    return block(index, {"type": "text", "text": ""}, *deltas)


def stop(reason: str | None = "end_turn", **usage: object) -> list[bytes]:
    return [
        event(
            "message_delta",
            delta={"stop_reason": reason, "stop_sequence": None},
            usage={"output_tokens": 20, **usage},
        ),
        event("message_stop"),
    ]


GOOD: Answer = [STREAM, start(), *text(0, "Hel", "lo"), *stop(), END]


def refusal(status: int, body: object, **headers: str) -> Answer:
    """An HTTP error; `body` is JSON, or bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"content-length": str(len(raw)), "content-type": "application/json", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return [f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + raw]


def error(type_: str, message: str, code: str | None = None) -> dict:
    inner: dict = {"type": type_, "message": message}
    if code:
        inner["details"] = {"error_code": code}
    return {"type": "error", "error": inner, "request_id": "req_022"}

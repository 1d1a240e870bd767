"""A Messages API endpoint that streams mixed Markdown at a pace, as a process of its own.

    python tests/bench/endpoint.py        prints its address, and serves until it is ended

It knows nothing but streaming: what a prompt asks for, `tokens=20000 rate=150 mark=END-7`,
is answered with that many tokens at that pace (0: as fast as it goes) and the mark. With `team=20`
before it, the answer is that many agents, and each gets the wish with a mark of its own. So what is
measured is the program, not the simulator.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import corpus

WISH = re.compile(rb"tokens=(\d+) rate=(\d+) mark=([\w-]+)")
TEAM = re.compile(rb"team=(\d+) tokens=(\d+) rate=(\d+) mark=([\w-]+)")
IS_AGENT, HAS_RESULTS = b", an agent of a team:", b"tool_result"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
CHARACTERS_PER_TOKEN = 4
TOKENS_A_PIECE = 4
"""What one event of the API brings, about."""


def wish(tokens: int, rate: int, mark: str) -> str:
    """The prompt that asks for an answer."""
    return f"tokens={tokens} rate={rate} mark={mark}"


def wish_for_team(agents: int, tokens: int, rate: int, mark: str) -> str:
    """The prompt that asks for agents which all answer at once."""
    return f"team={agents} {wish(tokens, rate, mark)}"


def reached(mark: str) -> str:
    """The last word of an answer; no prompt has it in it."""
    return f"{mark}-reached"


def pieces(tokens: int) -> list[str]:
    """Mixed Markdown, in pieces as events bring it."""
    text = corpus.mixed(tokens * CHARACTERS_PER_TOKEN)
    return corpus.pieces(text, max(1, tokens // TOKENS_A_PIECE))


def event(kind: str, **fields: object) -> bytes:
    """One server-sent event."""
    body = json.dumps({"type": kind, **fields})
    return f"event: {kind}\ndata: {body}\n\n".encode()


def opening(number: int) -> bytes:
    """What comes before the text."""
    usage = {"input_tokens": 2_000, "output_tokens": 1}
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    block = {"type": "text", "text": ""}
    start = event("message_start", message=message)
    return start + event("content_block_start", index=0, content_block=block)


def delta(text: str) -> bytes:
    """A piece of the text."""
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


def ending(tokens: int, reason: str = "end_turn", index: int = 0) -> bytes:
    """What comes after the last block."""
    done = {"stop_reason": reason, "stop_sequence": None}
    return (
        event("content_block_stop", index=index)
        + event("message_delta", delta=done, usage={"output_tokens": tokens})
        + event("message_stop")
    )


def orders(number: int, agents: int, tokens: int, rate: int, mark: str) -> Iterator[bytes]:
    """The events of an answer that hands the wish to so many agents."""
    yield opening(number)
    yield event("content_block_stop", index=0)
    for at in range(1, agents + 1):
        task = wish(tokens, rate, f"{mark}-{at:02}")
        call = {"kind": "explore", "task": task, "budget": 20_000}
        block = {"type": "tool_use", "id": f"toolu_{number}_{at}", "name": "delegate", "input": {}}
        part = {"type": "input_json_delta", "partial_json": json.dumps(call)}
        yield event("content_block_start", index=at, content_block=block)
        yield event("content_block_delta", index=at, delta=part)
        if at < agents:
            yield event("content_block_stop", index=at)
    yield ending(agents * 40, "tool_use", agents)


async def answer(number: int, tokens: int, rate: int, mark: str) -> AsyncIterator[bytes]:
    """The events of one answer, each when it is due."""
    yield opening(number)
    begun = time.monotonic()
    for at, piece in enumerate([*pieces(tokens), f"\n\n{reached(mark)}\n"], 1):
        if rate:
            due = begun + at * TOKENS_A_PIECE / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield delta(piece)
    yield ending(tokens)


class Endpoint:
    """Answers one connection after the other, and many requests on each."""

    def __init__(self) -> None:
        self.requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await self._head(reader):
                length = re.search(rb"content-length: (\d+)", head.lower())
                body = await reader.readexactly(int(length[1]) if length else 0)
                await self._respond(writer, body)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""

    async def _respond(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        wishes = WISH.findall(body)
        if not wishes:
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()
            return
        self.requests += 1
        tokens, rate, mark = wishes[-1]
        wanted = (int(tokens), int(rate), mark.decode())
        writer.write(HEAD)
        team = None if IS_AGENT in body else TEAM.search(body)
        if team is not None and HAS_RESULTS not in body:
            for data in orders(self.requests, int(team[1]), *wanted):
                writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            wanted = wanted if team is None else (4, 0, mark.decode())
            async for data in answer(self.requests, *wanted):
                writer.write(b"%x\r\n%b\r\n" % (len(data), data))
                await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def main() -> None:
    """Serve on a port of the machine's choice."""
    server = await asyncio.start_server(Endpoint().serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await server.serve_forever()


@contextmanager
def endpoint() -> Iterator[str]:
    """An endpoint in a process of its own; its address."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(main())

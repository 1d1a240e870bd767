"""What a hostile or broken server can do to memory, time and the log: nothing beyond a bound."""

import asyncio
import contextlib
import json
import re
import sys
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from tests.claude.client_requests import KEY, client_for, collect, fault_of, request_of
from tests.claude.loopback_server import (
    DROP,
    END,
    GOOD,
    HOLD,
    STREAM,
    Drop,
    Hold,
    block,
    chunk,
    error,
    event,
    refusal,
    serve_answers,
    start,
    stop,
    text,
)
from tui.claude.api_client import ClientClock, RequestTimeouts
from tui.claude.content_blocks import parse_arguments
from tui.claude.request_errors import StreamError
from tui.claude.response_bounds import ResponseBounds, check_json
from tui.claude.retry import NO_RETRY
from tui.claude.stream_events import TextDelta

MIB = 1 << 20
FLAT = 64 * MIB
"""Bytes that a bomb of hundreds of megabytes may add to memory."""

TOOL: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}}


def opened(kind: str = "text", index: object = 0, **more: Any) -> bytes:
    content = {"text": {"type": "text", "text": ""}, "tool": TOOL}[kind]
    return event("content_block_start", index=index, content_block={**content, **more})


def bomb(window: int, unit: bytes, megabytes: int, head: bytes = b"") -> bytes:
    """A compressed body of so many megabytes of `unit`, made without making them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, window)
    began = squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH)
    part = squeeze.compress(unit * (MIB // len(unit))) + squeeze.flush(zlib.Z_FULL_FLUSH)
    # From a full flush on the same bytes compress to the same block.
    again = squeeze.compress(unit * (MIB // len(unit))) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return began + part + again * (megabytes - 1)


def compressed(
    body: bytes,
    encoding: str = "gzip",
    status: bytes = b"200 OK",
    kind: bytes = b"text/event-stream",
    more: bytes = b"",
) -> list[bytes | Drop | Hold]:
    head = b"HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-encoding: %s\r\n" % (
        status,
        kind,
        encoding.encode(),
    )
    return [head + b"content-length: %d\r\n%s\r\n" % (len(body), more), body, HOLD]


def plain(event_in_a_chunk: bytes) -> bytes:
    """The bytes of an event without the length before it."""
    return event_in_a_chunk.partition(b"\r\n")[2][:-2]


@contextlib.contextmanager
def flat_memory() -> Iterator[None]:
    """Measures the peak of resident memory where the kernel tells it."""
    clear = Path("/proc/self/clear_refs")
    if not sys.platform.startswith("linux") or not clear.exists():
        yield
        return
    clear.write_text("5")
    before = peak()
    yield
    assert peak() - before < FLAT


def peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


class Pulse:
    """How long the event loop was kept from anything else, as a keyboard sees it."""

    async def __aenter__(self) -> Self:
        self.longest = 0.0
        self._task = asyncio.create_task(self._beat())
        return self

    async def _beat(self) -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - began)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()


HEAD = plain(start()) + plain(opened())
DELTA = plain(text(0, "x" * 900)[1])
BOMBS = {
    "one line": (b"data: ", b"a", "one event of it is larger than 4 MiB"),
    "pieces of text": (HEAD, DELTA, "it is larger than 8 MiB"),
    "pings": (HEAD, plain(event("ping")), "1 MiB of it came with nothing but signs of life"),
    "comments": (HEAD, b":\n\n", "1 MiB of it came with nothing but signs of life"),
    "comments without end": (HEAD, b": x\n", "one event of it is larger than 1 MiB"),
    "empty pieces": (HEAD, plain(text(0, "")[1]), "1 MiB of it came with nothing but signs of"),
    "unknown events": (HEAD, plain(event("tomorrow", x="y" * 99)), "1 MiB of it came with noth"),
    "empty lines": (HEAD, b"\n", "1 MiB of it came with nothing but signs of life"),
    "lines of one event": (HEAD, b"data: 1\n", "one event of it is larger than 1 MiB"),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_compressed_bomb_stops_at_a_bound_with_flat_memory(name: str):
    head, unit, bound = BOMBS[name]
    body = bomb(31, unit, 300, head)
    assert len(body) < 3 * MIB
    bounds = ResponseBounds(event=MIB) if "1 MiB" in bound else ResponseBounds()
    with flat_memory():
        async with Pulse() as pulse:
            fault = await fault_of(compressed(body), bounds=bounds)
    assert fault.kind == "oversized"
    assert bound in fault.sentence and "127.0.0.1" in fault.sentence
    assert not fault.retryable
    assert pulse.longest < 0.5


def test_the_bounds_leave_room_for_the_longest_answer_a_model_can_give():
    tokens, bounds = 128_000, ResponseBounds()
    assert bounds.content > 16 * tokens
    assert bounds.stream > 2 * tokens * len(text(0, "four")[1])


@pytest.mark.parametrize(
    ("encoding", "window"), [("gzip", 31), ("x-gzip", 31), ("deflate", 15), ("deflate", -15)]
)
async def test_each_form_of_compression_is_read_and_bounded(encoding: str, window: int):
    whole = b"".join(plain(each) for each in GOOD[1:-1] if isinstance(each, bytes))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, window)
    body = squeeze.compress(whole) + squeeze.flush()
    async with serve_answers(compressed(body, encoding)) as server:
        _, response = await collect(client_for(server.url))
    assert response.blocks == ({"type": "text", "text": "Hello"},)
    with flat_memory():
        fault = await fault_of(compressed(bomb(window, b"a", 500, b"data: "), encoding))
    assert "larger than 4 MiB" in fault.sentence


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "\x01 evil"])
async def test_a_compression_that_was_not_offered_is_named(encoding: str):
    async with serve_answers(compressed(b"x" * 1000, encoding.replace("\x01", ""))) as server:
        fault = await fault_of(compressed(b"x" * 1000, encoding.replace("\x01", "")))
        with pytest.raises(Exception, match=r".*"):
            await collect(client_for(server.url, retry_policy=NO_RETRY))
    assert server.received[0].headers["accept-encoding"] == "gzip"
    assert fault.kind == "oversized"
    assert "compressed in a way that was not offered" in fault.sentence
    assert encoding.replace("\x01", "").strip() in fault.sentence


async def test_damaged_compression_is_a_broken_stream():
    good = bomb(31, b":\n\n", 1, HEAD)
    fault = await fault_of(compressed(good[:200] + b"\xff" * 500))
    assert (fault.kind, fault.partial.message) == ("broken_stream", "msg_1")


@pytest.mark.parametrize(
    ("status", "kind"), [(b"401 No", "wrong_key"), (b"529 Busy", "overloaded")]
)
async def test_an_error_with_an_endless_body_is_still_that_error(status: bytes, kind: str):
    words = json.dumps(error("x", "y"))[:-1].encode()
    with flat_memory():
        fault = await fault_of(compressed(bomb(31, b" ", 300, words), status=status))
        trickle = [b"HTTP/1.1 %s\r\n\r\n" % status, b"x" * MIB, HOLD]
        assert (await fault_of(trickle)).kind == kind
    assert fault.kind == kind


async def test_an_error_body_that_trickles_in_is_not_waited_for():
    ticks = iter(range(0, 100_000, 100))
    clock = ClientClock(monotonic=lambda: float(next(ticks)))
    head = b"HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n"
    slow = [head, *[chunk(b"x")] * 20, HOLD]
    assert (await fault_of(slow, clock=clock)).kind == "wrong_key"
    for end in (HOLD, DROP):
        cut = [head, chunk(b"x"), end]
        assert (await fault_of(cut, timeouts=RequestTimeouts(stall=0.2))).kind == "wrong_key"


async def test_redirections_are_bounded_like_errors():
    location = b"location: /v1/other\r\n"
    answer = compressed(bomb(31, b"a", 300), status=b"307 Go", more=location)
    with flat_memory():
        fault = await fault_of(answer)
    assert fault.kind == "bad_address"
    assert "circle" in fault.sentence


async def test_a_token_count_is_bounded_too():
    body = bomb(31, b" ", 300, b'{"input_tokens": 5')
    with flat_memory():
        async with (
            serve_answers(compressed(body, kind=b"application/json")) as server,
            client_for(server.url) as claude,
        ):
            assert await claude.count_tokens(request_of()) is None
            assert await claude.can_summarize("claude-opus-5-5") is None


async def test_a_charset_that_is_no_charset_is_not_used_to_decode_an_error():
    body = zlib.compress(b" " * 50 * MIB)
    for charset in ("zip", "bz2", "punycode", "unicode_escape"):
        with flat_memory():
            fault = await fault_of(refusal(401, body, content_type=f"text/x; charset={charset}"))
        assert fault.kind == "wrong_key"


DEEP = b"[" * 200_000 + b"]" * 200_000
BEYOND = {
    "nesting": (b'{"type": "content_block_start", "x": ' + DEEP + b"}", "100 levels deep"),
    "nesting of 101": (b'{"type": "x", "x": ' + b"[" * 101 + b"]" * 101 + b"}", "100 levels"),
    "values": (b'{"type": "x", "x": [' + b"[]," * 200_000 + b"1]}", "100,000 values"),
    "an infinite number": (b'{"type": "x", "x": 1e999}', "a number that is too large"),
    "infinity": (b'{"type": "x", "x": -Infinity}', "a number that is too large"),
    "not a number": (b'{"type": "x", "x": NaN}', "a number that is too large"),
    "a huge number": (b'{"type": "x", "x": %s}' % (b"9" * 5000), "a number that is too large"),
    "more than 64 bits": (b'{"type": "x", "x": 18446744073709551616}', "a number that is too"),
    "a number of a part": (b'{"type": "content_block_stop", "index": 1e400}', "a number that is"),
}


@pytest.mark.parametrize("name", BEYOND)
async def test_json_beyond_a_bound_is_the_servers_fault(name: str):
    data, bound = BEYOND[name]
    answer = [STREAM, start(), *text(0, "kept"), chunk(b"event: x\ndata: %s\n\n" % data), END]
    fault = await fault_of(answer)
    assert (fault.kind, fault.retryable) == ("oversized", False)
    assert bound in fault.sentence and "mistake" not in fault.sentence
    assert [each["text"] for each in fault.partial.blocks] == ["kept"]
    assert fault.partial.output_tokens > 0


@pytest.mark.parametrize(
    "value",
    [
        b"1.5", b"-9223372036854775808", b"18446744073709551615", b"0.12345678901234567890123",
        b'"' + DEEP + b'"', b'"1e999"', b'"' + b"9" * 5000 + b'"', b'"\\"' + b"[," * 150_000 + b'"',
        b"[" * 99 + b"]" * 99, b'"' + b"a," * 150_000 + b'"', b"1e308", b'"NaN"',
    ],
)  # fmt: skip
async def test_json_within_the_bounds_is_taken(value: bytes):
    odd = chunk(b'event: x\ndata: {"type": "tomorrow", "x": %s}\n\n' % value)
    async with serve_answers([STREAM, start(), odd, *text(0, "a"), *stop(), END]) as server:
        _, response = await collect(client_for(server.url))
    assert response.blocks[0]["text"] == "a"


def test_json_that_never_ends_is_judged_in_one_pass():
    for data in (b'"' + b'\\"' * MIB, b'"' * MIB, b'{"a' + b"\\" * MIB, b"[" * MIB, b"1" * MIB):
        began = time.thread_time()
        with contextlib.suppress(StreamError):
            check_json(data + b"[" * 101)
        assert time.thread_time() - began < 0.5


NUMBERS = {
    "given twice": [opened(index=0), opened(index=0)],
    "none": [opened(index=None)],
    "a word": [opened(index="0")],
    "a truth": [opened(index=True)],
    "negative": [opened(index=-1)],
    "far away": [opened(index=10**15)],
    "of no part": [text(3, "x")[1]],
}


@pytest.mark.parametrize("name", NUMBERS)
async def test_numbers_of_parts_that_cannot_be_are_the_servers_fault(name: str):
    fault = await fault_of([STREAM, start(), *NUMBERS[name], END])
    assert (fault.kind, fault.retryable) == ("broken_stream", False)


async def test_too_many_parts_stop_the_answer_and_keep_what_came():
    parts = [each for at in range(20) for each in text(at, "x")]
    fault = await fault_of([STREAM, start(), *parts, END], bounds=ResponseBounds(blocks=10))
    assert fault.kind == "oversized"
    assert "more than 10 parts" in fault.sentence
    assert len(fault.partial.blocks) == 10


async def test_the_arguments_of_a_tool_are_bounded_and_kept_as_partial():
    pieces = [
        event(
            "content_block_delta",
            index=0,
            delta={"type": "input_json_delta", "partial_json": "x" * 1000},
        )
    ] * 20
    fault = await fault_of(
        [STREAM, start(), opened("tool"), *pieces, END], bounds=ResponseBounds(content=10_000)
    )
    assert fault.kind == "oversized"
    assert 8_000 < fault.partial.characters < 10_000
    assert fault.partial.output_tokens > 2_000


@pytest.mark.parametrize(
    "raw", ['{"a": ' + DEEP.decode() + "}", '{"a": 1e999}', '{"a": ' + "9" * 30 + "}"]
)
def test_arguments_that_no_log_can_hold_are_unreadable(raw: str):
    assert parse_arguments(raw) is None


async def test_what_is_kept_of_any_answer_can_be_logged():
    odd = {"type": "text", "text": "a", "\ud800": ["\udc00", {"x": "\ud83d"}], "text2": "\ud83d"}
    answer = [STREAM, start(id="msg_\ud800", model="\udfff"), *block(0, odd), *stop("\ud800"), END]
    async with serve_answers(answer) as server:
        _, response = await collect(client_for(server.url))
    msgspec.json.encode([response.blocks, response.raw_usage, response.message, response.model])
    assert response.message == "msg_�"


ALIVE = {
    "pings": event("ping"),
    "comments": chunk(b": still here\n\n"),
    "half a comment": chunk(b":"),
    "empty pieces": text(0, "")[1],
    "the same count": event("message_delta", delta={}, usage={"output_tokens": 1}),
    "unknown events": event("tomorrow"),
}


@pytest.mark.parametrize("name", ALIVE)
async def test_signs_of_life_are_no_progress(name: str):
    ticks = iter(range(0, 100_000, 60))
    clock = ClientClock(monotonic=lambda: float(next(ticks)))
    answer = [STREAM, start(), *text(0, "Hel")[:-1], *[ALIVE[name]] * 200, HOLD]
    fault = await fault_of(answer, clock=clock, timeouts=RequestTimeouts(stall=60))
    assert (fault.kind, fault.retryable) == ("stalled", False)
    assert "nothing of it came for 10 minutes, only signs of life" in fault.sentence
    assert fault.partial.blocks[0]["text"] == "Hel"


async def test_a_slow_answer_that_progresses_is_waited_for():
    ticks = iter(range(0, 100_000, 60))
    clock = ClientClock(monotonic=lambda: float(next(ticks)))
    pieces = [each for piece in text(0, *"abcdefghij" * 3)[:-1] for each in (piece, event("ping"))]
    answer = [STREAM, start(), *pieces, text(0, "")[-1], *stop(), END]
    async with serve_answers(answer) as server:
        _, response = await collect(
            client_for(server.url, clock=clock, timeouts=RequestTimeouts(progress=601))
        )
    assert response.blocks[0]["text"] == "abcdefghij" * 3


async def test_a_server_that_never_gets_to_its_headers_is_a_timeout():
    hints = [b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 3
    fault = await fault_of([*hints, HOLD], timeouts=RequestTimeouts(stall=9, progress=0.2))
    assert fault.kind == "timeout"


async def test_a_bomb_can_be_left_at_once():
    seen = asyncio.Event()

    async def listen(sending: AsyncIterator[object]) -> None:
        async for item in sending:
            if isinstance(item, TextDelta):
                seen.set()

    body = bomb(31, DELTA, 300, HEAD)
    async with serve_answers(compressed(body)) as server, client_for(server.url) as claude:
        sending = claude.send(request_of())
        task = asyncio.create_task(listen(sending))
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert 0 < len(sending.partial.blocks[0]["text"]) < MIB


ECHO = f"Bearer {KEY}"


async def test_a_key_in_headers_and_names_of_an_answer_is_not_kept():
    head = STREAM.replace(b"req_011", KEY.encode()).replace(b": 49", f": {ECHO}".encode())
    head = head.replace(b"anthropic-ratelimit-requests", f"anthropic-ratelimit-{KEY}".encode())
    answer = [head, start(id=KEY, model=KEY), *text(0, "a"), *stop(KEY), END]
    async with serve_answers(answer) as server:
        progress, response = await collect(client_for(server.url))
    kept = repr([response, progress[0]])
    assert "verysecret" not in kept
    assert response.request_id == "[key]"


async def test_a_key_in_headers_and_names_of_an_error_is_not_kept():
    body = {**error(KEY, "x", KEY), "request_id": KEY}
    headers = {"retry_after": ECHO, "anthropic_ratelimit_x_reset": ECHO}
    for more in ({}, {"request_id": ECHO}):
        fault = await fault_of(refusal(429, body, **headers, **more))
        assert "verysecret" not in repr(fault.facts) + fault.sentence + repr(fault.request_id)
    inside = [STREAM, start(), event("error", error={"type": "x", "message": ECHO})]
    fault = await fault_of(inside)
    assert "verysecret" not in repr(fault.facts) + fault.sentence


async def test_headers_that_are_kept_are_few_and_short():
    many = {f"anthropic_ratelimit_{at}": "9" * 700 for at in range(90)}
    fault = await fault_of(refusal(429, error("rate_limit_error", "x"), **many))
    assert len(fault.facts.limits) == 64
    assert max(map(len, fault.facts.limits.values())) == 512


async def test_the_last_event_is_taken_without_its_empty_line():
    answer = [*GOOD[:-2], chunk(b'event: message_stop\ndata: {"type": "message_stop"}\n'), END]
    cut = [STREAM, start(), *text(0, "a")[:-1], stop()[0], chunk(b"event: content_block_stop"), END]
    async with serve_answers(answer) as server:
        _, response = await collect(client_for(server.url, retry_policy=NO_RETRY))
    assert response.stop_reason == "end_turn"
    assert (await fault_of(cut)).kind == "broken_stream"
    assert (await fault_of([STREAM, start(), DROP])).kind == "broken_stream"

"""What a hostile client can send to the simulator: it gets a documented refusal, or it is cut."""

import asyncio
import contextlib
import json
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.simulator import TOKEN, request_body, serve_simulator
from tui.simulator.connections import Connections
from tui.simulator.refused_request import TYPES
from tui.simulator.routes import create_app
from tui.simulator.simulator_config import SimulatorConfig

KEY = {"x-api-key": TOKEN, "anthropic-version": "2026-10-21"}
HALF = '"\\ud800"'
DEEP = b"[" * 500 + b"]" * 500
DEEP_TOOLS = '[{"name": "x", "input_schema": ' + '{"a":' * 400 + "1" + "}" * 401 + "]"


def whole(**fields: Any) -> bytes:
    """A request as JSON text, with some fields written out as they are."""
    given = {name: f"@{name}@" for name in fields}
    text = json.dumps(request_body("hi", **given))
    for name, value in fields.items():
        text = text.replace(f'"@{name}@"', value)
    return text.encode("utf-8", "surrogatepass")


ODD = {
    "half a character as model": whole(model=HALF),
    "half a character as thinking type": whole(thinking='{"type": "\\uDFFF"}'),
    "half a character as a name": whole(metadata='{"\\ud800": 1}'),
    "half a character in the prompt": whole(messages=f'[{{"role": "user", "content": {HALF}}}]'),
    "half a character in bytes": whole(model='"\ud800"'),
    "a limit that is infinite": whole(max_tokens="1e999"),
    "a limit that is no number": whole(max_tokens="NaN"),
    "a limit of 5,000 digits": whole(max_tokens="9" * 5000),
    "a limit of 400 digits": whole(max_tokens="9" * 400),
    "a temperature of 400 digits": whole(temperature="9" * 400),
    "deep thinking": whole(thinking=DEEP.decode()),
    "deep tools": whole(tools=DEEP_TOOLS),
    "deep beyond parsing": b"[" * 200_000,
    "UTF-16": json.dumps(request_body("hi")).encode("utf-16"),
    "no JSON": b"\xff\xfe\x00",
    "nothing": b"",
}  # fmt: skip


def assert_documented(response: httpx2.Response) -> None:
    body = response.json()
    assert 400 <= response.status_code < 500, (response.status_code, body)
    assert body["type"] == "error"
    assert body["error"]["type"] == TYPES[response.status_code]


@pytest.mark.parametrize("lenient", [False, True])
async def test_odd_bodies_are_refused_as_documented(
    lenient: bool, capfd: pytest.CaptureFixture[str]
):
    async with serve_simulator(lenient=lenient) as server:
        for name, body in ODD.items():
            for path in ("/v1/messages", "/v1/messages/count_tokens", "/debug/faults"):
                response = await server.post(body, path)
                if response.status_code == 200:  # a mistake that this server does not mind
                    counted = lenient and path.endswith("count_tokens")
                    assert "deep" in name or "temperature" in name or counted, name
                else:
                    assert_documented(response)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("limit", ["²", "٣", "0", "-1", "1001", "9" * 5000, "1e3", "", "\ud800"])
async def test_odd_limits_are_refused_as_documented(limit: str):
    async with serve_simulator() as server:
        query = "/v1/models?limit=" + "".join(
            f"%{each:02x}" for each in limit.encode("utf-8", "surrogatepass")
        )
        assert_documented(await server.http.get(query, headers=KEY))
        assert_documented(await server.http.get("/v1/models/%ed%a0%80", headers=KEY))


odd_text = st.text(max_size=8) | st.sampled_from(
    ["\ud800", "\udfff", "\x00", "²", "\u202e", "x" * 999]
)
odd_numbers = (
    st.integers()
    | st.floats()
    | st.sampled_from([10**400, -(10**400), 2**64, 0, -1, float("inf"), float("nan")])
)  # fmt: skip
odd_values = st.recursive(
    st.none() | st.booleans() | odd_numbers | odd_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_text, inner, max_size=3),
    max_leaves=6,
)
TOKENS = ["text", "tool_use", "tool_result", "image", "thinking", "enabled", "disabled", "adaptive",
          "user", "assistant", "system", "tokens", "auto", "any", "tool", "ephemeral", "base64",
          "claude-opus-5-5", "compaction", "document", "high"]  # fmt: skip
NAMES = ["type", "text", "role", "content", "id", "name", "input", "tool_use_id", "source", "data",
         "media_type", "thinking", "signature", "cache_control", "ttl", "budget_tokens", "effort",
         "task_budget", "total", "remaining", "display", "is_error", "input_schema", "properties",
         "title", "citations", "previous_message_id", "user_id", "edits", "trigger"]  # fmt: skip


def spoilt(body: Any, chance: random.Random, odd: Callable[[], Any]) -> Any:
    """The request with some of its values or names replaced by odd ones."""
    if chance.random() < 0.12:
        return odd()
    if isinstance(body, dict):
        made = {name: spoilt(value, chance, odd) for name, value in body.items()}
        if chance.random() < 0.3:
            made[chance.choice(NAMES)] = odd()
        return made
    if isinstance(body, list):
        return [spoilt(each, chance, odd) for each in body]
    return body


EMPTY = {"type": "object", "properties": {}}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
    "hgGAWjR9awAAAABJRU5ErkJggg=="
)
TEMPLATE = request_body(
    {"role": "user", "content": [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
    {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "x", "signature": "y"},
        {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a.py"}}]},
    {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": False,
         "content": [{"type": "text", "text": "b"}]},
        {"type": "image",
         "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}]},
    system=[{"type": "text", "text": "s"}],
    tools=[{"name": "read", "description": "d", "input_schema": EMPTY}],
    tool_choice={"type": "auto"},
    thinking={"type": "adaptive"},
    output_config={"effort": "high", "task_budget": {"type": "tokens", "total": 50_000}},
    metadata={"user_id": "u"},
    stop_sequences=["x"],
    stream=False,
)  # fmt: skip


class InProcessApp:
    """The application without a socket, so that thousands of bodies are quick."""

    def __init__(self, lenient: bool) -> None:
        self.app = create_app(SimulatorConfig(token=TOKEN, lenient=lenient))

    async def post(
        self, body: bytes, path: str = "/v1/messages", headers: Iterable[tuple[str, str]] = ()
    ) -> tuple[int, bytes]:
        sent = []
        given = {**KEY, "host": "127.0.0.1:1", "anthropic-beta": "task-budgets-2026-03-13"}
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
            "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
            "headers": [(k.encode(), v.encode()) for k, v in {**given, **dict(headers)}.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"], content


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), odd=st.lists(odd_values, min_size=1, max_size=6))
def test_any_body_gets_an_answer_or_a_documented_refusal(
    seed: int,
    odd: list[
        dict[str, Any]
        | list[bool | dict[str, Any] | str | list[bool | float | str] | float | None]
        | float
        | None
    ],
):
    chance = random.Random(seed)

    def anything() -> Any:
        return chance.choice([*odd, chance.choice(TOKENS), [], {}, ""])

    async def fifty() -> None:
        wires = [InProcessApp(False), InProcessApp(True)]
        for turn in range(50):
            body = json.dumps(spoilt(TEMPLATE, chance, anything)).encode()
            path = chance.choice(["/v1/messages", "/v1/messages/count_tokens"])
            status, content = await wires[turn % 2].post(body, path)
            assert status < 500, body
            if status != 200:
                told = json.loads(content)
                assert told["error"]["type"] == TYPES[status]

    asyncio.run(fifty())


@pytest.mark.parametrize(
    "text", [" word" * 80_000, "[" * 400_000, "()" * 200_000, "a b/c.py, (d) `e`\n" * 20_000]
)
async def test_a_long_prompt_is_answered_fast(text: str):
    wire, body = InProcessApp(False), json.dumps(request_body(text)).encode()
    began = time.process_time()
    status, _ = await wire.post(body)
    assert status == 200
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8080"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "LOCALHOST:1"}, 200),
        ({"host": "[::1]:80"}, 200),
        ({"host": "evil.example:8080"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "localhost.evil.example:80"}, 403),
        ({"host": "127.0.0.1@evil.example"}, 403),
        ({"host": ""}, 403),
        ({"host": "0.0.0.0:1"}, 403),
        ({"origin": "http://localhost:3000"}, 200),
        ({"origin": "https://127.0.0.1"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
    ],
)
async def test_only_callers_of_this_machine_are_answered(
    lenient: bool, headers: dict[str, str], status: int
):
    got, content = await InProcessApp(lenient).post(
        json.dumps(request_body("hi")).encode(), headers=headers.items()
    )
    assert got == status
    if status == 403:
        assert json.loads(content)["error"]["type"] == "permission_error"


@contextlib.asynccontextmanager
async def listening(**limits: Any) -> AsyncIterator[int]:
    """A simulator on a socket whose connections have these limits; gives its port."""
    lines = Connections()
    app = create_app(replace(SimulatorConfig(token=TOKEN), hang_up=lines.cut_connection))
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=lines.protocol(**limits), lifespan="off", log_level="critical", ws="none"
        )
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1]
    finally:
        for part in [*server.servers, *server.server_state.connections]:
            part.close() if isinstance(part, asyncio.AbstractServer) else part.shutdown()
        listener.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the other side hung up."""
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)  # to the end of the stream
    return True


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /v1/messages HT",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nab",
    ],
)
async def test_a_request_that_is_not_ended_is_hung_up_on(begun: bytes):
    async with listening(patience=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        assert await ended(reader)
        writer.close()


async def test_a_client_between_two_requests_is_not_hung_up_on():
    get = f"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: {TOKEN}\r\n\r\n".encode()
    async with listening(patience=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(get)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert head.startswith(b"HTTP/1.1 200")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            await asyncio.sleep(0.4)
        writer.close()


async def test_half_open_connections_make_room_for_whoever_sends():
    get = f"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: {TOKEN}\r\n\r\n".encode()
    async with listening(most=10) as port:
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 200")
        assert await ended(waiting[0][0])
        for _, each in [*waiting, (reader, writer)]:
            each.close()


def test_a_lenient_server_refuses_half_a_block_of_another_role():
    block = {"type": "tool_use", "input": {}}
    body = {**TEMPLATE, "messages": [{"role": "user", "content": [block]}]}
    status, content = asyncio.run(InProcessApp(lenient=True).post(json.dumps(body).encode()))
    assert status == 400
    assert "messages.0.content.0.tool_use.id: Field required" in content.decode()

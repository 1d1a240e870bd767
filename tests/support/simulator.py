"""A simulator on a real socket, and the official SDK to talk to it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import anthropic
import httpx2
import uvicorn

from tui.simulator.connections import Connections
from tui.simulator.routes import create_app
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
)
from tui.simulator.simulated_ledger import SimulatedLedger
from tui.simulator.simulator_config import SimulatorConfig

TOKEN = "a-token-for-tests"
SUMMARY = "What was done: the files were read. What comes next: the edits."
BUDGETS = "task-budgets-2026-03-13"


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class ScriptedReplies:
    """A model that gives its replies one by one, and remembers what it was sent."""

    def __init__(self, *replies: Sequence[ScriptedBlock]) -> None:
        self._replies: Iterator[Sequence[ScriptedBlock]] = iter(replies)
        self.inputs: list[ModelInput] = []

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        self.inputs.append(situation)
        return ScriptedReply(tuple(next(self._replies, (ScriptedText("Nothing more."),))))


@dataclass
class ServedSimulator:
    """A simulator that serves."""

    base_url: str
    clock: ManualClock
    script: ScriptedReplies
    client: anthropic.AsyncAnthropic
    http: httpx2.AsyncClient
    noted: SimulatedLedger

    async def post(self, body: Any, path: str = "/v1/messages", **headers: str) -> httpx2.Response:
        """A raw request, as another client might send it."""
        sent = {"x-api-key": TOKEN, "anthropic-version": "2026-10-21", **headers}
        if isinstance(body, bytes):
            return await self.http.post(path, content=body, headers=sent)
        return await self.http.post(path, json=body, headers=sent)

    async def ledger(self) -> list[dict[str, Any]]:
        """What the server noted of every request."""
        return list(self.noted.to_json()["requests"])

    async def faults(self, *faults: dict[str, Any]) -> None:
        """Set the faults of the next requests."""
        response = await self.post(list(faults), "/debug/faults")
        assert response.status_code == 200, response.text


@asynccontextmanager
async def serve_simulator(
    *replies: Sequence[ScriptedBlock], **settings: Any
) -> AsyncIterator[ServedSimulator]:
    """A simulator whose model says `replies`, one after the other."""
    clock, script, lines = ManualClock(), ScriptedReplies(*replies), Connections()
    config = SimulatorConfig(
        token=TOKEN,
        clock=clock,
        respond=script,
        summarize=lambda situation: SUMMARY,
        hang_up=lines.cut_connection,
    )
    app = create_app(replace(config, **settings))
    server = uvicorn.Server(
        uvicorn.Config(app, http=lines.protocol(), lifespan="off", log_level="critical", ws="none")
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # Certificates are of no use here, and reading them is slow.
    transport = anthropic.DefaultAsyncHttpxClient(verify=False)
    client = anthropic.AsyncAnthropic(
        api_key=TOKEN, base_url=base_url, max_retries=0, timeout=10.0, http_client=transport
    )
    http_ = httpx2.AsyncClient(base_url=base_url, timeout=10.0, verify=False)
    try:
        async with client, http_ as http:
            yield ServedSimulator(base_url, clock, script, client, http, app.state.ledger)
    finally:
        # Without uvicorn's own farewell, which takes a tenth of a second.
        for part in [*server.servers, *server.server_state.connections]:
            part.close() if isinstance(part, asyncio.AbstractServer) else part.shutdown()
        listener.close()


def request_body(*messages: Any, **fields: Any) -> dict[str, Any]:
    """A request: messages given as prompts or as whole messages, and what else it asks."""
    whole = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
    given = {"model": "claude-opus-5-5", "max_tokens": 10_000, "messages": whole, **fields}
    return {name: value for name, value in given.items() if value is not None}


def budget(total: int, remaining: int | None = None, **config: Any) -> dict[str, Any]:
    """The fields of a request with a task budget, for the SDK."""
    wire: dict[str, Any] = {"type": "tokens", "total": total}
    if remaining is not None:
        wire["remaining"] = remaining
    return {"output_config": {"task_budget": wire, **config}, "betas": [BUDGETS]}


def result(id: str, text: str, **more: Any) -> dict[str, Any]:
    """A tool result."""
    return {"type": "tool_result", "tool_use_id": id, "content": text, **more}


def user(*blocks: Any) -> Any:
    """A user message of blocks, or of texts."""
    whole = [{"type": "text", "text": b} if isinstance(b, str) else b for b in blocks]
    return {"role": "user", "content": whole}


def words(tokens: int) -> str:
    """A text with exactly so many tokens under the newer tokenizer."""
    return " word" * tokens


READ: Any = {
    "name": "read",
    "description": "Read a file.",
    "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}},
}


def error_of(refusal: anthropic.APIStatusError) -> dict[str, Any]:
    """The error in the body of a refused request."""
    assert isinstance(refusal.body, dict)
    error: dict[str, Any] = refusal.body["error"]
    return error

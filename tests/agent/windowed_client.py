"""A model server in the same process: a window that is held, a tokenizer of its own, a script.

It stands where the client stands, so loop, driver and store are the real ones and a thousand
turns take minutes. What it measures, it measures by itself: nothing of it comes from the program.
"""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.context import make_context
from tui.agent.new_session import initial_events, initial_grant
from tui.agent.permissions import PermissionRules
from tui.agent.session_runner import SessionRunner
from tui.agent.tools.base import ToolEnvironment
from tui.agent.tools.registry import TOOLS, tool_definitions
from tui.agent.user_inbox import UserInbox
from tui.budget.ledger import Usage
from tui.budget.wire_budget import Scope
from tui.claude.catalogue import load_catalogue
from tui.claude.error_conversion import api_error
from tui.claude.request import Request
from tui.claude.request_errors import ErrorFacts
from tui.claude.response import PartialResponse, Response
from tui.claude.stream_events import MessageStarted, StreamEvent
from tui.session.event_fold import fold
from tui.session.events import Record
from tui.session.fork import full_log
from tui.session.store import SessionStore

JSON = dict[str, Any]


@dataclass
class ScriptedAnswer:
    """What the model says next."""

    blocks: tuple[JSON, ...]
    output: int
    """Tokens it takes."""


@dataclass
class WindowedClient:
    """The line to a model whose window is `window` tokens."""

    window: int
    answer: Callable[[Request], ScriptedAnswer]
    tokens_of: Callable[[str], int]
    """Tokens of a text, for this model."""
    counts: bool = True
    """Whether it counts tokens when asked."""
    refusal: str = "prompt is too long: {needed} tokens > {window} maximum"
    """What it says of a request that is too long."""
    asked_to_count: int = 0
    refused: int = 0
    largest: int = 0
    """Tokens of the largest request."""
    answers: list[int] = field(default_factory=list)
    """Output tokens of every answer."""

    def send(self, request: Request) -> "WindowedStream":
        return WindowedStream(self, request)

    async def count_tokens(self, request: Request) -> int | None:
        self.asked_to_count += 1
        return self.size(request) if self.counts else None

    async def can_summarize(self, model: str) -> bool | None:
        return False

    def size(self, request: Request) -> int:
        """Input tokens of a request."""
        params = request.params
        texts = [*texts_of(params.get("system", [])), *texts_of(params["messages"])]
        tools = json.dumps(params["tools"]) if params.get("tools") else ""
        return sum(self.tokens_of(text) for text in (*texts, tools) if text)


class WindowedStream(AsyncIterator[StreamEvent | Response]):
    """One request on its way."""

    def __init__(self, client: WindowedClient, request: Request) -> None:
        self._client, self._request = client, request
        self._items = self._run()
        self.partial = PartialResponse()

    def __aiter__(self) -> "WindowedStream":
        return self

    async def __anext__(self) -> StreamEvent | Response:
        return await self._items.__anext__()

    async def aclose(self) -> None:
        await self._items.aclose()

    async def _run(self) -> AsyncGenerator[StreamEvent | Response, None]:
        client, request = self._client, self._request
        size = client.size(request)
        client.largest = max(client.largest, size)
        if size > client.window:
            client.refused += 1
            words = client.refusal.format(needed=size, window=client.window)
            told = "{" in client.refusal
            raise api_error(
                ErrorFacts(
                    kind="context_exceeded",
                    status=400,
                    message=words,
                    needed=size if told else None,
                    window=client.window if told else None,
                )
            )
        said = client.answer(request)
        output = min(said.output, request.max_tokens, client.window - size)
        whole = output == said.output
        client.answers.append(output)
        message = f"msg_{len(client.answers)}"
        yield MessageStarted(message, Usage(input=size), request.model)
        calls = whole and any(block["type"] == "tool_use" for block in said.blocks)
        short = "max_tokens" if output == request.max_tokens else "model_context_window_exceeded"
        yield Response(
            message=message,
            model=request.model,
            blocks=said.blocks if whole else ({"type": "text", "text": "It was cut."},),
            usage=Usage(input=size, output=output),
            raw_usage={},
            stop_reason=("tool_use" if calls else "end_turn") if whole else short,
        )


def texts_of(value: Any) -> Iterator[str]:
    """Every text in messages or blocks, calls and results included."""
    if isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, dict):
        yield from texts_of(value.get("content"))
        yield from texts_of(value.get("text"))
        if "input" in value:
            yield json.dumps(value["input"])
    elif isinstance(value, str):
        yield value


MODEL = "claude-opus-5-5"


@asynccontextmanager
async def run_windowed_session(
    tmp_path: Path,
    client: WindowedClient,
    *,
    budget: int | None = None,
    window: int | None = None,
    compact_at: float | None = 0.8,
    scope: Scope = "session",
) -> AsyncIterator[SessionRunner]:
    """A session whose model is behind `line`.

    Args:
        tmp_path: Where its folder and its log are.
        line: The model.
        budget: Tokens granted.
        window: Tokens of the window by the catalogue; by default what the line holds.
        compact_at: Part of the window at which the conversation is shortened.
        scope: Of the budget.
    """
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    held = window or client.window
    catalogue = load_catalogue(
        {"models": {MODEL: {"context": held, "max_output": min(held, 128_000)}}}
    )
    store = SessionStore.create(tmp_path / "session.db")
    events = initial_events(
        session="session",
        folder=folder,
        program="0",
        model=MODEL,
        effort="high",
        mode="auto",
        tools=tool_definitions(),
        now=datetime(2026, 11, 23),
        user_memory=tmp_path / "none",
    )
    if budget is not None:
        events.append(initial_grant(budget, scope, "test"))
    ctx = make_context(
        client=client,
        catalogue=catalogue,
        tools=TOOLS,
        environment=ToolEnvironment(
            folder=folder, variables={}, scratch_folder=tmp_path / "scratch"
        ),
        rules=PermissionRules(folder=folder.resolve(), mode="auto"),
        inbox=UserInbox(),
        now=time.time,
        interactive=False,
        sleep=_no_wait,
        limit_policy="wrap",
        compact_at=compact_at,
    )
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        yield SessionRunner(store, fold(store.append(events)), ctx, thread)
    finally:
        store.close()
        thread.shutdown()


async def _no_wait(seconds: float) -> None:
    """Retries do not wait."""


def read_log(driver: SessionRunner) -> list[Record]:
    """The whole log of a session of `run_windowed_session`, as it is on disk."""
    path = driver.ctx.services.environment.folder.parent / "session.db"
    with SessionStore.open(path, read_only=True) as store:
        return list(full_log(store))

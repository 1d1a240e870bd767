"""The client of the Messages API: requests go out, progress and a response come back.

The official SDK speaks over HTTP; it is imported when first needed (`preload` does it ahead,
in a thread), and told neither to retry nor to build its typed events: raw ones are half the
work and keep every block verbatim.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from random import random
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from tui.claude import proxies
from tui.claude.bounds import Bounds, parsed
from tui.claude.catalogue import DEFAULT_BASE_URL, host_of
from tui.claude.causes import limit_headers
from tui.claude.credentials import known_secrets
from tui.claude.errors import Fault, Place, StreamBroken, Surface, fault_from, short
from tui.claude.event_stream import EventStream
from tui.claude.model_window import Window, entry_of, window_of
from tui.claude.progress import Alive, Partial, Progress, Response, Retrying
from tui.claude.request import SUMMARIZE, Request
from tui.claude.retry import Policy
from tui.claude.stream import Assembler

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_DRAIN = 0.5
"""Seconds to wait for a finished stream to close, so that its connection can be reused."""
_BYTES_PER_TOKEN = 4
_ALIVE = 1.0
"""Seconds between two words that the server is alive."""
_NO_PAGE = (400, 404, 405, 410, 501)
"""What servers answer that have no such page."""
_PAGE = 4 * 1024 * 1024
"""Bytes of a list of models that are read; that of OpenRouter has half a megabyte."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    connect: float = 10.0
    stall: float = 180.0
    """Without a single byte, before the answer or within it; the API sends pings."""
    progress: float | None = None
    """With pings and the like, and nothing of the answer; None: ten times `stall`. A small
    machine may read a long prompt for twenty minutes before its first word."""
    window: float = 5.0
    """For how large the window of a model is, before its first prompt."""
    nicety: float = 15.0
    """For what the work can do without: a token count, what a model can do."""

    @property
    def without_progress(self) -> float:
        """Seconds that an answer may take without anything of it."""
        return 10 * self.stall if self.progress is None else self.progress


@dataclass(frozen=True, slots=True)
class World:
    """Clock and chance, given from outside in tests."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random
    clock: Callable[[], float] = time.monotonic


def preload() -> None:
    """Import the SDK, about a second of work; can run in a thread, and more than once."""
    import anthropic.resources.beta.messages.messages  # noqa: F401 - imported for its effect


@dataclass(eq=False)
class Claude:
    """A connection to one Messages API server."""

    base_url: str | None = None
    """None: what the SDK finds in environment and profile."""
    api_key: str | None = field(default=None, repr=False)
    """None: what the SDK finds in environment and profile."""
    policy: Policy = field(default_factory=Policy)
    patience: Patience = field(default_factory=Patience)
    world: World = field(default_factory=World)
    bounds: Bounds = field(default_factory=Bounds)
    surface: Surface = "screen"
    """Where its sentences are read."""
    _sdk: "AsyncAnthropic | None" = field(default=None, repr=False, init=False)
    _seen: set[str] = field(default_factory=set, repr=False, init=False)

    def send(self, request: Request) -> "Sending":
        """Send a request; iterate over the result for progress and, last, the response.

        Raises:
            Fault: while iterating, when no whole response arrives.
        """
        return Sending(self, request)

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of a request as the server counts them; None when it cannot say."""
        params = {key: request.params[key] for key in _COUNTED if key in request.params}
        try:
            async with asyncio.timeout(self.patience.nicety):
                messages: Any = (await self._client()).beta.messages
                counted = await messages.count_tokens(**params, **_betas(request))
        except Exception:  # the figure is a nicety: whatever fails, an estimate serves
            return None
        tokens: object = counted.input_tokens
        return tokens if isinstance(tokens, int) and tokens >= 0 else None

    async def can_summarize(self, model: str) -> bool | None:
        """Whether the server summarises for `model` on demand; None when it cannot say."""
        try:
            async with asyncio.timeout(self.patience.nicety):
                models: Any = (await self._client()).beta.models
                found = await models.retrieve(model, betas=[SUMMARIZE])
            supported: object = found.capabilities.compaction.summarize.supported
        except Exception:  # whatever fails, the program can write the summary itself
            return None
        return supported if isinstance(supported, bool) else None

    async def window(self, model: str) -> Window | None:
        """What the server says of the window of `model`; None when it could not be asked.

        At most three short requests: the model, the list of models, and llama.cpp's settings.
        """
        try:
            client = await self._client()  # to import it takes seconds, which are not the server's
            async with asyncio.timeout(self.patience.window):
                return await self._asked_window(client, model)
        except Exception:  # whatever fails, a window can be assumed
            return None

    async def _asked_window(self, client: "AsyncAnthropic", model: str) -> Window:
        found = window_of(await _page(client, f"/v1/models/{quote(model, safe='')}"))
        if found.context is None:
            listed = await _page(client, "/v1/models")
            found = window_of(entry_of(listed, model))
        if found.trained:
            now = window_of(await _page(client, "/props"))
            found = found._replace(context=now.context or found.context)
        return found

    async def close(self) -> None:
        """Close the connections; a later request opens them again."""
        sdk, self._sdk = self._sdk, None
        if sdk is not None:
            await sdk.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def address(self) -> str:
        """The base URL requests go to; a profile's is known once the first was sent."""
        if self._sdk is not None:
            return str(self._sdk.base_url)
        return self.base_url or os.environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL

    def place(self, model: str, *, first: bool = False) -> Place:
        """Where a request goes and is spoken of.

        Args:
            model: The one it is for.
            first: Whether it holds the first prompt only.
        """
        host = host_of(self.address) or "the server"
        return Place(host, model, self.surface, first, self.secrets)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Keys that must never be repeated, whoever quotes them."""
        return (*((self.api_key,) if self.api_key else ()), *known_secrets())

    async def _client(self) -> "AsyncAnthropic":
        if self._sdk is None:
            made = await asyncio.to_thread(self._make)
            if self._sdk is None:
                self._sdk = made
            else:  # another request was faster
                await made.close()
        return self._sdk

    def _make(self) -> "AsyncAnthropic":
        preload()
        import anthropic

        from tui.claude import bodies

        timeout = anthropic.Timeout(self.patience.stall, connect=self.patience.connect)
        http = anthropic.DefaultAsyncHttpxClient(
            timeout=timeout,
            headers={"accept-encoding": bodies.ACCEPTED},
            event_hooks={
                "response": [bodies.bounding(self.bounds, self.world.clock, self.patience)]
            },
            **proxies.settings(self.address),
        )
        return anthropic.AsyncAnthropic(
            base_url=self.base_url,
            api_key=self.api_key,
            timeout=timeout,
            max_retries=0,
            http_client=http,
        )

    def _assembler(self) -> Assembler:
        return Assembler(bounds=self.bounds, secrets=self.secrets)

    def _unique(self, response: Response) -> Response:
        """The response, under an id of ours when its server gives the same one twice."""
        if response.message in self._seen:
            return replace(response, message=f"{response.message}#{len(self._seen)}")
        self._seen.add(response.message)
        return response


class Sending(AsyncIterator[Progress | Response]):
    """One request on its way: iterate for what arrives."""

    def __init__(self, claude: Claude, request: Request) -> None:
        self.request = request
        self._claude = claude
        self._assembler = claude._assembler()
        self._items = self._run()

    async def __anext__(self) -> Progress | Response:
        return await self._items.__anext__()

    async def aclose(self) -> None:
        """Stop, and close the connection; what had arrived stays in `partial`."""
        await self._items.aclose()

    @property
    def partial(self) -> Partial:
        """What has arrived so far."""
        return self._assembler.partial()

    async def _run(self) -> AsyncGenerator[Progress | Response, None]:
        attempt = 1
        while True:
            try:
                async with contextlib.aclosing(self._once()) as items:
                    async for item in items:
                        yield item
                return
            except Exception as error:  # the border to the SDK: it raises what it likes
                fault = self._fault(error)
            pause = self._pause(attempt, fault)
            if pause is None:
                raise fault
            attempt += 1
            yield Retrying(attempt, pause, fault)
            await self._claude.world.sleep(pause)

    async def _once(self) -> AsyncGenerator[Progress | Response, None]:
        """One attempt: what arrives, and the response."""
        self._assembler = assembler = self._claude._assembler()
        claude, secrets = self._claude, self._claude.secrets
        began = claude.world.clock()
        raw = await self._answered(await claude._client())
        assembler.answering = True
        assembler.request_id = short(raw.headers.get("request-id") or "", secrets) or None
        async with (
            _events(raw, claude.bounds) as events,
            contextlib.aclosing(_assembled(events, assembler, claude.world.clock)) as all,
        ):
            async for item in all:
                yield item
        response = assembler.response(
            limits=limit_headers(raw.headers, secrets),
            seconds=claude.world.clock() - began,
            input_estimate=lambda: len(self.request.body()) // _BYTES_PER_TOKEN,
        )
        yield claude._unique(response)

    async def _answered(self, client: "AsyncAnthropic") -> Any:
        """The response as soon as its headers are there.

        Raises:
            StreamBroken: only signs of life came.
        """
        messages: Any = client.beta.messages.with_raw_response
        most = self._claude.patience.without_progress
        try:
            async with asyncio.timeout(most) as waited:
                return await messages.create(
                    **self.request.params, **_betas(self.request), stream=True
                )
        except TimeoutError as error:
            if waited.expired():
                raise StreamBroken("", "timeout") from error
            raise

    def _fault(self, error: Exception) -> Fault:
        assembler = self._assembler
        prompts = [each for each in self.request.params["messages"] if each["role"] == "user"]
        place = self._claude.place(self.request.model, first=len(prompts) <= 1)
        fault = fault_from(error, place, started=assembler.answering, partial=assembler.partial())
        if fault.kind == "defect":
            fault.__cause__ = error
        return fault

    def _pause(self, attempt: int, fault: Fault) -> float | None:
        if self._assembler.message is not None:
            return None
        return self._claude.policy.pause(attempt, fault, self._claude.world.random)


@contextlib.asynccontextmanager
async def _events(raw: Any, bounds: Bounds) -> AsyncIterator[EventStream]:
    """The events of a response; its connection is closed at the end."""
    kind = raw.headers.get("content-type", "").lower()
    for word, what in (("json", "JSON"), ("html", "an HTML page")):
        if word in kind:
            await raw.http_response.aclose()
            raise StreamBroken(what, "not_a_stream", again=False)
    stream = EventStream(raw.http_response, bounds)
    try:
        yield stream
    finally:
        await stream.close()


async def _assembled(
    stream: EventStream, assembler: Assembler, clock: Callable[[], float]
) -> AsyncGenerator[Progress, None]:
    """Feed a stream to the assembler until the response is whole.

    A connection that breaks after the last piece that matters has harmed nothing.
    """
    told = clock()
    try:
        async with contextlib.aclosing(stream.events()) as events:
            async for event, size in events:
                moves = assembler.moves
                items = assembler.feed(event, size)
                if not items and clock() - told >= _ALIVE:
                    items = (Alive(),)
                for item in items:
                    told = clock()
                    yield item
                if assembler.moves > moves:
                    stream.progressed()
                if assembler.stopped:
                    await _drain(events)
                    break
        assembler.end()
    except Exception:  # of whatever library: what counts is whether anything is missing
        if not assembler.complete:
            raise


async def _drain(events: AsyncIterator[object]) -> None:
    """Read a finished stream to its end, so that the connection can serve the next request."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN):
            async for _ in events:
                pass


async def _page(client: "AsyncAnthropic", path: str) -> object:
    """The JSON that the server has at `path`; None where it has none of a sensible size.

    Raises:
        Exception: of whatever library: the server cannot be reached.
    """
    import anthropic
    import httpx2

    try:
        response = await client.get(path, cast_to=httpx2.Response)
    except anthropic.APIStatusError as error:
        if error.status_code in _NO_PAGE:
            return None
        raise
    if len(response.content) > _PAGE:
        return None
    try:
        return parsed(response.content)
    except ValueError:
        return None


def _betas(request: Request) -> dict[str, list[str]]:
    return {"betas": list(request.betas)} if request.betas else {}


_COUNTED = ("model", "messages", "system", "tools", "thinking", "output_config")
"""Parameters that count_tokens takes."""

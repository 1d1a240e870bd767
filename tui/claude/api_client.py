"""The client of the Messages API: requests go out, progress and a response come back.

The official SDK speaks over HTTP; it is imported when first needed (`preload_sdk` imports it ahead,
in a thread), and told neither to retry nor to build its typed events: raw ones are half the
work and keep every block verbatim.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from random import random
from typing import TYPE_CHECKING, Any, Self

from tui.claude import proxies
from tui.claude.catalogue import DEFAULT_BASE_URL, url_host
from tui.claude.credentials import known_secrets
from tui.claude.error_conversion import to_api_error
from tui.claude.error_mapping import limit_headers
from tui.claude.model_window import ModelWindow, request_window
from tui.claude.request import BETA_SUMMARIZE, Request
from tui.claude.request_errors import ApiError, Endpoint, StreamError, Surface, clean_label
from tui.claude.response import PartialResponse, Response
from tui.claude.response_assembler import ResponseAssembler
from tui.claude.response_bounds import ResponseBounds
from tui.claude.retry import RetryPolicy
from tui.claude.server_probe import ServerProbe
from tui.claude.sse_decoder import EventStream
from tui.claude.stream_events import KeepAlive, MessageStarted, Retrying, StreamEvent

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_DRAIN_SECONDS = 0.5
"""Seconds to wait for a finished stream to close, so that its connection can be reused."""
_BYTES_PER_TOKEN = 4
_KEEP_ALIVE_SECONDS = 1.0
"""Seconds between two words that the server is alive."""


@dataclass(frozen=True, slots=True)
class RequestTimeouts:
    """How long to wait, in seconds."""

    connect: float = 10.0
    stall: float = 180.0
    """Without a single byte, before the answer or within it; the API sends pings."""
    progress: float | None = None
    """With pings and the like, and nothing of the answer; None: ten times `stall`. A small
    machine may read a long prompt for twenty minutes before its first word."""
    model_window: float = 5.0
    """For how large the window of a model is, before its first prompt."""
    optional_call: float = 15.0
    """For what the work can do without: a token count, what a model can do."""

    @property
    def without_progress(self) -> float:
        """Seconds that an answer may take without anything of it."""
        return 10 * self.stall if self.progress is None else self.progress


@dataclass(frozen=True, slots=True)
class ClientClock:
    """Clock and chance, given from outside in tests."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random
    monotonic: Callable[[], float] = time.monotonic


_OF_THE_FIRST_REQUEST = ("anyio._backends._asyncio", "opentelemetry.propagate")
"""What the SDK imports while it sends its first request, on the event loop."""


def preload_sdk() -> None:
    """Import the SDK, about a second of work; can run in a thread, and more than once."""
    import anthropic.resources.beta.messages.messages  # noqa: F401 - imported for its effect

    for name in _OF_THE_FIRST_REQUEST:
        with contextlib.suppress(ImportError):  # another version may do without it
            import_module(name)


@dataclass(eq=False)
class ClaudeClient:
    """A connection to one Messages API server."""

    base_url: str | None = None
    """None: what the SDK finds in environment and profile."""
    api_key: str | None = field(default=None, repr=False)
    """None: what the SDK finds in environment and profile."""
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: RequestTimeouts = field(default_factory=RequestTimeouts)
    clock: ClientClock = field(default_factory=ClientClock)
    bounds: ResponseBounds = field(default_factory=ResponseBounds)
    surface: Surface = "screen"
    """Where its sentences are read."""
    _sdk: "AsyncAnthropic | None" = field(default=None, repr=False, init=False)
    _seen_message_ids: set[str] = field(default_factory=set, repr=False, init=False)

    def send(self, request: Request) -> "StreamingRequest":
        """Send a request; iterate over the result for progress and, last, the response.

        Raises:
            ApiError: while iterating, when no whole response arrives.
        """
        return StreamingRequest(self, request)

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of a request as the server counts them; None when it cannot say."""
        params = {key: request.params[key] for key in _COUNT_PARAMETERS if key in request.params}
        try:
            async with asyncio.timeout(self.timeouts.optional_call):
                messages: Any = (await self._client()).beta.messages
                counted = await messages.count_tokens(**params, **_betas(request))
        except Exception:  # the figure is a nicety: whatever fails, an estimate serves
            return None
        tokens: object = counted.input_tokens
        return tokens if isinstance(tokens, int) and tokens >= 0 else None

    async def can_summarize(self, model: str) -> bool | None:
        """Whether the server summarises for `model` on demand; None when it cannot say."""
        try:
            async with asyncio.timeout(self.timeouts.optional_call):
                models: Any = (await self._client()).beta.models
                found = await models.retrieve(model, betas=[BETA_SUMMARIZE])
            supported: object = found.capabilities.compaction.summarize.supported
        except Exception:  # whatever fails, the program can write the summary itself
            return None
        return supported if isinstance(supported, bool) else None

    async def window(self, model: str) -> ModelWindow | None:
        """What the server says of the window of `model`; None when it could not be asked.

        At most three short requests: the model, the list of models, and llama.cpp's settings.
        """
        try:
            client = await self._client()  # to import it takes seconds, which are not the server's
            async with asyncio.timeout(self.timeouts.model_window):
                return await request_window(client, model)
        except Exception:  # whatever fails, a window can be assumed
            return None

    async def probe(self) -> ServerProbe:
        """Ask for the list of models: no tokens, and it tells whether server and key are well."""
        client = await self._client()  # to import it takes seconds, which are not the server's
        import anthropic
        import httpx2

        begun = self.clock.monotonic()
        try:
            async with asyncio.timeout(self.timeouts.optional_call):
                found = await client.get("/v1/models?limit=1", cast_to=httpx2.Response)
            status, date = found.status_code, found.headers.get("date", "")
        except anthropic.APIStatusError as error:
            status, date = error.status_code, error.response.headers.get("date", "")
        except Exception as error:  # any library may raise: the user is shown why
            problem = to_api_error(error, self.endpoint("")).description
            return ServerProbe(0, self.clock.monotonic() - begun, problem=problem)
        return ServerProbe(status, self.clock.monotonic() - begun, date)

    async def use_key(self, key: str) -> None:
        """Send `key` from the next request on."""
        self.api_key = key
        await self.close()  # the SDK has the key in its headers

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

    def endpoint(self, model: str, *, is_first_prompt: bool = False) -> Endpoint:
        """Where a request goes, for the sentences about it.

        Args:
            model: The one it is for.
            is_first_prompt: Whether it holds the first prompt only.
        """
        host = url_host(self.address) or "the server"
        proxy = proxies.proxy_variable(self.address)
        return Endpoint(
            host,
            model,
            self.surface,
            proxy=proxy,
            is_first_prompt=is_first_prompt,
            secrets=self.secrets,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Keys that must never be repeated, whoever quotes them."""
        return (*((self.api_key,) if self.api_key else ()), *known_secrets())

    async def _client(self) -> "AsyncAnthropic":
        if self._sdk is None:
            made = await asyncio.to_thread(self._make_client)
            if self._sdk is None:
                self._sdk = made
            else:  # another request was faster
                await made.close()
        return self._sdk

    def _make_client(self) -> "AsyncAnthropic":
        preload_sdk()
        import anthropic

        from tui.claude import response_body

        timeout = anthropic.Timeout(self.timeouts.stall, connect=self.timeouts.connect)
        http = anthropic.DefaultAsyncHttpxClient(
            timeout=timeout,
            headers={"accept-encoding": response_body.ACCEPTED},
            event_hooks={
                "response": [
                    response_body.bound_response_hook(
                        self.bounds, self.clock.monotonic, self.timeouts
                    )
                ]
            },
            **proxies.client_arguments(self.address),
        )
        return anthropic.AsyncAnthropic(
            base_url=self.base_url,
            api_key=self.api_key,
            timeout=timeout,
            max_retries=0,
            http_client=http,
        )

    def _new_assembler(self) -> ResponseAssembler:
        return ResponseAssembler(bounds=self.bounds, secrets=self.secrets)

    def _with_unique_id(self, response: Response) -> Response:
        """The response, under an id of ours when its server gives the same one twice."""
        if response.message in self._seen_message_ids:
            return replace(response, message=f"{response.message}#{len(self._seen_message_ids)}")
        self._seen_message_ids.add(response.message)
        return response


class StreamingRequest(AsyncIterator[StreamEvent | Response]):
    """One request on its way: iterate for what arrives."""

    def __init__(self, claude: ClaudeClient, request: Request) -> None:
        self.request = request
        self._claude = claude
        self._assembler = claude._new_assembler()
        self._items = self._run()

    async def __anext__(self) -> StreamEvent | Response:
        return await self._items.__anext__()

    async def aclose(self) -> None:
        """Stop, and close the connection; what had arrived stays in `partial`."""
        await self._items.aclose()

    @property
    def partial(self) -> PartialResponse:
        """What has arrived so far."""
        return self._assembler.partial()

    async def _run(self) -> AsyncGenerator[StreamEvent | Response, None]:
        attempt = 1
        while True:
            try:
                async with contextlib.aclosing(self._attempt()) as items:
                    async for item in items:
                        yield item
                return
            except Exception as error:  # the border to the SDK: it raises what it likes
                fault = self._to_api_error(error)
            pause = self._retry_pause(attempt, fault)
            if pause is None:
                raise fault
            attempt += 1
            yield Retrying(attempt, pause, fault)
            await self._claude.clock.sleep(pause)

    async def _attempt(self) -> AsyncGenerator[StreamEvent | Response, None]:
        """One attempt: what arrives, and the response."""
        self._assembler = assembler = self._claude._new_assembler()
        claude, secrets = self._claude, self._claude.secrets
        began = claude.clock.monotonic()
        raw = await self._open_response(await claude._client())
        assembler.stream_started = True
        limits = limit_headers(raw.headers, secrets)
        assembler.request_id = clean_label(raw.headers.get("request-id") or "", secrets) or None
        async with (
            _events(raw, claude.bounds) as events,
            contextlib.aclosing(_assemble(events, assembler, claude.clock.monotonic)) as all,
        ):
            async for item in all:
                if isinstance(item, MessageStarted):
                    item = replace(item, limits=limits)
                yield item
        response = assembler.response(
            limits=limits,
            seconds=claude.clock.monotonic() - began,
            input_estimate=lambda: len(self.request.body()) // _BYTES_PER_TOKEN,
        )
        yield claude._with_unique_id(response)

    async def _open_response(self, client: "AsyncAnthropic") -> Any:
        """The response as soon as its headers are there.

        Raises:
            StreamError: only signs of life came.
        """
        messages: Any = client.beta.messages.with_raw_response
        most = self._claude.timeouts.without_progress
        try:
            async with asyncio.timeout(most) as waited:
                return await messages.create(
                    **self.request.params, **_betas(self.request), stream=True
                )
        except TimeoutError as error:
            if waited.expired():
                raise StreamError("", "timeout") from error
            raise

    def _to_api_error(self, error: Exception) -> ApiError:
        assembler = self._assembler
        prompts = [each for each in self.request.params["messages"] if each["role"] == "user"]
        place = self._claude.endpoint(self.request.model, is_first_prompt=len(prompts) <= 1)
        fault = to_api_error(
            error, place, started=assembler.stream_started, partial=assembler.partial()
        )
        if fault.kind == "defect":
            fault.__cause__ = error
        return fault

    def _retry_pause(self, attempt: int, fault: ApiError) -> float | None:
        if self._assembler.message is not None:
            return None
        return self._claude.retry_policy.pause_before_retry(
            attempt, fault, self._claude.clock.random
        )


@contextlib.asynccontextmanager
async def _events(raw: Any, bounds: ResponseBounds) -> AsyncIterator[EventStream]:
    """The events of a response; its connection is closed at the end."""
    kind = raw.headers.get("content-type", "").lower()
    for word, what in (("json", "JSON"), ("html", "an HTML page")):
        if word in kind:
            await raw.http_response.aclose()
            raise StreamError(what, "not_a_stream", retryable=False)
    stream = EventStream(raw.http_response, bounds)
    try:
        yield stream
    finally:
        await stream.close()


async def _assemble(
    stream: EventStream, assembler: ResponseAssembler, clock: Callable[[], float]
) -> AsyncGenerator[StreamEvent, None]:
    """Feed a stream to the assembler until the response is whole.

    A connection that breaks after the last piece that matters has harmed nothing.
    """
    told = clock()
    try:
        async with contextlib.aclosing(stream.events()) as events:
            async for event, size in events:
                moves = assembler.progress_count
                items = assembler.feed(event, size)
                if not items and clock() - told >= _KEEP_ALIVE_SECONDS:
                    items = (KeepAlive(),)
                for item in items:
                    told = clock()
                    yield item
                if assembler.progress_count > moves:
                    stream.progressed()
                if assembler.stopped:
                    await _drain(events)
                    break
        assembler.end()
    except Exception:  # of whatever library: what counts is whether anything is missing
        if not assembler.is_complete:
            raise


async def _drain(events: AsyncIterator[object]) -> None:
    """Read a finished stream to its end, so that the connection can serve the next request."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in events:
                pass


def _betas(request: Request) -> dict[str, list[str]]:
    return {"betas": list(request.betas)} if request.betas else {}


_COUNT_PARAMETERS = ("model", "messages", "system", "tools", "thinking", "output_config")
"""Parameters that count_tokens takes."""

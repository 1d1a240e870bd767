"""What the agent needs of a client of the Messages API."""

from collections.abc import AsyncIterator
from typing import Protocol

from tui.claude.model_window import ModelWindow
from tui.claude.request import Request
from tui.claude.response import PartialResponse, Response
from tui.claude.stream_events import StreamEvent


class ResponseStream(Protocol):
    """A request on its way: iterate for its progress and, last, the response."""

    def __aiter__(self) -> AsyncIterator[StreamEvent | Response]: ...

    async def aclose(self) -> None:
        """Stop, and close the connection; what had arrived stays in `partial`."""
        ...

    @property
    def partial(self) -> PartialResponse:
        """What has arrived so far."""
        ...


class ModelClient(Protocol):
    """Sends requests: `tui.claude.api_client.ClaudeClient`."""

    def send(self, request: Request) -> ResponseStream:
        """Send one request; ends with a `Response` or raises an `ApiError`."""
        ...

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of a request as the server counts them; None when it cannot say."""
        ...

    async def window(self, model: str) -> ModelWindow | None:
        """What the server says of a model's window; None when it could not be asked."""
        ...

    async def can_summarize(self, model: str) -> bool | None:
        """Whether the server summarises for a model on demand; None when it cannot say."""
        ...

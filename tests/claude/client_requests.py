"""Sending a request to a server on this machine, for the tests of the client."""

from typing import Any

import pytest

from tests.claude.loopback_server import serve_answers
from tui.claude.api_client import ClaudeClient, ClientClock
from tui.claude.catalogue import load_catalogue
from tui.claude.request import Preamble, Request, RequestOptions, build_request
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.claude.retry import NO_RETRY

KEY = "sk-ant-api03-verysecret"
HELLO = [{"role": "user", "content": "hello"}]


def request_of(messages: list[dict[str, str]] = HELLO, **options: Any) -> Request:
    model = load_catalogue().model("claude-opus-5-5")
    return build_request(
        model,
        Preamble([{"type": "text", "text": "Be brief."}]),
        messages,
        RequestOptions(**options),
    )


async def no_sleep(_seconds: float) -> None:
    return None


def client_for(url: str, **more: Any) -> ClaudeClient:
    more.setdefault("clock", ClientClock(sleep=no_sleep, random=lambda: 0.0))
    return ClaudeClient(base_url=url, api_key=KEY, **more)


async def collect(
    claude: ClaudeClient, request: Request | None = None
) -> tuple[list[Any], Response]:
    """All progress and the response."""
    async with claude:
        items = [item async for item in claude.send(request or request_of())]
    *progress, response = items
    assert isinstance(response, Response)
    return progress, response


async def fault_of(*answers: Any, **more: Any) -> ApiError:
    more.setdefault("retry_policy", NO_RETRY)
    async with serve_answers(*answers) as server:
        with pytest.raises(ApiError) as caught:
            await collect(client_for(server.url, **more))
    return caught.value

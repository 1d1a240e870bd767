"""Sending a request to a server on this machine, for the tests of the client."""

import pytest
from claude_loopback import serving

from tui.claude.catalogue import load
from tui.claude.client import Claude, World
from tui.claude.errors import Fault
from tui.claude.progress import Response
from tui.claude.request import Options, Preamble, build
from tui.claude.retry import NEVER

KEY = "sk-ant-api03-verysecret"
HELLO = [{"role": "user", "content": "hello"}]


def request_of(messages=HELLO, **options):
    model = load().model("claude-opus-5-5")
    return build(
        model, Preamble([{"type": "text", "text": "Be brief."}]), messages, Options(**options)
    )


async def no_sleep(_seconds):
    return None


def claude_at(url, **more):
    more.setdefault("world", World(sleep=no_sleep, random=lambda: 0.0))
    return Claude(base_url=url, api_key=KEY, **more)


async def everything(claude, request=None):
    """All progress and the response."""
    async with claude:
        items = [item async for item in claude.send(request or request_of())]
    *progress, response = items
    assert isinstance(response, Response)
    return progress, response


async def fault_of(*answers, **more):
    more.setdefault("policy", NEVER)
    async with serving(*answers) as server:
        with pytest.raises(Fault) as caught:
            await everything(claude_at(server.url, **more))
    return caught.value

"""Ending children: only the event loop collects them, or it takes one for lost."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tui.child_signals import kill_child, terminate_child

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize(
    ("end", "number"), [(kill_child, signal.SIGKILL), (terminate_child, signal.SIGTERM)]
)
async def test_a_child_is_ended_and_left_to_the_event_loop(
    end: Callable[[asyncio.subprocess.Process], None],
    number: int,
    monkeypatch: pytest.MonkeyPatch,
):
    process = await asyncio.create_subprocess_exec("sleep", "60")
    collected: list[object] = []
    monkeypatch.setattr(subprocess.Popen, "poll", lambda child: collected.append(child))
    end(process)
    assert await process.wait() == -number
    assert collected == []
    end(process)  # it has ended: nobody else is meant

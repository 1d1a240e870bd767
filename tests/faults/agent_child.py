"""An agent in a process of its own, which says what it publishes, until it is killed.

Run as `python agent_child.py HOME BASE_URL MODE PROMPT [FILE]`; the prompt `/compact` shortens
the conversation instead.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from tests.support.context import make_context
from tui.agent.permissions import PermissionRules
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.tools.base import ToolEnvironment
from tui.agent.tools.registry import TOOLS
from tui.agent.turn_items import ToolOutput
from tui.agent.user_inbox import UserInbox
from tui.claude.api_client import ClaudeClient
from tui.claude.catalogue import load_catalogue
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.resume import resume

TOKEN = "a-token-for-tests"


def print_published(item: Published) -> None:
    """One line for what was published."""
    match item:
        case ev.Record(event=event):
            print(type(event).__name__, flush=True)
        case TextDelta(text=text):
            print("TextDelta", len(text), flush=True)
        case ToolOutput():
            print("ToolOutput", flush=True)
        case _:
            pass


def open_runner(
    home: Path, base_url: str, mode: ev.Mode | Literal["held"], file: str = "session.db"
) -> tuple[SessionRunner, str]:
    """The runner of the session in `home`, and what was saved of a broken-off answer.

    In mode `held` commands run unasked, as where the kernel holds them.
    """
    resumed = resume(home / file)
    folder = home / "project"
    ctx = make_context(
        client=ClaudeClient(base_url=base_url, api_key=TOKEN),
        catalogue=load_catalogue(),
        tools=TOOLS,
        environment=ToolEnvironment(
            folder=folder, variables=dict(os.environ), scratch_folder=home / "scratch"
        ),
        rules=PermissionRules(
            folder=folder.resolve(),
            mode="auto" if mode == "held" else mode,
            boundary=mode == "held",
        ),
        inbox=UserInbox(),
        now=asyncio.get_running_loop().time,
        log_path=home / file,
    )
    saved = resumed.store.partial()
    runner = SessionRunner(
        resumed.store, fold(resumed.records), ctx, ThreadPoolExecutor(max_workers=1)
    )
    return runner, saved.text if saved else ""


async def main(
    home: str,
    base_url: str,
    mode: ev.Mode | Literal["held"],
    prompt: str,
    file: str = "session.db",
) -> None:
    """Work until the end, or until the kill."""
    runner, _ = open_runner(Path(home), base_url, mode, file)
    runner.listeners.append(print_published)
    await (runner.compact() if prompt == "/compact" else runner.run_turn(prompt))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))  # type: ignore[arg-type]

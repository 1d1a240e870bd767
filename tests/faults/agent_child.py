"""An agent in a process of its own, which says what it publishes, until it is killed.

Run as `python agent_child.py HOME BASE_URL MODE PROMPT [FILE]`; the prompt `/compact` shortens
the conversation instead.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tui.agent.desk import Desk
from tui.agent.driver import Driver, Published
from tui.agent.means import Means, ToolOutput
from tui.agent.permissions import Rules
from tui.agent.tools.base import World
from tui.agent.tools.registry import TOOLS
from tui.claude.catalogue import load
from tui.claude.client import Claude
from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.session.resume import resume
from tui.session.state import fold

TOKEN = "a-token-for-tests"


def say(item: Published) -> None:
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


def pilot(home: Path, base_url: str, mode: ev.Mode, file: str = "session.db") -> tuple[Driver, str]:
    """The driver of the session in `home`, and what was saved of a broken-off answer."""
    resumed = resume(home / file)
    folder = home / "project"
    means = Means(
        line=Claude(base_url=base_url, api_key=TOKEN),
        catalogue=load(),
        tools=TOOLS,
        world=World(folder=folder, environment=dict(os.environ), scratch=home / "scratch"),
        rules=Rules(folder=folder.resolve(), mode=mode),
        desk=Desk(),
        now=asyncio.get_running_loop().time,
    )
    saved = resumed.store.partial()
    driver = Driver(resumed.store, fold(resumed.records), means, ThreadPoolExecutor(max_workers=1))
    return driver, saved.text if saved else ""


async def main(
    home: str, base_url: str, mode: ev.Mode, prompt: str, file: str = "session.db"
) -> None:
    """Work until the end, or until the kill."""
    driver, _ = pilot(Path(home), base_url, mode, file)
    driver.listeners.append(say)
    await (driver.compact() if prompt == "/compact" else driver.turn(prompt))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))  # type: ignore[arg-type]

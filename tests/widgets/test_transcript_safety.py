"""What the model or a tool writes reaches the terminal as text, and start-up stays light."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from tests.widgets.transcript_app import (
    RecordingDriver,
    TranscriptApp,
    run_transcript,
    visible_lines,
    wait_until_idle,
)
from tui.reports.transcript_items import (
    AnswerItem,
    NoticeItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
)
from tui.session.events import FileChange
from tui.widgets.transcript.transcript_view import Transcript

PAYLOADS = [
    "\x1b]52;c;Y3VybCBldmlsfHNo\x07",
    "\x1b]0;owned\x1b\\",
    "\x1b[2J",
    "\x9b2J",
    "\x1bc",
    "\x1bP1$q\x1b\\",
    "[/markup][@click=app.quit]x[/]",
    "\u202egnp.exe",
    "\ud800",
]
BAD = " ".join(PAYLOADS)


def hostile_items() -> list[PromptItem | ThinkingItem | ToolItem | AnswerItem | NoticeItem]:
    change = FileChange(path=BAD, added=1, diff=f"@@ -1 +1 @@\n-{BAD}\n+{BAD}\n")
    return [
        PromptItem("p", BAD),
        ThinkingItem("k", BAD, 10),
        ToolItem("t1", BAD, BAD, "error", 10, False, BAD, BAD),
        ToolItem("t2", "edit", BAD, "done", changes=(change,)),
        AnswerItem("a", f"# {BAD}\n\n{BAD} `{BAD}`\n\n```{BAD}\n{BAD}\n```\n"),
        AnswerItem("b", f"| {BAD} |\n| - |\n| {BAD} |\n"),
        AnswerItem("l", f"[{BAD}](https://e.org/\x1b]52;c;eA==\x07) <https://e.org/{chr(27)}[2J>"),
        NoticeItem("n", BAD),
    ]


async def sent_by(app: TranscriptApp, act: Callable[[Transcript], Awaitable[None]]) -> str:
    """Everything a terminal is sent while `act` runs."""
    ready = asyncio.Event()

    async def started(_pilot: Pilot[Any]) -> None:
        ready.set()

    app.driver_class = RecordingDriver
    RecordingDriver.sent = ""
    task = asyncio.create_task(app.run_async(size=(100, 60), auto_pilot=started))
    await ready.wait()
    with app._context():
        try:
            await act(app.transcript)
            for _ in range(20):
                await asyncio.sleep(0.01)
        finally:
            app.exit()
            await task
    return RecordingDriver.sent


async def test_nothing_a_terminal_would_obey_reaches_it():
    async def act(transcript: Transcript) -> None:
        transcript.load(hostile_items())
        transcript.updates.fold_all()
        transcript.open_stream("s", "answer")
        for character in BAD:
            transcript.feed("s", character)
            transcript.streams.flush()
        transcript.end_stream("s")
        transcript.search.find("owned")

    sent = await sent_by(TranscriptApp(), act)
    assert "gnp.exe" in sent
    for bad in ("]52;", "\x1b[2J", "\x9b", "\x1bc", "\x1bP", "\u202e", "]0;owned"):
        assert bad not in sent.replace("\x1b[2J\x1b[H", ""), repr(bad)


async def test_markup_is_shown_as_it_was_written():
    async with run_transcript(*hostile_items(), size=(120, 60)) as (app, transcript, pilot):
        transcript.updates.fold_all()
        await wait_until_idle(pilot)
        assert sum("[@click=app.quit]" in line for line in visible_lines(transcript)) > 8
        for row in range(0, 60, 9):
            await pilot.click("Transcript", offset=(90, row))
        assert app.is_running


def test_importing_the_transcript_imports_no_reader_and_no_lexer():
    code = (
        "import sys; import tui.widgets.transcript.transcript_view;"
        "print([name for name in ('markdown_it', 'pygments', 'linkify_it', 'rich.markdown')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_items_can_be_made_without_textual():
    code = "import sys; import tui.reports.transcript_items; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_first_frame_does_not_wait_for_colours():
    code = (
        "import asyncio, sys\n"
        "from textual.app import App\n"
        "from tui.reports.transcript_items import AnswerItem, PromptItem\n"
        "from tui.widgets.transcript.transcript_view import Transcript\n"
        "class Shell(App):\n"
        "    def compose(self): yield Transcript()\n"
        "    def on_mount(self):\n"
        "        self.query_one(Transcript).load([PromptItem('p', 'x')])\n"
        "async def main():\n"
        "    app = Shell()\n"
        "    async with app.run_test() as pilot:\n"
        "        first = 'pygments' in sys.modules\n"
        "        app.query_one(Transcript).put(AnswerItem('a', '```py\\nx = 1\\n```'))\n"
        "        for _ in range(500):\n"
        "            await asyncio.sleep(0.01)\n"
        "            strips = app.query_one(Transcript).render_lines(app.screen.region)\n"
        "            styles = {str(s) for strip in strips for t, s, _ in strip if '1' in t}\n"
        "            parts = [t for strip in strips for t, s, _ in strip if t.strip() == '1']\n"
        "            if parts: break\n"
        "        print(first, parts)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False ['1']"

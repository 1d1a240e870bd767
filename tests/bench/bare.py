"""The bare Textual app that the program is measured against: the same shell, nothing in it.

    python tests/bench/bare.py [TOKENS RATE MARK]

Transcript, composer, status line and sidebar are Textual's own plainest widgets. F5 streams
the text of the benches into it, from within: no network, no Markdown, the last lines only.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

READY = "bare and ready"
STREAM = "\x1b[15~"
"""The key that starts the stream, as a terminal sends it."""
SHOWN = 4_000
"""Characters of the stream that are on the screen."""


class Bare(App[None]):
    """A chat in which nobody answers."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "#side { width: 36; } TextArea { height: 5; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "stream", priority=True)]

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical():
                with VerticalScroll(id="log"):
                    yield Static(id="text", markup=False)
                yield TextArea()
                yield Static(READY)
            with Vertical(id="side"):
                for name in ("budget", "effort", "subtasks", "agents"):
                    yield Static(name)

    def on_mount(self) -> None:
        self.query_one("#log").anchor()
        self.query_one(TextArea).focus()
        self.pieces: list[str] = []
        if len(sys.argv) > 1:
            self.call_after_refresh(self._prepare, int(sys.argv[1]), sys.argv[3])

    def _prepare(self, tokens: int, mark: str) -> None:
        """Have the text at hand: what it takes to make it up is nobody's cost."""
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        from tests.bench.endpoint import pieces, reached

        self.pieces = [*pieces(tokens), f"\n\n{reached(mark)}\n"]

    def action_stream(self) -> None:
        self.run_worker(self._stream(int(sys.argv[2])))

    async def _stream(self, rate: int) -> None:
        from tests.bench.endpoint import TOKENS_A_PIECE

        shown, text = self.query_one("#text", Static), ""
        every = TOKENS_A_PIECE / rate if rate else 0.0
        begun = time.monotonic()
        for at, piece in enumerate(self.pieces, 1):
            text += piece
            shown.update(Content(text[-SHOWN:]))
            await asyncio.sleep(max(0.0, begun + at * every - time.monotonic()) if rate else 0)


if __name__ == "__main__":
    Bare().run()

"""Colours of code, and the Markdown reader: loaded on a thread after the first frame.

They take a sixth of a second to import, and whoever wants to type should not wait for that. A
language that comes up later is loaded in the same way. Code is shown at once and gets its
colours in idle time.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module

from tui.widgets.transcript.idle_work import IdleWork
from tui.widgets.transcript.preformatted import CodeText, PreformattedSlice, loaded_highlighting
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.transcript_blocks import TranscriptBlock

_MODULES = ("tui.widgets.transcript.markdown_stream", "tui.widgets.transcript.highlighting")


def load_all() -> None:
    """Import what reads and colours, and warm the lexers that nearly everybody needs."""
    for name in _MODULES:
        import_module(name)
    module = loaded_highlighting()
    assert module is not None
    for language in ("python", "bash", "json", "diff"):
        module.at_hand(module.lexer_named, language)
    for file in ("x.py", "x.sh", "x.json"):
        module.at_hand(module.lexer_for_file, file)
    module.make_wanted()


class HighlightLoader:
    """Loads them on a thread."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being loaded."""
        return self._task is not None and not self._task.done()

    def load(self, ready: Callable[[], None]) -> None:
        """Call `ready` when code can be coloured."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(load_all, ready))

    def load_requested(self, ready: Callable[[], None]) -> None:
        """Make the lexers that were wanted for the first time, if any were; then call `ready`."""
        module = loaded_highlighting()
        if module is not None and module.wanted and not self.busy:
            self._task = asyncio.create_task(self._run(module.make_wanted, ready))

    async def _run(self, work: Callable[[], None], ready: Callable[[], None]) -> None:
        await asyncio.to_thread(work)
        ready()


class CodeColouring:
    """Loads what colours code, and colours what was painted roughly."""

    def __init__(self, painter: StripCache, window: ScrollWindow, idle_work: IdleWork) -> None:
        self._painter = painter
        self._window = window
        self._idle_work = idle_work
        self._loader = HighlightLoader()
        self._rough: list[tuple[CodeText, TranscriptBlock]] = []

    @property
    def is_loading(self) -> bool:
        """Whether lexers are being loaded."""
        return self._loader.busy

    def load(self) -> None:
        """Load what reads Markdown and colours code."""
        self._loader.load(self._repaint_all)

    def load_requested(self) -> None:
        """Load the lexers that painting asked for."""
        self._loader.load_requested(self._repaint_all)

    def _repaint_all(self) -> None:
        """Code that was painted without colours gets them."""
        if self._window.is_attached:
            self._painter.clear()
            self._window.repaint()

    def note_painted(self, block: TranscriptBlock) -> None:
        """A block was painted: if its colours are rough, make better ones."""
        if (
            isinstance(block, PreformattedSlice)
            and isinstance(code := block.sheet, CodeText)
            and code.has_rough_colours
            and all(block is not known for _, known in self._rough)
        ):
            self._rough.append((code, block))
            self._idle_work.schedule()

    def idle_step(self) -> bool:
        """Colour a few rows of what was painted last; whether there was anything to colour."""
        if not self._rough:
            return False
        code, block = self._rough[-1]
        if code.has_rough_colours:
            code.colour_more_rows()
        if not code.has_rough_colours:
            self._rough.pop()
            self._painter.forget([block])
            self._window.repaint()
        return True

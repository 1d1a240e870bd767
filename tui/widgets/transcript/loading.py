"""What is loaded after the first frame: the Markdown reader and the lexers.

They take a sixth of a second to import, which nobody should wait for who wants to type.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module

_MODULES = ("tui.widgets.transcript.streams", "tui.widgets.transcript.highlighting")


def load_all() -> None:
    """Import what reads and colours, and warm the lexers that nearly everybody needs."""
    for module in _MODULES:
        import_module(module)
    highlighting = import_module("tui.widgets.transcript.highlighting")
    for language in ("python", "bash", "json", "diff"):
        lexer = highlighting.lexer_named(language)
        if lexer is not None:
            highlighting.spans_of(lexer, ["x = 1"])


class Colours:
    """Loads them once, on a thread."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def load(self, ready: Callable[[], None]) -> None:
        """Call `ready` when code can be coloured."""
        if self._task is None:
            self._task = asyncio.create_task(self._load(ready))

    async def _load(self, ready: Callable[[], None]) -> None:
        await asyncio.to_thread(load_all)
        ready()

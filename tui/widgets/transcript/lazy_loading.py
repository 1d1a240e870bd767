"""What is loaded after the first frame, on a thread: the Markdown reader and the lexers.

They take a sixth of a second to import, which nobody should wait for who wants to type. So
does a language that comes up later: its code is shown at once and gets its colours then.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module

from tui.widgets.transcript.preformatted import loaded_highlighting

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

"""Output that survives the loss of its terminal: what cannot be written is dropped.

Textual 8.2.8 writes on a thread that ends at the first error. The queue to it fills up then,
and the program waits for ever to put the next frame into it, instead of leaving.
"""

import sys
from contextlib import suppress

from textual.drivers._writer_thread import WriterThread


class FaultTolerantWriter(WriterThread):
    """Textual's writer, going on after an error."""

    def run(self) -> None:
        """Write what is queued until there is nothing more to come."""
        while (text := self._queue.get()) is not None:
            with suppress(OSError):
                self._file.write(text)
                if not self._queue.qsize():
                    self._file.flush()
        with suppress(OSError):
            self._file.flush()


def guard_output() -> None:
    """Let the drivers that are loaded use this writer."""
    for name in ("textual.drivers.linux_driver", "textual.drivers.windows_driver"):
        if module := sys.modules.get(name):
            setattr(module, "WriterThread", FaultTolerantWriter)  # noqa: B010 - no attribute of ours

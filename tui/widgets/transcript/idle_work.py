"""Work that can wait: done in short slices, so that keys come first."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, Protocol

from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.ticker import certain

SLICE_SECONDS: Final = 0.003
"""How long one idle slice may work."""

PAUSE_SECONDS: Final = 0.004
"""Between two idle slices, so that keys come first."""


class IdleTask(Protocol):
    """Something that has work for idle time."""

    def idle_step(self) -> bool:
        """Do one short thing; whether there was anything to do."""


class IdleWork:
    """Gives idle time to tasks, to the first that has something to do."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._tasks: Sequence[IdleTask] = ()
        self._after_slice: Callable[[], None] = _nothing
        self._timer: Timer | None = None

    def assign(self, tasks: Sequence[IdleTask], after_slice: Callable[[], None]) -> None:
        """Give idle time to `tasks`, the first first, and call `after_slice` after each slice."""
        self._tasks, self._after_slice = tasks, after_slice

    @property
    def is_pending(self) -> bool:
        """Whether a slice will come."""
        return self._timer is not None

    def schedule(self) -> None:
        """There is something to do in idle time."""
        if self._timer is None and self._widget.is_attached:
            self._timer = certain(self._widget.set_timer(PAUSE_SECONDS, self.run_slice))

    def run_slice(self) -> None:
        """Work for one slice, and ask for another if there may be more to do."""
        self._timer = None
        until = slice_end()
        more = self._step()
        while more and perf_counter() < until:
            more = self._step()
        self._after_slice()
        if more:
            self.schedule()

    def _step(self) -> bool:
        return any(task.idle_step() for task in self._tasks)


def slice_end() -> float:
    """When a slice that begins now is over, by `perf_counter`."""
    return perf_counter() + SLICE_SECONDS


def _nothing() -> None:
    """Nobody waits for the end of a slice."""

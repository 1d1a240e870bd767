"""What is written to a terminal that is gone holds nobody up."""

import errno
import io
import threading

import pytest
from textual.drivers._writer_thread import MAX_QUEUED_WRITES

from tui.widgets.output_guard import FaultTolerantWriter


class Gone(io.StringIO):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_terminal_that_is_gone_holds_nobody_up():
    writer = FaultTolerantWriter(Gone())

    def work() -> None:
        for _ in range(2 * MAX_QUEUED_WRITES):
            writer.write("x")
        writer.stop()

    writer.start()
    working = threading.Thread(target=work, daemon=True)
    working.start()
    working.join(20)
    assert not working.is_alive() and not writer.is_alive()


def test_all_that_was_queued_is_written_before_it_stops():
    shown = io.StringIO()
    writer = FaultTolerantWriter(shown)
    writer.start()
    for letter in "abc":
        writer.write(letter)
    writer.stop()
    assert shown.getvalue() == "abc"

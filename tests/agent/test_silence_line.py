"""A headless run at a terminal says how long the server has been silent, and takes it back."""

import io
import re

from tui.agent.silence_line import SilenceLine
from tui.agent.turn_items import ToolOutput
from tui.budget.request_pacing import PacedWait
from tui.claude.request_errors import ApiError, ErrorFacts
from tui.claude.stream_events import KeepAlive, Retrying
from tui.session import events as ev

STARTED = ev.RequestStarted(
    request=1, turn=1, model="m", effort=None, max_tokens=1, budget=None, messages=1
)
FAILED = ev.RequestFailed(request=1, reason="fault", error="network", sentence="")


class Terminal(io.StringIO):
    """A terminal of one line: what is on it after carriage returns."""

    def isatty(self) -> bool:
        return True

    @property
    def line(self) -> str:
        shown = ""
        for part in re.split("\r", self.getvalue()):
            shown = part + shown[len(part) :]
        return shown.rstrip()


class Run:
    """A silence line with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.terminal = Terminal()
        self.silence = SilenceLine(self.terminal, lambda: self.now)

    def at(self, now: float) -> str:
        """What the line says at a moment."""
        self.now = now
        self.silence.update()
        return self.terminal.line


def record(event: ev.Event) -> ev.Record:
    return ev.Record(seq=1, at=0.0, event=event)


def test_the_line_counts_the_seconds_since_the_last_byte_of_an_answer_that_is_expected():
    run = Run()
    assert run.at(150.0) == "", "nothing was sent"
    run.silence.note(record(STARTED))
    assert run.at(159.9) == ""
    assert run.at(164.2) == "glideslope: no answer for 14 s"
    assert run.at(1_164.0) == "glideslope: no answer for 1014 s"
    run.silence.note(KeepAlive())
    assert run.at(1_165.0) == ""
    assert run.at(1_174.5) == "glideslope: no answer for 10 s"
    run.silence.note(record(FAILED))
    assert run.at(1_200.0) == ""


def test_a_pause_before_a_retry_or_for_a_rate_limit_is_no_silence():
    run = Run()
    run.silence.note(record(STARTED))
    fault = ApiError(ErrorFacts(kind="overloaded"), "The server is overloaded.")
    run.silence.note(Retrying(2, 30.0, fault))
    assert run.at(139.0) == ""
    assert run.at(140.0) == "glideslope: no answer for 10 s"
    run.silence.note(PacedWait(20.0, "requests"))
    assert run.at(169.0) == ""
    assert run.at(170.0) == "glideslope: no answer for 10 s"


def test_the_output_of_a_tool_is_no_word_of_the_server():
    run = Run()
    run.silence.note(record(STARTED))
    assert run.at(110.0)
    run.silence.note(ToolOutput("t", "output"))
    assert run.at(111.0) == "glideslope: no answer for 11 s"


def test_other_output_finds_the_line_empty():
    run = Run()
    run.silence.note(record(STARTED))
    assert run.at(120.0)
    run.silence.clear()
    assert run.terminal.line == ""
    before = run.terminal.getvalue()
    run.silence.clear()
    assert run.terminal.getvalue() == before


async def test_nothing_is_written_where_standard_error_is_no_terminal():
    plain = io.StringIO()
    async with SilenceLine(plain).running():
        pass
    assert plain.getvalue() == ""

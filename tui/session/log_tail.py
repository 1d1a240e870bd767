"""The end of a log: what a session does now, read from its last events alone.

A list of sessions that are at work cannot fold every log again each second. What the last turn of a
session is at follows from its last few events, whatever came before them.
"""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tui.session import events as ev
from tui.session.answer_file import AskedQuestion
from tui.session.database import connect_to_read, translate_errors
from tui.session.event_codec import DamagedRow, to_event

TAIL_ROWS = 200
"""Events that are looked at."""
BUSY_SECONDS = 0.1
"""Seconds to wait for a file that another program holds: the next look comes soon."""

_READ = tuple(
    str(kind.__struct_config__.tag)
    for kind in (
        ev.PermissionAsked,
        ev.PermissionAnswered,
        ev.LimitReached,
        ev.LimitAnswered,
        ev.ToolStarted,
        ev.RequestStarted,
        ev.ModeChanged,
        ev.SessionNamed,
        ev.TurnEnded,
    )
)
"""Kinds whose bodies are read; of the others, which may be long, only that they are there."""
_SQL = (
    f"SELECT seq, at, kind, version, CASE WHEN kind IN ({', '.join('?' * len(_READ))})"
    " THEN body END FROM events WHERE kind <> 'agent_settled' ORDER BY seq DESC LIMIT ?"
)
"""Without the counters of agents: at work they come all the time, and change nothing here."""


class OpenQuestion(NamedTuple):
    """A question to the user that nobody has answered."""

    seq: int
    """Number of the event that asks."""
    asked: ev.PermissionAsked | ev.LimitReached


@dataclass(slots=True)
class LogTail:
    """What the last events of a log tell."""

    last: int = 0
    """Number of the last event; 0 of an empty log."""
    at: float = 0.0
    """When it came, in seconds since the Unix epoch."""
    turn_open: bool | None = None
    """Whether a turn is open; None where these events do not tell."""
    questions: list[OpenQuestion] = field(default_factory=list)
    """Those without an answer, the oldest first."""
    tool: ev.ToolStarted | None = None
    """The last tool that acted in the turn."""
    tool_runs: bool = False
    """Whether `tool` has not ended yet, as far as is known."""
    model: str = ""
    """The model of the last request, while it answers; else empty."""
    ended: ev.TurnEnded | None = None
    """How the last turn ended; None while one is open."""
    mode: ev.Mode | None = None
    """The permission mode; None where it did not change."""
    name: str = ""
    """The name that the session was given; empty where that is longer ago."""

    def apply(self, seq: int, at: float, kind: str, event: ev.Event | None) -> None:
        """Take the next event.

        Args:
            seq: Its number.
            at: When it came.
            kind: Its tag.
            event: What it says; None where only its kind was read.
        """
        self.last, self.at = seq, at
        match event:
            case ev.PermissionAsked() | ev.LimitReached():
                self.questions.append(OpenQuestion(seq, event))
            case ev.PermissionAnswered(tool_use=tool_use):
                self.questions = [each for each in self.questions if _call(each) != tool_use]
            case ev.LimitAnswered():
                self.questions = [each for each in self.questions if _call(each)]
            case ev.ToolStarted():
                self.tool, self.tool_runs, self.turn_open, self.ended = event, True, True, None
            case ev.RequestStarted(model=model):
                self.model, self.turn_open, self.ended = model, True, None
            case ev.ModeChanged(mode=mode):
                self.mode = mode
            case ev.SessionNamed(name=name):
                self.name = name
            case ev.TurnEnded():
                self.questions = [
                    each for each in self.questions if outlasts_turn(each.asked, event)
                ]
                self.model, self.tool_runs = "", False
                self.turn_open, self.ended = False, event
            case _:
                self._apply_kind(kind)

    def _apply_kind(self, kind: str) -> None:
        match kind:
            case "prompt_submitted":
                self.questions = [each for each in self.questions if outlasts_turn(each.asked)]
                self.tool, self.ended = None, None
                self.turn_open, self.tool_runs = True, False
            case "tool_finished":
                self.tool_runs = False
            case "request_finished" | "request_failed":
                self.model = ""
            case _:
                pass


def outlasts_turn(
    asked: ev.PermissionAsked | ev.LimitReached, end: ev.TurnEnded | None = None
) -> bool:
    """Whether an open question waits on when a turn is over: an agent's does, as it works on.

    Args:
        asked: The question.
        end: How the turn ended; None where that is not known.
    """
    crashed = end is not None and end.reason == "crashed"
    return isinstance(asked, ev.PermissionAsked) and bool(asked.agent) and not crashed


def _call(question: OpenQuestion) -> str:
    """Id of the call that a question is about; empty of a reached limit."""
    asked = question.asked
    return asked.tool_use if isinstance(asked, ev.PermissionAsked) else ""


def read_tail(session: Path, rows: int = TAIL_ROWS) -> LogTail:
    """The end of the log of a session file; another process may be writing it.

    Events that cannot be read are passed over.

    Raises:
        StoreBusy: another program holds the file.
        StoreError: it cannot be read.
    """
    tail = LogTail()
    with translate_errors(session), closing(connect_to_read(session)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        found = connection.execute(_SQL, (*_READ, rows)).fetchall()
        newest = connection.execute("SELECT seq, at FROM events ORDER BY seq DESC LIMIT 1")
        newest_row = newest.fetchone()
    for seq, at, kind, version, body in reversed(found):
        tail.apply(seq, at, kind, _event(kind, version, body))
    tail.last, tail.at = newest_row or (0, 0.0)
    return tail


def read_question(session: Path, question: OpenQuestion) -> AskedQuestion:
    """A question with the input of the call that it is about, as the model gave it.

    Raises:
        StoreError: the log cannot be read.
    """
    with translate_errors(session), closing(connect_to_read(session)) as connection:
        row = connection.execute(
            "SELECT kind, version, body FROM events WHERE seq < ? AND kind = ?"
            " ORDER BY seq DESC LIMIT 1",
            (question.seq, ev.RequestFinished.__struct_config__.tag),
        ).fetchone()
    event = _event(*row) if row else None
    blocks = event.blocks if isinstance(event, ev.RequestFinished) else ()
    given = (
        block["input"]
        for block in blocks
        if block.get("type") == "tool_use" and block.get("id") == _call(question)
    )
    return AskedQuestion(question.seq, question.asked, next(given, None))


def _event(kind: str, version: int, body: bytes | None) -> ev.Event | None:
    if body is None:
        return None
    try:
        return to_event(kind, version, body)
    except (DamagedRow, TypeError):
        return None

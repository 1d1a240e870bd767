"""The sessions of one morning on one machine: what the list of them shows in a picture."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from screenshots.scripted_log import START_TIME
from tui.screens.fleet_screen import FleetHost
from tui.session import events as ev
from tui.session.answer_file import AskedQuestion
from tui.session.fleet import Fleet, FleetSession
from tui.session.lock_holder import LockHolder
from tui.session.log_tail import LogTail, OpenQuestion
from tui.session.session_summary import SessionSummary

NOW = START_TIME.timestamp()
ASKED = ev.PermissionAsked(
    tool_use="t1",
    name="bash",
    subject="npm test -- --watch=false",
    reason="runs a command",
    preview="npm test -- --watch=false",
    rule="bash(npm test*)",
    allows="commands that begin with npm test",
)


class ScriptedFleet(Fleet):
    """Sessions that are told instead of read."""

    def __init__(self, sessions: Sequence[FleetSession]) -> None:
        self._sessions = list(sessions)
        self.unread = 0

    def look(self) -> list[FleetSession]:
        """The same sessions each time."""
        return self._sessions

    def close(self) -> None:
        """There is nothing to close."""


def session(
    name: str, folder: str, minutes: int, used: int, dollars: str, **more: object
) -> FleetSession:
    """A session with a budget of 200k tokens.

    Args:
        name: Its first prompt.
        folder: Where it works, below the code of its user.
        minutes: How long ago something happened in it.
        used: Tokens.
        dollars: What it cost.
        more: Other fields of its summary; `tail`: it is open, and this is the end of its log.
    """
    tail = more.pop("tail", None)
    at = NOW - 60 * minutes
    known = {"key": folder, "id": f"20261103-1{minutes:03}", "folder": f"/code/{folder}",
             "name": "", "created": at, "updated": at, "model": "claude-opus-5-5", "effort": "high",
             "turns": 2, "prompt": name, "requests": 9, "charged": used,
             "dollars": Decimal(dollars), "end": "completed", "parent": "", "last": 99,
             "mode": "ask", "budget": 200_000, "budget_used": used}  # fmt: skip
    summary = SessionSummary(**(known | more))  # type: ignore[arg-type]
    path = Path(f"/data/{summary.id}.db")
    if not isinstance(tail, LogTail):
        return FleetSession(summary, path)
    holder = LockHolder(4_700 + minutes, f"/dev/pts/{minutes % 9}", f"%{minutes % 9}")
    return FleetSession(summary, path, holder, tail)


def _tail(*questions: ev.PermissionAsked | ev.LimitReached, **more: object) -> LogTail:
    asked = [OpenQuestion(90 + at, question) for at, question in enumerate(questions)]
    return LogTail(99, turn_open=not more.get("ended"), questions=asked, **more)  # type: ignore[arg-type]


def _ended(reason: ev.TurnEndReason, sentence: str = "") -> LogTail:
    return _tail(ended=ev.TurnEnded(turn=2, reason=reason, sentence=sentence))


EDIT = ev.ToolStarted(request=9, tool_use="t2", name="edit", input={}, subject="src/io/read.py")
LIMIT = ev.LimitReached(
    limit="budget", sentence="12k of 200k are left: the reserve for the report.", extend_by=50_000
)
SESSIONS = (
    session("Replace requests by httpx", "web", 1, 62_000, "1.31", tail=_tail(ASKED)),
    session("Annotate src/io", "skylark", 4, 188_000, "3.02", tail=_tail(LIMIT)),
    session("Move the parser to tree-sitter", "skylark", 0, 96_400, "1.84",
            tail=_tail(tool=EDIT, tool_runs=True)),
    session("Find the leak in the worker", "api", 9, 31_000, "0.44",
            tail=_ended("error", "api.anthropic.com could not be reached.")),
    session("Read GRIB2 files without eccodes", "skylark", 22, 196_100, "2.97",
            tail=_ended("landed")),
    session("Why is the build slow?", "infra", 47, 12_300, "0.21", budget=None,
            tail=_ended("completed")),
    session("Prepare the release notes", "skylark", 185, 98_000, "1.02"),
    session("Upgrade to Python 3.13", "api", 300, 71_000, "0.90", end=""),
)  # fmt: skip


def example_host() -> FleetHost:
    """What the list needs, for these sessions."""
    return FleetHost(
        open_fleet=lambda: ScriptedFleet(SESSIONS),
        source="process 1",
        own_pid=1,
        now=lambda: NOW,
        read_question=lambda path, found: AskedQuestion(found.seq, found.asked, None),
    )

"""Answers that another process of the same user leaves for a session: one file for each question.

The file lies beside the log and names the question it answers exactly: the number of the event that
asked, the id of the call, and a digest of the event and of the call's input as the log has them. So
it can answer no other question, however late it is read. Whoever can write it can write the log as
well; the sandbox keeps commands of the model from both.
"""

import contextlib
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from tui.session import events as ev
from tui.session.private_files import open_private
from tui.session.session_paths import ANSWER_MARK, sibling_path

MOST_BYTES = 16 * 1024
"""Bytes of an answer that are read: a reason may be a paragraph."""
OPEN_TO_OTHERS = 0o077
"""Bits of a mode that let somebody else in."""

_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class OutsideAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer to one question of one session."""

    session: str
    """Id of the session."""
    event: int
    """Number of the event that asked."""
    digest: str
    """Of the question, by `question_digest`."""
    source: str
    """Who answers, in a few words for people: `process 4711 on /dev/pts/3`."""
    tool_use: str = ""
    """Id of the call; empty at a limit."""
    permission: ev.PermissionScope | None = None
    """The answer about a call; None at a limit."""
    reason: str = ""
    """For the model, with a no."""
    limit: ev.LimitAnswer | None = None
    """The answer at a limit; None about a call."""
    by: int = 0
    """Tokens to extend by."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as the log has it, whole: what an answer to it has to name."""

    seq: int
    """Number of the event that asks."""
    asked: ev.PermissionAsked | ev.LimitReached
    call_input: ev.JSON | None = None
    """The input of the call that it is about; None where it is about none."""

    @property
    def tool_use(self) -> str:
        """Id of the call; empty at a limit."""
        return self.asked.tool_use if isinstance(self.asked, ev.PermissionAsked) else ""

    @property
    def digest(self) -> str:
        """What tells this question from every other one."""
        whole = (self.seq, ev.encode(self.asked).decode(), self.call_input)
        return sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()


def answer_path(session: Path, seq: int) -> Path:
    """Where the answer to the question of event `seq` is left."""
    return sibling_path(session, f"{ANSWER_MARK}{seq}")


def leave_answer(session: Path, answer: OutsideAnswer) -> None:
    """Leave an answer beside a session file; it appears whole.

    Raises:
        OSError: it could not be written.
    """
    path = answer_path(session, answer.event)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        handle = open_private(fresh, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(answer))
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def take_answer(session: Path, seq: int) -> OutsideAnswer | None:
    """Take the answer to a question away, and read it.

    Returns:
        None where there is none, and where it may be of somebody else or is not one at all.
    """
    path = answer_path(session, seq)
    try:
        handle = os.open(path, _READ_FLAGS)
    except OSError:
        with contextlib.suppress(OSError):  # a link is no answer of ours
            path.unlink()
        return None
    with os.fdopen(handle, "rb") as file:
        ours = _is_ours(os.fstat(handle))
        content = file.read(MOST_BYTES + 1) if ours else b""
    with contextlib.suppress(OSError):
        path.unlink()
    if not ours or len(content) > MOST_BYTES:
        return None
    with contextlib.suppress(msgspec.MsgspecError, ValueError):
        return msgspec.json.decode(content, type=OutsideAnswer)
    return None


def _is_ours(found: os.stat_result) -> bool:
    """Whether only this user can have written a file."""
    if not stat.S_ISREG(found.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & OPEN_TO_OTHERS

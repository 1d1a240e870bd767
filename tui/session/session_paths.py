"""The file of a session: its name, its folder, and how it is made and removed.

`<data>/sessions/<hash of the project folder>/<session id>.db`: the sessions of one project
are one folder, so that continuing the last one never looks at any other project. A session id is
sortable by time, short enough to type, and safe as a file name: `20261123-235012-7k3fqz` is the
second it began, in UTC, and six random characters. The log of an agent lies beside that of its
session: `20261123-235012-7k3fqz.explore-1.db`.
"""

import glob
import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from tui.session.private_files import FILE, open_private
from tui.session.store_errors import SessionExists

SUFFIX = ".db"
"""Ending of a session file."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing that could be mistaken for another character."""
RANDOM_LENGTH = 6
"""Random characters of a session id."""
KEY_LENGTH = 16
"""Hexadecimal digits of a folder's hash."""
ANSWER_MARK = ".answer-"
"""What the names of answers from outside go on with, before the number of the question."""
PROTECTED = ".protected"
"""Ending of the file with what protected files held before a command, while it runs."""
_BESIDE = ("-wal", "-shm", "-journal", ".lock", PROTECTED, f"{PROTECTED}-new")
"""Endings of the files that SQLite, the lock and the sandbox keep beside a session."""


def new_session_id(
    now: Callable[[], float] = time.time, choose: Callable[[str], str] = secrets.choice
) -> str:
    """A new id.

    Args:
        now: Seconds since the Unix epoch.
        choose: Chooses one character of a string at random.
    """
    began = datetime.fromtimestamp(now(), UTC)
    return f"{began:%Y%m%d-%H%M%S}-{''.join(choose(ALPHABET) for _ in range(RANDOM_LENGTH))}"


def folder_key(folder: Path | str) -> str:
    """The hash of a project folder; links to the folder give the same."""
    return sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:KEY_LENGTH]


def sessions_folder(data: Path) -> Path:
    """The folder of all sessions, inside the user's data folder."""
    return data / "sessions"


def session_path(data: Path, folder: Path | str, session: str) -> Path:
    """The file of a session that works in project `folder`.

    Args:
        data: The user's data folder.
        folder: The project folder.
        session: The id of the session.
    """
    return sessions_folder(data) / folder_key(folder) / f"{session}{SUFFIX}"


def agent_log_path(path: Path, agent: str) -> Path:
    """The file of an agent's own log, beside that of its session.

    Args:
        path: The file of the session.
        agent: Name of the agent, without a dot.
    """
    return path.with_name(f"{path.stem}.{agent}{SUFFIX}")


def is_agent_log(name: str) -> bool:
    """Whether a file of that name is the log of an agent: no id of a session has a dot."""
    return "." in name.removesuffix(SUFFIX)


def agent_log_paths(path: Path) -> list[Path]:
    """The files of the agents of the session at `path`, by name."""
    return sorted(path.parent.glob(f"{glob.escape(path.stem)}.*{SUFFIX}"))


def sibling_path(path: Path, ending: str) -> Path:
    """The file next to `path` whose name goes on with `ending`: SQLite's `-wal`, our `.lock`."""
    return path.with_name(path.name + ending)


def make_private_file(path: Path) -> None:
    """Make an empty file for this user only, whatever the umask.

    SQLite gives its `-wal` and `-shm` files the mode of the database beside them.

    Raises:
        SessionExists: there is already one.
        OSError: it could not be made.
    """
    try:
        file = open_private(path, os.O_EXCL | os.O_RDWR)
    except FileExistsError:
        raise SessionExists(path) from None
    os.close(file)


def make_private(path: Path) -> None:
    """Make a file this user's only, whatever the umask or a restored backup made of it."""
    if path.stat().st_mode & 0o777 != FILE:
        path.chmod(FILE)


def remove_session(path: Path) -> None:
    """Remove the session at `path` and the logs of its agents; it must be closed.

    Raises:
        OSError: a file could not be removed.
    """
    for log in (path, *agent_log_paths(path)):
        answers = log.parent.glob(f"{glob.escape(log.name)}{ANSWER_MARK}*")
        for file in (log, *(sibling_path(log, ending) for ending in _BESIDE), *answers):
            file.unlink(missing_ok=True)

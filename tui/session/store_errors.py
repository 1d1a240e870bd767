"""What can go wrong with the session store, as types with the facts and one sentence each.

Nothing here imports SQLite, so a screen may name these types without loading the store.
"""

from pathlib import Path


class StoreError(Exception):
    """The session store could not do what was asked. Its text is the sentence for people."""

    def __init__(self, path: Path, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path
        """The file or folder concerned."""
        self.sentence = sentence
        """What was wrong and what to do next."""


class SessionLocked(StoreError):
    """Another program, or another window, is working in this session."""

    def __init__(self, path: Path, pid: int | None = None, place: str = "") -> None:
        """Args:
        path: The file of the session.
        pid: The process that holds it; None where it did not say.
        place: Its terminal, in words; empty where it has none.
        """
        where = f" {place}" if place else ""
        holder = "another window" if pid is None else f"another window (process {pid}{where})"
        super().__init__(
            path,
            f"Session {path.stem} is open in {holder}: close it there, or fork the session.",
        )
        self.pid = pid
        """The process that holds it, as far as it said."""


class SessionMissing(StoreError):
    """There is no such file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"There is no session file at {path}.")


class SessionExists(StoreError):
    """A new session would overwrite another one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"There is already a session file at {path}.")


class NotASession(StoreError):
    """A sound database, but not one of ours."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{path} is a database of another program, not a session.")


class SessionDamaged(StoreError):
    """The file cannot be read as it should; `tui.session.salvage` saves what can be read."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            path,
            f"The session file {path} is damaged ({detail}). Nothing in it was changed;"
            " `glideslope sessions list` shows the others, and -r opens one of them.",
        )
        self.detail = detail
        """What was found, in a few words."""


class SessionReadOnly(StoreError):
    """The session was opened for reading and cannot be continued."""


class StoreFull(StoreError):
    """There is no room left on the disk, or in the user's quota."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            f"The disk is full: {path} could not be written. Make room, then try again;"
            " everything recorded before is safe.",
        )


class StoreUnwritable(StoreError):
    """The file or its folder may not be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            f"{path} may not be written. Check the permissions of its folder, or point"
            " GLIDESLOPE_HOME at a folder that is yours.",
        )


class StoreBusy(StoreError):
    """Another program holds the file for longer than we wait."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, f"{path} is held by another program, such as a backup. Try again in a moment."
        )


class ForkParentInvalid(StoreError):
    """The session that a fork continues is gone, or no longer what it was."""

    def __init__(self, path: Path, parent: str, detail: str) -> None:
        super().__init__(
            path,
            f"Session {path.stem} continues session {parent}, which {detail}:"
            " it cannot be opened without it.",
        )
        self.parent = parent
        """Id of the parent session."""


class EventInvalid(StoreError):
    """An event does not fit its kind, so nobody could read it back: a mistake of the program."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            path,
            f"Session {path.stem} could not record what happened ({detail}). This is a mistake in"
            " glideslope; everything recorded before is safe.",
        )
        self.detail = detail
        """The kind of the event, and what does not fit."""


class SessionNotFound(StoreError):
    """No session has this id or name."""

    def __init__(self, path: Path, asked: str) -> None:
        super().__init__(
            path, f"No session is called “{asked}”. `glideslope sessions list` shows them all."
        )
        self.asked = asked


class SessionAmbiguous(StoreError):
    """Several sessions fit what was asked for."""

    def __init__(self, path: Path, asked: str, ids: tuple[str, ...]) -> None:
        shown = ", ".join(ids[:3]) + (" …" if len(ids) > 3 else "")
        super().__init__(
            path, f"“{asked}” fits {len(ids)} sessions ({shown}): give more of the id."
        )
        self.asked = asked
        self.ids = ids
        """Ids of all that fit, newest first."""

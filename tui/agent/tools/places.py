"""Where a path of the model leads: links followed, inside the project folder or outside."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui.agent.shell.literal import literally
from tui.agent.tools.base import Act, Call, Need, ToolError, World
from tui.agent.tools.held import held_file, held_folder
from tui.agent.tools.protected import protected_path

_REASONS: dict[Act, str] = {"read": "reads", "edit": "changes a file", "write": "writes a file"}
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One file or folder, there or not."""

    path: Path
    """Absolute and free of links."""
    shown: str
    """Relative to the project folder where it is inside, with forward slashes."""
    outside: bool
    protected: str = ""
    """Why changing it is always asked about; empty where it is not."""

    def need(self, act: Act, *, preview: str = "", protected: str = "") -> Need:
        """What a call that does `act` here wants.

        Args:
            act: What it does.
            preview: What the user is shown of it.
            protected: Why the change itself, not the place, is always asked about.
        """
        beyond = " outside the project folder" if self.outside else ""
        always = "" if act == "read" else self.protected or protected
        return Need(
            act=act,
            target=self.path.as_posix(),
            reason=_REASONS[act] + (beyond or (" a file" if act == "read" else "")),
            preview=preview,
            rules=() if always else (self._rule(act),),
            outside=self.outside,
            always=always,
        )

    def _rule(self, act: Act) -> str:
        verb = "read" if act == "read" else "edit"
        folder = self.path if self.path.is_dir() else self.path.parent
        return f"{verb}({literally(folder.as_posix())}/**)" if self.outside else f"{verb}(**)"


def locate(text: str, world: World) -> Place:
    """The place `text` leads to from the project folder.

    Raises:
        ToolError: it is no path.
    """
    if not text.strip() or "\0" in text:
        raise ToolError("The path is empty." if "\0" not in text else "The path holds a NUL byte.")
    # realpath, unlike Path.resolve, does not give up at a loop of links.
    written = world.folder / at_home(text)
    try:
        path = Path(os.path.realpath(written))
    except OSError as error:  # what was a link a moment ago is none any more
        raise ToolError(f"{text} is being changed by another program; try again.") from error
    inside = path.is_relative_to(world.folder)
    ours = world.scratch is not None and path.is_relative_to(world.scratch)
    shown = path.relative_to(world.folder).as_posix() if inside else path.as_posix()
    # A link may lead to a protected file, and a protected name may be a link to any file.
    plainly = Path(os.path.normpath(written))
    protected = protected_path(path, world.own) or protected_path(plainly, world.own)
    return Place(path, shown, outside=not inside and not ours, protected=protected)


def at_home(text: str) -> Path:
    """A path with `~` filled in, where that means somebody."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody of that name has a home here
        return Path(text)


def still(call: Call, text: str, world: World) -> Place:
    """The place of a prepared call, when it runs.

    Raises:
        ToolError: a link has been put in the way meanwhile; nobody agreed to that place.
    """
    place = locate(text, world)
    if place.path != call.path:
        raise moved(place)
    return place


def status(place: Place) -> os.stat_result | None:
    """What is at `place` now; None where nothing is.

    Raises:
        ToolError: it cannot be looked at, or a link has been put in the way.
    """
    try:
        if place.path == place.path.parent:
            return place.path.stat()
        with held_folder(place.path.parent) as folder:
            found = folder.status(place.path.name)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        refuse_moved(place)
        return None
    except OSError as error:
        raise ToolError(f"{place.shown} cannot be read: {reason(error)}.") from error
    if stat.S_ISLNK(found.st_mode):
        raise moved(place)
    return found


def refuse_moved(place: Place) -> None:
    """Raise a `ToolError` if a part of the path is a link now: it was none when it was judged."""
    if os.path.realpath(place.path) != str(place.path):
        raise moved(place)


def moved(place: Place) -> ToolError:
    """What is said of a path that leads elsewhere than when it was judged."""
    return ToolError(f"{place.shown} leads somewhere else now; try again.")


def regular(place: Place) -> os.stat_result:
    """The status of the regular file at `place`.

    Raises:
        ToolError: there is none; the sentence says what is there instead, or what is near.
    """
    found = status(place)
    if found is None:
        raise ToolError(f"{place.shown} does not exist.{_similar(place)}")
    refuse_special(place, found)
    return found


def refuse_special(place: Place, found: os.stat_result) -> None:
    """Raise a `ToolError` for whatever is not a regular file."""
    if stat.S_ISREG(found.st_mode):
        return
    kind = next((kind for is_kind, kind in _KINDS if is_kind(found.st_mode)), "no regular file")
    way = " Use glob to list it." if kind == "a folder" else ""
    raise ToolError(f"{place.shown} is {kind}, not a file.{way}")


@contextmanager
def opened(place: Place) -> Iterator[BinaryIO]:
    """The regular file at `place`, open for reading and held.

    Opened without waiting and without following links, and looked at once more when open:
    what was a file a moment ago may have become a link, or a pipe nobody writes to.

    Raises:
        ToolError: it cannot be read.
    """
    try:
        with held_file(place.path) as file:
            refuse_special(place, os.fstat(file.fileno()))
            yield file
    except FileNotFoundError as error:
        raise ToolError(f"{place.shown} does not exist any more.") from error
    except OSError as error:
        refuse_moved(place)
        raise ToolError(f"{place.shown} cannot be read: {reason(error)}.") from error


def contents(place: Place) -> bytes:
    """All bytes of the regular file at `place`.

    Raises:
        ToolError: it cannot be read.
    """
    with opened(place) as file:
        return file.read()


def reason(error: OSError) -> str:
    """Why the system refused, in its own words without path and number."""
    return (error.strerror or str(error)).lower()


def _similar(place: Place) -> str:
    """A hint at a file of nearly the same name, in the same folder."""
    from difflib import get_close_matches

    try:
        with held_folder(place.path.parent) as folder:
            names = sorted(folder.names()[:2000])
    except OSError:
        return ""
    near = get_close_matches(place.path.name, names, n=1, cutoff=0.7)
    return f" Did you mean {Path(place.shown).with_name(near[0]).as_posix()}?" if near else ""

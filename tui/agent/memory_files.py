"""Memory files: what a project and its user keep for their agents, sent with the first prompt.

A memory file becomes part of a request, so it must be a file of the project itself: a regular
file inside the repository, links followed. The program tells the user once which files it does
not send, or not whole.
"""

import os
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.agent.repository import find_repository
from tui.settings.amounts import quote_foreign
from tui.settings.regular_file import Contents, NotRegularFile, read_regular_file, real_path

MEMORY_FILES = ("AGENTS.md", "CLAUDE.md")
"""Files a project keeps for its agents, in every folder from the repository's top to here."""
MAX_FILE_CHARACTERS = 100_000
"""Characters sent of one memory file: about 25,000 tokens."""
MAX_TOTAL_CHARACTERS = 200_000
"""Characters sent of all memory files: the user's own come first, then the nearest."""
MAX_REMARKS = 4
"""Remarks that are made one by one; the others are counted."""
TEXT_SUFFIXES = ("", ".md", ".markdown", ".mdc", ".txt", ".rst", ".adoc")
"""What a linked memory file may be called at its end: notes, and no keys or databases."""


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """One memory file, as it is sent."""

    path: Path
    """Where it was found; it may be a link."""
    text: str
    """What is sent; cut with a word at its end where the file is longer."""
    size: int
    """Bytes of the file."""


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """All memory files of a session, in the order in which they are sent."""

    files: tuple[MemoryFile, ...] = ()
    remarks: tuple[str, ...] = ()
    """What is left out or cut: one sentence each."""


def memory_paths(folder: Path) -> list[Path]:
    """Paths at which the project of `folder` has something called like a memory file.

    From the top folder of the repository to `folder`. What is there may turn out to be no
    memory file.
    """
    here, root = _here_and_root(folder)
    chain = [here, *here.parents]
    between = reversed(chain[: chain.index(root) + 1])
    return [path for up in between for name in MEMORY_FILES if os.path.lexists(path := up / name)]


def read_memory_files(folder: Path, user_memory: Path, *, project: bool = True) -> MemoryFiles:
    """The memory files of a new session.

    Args:
        folder: The project folder.
        user_memory: The user's own memory file, for all projects; it need not exist.
        project: Whether those of the project are read at all.
    """
    reading = _MemoryReader(_here_and_root(folder)[1])
    own = [memory] if (memory := reading.user_file(user_memory)) else []
    paths = memory_paths(folder) if project else []
    nearest = [memory for path in reversed(paths) if (memory := reading.project_file(path))]
    return MemoryFiles((*own, *reversed(nearest)), _first_remarks(reading.remarks))


def read_memory_file(path: Path, folder: Path) -> MemoryFile | str:
    """One memory file of the project of `folder`, or a sentence that says why it is not sent."""
    reading = _MemoryReader(_here_and_root(folder)[1])
    return reading.project_file(path) or next(iter(reading.remarks), "")


def _first_remarks(remarks: list[str]) -> tuple[str, ...]:
    """The first remarks, and how many more there are."""
    more = len(remarks) - MAX_REMARKS
    if more <= 0:
        return tuple(remarks)
    rest = f"{more} more memory file{'s are' if more > 1 else ' is'} cut or not sent."
    return (*remarks[:MAX_REMARKS], rest)


def _here_and_root(folder: Path) -> tuple[Path, Path]:
    """The folder, resolved, and the top folder of its repository; outside one, itself."""
    here = folder.resolve()
    found = find_repository(here)
    return here, found.root if found else here


class _MemoryReader:
    """Reads memory files, each real file once, as many as there is room for."""

    def __init__(self, root: Path) -> None:
        self.remarks: list[str] = []
        self._root = root
        self._seen: set[tuple[int, int]] = set()
        self._room = MAX_TOTAL_CHARACTERS

    def user_file(self, path: Path) -> MemoryFile | None:
        """The user's own file, wherever it is linked to; None without one."""
        return self._read(path, None) if os.path.lexists(path) else None

    def project_file(self, path: Path) -> MemoryFile | None:
        """A file of the project; None where it is not sent."""
        return self._read(path, self._root)

    def _read(self, path: Path, inside: Path | None) -> MemoryFile | None:
        name = quote_foreign(str(path), 200)
        try:
            if inside is not None:
                _check_link(path, inside)
            contents = read_regular_file(path, MAX_FILE_CHARACTERS * 4, inside=inside)
            if contents.identity in self._seen:
                return None
            self._seen.add(contents.identity)
            text = _decoded(contents)
        except FileNotFoundError:
            why = "the link leads nowhere"
        except NotRegularFile as reason:
            why = str(reason)
        except UnicodeDecodeError:
            why = "this is not UTF-8 text"
        except OSError as error:
            why = (error.strerror or "it cannot be read").lower()
        else:
            return self._within_room(path, name, text, contents)
        self.remarks.append(f"{name} is not sent to the model: {why}.")
        return None

    def _within_room(
        self, path: Path, name: str, text: str, contents: Contents
    ) -> MemoryFile | None:
        """The text as far as there is room for it."""
        room = min(MAX_FILE_CHARACTERS, self._room)
        cut = contents.is_truncated or len(text) > room
        if cut and not room:
            self.remarks.append(
                f"{name} is not sent to the model: other memory files fill all the room there is."
            )
            return None
        sent = _cut_to_room(text, room) if cut else text.strip()
        if not sent:
            return None
        self._room -= len(sent)
        if cut:
            of = f"the first {len(sent):,} characters of {contents.size:,} bytes"
            self.remarks.append(
                f"{name} is too long for a memory file: {of} are sent to the model."
            )
            sent += f"\n[Cut here: these are {of}. The rest can be read in the file.]"
        return MemoryFile(path, sent, contents.size)


def _check_link(path: Path, root: Path) -> None:
    """A link may lead to another text of the repository, and to nothing that is kept private.

    What a repository links to need not come from it: keys that its user put beside the code are
    inside the folder as well.

    Raises:
        NotRegularFile: it leads elsewhere.
        OSError: it leads nowhere.
    """
    real = real_path(path, root)
    if real == path.parent.resolve() / path.name:
        return
    private = ".git" in (part.casefold() for part in real.relative_to(root).parts[:-1])
    if private or real.name.startswith(".") or real.suffix.lower() not in TEXT_SUFFIXES:
        raise NotRegularFile(
            f"this is a link to {quote_foreign(real.name)}, which is no file of notes"
        )


def _decoded(contents: Contents) -> str:
    """The text of a file; a character that was cut in two is left out.

    Raises:
        NotRegularFile: it is no text.
        UnicodeDecodeError: it is not UTF-8.
    """
    if b"\0" in contents.data:
        raise NotRegularFile("this is no text")
    decoder = getincrementaldecoder("utf-8-sig")()
    return decoder.decode(contents.data, final=not contents.is_truncated)


def _cut_to_room(text: str, room: int) -> str:
    """The first `room` characters, up to the end of a line if there is one."""
    head = text[:room]
    return (head.rpartition("\n")[0] or head).strip()


def memory_text(memories: Sequence[MemoryFile]) -> Iterator[str]:
    """The files as the model gets them, each in a block that names it."""
    for memory in memories:
        yield f'<memory file="{memory.path}">\n{memory.text}\n</memory>'

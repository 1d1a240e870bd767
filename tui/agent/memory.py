"""Memory files: what a project and its user keep for their agents, sent with the first prompt.

A memory file becomes part of a request, so it must be a file of the project itself: a regular
file inside the repository, links followed. What is not sent, or not whole, is said once.
"""

from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.agent.repository import find_repository
from tui.settings.amounts import shown
from tui.settings.regular_file import Contents, NotRegular, read_regular, real_path

MEMORY_FILES = ("AGENTS.md", "CLAUDE.md")
"""Files a project keeps for its agents, in every folder from the repository's top to here."""
MOST_CHARACTERS = 100_000
"""Characters sent of one memory file: about 25,000 tokens."""
MOST_IN_ALL = 200_000
"""Characters sent of all memory files: the user's own come first, then the nearest."""
MOST_REMARKS = 4
"""Remarks that are made one by one; the others are counted."""
TEXT_SUFFIXES = ("", ".md", ".markdown", ".mdc", ".txt", ".rst", ".adoc")
"""What a linked memory file may be called at its end: notes, and no keys or databases."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory file, as it is sent."""

    path: Path
    """Where it was found; it may be a link."""
    text: str
    """What is sent; cut with a word at its end where the file is longer."""
    size: int
    """Bytes of the file."""


@dataclass(frozen=True, slots=True)
class Memories:
    """All memory files of a session, in the order in which they are sent."""

    files: tuple[Memory, ...] = ()
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
    return [path for up in between for name in MEMORY_FILES if _is_there(path := up / name)]


def read_memories(folder: Path, user_memory: Path, *, project: bool = True) -> Memories:
    """The memory files of a new session.

    Args:
        folder: The project folder.
        user_memory: The user's own memory file, for all projects; it need not exist.
        project: Whether those of the project are read at all.
    """
    reading = _Reading(_here_and_root(folder)[1])
    own = [memory] if (memory := reading.own(user_memory)) else []
    paths = memory_paths(folder) if project else []
    nearest = [memory for path in reversed(paths) if (memory := reading.of_project(path))]
    return Memories((*own, *reversed(nearest)), _few(reading.remarks))


def read_memory(path: Path, folder: Path) -> Memory | str:
    """One memory file of the project of `folder`, or a sentence that says why it is not sent."""
    reading = _Reading(_here_and_root(folder)[1])
    return reading.of_project(path) or next(iter(reading.remarks), "")


def _few(remarks: list[str]) -> tuple[str, ...]:
    """The first remarks, and how many more there are."""
    more = len(remarks) - MOST_REMARKS
    if more <= 0:
        return tuple(remarks)
    rest = f"{more} more memory file{'s are' if more > 1 else ' is'} cut or not sent."
    return (*remarks[:MOST_REMARKS], rest)


def _here_and_root(folder: Path) -> tuple[Path, Path]:
    """The folder, resolved, and the top folder of its repository; outside one, itself."""
    here = folder.resolve()
    found = find_repository(here)
    return here, found.root if found else here


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True


class _Reading:
    """Reads memory files, each real file once, as many as there is room for."""

    def __init__(self, root: Path) -> None:
        self.remarks: list[str] = []
        self._root = root
        self._seen: set[tuple[int, int]] = set()
        self._room = MOST_IN_ALL

    def own(self, path: Path) -> Memory | None:
        """The user's own file, wherever it is linked to; None without one."""
        return self._read(path, None) if _is_there(path) else None

    def of_project(self, path: Path) -> Memory | None:
        """A file of the project; None where it is not sent."""
        return self._read(path, self._root)

    def _read(self, path: Path, inside: Path | None) -> Memory | None:
        name = shown(str(path), 200)
        try:
            if inside is not None:
                _check_link(path, inside)
            contents = read_regular(path, MOST_CHARACTERS * 4, inside=inside)
            if contents.identity in self._seen:
                return None
            self._seen.add(contents.identity)
            text = _decoded(contents)
        except FileNotFoundError:
            self.remarks.append(f"{name} is not sent to the model: the link leads nowhere.")
        except NotRegular as reason:
            self.remarks.append(f"{name} is not sent to the model: {reason}.")
        except UnicodeDecodeError:
            self.remarks.append(f"{name} is not sent to the model: this is not UTF-8 text.")
        except OSError as error:
            why = (error.strerror or "it cannot be read").lower()
            self.remarks.append(f"{name} is not sent to the model: {why}.")
        else:
            return self._kept(path, name, text, contents)
        return None

    def _kept(self, path: Path, name: str, text: str, contents: Contents) -> Memory | None:
        """The text as far as there is room for it."""
        room = min(MOST_CHARACTERS, self._room)
        cut = contents.cut or len(text) > room
        if cut and not room:
            self.remarks.append(
                f"{name} is not sent to the model: other memory files fill all the room there is."
            )
            return None
        sent = _cut(text, room) if cut else text.strip()
        if not sent:
            return None
        self._room -= len(sent)
        if cut:
            of = f"the first {len(sent):,} characters of {contents.size:,} bytes"
            self.remarks.append(
                f"{name} is too long for a memory file: {of} are sent to the model."
            )
            sent += f"\n[Cut here: these are {of}. The rest can be read in the file.]"
        return Memory(path, sent, contents.size)


def _check_link(path: Path, root: Path) -> None:
    """A link may lead to another text of the repository, and to nothing that is kept private.

    What a repository links to need not come from it: keys that its user put beside the code are
    inside the folder as well.

    Raises:
        NotRegular: It leads elsewhere.
        OSError: It leads nowhere.
    """
    real = real_path(path, root)
    if real == path.parent.resolve() / path.name:
        return
    private = ".git" in (part.casefold() for part in real.relative_to(root).parts[:-1])
    if private or real.name.startswith(".") or real.suffix.lower() not in TEXT_SUFFIXES:
        raise NotRegular(f"this is a link to {shown(real.name)}, which is no file of notes")


def _decoded(contents: Contents) -> str:
    """The text of a file; a character that was cut in two is left out.

    Raises:
        NotRegular: It is no text.
        UnicodeDecodeError: It is not UTF-8.
    """
    if b"\0" in contents.data:
        raise NotRegular("this is no text")
    decoder = getincrementaldecoder("utf-8-sig")()
    return decoder.decode(contents.data, final=not contents.cut)


def _cut(text: str, room: int) -> str:
    """The first `room` characters, up to the end of a line if there is one."""
    head = text[:room]
    return (head.rpartition("\n")[0] or head).strip()


def memory_text(memories: Sequence[Memory]) -> Iterator[str]:
    """The files as the model gets them, each in a block that names it."""
    for memory in memories:
        yield f'<memory file="{memory.path}">\n{memory.text}\n</memory>'

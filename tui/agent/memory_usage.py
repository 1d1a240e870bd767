"""Which memory files a session sends with every request, which it does not, and what each weighs.

A session sends the files as they were when it began: they are part of its first message, which
every request repeats. What was written since then goes into the next session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui.agent.memory_files import MemoryFile, memory_text, read_memory_files
from tui.agent.system_prompt import path_in_folder
from tui.budget.token_estimate import estimate_tokens, tokens_of_bytes
from tui.session import events as ev

MemoryStatus = Literal["sent", "changed", "gone", "later", "untrusted"]
"""Sent as it is · sent, and changed since · sent, and no longer there · written after the session
began · not sent, because nobody trusts the folder."""


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """One memory file, as far as a session is concerned."""

    name: str
    """Relative to the project folder where it is inside it, else absolute."""
    tokens: int
    """Estimated tokens of it in a request."""
    status: MemoryStatus

    @property
    def is_sent(self) -> bool:
        """Whether the requests of the session have it in them."""
        return self.status in ("sent", "changed", "gone")


def memory_in_use(
    records: Sequence[ev.Record], folder: Path, user_memory: Path, *, trusted: bool
) -> list[MemoryUse]:
    """The memory files of a session and of its folder, those of the session first.

    Reads the files, so call it on a thread.

    Args:
        records: The log of the session.
        folder: The project folder.
        user_memory: The user's own memory file; it need not exist.
        trusted: Whether the memory files of the folder are used in a new session.
    """
    found = read_memory_files(folder, user_memory).files
    there = dict(zip((path_in_folder(each.path, folder) for each in found), found, strict=True))
    preambles = (each.event for each in records if isinstance(each.event, ev.PreambleSet))
    sent = next(preambles, ev.PreambleSet(system=(), tools=()))
    names = {each.path for each in sent.memory}
    used = [_sent_file(each, there.get(each.path), sent.context) for each in sent.memory]
    own = path_in_folder(user_memory, folder)
    for name, file in there.items():
        if name not in names:
            status: MemoryStatus = "later" if trusted or name == own else "untrusted"
            used.append(MemoryUse(name, estimate_tokens(_block(file)), status))
    return used


def _sent_file(sent: ev.MemorySent, now: MemoryFile | None, context: str) -> MemoryUse:
    """A file that the session sends, and whether it is still the same."""
    status: MemoryStatus = "gone" if now is None else "changed"
    if now is not None and _block(now) in context:
        status = "sent"
    return MemoryUse(sent.path, tokens_of_bytes(sent.characters), status)


def _block(memory: MemoryFile) -> str:
    """A memory file as it is in a request."""
    return next(iter(memory_text([memory])))

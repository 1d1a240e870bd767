"""The lines that ripgrep prints for a search: of which file, and what is shown of them."""

import re
from dataclasses import dataclass

from tui.agent.tools.file_text import decode_text, shown

_BINARY_NOTE = re.compile(r"(?P<path>.*?)(?P<note>: binary file matches \(found .*\))", re.DOTALL)
SEPARATOR = "--"
"""What stands between matches with their context."""


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of a search."""

    path: str
    """Below the folder of the search; as the system's own names are."""
    text: str
    """What follows the path, with the separator a reader expects."""


class FoundLines:
    """Puts together what ripgrep prints with `--null`: a name may hold line feeds."""

    def __init__(self) -> None:
        self._name = ""

    def feed(self, line: str) -> FoundLine | None:
        """The line that is whole now; None while its name goes on."""
        path, nul, rest = (self._name + line).partition("\0")
        self._name = ""
        if not nul:
            if note := _BINARY_NOTE.fullmatch(path):
                return FoundLine(note["path"].removeprefix("./"), note["note"])
            self._name = f"{path}\n"
            return None
        numbered = re.match(r"\d+([:-])", rest)
        separator = numbered[1] if numbered else ":" if rest else ""
        return FoundLine(path.removeprefix("./"), separator + _shown_text(rest))


def _shown_text(text: str) -> str:
    """Text with bytes that are no UTF-8, as `read` shows it."""
    if shown(text) == text:
        return text
    return shown(decode_text(text.encode("utf-8", "surrogateescape")).body)

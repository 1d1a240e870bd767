"""The organisation's file: it may set a value, and it may cap one.

    owner = "Platform team"
    resets = "on the first of the month"

    [set]
    permissions.deny = ["bash(curl *)"]

    [cap]
    task_budget = 200_000
    permissions.mode = "edits"

What it sets nobody overrides; what it caps anybody may lower.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.settings.document import Document
from tui.settings.kinds import Choice, Number, TokenCount, UnfitError
from tui.settings.problems import Layer, Problem, did_you_mean, quoted
from tui.settings.sources import Entry, Origin, file_entries

SOMEBODY = "your organisation"
"""The owner of a file that names none."""

_TABLES = ("set", "cap")
_WORDS = ("owner", "resets")


def managed_file(platform: str = sys.platform, environ: Mapping[str, str] | None = None) -> Path:
    """Where the organisation's file stands on this platform."""
    if platform == "darwin":
        return Path("/Library/Application Support/Glideslope/managed.toml")
    if platform == "win32":
        data = (os.environ if environ is None else environ).get("PROGRAMDATA", "C:\\ProgramData")
        return Path(data) / "Glideslope" / "managed.toml"
    return Path("/etc/glideslope/managed.toml")


@dataclass(frozen=True, slots=True)
class Cap:
    """The most a setting may be, and who says so."""

    entry: Entry
    value: object
    owner: str
    resets: str

    @property
    def origin(self) -> Origin:
        """Where the cap stands."""
        return self.entry.origin

    def exceeded_by(self, value: object) -> bool:
        """Whether a value is looser than the cap."""
        kind = self.entry.setting.kind
        return kind.rank(value) > kind.rank(self.value)

    @property
    def words(self) -> str:
        """Such as `the cap of Platform team is 200,000 tokens and resets on Mondays`."""
        resets = f" and resets {self.resets}" if self.resets else ""
        return f"the cap of {self.owner} is {self.entry.setting.kind.show(self.value)}{resets}"

    @property
    def sentence(self) -> str:
        """The same as a sentence of its own."""
        return f"{self.words[:1].upper()}{self.words[1:]}."

    def refusal(self, value: object) -> str:
        """Why somebody does not get `value`, as one sentence; empty where it is allowed."""
        if not self.exceeded_by(value):
            return ""
        if value is None:
            return f"There must be a limit: {self.words}."
        wish = self.entry.setting.kind.show(value)
        return f"{wish} is more than allowed: {self.words}."


Caps = Mapping[str, Cap]
"""What the organisation caps, by the key of the setting."""


def refused(caps: Caps, key: str, value: object) -> str:
    """Why a cap does not allow `value` for a setting, as one sentence; empty where it does."""
    cap = caps.get(key)
    return cap.refusal(value) if cap else ""


@dataclass(frozen=True, slots=True)
class Managed:
    """The organisation's file, read."""

    owner: str = SOMEBODY
    entries: tuple[Entry, ...] = ()
    caps: tuple[Cap, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_managed(document: Document) -> Managed:
    """What the organisation sets and caps, and the mistakes in its file."""
    problems = list(_strangers(document))
    owner = _word(document, "owner", problems) or SOMEBODY
    resets = _word(document, "resets", problems) or ""
    to_set = [*_table(document, "set")]
    to_cap = [_cap(item, owner, resets) for item in _table(document, "cap")]
    problems += [item for item in (*to_set, *to_cap) if isinstance(item, Problem)]
    return Managed(
        owner,
        tuple(item for item in to_set if isinstance(item, Entry)),
        tuple(item for item in to_cap if isinstance(item, Cap)),
        tuple(problems),
    )


def _table(document: Document, name: str) -> Iterator[Entry | Problem]:
    return file_entries(document, Layer.MANAGED, document.table.get(name, {}), (name,))


def _cap(entry: Entry | Problem, owner: str, resets: str) -> Cap | Problem:
    if isinstance(entry, Problem):
        return entry
    if not isinstance(entry.setting.kind, TokenCount | Number | Choice):
        what = f"{entry.setting.key} has no more and less"
        return entry.problem("it can be set, not capped", found=what)
    try:
        return Cap(entry, entry.setting.kind.read(entry.found), owner, resets)
    except UnfitError as error:
        return entry.unfit(error)


def _strangers(document: Document) -> Iterator[Problem]:
    known = [*_TABLES, *_WORDS]
    for key in document.table:
        if key not in known:
            close = did_you_mean(key, known)
            expected = f"did you mean {close}?" if close else "expected owner, resets, [set], [cap]"
            found = f"there is no {quoted(key)} in a managed file"
            yield document.problem((key,), found, expected, Layer.MANAGED)


def _word(document: Document, key: str, problems: list[Problem]) -> str | None:
    found = document.table.get(key)
    if found is None or (isinstance(found, str) and found.isprintable()):
        return found
    what = f"{key} is {quoted(found)}"
    problems.append(document.problem((key,), what, "expected a line of text", Layer.MANAGED))
    return None

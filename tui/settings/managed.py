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

from tui.settings.layer_sources import SettingEntry, SettingOrigin, file_entries
from tui.settings.problems import Layer, Problem, quote_value
from tui.settings.setting_types import ChoiceType, InvalidValueError, NumberType, TokenCountType
from tui.settings.toml_document import TomlDocument
from tui.typos import most_similar_name

DEFAULT_OWNER = "your organisation"
"""The owner of a file that names none."""

_TABLES = ("set", "cap")
_WORDS = ("owner", "resets")


def managed_file(platform: str = sys.platform, environ: Mapping[str, str] | None = None) -> Path:
    """The path of the organisation's file on this platform."""
    if platform == "darwin":
        return Path("/Library/Application Support/Glideslope/managed.toml")
    if platform == "win32":
        data = (os.environ if environ is None else environ).get("PROGRAMDATA", "C:\\ProgramData")
        return Path(data) / "Glideslope" / "managed.toml"
    return Path("/etc/glideslope/managed.toml")


@dataclass(frozen=True, slots=True)
class Cap:
    """The most a setting may be, and who says so."""

    entry: SettingEntry
    value: object
    owner: str
    resets: str

    @property
    def origin(self) -> SettingOrigin:
        """File and line of the cap."""
        return self.entry.origin

    def exceeded_by(self, value: object) -> bool:
        """Whether a value is looser than the cap."""
        kind = self.entry.setting.value_type
        return kind.rank(value) > kind.rank(self.value)

    @property
    def description(self) -> str:
        """Such as `the cap of Platform team is 200,000 tokens and resets on Mondays`."""
        resets = f" and resets {self.resets}" if self.resets else ""
        value = self.entry.setting.value_type.to_text(self.value)
        return f"the cap of {self.owner} is {value}{resets}"

    @property
    def sentence(self) -> str:
        """The same as a sentence of its own."""
        return f"{self.description[:1].upper()}{self.description[1:]}."

    def refusal(self, value: object) -> str:
        """Why somebody does not get `value`, as one sentence; empty where it is allowed."""
        if not self.exceeded_by(value):
            return ""
        if value is None:
            return f"There must be a limit: {self.description}."
        wish = self.entry.setting.value_type.to_text(value)
        return f"{wish} is more than allowed: {self.description}."


Caps = Mapping[str, Cap]
"""What the organisation caps, by the key of the setting."""


def cap_refusal(caps: Caps, key: str, value: object) -> str:
    """Why a cap does not allow `value` for a setting, as one sentence; empty where it does.

    Args:
        caps: What the organisation caps.
        key: The key of the setting.
        value: The value that somebody wants.
    """
    cap = caps.get(key)
    return cap.refusal(value) if cap else ""


@dataclass(frozen=True, slots=True)
class Managed:
    """What the organisation's file says."""

    owner: str = DEFAULT_OWNER
    entries: tuple[SettingEntry, ...] = ()
    caps: tuple[Cap, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_managed(document: TomlDocument) -> Managed:
    """What the organisation sets and caps, and the mistakes in its file."""
    problems = list(_unknown_key_problems(document))
    owner = _text_value(document, "owner", problems) or DEFAULT_OWNER
    resets = _text_value(document, "resets", problems) or ""
    to_set = [*_table(document, "set")]
    to_cap = [_cap(item, owner, resets) for item in _table(document, "cap")]
    problems += [item for item in (*to_set, *to_cap) if isinstance(item, Problem)]
    return Managed(
        owner,
        tuple(item for item in to_set if isinstance(item, SettingEntry)),
        tuple(item for item in to_cap if isinstance(item, Cap)),
        tuple(problems),
    )


def _table(document: TomlDocument, name: str) -> Iterator[SettingEntry | Problem]:
    return file_entries(document, Layer.MANAGED, document.table.get(name, {}), (name,))


def _cap(entry: SettingEntry | Problem, owner: str, resets: str) -> Cap | Problem:
    if isinstance(entry, Problem):
        return entry
    if not isinstance(entry.setting.value_type, TokenCountType | NumberType | ChoiceType):
        what = f"{entry.setting.key} has no more and less"
        return entry.problem("it can be set, not capped", found=what)
    try:
        value = entry.setting.value_type.from_toml(entry.found)
    except InvalidValueError as error:
        return entry.invalid_problem(error)
    monthly = entry.setting.path[0] == "budgets"
    return Cap(entry, value, owner, resets or ("with each calendar month" if monthly else ""))


def _unknown_key_problems(document: TomlDocument) -> Iterator[Problem]:
    known = [*_TABLES, *_WORDS]
    for key in document.table:
        if key not in known:
            close = most_similar_name(key, known)
            expected = f"did you mean {close}?" if close else "expected owner, resets, [set], [cap]"
            found = f"there is no {quote_value(key)} in a managed file"
            yield document.problem((key,), found, expected, Layer.MANAGED)


def _text_value(document: TomlDocument, key: str, problems: list[Problem]) -> str | None:
    found = document.table.get(key)
    if found is None or (isinstance(found, str) and found.isprintable()):
        return found
    what = f"{key} is {quote_value(found)}"
    problems.append(document.problem((key,), what, "expected a line of text", Layer.MANAGED))
    return None

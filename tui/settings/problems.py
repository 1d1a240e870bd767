"""Mistakes in files that people wrote, one sentence each.

The program collects and shows them, never raises them: it starts with the values that it
understood.
"""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tui.settings.amounts import quote_foreign


class Layer(IntEnum):
    """Where a setting can come from; the later wins, the last may also cap."""

    BUILT_IN = 0
    USER = 1
    PROJECT = 2
    PROJECT_LOCAL = 3
    ENVIRONMENT = 4
    COMMAND_LINE = 5
    SESSION = 6
    MANAGED = 7

    @property
    def label(self) -> str:
        """The name shown to people."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what was found, what was expected."""

    found: str
    """Such as `effort is "hihg"`; no full stop."""
    expected: str
    """Such as `expected low, medium or high`; no full stop."""
    file: Path | None = None
    line: int | None = None
    """Counted from 1; None where the problem is a whole file, a variable or an option."""
    layer: Layer | None = None
    """None for files that are not settings: key bindings, themes."""
    warning: bool = False
    """Whether the value applies all the same."""
    loosens: bool = False
    """Whether a project's file asked for more than it may have without being accepted."""
    lost_limit: bool = False
    """Whether it may disable a limit on spending that somebody wrote down."""

    @property
    def location(self) -> str:
        """Where to look; empty where the words themselves say it."""
        if self.file is None:
            return ""
        return str(self.file) if self.line is None else f"{self.file}, line {self.line}"

    @property
    def sentence(self) -> str:
        """All of it, for the screen."""
        place = f"{self.location}: " if self.location else ""
        end = "" if self.expected.endswith("?") else "."
        return f"{place}{self.found}; {self.expected}{end}"


def quote_value(found: object) -> str:
    """A value as TOML would write it, short and on one line."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str):
        return quote_foreign(found)
    if isinstance(found, list):
        return "a list"
    if isinstance(found, dict):
        return "a table"
    return str(found)

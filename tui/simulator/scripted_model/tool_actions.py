"""What the scripted model does through a client's tools, whatever that client calls them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ReadAction:
    """Look at lines of a file."""

    path: str
    offset: int = 1
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class EditAction:
    """Replace text that occurs once."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class WriteAction:
    """Give a file a content."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class GlobAction:
    """List files by a pattern."""

    pattern: str
    by: str = ""
    """The kind of tool that lists where the one for it failed: `shell` or `grep`."""


@dataclass(frozen=True, slots=True)
class GrepAction:
    """Search file contents."""

    pattern: str
    glob: str
    output: str = "count"
    """`count`, `files` or `content`."""
    limit: int = 200


@dataclass(frozen=True, slots=True)
class CountLinesAction:
    """Count the lines of files."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShellAction:
    """Run a command."""

    command: str
    purpose: str
    timeout: int = 120
    """Seconds."""


@dataclass(frozen=True, slots=True)
class ChecklistAction:
    """Merge subtasks into the checklist: rows of id, title, state, estimate."""

    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class FilePlanAction:
    """File a plan for the user to agree to: items of id, title, estimate, files, checks."""

    items: tuple[dict[str, Any], ...]
    goal: str = ""


@dataclass(frozen=True, slots=True)
class WrapUpAction:
    """File the report of a landing."""

    report: dict[str, Any] = field(default_factory=dict)


ToolAction = (
    ReadAction
    | EditAction
    | WriteAction
    | GlobAction
    | GrepAction
    | CountLinesAction
    | ShellAction
    | ChecklistAction
    | FilePlanAction
    | WrapUpAction
)

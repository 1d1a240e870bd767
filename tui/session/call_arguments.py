"""What a tool call acts on, by the names that models give the argument.

The log keeps the input of a call as the model sent it, and the tools understand some other names
too; so whoever reads an input from the log asks here.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

Subject = Literal["path", "command", "pattern", "task"]
"""What a call may act on."""

PATH_NAMES = (
    "path",
    "file_path",
    "file",
    "file_name",
    "absolute_path",
    "abs_path",
    "target_file",
    "relative_path",
    "relative_workspace_path",
    "target_path",
)
"""How models call the file of a call, the tools' own name first."""
COMMAND_NAMES = ("command", "cmd", "command_line", "script", "shell_command")
PATTERN_NAMES = ("pattern", "regex", "regexp", "query", "search_pattern", "glob_pattern")
TASK_NAMES = ("task", "prompt", "instructions")
_NAMES = {
    "path": PATH_NAMES,
    "command": COMMAND_NAMES,
    "pattern": PATTERN_NAMES,
    "task": TASK_NAMES,
}


@lru_cache(maxsize=512)
def normalized_name(name: str) -> str:
    """The name of an argument without case and separators: `filePath` is `file_path`."""
    return "".join(char for char in name.lower() if char.isalnum())


_NORMALIZED = {name: frozenset(map(normalized_name, names)) for name, names in _NAMES.items()}


def call_subject(given: Mapping[str, Any], *wanted: Subject) -> str:
    """The text of the first of some arguments that an input has, under any of its names.

    Args:
        given: The input of a call, as the model sent it.
        wanted: Names of the tools' own: `path`, `command`, `pattern`, `task`.
    """
    for name in wanted:
        if isinstance(own := given.get(name), str):
            return own
        others = _NORMALIZED[name]
        for key, value in given.items():
            if isinstance(value, str) and normalized_name(key) in others:
                return value
    return ""

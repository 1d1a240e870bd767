"""The keys of commands as people read them, in texts of the program and on its widgets."""

from collections.abc import Callable, Sequence

from tui.commands import BY_ID
from tui.settings.key_names import key_label

KeyLabels = Callable[[str], Sequence[str]]
"""The keys of a command by its id, as people write them, as the keymap has them now."""


def default_key_labels(command: str) -> Sequence[str]:
    """The keys that `command` has in the table."""
    return [key_label(key) for key in BY_ID[command].keys]


def key_prefix(labels: Sequence[str], wished: str = "") -> str:
    """A key to show before what it does, with a space behind it; empty where there is none.

    Args:
        labels: The keys of a command.
        wished: The one to show if it is among them.
    """
    key = wished if wished in labels else next(iter(labels), "")
    return f"{key} " if key else ""


def answer_hint(labels: KeyLabels) -> str:
    """How to come to a question that waits: `tab to answer`."""
    return f"{key_prefix(labels('prompt.focus')) or 'click '}to answer"

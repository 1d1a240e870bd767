"""Keys of widgets, read from the table of commands so that a keymap can move them."""

from collections.abc import Callable, Sequence

from textual.binding import Binding

from tui.commands import BY_ID
from tui.settings.key_names import key_label

KeyLabels = Callable[[str], Sequence[str]]
"""The keys of a command by its id, as people write them, as the keymap has them now."""


def command_binding(command: str, action: str) -> Binding:
    """The binding of `command` to an action of a widget.

    Keys pressed one after the other are the application's affair: they are left out here.
    """
    row = BY_ID[command]
    keys = ",".join(key for key in row.keys if " " not in key)
    return Binding(keys, action, row.title, id=row.id, show=False, tooltip=row.help)


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

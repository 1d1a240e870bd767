"""Keys of widgets, read from the table of commands so that a keymap can move them."""

from textual.binding import Binding

from tui.commands import BY_ID


def command_binding(command: str, action: str) -> Binding:
    """The binding of `command` to an action of a widget.

    Keys pressed one after the other are the application's affair: they are left out here.
    """
    row = BY_ID[command]
    keys = ",".join(key for key in row.keys if " " not in key)
    return Binding(keys, action, row.title, id=row.id, show=False, tooltip=row.help)

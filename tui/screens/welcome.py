"""What an empty session says: what to type, and who will answer."""

from typing import TYPE_CHECKING

from tui.reports.summary_pages import escape_markdown
from tui.screens.key_hints import shortest_key

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.settings.keymap import Keymap

_SIMULATED = """\
> **The simulator answers**, not Claude: rules instead of a model, on this machine, without a \
key. It edits your real files, after asking. Its tokens and dollars are simulated: nobody \
bills them."""

_ENVELOPE = "- `/budget 200k` gives the work an envelope of tokens: it lands before that is gone"


def welcome(opened: "OpenSession", keymap: "Keymap") -> str:
    """What an empty session says, as Markdown."""
    lines = [
        f"**Glideslope** in {escape_markdown(opened.folder.name or str(opened.folder))}",
        "",
        "Say what should be done, such as *review all Python files and fix missing return "
        "annotations*.",
        "",
    ]
    if opened.state.grant is None:
        lines.append(_ENVELOPE)
    lines.append("- `/` lists the commands, `@` names a file, `!` runs a command of your own")
    keys = [
        f"`{key}` {words}"
        for command, words in (
            ("session.interrupt", "interrupts and keeps what was done"),
            ("help.show", "shows all keys"),
        )
        if (key := shortest_key(keymap, command))
    ]
    if keys:
        lines.append(f"- {', '.join(keys)}")
    if opened.simulated:
        lines += ["", _SIMULATED]
    return "\n".join(lines)

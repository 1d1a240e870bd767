"""What an empty session says: what to type, and who will answer."""

from typing import TYPE_CHECKING

from tui.reports.summary_pages import escape_markdown
from tui.screens.key_hints import shortest_key

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.settings.keymap import Keymap

_SIMULATED = """\
> **The simulator answers**, not Claude. It follows fixed rules, runs on this machine and needs \
no key. It edits your real files, but asks first. Its tokens and dollars are simulated: nobody \
bills you."""

_ENVELOPE = "- `/budget 200k` sets a token budget: the model wraps up before it is used up"


def welcome(opened: "OpenSession", keymap: "Keymap") -> str:
    """What an empty session says, as Markdown."""
    lines = [
        f"**Glideslope** in {escape_markdown(opened.folder.name or str(opened.folder))}",
        "",
        "Type a task, for example *review all Python files and fix missing return annotations*.",
        "",
    ]
    if opened.state.grant is None:
        lines.append(_ENVELOPE)
    lines.append("- `/` lists the commands, `@` names a file, `!` runs a shell command")
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

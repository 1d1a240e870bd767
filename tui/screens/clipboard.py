r"""Where copied text goes: a tool of the desktop, tmux, or the terminal; and what to say of it.

A tool of the desktop and tmux say whether they took the text. A terminal does not: the escape
sequence that asks it to copy (OSC 52) has no answer, tmux and GNU screen drop it unless they are
asked otherwise, and terminals drop what is long.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tui.screens.desktop import clipboard_commands, copy_with_command

OSC_52_LIMIT: Final = 74_994
"""Bytes, as base64, that most terminals take; many drop what is longer."""
TEXT_LIMIT: Final = OSC_52_LIMIT // 4 * 3
"""Bytes of text that are so many as base64."""

TMUX_COMMANDS: Final = (("tmux", "load-buffer", "-w", "-"), ("tmux", "load-buffer", "-"))
"""The first hands the text to the terminal's clipboard too; tmux knows `-w` since 3.2."""

_SCREEN_PIECE: Final = 240
"""Characters of one piece of a sequence that GNU screen hands on; it drops longer ones."""


@dataclass(frozen=True, slots=True)
class CopyResult:
    """What became of a text that was to be copied."""

    sentence: str
    """For the status line: how much went where, or why nothing did."""
    sequence: str = ""
    """What the terminal has to be sent; empty where somebody else took the text."""


def copy_text(text: str, environment: Mapping[str, str], platform: str) -> CopyResult:
    """Give `text` to whoever takes it. Call it on a thread: tools may take seconds.

    Args:
        text: What is to be copied.
        environment: The variables of the program: they say where it runs.
        platform: As `sys.platform` names it.
    """
    amount = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
    commands = clipboard_commands(environment, platform)
    taken = ["the clipboard"] if any(copy_with_command(text, each) for each in commands) else []
    in_tmux = bool(environment.get("TMUX"))
    if in_tmux and any(copy_with_command(text, each) for each in TMUX_COMMANDS):
        taken.append("tmux")
    if taken:
        return CopyResult(f"Copied {amount} to {' and '.join(taken)}.")
    size = len(text.encode("utf-8", "replace"))
    if size > TEXT_LIMIT:
        return CopyResult(f"Not copied: {size:,} bytes; the terminal takes {TEXT_LIMIT:,}.")
    sequence = osc_52(text)
    if in_tmux:
        return CopyResult(f"tmux took nothing; sent {amount} to the terminal.", sequence)
    if environment.get("STY"):
        return CopyResult(f"Sent {amount} to the terminal through screen.", for_screen(sequence))
    if environment.get("TERM", "").startswith(("tmux", "screen")):
        # A multiplexer on another machine, from which the user came here.
        return CopyResult(f"Sent {amount} to the terminal; tmux may drop them.", sequence)
    return CopyResult(f"Copied {amount} through the terminal.", sequence)


def osc_52(text: str) -> str:
    """The sequence that asks a terminal to copy `text`."""
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    return f"\x1b]52;c;{encoded}\x07"


def for_screen(sequence: str) -> str:
    """The sequence in pieces that GNU screen hands on to its terminal."""
    pieces = (sequence[at : at + _SCREEN_PIECE] for at in range(0, len(sequence), _SCREEN_PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)

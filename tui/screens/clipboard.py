"""Copying: the platform's own tool where there is one, so that every terminal can.

The escape sequence that asks the terminal to do it (OSC 52) is ignored by some terminals
and cut short by others; it is the way over ssh, where this machine's clipboard is nobody's.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tui.child_environment import without_credentials

CLIPBOARD_TOOLS: Mapping[str, Sequence[Sequence[str]]] = {
    "darwin": (("pbcopy",),),
    "win32": (("clip.exe",),),
    "linux": (
        ("wl-copy",),
        ("xclip", "-selection", "clipboard"),
        ("xsel", "--clipboard", "--input"),
    ),
}
"""By platform, the best first."""
_REQUIRED_VARIABLES = {"wl-copy": "WAYLAND_DISPLAY", "xclip": "DISPLAY", "xsel": "DISPLAY"}
CLIPBOARD_SECONDS = 2.0


def clipboard_command(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> list[str]:
    """The command that fills the clipboard; empty over ssh and where there is none."""
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    for command in CLIPBOARD_TOOLS.get(platform, ()):
        needs = _REQUIRED_VARIABLES.get(command[0])
        if (needs is None or environment.get(needs)) and shutil.which(command[0]):
            return list(command)
    return []


def copy_with_command(text: str, command: Sequence[str]) -> bool:
    """Give `text` to the clipboard tool; says whether it took it. Belongs on a thread."""
    try:
        done = subprocess.run(
            command,
            env=without_credentials(os.environ),
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=CLIPBOARD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

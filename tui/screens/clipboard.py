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

TOOLS: Mapping[str, Sequence[Sequence[str]]] = {
    "darwin": (("pbcopy",),),
    "win32": (("clip.exe",),),
    "linux": (
        ("wl-copy",),
        ("xclip", "-selection", "clipboard"),
        ("xsel", "--clipboard", "--input"),
    ),
}
"""By platform, the best first."""
_NEEDS = {"wl-copy": "WAYLAND_DISPLAY", "xclip": "DISPLAY", "xsel": "DISPLAY"}
SECONDS = 2.0


def tool(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[str]:
    """The command that fills the clipboard; empty over ssh and where there is none."""
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    for command in TOOLS.get(platform, ()):
        needs = _NEEDS.get(command[0])
        if (needs is None or environment.get(needs)) and shutil.which(command[0]):
            return list(command)
    return []


def copy(text: str, command: Sequence[str]) -> bool:
    """Give `text` to the clipboard tool; says whether it took it. Belongs on a thread."""
    try:
        done = subprocess.run(
            command,
            env=without_credentials(os.environ),
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

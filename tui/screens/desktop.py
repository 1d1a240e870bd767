"""What the user's desktop does for the program: keep copied text, and open an address.

Both are programs of the platform. They get what they need and nothing else of ours.
"""

import os
import re
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
PICTURE_TOOLS: Mapping[str, Sequence[Sequence[str]]] = {
    "darwin": (("pngpaste", "-"), ("osascript", "-e", "get the clipboard as «class PNGf»")),
    "linux": (
        ("wl-paste", "--no-newline", "--type", "image/png"),
        ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
    ),
}
"""What gives the picture on the clipboard as PNG, by platform, the best first."""
_APPLE_DATA = re.compile(rb"\xc2\xabdata PNGf([0-9A-Fa-f]+)\xc2\xbb")
"""How AppleScript writes a picture."""
_REQUIRED_VARIABLES = {
    "wl-copy": "WAYLAND_DISPLAY",
    "wl-paste": "WAYLAND_DISPLAY",
    "xclip": "DISPLAY",
    "xsel": "DISPLAY",
}
CLIPBOARD_SECONDS = 2.0
"""How long a clipboard tool may take."""
BROWSER_SECONDS = 20.0
"""How long finding and starting a browser may take."""


def clipboard_commands(environment: Mapping[str, str], platform: str) -> list[Sequence[str]]:
    """The commands that may fill the clipboard, the best first; none over ssh.

    A tool comes first: some terminals ignore the escape sequence that asks them to copy (OSC 52),
    and others cut it short. Over ssh that sequence is the only way, because this machine's
    clipboard is nobody's.
    """
    return _usable(CLIPBOARD_TOOLS, environment, platform)


def picture_commands(environment: Mapping[str, str], platform: str) -> list[Sequence[str]]:
    """The commands that may give the picture on the clipboard, the best first; none over ssh."""
    return _usable(PICTURE_TOOLS, environment, platform)


def _usable(
    tools: Mapping[str, Sequence[Sequence[str]]], environment: Mapping[str, str], platform: str
) -> list[Sequence[str]]:
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    found = []
    for command in tools.get(platform, ()):
        needs = _REQUIRED_VARIABLES.get(command[0])
        if (needs is None or environment.get(needs)) and shutil.which(command[0]):
            found.append(command)
    return found


def copy_with_command(text: str, command: Sequence[str]) -> bool:
    """Give `text` to the clipboard tool; returns whether the tool took it. Call it on a thread."""
    return _runs(command, CLIPBOARD_SECONDS, text)


def picture_from(command: Sequence[str]) -> bytes:
    """The picture that a tool gives, as a file of it; empty where there is none. On a thread."""
    try:
        done = subprocess.run(
            command,
            env=without_credentials(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=CLIPBOARD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    if done.returncode:
        return b""
    apple = _APPLE_DATA.search(done.stdout)
    return bytes.fromhex(apple[1].decode()) if apple else done.stdout


def open_in_browser(address: str) -> bool:
    """Open an address; returns whether a browser took it. Call it on a thread.

    A Python of its own finds the browser, isolated (`-I`) so that no module comes from the
    project folder: in ours, the browser would inherit our environment.
    """
    return _runs([sys.executable, "-I", "-m", "webbrowser", "-t", address], BROWSER_SECONDS)


def _runs(command: Sequence[str], seconds: float, text: str = "") -> bool:
    """Run a command with `text` as its input; returns whether it succeeded in time."""
    try:
        done = subprocess.run(
            command,
            env=without_credentials(os.environ),
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

"""Opening an address in the user's browser, which gets nothing of ours but the address."""

import os
import subprocess
import sys

from tui.child_environment import without_credentials

BROWSER_SECONDS = 20.0
"""How long finding and starting a browser may take."""


def open_in_browser(address: str) -> bool:
    """Open an address; says whether a browser took it. Belongs on a thread.

    A Python of its own finds the browser, isolated (`-I`) so that no module comes from the
    project folder: in ours, the browser would inherit our environment.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "webbrowser", "-t", address],
            env=without_credentials(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=BROWSER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

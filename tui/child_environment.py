"""What every process that the program starts inherits: everything but our credentials.

The one place that decides it, for commands, searches, the editor, the clipboard, the browser
and the simulator alike. It imports nothing of the program, so that everybody may.
"""

from collections.abc import Mapping

_OWN_PREFIXES = ("ANTHROPIC_", "GLIDESLOPE_SIMULATOR_TOKEN")
"""Keys, tokens, identity files, headers, a proxy's address with a password in it: whatever
begins so is between the program and the API, and no business of a command."""


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything that is the program's own secret."""
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_OWN_PREFIXES)
    }


def for_own_program(environment: Mapping[str, str], **more: str) -> dict[str, str]:
    """The whole environment, for this program started again: it talks to the API itself.

    Args:
        environment: What this process has.
        more: Variables that the new process gets besides.
    """
    return dict(environment) | more

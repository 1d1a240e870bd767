"""What a child process inherits: everything but our credentials, and no pager."""

from collections.abc import Mapping

_OURS = "ANTHROPIC_"
"""Keys, tokens, identity files, headers, a proxy's address with a password in it: whatever
begins so is between the program and the API, and no business of a command."""
_QUIET = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    # Nobody can answer a question or leave an editor.
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "DEBIAN_FRONTEND": "noninteractive",
}


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything that is the program's own secret."""
    return {
        name: value for name, value in environment.items() if not name.upper().startswith(_OURS)
    }


def for_commands(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command whose output nobody watches on a terminal."""
    return {**without_credentials(environment), **_QUIET}

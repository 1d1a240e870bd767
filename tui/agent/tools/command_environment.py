"""The environment of a command: without our credentials, without a pager, with a careful git."""

from collections.abc import Mapping

from tui.child_environment import without_credentials

_PLAIN_OUTPUT = {
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


_SAFE_GIT_CONFIG = {
    # A program that git would start for `git status` alone; the status is the same without it.
    "core.fsmonitor": "false",
    # A folder that only looks like a repository, inside a clone, is none.
    "safe.bareRepository": "explicit",
}
"""Settings of git that no configuration of a repository overrides."""


def command_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command whose output nobody watches on a terminal."""
    return {**without_credentials(environment), **_PLAIN_OUTPUT, **_git_variables(environment)}


def _git_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of git as variables, behind those that are there already."""
    given = environment.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    found = {"GIT_CONFIG_COUNT": str(first + len(_SAFE_GIT_CONFIG))}
    for at, (key, value) in enumerate(_SAFE_GIT_CONFIG.items(), first):
        found |= {f"GIT_CONFIG_KEY_{at}": key, f"GIT_CONFIG_VALUE_{at}": value}
    return found

"""What is always asked, whatever a rule or the mode would let pass, and why.

This is a list of warnings, not a wall: a shell can say anything in a hundred ways. It is
for the accidents that are known and cannot be undone.
"""

import re
from collections.abc import Callable
from pathlib import PurePath

from tui.agent.tools.shell import Words, names, pieces

_RUNNERS = names("command env exec nice nohup time timeout xargs builtin stdbuf")
"""They run what follows them."""
_SHELLS = names("sh bash zsh dash ksh fish python python3 perl ruby node")
_PASSING = names("eval find parallel ssh watch")
"""They run what stands somewhere behind them."""
_OTHER_USERS = names("sudo doas su pkexec runas")
_FETCHERS = names("curl wget fetch")
_BROAD = re.compile(r"(?:/|~/?|\.{1,2}/?|\$(?:HOME|PWD)?/?)[*.]?|\*")
"""Targets that are a whole home, folder or disk."""
_OWN = re.compile(r"(?<![\w.-])\.(git|glideslope)(?![\w-])", re.IGNORECASE)


def dangerous_command(line: str) -> str:
    """Why this command line is always asked; empty where it is not."""
    said = pieces(line)
    for words in map(_unwrapped, said):
        for reason, looks_so in _WARNINGS:
            if words and looks_so(words):
                return reason
    if _fetches_and_runs(said):
        return "it runs what it downloads"
    if _OWN.search(line):
        return "it names git's or Glideslope's own files"
    return ""


def _unwrapped(words: Words) -> Words:
    """The command without assignments, runners and their options in front."""
    for at, word in enumerate(words):
        name = PurePath(word).name
        wrapping = name in _RUNNERS or "=" in word or word.startswith("-") or word.isdigit()
        if not wrapping:
            return (name, *words[at + 1 :])
    return ()


def _becomes_another_user(words: Words) -> bool:
    passes_on = words[0] in _SHELLS or words[0] in _PASSING
    return not _OTHER_USERS.isdisjoint(words if passes_on else words[:1])


def _removes_broadly(words: Words) -> bool:
    if words[0] not in ("rm", "chmod", "chown") or not _flag(words, "rR", "--recursive"):
        return False
    return any(_BROAD.fullmatch(word) for word in words[1:])


def _forces_a_push(words: Words) -> bool:
    if words[0] != "git" or "push" not in words:
        return False
    long = ("--force", "--mirror", "--delete", "--prune")
    plus = any(word.startswith("+") for word in words)
    return plus or _flag(words, "fd", *long) or any(w.startswith("--force-") for w in words)


def _throws_work_away(words: Words) -> bool:
    if words[0] != "git":
        return False
    return (
        ("reset" in words and "--hard" in words)
        or ("clean" in words and _flag(words, "f", "--force"))
        or ("checkout" in words and "." in words)
        or ("restore" in words and "." in words)
        or ("stash" in words and not {"drop", "clear"}.isdisjoint(words))
    )


def _writes_to_a_device(words: Words) -> bool:
    return words[0].startswith("mkfs") or (
        words[0] == "dd" and any(word.startswith("of=/dev/") for word in words)
    )


def _stops_the_machine(words: Words) -> bool:
    return words[0] in ("shutdown", "reboot", "halt", "poweroff")


def _flag(words: Words, letters: str, *long: str) -> bool:
    """Whether one of the options is given, also bundled as in `-rf`."""
    short = (word[1:] for word in words[1:] if word.startswith("-") and word[1:2] != "-")
    return any(set(letters) & set(word) for word in short) or any(name in words for name in long)


def _fetches_and_runs(said: tuple[Words, ...]) -> bool:
    called = {words[0] for words in map(_unwrapped, said) if words}
    return not called.isdisjoint(_FETCHERS) and not called.isdisjoint(_SHELLS)


_WARNINGS: tuple[tuple[str, Callable[[Words], bool]], ...] = (
    ("it acts as another user", _becomes_another_user),
    ("it removes or changes a whole folder tree", _removes_broadly),
    ("it overwrites or deletes what others have pushed", _forces_a_push),
    ("it throws away work that is not committed", _throws_work_away),
    ("it writes to a device", _writes_to_a_device),
    ("it stops the machine", _stops_the_machine),
)

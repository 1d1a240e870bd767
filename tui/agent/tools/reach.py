"""Whether a command line names files outside the project folder."""

import os
import re
from pathlib import Path

from tui.agent.tools.base import World
from tui.agent.tools.places import at_home
from tui.agent.tools.shell import pieces, simple_commands

_OPTION = re.compile(r"-{1,2}[\w-]*=?|[\w-]+=")
"""What may stand before a path in one word, as in `--out=/tmp/x`, `-I/usr/include`."""
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_FILE_URL = re.compile(r"file:(?://(?:localhost)?(?=/))?", re.IGNORECASE)
_HOMEWARD = (("cd",), ("cd", "-"), ("pushd",))
"""Commands that lead elsewhere without naming it."""
_HARMLESS = ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty")
_PROGRAMS = ("/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/", "/sbin/", "/usr/sbin/")


def reaches_outside(line: str, world: World) -> bool:
    """Whether a word of `line` leads to something that lies outside; no proof of the contrary.

    Variables count as what they hold. Of one that nobody knows the value of, a path may lead
    anywhere; one that the line itself sets leads where its own words do.
    """
    known, said = simple_commands(line) or (), _expanded(line, world)
    commands = (*known, *pieces(said))
    if any(words in _HOMEWARD for words in commands):
        return True
    words = {word for words in commands for word in words}
    return any(_outside(name, world) for word in words for name in _names(word))


def _expanded(line: str, world: World) -> str:
    """The line with its variables replaced; by a place that is outside where none is known."""
    values = {**world.environment, "PWD": str(world.folder), "OLDPWD": ".."}

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name in values:
            return values[name]
        own = re.search(rf"\b{name}=|\b(?:for|read)\s+(?:-\w+\s+)*{name}\b", line)
        leads_on = found.string[found.end() : found.end() + 1] == "/"
        return ".." if leads_on and not own else found[0]

    return _VARIABLE.sub(value, line)


def _names(word: str) -> tuple[str, ...]:
    bare = _OPTION.sub("", word, count=1) if word.startswith("-") or "=" in word else word
    return tuple({word, bare, _FILE_URL.sub("", word)})


def _outside(name: str, world: World) -> bool:
    if not name or len(name) > 4_096 or name in _HARMLESS or name.startswith(_PROGRAMS):
        return False
    path = world.folder / at_home(name)
    real = Path(os.path.realpath(path))
    if any(real.is_relative_to(home) for home in (world.folder, world.scratch) if home):
        return False
    # `/api/users` in a pattern looks like a path; where not even its first folder is, it is none.
    return not name.startswith("/") or Path(*path.parts[:2]).exists()

"""Whether a command line names files outside the project folder."""

import os
import re
from pathlib import Path

from tui.agent.tools.base import World
from tui.agent.tools.places import at_home
from tui.agent.tools.shell import pieces, simple_commands

_OPTION = re.compile(r"-{1,2}[\w-]*=?|[\w-]+=")
"""What may stand before a path in one word, as in `--out=/tmp/x`, `-I/usr/include`."""
_HARMLESS = ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty")
_PROGRAMS = ("/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/", "/sbin/", "/usr/sbin/")


def reaches_outside(line: str, world: World) -> bool:
    """Whether a word of `line` leads to something that lies outside; no proof of the contrary."""
    known = simple_commands(line) or ()
    words = {word for words in (*known, *pieces(line)) for word in words}
    return any(_outside(name, world) for word in words for name in _names(word))


def _names(word: str) -> tuple[str, ...]:
    bare = _OPTION.sub("", word, count=1) if word.startswith("-") or "=" in word else word
    return tuple({word, bare})


def _outside(name: str, world: World) -> bool:
    if not name or len(name) > 4_096 or name in _HARMLESS or name.startswith(_PROGRAMS):
        return False
    path = world.folder / at_home(name)
    real = Path(os.path.realpath(path))
    if any(real.is_relative_to(home) for home in (world.folder, world.scratch) if home):
        return False
    # `/api/users` in a pattern looks like a path; where not even its first folder is, it is none.
    return not name.startswith("/") or Path(*path.parts[:2]).exists()

"""What an answer of "always" would allow: the rules offered with a question.

A rule is as wide as its first words can be trusted: `pytest -q tests/x` offers
`bash(pytest*)`, `git status -s` offers `bash(git status*)`. Commands that destroy, reach
the network or run other commands are offered only exactly as they stand.
"""

import re
from pathlib import PurePath

from tui.agent.tools.shell import Words, names, simple_commands

_SECOND_WORD = names(
    "git npm pnpm yarn bun cargo go docker podman kubectl uv pip pip3 poetry pdm hatch conda brew "
    "apt dotnet mvn gradle bundle rake composer deno gh python python3 node ruby perl sh bash zsh "
    "make just task nox tox pre-commit pipx npx uvx terraform systemctl"
)
"""Here the first word alone says nothing."""
_THIRD_WORD = frozenset(("run", "-m", "exec", "tool", "x", "compose"))
"""After these the next word says what is run."""
_EXACT = names(
    "rm rmdir mv dd shred truncate chmod chown ln kill killall pkill curl wget ssh scp sftp rsync "
    "nc telnet env xargs command builtin nohup nice timeout time stdbuf sudo doas su find tee sed "
    "awk gawk parallel watch crontab at osascript open"
)
_SPECIAL = re.compile(r"[\\*]")


def command_rules(line: str, *, exactly: bool = False) -> tuple[str, ...]:
    """Rules that together would allow this command line: one for each of its commands.

    `exactly`: nothing but this very line.
    """
    commands = () if exactly else simple_commands(line) or ()
    offered = tuple(dict.fromkeys(map(_rule, commands)))
    return offered if offered and all(offered) else (f"bash({literally(line.strip())})",)


def _rule(words: Words) -> str:
    """The rule for one command; empty where only the whole line can be allowed."""
    exact = PurePath(words[0]).name in _EXACT
    depth = len(words) if exact else _depth(words)
    shown = words[:depth]
    if any(re.search(r"\s", word) or not word for word in shown):
        return ""
    more = "" if exact else "*"
    return f"bash({literally(' '.join(shown))}{more})"


def _depth(words: Words) -> int:
    """How many words say what is run; options among them say too much to be left open."""
    if PurePath(words[0]).name not in _SECOND_WORD or len(words) < 2:
        return 1
    depth = 3 if words[1] in _THIRD_WORD and len(words) > 2 else 2
    options = [word for word in words[1:depth] if word.startswith("-") and word != "-m"]
    return len(words) if options else depth


def literally(text: str) -> str:
    """`text` as a pattern that matches nothing else."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)

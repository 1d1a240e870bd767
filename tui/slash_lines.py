"""Lines that begin with a slash: which are commands, and which command with which words.

The names are those of `tui.commands`.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeVar

from tui.commands import BY_SLASH, COMMANDS, Command


class ParsedSlashLine(NamedTuple):
    """A slash line as a command and its arguments."""

    command: Command
    args: str
    """What followed the name, without the spaces around it."""


class SlashError(ValueError):
    """A slash line that cannot be followed; its text is one sentence."""

    def __init__(self, name: str, sentence: str, suggestion: str | None = None) -> None:
        """Args:
        name: The name as typed, without the slash.
        sentence: What is wrong.
        suggestion: A name that was probably meant; never one that must be typed in full.
        """
        super().__init__(sentence)
        self.name = name
        self.suggestion = suggestion


class SlashNamed(Protocol):
    """A command, as far as its names matter."""

    @property
    def slash(self) -> tuple[str, ...]:
        """All its names, without the slash."""

    @property
    def exact(self) -> bool:
        """Whether it runs only when a name is typed in full."""


AnyCommand = TypeVar("AnyCommand", bound=SlashNamed)

LineKind = Literal["prompt", "command", "unclear", "either"]
"""What a line is: words for the model · a command, whether there is one of that name or not ·
something that looks like a command, is none, and is no path either · text that was probably
copied from elsewhere and begins like a command or a shell line: the user is asked."""

_TAKES_TEXT = frozenset({"session.compact", "session.name", "transcript.find"})
"""Commands whose argument is the user's own text: it may have several lines."""

_LINE = re.compile(r"/([A-Za-z][\w-]*)?(?:\s+(.*))?", re.ASCII | re.DOTALL)
_BEGINS = re.compile(r"/[^\W\d_]")
_QUOTED = re.compile(r"\\+[/!]")
_BEHIND_A_PATH = re.compile(r"""(?::\d+)*[,.:;!?)\]}"'`]*\Z""")
"""A line number, and what a sentence puts behind a path."""
_WITH_WILDCARD = re.compile(r"[^/]*[*?\[{].*", re.DOTALL)
"""Of a path with wildcards, all but the folder that must be there."""


def is_slash(text: str) -> bool:
    """Whether `text` has the form of a command: not a path, and not indented."""
    match = _LINE.fullmatch(text.rstrip())
    return match is not None and (match[1] is not None or match[2] is None)


def path_exists(folder: Path, path: str) -> bool:
    """Whether a path exists: from the root, or with several parts in `folder`."""
    places = [path, f"{folder}{path}"] if "/" in path.strip("/") else [path]
    return any(map(os.path.exists, places))


def classify_line(text: str, exists: Callable[[str], bool], *, pasted: bool = False) -> LineKind:
    """What a line that was sent is.

    Args:
        text: The line, or several.
        exists: Whether there is a file or folder of a path that begins with a slash; one that
            ends with a slash is a folder.
        pasted: Whether its beginning was pasted: then it may be a piece of a program.
    """
    if pasted and text.startswith("!"):
        return "either"
    if is_slash(text) and (pasted or "\n" in text.strip()):
        return _classify_copied(text, pasted=pasted)
    if is_slash(text):
        words = text[1:].split(maxsplit=1)
        # `/tmp is full` speaks of a folder; `/mcp` alone is a command of another agent.
        folder = len(words) > 1 and words[0] not in BY_SLASH and exists(f"/{words[0]}/")
        return "prompt" if folder else "command"
    if _BEGINS.match(text) is None:
        return "prompt"
    path = _BEHIND_A_PATH.sub("", text.split(maxsplit=1)[0])
    known = _WITH_WILDCARD.sub("", path)
    return "prompt" if known != "/" and exists(known) else "unclear"


def _classify_copied(text: str, *, pasted: bool) -> LineKind:
    """What lines are that begin with a name of the form of a command."""
    words = text[1:].split(maxsplit=1)
    command = find_command(words[0].lower(), COMMANDS) if words else None
    if command is None:
        return "prompt"
    if len(words) == 1 or (not pasted and command.id in _TAKES_TEXT):
        return "command"
    return "either"


def escape_prompt(text: str) -> str:
    """`text` so that it is sent unchanged, whatever it begins with; see `unescape_prompt`."""
    return f"\\{text}" if text.startswith(("/", "!")) or _QUOTED.match(text) else text


def unescape_prompt(text: str) -> str:
    r"""`text` without the backslash that keeps `\/` and `\!` from being a command."""
    return text[1:] if _QUOTED.match(text) else text


def find_command(typed: str, commands: Iterable[AnyCommand]) -> AnyCommand | None:
    """The command that `typed` names in full, or is the unfinished name of.

    None where there is none of that name and several, or none, that begin with it. Commands
    that must be typed in full have no unfinished names, and the whole name of a command of another
    agent is no unfinished name of ours.
    """
    begun: dict[int, AnyCommand] = {}
    for command in commands:
        if typed in command.slash:
            return command
        if not command.exact and any(name.startswith(typed) for name in command.slash):
            begun[id(command)] = command
    if not typed or absent_command_sentence(typed):
        return None
    return begun.popitem()[1] if len(begun) == 1 else None


def parse_slash(text: str) -> ParsedSlashLine:
    """The command that a slash line names, and its arguments.

    Raises:
        SlashError: there is no such command, or it takes no arguments.
    """
    match = _LINE.fullmatch(text.rstrip())
    name = (match[1] or "").lower() if match else ""
    args = (match[2] or "").strip() if match else ""
    if not name:
        raise SlashError("", "A slash command has a name: /help lists them all.")
    command = find_command(name, COMMANDS)
    if command is None:
        raise _unknown(name)
    if args and not command.args:
        raise SlashError(name, f"/{name} takes no arguments.")
    return ParsedSlashLine(command, args)


def complete_slash_name(prefix: str) -> Iterator[tuple[str, Command]]:
    """Slash names that begin with `prefix` (given without the slash); names before aliases."""
    wanted = prefix.lower()
    for aliases in (False, True):
        for command in COMMANDS:
            for name in command.slash[1:] if aliases else command.slash[:1]:
                if name.startswith(wanted):
                    yield name, command


def absent_command_sentence(name: str) -> str:
    """What there is in place of a command that only other agents have; empty for other names."""
    from tui.other_agents import SLASH_NAMES_ELSEWHERE

    said = SLASH_NAMES_ELSEWHERE.get(name.lower())
    return f"There is no /{name.lower()}. {said}" if said else ""


def _unknown(name: str) -> SlashError:
    if said := absent_command_sentence(name):
        return SlashError(name, said)
    begun: dict[str, str] = {}
    for each, command in complete_slash_name(name):
        if not command.exact:
            begun.setdefault(command.id, f"/{each}")
    if begun:
        several = ", ".join(begun.values())
        return SlashError(name, f"Several commands begin with /{name}: {several}.")
    from tui.typos import nearest_name

    near = nearest_name(name, (each for each, command in BY_SLASH.items() if not command.exact))
    hint = f"did you mean /{near}?" if near else "/help lists them all."
    return SlashError(name, f"There is no command /{name[:40]}; {hint}", near)

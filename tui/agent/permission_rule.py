"""One permission rule: `bash(git status *)`, `edit(src/**)`, `read(/usr/share/doc/**)`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

from tui.agent.shell.command_analysis import analyse_command
from tui.agent.shell.deny_rules import NO_MATCH, RuleVerdict, command_verdict
from tui.agent.shell.rule_suggestions import allows_remaining_words, is_read_only_command
from tui.agent.shell.shell_parser import Words, plain_command_words
from tui.agent.tools.base import PermissionKind, PermissionRequest

_PATHS = ("read", "edit", "write")
"""Acts whose patterns are paths; those of the others are command lines."""
_SHAPE = re.compile(r"\s*(?P<act>\w+)\s*\((?P<pattern>.*)\)\s*", re.DOTALL)


class RuleError(ValueError):
    """A text that is not a rule."""

    def __init__(self, text: str, sentence: str) -> None:
        super().__init__(sentence)
        self.text = text
        self.sentence = sentence
        """What is wrong and what was expected."""


@dataclass(frozen=True, slots=True)
class PermissionRule:
    """An act and the pattern of what it may act on."""

    act: PermissionKind
    pattern: str

    def __str__(self) -> str:
        return f"{self.act}({self.pattern})"

    def covers_path(self, need: PermissionRequest, folder: Path) -> bool:
        """Whether this rule is about the file or folder of `need`."""
        acts = ("edit", "write") if self.act == "edit" else (self.act,)
        return need.kind in acts and _path_matches(self.pattern, need.target, folder)

    def denies_path(self, act: PermissionKind, path: Path, folder: Path) -> bool:
        """Whether this rule, as a deny rule, keeps `act` from the file at `path`.

        Whoever may not read a file may not change it either: an edit shows what it replaces.

        Args:
            act: What somebody wants to do with the file.
            path: The file, absolute.
            folder: The project folder, which relative patterns begin at.
        """
        acts: dict[PermissionKind, tuple[PermissionKind, ...]] = {
            "read": ("read", "edit", "write"),
            "edit": ("edit", "write"),
            "write": ("write",),
        }
        return act in acts.get(self.act, ()) and _path_matches(
            self.pattern, path.as_posix(), folder
        )

    def allows_command(self, words: Words) -> bool:
        """Whether this rule, as an allow rule, covers one simple command.

        A wildcard at its end covers what neither writes nor executes: see `programs.toml`.
        """
        if not _words_match(self.pattern, words):
            return False
        patterns, more = _command_pattern(self.pattern)
        open_program = not patterns or "*" in self.pattern.split()[0][:-1]
        return not more or open_program or allows_remaining_words(len(patterns), words)

    def is_exact_line(self, line: str) -> bool:
        """Whether this rule is exactly this command line, whatever it holds."""
        return _literal_text(self.pattern) == line.strip()

    def judge_command(self, need: PermissionRequest) -> RuleVerdict:
        """What this rule, as a deny rule, says of a command."""
        if self.act not in _acts(need):
            return NO_MATCH
        if self.is_exact_line(need.target):
            return RuleVerdict("matched")
        return command_verdict(self.pattern, analyse_command(need.target))


def parse_rule(text: str) -> PermissionRule:
    """The rule in `text`.

    Raises:
        RuleError: it is none.
    """
    found = _SHAPE.fullmatch(text)
    if not found:
        raise RuleError(text, f"{text!r} is not a rule; expected something like bash(pytest *).")
    pattern = found["pattern"].strip()
    act: PermissionKind | None = next(
        (act for act in get_args(PermissionKind) if act == found["act"]), None
    )
    if act is None:
        acts = "bash, edit, write, read, network or outside"
        raise RuleError(text, f"{text!r}: expected {acts} before the bracket.")
    if not pattern:
        raise RuleError(text, f"{text!r} is empty; use {act}({'**' if act in _PATHS else '*'}).")
    return PermissionRule(act, pattern)


def permits_command(need: PermissionRequest, rules: Iterable[PermissionRule]) -> bool:
    """Whether `rules` together allow a command line.

    A line that names paths outside the project folder, or that cannot be taken apart for
    certain, is allowed only by a rule that is exactly that line.
    """
    acts = {"inside": ("bash", "network"), "network": ("network",), "outside": ("outside",)}
    rules = tuple(rule for rule in rules if rule.act in acts[need.access])
    if any(rule.is_exact_line(need.target) for rule in rules):
        return True
    # Outside the sandbox nothing holds a command: a rule is exactly the line.
    exactly = need.outside_project or need.exact_only or need.access == "outside"
    commands = None if exactly else plain_command_words(need.target)
    if commands is None:
        return False
    covered = [any(rule.allows_command(words) for rule in rules) for words in commands]
    if need.access == "network" and any(covered):
        # What only looks may stand beside a command that a rule lets have the network.
        covered = [
            each or is_read_only_command(words)
            for each, words in zip(covered, commands, strict=True)
        ]
    return all(covered)


def _acts(need: PermissionRequest) -> tuple[PermissionKind, ...]:
    """The acts of a command that a deny rule may name."""
    return ("bash",) if need.access == "inside" else ("bash", need.access)


def _words_match(pattern: str, words: Words) -> bool:
    patterns, more = _command_pattern(pattern)
    enough = len(words) >= len(patterns) if more else len(words) == len(patterns)
    return enough and all(p.fullmatch(w) for p, w in zip(patterns, words, strict=False))


@lru_cache(maxsize=512)
def _command_pattern(pattern: str) -> tuple[tuple[re.Pattern[str], ...], bool]:
    """The words of a command pattern, and whether further words may follow."""
    tokens = pattern.split()
    more = re.search(r"(?<!\\)(\\\\)*\*\Z", tokens[-1]) is not None
    if more:
        tokens[-1] = tokens[-1][:-1]
    return tuple(_glob(token, across=True) for token in tokens if token), more


@lru_cache(maxsize=512)
def _literal_text(pattern: str) -> str | None:
    """The only text that a pattern without wildcards matches; None for one with."""
    if "*" in re.sub(r"\\.", "", pattern):
        return None
    return re.sub(r"\\([\\*])", r"\1", pattern)


def _path_matches(pattern: str, target: str, folder: Path) -> bool:
    path = Path(target)
    if pattern.startswith(("/", "~")) or Path(pattern).is_absolute():
        return _matches(Path(pattern).expanduser().as_posix(), pattern, path.as_posix())
    if not path.is_relative_to(folder):
        return False
    return _matches(pattern.removeprefix("./"), pattern, path.relative_to(folder).as_posix())


def _matches(expanded: str, written: str, path: str) -> bool:
    # `src/` means what lies in it; Path has lost the final slash of an absolute one.
    whole = expanded.rstrip("/") + "/**" if written.endswith("/") else expanded
    return _glob(whole, across=False).fullmatch(path) is not None


@lru_cache(maxsize=512)
def _glob(pattern: str, *, across: bool) -> re.Pattern[str]:
    """A pattern with `*` as a regular expression; `across`: a `*` also takes slashes."""
    one = r".*" if across else r"[^/]*"
    # `src/**` is the folder itself too: whoever may list it begins there.
    known = {"**/": r"(?:.*/)?", "/**": r"(?:/.*)?", "**": r".*", "*": one}
    parts = re.split(r"(\\.|\*\*/|/\*\*\Z|\*\*|\*)", pattern, flags=re.DOTALL)
    return re.compile("".join(known.get(part) or _escaped(part) for part in parts), re.DOTALL)


def _escaped(part: str) -> str:
    escaped = len(part) == 2 and part[0] == "\\" and part[1] in "\\*"
    return re.escape(part[1] if escaped else part)

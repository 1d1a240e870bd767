"""Key bindings: the defaults of the commands, changed by `keybindings.toml`.

    [keys]
    history.search = "ctrl+s"
    composer.newline = ["shift+enter", "ctrl+j"]
    session.rewind = "none"

A command is named by its id. `"none"`, `false` and `null` take its keys away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tui.settings.amounts import shown
from tui.settings.document import MOST_LEVELS, Document, Keys, read_document
from tui.settings.keys import KeyNameError, key_label, read_key
from tui.settings.problems import Problem, did_you_mean, quoted

TABLE = "keys"
"""The table of the file in which the bindings stand."""

_NULL = re.compile(r"""^(\s*[\w."'-]+\s*=\s*)null(\s*(?:#.*)?)$""", re.MULTILINE)
_UNBOUND = ("none", "null", "")
_WRITING = ("app", "composer")
"""Contexts that share their keys, since the composer nearly always has the focus."""


class Bindable(Protocol):
    """What a key can be bound to: a row of the table of commands."""

    @property
    def id(self) -> str:
        """`namespace.action`."""

    @property
    def keys(self) -> Sequence[str]:
        """Default keys."""

    @property
    def context(self) -> str:
        """Where the keys work."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """Which keys run which command."""

    keys: Mapping[str, tuple[str, ...]]
    """By command id, named as the screen library reports them; empty where unbound."""
    problems: tuple[Problem, ...] = ()
    changed: frozenset[str] = frozenset()
    """Ids of the commands that the user gave other keys."""

    def label(self, command_id: str) -> str:
        """The first key of a command, for a hint; empty where there is none."""
        return next(iter(self.labels(command_id)), "")

    def labels(self, command_id: str) -> list[str]:
        """All keys of a command, for hints."""
        return [key_label(keys) for keys in self.keys.get(command_id, ())]


def load_keymap(commands: Iterable[Bindable], path: Path) -> Keymap:
    """The key bindings of the file at `path`, or the defaults if there is none."""
    found = read_document(path, mend=mend_null)
    if isinstance(found, Problem):
        return Keymap(resolve_keymap(commands).keys, (found,))
    return resolve_keymap(commands, found)


def mend_null(text: str) -> str:
    """TOML has no null; people who write one mean "none"."""
    return _NULL.sub(r'\1"none"\2', text)


def resolve_keymap(commands: Iterable[Bindable], document: Document | None = None) -> Keymap:
    """The key bindings of a file that has been read; mistakes are in `problems`."""
    board = _Board({command.id: command for command in commands})
    if document is not None:
        for keys, found in _rows(document, board.problems):
            board.bind(document, keys, found)
    board.fill()
    changed = frozenset(board.chosen)
    return Keymap(board.result(), tuple(board.problems), changed)


def _rows(document: Document, problems: list[Problem]) -> Iterator[tuple[Keys, object]]:
    """Each `id = keys` of the file, with the way to it."""
    for name, found in document.table.items():
        if name == TABLE and isinstance(found, dict):
            yield from _leaves((TABLE,), found)
            continue
        what = f"{shown(name)} stands outside of [{TABLE}]"
        expected = f'expected a table [{TABLE}] with lines such as history.search = "ctrl+r"'
        problems.append(document.problem((name,), what, expected))


def _leaves(path: Keys, table: dict[str, Any]) -> Iterator[tuple[Keys, object]]:
    for name, found in table.items():
        if isinstance(found, dict) and len(path) < MOST_LEVELS:
            yield from _leaves((*path, name), found)
        else:
            yield (*path, name), found


@dataclass(frozen=True, slots=True)
class _Claim:
    """A key that the user's file gave to a command."""

    command: str
    key: str
    contexts: tuple[str, ...]
    document: Document
    path: Keys

    def meets(self, command: Bindable, key: str) -> bool:
        """Whether another command with that key would be in the way."""
        return (
            command.id != self.command
            and command.context in self.contexts
            and _collide(self.key, key)
        )


@dataclass
class _Board:
    """The board of keys while it is being wired: what the user said first, then the defaults."""

    commands: dict[str, Bindable]
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    filled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    claims: list[_Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def bind(self, document: Document, path: Keys, found: object) -> None:
        """One line of the user's file."""
        command = self.commands.get(".".join(path[1:]))
        if command is None:
            self.problems.append(self._unknown(document, path))
            return
        words = _words(found)
        if words is None:
            what = f"{command.id} is {quoted(found)}"
            expected = 'expected a key such as "ctrl+r", a list of keys, or "none"'
            self.problems.append(document.problem(path, what, expected))
            return
        keys: list[str] = []
        for word in words:
            outcome = self._take(document, path, command, word)
            if isinstance(outcome, Problem):
                self.problems.append(outcome)
            else:
                keys.append(outcome)
        if keys or not words:  # where nothing could be understood, the defaults stay
            self.chosen[command.id] = tuple(dict.fromkeys(keys))

    def _take(self, document: Document, path: Keys, command: Bindable, word: str) -> str | Problem:
        """The key that `word` names, if this command may have it."""

        def refuse(reason: str) -> Problem:
            return document.problem(path, f"{shown(word)} for {command.id}", reason)

        try:
            key = read_key(word)
        except KeyNameError as error:
            return refuse(f"it cannot be bound: {error}")
        default = key.name in _default_keys(command)
        if command.context in _WRITING and key.types and not default:
            return refuse("it cannot be bound: it is needed for writing")
        if claim := self._claim(command, key.name):
            return refuse(f"the key belongs to {claim.command} already")
        if (caution := key.caution) and not default:
            what = f"{key_label(key.name)} for {command.id}"
            self.problems.append(document.problem(path, what, caution, warning=True))
        contexts = _WRITING if command.context in _WRITING else (command.context,)
        self.claims.append(_Claim(command.id, key.name, contexts, document, path))
        return key.name

    def _claim(self, command: Bindable, key: str) -> _Claim | None:
        return next((claim for claim in self.claims if claim.meets(command, key)), None)

    def fill(self) -> None:
        """Give every other command its default keys, but for those the user took."""
        for command in self.commands.values():
            if command.id in self.chosen:
                continue
            kept = []
            for key in _default_keys(command):
                if claim := self._claim(command, key):
                    self.problems.append(_lost(claim, command, key))
                else:
                    kept.append(key)
            self.filled[command.id] = tuple(kept)

    def result(self) -> dict[str, tuple[str, ...]]:
        """The keys of every command, in the order of the table."""
        return {id: self.chosen.get(id, self.filled.get(id, ())) for id in self.commands}

    def _unknown(self, document: Document, path: Keys) -> Problem:
        name = ".".join(path[1:])
        close = did_you_mean(name, list(self.commands))
        expected = f"did you mean {close}?" if close else "/keys lists them all"
        return document.problem(path, f"there is no command {shown(name)}", expected)


def _words(found: object) -> list[str] | None:
    """The keys named; an empty list unbinds; None is a mistake."""
    if found is False:
        return []
    if isinstance(found, str):
        return [] if found.strip().lower() in _UNBOUND and found != " " else [found]
    if isinstance(found, list) and all(isinstance(word, str) for word in found):
        return found
    return None


def _default_keys(command: Bindable) -> tuple[str, ...]:
    return tuple(read_key(key).name for key in command.keys)


def _collide(one: str, other: str) -> bool:
    """Whether two bindings cannot live together; a key and the same key twice can."""
    if one == other:
        return True
    short, long = sorted((one.split(), other.split()), key=len)
    return long[0] == short[0] and len(short) < len(long) and long[1] != short[0]


def _lost(claim: _Claim, command: Bindable, key: str) -> Problem:
    found = f"{key_label(claim.key)} is now {claim.command}"
    expected = f"{command.id} had {key_label(key)} and loses it"
    return claim.document.problem(claim.path, found, expected, warning=True)

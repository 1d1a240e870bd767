"""Key bindings: the defaults of the commands, changed by `keybindings.toml`.

    [keys]
    history.search = "f6"
    composer.newline = ["shift+enter", "ctrl+j"]
    session.rewind = "none"

A command is named by its id. `"none"`, `false` and `null` take its keys away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tui.settings.amounts import quote_foreign
from tui.settings.key_names import KeyNameError, key_label, parse_key_chord
from tui.settings.problems import Problem, quote_value
from tui.settings.toml_document import MOST_LEVELS, KeyPath, TomlDocument, read_toml_document
from tui.typos import most_similar_name

TABLE = "keys"
"""The table of the file that holds the bindings."""

_NULL = re.compile(r"""^(\s*[\w."'-]+\s*=\s*)null(\s*(?:#.*)?)$""", re.MULTILINE)
_UNBOUND_WORDS = ("none", "null", "")
_TYPING_CONTEXTS = ("app", "composer")
"""Contexts that share their keys, since the composer nearly always has the focus."""


class Bindable(Protocol):
    """What a key can be bound to: a row of the table of commands."""

    @property
    def id(self) -> str:
        """Its name in `keybindings.toml`: `namespace.action`."""

    @property
    def keys(self) -> Sequence[str]:
        """The keys it has unless the user gives it others."""

    @property
    def context(self) -> str:
        """Where its keys work: `app`, `composer`, `transcript` …"""


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
    found = read_toml_document(path, mend=mend_null)
    if isinstance(found, Problem):
        return Keymap(resolve_keymap(commands).keys, (found,))
    return resolve_keymap(commands, found)


def mend_null(text: str) -> str:
    """TOML has no null; people who write one mean "none"."""
    return _NULL.sub(r'\1"none"\2', text)


def resolve_keymap(commands: Iterable[Bindable], document: TomlDocument | None = None) -> Keymap:
    """The key bindings of a file that has been read; mistakes are in `problems`."""
    board = _KeymapBuilder({command.id: command for command in commands})
    if document is not None:
        for keys, found in _rows(document, board.problems):
            board.bind(document, keys, found)
    board.add_defaults()
    changed = frozenset(board.user_keys)
    return Keymap(board.result(), tuple(board.problems), changed)


def _rows(document: TomlDocument, problems: list[Problem]) -> Iterator[tuple[KeyPath, object]]:
    """Each `id = keys` of the file, with the way to it."""
    for name, found in document.table.items():
        if name == TABLE and isinstance(found, dict):
            yield from _leaves((TABLE,), found)
            continue
        what = f"{quote_foreign(name)} is outside of [{TABLE}]"
        expected = f'expected a table [{TABLE}] with lines such as history.search = "ctrl+r"'
        problems.append(document.problem((name,), what, expected))


def _leaves(path: KeyPath, table: dict[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    for name, found in table.items():
        if isinstance(found, dict) and len(path) < MOST_LEVELS:
            yield from _leaves((*path, name), found)
        else:
            yield (*path, name), found


@dataclass(frozen=True, slots=True)
class _UserBinding:
    """A key that the user's file gave to a command."""

    command: str
    key: str
    contexts: tuple[str, ...]
    document: TomlDocument
    path: KeyPath

    def conflicts_with(self, command: Bindable, key: str) -> bool:
        """Whether another command cannot have that key beside this one."""
        return (
            command.id != self.command
            and command.context in self.contexts
            and _collide(self.key, key)
        )


@dataclass
class _KeymapBuilder:
    """Builds a keymap: the keys that the user set come first, then the defaults."""

    commands: dict[str, Bindable]
    user_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    default_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    user_bindings: list[_UserBinding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def bind(self, document: TomlDocument, path: KeyPath, found: object) -> None:
        """Apply one line of the user's file; a mistake in it becomes a problem.

        Args:
            document: The file.
            path: The key of the line: table and command id.
            found: The value of the line.
        """
        command = self.commands.get(".".join(path[1:]))
        if command is None:
            self.problems.append(self._unknown(document, path))
            return
        words = _named_keys(found)
        if words is None:
            what = f"{command.id} is {quote_value(found)}"
            expected = 'expected a key such as "ctrl+r", a list of keys, or "none"'
            self.problems.append(document.problem(path, what, expected))
            return
        keys: list[str] = []
        for word in words:
            outcome = self._checked_key(document, path, command, word)
            if isinstance(outcome, Problem):
                self.problems.append(outcome)
            else:
                keys.append(outcome)
        if keys or not words:  # where nothing could be understood, the defaults stay
            self.user_keys[command.id] = tuple(dict.fromkeys(keys))

    def _checked_key(
        self, document: TomlDocument, path: KeyPath, command: Bindable, word: str
    ) -> str | Problem:
        """The key that `word` names, if this command may have it."""

        def refuse(reason: str) -> Problem:
            return document.problem(path, f"{quote_foreign(word)} for {command.id}", reason)

        try:
            key = parse_key_chord(word)
        except KeyNameError as error:
            return refuse(f"it cannot be bound: {error}")
        default = key.name in _default_keys(command)
        if command.context in _TYPING_CONTEXTS and key.types and not default:
            return refuse("it cannot be bound: you need it for writing")
        if claim := self._find_conflict(command, key.name):
            return refuse(f"the key belongs to {claim.command} already")
        if (caution := key.caution) and not default:
            what = f"{key_label(key.name)} for {command.id}"
            self.problems.append(document.problem(path, what, caution, warning=True))
        contexts = _TYPING_CONTEXTS if command.context in _TYPING_CONTEXTS else (command.context,)
        self.user_bindings.append(_UserBinding(command.id, key.name, contexts, document, path))
        return key.name

    def _find_conflict(self, command: Bindable, key: str) -> _UserBinding | None:
        return next(
            (claim for claim in self.user_bindings if claim.conflicts_with(command, key)), None
        )

    def add_defaults(self) -> None:
        """Give every other command its default keys, but for those the user took."""
        for command in self.commands.values():
            if command.id in self.user_keys:
                continue
            kept = []
            for key in _default_keys(command):
                if claim := self._find_conflict(command, key):
                    self.problems.append(_displaced_problem(claim, command, key))
                else:
                    kept.append(key)
            self.default_keys[command.id] = tuple(kept)

    def result(self) -> dict[str, tuple[str, ...]]:
        """The keys of every command, in the order of the table."""
        return {id: self.user_keys.get(id, self.default_keys.get(id, ())) for id in self.commands}

    def _unknown(self, document: TomlDocument, path: KeyPath) -> Problem:
        name = ".".join(path[1:])
        close = most_similar_name(name, list(self.commands))
        expected = f"did you mean {close}?" if close else "/keys lists them all"
        return document.problem(path, f"there is no command {quote_foreign(name)}", expected)


def _named_keys(found: object) -> list[str] | None:
    """The keys named; an empty list unbinds; None is a mistake."""
    if found is False:
        return []
    if isinstance(found, str):
        return [] if found.strip().lower() in _UNBOUND_WORDS and found != " " else [found]
    if isinstance(found, list) and all(isinstance(word, str) for word in found):
        return found
    return None


def _default_keys(command: Bindable) -> tuple[str, ...]:
    return tuple(parse_key_chord(key).name for key in command.keys)


def _collide(one: str, other: str) -> bool:
    """Whether two bindings cannot live together; a key and the same key twice can."""
    if one == other:
        return True
    short, long = sorted((one.split(), other.split()), key=len)
    return long[0] == short[0] and len(short) < len(long) and long[1] != short[0]


def _displaced_problem(claim: _UserBinding, command: Bindable, key: str) -> Problem:
    found = f"{key_label(claim.key)} is now {claim.command}"
    expected = f"{command.id} had {key_label(key)} and loses it"
    return claim.document.problem(claim.path, found, expected, warning=True)

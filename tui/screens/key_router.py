"""From a key to a command: contexts, chords and rebinding in one place.

Widgets do not name keys. The application asks this router first; a key that names no
command goes to the focused widget as text. Pure: no Textual, and the clock is given.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

CHORD_SECONDS = 1.2
"""How long the second key of a chord may take."""

CHORD_STARTERS = frozenset({"app.stop", "report.leave"})
"""Commands after which their key may still become a chord; any other command uses it up."""


@dataclass(frozen=True, slots=True)
class CommandKeys:
    """One key, or keys pressed one after the other, of one command."""

    command: str
    context: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoutedKey:
    """What a key press came to."""

    command: str | None
    """The command to run now; None when there is none."""
    consumed: bool = False
    """Whether the key begins a chord and means nothing else: it goes no further."""


class KeyRouter:
    """The key map in use, and the chord that may be under way."""

    def __init__(self, bound: Iterable[CommandKeys], now: Callable[[], float]) -> None:
        self._now = now
        self._chord_start: tuple[str, float] | None = None
        self.use_bindings(bound)

    def use_bindings(self, bound: Iterable[CommandKeys]) -> None:
        """Go by another key map; a chord under way goes on."""
        self._by_key: dict[tuple[str, ...], list[CommandKeys]] = {}
        self._prefixes: dict[str, set[str]] = {}
        for each in bound:
            self._by_key.setdefault(each.keys, []).append(each)
            if len(each.keys) > 1:
                self._prefixes.setdefault(each.keys[0], set()).add(each.context)

    def press(
        self,
        key: str,
        contexts: Sequence[str],
        available: Callable[[str], bool],
        starters: Collection[str] = CHORD_STARTERS,
    ) -> RoutedKey:
        """What `key` means here.

        Args:
            key: As the terminal library names it.
            contexts: From the narrowest to the widest.
            available: Whether a command can run now.
            starters: Commands whose key may still become a chord.
        """
        first, self._chord_start = self._chord_start, None
        if first and self._now() - first[1] <= CHORD_SECONDS:
            command = self._find((first[0], key), contexts, available)
            if command is not None:
                return RoutedKey(command)
        command = self._find((key,), contexts, available)
        begins = bool(self._prefixes.get(key, set()) & set(contexts))
        begins = begins and (command is None or command in starters)
        if begins:
            self._chord_start = (key, self._now())
        return RoutedKey(command, consumed=begins and command is None and key != "escape")

    def end_chord(self) -> None:
        """Forget the chord under way: its first key did its work."""
        self._chord_start = None

    def _find(
        self, keys: tuple[str, ...], contexts: Sequence[str], available: Callable[[str], bool]
    ) -> str | None:
        candidates = self._by_key.get(keys, [])
        for context in contexts:
            for each in candidates:
                if each.context == context and available(each.command):
                    return each.command
        return None


def keys_of_commands(
    commands: Iterable[tuple[str, str, Sequence[str]]],
) -> list[CommandKeys]:
    """The bound keys of commands given as (id, context, keys)."""
    return [
        CommandKeys(command, context, tuple(keys.split()))
        for command, context, every in commands
        for keys in every
    ]

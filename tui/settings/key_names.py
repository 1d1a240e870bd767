"""Names of keys: as people write them, as the screen library reports them, as hints show them.

This module knows which keys a terminal can send. So the program reports a binding that can never
fire when it reads the file.
"""

import re
import unicodedata
from dataclasses import dataclass

_KEY_NAMES = frozenset(
    {"escape", "enter", "tab", "space", "backspace", "delete", "insert"}
    | {"home", "end", "pageup", "pagedown", "up", "down", "left", "right"}
    | {f"f{number}" for number in range(1, 25)}
)
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "spacebar": "space",
}
_MODIFIERS = {
    "ctrl": "ctrl",
    "control": "ctrl",
    "c": "ctrl",
    "alt": "alt",
    "option": "alt",
    "opt": "alt",
    "shift": "shift",
}
_UNSENT_MODIFIERS = {"cmd", "command", "super", "meta", "win", "windows", "hyper", "fn"}

_INDISTINGUISHABLE = {
    "ctrl+m": "enter",
    "ctrl+i": "tab",
    "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
}
"""Keys that reach a program as another one."""

_TAKEN_BY_TERMINALS = {
    "ctrl+a": "GNU screen takes it as its own prefix",
    "ctrl+b": "tmux takes it as its own prefix",
    "ctrl+z": "people expect it to suspend the program",
}
"""Keys that work, and that many will miss."""

_KITTY_ONLY = re.compile(
    r"ctrl\+(shift\+.+|\d|enter|tab|space|escape)"
    r"|alt\+(ctrl\+.+|enter|escape|(?!up$|down$|left$|right$|home$|end$|shift\+[a-z]$)\w{2,}.*)"
    r"|shift\+(enter|space|escape|backspace)"
)
"""Keys that older protocols cannot tell from others. Alt and punctuation lose the alt."""

_PUNCTUATION = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_CHARACTERS: dict[str, str] = {}
"""From the name of a punctuation key to its character."""

for _code in range(33, 127):
    if not chr(_code).isalnum():
        _name = unicodedata.name(chr(_code)).lower().replace("-", "_").replace(" ", "_")
        _CHARACTERS[_PUNCTUATION.get(_name, _name)] = chr(_code)
_NAMES = {character: name for name, character in _CHARACTERS.items()}

_LABELS = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "delete": "del",
}

MOST_STEPS = 2
"""How many keys one after the other a binding may have."""


class KeyNameError(ValueError):
    """A key that cannot be bound; its text says why, to follow the key and "cannot be bound: "."""


@dataclass(frozen=True, slots=True)
class KeyChord:
    """One key, or two pressed one after the other."""

    steps: tuple[str, ...]
    """Names as the screen library reports them."""

    @property
    def name(self) -> str:
        """The steps with spaces between them."""
        return " ".join(self.steps)

    @property
    def types(self) -> bool:
        """Whether the first step would put a character into a text."""
        first = self.steps[0]
        return len(first) == 1 or first in _CHARACTERS or first == "space"

    @property
    def caution(self) -> str | None:
        """Why the key may not arrive everywhere, if so."""
        for step in self.steps:
            if step in _TAKEN_BY_TERMINALS:
                return _TAKEN_BY_TERMINALS[step]
            if _KITTY_ONLY.fullmatch(step):
                return "only terminals with the Kitty keyboard protocol send it"
        return None


def parse_key_chord(text: str) -> KeyChord:
    """The key that `text` names, such as `Ctrl+R`, `?`, `shift+tab` or `ctrl+x ctrl+e`.

    Raises:
        KeyNameError: there is no such key, or no terminal sends it.
    """
    words = text.split() if text != " " else ["space"]
    if not words:
        raise KeyNameError("no key is named")
    if len(words) > MOST_STEPS:
        raise KeyNameError("at most two keys can follow each other")
    return KeyChord(tuple(_step(word) for word in words))


def key_label(key: str) -> str:
    """A key for a hint: `ctrl+question_mark` is `ctrl+?`, `escape` is `esc`."""
    return " ".join(_step_label(step) for step in key.split())


def _step_label(step: str) -> str:
    *modifiers, base = step.split("+")
    base = _CHARACTERS.get(base) or _LABELS.get(base, base)
    return "+".join([*modifiers, base])


def _step(word: str) -> str:
    modifiers, base = _parts(word)
    if len(base) == 1 and base.isalpha():
        base, modifiers = _letter(base, modifiers)
    elif "shift" in modifiers and base in _CHARACTERS:
        raise KeyNameError("shift changes the character: name the one that appears")
    step = "+".join([*sorted(modifiers), base])
    if same := _INDISTINGUISHABLE.get(step):
        raise KeyNameError(f"terminals send it as {same}")
    return step


def _parts(word: str) -> tuple[set[str], str]:
    *heads, base = word.split("+")
    if not base and heads[-1] == "":  # the plus key itself: `+`, `ctrl++`
        heads, base = heads[:-1], "+"
    modifiers: set[str] = set()
    for head in heads:
        name = head.lower()
        if name in _UNSENT_MODIFIERS:
            raise KeyNameError(f"terminals do not pass {name} on")
        if name not in _MODIFIERS:
            raise KeyNameError("keys look like ctrl+r, alt+p, shift+tab, f5 or ?")
        modifiers.add(_MODIFIERS[name])
    return modifiers, _base(base)


def _base(base: str) -> str:
    if len(base) == 1 and base.isprintable():
        return _NAMES.get(base, base)
    name = _ALIASES.get(base.lower(), base.lower())
    if name in _KEY_NAMES or name in _CHARACTERS:
        return name
    if name in ("capslock", "caps_lock", "numlock", "num_lock"):
        raise KeyNameError("the keyboard uses it itself")
    raise KeyNameError("there is no such key; keys look like ctrl+r, alt+p, shift+tab, f5 or ?")


def _letter(base: str, modifiers: set[str]) -> tuple[str, set[str]]:
    """Shift and a letter alone is the capital; with ctrl the case is nothing."""
    if modifiers == {"shift"}:
        return base.upper(), set()
    if base.isupper() and modifiers == {"alt"}:
        return base.lower(), {"alt", "shift"}
    return (base.lower() if modifiers else base), modifiers

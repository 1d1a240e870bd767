"""Chords are commands, never letters: alt+t that is bound to nothing writes no t.

Terminals without the Kitty protocol send alt with a letter as an escape and the letter, and
Textual 8.2.8 keeps the letter in the event. Characters that a layout makes with AltGr or Option
come as themselves, and are text.
"""

from textual import events
from textual.keys import _character_to_key

MODIFIERS = frozenset({"alt", "ctrl", "meta", "hyper", "super"})


def drop_chord_character(event: events.Key) -> None:
    """Take the character from a key that is a chord."""
    if _is_chord(event):
        event.character = None


def _is_chord(event: events.Key) -> bool:
    held, _, key = event.key.rpartition("+")
    modifiers = MODIFIERS.intersection(held.split("+"))
    character = event.character
    if not modifiers or character is None or not character.isprintable():
        return False
    # Windows has ctrl and alt for AltGr. A chord has the character of its own key.
    by_layout = modifiers == {"alt", "ctrl"}
    return not by_layout and key.casefold() in (character.casefold(), _character_to_key(character))

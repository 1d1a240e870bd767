"""A key that the user types in, for this run: kept in memory, and nowhere else.

No file, no log, no prompt history and no environment of a child process ever has it.
"""

from tui.claude.credentials import hide_typed_secret

MIN_KEY_CHARACTERS = 16
"""Fewer are a slip of the fingers; the API's own keys have more than a hundred."""
WHERE_A_KEY_COMES_FROM = "https://platform.claude.com/settings/keys"
"""The page of the Console that makes keys."""


class KeyRefused(ValueError):
    """What was typed can be no key; the text is one sentence, without what was typed."""


def read_typed_key(typed: str) -> str:
    """The key in what was typed or pasted; from now on it is blacked out wherever it appears.

    A line as people copy it from a shell file is understood: `export ANTHROPIC_API_KEY="…"`.

    Raises:
        KeyRefused: it can be no key.
    """
    key = typed.strip().removeprefix("export ").rpartition("ANTHROPIC_API_KEY=")[2].strip("\"' ;")
    if not key:
        raise KeyRefused("No key was typed.")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise KeyRefused("A key has letters, digits and signs only, and no blanks.")
    if len(key) < MIN_KEY_CHARACTERS:
        raise KeyRefused(f"This is too short for a key: it has {len(key)} characters.")
    hide_typed_secret(key)
    return key

"""The words of a program that a line starts: its options, its operands, and how much they name."""

import re
from collections.abc import Iterable
from pathlib import Path

from tui.agent.shell.command_analysis import Invocation
from tui.agent.shell.path_uses import PathUses, expand_tilde, resolve_links
from tui.agent.shell.shell_words import UNKNOWN_WORD, Word


def word_texts(run: Invocation) -> list[str]:
    """The words that are known."""
    return [word.text for word in run.words if word.text is not None]


def has_option(words: Iterable[str], letters: str, *long: str) -> bool:
    """Whether one of the options is given: bundled as in `-rf`, or shortened as in `--recur`."""
    for word in words:
        if word == "--":
            return False
        if word.startswith("--"):
            name = word.partition("=")[0]
            if len(name) > 3 and any(option.startswith(name) for option in long):
                return True
        elif word.startswith("-") and set(letters) & set(word[1:].partition("=")[0]):
            return True
    return False


def operand_words(run: Invocation, start: int = 1) -> list[Word]:
    """The words from `start` on that are no options."""
    found, open_options = [], True
    for word in run.words[start:]:
        if open_options and word.text == "--":
            open_options = False
        elif not open_options or not (word.text or "").startswith("-") or word.text == "-":
            found.append(word)
    return found


def is_broad(word: Word, uses: PathUses) -> bool:
    """Whether a word may name the whole folder, the home, or more."""
    values = {"HOME": str(Path.home())}
    if len(uses.base_folders) == 1:
        values["PWD"] = str(uses.base_folders[0])
    word = word.with_variables(values)
    if word is UNKNOWN_WORD:
        # What a list or a search gives is judged by where it comes from.
        return False
    if word.text is None:
        start = expand_tilde(word)
        parent, _, last = word.written.rpartition("/")
        if word.has_unknown_part:
            # `$X/` and `$X/*` are everything where the variable is empty.
            return not word.known_start or start in ("/", "~/")
        if re.search(r"[^*?\[\]!^.{},\-\\]", re.sub(r"\[[^\]]*\]", "", last)):
            return False
        folder = Word(
            tuple(p for p in word.pieces if p.kind == "text"), starts_at_home=word.starts_at_home
        )
        text = expand_tilde(folder).rstrip("/") if parent else ""
        if "*" in parent or "?" in parent or "[" in parent:
            return True
        return _is_top_folder(text + "/" if parent or start.startswith("/") else ".", uses)
    return _is_top_folder(expand_tilde(word), uses)


def _is_top_folder(text: str, uses: PathUses) -> bool:
    top = uses.base_folders[0]
    home = Path.home()
    for base in uses.base_folders:
        place = resolve_links(base / text)
        if len(place.parts) < 3 or top.is_relative_to(place) or home.is_relative_to(place):
            return True
    return False

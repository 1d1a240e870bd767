"""Whether a command line stays inside the project folder, and what wildcards match."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tui.agent.shell.path_uses import (
    PathUse,
    PathUses,
    candidate_paths,
    expand_tilde,
    resolve_links,
)
from tui.agent.shell.programs import SYSTEM_FOLDERS
from tui.agent.shell.shell_words import Word, WordPiece

_SAFE_DEVICES = ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/zero")
_MOST_ENTRIES = 4_096
"""Entries of folders that are looked at for one wildcard."""


class ShellContext:
    """The folders that a line may use, and the variables that it gets."""

    def __init__(self, folder: Path, scratch: Path | None, environment: Mapping[str, str]) -> None:
        """Args: folder, scratch: absolute and free of links. environment: of the commands."""
        self.folders = tuple(home for home in (folder, scratch) if home)
        self.values = {
            name: value
            for name, value in {**environment, "PWD": str(folder)}.items()
            if name != "OLDPWD"
        }
        self._programs = (*SYSTEM_FOLDERS, *environment.get("PATH", "").split(os.pathsep))

    def contains(self, path: Path) -> bool:
        """Whether a path, links followed, lies inside."""
        target = resolve_links(path)
        return any(target.is_relative_to(folder) for folder in self.folders)

    def is_program(self, text: str) -> bool:
        """Whether a path is a program of the system or of `PATH`, or lies inside by its name."""
        if os.path.dirname(text) in self._programs:  # noqa: PTH120 -- as written
            return True
        if ".." in text.split("/"):
            return all(self.contains(folder / text) for folder in self.folders)
        return any(
            Path(os.path.normpath(folder / text)).is_relative_to(folder) for folder in self.folders
        )


def with_known_variables(uses: PathUses, context: ShellContext) -> PathUses:
    """The same uses with variables of the environment filled in."""
    values = context.values
    return replace(
        uses,
        named=tuple(replace(use, word=use.word.with_variables(values)) for use in uses.named),
    )


def leads_outside(uses: PathUses, context: ShellContext) -> bool:
    """Whether something that a line names lies outside; no proof of the contrary."""
    if any(not context.contains(base) for base in uses.base_folders) or uses.folder_unknown:
        return True
    return any(_is_outside(use, uses, context) for use in uses.named)


def _is_outside(use: PathUse, uses: PathUses, context: ShellContext) -> bool:
    word = use.word
    text = word.text
    if text is None:
        return _unknown_is_outside(word, uses, context)
    if text in _SAFE_DEVICES or (use.is_program and context.is_program(text)):
        return False
    plain = not text.startswith(("/", "~", "file:")) and "/" not in text and text != ".."
    found = candidate_paths(word, uses)
    if plain and use.kind == "names" and not any(map(os.path.lexists, found)):
        return False
    return any(
        not context.contains(place) and (use.kind not in ("names", "lists") or _may_exist(place))
        for place in found
    )


def _may_exist(place: Path) -> bool:
    """Whether a word that looks like a path may be one: not even its first folder is there."""
    return Path(*place.parts[:2]).exists()


def _unknown_is_outside(word: Word, uses: PathUses, context: ShellContext) -> bool:
    start = expand_tilde(word)
    if start.startswith("/"):
        head = Path(start.rpartition("/")[0] or "/")
        return not any(Path(os.path.normpath(head)).is_relative_to(f) for f in context.folders)
    if ".." in start.split("/") or re.search(r"(?:\A|/)\.\.(?:/|\Z)", word.written):
        return True
    if word.has_unknown_part:
        # `$NAME/x`, where nobody knows what NAME is.
        if any(piece.kind == "variable" and piece.text == "OLDPWD" for piece in word.pieces):
            return True
        first = word.pieces[0]
        leads_on = len(word.pieces) > 1 and word.pieces[1].text.startswith("/")
        unknown = first.kind == "variable" and first.text not in uses.assigned_variables
        return unknown and leads_on and not start
    return any(not context.contains(place) for place in glob_matches(word, uses) or ())


def glob_matches(word: Word, uses: PathUses) -> tuple[Path, ...] | None:
    """The files that a wildcard matches now; None where they are too many to look at."""
    found: list[Path] = []
    for base in uses.base_folders:
        here = _glob_matches_below(word, base, uses.matches_dotfiles)
        if here is None:
            return None
        found += here
    return tuple(found)


def _glob_matches_below(word: Word, base: Path, dotted: bool) -> list[Path] | None:
    parts = _path_parts(word)
    current = [Path("/") if word.known_start.startswith("/") else base]
    seen = 0
    for part in parts:
        following: list[Path] = []
        for folder in current:
            if part.text is not None:
                following.append(Path(os.path.normpath(folder / part.text)))
                continue
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        seen += 1
                        if seen > _MOST_ENTRIES:
                            return None
                        hidden = entry.name.startswith(".") and not part.known_start
                        if (dotted or not hidden) and part.pattern.fullmatch(entry.name):
                            following.append(folder / entry.name)
            except OSError:
                continue
        current = following
    return current


def _path_parts(word: Word) -> list[Word]:
    """The word cut at its slashes."""
    parts: list[list[WordPiece]] = [[]]
    for piece in word.pieces:
        if piece.kind != "text":
            parts[-1].append(piece)
            continue
        first, *rest = piece.text.split("/")
        parts[-1].append(WordPiece("text", first, piece.quoted))
        parts += [[WordPiece("text", text, piece.quoted)] for text in rest]
    words = [Word(tuple(p for p in part if p.text)) for part in parts]
    return [each for each in words if each.pieces]


def may_become_option(uses: PathUses, words: tuple[Word, ...]) -> bool:
    """Whether a wildcard may match a file whose name is read as an option."""
    for word in words:
        if not word.has_glob or word.known_start or word.has_unknown_part:
            continue
        found = glob_matches(word, uses)
        if found is None or any(path.name.startswith("-") for path in found):
            return True
    return False

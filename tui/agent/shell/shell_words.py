"""One word of a command, as far as it is known before the command runs."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal


def word_set(text: str) -> frozenset[str]:
    """The words of `text`: a table of names."""
    return frozenset(text.split())


PieceKind = Literal["text", "glob", "variable", "unknown"]
"""Known text; a wildcard such as `*` or `[ab]`; a variable; what only the run can tell."""


@dataclass(frozen=True, slots=True)
class WordPiece:
    """A part of a word."""

    kind: PieceKind
    text: str
    """The text with quotes resolved, the wildcard, the variable's name, or the source."""
    quoted: bool = False
    """Whether quotes keep it from being split into words and from matching files."""


@dataclass(frozen=True)
class Word:
    """A word that a command gets, or several where an expansion gives several."""

    pieces: tuple[WordPiece, ...]
    quoted: bool = False
    """Whether any of it was in quotes or behind a backslash."""
    starts_at_home: bool = False
    """Whether it begins with a `~` that the shell expands."""

    @cached_property
    def text(self) -> str | None:
        """The whole word where all of it is known; None otherwise."""
        if all(piece.kind == "text" for piece in self.pieces):
            return "".join(piece.text for piece in self.pieces)
        return None

    @cached_property
    def written(self) -> str:
        """The word with wildcards and expansions as they are written; for showing and rules."""
        return "".join("$" * (p.kind == "variable") + p.text for p in self.pieces)

    @cached_property
    def known_start(self) -> str:
        """The known text in front of the first piece that is not known."""
        known = itertools.takewhile(lambda piece: piece.kind == "text", self.pieces)
        return "".join(piece.text for piece in known)

    @property
    def has_glob(self) -> bool:
        """Whether the shell may replace it by the names of files."""
        return any(piece.kind == "glob" for piece in self.pieces)

    @property
    def has_unknown_part(self) -> bool:
        """Whether some of it is known only when it runs. A wildcard does not count."""
        return any(piece.kind in ("variable", "unknown") for piece in self.pieces)

    @property
    def may_be_several(self) -> bool:
        """Whether it may become no word, or more than one."""
        return any(
            piece.kind == "glob"
            or (piece.kind != "text" and (not piece.quoted or "@" in piece.text))
            for piece in self.pieces
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the word may become; what is not known may become anything."""
        known = {"*": r"[^/]*", "?": r"[^/]", "**": r"[^/]*"}
        parts = []
        for piece in self.pieces:
            if piece.kind == "text":
                parts.append(re.escape(piece.text))
            elif piece.kind == "glob":
                # A class of characters is taken for any character: too much, never too little.
                parts.append(known.get(piece.text, r"[^/]"))
            else:
                parts.append(r".*")
        return re.compile("".join(parts), re.DOTALL | re.IGNORECASE)

    def with_variables(self, values: Mapping[str, str]) -> "Word":
        """The word with the variables of `values` filled in.

        A value that would be split or matched against files stays open, unless it is quoted.
        """
        if not any(piece.kind == "variable" for piece in self.pieces):
            return self
        return Word(
            tuple(
                WordPiece("text", values[piece.text], piece.quoted)
                if piece.kind == "variable"
                and piece.text in values
                and (piece.quoted or not re.search(r"[\s*?\[]|\A\Z", values[piece.text]))
                else piece
                for piece in self.pieces
            ),
            self.quoted,
            self.starts_at_home,
        )

    def without_prefix(self, prefix: str) -> "Word":
        """The word without the known text `prefix` that it begins with."""
        rest, pieces = len(prefix), []
        for piece in self.pieces:
            if rest and piece.kind == "text":
                cut = piece.text[rest:]
                rest = max(0, rest - len(piece.text))
                if not cut:
                    continue
                piece = WordPiece("text", cut, piece.quoted)
            pieces.append(piece)
        return Word(tuple(pieces), self.quoted)


def literal_word(text: str) -> Word:
    """A word that is known."""
    return Word((WordPiece("text", text),), quoted=True)


UNKNOWN_WORD = Word((WordPiece("unknown", "…"),))
"""Words that only the run can tell."""


def expand_braces(word: Word, most: int = 64) -> tuple[Word, ...] | None:
    """The words that `a{b,c}` gives; None where they are too many to list.

    Args:
        word: Its unquoted text pieces are single characters where a brace could be.
        most: Number of words that are listed.
    """
    if not any(_is_unquoted(piece, "{") for piece in word.pieces):
        return (word,)
    done: list[Word] = []
    waiting = [word]
    while waiting:
        if len(waiting) + len(done) > most:
            return None
        current = waiting.pop(0)
        found = _first_braces(current.pieces)
        if found is None:
            done.append(current)
            continue
        before, choices, after = found
        waiting[:0] = [
            Word(
                (*before, *choice, *after), current.quoted, current.starts_at_home and bool(before)
            )
            for choice in choices
        ]
    return tuple(done)


def _is_unquoted(piece: WordPiece, char: str) -> bool:
    return piece.kind == "text" and not piece.quoted and piece.text == char


_WordPieces = tuple[WordPiece, ...]


def _first_braces(pieces: _WordPieces) -> tuple[_WordPieces, list[_WordPieces], _WordPieces] | None:
    """The text before the first braces that expand, their choices, and the text after them."""
    for start, piece in enumerate(pieces):
        if not _is_unquoted(piece, "{"):
            continue
        depth, commas = 0, [start]
        for at in range(start, len(pieces)):
            if _is_unquoted(pieces[at], "{"):
                depth += 1
            elif _is_unquoted(pieces[at], "}"):
                depth -= 1
                if depth == 0:
                    choices = _choices(pieces, [*commas, at])
                    if choices is not None:
                        return pieces[:start], choices, pieces[at + 1 :]
                    break
            elif _is_unquoted(pieces[at], ",") and depth == 1:
                commas.append(at)
    return None


def _choices(pieces: _WordPieces, marks: list[int]) -> list[_WordPieces] | None:
    if len(marks) > 2:
        return [pieces[a + 1 : b] for a, b in itertools.pairwise(marks)]
    inside = pieces[marks[0] + 1 : marks[1]]
    if any(piece.kind != "text" or piece.quoted for piece in inside):
        return None
    text = "".join(piece.text for piece in inside)
    found = re.fullmatch(r"(-?\d{1,9})\.\.(-?\d{1,9})|([A-Za-z])\.\.([A-Za-z])", text)
    if not found:
        # A step, as in {1..9..2}: some of the words of the range without it.
        return [(WordPiece("unknown", text),)] if ".." in text else None
    if found[1] is not None:
        first, last = int(found[1]), int(found[2])
        if abs(first - last) > 200 or found[1][:1] == "0" or found[2][:1] == "0":
            return [(WordPiece("unknown", text),)]
    else:
        first, last = ord(found[3]), ord(found[4])
    numbers: Iterable[int] = range(first, last + 1) if first <= last else range(first, last - 1, -1)
    letters = found[1] is None
    return [(WordPiece("text", chr(number) if letters else str(number)),) for number in numbers]

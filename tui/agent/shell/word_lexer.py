"""Reads one word of a command: quotes, escapes, wildcards, expansions.

The grammar says where a word begins and ends, and where expansions are in it. This reader
goes through the same characters once more and stops where it sees something else: a line
that two readers understand differently counts as not understood.
"""

import re
from collections.abc import Mapping

from tui.agent.shell.shell_words import Word, WordPiece, expand_braces

_NAME = re.compile(
    r"\$(?:([A-Za-z_]\w*|[0-9@*#?$!-])|\{([A-Za-z_]\w*|[0-9@*#?$!-]+)\})\Z", re.ASCII
)
_STATUS = "?"
_ESCAPE = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})"
    r"|U([0-9a-fA-F]{1,8})|c(.))",
    re.DOTALL,
)
_ESCAPE_LETTERS = dict(zip("abeEfnrtv", "\a\b\x1b\x1b\f\n\r\t\v", strict=True))
_UNUSUAL_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]"
)
"""Control characters and spaces that some shells split at and others do not."""


class UnsupportedSyntax(Exception):
    """A line says something that cannot be read for certain; `problem` says what, in words."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def read_word(source: str, expansions: Mapping[int, int]) -> tuple[tuple[Word, ...], bool]:
    """The words that `source`, one word as written, gives, and whether braces are in it.

    Args:
        source: The characters of the word.
        expansions: Where the grammar found expansions: first character to the one behind.

    Raises:
        UnsupportedSyntax: the characters say something else than the grammar.
    """
    word = _WordLexer(source, expansions).word()
    words = expand_braces(word)
    if words is None:
        raise UnsupportedSyntax("it lists more words in braces than can be looked at")
    braces = any(p.kind == "text" and not p.quoted and p.text in ("{", "}") for p in word.pieces)
    return tuple(map(_joined, words)), braces


def _joined(word: Word) -> Word:
    """The word with neighbouring pieces of text in one."""
    pieces: list[WordPiece] = []
    for piece in word.pieces:
        if pieces and piece.kind == "text" == pieces[-1].kind:
            pieces[-1] = WordPiece("text", pieces[-1].text + piece.text)
        else:
            pieces.append(piece)
    return Word(tuple(pieces), word.quoted, word.starts_at_home)


class _WordLexer:
    def __init__(self, source: str, expansions: Mapping[int, int]) -> None:
        self._source = source
        self._expansions = expansions
        self._at = 0
        self._pieces: list[WordPiece] = []
        self._quoted = False

    def word(self) -> Word:
        home = self._source.startswith("~")
        while self._at < len(self._source):
            self._step(self._source[self._at])
        return Word(tuple(self._pieces), self._quoted, home)

    def _step(self, char: str) -> None:
        if self._at in self._expansions:
            self._expansion(quoted=False)
        elif char == "'":
            self._single_quoted()
        elif char == '"':
            self._double_quoted()
        elif char == "\\":
            self._escaped()
        elif char == "$":
            self._dollar()
        elif char in "*?[":
            self._wildcard(char)
        elif char in " \t\n;|&<>()`" or _UNUSUAL_CHARACTERS.match(char):
            raise UnsupportedSyntax(f"the character {char!r} is where it was not expected")
        else:
            self._add(char)
            self._at += 1

    def _add(self, text: str, quoted: bool = False) -> None:
        self._pieces.append(WordPiece("text", text, quoted))

    def _expansion(self, quoted: bool) -> None:
        end = self._expansions[self._at]
        said = self._source[self._at : end]
        self._at = end
        found = _NAME.match(said)
        if found and (found[1] or found[2]) == _STATUS:
            # The one expansion that can only be a small number.
            self._add("$?", quoted=True)
        elif found:
            self._pieces.append(WordPiece("variable", found[1] or found[2], quoted))
        else:
            self._pieces.append(WordPiece("unknown", said, quoted))

    def _single_quoted(self) -> None:
        end = self._source.find("'", self._at + 1)
        if end < 0:
            raise UnsupportedSyntax("a quote is not closed")
        self._quoted = True
        self._add(self._source[self._at + 1 : end], quoted=True)
        self._at = end + 1

    def _double_quoted(self) -> None:
        self._quoted = True
        self._add("", quoted=True)
        self._at += 1
        while True:
            char = self._source[self._at : self._at + 1]
            if not char:
                raise UnsupportedSyntax("a quote is not closed")
            if char == '"':
                self._at += 1
                return
            if self._at in self._expansions:
                self._expansion(quoted=True)
            elif char == "`" or (char == "$" and self._begins_expansion()):
                raise UnsupportedSyntax("an expansion is not where it was expected")
            elif char == "\\" and self._source[self._at + 1 : self._at + 2] in tuple('"\\$`\n'):
                following = self._source[self._at + 1]
                self._add("" if following == "\n" else following, quoted=True)
                self._at += 2
            else:
                end = re.compile(r'[^"\\$`]+').match(self._source, self._at)
                stop = min(
                    (at for at in self._expansions if at > self._at), default=len(self._source)
                )
                to = min(end.end(), stop) if end else self._at + 1
                self._add(self._source[self._at : to], quoted=True)
                self._at = to

    def _escaped(self) -> None:
        following = self._source[self._at + 1 : self._at + 2]
        if not following:
            raise UnsupportedSyntax("the line ends with a backslash")
        if following != "\n":
            self._quoted = True
            self._add(following, quoted=True)
        self._at += 2

    def _begins_expansion(self) -> bool:
        following = self._source[self._at + 1 : self._at + 2]
        return bool(re.match(r"[\w({@*#?$!-]", following))

    def _dollar(self) -> None:
        following = self._source[self._at + 1 : self._at + 2]
        if following == "'":
            self._ansi_quoted()
        elif following == '"':
            self._at += 1
        elif self._begins_expansion() or following == "[":
            raise UnsupportedSyntax("an expansion is not where it was expected")
        else:
            self._add("$")
            self._at += 1

    def _ansi_quoted(self) -> None:
        found = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self._source, self._at)
        if not found:
            raise UnsupportedSyntax("a quote is not closed")
        self._quoted = True
        said = _ESCAPE.sub(_decoded, found[1]).partition("\0")[0]
        # Bytes above 127 may be parts of one character.
        said = said.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        self._add(said, quoted=True)
        self._at = found.end()

    def _wildcard(self, char: str) -> None:
        if char == "[":
            found = re.compile(r"\[[!^]?\]?(?:\[:\w+:\]|[^\]\s'\"\\$`])*\]").match(
                self._source, self._at
            )
            # An open bracket alone matches itself; in quotes or escapes its end is not sought.
            end = found.end() if found else self._at + 1
            kind = "glob" if found or "]" in self._source[self._at :] else "text"
        else:
            # Parentheses behind a wildcard would be an extended one; they stop the reader.
            end, kind = self._at + 1, "glob"
        self._pieces.append(
            WordPiece("glob" if kind == "glob" else "text", self._source[self._at : end])
        )
        self._at = end


def _decoded(found: re.Match[str]) -> str:
    letter, octal, short, four, eight, control = found.groups()
    if letter:
        return _ESCAPE_LETTERS.get(letter, letter)
    if control:
        return chr(ord(control) & 0x1F)
    if octal or short:
        byte = int(octal, 8) & 0xFF if octal else int(short, 16)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
    number = int(four or eight, 16)
    if 0xD800 <= number < 0xE000:
        return ""
    return chr(number) if number <= 0x10FFFF else ""

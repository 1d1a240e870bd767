"""What a command line says, as far as it can be said for certain.

A permission rule may speak only of a command whose words are known: `plain_command_words`
gives the words of every part of `a && b | c; d`, and None for anything that hides some:
substitutions, expansions, redirections into files, here-documents, groups, keywords,
assignments, comments. It would rather not understand a harmless line than misread one;
what is not understood is asked.
"""

import os
import re

Words = tuple[str, ...]
"""One simple command: its name and its arguments, quotes resolved."""


def names(text: str) -> frozenset[str]:
    """The words of `text`: a table of commands."""
    return frozenset(text.split())


_HARMLESS = re.compile(r"(?:&>>?|[0-9]*>>?)[ ]?/dev/null(?=[\s;|&]|\Z)|[0-9]*>&[12](?=[\s;|&]|\Z)")
"""Redirections that write no file. `/dev/null` and the two streams only."""
_SEPARATOR = re.compile(r"&&|\|\||\|&|[;&|\n]")
_KEYWORDS = names(
    "if then elif else fi for while until do done case esac select function time coproc in "
    "[[ ]] ! { } eval exec source . alias trap"
)
_ODD = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]"
)
"""Control characters and spaces that some shells split at and others do not."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[[^]]*\])?\+?=")
_WINDOWS = re.compile(r"[&|<>^%!()\r\n\"'`$;]")


def simple_commands(line: str, *, windows: bool = os.name == "nt") -> tuple[Words, ...] | None:
    """The simple commands of a shell line; None where that cannot be said for certain."""
    if windows:
        return None if _WINDOWS.search(line) or not line.split() else (tuple(line.split()),)
    if _ODD.search(line):
        return None
    try:
        return _Scanner(line.strip(" \t\n")).commands()
    except _Unclear:
        return None


class _Unclear(Exception):
    """The line says something that is not known before it runs."""


class _Scanner:
    """Reads a line of POSIX shell from left to right, once."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._word: list[str] | None = None
        self._bare = True
        self._words: list[str] = []
        self._commands: list[Words] = []

    def commands(self) -> tuple[Words, ...]:
        while self._at < len(self._line):
            self._step()
        self._end_word()
        # A final `;` or `&` ends the last command; after `|` or `&&` another has to come.
        ended = self._commands and re.search(r"(?<![&|])[;&]\Z", self._line)
        if not ended or self._words:
            self._end_command()
        return tuple(self._commands)

    def _step(self) -> None:
        char = self._line[self._at]
        if char in " \t":
            self._end_word()
            self._at += 1
        elif end := self._harmless_redirection():
            self._end_word()
            self._at = end
        elif found := _SEPARATOR.match(self._line, self._at):
            self._end_word()
            self._end_command()
            self._at = found.end()
        else:
            self._take(char)

    def _harmless_redirection(self) -> int:
        # A digit belongs to the redirection only where a word could begin.
        if self._word is not None and self._line[self._at].isdigit():
            return 0
        found = _HARMLESS.match(self._line, self._at)
        return found.end() if found else 0

    def _take(self, char: str) -> None:
        if char == "'":
            self._single_quoted()
        elif char == '"':
            self._double_quoted()
        elif char == "\\":
            self._escaped()
        elif char == "#" and self._word is None:
            raise _Unclear
        elif char in "$`<>(){}":
            self._status(char)
        else:
            self._add(char)
            self._bare = self._bare and char not in "*?[~"
            self._at += 1

    def _status(self, char: str) -> None:
        """`$?` is the one expansion that cannot hold words of somebody else."""
        if char != "$" or self._line[self._at + 1 : self._at + 2] != "?":
            raise _Unclear
        self._add("$?")
        self._bare = False
        self._at += 2

    def _escaped(self) -> None:
        following = self._line[self._at + 1 : self._at + 2]
        if following in ("", "\n"):
            raise _Unclear
        self._add(following)
        self._at += 2

    def _single_quoted(self) -> None:
        end = self._line.find("'", self._at + 1)
        if end < 0:
            raise _Unclear
        self._add(self._line[self._at + 1 : end])
        self._at = end + 1

    def _double_quoted(self) -> None:
        at = self._at + 1
        self._add("")
        while at < len(self._line) and self._line[at] != '"':
            if self._line[at] in "$`":
                raise _Unclear
            if self._line[at] == "\\":
                at += self._line[at + 1 : at + 2] in ('"', "\\", "$", "`")
                if self._line[at : at + 2] == "\\\n":
                    raise _Unclear
            self._add(self._line[at : at + 1])
            at += 1
        if at >= len(self._line):
            raise _Unclear
        self._at = at + 1

    def _add(self, text: str) -> None:
        self._word = [] if self._word is None else self._word
        self._word.append(text)

    def _end_word(self) -> None:
        if self._word is None:
            return
        word = "".join(self._word)
        named = word and self._bare and word not in _KEYWORDS and not _ASSIGNMENT.match(word)
        if not self._words and not named:
            raise _Unclear
        self._words.append(word)
        self._word, self._bare = None, True

    def _end_command(self) -> None:
        if not self._words:
            raise _Unclear
        self._commands.append(tuple(self._words))
        self._words = []


_LAX = re.compile(r"&&|\|&|\|\||[;&|\n(){}`]|\$\(")
_LAX_WORDS = re.compile(r"[\s\"'<>\\]+")


def pieces(line: str) -> tuple[Words, ...]:
    """What looks like the commands of a line, also inside quotes and substitutions.

    For warnings only: it finds too much rather than too little, and never grants anything.
    """
    split = ([word for word in _LAX_WORDS.split(part) if word] for part in _LAX.split(line))
    return tuple(tuple(words) for words in split if words)

"""What is known of programs: their safe options, and what they do with their operands.

The data is in `programs.toml`, which explains its notation. An option that is not listed
there is unsafe, and so is one that cannot be seen: an abbreviation, an expansion.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from tui.agent.shell.shell_words import Word, word_set

Effect = Literal["prints", "reads", "makes", "stages", "writes", "fetches", "installs", "runs"]
OptionKind = Literal["flag", "text", "path", "optional", "line"]
"""No value; a text; the path of a file; a text only behind `=`; a command line."""
SYSTEM_FOLDERS = (
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/sbin",
    "/usr/sbin",
    "/usr/local/sbin",
)
"""Where a program is the one of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program, or one subcommand of it."""

    name: str
    effect: Effect = "runs"
    options: Mapping[str, OptionKind] = field(default_factory=dict)
    text: int = 0
    unless: frozenset[str] = frozenset()
    most: int | None = None
    walks: bool | frozenset[str] = False
    words: bool = False
    names: bool = False
    anything: bool = False
    contents: bool = True
    needs: frozenset[str] = frozenset()
    script: str = ""
    old: bool = False
    targets: bool = False
    shape: str = ""

    @property
    def is_read_only(self) -> bool:
        """Whether it changes nothing and runs nothing."""
        return self.effect in ("prints", "reads")


@dataclass(frozen=True, slots=True)
class Argument:
    """One word behind a program's name."""

    word: Word
    index: int
    """Which word of the command it is."""
    role: Literal["option", "value", "operand"]
    safe: bool = True
    path: bool = False
    """Whether it is the path of a file, or may be one."""
    option: str = ""
    """The option that it is, or whose value it is."""


def read_options(text: str) -> dict[str, OptionKind]:
    """The options of a line of the data files."""
    kinds: dict[str, OptionKind] = {
        ":": "text",
        "=": "text",
        "@": "path",
        "?": "optional",
        "!": "line",
    }
    found: dict[str, OptionKind] = {}
    for word in text.split():
        bare = word.rstrip(":=@?!")
        found[bare or word] = kinds[word[len(bare)]] if len(word) > len(bare) > 0 else "flag"
    return found


def load_data(name: str) -> dict[str, Any]:
    """One of the data files of this package."""
    # Read late: it takes some milliseconds, and the start of the program has no use for it.
    import tomllib

    return tomllib.loads(_read_data_file(name))


def _read_data_file(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """The names of all programs of the data file, without reading all that it says."""
    return frozenset(re.findall(r'^\["?([^\]" ]+)', _read_data_file("programs.toml"), re.MULTILINE))


@lru_cache(maxsize=1)
def programs() -> Mapping[str, Program]:
    """All programs by name; a subcommand by both names, as in `git diff`."""
    raw = load_data("programs.toml")
    return {name: _build_program(name, raw) for name in raw}


def _build_program(name: str, raw: Mapping[str, Any]) -> Program:
    row = raw[name]
    while "same" in row:
        row = raw[row["same"]]
    plain = {field.name: row[field.name] for field in fields(Program) if field.name in row}
    sets = {key: word_set(row[key]) for key in _SETS if isinstance(row.get(key), str)}
    return Program(**plain | sets, name=name, options=read_options(row.get("safe", "")))


_SETS = ("unless", "needs", "walks")
"""Fields that a row gives as several words."""


@lru_cache(maxsize=1)
def _leading_options_by_program() -> Mapping[str, tuple[Mapping[str, OptionKind], frozenset[str]]]:
    """Options that may stand in front of a subcommand: those that are safe, those that are not."""
    return {
        name: (read_options(row["between"]), frozenset(row.get("valued", "").split()))
        for name, row in load_data("programs.toml").items()
        if "between" in row
    }


def base_name(word: Word) -> str | None:
    """The name of the program that a word starts, without its folder; None if unknown."""
    if word.text is None or word.text in (".", ".."):
        return word.text
    return word.text.rstrip("/").rpartition("/")[2]


def system_program_name(word: Word) -> str | None:
    """The name of a program that is surely the one of that name; None for any other."""
    text = word.text
    if text is None or "/" not in text:
        return text
    folder, _, name = text.rpartition("/")
    return name if folder in SYSTEM_FOLDERS else None


@dataclass(frozen=True, slots=True)
class ProgramMatch:
    """A program of the data file that a command starts."""

    program: Program
    first_argument: int
    """Which word of the command is its first argument."""
    leading_options: tuple[Argument, ...] = ()
    """Options in front of the subcommand."""


def find_program(words: Sequence[Word]) -> ProgramMatch | None:
    """What the data file knows of the program that `words` start."""
    name = system_program_name(words[0]) if words else None
    if name is None:
        return None
    known = programs()
    start = 1
    between: tuple[Argument, ...] = ()
    if name in _leading_options_by_program():
        start, between = _skip_leading_options(name, words)
    for count in (3, 2, 1, 0):
        rest = [word.text for word in words[start : start + count]]
        if len(rest) == count and None not in rest:
            if (
                not count
                and name in _leading_options_by_program()
                and _is_operand_next(words, start)
            ):
                return None
            found = known.get(" ".join([name, *map(str, rest)]))
            if found:
                return ProgramMatch(found, start + count, between)
    return None


def _is_operand_next(words: Sequence[Word], start: int) -> bool:
    return start < len(words) and not (words[start].text or "").startswith("-")


def _skip_leading_options(name: str, words: Sequence[Word]) -> tuple[int, tuple[Argument, ...]]:
    options, valued = _leading_options_by_program()[name]
    at, found = 1, []
    while at < len(words) and (text := words[at].text) is not None and text.startswith("-"):
        bare = text.partition("=")[0]
        kind = options.get(bare)
        found.append(Argument(words[at], at, "option", kind is not None, option=bare))
        at += 1
        takes = kind in ("text", "path") or bare in valued
        if takes and "=" not in text and at < len(words):
            found.append(Argument(words[at], at, "value", kind is not None, path=True, option=bare))
            at += 1
    return at, tuple(found)


def subcommand_start(words: Sequence[Word]) -> int:
    """Which word is the subcommand, for programs with options in front of it; else 1."""
    name = base_name(words[0]) if words else None
    if name in _leading_options_by_program():
        return _skip_leading_options(name or "", words)[0]
    return 1


def arguments(found: ProgramMatch, words: Sequence[Word]) -> tuple[Argument, ...]:
    """The arguments of a known program, each with what it is and whether it is safe."""
    return (
        *found.leading_options,
        *_ArgumentClassifier(found.program, words, found.first_argument).read(),
    )


class _ArgumentClassifier:
    def __init__(self, program: Program, words: Sequence[Word], start: int) -> None:
        self._program = program
        self._words = words
        self._at = start
        self._found: list[Argument] = []
        self._operands = 0
        self._texts = program.text

    def read(self) -> list[Argument]:
        program = self._program
        said = [word.text for word in self._words[self._at :]]
        if program.unless and any(_names_option(text, program.unless) for text in said):
            self._texts = 0
        if program.old and said and said[0] and re.fullmatch(r"[tvfzjJ]*t[tvfzjJ]*", said[0]):
            self._add("option", option=said[0])
        open_options = True
        while self._at < len(self._words):
            word = self._words[self._at]
            text = word.text
            if open_options and text == "--":
                open_options = False
                self._add("option", option="--")
            elif open_options and program.words and text and text[0] in "-!()":
                self._whole_word(text)
            elif open_options and text and len(text) > 1 and text.startswith("-"):
                if text.startswith("--"):
                    self._long(text)
                else:
                    self._short(text)
            elif open_options and text and text[0] == "+" and "+#" in program.options:
                self._add("option", re.fullmatch(r"\+\d+", text) is not None)
            else:
                self._operand(word, open_options)
        if (
            program.needs
            and not any(
                _names_option(argument.word.text, program.needs)
                for argument in self._found
                if argument.role == "option"
            )
            and not program.old
        ):
            self._found.append(Argument(self._words[0], 0, "option", safe=False))
        if program.old and not any(
            argument.option == "--list"
            or re.fullmatch(r"-?[A-Za-z]*t[A-Za-z]*", argument.word.text or "")
            for argument in self._found
            if argument.role == "option"
        ):
            self._found.append(Argument(self._words[0], 0, "option", safe=False))
        return self._found

    def _add(
        self,
        role: Literal["option", "value", "operand"],
        safe: bool = True,
        *,
        path: bool = False,
        option: str = "",
    ) -> None:
        self._found.append(
            Argument(self._words[self._at], self._at, role, safe, path=path, option=option)
        )
        self._at += 1

    def _value(self, kind: OptionKind | None, option: str, safe: bool = True) -> None:
        """The word behind an option, where the option takes one."""
        if kind in ("text", "path") and self._at < len(self._words):
            word = self._words[self._at]
            # What is not known may be no word at all, and then the next one is the value.
            steady = safe and not word.may_be_several
            self._add("value", steady, path=kind == "path", option=option)

    def _long(self, text: str) -> None:
        name, equals, _ = text.partition("=")
        kind = self._program.options.get(name)
        if self._program.anything and self._program.effect == "prints":
            kind = kind or "flag"
        fits = kind is not None and (not equals or kind != "flag")
        self._add("option", fits, path=kind == "path", option=name)
        if not equals and kind != "optional":
            self._value(kind, name)

    def _whole_word(self, text: str) -> None:
        options = self._program.options
        if text in ("!", "(", ")", ",") or self._program.anything:
            self._add("option", option=text)
            return
        name = text.partition("=")[0]
        kind = options.get(text) or (options.get(name) if "=" in text else None)
        self._add("option", kind is not None, option=name)
        if "=" not in text:
            self._value(kind, name)

    def _short(self, text: str) -> None:
        """A bundle of letters, such as `-rnk2`."""
        options = self._program.options
        if options.get(text) is not None or self._program.anything:
            kind = options.get(text)
            self._add("option", option=text)
            self._value(kind, text)
            return
        if "-#" in options and re.fullmatch(r"-\d+", text):
            self._add("option", option="-#")
            return
        for at in range(1, len(text)):
            kind = options.get("-" + text[at])
            if kind is None:
                self._add("option", safe=False, option=text)
                return
            if kind in ("text", "path", "optional"):
                rest = text[at + 1 :]
                self._add("option", path=kind == "path" and bool(rest), option="-" + text[at])
                if not rest and kind != "optional":
                    self._value(kind, "-" + text[at])
                return
        self._add("option", option=text)

    def _operand(self, word: Word, open_options: bool) -> None:
        program = self._program
        self._operands += 1
        if self._operands <= self._texts or program.anything:
            self._add("operand", path=program.anything and program.effect == "reads")
            return
        may_be_option = open_options and not word.known_start
        too_many = program.most is not None and self._operands - self._texts > program.most
        sets = program.targets and (word.text is None or "=" in word.text)
        unfit = bool(program.shape) and not re.fullmatch(program.shape, word.text or "-")
        safe = not (unfit or too_many or sets or (may_be_option and word.has_unknown_part))
        self._add("operand", safe, path=not program.names or program.effect == "reads")


def _names_option(text: str | None, options: frozenset[str]) -> bool:
    if text is None:
        return False
    if text.partition("=")[0] in options:
        return True
    bundle = re.fullmatch(r"-([A-Za-z]+).*", text)
    return bundle is not None and any(
        len(option) == 2 and option[1] in bundle[1] for option in options
    )

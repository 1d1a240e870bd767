"""Which programs a command line starts, also those that another program starts for it.

`env`, `xargs`, `sh -c`, `find -exec` and many others run the command behind them, or a
text that they are given. The data is in `runners.toml`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from tui.agent.shell.parse import Command, Line, read_line
from tui.agent.shell.programs import (
    Kind,
    base_name,
    data,
    known_names,
    read_options,
    subcommand_start,
)
from tui.agent.shell.words import UNKNOWN, Word, literal

_DEEPEST = 12
"""Runners within runners that are followed."""
_MOST_RUNS = 1_500

_READ_INPUT_TOO = frozenset(("ed", "ex", "m4", "bc", "gdb", "lldb", "sqlite3", "psql", "mysql"))
"""Interpreters that read code from their standard input also where they are given a file."""

UNKNOWN_PROGRAM = "which program it runs is known only when it runs"
UNKNOWN_TEXT = "a shell in it runs a text that is known only when it runs"


@dataclass(frozen=True, slots=True)
class Run:
    """A program that a line starts."""

    words: tuple[Word, ...]
    command: Command
    """The simple command in whose words it was found."""
    line: Line
    """The line of that command: the whole one, or a text that a shell gets."""
    feeders: tuple[Command, ...] = ()
    """The commands that write its standard input."""
    wrapped: bool = False
    """Whether another program starts it."""
    code: tuple[Word, ...] = ()
    """Texts in another language that it is given to run."""
    reads_code: bool = False
    """Whether it runs what its standard input says."""

    @property
    def name(self) -> str | None:
        """The program's name without its folder; None if it is not known."""
        return base_name(self.words[0]) if self.words else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that is known of a command line."""

    line: Line
    runs: tuple[Run, ...] = ()
    """Programs in the order in which they are found; a runner comes before what it runs."""
    commands: tuple[Command, ...] = ()
    """All simple commands, also those of inner texts."""
    problems: tuple[str, ...] = ()
    """What is not understood, in words."""


@dataclass(frozen=True, slots=True)
class _Runner:
    options: Mapping[str, Kind]
    skip: int = 0
    sets: bool = False
    joined: bool = False
    adds: bool = False
    ends: frozenset[str] = frozenset()
    only: bool = False
    each: bool = False
    first: bool = False
    long: bool = False
    until: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Tables:
    runners: Mapping[str, _Runner]
    shells: frozenset[str]
    shell_options: Mapping[str, Kind]
    interpreters: Mapping[str, frozenset[str]]
    start_nothing: frozenset[str]


@lru_cache(maxsize=1)
def runner_data() -> dict[str, Any]:
    """The data file."""
    return data("runners.toml")


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    raw = runner_data()
    runners = {
        name: _Runner(
            read_options(row.get("options", "")),
            row.get("skip", 0),
            row.get("sets", False),
            row.get("joined", False),
            row.get("adds", False),
            frozenset(row.get("ends", "").split()),
            row.get("only", False),
            row.get("each", False),
            row.get("first", False),
            row.get("long", False),
            frozenset(row.get("until", "").split()),
        )
        for name, row in raw["runners"].items()
    }
    interpreters = {name: frozenset(row.split()) for name, row in raw["interpreters"].items()}
    return _Tables(
        runners,
        frozenset(raw["shells"]["names"].split()),
        read_options(raw["shells"]["options"]),
        interpreters,
        frozenset(raw["start_nothing"]["names"].split()),
    )


@lru_cache(maxsize=64)
def read_runs(line: str) -> Reading:
    """The programs that `line` starts."""
    read = read_line(line)
    if read.problem:
        return Reading(read, problems=(read.problem,))
    unwrapper = _Unwrapper()
    unwrapper.line(read, 0, ())
    return Reading(
        read,
        tuple(unwrapper.runs),
        tuple(unwrapper.commands),
        tuple(dict.fromkeys(unwrapper.problems)),
    )


@dataclass(slots=True)
class _Unwrapper:
    runs: list[Run] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def line(self, line: Line, depth: int, feeders: tuple[Command, ...]) -> None:
        """All programs of a line that is understood."""
        values = _values(line)
        for command in line.commands:
            words = tuple(word.resolved(values) for word in command.words)
            command = replace(command, words=words)
            self.commands.append(command)
            fed = line.commands[slice(*command.fed)] if command.fed else feeders
            if words:
                self._run(Run(words, command, line, fed), depth)

    def _text(self, text: Word, run: Run, depth: int) -> None:
        """A command line that a shell is given as text."""
        if text.text is None:
            self.problems.append(UNKNOWN_TEXT)
            return
        if not text.text.strip():
            return
        line = read_line(text.text)
        if line.problem:
            self.problems.append(line.problem)
        elif depth > _DEEPEST:
            self.problems.append("it is nested too deeply")
        else:
            self.line(line, depth + 1, run.feeders)

    def _run(self, run: Run, depth: int) -> None:
        if depth > _DEEPEST or len(self.runs) > _MOST_RUNS:
            self.problems.append("it is nested too deeply")
            return
        if run.name is None or not run.words[0].text or "$?" in run.name:
            self.runs.append(run)
            if run.words and run.words[0].text == "":
                return
            self.problems.append(UNKNOWN_PROGRAM)
            return
        tables, name = _tables(), run.name.removesuffix(".exe")
        at = len(self.runs)
        self.runs.append(run)
        if name in tables.shells:
            self._shell(run, depth)
        elif name in ("source", "."):
            self._script(run, run.words[1:2])
        elif name in ("find", "fd", "fdfind"):
            self._find(run, depth)
        elif name == "alias":
            for word in run.words[1:]:
                value = (word.text or "").partition("=")
                if value[1] or word.text is None:
                    self._text(literal(value[2]) if word.text else word, run, depth)
        elif interpreter := _interpreter(name, tables):
            self.runs[at] = self._interpreter(run, tables.interpreters[interpreter])
        elif name in ("hash", "enable", "complete", "bind", "mapfile", "readarray"):
            if any((w.text or "-").startswith("-") for w in run.words[1:]):
                self.problems.append("it changes what later words of it run")
        elif name in ("awk", "gawk", "mawk", "nawk", "sed", "gsed"):
            self.runs[at] = replace(run, code=run.words[1:])
        elif name == "git":
            self._git(run, depth)
        elif name in ("make", "gmake"):
            for word in run.words[1:]:
                if word.text and re.match(r"\.?SHELL[:?+]*=", word.text):
                    self._text(literal(word.text.partition("=")[2]), run, depth)
            if run.command.input and any(w.text in ("-", "-f-", "/dev/stdin") for w in run.words):
                self.runs[at] = replace(run, code=(run.command.input,))
        self._runner(run, name, depth)

    # The kinds of runners ----------------------------------------------------------

    def _runner(self, run: Run, name: str, depth: int) -> None:
        tables = _tables()
        words = run.words
        second = subcommand_start(words)
        for count in (2, 1, 0):
            rest = [word.text or "" for word in words[second : second + count]]
            runner = tables.runners.get(" ".join([name, *rest])) if len(rest) == count else None
            if runner:
                start = second + count if count else 1
                self._started(run, runner, words[start:], depth)
                return

    def _started(self, run: Run, runner: _Runner, words: Sequence[Word], depth: int) -> None:
        skip, at = runner.skip, 0
        while at < len(words):
            word = words[at]
            text = word.text
            if runner.only or (text and len(text) >= 1 and text[0] in "-+" and text != "-"):
                if text == "--":
                    at += 1
                    if runner.only:
                        return
                    continue
                step = self._option(run, runner, words, at, depth)
                if step is None:
                    return
                at += step
            elif _stands_before(text, runner):
                at += 1
            elif skip:
                skip -= 1
                at += 1
            else:
                break
        rest = list(words[at:])
        if runner.until:
            ends = (n for n, word in enumerate(rest) if word.text in runner.until)
            rest = rest[: next(ends, len(rest))]
        if not rest:
            if runner.adds and runner.joined:
                self.problems.append(UNKNOWN_TEXT)
            return
        if runner.each:
            for word in rest[:1] if runner.first else rest:
                self._text(word, run, depth)
        elif runner.joined:
            self._joined(run, [*rest, UNKNOWN] if runner.adds else rest, depth)
        else:
            inner = tuple([*rest, UNKNOWN] if runner.adds else rest)
            self._run(replace(run, words=inner, wrapped=True, code=()), depth + 1)

    def _option(
        self, run: Run, runner: _Runner, words: Sequence[Word], at: int, depth: int
    ) -> int | None:
        """How many words an option of a runner is; None where nothing is started behind it."""
        text = words[at].text
        if text is None:
            return 1
        name, equals, value = text.partition("=")
        if name in runner.ends:
            return None
        kind = runner.options.get(name)
        if kind is None and not name.startswith("--") and len(text) > 1:
            kind, name, value = _bundle(text, runner.options)
            equals = value
        if kind is None:
            if not runner.only and not (runner.long and text.startswith("--")):
                self.problems.append(f"the option {text} is not known")
            elif runner.only and text.startswith("--"):
                kind = self._abbreviated(name, runner.options)
        if kind == "line":
            if name == "--checkpoint-action":
                self._text(literal(value.partition("exec=")[2]), run, depth)
                return 1
            if equals:
                self._text(literal(value), run, depth)
                return 1
            if at + 1 < len(words):
                self._text(words[at + 1], run, depth)
            return 2
        return 2 if kind in ("text", "path") and not equals else 1

    @staticmethod
    def _abbreviated(name: str, options: Mapping[str, Kind]) -> Kind | None:
        full = [option for option in options if option.startswith(name) and len(name) > 3]
        return options[full[0]] if full else None

    def _joined(self, run: Run, words: Sequence[Word], depth: int) -> None:
        """Words that a shell reads once more, joined by blanks."""
        known = [word.text for word in words]
        if None not in known:
            self._text(literal(" ".join(map(str, known))), run, depth)
            return
        # An expanded word may hold another command: what is known of it is looked at as well.
        opened = any(word.is_open and word is not UNKNOWN for word in words)
        joining = re.search(r"[\s;|&`$()<>]", "".join(text or "" for text in known))
        if opened or joining or words[0].text is None:
            self.problems.append(UNKNOWN_TEXT)
        self._run(replace(run, words=tuple(words), wrapped=True, code=()), depth + 1)

    def _find(self, run: Run, depth: int) -> None:
        starts = ("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch")
        words = run.words
        for at, word in enumerate(words):
            glued = (word.text or "").partition("=")
            if word.text not in starts and glued[0] not in starts[6:]:
                continue
            rest = list(words[at + 1 :])
            if glued[1]:
                rest.insert(0, literal(glued[2]))
            end = next(
                (n for n, w in enumerate(rest) if w.text == ";" or (w.text == "+" and n)), len(rest)
            )
            inner = [_filled(w) for w in rest[:end]]
            if run.name != "find":
                inner.append(UNKNOWN)
            if inner:
                self._run(replace(run, words=tuple(inner), wrapped=True, code=()), depth + 1)

    def _shell(self, run: Run, depth: int) -> None:
        options, at, words = _tables().shell_options, 1, run.words
        takes_line = False
        while at < len(words):
            text = words[at].text
            if text is None and not words[at].known_start:
                self.problems.append(UNKNOWN_TEXT)
                return
            if text in ("--", "-"):
                at += 1
                break
            if not text or text[0] not in "-+" or len(text) < 2:
                break
            if options.get(text) in ("text", "path"):
                at += 2
                continue
            bundle = re.fullmatch(r"[-+]([A-Za-z]+)", text)
            if bundle:
                takes_line = takes_line or ("c" in bundle[1] and text[0] == "-")
                at += 2 if bundle[1][-1] in "oO" else 1
            elif text.startswith("--command"):
                takes_line = True
                at += 1
            else:
                at += 1
        operands = words[at:]
        if takes_line and operands:
            self._text(operands[0], run, depth)
        elif not takes_line:
            read_from_input = any(
                w.text and re.fullmatch(r"-[A-Za-z]*s[A-Za-z]*", w.text) for w in words[1:at]
            )
            self._script(run, () if read_from_input else operands[:1])

    def _script(self, run: Run, operand: Sequence[Word]) -> None:
        """A shell that reads a file, or its standard input where none is named."""
        text = operand[0].text if operand else "-"
        from_input = text in ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
        redirected = any(r.operator == "<" for r in run.command.redirections)
        if operand and text is None:
            self.problems.append(UNKNOWN_TEXT)
        elif from_input and (run.feeders or run.command.input or redirected):
            self.problems.append(UNKNOWN_TEXT)
            self.runs[-1] = replace(self.runs[-1], reads_code=True)

    def _interpreter(self, run: Run, options: frozenset[str]) -> Run:
        code: list[Word] = []
        words = run.words
        at = 1
        operands = False
        while at < len(words):
            text = words[at].text
            if text is None:
                operands = True
                code.append(words[at])
            elif text in options or re.fullmatch(r"-[A-Za-z]*[ceE]", text):
                if text in options or f"-{text[-1]}" in options:
                    code += words[at + 1 : at + 2]
                    operands = True
                    at += 1
            elif any(text.startswith(o) for o in options if o.startswith("-")) and len(text) > 2:
                code.append(literal(text))
                operands = True
            elif text == "-":
                break
            elif text.startswith("+") and run.name in ("vim", "vi", "nvim", "ex"):
                code.append(literal(text))
            elif not text.startswith("-"):
                operands = True
                if run.name in ("sqlite3", "sed", "awk"):
                    code.append(words[at])
                else:
                    break
            at += 1
        fed = bool(run.feeders or run.command.input)
        reads = fed and (not operands or run.name in _READ_INPUT_TOO)
        if reads and run.command.input:
            code.append(run.command.input)
        return replace(run, code=tuple(code), reads_code=reads and not run.command.input)

    def _git(self, run: Run, depth: int) -> None:
        """Aliases on the line that run a command: `git -c alias.x='!cmd' x`."""
        for option, value in git_settings(run.words):
            if value is None or not option.startswith("alias."):
                continue
            if value.text is None:
                self.problems.append(UNKNOWN_TEXT)
            elif value.text.startswith("!"):
                self._text(literal(value.text[1:]), run, depth)
            else:
                self._text(literal("git " + value.text), run, depth)


def may_start_others(words: Sequence[Word]) -> bool:
    """Whether a program that no table knows may be one that starts what stands behind it."""
    name = (base_name(words[0]) or "").removesuffix(".exe")
    tables = _tables()
    return not (
        name in known_names()
        or name in tables.runners
        or name in tables.shells
        or name in tables.start_nothing
        or _interpreter(name, tables)
    )


def git_settings(words: Sequence[Word]) -> Iterator[tuple[str, Word | None]]:
    """Keys, in lower case, and values that `git -c key=value` sets."""
    for at, word in enumerate(words):
        written = word.written
        if word.text in ("-c", "--config") and at + 1 < len(words):
            given = words[at + 1]
        elif written.startswith("-c") and "=" in written and "." in written and at < 40:
            given = word.after("-c")
        elif written.startswith("--config="):
            given = word.after("--config=")
        elif written.startswith("--config-env"):
            yield written.partition("=")[2].partition("=")[0].lower() or "?", UNKNOWN
            continue
        else:
            continue
        key, equals, _ = given.written.partition("=")
        if "." in key or given.text is None:
            yield key.lower(), given.after(key + "=") if equals else None


def _stands_before(text: str | None, runner: _Runner) -> bool:
    """Whether a word that is no option may stand before the command: `env - A=b`."""
    if text is None:
        return False
    assigns = runner.sets and re.match(r"[^=]+=", text) is not None
    return assigns or (text == "-" and "-" in runner.options)


def _bundle(text: str, options: Mapping[str, Kind]) -> tuple[Kind | None, str, str]:
    """The option that takes the rest of a bundle such as `-0n5`."""
    if "-#" in options and re.fullmatch(r"-\d+", text):
        return "flag", text, ""
    for at in range(1, len(text)):
        kind = options.get("-" + text[at])
        if kind is None:
            return None, text, ""
        if kind != "flag":
            return ("flag" if kind == "optional" else kind), "-" + text[at], text[at + 1 :]
    return "flag", text, ""


def _interpreter(name: str, tables: _Tables) -> str:
    """The interpreter that a name such as `python3.11` is."""
    if name in tables.interpreters:
        return name
    bare = re.sub(r"[\d.]+\Z", "", name)
    return bare if bare != name and bare in tables.interpreters else ""


def _filled(word: Word) -> Word:
    """A word of `find -exec`, in which `{}` is a name that is not known."""
    return UNKNOWN if word.text is not None and "{}" in word.text else word


def _values(line: Line) -> dict[str, str]:
    """Variables that have one known value wherever the line uses them."""
    source = line.source
    if re.search(r"\b(?:eval|source)\b|(?:\A|[;&|\n])\s*\.\s", source):
        return {}
    values: dict[str, str] = {}
    for at, command in enumerate(line.commands):
        if command.words or len(command.assignments) != 1 or command.redirections:
            continue
        (assignment,) = command.assignments
        name, text = assignment.name, assignment.value.text
        if not name or text is None or assignment.value.home:
            continue
        named = re.findall(rf"(?<![\w$])(?<!\$\{{){re.escape(name)}\b", source)
        changed = re.search(rf"\$\{{{re.escape(name)}[^}}]", source)
        used = [
            n
            for n, other in enumerate(line.commands)
            for word in (*other.words, *(r.target for r in other.redirections))
            if any(piece.kind == "variable" and piece.text == name for piece in word.pieces)
        ]
        if len(named) == 1 and not changed and all(n > at for n in used):
            values[name] = text
    return values

"""Which programs a command line starts, also those that another program starts for it.

`env`, `xargs`, `sh -c`, `find -exec` and many others run the command behind them, or a
text that they are given. The data is in `runners.toml`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tui.agent.shell.programs import (
    OptionKind,
    base_name,
    subcommand_start,
)
from tui.agent.shell.runner_tables import (
    Runner,
    interpreter_name,
    may_precede_command,
    runner_tables,
    split_bundle,
)
from tui.agent.shell.shell_parser import ParsedLine, SimpleCommand, parse_line
from tui.agent.shell.shell_words import UNKNOWN_WORD, Word, literal_word

_MAX_RUNNER_DEPTH = 12
"""Runners within runners that are followed."""
_MAX_INVOCATIONS = 1_500

_ALSO_READ_STDIN = frozenset(("ed", "ex", "m4", "bc", "gdb", "lldb", "sqlite3", "psql", "mysql"))
"""Interpreters that read code from their standard input also where they are given a file."""

UNKNOWN_PROGRAM = "which program it runs is known only when it runs"
UNKNOWN_TEXT = "a shell in it runs a text that is known only when it runs"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A program that a line starts."""

    words: tuple[Word, ...]
    command: SimpleCommand
    """The simple command in whose words it was found."""
    line: ParsedLine
    """The line of that command: the whole one, or a text that a shell gets."""
    input_commands: tuple[SimpleCommand, ...] = ()
    """The commands that write its standard input."""
    started_by_another: bool = False
    """Whether another program starts it."""
    code_texts: tuple[Word, ...] = ()
    """Texts in another language that it is given to run."""
    reads_code: bool = False
    """Whether it runs what its standard input says."""

    @property
    def name(self) -> str | None:
        """The program's name without its folder; None if it is not known."""
        return base_name(self.words[0]) if self.words else ""


@dataclass(frozen=True, slots=True)
class CommandAnalysis:
    """Everything that is known of a command line."""

    line: ParsedLine
    invocations: tuple[Invocation, ...] = ()
    """Programs in the order in which they are found; a runner comes before what it runs."""
    simple_commands: tuple[SimpleCommand, ...] = ()
    """All simple commands, also those of inner texts."""
    problems: tuple[str, ...] = ()
    """What is not understood, in words."""


@lru_cache(maxsize=64)
def analyse_command(line: str) -> CommandAnalysis:
    """The programs that `line` starts."""
    read = parse_line(line)
    if read.problem:
        return CommandAnalysis(read, problems=(read.problem,))
    unwrapper = _InvocationFinder()
    unwrapper.line(read, 0, ())
    return CommandAnalysis(
        read,
        tuple(unwrapper.invocations),
        tuple(unwrapper.commands),
        tuple(dict.fromkeys(unwrapper.problems)),
    )


@dataclass(slots=True)
class _InvocationFinder:
    invocations: list[Invocation] = field(default_factory=list)
    commands: list[SimpleCommand] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def line(self, line: ParsedLine, depth: int, feeders: tuple[SimpleCommand, ...]) -> None:
        """Add all programs of a line that the parser understands.

        Args:
            line: The parsed line.
            depth: How many lines this one is inside of, such as `sh -c`.
            feeders: Commands whose output is the input of the line.
        """
        values = _constant_variables(line)
        for command in line.commands:
            words = tuple(word.with_variables(values) for word in command.words)
            command = replace(command, words=words)
            self.commands.append(command)
            fed = line.commands[slice(*command.pipe_source)] if command.pipe_source else feeders
            if words:
                self._run(Invocation(words, command, line, fed), depth)

    def _text(self, text: Word, run: Invocation, depth: int) -> None:
        """A command line that a shell is given as text."""
        if text.text is None:
            self.problems.append(UNKNOWN_TEXT)
            return
        if not text.text.strip():
            return
        line = parse_line(text.text)
        if line.problem:
            self.problems.append(line.problem)
        elif depth > _MAX_RUNNER_DEPTH:
            self.problems.append("it is nested too deeply")
        else:
            self.line(line, depth + 1, run.input_commands)

    def _run(self, run: Invocation, depth: int) -> None:
        if depth > _MAX_RUNNER_DEPTH or len(self.invocations) > _MAX_INVOCATIONS:
            self.problems.append("it is nested too deeply")
            return
        if run.name is None or not run.words[0].text or "$?" in run.name:
            self.invocations.append(run)
            if run.words and run.words[0].text == "":
                return
            self.problems.append(UNKNOWN_PROGRAM)
            return
        tables, name = runner_tables(), run.name.removesuffix(".exe")
        at = len(self.invocations)
        self.invocations.append(run)
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
                    self._text(literal_word(value[2]) if word.text else word, run, depth)
        elif interpreter := interpreter_name(name, tables):
            self.invocations[at] = self._interpreter(run, tables.interpreters[interpreter])
        elif name in ("hash", "enable", "complete", "bind", "mapfile", "readarray"):
            if any((w.text or "-").startswith("-") for w in run.words[1:]):
                self.problems.append("it changes what later words of it run")
        elif name in ("awk", "gawk", "mawk", "nawk", "sed", "gsed"):
            self.invocations[at] = replace(run, code_texts=run.words[1:])
        elif name == "git":
            self._git(run, depth)
        elif name in ("make", "gmake"):
            for word in run.words[1:]:
                if word.text and re.match(r"\.?SHELL[:?+]*=", word.text):
                    self._text(literal_word(word.text.partition("=")[2]), run, depth)
            if run.command.stdin_text and any(
                w.text in ("-", "-f-", "/dev/stdin") for w in run.words
            ):
                self.invocations[at] = replace(run, code_texts=(run.command.stdin_text,))
        self._runner(run, name, depth)

    # The kinds of runners ----------------------------------------------------------

    def _runner(self, run: Invocation, name: str, depth: int) -> None:
        tables = runner_tables()
        words = run.words
        second = subcommand_start(words)
        for count in (2, 1, 0):
            rest = [word.text or "" for word in words[second : second + count]]
            runner = tables.runners.get(" ".join([name, *rest])) if len(rest) == count else None
            if runner:
                start = second + count if count else 1
                self._started(run, runner, words[start:], depth)
                return

    def _started(self, run: Invocation, runner: Runner, words: Sequence[Word], depth: int) -> None:
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
            elif may_precede_command(text, runner):
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
            self._joined(run, [*rest, UNKNOWN_WORD] if runner.adds else rest, depth)
        else:
            self._start(run, [*rest, UNKNOWN_WORD] if runner.adds else rest, depth)

    def _start(self, run: Invocation, words: Sequence[Word], depth: int) -> None:
        """A program that another one starts."""
        inner = replace(run, words=tuple(words), started_by_another=True, code_texts=())
        self._run(inner, depth + 1)

    def _option(
        self, run: Invocation, runner: Runner, words: Sequence[Word], at: int, depth: int
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
            kind, name, value = split_bundle(text, runner.options)
            equals = value
        if kind is None:
            if not runner.only and not (runner.long and text.startswith("--")):
                self.problems.append(f"the option {text} is not known")
            elif runner.only and text.startswith("--"):
                kind = self._abbreviated(name, runner.options)
        if kind == "line":
            if name == "--checkpoint-action":
                self._text(literal_word(value.partition("exec=")[2]), run, depth)
                return 1
            if equals:
                self._text(literal_word(value), run, depth)
                return 1
            if at + 1 < len(words):
                self._text(words[at + 1], run, depth)
            return 2
        return 2 if kind in ("text", "path") and not equals else 1

    @staticmethod
    def _abbreviated(name: str, options: Mapping[str, OptionKind]) -> OptionKind | None:
        full = [option for option in options if option.startswith(name) and len(name) > 3]
        return options[full[0]] if full else None

    def _joined(self, run: Invocation, words: Sequence[Word], depth: int) -> None:
        """Words that a shell reads once more, joined by blanks."""
        known = [word.text for word in words]
        if None not in known:
            self._text(literal_word(" ".join(map(str, known))), run, depth)
            return
        # An expanded word may hold another command: check the known part of it as well.
        opened = any(word.has_unknown_part and word is not UNKNOWN_WORD for word in words)
        joining = re.search(r"[\s;|&`$()<>]", "".join(text or "" for text in known))
        if opened or joining or words[0].text is None:
            self.problems.append(UNKNOWN_TEXT)
        self._start(run, words, depth)

    def _find(self, run: Invocation, depth: int) -> None:
        starts = ("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch")
        words = run.words
        for at, word in enumerate(words):
            glued = (word.text or "").partition("=")
            if word.text not in starts and glued[0] not in starts[6:]:
                continue
            rest = list(words[at + 1 :])
            if glued[1]:
                rest.insert(0, literal_word(glued[2]))
            end = next(
                (n for n, w in enumerate(rest) if w.text == ";" or (w.text == "+" and n)), len(rest)
            )
            inner = [_with_unknown_placeholder(w) for w in rest[:end]]
            if run.name != "find":
                inner.append(UNKNOWN_WORD)
            if inner:
                self._start(run, inner, depth)

    def _shell(self, run: Invocation, depth: int) -> None:
        options, at, words = runner_tables().shell_options, 1, run.words
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

    def _script(self, run: Invocation, operand: Sequence[Word]) -> None:
        """A shell that reads a file, or its standard input where none is named."""
        text = operand[0].text if operand else "-"
        from_input = text in ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
        redirected = any(r.operator == "<" for r in run.command.redirections)
        if operand and text is None:
            self.problems.append(UNKNOWN_TEXT)
        elif from_input and (run.input_commands or run.command.stdin_text or redirected):
            self.problems.append(UNKNOWN_TEXT)
            self.invocations[-1] = replace(self.invocations[-1], reads_code=True)

    def _interpreter(self, run: Invocation, options: frozenset[str]) -> Invocation:
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
                code.append(literal_word(text))
                operands = True
            elif text == "-":
                break
            elif text.startswith("+") and run.name in ("vim", "vi", "nvim", "ex"):
                code.append(literal_word(text))
            elif not text.startswith("-"):
                operands = True
                if run.name in ("sqlite3", "sed", "awk"):
                    code.append(words[at])
                else:
                    break
            at += 1
        fed = bool(run.input_commands or run.command.stdin_text)
        reads = fed and (not operands or run.name in _ALSO_READ_STDIN)
        if reads and run.command.stdin_text:
            code.append(run.command.stdin_text)
        return replace(run, code_texts=tuple(code), reads_code=reads and not run.command.stdin_text)

    def _git(self, run: Invocation, depth: int) -> None:
        """Aliases on the line that run a command: `git -c alias.x='!cmd' x`."""
        for option, value in git_config_options(run.words):
            if value is None or not option.startswith("alias."):
                continue
            if value.text is None:
                self.problems.append(UNKNOWN_TEXT)
            elif value.text.startswith("!"):
                self._text(literal_word(value.text[1:]), run, depth)
            else:
                self._text(literal_word("git " + value.text), run, depth)


def git_config_options(words: Sequence[Word]) -> Iterator[tuple[str, Word | None]]:
    """Keys, in lower case, and values that `git -c key=value` sets."""
    for at, word in enumerate(words):
        written = word.written
        if word.text in ("-c", "--config") and at + 1 < len(words):
            given = words[at + 1]
        elif written.startswith("-c") and "=" in written and "." in written and at < 40:
            given = word.without_prefix("-c")
        elif written.startswith("--config="):
            given = word.without_prefix("--config=")
        elif written.startswith("--config-env"):
            yield written.partition("=")[2].partition("=")[0].lower() or "?", UNKNOWN_WORD
            continue
        else:
            continue
        key, equals, _ = given.written.partition("=")
        if "." in key or given.text is None:
            yield key.lower(), given.without_prefix(key + "=") if equals else None


def _with_unknown_placeholder(word: Word) -> Word:
    """A word of `find -exec`, in which `{}` is a name that is not known."""
    return UNKNOWN_WORD if word.text is not None and "{}" in word.text else word


def _constant_variables(line: ParsedLine) -> dict[str, str]:
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
        if not name or text is None or assignment.value.starts_at_home:
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

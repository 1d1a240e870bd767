"""Whether a command line provably does no harm, where no sandbox holds it.

Proved is: every program is known, only reads or prints, with options that write and execute
nothing; every file that it names lies inside the project folder, links followed; what it
writes are plain files inside. Everything else is asked about.
"""

import re

from tui.agent.shell.git_config import git_obeys_nothing
from tui.agent.shell.parse import Command
from tui.agent.shell.programs import find_program
from tui.agent.shell.reach import Surroundings, matches
from tui.agent.shell.runners import Reading, Run
from tui.agent.shell.uses import Use, Uses, places, understood
from tui.agent.shell.words import Word, literal, names
from tui.agent.tools.protected import holds_head, protected_path

_PASSING = names("env timeout nice ionice nohup stdbuf time command xargs builtin")
"""Runners that only start what is looked at by itself."""
_TELLING = names("env printenv set export declare typeset readonly")
"""Alone they print the environment, with whatever tokens the user has in it."""
_SHELLS = names("sh bash dash zsh ksh")
_SETTABLE = re.compile(
    r"LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLUMNS|LINES|CI|NO_COLOR|(?:FORCE|CLI|PY)_?COLORS?\w*|IFS"
    r"|PYTHON(?:DONTWRITEBYTECODE|UNBUFFERED|UTF8)|NODE_ENV|DEBUG|VERBOSE"
)
"""Variables that change no more than how a program prints."""
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASS|CRED|AUTH|COOKIE|SESSION", re.IGNORECASE)
"""What is in the name of a variable that holds a secret."""
_COMPUTES = re.compile(r"\[\[.*\s-(?:eq|ne|lt|le|gt|ge|v|R)\s", re.DOTALL)


def is_harmless(reading: Reading, uses: Uses, around: Surroundings) -> bool:
    """Whether nothing in a line can do harm.

    Args:
        reading: The line.
        uses: What it names, variables of the environment filled in.
        around: The folders that it may use.
    """
    if reading.problems or uses.lost or not reading.commands:
        return False
    if any(find_program((word,)) for word in map(literal, reading.line.functions)):
        return False
    if not all(around.holds(base) for base in uses.bases):
        return False
    if not all(_is_safe(run, reading, uses) for run in reading.runs if run.words):
        return False
    by_git = any(run.name == "git" for run in reading.runs)
    if by_git and not all(map(git_obeys_nothing, uses.bases)):
        return False
    if not all(map(_feeds_nobody, reading.commands)):
        return False
    if not all(_sets_no_environment(command, around) for command in reading.commands):
        return False
    if _tells_a_secret(reading, uses) or _computes_with_unknown(reading):
        return False
    return all(_stays_inside(use, uses, around) for use in uses.named)


def _is_safe(run: Run, reading: Reading, uses: Uses) -> bool:
    if run.name in reading.line.functions:
        return True
    options = all((word.text or "-")[:1] == "-" for word in run.words[1:])
    if run.name in _TELLING and options and (run.name != "set" or len(run.words) == 1):
        return False
    if run.reads_code or (run.code and understood(run) is None):
        return False
    if run.name == "env" and not all(map(_may_be_set, run.words[1:])):
        return False
    if run.name in _PASSING and "/" not in (run.words[0].text or "/"):
        return True
    if run.name in _SHELLS and "/" not in (run.words[0].text or "/"):
        return any((word.text or "") == "-c" for word in run.words[1:2])
    known = understood(run)
    if known is None or known[0].program.effect not in ("prints", "reads", "makes"):
        return False
    if run.name == "git":
        # A folder that is a bare repository may bring configuration that executes.
        return not any(holds_head(base) for base in uses.bases)
    return True


def _sets_no_environment(command: Command, around: Surroundings) -> bool:
    """Whether what a command sets stays with the shell, or changes no more than a language."""
    for assignment in command.assignments:
        name = assignment.name
        local = not command.words or command.words[0].text in ("local", "readonly")
        if not name or (local and name not in around.values):
            continue
        if not _is_settable(name, assignment.value.text):
            return False
    return True


def _may_be_set(word: Word) -> bool:
    """Whether a word of `env` is no assignment, or sets no more than a language."""
    name, equals, value = word.written.partition("=")
    is_option = word.text is not None and word.text.startswith("-")
    return not equals or is_option or _is_settable(name, value if word.text else None)


def _is_settable(name: str, value: str | None) -> bool:
    # A language or a time zone may be the path of a file.
    return _SETTABLE.fullmatch(name) is not None and value is not None and "/" not in value


def _tells_a_secret(reading: Reading, uses: Uses) -> bool:
    return any(
        piece.kind != "text" and _SECRET.search(piece.text) and piece.text not in uses.assigned
        for command in reading.commands
        for word in (*command.words, *(r.target for r in command.redirections))
        for piece in word.pieces
    )


def _computes_with_unknown(reading: Reading) -> bool:
    """Whether bash computes with a text that is not known: a subscript in it may run a command."""
    computes = any(
        run.line.computes
        or run.name == "let"
        or (run.name == "[[" and _COMPUTES.search(run.line.source) is not None)
        for run in reading.runs
    )
    unknown = any(
        _is_unknown(a.value) or not a.name for c in reading.commands for a in c.assignments
    )
    reads = any(run.name in ("read", "mapfile", "readarray", "set") for run in reading.runs)
    return computes and (unknown or reads)


def _is_unknown(value: Word) -> bool:
    """Whether a value may be another text than is written, or a number."""
    return any(p.kind != "text" and not p.text.startswith("$((") for p in value.pieces)


def _feeds_nobody(command: Command) -> bool:
    return all(
        r.operator in ("<", ">", ">>", ">|", "&>", "&>>", ">&") for r in command.redirections
    )


def _stays_inside(use: Use, uses: Uses, around: Surroundings) -> bool:
    word = use.word
    if use.program:
        return word.text is not None and around.is_program(word.text)
    if word.text is None:
        if use.how == "names" and not word.has_glob:
            # A value that is kept, not used: its uses are looked at by themselves.
            return True
        if word.is_open or use.how == "writes":
            return False
        found = matches(word, uses)
        return found is not None and all(map(around.holds, found))
    if use.how == "writes":
        if word.text == "/dev/null":
            return True
        return all(
            around.holds(place) and not protected_path(place) and not place.is_symlink()
            for place in places(word, uses)
        )
    if word.text in ("/dev/null", "/dev/stdin", "/dev/zero"):
        return True
    return all(map(around.holds, places(word, uses)))

"""Whether a command line provably does no harm, where no sandbox holds it.

The proof: every program is known, only reads or prints, with options that write and execute
nothing; every file that it names lies inside the project folder, links followed; what it
writes are plain files inside. The program asks about everything else.
"""

import re

from tui.agent.protected_paths import holds_head, path_protection_reason
from tui.agent.shell.command_analysis import CommandAnalysis, Invocation
from tui.agent.shell.git_config import git_obeys_nothing
from tui.agent.shell.outside_paths import ShellContext, glob_matches
from tui.agent.shell.path_uses import PathUse, PathUses, candidate_paths, safe_known_program
from tui.agent.shell.programs import find_program
from tui.agent.shell.shell_parser import SimpleCommand
from tui.agent.shell.shell_words import Word, literal_word, word_set

_WRAPPERS = word_set("env timeout nice ionice nohup stdbuf time command xargs builtin")
"""Runners that only start another program, which is checked by itself."""
_ENVIRONMENT_PRINTERS = word_set("env printenv set export declare typeset readonly")
"""Alone they print the environment, with whatever tokens the user has in it."""
_SHELLS = word_set("sh bash dash zsh ksh")
_SETTABLE = re.compile(
    r"LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLUMNS|LINES|CI|NO_COLOR|(?:FORCE|CLI|PY)_?COLORS?\w*|IFS"
    r"|PYTHON(?:DONTWRITEBYTECODE|UNBUFFERED|UTF8)|NODE_ENV|DEBUG|VERBOSE"
)
"""Variables that change no more than how a program prints."""
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASS|CRED|AUTH|COOKIE|SESSION", re.IGNORECASE)
"""What is in the name of a variable that holds a secret."""
_ARITHMETIC_TEST = re.compile(r"\[\[.*\s-(?:eq|ne|lt|le|gt|ge|v|R)\s", re.DOTALL)


def is_provably_safe(reading: CommandAnalysis, uses: PathUses, context: ShellContext) -> bool:
    """Whether nothing in a line can do harm.

    Args:
        reading: The line.
        uses: What it names, variables of the environment filled in.
        context: The folders that it may use.
    """
    if reading.problems or uses.folder_unknown or not reading.simple_commands:
        return False
    if any(find_program((word,)) for word in map(literal_word, reading.line.functions)):
        return False
    if not all(context.contains(base) for base in uses.base_folders):
        return False
    if not all(_is_safe(run, reading, uses) for run in reading.invocations if run.words):
        return False
    by_git = any(run.name == "git" for run in reading.invocations)
    if by_git and not all(map(git_obeys_nothing, uses.base_folders)):
        return False
    if not all(map(_has_no_pipe, reading.simple_commands)):
        return False
    if not all(_sets_no_environment(command, context) for command in reading.simple_commands):
        return False
    if _may_print_secret(reading, uses) or _evaluates_unknown_arithmetic(reading):
        return False
    return all(_stays_inside(use, uses, context) for use in uses.named)


def _is_safe(run: Invocation, reading: CommandAnalysis, uses: PathUses) -> bool:
    if run.name in reading.line.functions:
        return True
    options = all((word.text or "-")[:1] == "-" for word in run.words[1:])
    if run.name in _ENVIRONMENT_PRINTERS and options and (run.name != "set" or len(run.words) == 1):
        return False
    if run.reads_code or (run.code_texts and safe_known_program(run) is None):
        return False
    if run.name == "env" and not all(map(_sets_harmless_variable, run.words[1:])):
        return False
    if run.name in _WRAPPERS and "/" not in (run.words[0].text or "/"):
        return True
    if run.name in _SHELLS and "/" not in (run.words[0].text or "/"):
        return any((word.text or "") == "-c" for word in run.words[1:2])
    known = safe_known_program(run)
    if known is None or known[0].program.effect not in ("prints", "reads", "makes"):
        return False
    if run.name == "git":
        # A folder that is a bare repository may bring configuration that executes.
        return not any(holds_head(base) for base in uses.base_folders)
    return True


def _sets_no_environment(command: SimpleCommand, context: ShellContext) -> bool:
    """Whether what a command sets stays with the shell, or changes no more than a language."""
    for assignment in command.assignments:
        name = assignment.name
        local = not command.words or command.words[0].text in ("local", "readonly")
        if not name or (local and name not in context.values):
            continue
        if not _is_harmless_variable(name, assignment.value.text):
            return False
    return True


def _sets_harmless_variable(word: Word) -> bool:
    """Whether a word of `env` is no assignment, or sets no more than a language."""
    name, equals, value = word.written.partition("=")
    is_option = word.text is not None and word.text.startswith("-")
    return not equals or is_option or _is_harmless_variable(name, value if word.text else None)


def _is_harmless_variable(name: str, value: str | None) -> bool:
    # A language or a time zone may be the path of a file.
    return _SETTABLE.fullmatch(name) is not None and value is not None and "/" not in value


def _may_print_secret(reading: CommandAnalysis, uses: PathUses) -> bool:
    return any(
        piece.kind != "text"
        and _SECRET.search(piece.text)
        and piece.text not in uses.assigned_variables
        for command in reading.simple_commands
        for word in (*command.words, *(r.target for r in command.redirections))
        for piece in word.pieces
    )


def _evaluates_unknown_arithmetic(reading: CommandAnalysis) -> bool:
    """Whether bash computes with a text that is not known: a subscript in it may run a command."""
    computes = any(
        run.line.has_arithmetic
        or run.name == "let"
        or (run.name == "[[" and _ARITHMETIC_TEST.search(run.line.source) is not None)
        for run in reading.invocations
    )
    unknown = any(
        _is_unknown(a.value) or not a.name for c in reading.simple_commands for a in c.assignments
    )
    reads = any(run.name in ("read", "mapfile", "readarray", "set") for run in reading.invocations)
    return computes and (unknown or reads)


def _is_unknown(value: Word) -> bool:
    """Whether a value may be another text than is written, or a number."""
    return any(p.kind != "text" and not p.text.startswith("$((") for p in value.pieces)


def _has_no_pipe(command: SimpleCommand) -> bool:
    return all(
        r.operator in ("<", ">", ">>", ">|", "&>", "&>>", ">&") for r in command.redirections
    )


def _stays_inside(use: PathUse, uses: PathUses, context: ShellContext) -> bool:
    word = use.word
    if use.is_program:
        return word.text is not None and context.is_program(word.text)
    if word.text is None:
        if use.kind == "names" and not word.has_glob:
            # A value that is kept, not used: its uses are looked at by themselves.
            return True
        if word.has_unknown_part or use.kind == "writes":
            return False
        found = glob_matches(word, uses)
        return found is not None and all(map(context.contains, found))
    if use.kind == "writes":
        if word.text == "/dev/null":
            return True
        return all(
            context.contains(place) and not path_protection_reason(place) and not place.is_symlink()
            for place in candidate_paths(word, uses)
        )
    if word.text in ("/dev/null", "/dev/stdin", "/dev/zero"):
        return True
    return all(map(context.contains, candidate_paths(word, uses)))

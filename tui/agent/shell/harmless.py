"""Whether a command line provably does no harm, where no sandbox holds it.

Proved is: every program is known, only reads or prints, with options that write and execute
nothing; every file that it names lies inside the project folder, links followed; what it
writes are plain files inside. Everything else is asked about.
"""

from tui.agent.shell.parse import Command
from tui.agent.shell.programs import find_program
from tui.agent.shell.reach import Surroundings, matches
from tui.agent.shell.runners import Reading, Run
from tui.agent.shell.uses import Use, Uses, places, understood
from tui.agent.shell.words import literal, names
from tui.agent.tools.protected import holds_head, protected_path

_PASSING = names("env timeout nice ionice nohup stdbuf time command xargs builtin")
"""Runners that only start what is looked at by itself."""
_TELLING = names("env printenv set export declare typeset readonly")
"""Alone they print the environment, with whatever tokens the user has in it."""
_SHELLS = names("sh bash dash zsh ksh")


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
    if not all(map(_feeds_nobody, reading.commands)):
        return False
    return all(_stays_inside(use, uses, around) for use in uses.named)


def _is_safe(run: Run, reading: Reading, uses: Uses) -> bool:
    if run.name in reading.line.functions:
        return True
    if run.name in _TELLING and all((w.text or "-")[:1] == "-" for w in run.words[1:]):
        return False
    if run.reads_code or (run.code and understood(run) is None):
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

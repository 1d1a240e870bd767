"""What an answer of "always" would allow: the rules offered with a question, and their words.

The program offers a rule with a wildcard only for a program of the data file; the wildcard then
means options that neither write nor execute. For all else it offers the exact command.
"""

import re
from collections.abc import Iterable

from tui.agent.shell.path_uses import match_safe_program, unsafe_arguments
from tui.agent.shell.programs import Program, find_program, known_names
from tui.agent.shell.rule_escaping import escape_pattern
from tui.agent.shell.shell_parser import Words, parse_line
from tui.agent.shell.shell_words import Word, literal_word


def suggest_rules(line: str, *, exact_only: bool = False, kind: str = "bash") -> tuple[str, ...]:
    """Rules that together would allow this command line: one for each of its commands.

    Args:
        line: The command line.
        exact_only: Whether nothing but this very line is to be allowed.
        kind: What the rules are about: `bash`, `network` or `outside`.
    """
    read = parse_line(line)
    commands = () if exact_only or not read.is_plain else read.commands
    offered = tuple(dict.fromkeys(_rule_pattern(command.words, kind) for command in commands))
    if not offered or not all(offered):
        offered = (escape_pattern(line.strip()),)
    return tuple(f"{kind}({pattern})" for pattern in offered)


def _rule_pattern(words: tuple[Word, ...], act: str) -> str:
    """The pattern for one command; empty where only the whole line can be allowed.

    With the network a program that fetches can send anything anywhere, so it is offered exactly.
    """
    safe = match_safe_program(words)
    said = [word.written for word in words]
    kept = ("writes", "fetches") if act == "network" else ("writes",)
    if safe is None or safe[0].program.effect in kept:
        shown, more = said, ""
    else:
        found = safe[0]
        depth = found.first_argument
        if found.program.targets and depth < len(said) and not said[depth].startswith("-"):
            depth += 1
        shown, more = said[:depth], " *"
    if any(re.search(r"\s", word) or not word for word in shown):
        return ""
    return escape_pattern(" ".join(shown)) + more


def allows_remaining_words(named: int, words: Words) -> bool:
    """Whether a rule with a wildcard at its end covers the words that it does not name.

    Args:
        named: How many words the rule names.
        words: All words of the command.
    """
    given = tuple(map(literal_word, words))
    found = find_program(given)
    if found is None:
        return True
    return not any(
        argument.index >= named or (argument.index == 0 and named <= found.first_argument)
        for argument in unsafe_arguments(given, count_targets=named > found.first_argument)
    )


def is_read_only_command(words: Words) -> bool:
    """Whether a command surely changes nothing and runs nothing: it may stand beside others."""
    safe = match_safe_program(tuple(map(literal_word, words)))
    return safe is not None and safe[0].program.is_read_only


def risky_rules(patterns: Iterable[str]) -> str:
    """A sentence that names rules which allow more than they seem to; empty without any."""
    risky = [pattern for pattern in patterns if _is_risky(pattern)]
    if not risky:
        return ""
    shown = ", ".join(f"bash({pattern})" for pattern in risky[:5])
    more = f" and {len(risky) - 5} more" if len(risky) > 5 else ""
    return (
        f"These rules allow every option of a program, also options that write files or run other "
        f"programs: {shown}{more}. Name the exact commands instead if you did not mean that."
    )


def _is_risky(pattern: str) -> bool:
    tokens = pattern.split()
    if not pattern.endswith("*") or pattern.endswith("\\*"):
        return False
    return tokens[0].rstrip("*") not in known_names()


_FILE_ACTS = {"edit": "edits of", "write": "writing", "read": "reading"}
"""What a rule about files allows, by its act."""


def describe_rule(rule: str) -> str:
    """What a rule allows, for people; empty where the rule says it by itself.

    Args:
        rule: As offered, such as `bash(git status *)`.
    """
    found = re.fullmatch(r"(\w+)\((.*)\)", rule, re.DOTALL)
    if not found:
        return ""
    act, pattern = found[1], found[2]
    how = {
        "network": ", with access to the network",
        "outside": ", outside the sandbox",
    }.get(act, "")
    if act in _FILE_ACTS:
        where = pattern
        if pattern == "**":
            where = "any file in this folder"
        elif pattern.endswith("/**"):
            where = f"any file below {pattern[:-2]}"
        return f"{_FILE_ACTS[act]} {where}"
    if not pattern.endswith(" *") or pattern.endswith("\\ *"):
        said = re.sub(r"\\([\\*])", r"\1", pattern)
        return f"running exactly this command{how}: {said}"
    name = pattern[:-2]
    program = find_program(tuple(map(literal_word, name.split())))
    return f"running {name}{_describe_effect(program.program if program else None)}{how}"


def _describe_effect(program: Program | None) -> str:
    if program is None:
        return " with any arguments"
    match program.effect:
        case "prints" | "reads":
            return " with any options that only read"
        case "runs":
            return (
                " (which runs the project's code) with any options that write no other files and "
                "start no other programs"
            )
        case "installs":
            return (
                " (which may run scripts of the packages) with any options that start no other "
                "programs"
            )
        case _:
            return " with any options that start no other programs"

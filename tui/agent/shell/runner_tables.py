"""The tables of programs that run other programs, and how they read their words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tui.agent.shell.programs import OptionKind, base_name, known_names, load_data, read_options
from tui.agent.shell.shell_words import Word, word_set


@dataclass(frozen=True, slots=True)
class Runner:
    """How a program is written that runs the command behind it; `runners.toml` has the words."""

    options: Mapping[str, OptionKind]
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
class RunnerTables:
    """The tables, read."""

    runners: Mapping[str, Runner]
    shells: frozenset[str]
    shell_options: Mapping[str, OptionKind]
    interpreters: Mapping[str, frozenset[str]]
    start_nothing: frozenset[str]


@lru_cache(maxsize=1)
def runner_data() -> dict[str, Any]:
    """The tables of programs that run other programs."""
    return load_data("runners.toml")


@lru_cache(maxsize=1)
def runner_tables() -> RunnerTables:
    """What `runner_data` says of the programs themselves."""
    raw = runner_data()
    runners = {
        name: Runner(
            **row
            | {
                "options": read_options(row.get("options", "")),
                "ends": word_set(row.get("ends", "")),
                "until": word_set(row.get("until", "")),
            }
        )
        for name, row in raw["runners"].items()
    }
    return RunnerTables(
        runners,
        word_set(raw["shells"]["names"]),
        read_options(raw["shells"]["options"]),
        {name: word_set(row) for name, row in raw["interpreters"].items()},
        word_set(raw["start_nothing"]["names"]),
    )


def may_run_arguments(words: Sequence[Word]) -> bool:
    """Whether a program that no table knows may start what its arguments name."""
    name = (base_name(words[0]) or "").removesuffix(".exe")
    tables = runner_tables()
    return not (
        name in known_names()
        or name in tables.runners
        or name in tables.shells
        or name in tables.start_nothing
        or interpreter_name(name, tables)
    )


def may_precede_command(text: str | None, runner: Runner) -> bool:
    """Whether a word that is no option may stand before the command: `env - A=b`."""
    if text is None:
        return False
    assigns = runner.sets and re.match(r"[^=]+=", text) is not None
    return assigns or (text == "-" and "-" in runner.options)


def split_bundle(
    text: str, options: Mapping[str, OptionKind]
) -> tuple[OptionKind | None, str, str]:
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


def interpreter_name(name: str, tables: RunnerTables) -> str:
    """The interpreter that a name such as `python3.11` is."""
    if name in tables.interpreters:
        return name
    bare = re.sub(r"[\d.]+\Z", "", name)
    return bare if bare != name and bare in tables.interpreters else ""

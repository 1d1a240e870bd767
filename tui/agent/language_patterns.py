"""What an ending says, language by language: the patterns of `ending_words/*.toml`.

A file holds lists of regular expressions under names that say what a match means. Patterns are
compiled when a message in that language comes for the first time.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "pt", "ja", "zh")
MIN_SIGNS = 2
"""Words of a language that a message must have for its patterns to be tried."""
MIN_SIGNS_RARE = 12
"""A language with less than this part of the signs of the commonest one is not tried."""
BRIEF_TEXT = 160
"""Characters of a message in which one such word is enough."""

Pattern = re.Pattern[str]
_NOTHING = re.compile(r"(?!)")
_MACRO = re.compile(r"\{([a-z]\w*)\}")


@dataclass(frozen=True, slots=True)
class LanguagePatterns:
    """The patterns of one language."""

    numbers: Mapping[str, int]
    """Small numbers in words."""
    quantity: tuple[Pattern, ...]
    """`N of M`, in the groups `n` and `m`."""
    counts: Pattern
    """Clauses in which N of M counts work that is done."""
    uncounted: Pattern
    """Clauses in which it counts something else."""
    part: Pattern
    """Work that is done in part, without figures of both."""
    rest_is_complete: Pattern
    """Sentences that say that the others need nothing."""
    left: Pattern
    """Clauses that say that work is left."""
    headings: Pattern
    """Beginnings of a list of what is left."""
    next_steps: Pattern
    """Headings of what could come next: the rest of the work, or more than was asked for."""
    finishing: Pattern
    """Beginnings of steps that finish the work."""
    announced: Pattern
    """Last clauses in which the model says what it is about to do."""
    nothing: Pattern
    """Words that turn what they touch into its opposite."""
    conditions: Pattern
    """Words before a clause that states no fact."""
    users_work: Pattern
    """Words that make it the user's work."""
    models_work: Pattern
    """Clauses in which the model says that it stops, or will continue, or asks for a word."""
    this_budget: Pattern
    """Names of the budget of tokens that the model works with."""
    other_budget: Pattern
    """Units of budgets of another kind."""
    foreign: Pattern
    """Things other than this work that need or have tokens."""
    short: Pattern
    """Words that call something too small."""
    refuse: Pattern
    """Words that decline to begin."""
    runs_low: Pattern
    """Words that call a budget nearly used up, or the cause of an end."""
    enough: Pattern
    """Words that say that a budget did."""
    needs: Pattern
    """What the model says it needs, in the groups `n` and `unit`."""
    hints: tuple[Pattern, ...]
    """Weaker signs of work that is left, kind by kind."""
    reports: Pattern
    """Words of messages that report on somebody's work, in which hints say nothing."""
    contrast: Pattern
    """Words at which a clause turns."""


def languages_of(text: str) -> list[LanguagePatterns]:
    """The languages that `text` may be in; English always.

    Args:
        text: A message without what it quotes.
    """
    sample = text if len(text) <= 8_000 else text[:4_000] + text[-4_000:]
    least = 1 if len(text) <= BRIEF_TEXT else MIN_SIGNS
    signs = {name: len(_detection_pattern(name).findall(sample)) for name in LANGUAGES}
    least = max(least, max(signs.values()) // MIN_SIGNS_RARE)
    found = [name for name in LANGUAGES if signs[name] >= least]
    if not found:
        return (
            [patterns_for(name) for name in LANGUAGES]
            if len(text) <= BRIEF_TEXT
            else [patterns_for("en")]
        )
    if "ja" in found and "zh" in found:
        found.remove("zh")  # they share their characters, and only Japanese has kana
    return [patterns_for(name) for name in dict.fromkeys(["en", *found])]


@cache
def patterns_for(name: str) -> LanguagePatterns:
    """The patterns of one language.

    Args:
        name: Its code, as in `LANGUAGES`.
    """
    data = _pattern_file(name)
    macros = _expanded(data.get("macros", {}))
    quantity, left, budget = data["quantity"], data["left"], data["budget"]

    def some(patterns: Sequence[str]) -> Pattern:
        return _union(patterns, macros)

    return LanguagePatterns(
        numbers=data.get("numbers", {}),
        quantity=tuple(some([each]) for each in quantity["of"]),
        counts=some(quantity["counts"]),
        uncounted=some(quantity.get("never", [])),
        part=some(quantity.get("part", [])),
        rest_is_complete=some(quantity.get("fine", [])),
        left=some(left["clauses"]),
        headings=some(left["headings"]),
        next_steps=some(left["next_steps"]),
        finishing=some(left["finishing"]),
        announced=some(data["mine"]["announced"]),
        nothing=some(left["nothing"]),
        conditions=some(left["conditions"]),
        users_work=some(left.get("yours", [])),
        models_work=some(data["mine"]["clauses"]),
        this_budget=some(budget["this"]),
        other_budget=some(budget["other"]),
        foreign=some(budget["foreign"]),
        short=some(budget["short"]),
        refuse=some(budget["refuse"]),
        runs_low=some(budget["low"]),
        enough=some(budget["enough"]),
        needs=some(budget["needs"]),
        hints=tuple(some(kind) for kind in data.get("hints", {}).values()),
        reports=some(left.get("reports", [])),
        contrast=some(data.get("contrast", budget.get("contrast", []))),
    )


@cache
def _detection_pattern(name: str) -> Pattern:
    return re.compile(_pattern_file(name)["signs"], re.IGNORECASE)


@cache
def _pattern_file(name: str) -> dict[str, Any]:
    source = files("tui.agent") / "ending_words" / f"{name}.toml"
    return tomllib.loads(source.read_text("utf-8"))


def _expanded(macros: Mapping[str, str]) -> dict[str, str]:
    """The macros, each with those before it put in."""
    whole: dict[str, str] = {}
    for name, pattern in macros.items():
        whole[name] = _with_macros(pattern, whole)
    return whole


def _with_macros(pattern: str, macros: Mapping[str, str]) -> str:
    return _MACRO.sub(lambda found: macros[found[1]], pattern)


def _union(patterns: Sequence[str], macros: Mapping[str, str]) -> Pattern:
    if not patterns:
        return _NOTHING
    whole = "|".join(f"(?:{_with_macros(each, macros)})" for each in patterns)
    return re.compile(whole, re.IGNORECASE)

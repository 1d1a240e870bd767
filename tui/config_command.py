"""`glideslope config`: every setting with its value and the layer that set it."""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NoReturn

from tui.agent.folder_trust import FolderTrust
from tui.claude.corrections import sends_budgets
from tui.claude.costs import costs
from tui.cleaning import clean_line
from tui.options import UsageError, folder_here
from tui.printing import complain, say, say_json
from tui.settings.folders import folders
from tui.settings.last_theme import CHOSEN, recall
from tui.settings.layers import Resolved, resolve
from tui.settings.problems import Layer
from tui.settings.sources import Origin

CONFIG_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See glideslope config --help.")


def config(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    parser = _Parser(
        prog="glideslope config",
        description="Shows every setting of this folder with its value and the layer that set it.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    found = parser.parse_args(arguments)
    trust = FolderTrust(folder_here(), folders())
    read = partial(resolve, trust.folder, root=trust.root, use_project=None, costs=costs)
    resolved = read()
    if not sends_budgets(resolved, os.environ.get("ANTHROPIC_BASE_URL") or None, simulator=False):
        resolved = read(small_budgets=True)
    problems = [problem.sentence for problem in resolved.problems] + _of_the_catalogue(resolved)
    problems += trust.left_out(resolved, memory=True)
    resolved = _with_theme(resolved)
    if found.json:
        say_json(_object(resolved, problems, trust))
    else:
        say("\n".join(_lines(resolved)))
        for sentence in problems:
            complain(sentence)
    return 0


def _with_theme(resolved: Resolved) -> Resolved:
    """The settings with the theme that the screen is painted with where they name none."""
    said, chosen = resolved.values["theme"], recall(folders().state).chosen
    if not chosen or said.origin.layer is not Layer.BUILT_IN:
        return resolved
    held = replace(said, value=chosen, origin=Origin(Layer.USER, name=CHOSEN))
    return replace(resolved, values={**resolved.values, "theme": held})


def _of_the_catalogue(resolved: Resolved) -> list[str]:
    """What is wrong with the user's corrections to the list of models."""
    from tui.claude.corrections import corrected

    return corrected(resolved)[1]


def _lines(resolved: Resolved) -> Iterator[str]:
    keys = max(map(len, resolved.values))
    widest = max(len(value.words) for value in resolved.values.values())
    for key, value in resolved.values.items():
        words, origin = clean_line(value.words), clean_line(value.origin.words)
        yield f"{key:{keys}}  {words:{min(widest, 40)}}  {origin}"


def _object(resolved: Resolved, problems: list[str], trust: FolderTrust) -> dict[str, object]:
    return {
        "version": CONFIG_VERSION,
        "settings": [
            {"key": key, "value": value.value, "words": value.words, "origin": value.origin.words}
            for key, value in resolved.values.items()
        ],
        "trust": {
            "trusted": resolved.trust.trusted,
            "files": trust.brought(),
            "accepted": resolved.project.accepted,
            "asked_for": [wish.sentence for wish in resolved.project.wishes],
        },
        "problems": problems,
    }

"""`glideslope config`: every setting with its value and the layer that set it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tui.agent.folder_trust import FolderTrust
from tui.claude.catalogue_overrides import catalogue_from_settings, sends_task_budgets
from tui.claude.price_comparison import price_comparison
from tui.command_line import CommandLineParser, current_folder
from tui.printing import print_error, print_json, print_text
from tui.sanitize import clean_line
from tui.settings.last_theme import CHOSEN, recall
from tui.settings.layer_sources import SettingOrigin
from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.user_folders import user_folders

CONFIG_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""


def run_config(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    parser = CommandLineParser(
        prog="glideslope config",
        description="Shows every setting of this folder with its value and the layer that set it.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    found = parser.parse_args(arguments)
    trust = FolderTrust(current_folder(), user_folders())
    read = partial(
        resolve_settings, trust.folder, root=trust.root, use_project=None, costs=price_comparison
    )
    resolved = read()
    if not sends_task_budgets(
        resolved, os.environ.get("ANTHROPIC_BASE_URL") or None, simulator=False
    ):
        resolved = read(small_budgets=True)
    problems = [problem.sentence for problem in resolved.problems]
    problems += catalogue_from_settings(resolved)[1]
    problems += trust.unused_file_sentences(resolved, memory=True)
    resolved = _with_theme(resolved)
    if found.json:
        print_json(_settings_json(resolved, problems, trust))
    else:
        print_text("\n".join(_setting_lines(resolved)))
        for sentence in problems:
            print_error(sentence)
    return 0


def _with_theme(resolved: ResolvedSettings) -> ResolvedSettings:
    """The settings with the theme that the screen is painted with where they name none."""
    said, chosen = resolved.values["theme"], recall(user_folders().state).chosen_name
    if not chosen or said.origin.layer is not Layer.BUILT_IN:
        return resolved
    held = replace(said, value=chosen, origin=SettingOrigin(Layer.USER, name=CHOSEN))
    return replace(resolved, values={**resolved.values, "theme": held})


def _setting_lines(resolved: ResolvedSettings) -> Iterator[str]:
    keys = max(map(len, resolved.values))
    widest = max(len(value.display_text) for value in resolved.values.values())
    for key, value in resolved.values.items():
        words, origin = clean_line(value.display_text), clean_line(value.origin.description)
        yield f"{key:{keys}}  {words:{min(widest, 40)}}  {origin}"


def _settings_json(
    resolved: ResolvedSettings, problems: list[str], trust: FolderTrust
) -> dict[str, object]:
    return {
        "version": CONFIG_VERSION,
        "settings": [
            {
                "key": key,
                "value": value.value,
                "words": value.display_text,
                "origin": value.origin.description,
            }
            for key, value in resolved.values.items()
        ],
        "trust": {
            "trusted": resolved.trust.trusted,
            "files": trust.used_file_names(),
            "accepted": resolved.project_files.accepted,
            "asked_for": [wish.sentence for wish in resolved.project_files.loosenings],
        },
        "problems": problems,
    }

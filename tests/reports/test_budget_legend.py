"""The lines that explain stages, reserve and meters to a reader who has never seen the program."""

import pytest

from tui.budget.stages import StageThresholds
from tui.commands import BY_SLASH, COMMANDS
from tui.reports.summary_pages import command_help
from tui.settings.keymap import load_keymap
from tui.settings.user_folders import user_folders

STAGES = ("cruise", "descent", "approach", "landing", "overrun", "reserve")
METERS = ("budget", "billed", "context", "limits", "time")


def explained(typed: str, thresholds: StageThresholds = StageThresholds()) -> list[str]:
    """The words that `/help typed` explains, each on a line of its own."""
    keymap = load_keymap(COMMANDS, user_folders().keybindings)
    lines = command_help(BY_SLASH[typed], keymap, thresholds).splitlines()
    return [line[4:].partition("**: ")[0] for line in lines if line.startswith("- **")]


@pytest.mark.parametrize(
    ("typed", "words"), [("budget", STAGES), ("usage", (*METERS, *STAGES)), ("cost", ())]
)
def test_help_explains_the_words_of_the_page(typed: str, words: tuple[str, ...]) -> None:
    assert explained(typed) == list(words)


def test_the_legend_has_the_figures_of_the_settings() -> None:
    own = StageThresholds(descent=0.5, approach=0.75, reserve=0.1, reserve_least=3_000)
    said = command_help(BY_SLASH["budget"], load_keymap(COMMANDS, user_folders().keybindings), own)
    assert "**descent**: from 50 % used on" in said
    assert "**approach**: from 75 % used on" in said
    assert "10 % of the budget, at least 3k and at most 12k tokens" in said

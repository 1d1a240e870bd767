"""The wrap-up card with real keys: how one gets there, what its keys do, what is typed."""

import re
from pathlib import Path

from tests.terminal.steps import EXPLAIN_PROMPT, quit_program
from tests.terminal.terminal import Start


def test_the_card_is_reached_by_the_key_it_names_and_letters_stay_letters(
    start_offline: Start, project: Path
):
    terminal = start_offline(pace="30", size=(120, 40)).say(EXPLAIN_PROMPT)
    terminal.wait_for(re.compile(r"● (glob|grep|read) "))  # with work done there is a report
    terminal.press("escape").wait_for("── interrupted").wait_for("ctrl+↑ then a key")
    terminal.wait_for("next: go on with “Explain this project”")
    assert "no subtasks were planned" not in terminal.text
    # A word is a word, also if it begins with a key of the card.
    terminal.type("change").wait_for("❯ change").press("ctrl+u").wait_until_gone("❯ change")
    assert "c continue · x extend" in terminal.lines[-1]
    terminal.press("ctrl+up").wait_for("▌╭─ Wrap-up")
    terminal.press("h").wait_for("Saved HANDOFF-")
    (saved,) = project.glob("HANDOFF-*.md")
    assert "go on with “Explain this project”" in saved.read_text()
    terminal.press("escape").wait_until_gone("▌╭─ Wrap-up")
    quit_program(terminal)

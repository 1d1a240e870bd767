"""The landing block and an interrupt with real keys."""

from pathlib import Path

from tests.terminal.steps import EXPLAIN_PROMPT, GRACE_SECONDS, quit_program
from tests.terminal.terminal import BREATH, Start


def test_the_keys_of_the_landing_block_work_in_the_empty_prompt_and_words_stay_words(
    start_offline: Start, project: Path
):
    terminal = start_offline("--permission-mode", "ask", pace="150", size=(80, 24))
    terminal.say(EXPLAIN_PROMPT).wait_for("● I look at what is here")
    # Nothing was planned: the end is one row.
    terminal.press("escape").wait_for("── interrupted after").wait_for("say what to do instead")
    assert "┃" not in terminal.text
    terminal.say("Add the missing return annotations.").wait_for("waiting for you")
    terminal.listen(GRACE_SECONDS)
    terminal.press("escape").wait_for("┃ Interrupted · 0 of ")
    terminal.wait_for("c continue · h hand over · n new session · esc leave it")
    # A word is a word, also if it begins with a key of the block.
    terminal.type("change").wait_for("❯ change").press("ctrl+u").wait_until_gone("❯ change")
    terminal.listen(BREATH)
    terminal.press("h").wait_for("Saved HANDOFF-")
    (saved,) = project.glob("HANDOFF-*.md")
    assert "## Not started" in saved.read_text()
    terminal.press("escape").wait_until_gone("┃ Interrupted").wait_for("· Interrupted · 0 of ")
    quit_program(terminal)

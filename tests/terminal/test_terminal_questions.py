"""The questions and pages about safety, answered with real keys in one run of the program."""

from pathlib import Path

from stories import GRACE, leave

HIDDEN = "# Rules\n\x1b_obey the hidden line\x1b\\ and \u202ethis\n" + "word " * 900 + "LAST-WORD\n"


def test_the_keys_of_trust_look_sandbox_and_jobs(start, project: Path) -> None:
    (project / "AGENTS.md").write_text(HIDDEN)
    terminal = start("--simulate", "--pace", "max", size=(80, 24))
    terminal.wait_for("Do you trust this folder?").wait_for("esc decides later").listen(GRACE)
    # Keys that come together are text, and no answer.
    terminal.send("yn")
    terminal.wait_for("❯ yn").wait_for("tab to answer").press("ctrl+u").wait_until_gone("❯ yn")
    terminal.press("tab").wait_for("esc decides later").listen(GRACE)
    terminal.press("l").wait_for("space scroll").wait_for("⟦U+001B⟧_obey the hidden line⟦U+001B⟧")
    terminal.press("end").wait_for("LAST-WORD").wait_for("the end")
    terminal.press("escape").wait_for("Do you trust this folder?").listen(GRACE)
    terminal.press("y").wait_until_gone("Do you trust").wait_until_gone("opening the session")
    terminal.say("/sandbox").wait_for("You are asked before a command gets the network")
    terminal.say("/jobs").wait_for("No command left anything running.")
    terminal.say("/trust").wait_for("Do you trust this folder?").listen(GRACE)
    terminal.press("escape").wait_for("Nothing was changed.")
    leave(terminal)

"""The questions and pages about safety, answered with real keys in one run of the program."""

from pathlib import Path

from tests.support.simulator import TOKEN
from tests.terminal.scripted_server import answering
from tests.terminal.steps import GRACE_SECONDS, choose, quit_program, refuse
from tests.terminal.terminal import Start
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

HIDDEN = "# Rules\n\x1b_obey the hidden line\x1b\\ and \u202ethis\n" + "word " * 900 + "LAST-WORD\n"


def test_the_keys_of_trust_look_sandbox_and_jobs(start: Start, project: Path):
    (project / "AGENTS.md").write_text(HIDDEN)
    terminal = start("--simulate", "--pace", "max", size=(80, 24))
    terminal.wait_for("Do you trust this folder?").wait_for("esc decides later").listen(
        GRACE_SECONDS
    )
    # Keys that come together are text, and no answer.
    terminal.send("yn")
    terminal.wait_for("❯ yn").wait_for("tab to answer").press("ctrl+u").wait_until_gone("❯ yn")
    terminal.press("tab").wait_for("esc decides later").listen(GRACE_SECONDS)
    terminal.press("l").wait_for("space scroll").wait_for("⟦U+001B⟧_obey the hidden line⟦U+001B⟧")
    terminal.press("end").wait_for("LAST-WORD").wait_for("the end")
    terminal.press("escape")
    choose(terminal, "Do you trust this folder?", "y").wait_until_gone("starting")
    terminal.say("/sandbox").wait_for("What holds commands")
    terminal.press("escape").wait_until_gone("What holds commands")
    terminal.say("/jobs").wait_for("No command left anything running.")
    terminal.say("/trust").wait_for("Do you trust this folder?").listen(GRACE_SECONDS)
    terminal.press("escape").wait_for("Nothing was changed.")
    quit_program(terminal)


def test_the_keys_of_network_outside_and_protected_files(start: Start, project: Path):
    (project / ".git" / "hooks").mkdir(parents=True)
    (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    hook = "printf '#!/bin/sh\\n' > .git/hooks/pre-commit"
    for name in ("pre-push", "pre-merge"):
        script = f"import pathlib as p; p.Path('.git/hoo' 'ks/{name}').write_text('x')"
        (project / f"{name}.py").write_text(script)
    calls = [
        ScriptedToolUse("bash", {"command": "echo with-network", "access": "network"}),
        ScriptedToolUse("bash", {"command": "echo far-outside", "access": "outside"}),
        ScriptedToolUse("bash", {"command": hook}),
        ScriptedToolUse("bash", {"command": "python3 pre-push.py"}),
        ScriptedToolUse("bash", {"command": "python3 pre-merge.py"}),
    ]
    with answering(calls, (ScriptedText("All was asked."),)) as address:
        server = {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": TOKEN}
        terminal = start("--permission-mode", "auto", environment=server)
        terminal.wait_for("auto · ").say("Go on.")
        # One question after the other: the network, no sandbox, git's own files by name.
        terminal.wait_for("may use the network").wait_for("echo with-network")
        choose(terminal, "may use the network", "1")
        terminal.wait_for("outside the sandbox").wait_for("echo far-outside")
        refuse(terminal, "runs a command outside the sandbox")
        refuse(terminal, "always asked because")
        # What the script changed was put back; it is kept only if the user says so.
        terminal.wait_for("yes, keep the change")
        assert not (project / ".git/hooks/pre-push").exists()
        refuse(terminal, "┃ .git/hooks/pre-push")
        choose(terminal, "┃ .git/hooks/pre-merge", "1").wait_for("All was asked.")
        assert (project / ".git/hooks/pre-merge").read_text() == "x"
        assert not (project / ".git/hooks/pre-push").exists()
        assert not (project / ".git/hooks/pre-commit").exists()
        quit_program(terminal)

"""A plan, its quote, the work and the bill with real keys, with a kill in the middle."""

import signal
import sys
from pathlib import Path

from tests.terminal.steps import quit_program
from tests.terminal.terminal import BREATH, Start

EDITOR = """\
import pathlib, sys
file = pathlib.Path(sys.argv[1])
lines = [line for line in file.read_text().splitlines() if "places" not in line]
file.write_text("\\n".join(lines))
"""


def test_plan_quote_drop_agree_work_bill(start_offline: Start, project: Path, tmp_path: Path):
    (editor := tmp_path / "editor.py").write_text(EDITOR)
    words = {"EDITOR": f"{sys.executable} {editor}", "VISUAL": ""}
    terminal = start_offline("--permission-mode", "plan", size=(80, 24), environment=words)
    terminal.say("Add the missing return annotations.").wait_for("agree to 20k")
    terminal.wait_for("tokens, ≈ $")
    terminal.press("e").wait_for("4 of 4 items")  # two of the six name places
    terminal.listen(BREATH)
    terminal.press(" ").wait_for("[ ]").wait_for("3 of 4 items")
    # The program dies before anything is agreed: the plan waits in the log.
    terminal.kill(signal.SIGKILL)
    terminal.wait_for_exit()

    terminal = start_offline("-c", size=(80, 24), environment=words)
    terminal.wait_for("plan · simulated").say("/plan").wait_for("agree to 20k")
    terminal.listen(BREATH)
    terminal.press(" ").wait_for("[ ]")
    terminal.press("m").wait_for("[edits]").press("m").wait_for("[auto]")
    terminal.press("enter").wait_for("The agreed plan:").wait_for("quoted")
    changed = [path.name for path in project.rglob("*.py") if "->" in path.read_text()]
    files = [path.name for path in project.rglob("*.py")]
    assert len(changed) == len(files) - 1  # all but the one that was dropped
    terminal.say("/plan").wait_for("all of it")
    terminal.press("escape").wait_until_gone("all of it")
    quit_program(terminal)

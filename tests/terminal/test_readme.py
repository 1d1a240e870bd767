"""The README's example, run as it stands there: every figure is the same wherever it is shown.

What the sidebar, the landing block and the last line say is read off the screen and compared with
the result object that `-p --output-format json` prints, made from the session's log.
"""

import os
import re
import shlex
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.screen_figures import count, dollars, landing_block, shown, sidebar, transcript
from tests.terminal.steps import choose, quit_program
from tests.terminal.terminal import ROOT, Start, Terminal
from tui.agent.run_result import exit_code, run_result
from tui.agent.sandbox.enforcement import Enforcement
from tui.claude.catalogue import load_catalogue
from tui.number_format import format_dollars
from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.meter_readings import read_meters
from tui.session.prompt_costs import PromptCosts
from tui.session.prompt_receipt import Receipt, make_receipt
from tui.session.store import SessionStore

README = (ROOT / "README.md").read_text()
PARTS = ("tui/budget", "tui/session", "tests/budget", "README.md", "pyproject.toml")
"""What of the project's own folder is worked on in every run of the tests."""
ALL = ("tui", "tests", "docs", "screenshots", "themes", "README.md", "pyproject.toml")
"""The folder as a reader of the README has it; worked on where NIGHTLY is set: it takes minutes."""
SIZE = (140, 60)
PATIENCE = 240.0
"""Seconds for the whole example; a machine at rest takes a few."""
END = re.compile(r"── ((?:\$|≈ \d|\d+ %|took|paused|stopped|left).*?) ─")


def command() -> list[str]:
    """The options of the command that opens the README."""
    (line,) = re.findall(
        r"^python3 -m venv .* && glideslope (--simulate .*)$", README, re.MULTILINE
    )
    return shlex.split(line)


def prompt() -> str:
    """The prompt that the README proposes."""
    (words,) = re.findall(r"In the chat, type \*([^*]+)\*", README)
    return " ".join(words.split())


def copied(parts: tuple[str, ...], there: Path) -> Path:
    """A copy of parts of the project."""
    for part in parts:
        source, target = ROOT / part, there / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return there


def finished(terminal: Terminal) -> Terminal:
    """Wait for the end of the turn; at the reserve, let the model finish."""

    def has_ended() -> bool:
        return END.search(transcript(terminal)) is not None

    terminal.wait_for(lambda: has_ended() or "┃ f finish" in terminal.text, PATIENCE)
    if not has_ended():
        choose(terminal, "┃ f finish", "f").wait_for(has_ended, PATIENCE)
    return terminal.wait_for("? help")


def printed() -> tuple[dict[str, Any], Receipt]:
    """The result object of a run without a screen, and the receipt of the last prompt.

    Both come from the log of the only session.
    """
    data = Path(os.environ["GLIDESLOPE_HOME"])
    (path,) = data.glob("**/sessions/*/*.db")
    with SessionStore.open(path, read_only=True) as store:
        records = list(full_log(store))
    state = fold(records)
    window = load_catalogue().model(state.model).context
    read = read_meters(state, window=window)
    receipt = make_receipt(state.turn, state, PromptCosts(records), ())
    return run_result(state, "", read, Enforcement(), exit_code(state), None, receipt), receipt


NIGHTLY = pytest.mark.skipif("NIGHTLY" not in os.environ, reason="takes minutes")


@pytest.mark.parametrize(
    ("parts", "budget"),
    [
        pytest.param(PARTS, None, id="a-part"),
        pytest.param((*PARTS, "tests/session"), 20_000, id="more-than-the-budget"),
        pytest.param(ALL, None, id="all", marks=NIGHTLY),
    ],
)
def test_the_figures_of_the_example_are_the_same_wherever_they_are_shown(
    start: Start, tmp_path: Path, parts: tuple[str, ...], budget: int | None
):
    """Args: budget: tokens, in the place of what the README says."""
    folder = copied(parts, tmp_path / "glideslope")
    options = [*command(), "--pace", "max", "--permission-mode", "auto"]
    options += [] if budget is None else ["--budget", str(budget)]
    terminal = start(*options, folder=folder, size=SIZE).wait_for("LEFT of")
    finished(terminal.wait_until_gone("starting").say(prompt()))
    if not landing_block(terminal):  # it ended by itself: the block comes when it is asked for
        terminal.say("/wrapup").wait_for("┃ Wrapped up")
        finished(terminal)
    beside, said, report = sidebar(terminal), transcript(terminal), landing_block(terminal)
    quit_program(terminal)
    told, receipt = printed()
    tokens, billed, context = (told["meters"][name] for name in ("budget", "billed", "context"))
    assert tokens["grant"] == (budget or 60_000)
    assert tokens["left"] > 0

    assert shown(beside, f"# LEFT of {tokens['grant'] // 1_000}k") == tokens["left"]
    assert dollars(beside) == round(Decimal(billed["dollars"]), 2)
    assert context["used"] < context["window"] / 2 and "context" not in beside

    states = [task["state"] for task in told["checklist"] if task["state"] != "skipped"]
    assert count(beside, "─ # of #") == (states.count("done"), len(states))
    done, whole = states.count("done"), len(states)
    assert len(told["wrap_up"]["done"]) == done
    assert f"{done} of {whole} done" in report
    ahead, rest = told["to_finish"], told["to_finish"]["tokens"]
    (following,) = re.findall(r"next .*", report) or [""]
    assert shown(following, "≈ #") == rest if rest else "≈" not in following
    if ahead["verdict"] == "short":
        assert shown(beside, "# short") == ahead["short_by"]
    elif ahead["verdict"] == "fits":
        assert shown(beside, "fits: # to finish") == rest
    assert told["wrap_up"]["estimate_to_finish"] == rest
    # The block says what the receipt would: here the session has one prompt, or its wrap-up too.
    assert shown(report, "# used") == told["meters"]["charged"]
    assert receipt.dollars is not None and format_dollars(Decimal(billed["dollars"])) in report
    last = END.findall(said)[-1]
    assert "$" not in last or format_dollars(receipt.dollars) in last

"""The main job in a terminal: a prompt, permissions by keys, the gauge, an interrupt, resizing."""

import re
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.terminal

JOB = "Review all Python files and fix missing return annotations"
STORY = "Explain this project"
DONE = "── done"


GRACE = 0.45
"""Seconds a question takes no answer, lest a key meant for the draft gives one."""


def answer(terminal: Terminal, about: str, key: str) -> Terminal:
    """Read the question about something, and press the key of an answer."""
    terminal.wait_for(f"│ {about}").listen(GRACE)
    return terminal.press(key).wait_until_gone(f"│ {about}")


def used(terminal: Terminal) -> int:
    """Tokens used, as the gauge has them."""
    found = re.search(r"≈?([\d.]+)(k?) used", terminal.text)
    return round(float(found[1]) * (1000 if found[2] else 1)) if found else -1


def test_the_main_job_is_done_with_the_user_s_permission(fly, project: Path) -> None:
    def source(name: str) -> str:
        return (project / "src" / f"{name}.py").read_text()

    terminal = fly().say(JOB).wait_for("yes, once")
    assert "src/emit.py" in terminal.text and "+def emit(text: str) -> list[str]:" in terminal.text
    assert "-> list[str]" not in source("emit")
    answer(terminal, "src/emit.py", "1").wait_for("+def lexer")
    assert "-> list[str]" in source("emit") and "-> list[str]" not in source("lexer")
    answer(terminal, "src/lexer.py", "2")
    answer(terminal, "bash", "1").wait_for(DONE)
    for name in ("emit", "lexer", "parse"):
        assert f"def {name}(text: str) -> list[str]:" in source(name)
    assert 0 < used(terminal) < 60_000
    assert "5/5" in terminal.text


def test_a_refusal_leaves_the_file_alone_and_the_work_goes_on(fly, project: Path) -> None:
    terminal = fly().say(JOB)
    for name in ("emit", "lexer", "parse"):
        answer(terminal, f"src/{name}.py", "4")
    terminal.wait_for("⊘ edit   src/emit.py  denied").wait_until_gone("· esc interrupt")
    assert "-> list[str]" not in (project / "src" / "emit.py").read_text()


def test_the_gauge_moves_while_text_streams(fly) -> None:
    terminal = fly(pace="300").say(STORY).wait_for("writing")
    figures = []
    while len(set(figures)) < 4:
        terminal.wait_for(lambda: used(terminal) not in figures)
        figures.append(used(terminal))
    assert DONE not in terminal.text
    assert figures == sorted(figures)


def test_escape_interrupts_and_keeps_the_draft_and_what_was_said(fly) -> None:
    terminal = fly(pace="60").say(STORY).wait_for("writing")
    terminal.type("my next idea")
    terminal.press("escape").wait_for("── interrupted")
    assert "❯ my next idea" in terminal.text
    terminal.press("enter").wait_for("> my next idea").wait_for(DONE)


def test_a_window_may_be_made_small_and_large_again(fly) -> None:
    terminal = fly(pace="200").say(STORY).wait_for("writing")
    assert "BUDGET" in terminal.text
    terminal.resize(80, 24).wait_until_gone("BUDGET")
    terminal.wait_for(lambda: re.search(r"[█▏▎▍▌▋▊▉≈░]+.* used", terminal.text))
    terminal.resize(20, 5)
    terminal.wait_for(lambda: "❯" in terminal.text and "BUDGET" not in terminal.text)
    terminal.resize(120, 40).wait_for("BUDGET").wait_for(DONE)
    assert all(len(line) <= 120 for line in terminal.lines)
    terminal.say("hello").wait_for("What shall it be?")


def test_it_starts_in_a_window_of_twenty_by_five(start) -> None:
    terminal = start("--simulate", "--budget", "60k", "--pace", "max", size=(20, 5))
    terminal.wait_for("❯").say("hi").wait_for("done")
    terminal.press("ctrl+c", "ctrl+c")
    assert terminal.wait_for_exit() == 0

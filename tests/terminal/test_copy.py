"""Copying in tmux, from a real terminal: what was selected is what tmux pastes."""

import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.terminal.steps import quit_program
from tests.terminal.terminal import BREATH, Start, Terminal

SHIFT_LEFT = "\x1b[1;2D"
OUTPUT = r"!printf 'all:\n\tcc \t-o x  \n\302\273\344\270\255\n'"

ROWS: dict[str, tuple[list[str], str, str]] = {
    "words of the draft": (
        ["text:hello world", *["send:" + SHIFT_LEFT] * 5, "key:ctrl+c", "key:end", "key:ctrl+u"],
        "world",
        r"Copied 5 characters to tmux\.",
    ),
    "a block under the cursor, tabs and all": (
        [f"text:{OUTPUT}", "key:enter", "see:cc", "key:ctrl+up", "key:y", "key:escape"],
        f"{OUTPUT.replace('!', '! ', 1)}\nall:\n\tcc \t-o x  \n»中",
        r"Copied 74 characters to tmux\.",
    ),
    "the last answer": (
        ["text:hello", "key:enter", "see:What would you like?", "idle:", "text:/copy", "key:enter"],
        "Hello!",
        r"Copied \d{3} characters to tmux\.",
    ),
}
"""The steps, what the buffer begins with then, and what the status line says."""


def do(terminal: Terminal, step: str) -> None:
    kind, _, what = step.partition(":")
    match kind:
        case "text":
            terminal.type(what)
        case "send":
            terminal.send(what)
        case "key":
            terminal.press(what)
        case "see":
            terminal.wait_for(what)
        case _:
            terminal.wait_for(" tokens · ")
    # A letter right behind an escape would be one key with it.
    terminal.listen(0.15 if step == "key:escape" else BREATH)


def test_what_is_copied_is_in_the_buffer_of_tmux(start_offline: Start, tmp_path: Path):
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux")
    own = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY")}
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    run = partial(subprocess.run, env=own, timeout=60, capture_output=True, text=True)
    run([*tmux, "new-session", "-d", "sleep 600"], check=True)
    try:
        terminal = start_offline(
            size=(100, 30), environment={"TMUX": f"{tmp_path / 'tmux'},1,0", "DISPLAY": ""}
        )
        for name, (steps, right, said) in ROWS.items():
            for step in steps:
                do(terminal, step)
            terminal.wait_for(re.compile(said))
            held = run([*tmux, "show-buffer"], check=True).stdout
            assert held.startswith(right), name
            assert b"\x1b]52" not in terminal.raw, name
        quit_program(terminal)
    finally:
        run([*tmux, "kill-server"], check=False)

"""Markdown and tool calls that stream into the real program: one start, a prompt for each row."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.support.simulator import TOKEN
from tests.terminal.scripted_server import answering
from tests.terminal.terminal import Start, Terminal
from tui.simulator.scripted_model.model_input import ScriptedBlock, ScriptedText, ScriptedToolUse

TRANSCRIPT_CELLS = 82
"""Cells of a row before the scroll bar and the sidebar."""

MARKDOWN: dict[str, tuple[str, list[str]]] = {
    "a break in a cell": (
        "| name | what |\n| --- | --- |\n| cart<br>tax | two<br/>lines |",
        ["name  what", "────  ─────", "cart  two", "tax   lines"],
    ),
    "names with underscores": (
        "Look at __init__.py, `__main__.py` and **__all__**.",
        ["Look at __init__.py, __main__.py and __all__."],
    ),
    "code with tabs": (
        "```make\nall: cart\n\tcc -o cart\n\t\tdeep\n```",
        [" all: cart", "     cc -o cart", "         deep"],
    ),
}


def shown(terminal: Terminal, end: str) -> list[str]:
    """The rows of the answer that ends with a word, without what is beside them."""
    rows = [row[:TRANSCRIPT_CELLS].rstrip() for row in terminal.lines]
    last = next(at for at, row in enumerate(rows) if row.strip() == end)
    first = max(at for at, row in enumerate(rows[:last]) if row.startswith(" > "))
    return [row for row in rows[first + 1 : last] if row]


def test_what_models_write_looks_as_it_is_meant(start: Start, project: Path):
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText(f"It is:\n\n{source}\n\nend-of-row-{number}"),)
        for number, (source, _rows) in enumerate(MARKDOWN.values())
    ]
    with answering(*replies) as address:
        server = {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": TOKEN}
        terminal = start(environment=server).wait_until_gone("starting")
        wrong = {}
        for number, (name, (_source, rows)) in enumerate(MARKDOWN.items()):
            end = f"end-of-row-{number}"
            terminal.say(f"prompt {number}").wait_for(end).wait_until_gone("esc interrupt")
            if (found := shown(terminal, end)) != [" ● It is:", *(f"   {row}" for row in rows)]:
                wrong[name] = found
        assert not wrong
        terminal.press("ctrl+c", "ctrl+c")
        assert terminal.wait_for_exit() == 0


def test_what_the_model_did_stays_in_view(start: Start, project: Path):
    calls = [
        *(ScriptedToolUse("read", {"path": f"src/{name}.py"}) for name in ("parse", "lexer")),
        ScriptedToolUse("bash", {"command": "seq 9"}),
        ScriptedToolUse("bash", {"command": "echo broken; exit 3"}),
    ]
    edit = {
        "path": "src/parse.py",
        "old_string": "def parse(text: str):",
        "new_string": "def parse(text: str) -> list[str]:",
    }
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText("I look first."), *calls),
        (ScriptedText("One change."), ScriptedToolUse("edit", edit)),
        (ScriptedText("All-is-done."),),
    ]
    with answering(*replies) as address:
        server = {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": TOKEN}
        terminal = start("--permission-mode", "auto", environment=server)
        terminal.wait_until_gone("starting").say("Go on.").wait_for("● All-is-done.")
        rows = [re.sub(r" · ≈? ?\d+", "", row.strip()) for row in shown(terminal, "● All-is-done.")]
        assert rows == [
            "● I look first.",
            "read 2 files: parse lexer ▸",
            "bash seq 9  exit 0",
            "+5 rows ▸", "▏ 6", "▏ 7", "▏ 8", "▏ 9",
            "✗ bash echo broken; exit 3  failed · exit 3",
            "▏ broken", "▏ [exit code 3]",
            "● One change.",
            "edit src/parse.py  +1 −1 ▸",
            "4 − def parse(text: str):", "4 + def parse(text: str) -> list[str]:",
        ]  # fmt: skip
        terminal.press("ctrl+c", "ctrl+c")
        assert terminal.wait_for_exit() == 0

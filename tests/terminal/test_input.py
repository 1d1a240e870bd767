"""What a terminal sends, byte by byte, and what the draft is then: one program, many rows."""

import base64
import re
from functools import partial
from pathlib import Path

from tests.terminal.steps import quit_program
from tests.terminal.terminal import BREATH, KEYS, Start, Terminal

EMPTY = "What should be done?"
LINES = "\n".join(f"P{n}" for n in range(30))
PASTE = f"\x1b[200~{LINES}\x1b[201~"
FOLDED = re.compile(r"\[paste #\d+: 30 lines, ≈ [\d.]+k? tokens\]")
SHIFT_LEFT = "\x1b[1;2D"
UNDO, YANK, DELETE_WORD, DELETE_LINE = "\x1f", "\x19", "\x17", "\x15"

ROWS: dict[str, tuple[list[str | float], list[str]]] = {
    "a word deleted behind a folded paste": (["see ", PASTE, DELETE_WORD], ["see"]),
    "delete in front of a folded paste": ([PASTE, KEYS["home"], KEYS["delete"]], []),
    "undo": (["three precious words", DELETE_LINE, UNDO], ["three precious words"]),
    "put back": (["three precious words", DELETE_LINE, YANK], ["three precious words"]),
    "words put back": (["three words", DELETE_WORD, DELETE_WORD, YANK], ["three words"]),
    "lines with CRLF in one write": (["a\r\nb\r\nc"], ["a", "b", "c"]),
    "lines with CRLF in two writes": (["a\r\nb\r", "\nc"], ["a", "b", "c"]),
    "device attributes, late": (["A", "\x1b[?62;22c", "B"], ["AB"]),
    "a colour, late": (["A", "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\", "B"], ["AB"]),
    "a name of the terminal, cut": (["A", "\x1bP>|xt", 0.3, "erm(1)\x1b\\", "B"], ["AB"]),
    "a key cut in two": (["AC", "\x1b", 0.02, "[D", "B"], ["ABC"]),
    "a Cyrillic letter": (["\x1b[1089::99;;1089u"], ["с"]),
    "delete a word on a Cyrillic layout": (["two words", "\x1b[1094::119;5u"], ["two"]),
    "the same, key let go": (["two words", "\x1b[1094::119;5:3u"], ["two words"]),
    "delete a word on a Hebrew layout": (["two words", "\x1b[39::119;5u"], ["two"]),
    "undo where shift is a key of its own": (["two", DELETE_LINE, "\x1b[45:95:45;6u"], ["two"]),
    "a name with a space": (["see @my f", 0.7, "\t"], ['see @"my file.txt"']),
}  # fmt: skip


def draft(terminal: Terminal) -> list[str]:
    """The lines of the draft, without what is beside them."""
    rows = [row[:60].rstrip(" ▏│") for row in terminal.lines]
    at = next((at for at, row in enumerate(rows) if re.match(r" +❯ ", row)), None)
    if at is None or EMPTY in rows[at]:
        return []
    return [row.split("❯ ")[-1].strip() for row in rows[at:-1] if row.strip()]


def has_draft(terminal: Terminal, lines: list[str]) -> bool:
    return draft(terminal) == lines


def clear(terminal: Terminal) -> None:
    for _ in range(12):
        if draft(terminal):
            terminal.press("end", "ctrl+u", "backspace")
            terminal.listen(BREATH)
    terminal.wait_for(EMPTY)


def test_the_draft_has_what_was_meant(start_offline: Start, project: Path):
    (project / "my file.txt").write_text("mine\n")
    terminal = start_offline(size=(100, 30))
    for name, (steps, right) in ROWS.items():
        clear(terminal)
        for step in steps:
            if isinstance(step, float):
                terminal.listen(step)
            else:
                terminal.send(step)
                terminal.listen(BREATH)
        try:
            terminal.wait_for(partial(has_draft, terminal, right), 20)
        except AssertionError as error:
            raise AssertionError(
                f"{name}: {draft(terminal)} is not {right}\n{terminal.text}"
            ) from error
    clear(terminal)
    quit_program(terminal)


def test_ctrl_c_copies_what_is_selected_and_leaves_the_draft(start_offline: Start):
    terminal = start_offline(size=(100, 30), environment={"SSH_TTY": "/dev/pts/9"})
    terminal.type("hello world")
    for _ in range(5):
        terminal.send(SHIFT_LEFT)
        terminal.listen(BREATH)
    terminal.press("ctrl+c")
    copied = base64.b64encode(b"world")
    terminal.wait_for(lambda: copied in terminal.raw)
    terminal.press("ctrl+c").listen(0.3)
    assert draft(terminal) == ["hello world"], "the second ctrl+c copied again"
    terminal.press("right").listen(BREATH)
    terminal.send("\x1b[1089::99;5u")  # ctrl+c on a Cyrillic layout
    terminal.wait_for(EMPTY)
    terminal.send("\x1b[1074::100;5u")  # and ctrl+d
    assert terminal.wait_for_exit() == 0


def test_copied_lines_that_begin_like_a_command_are_asked_about(start_offline: Start):
    terminal = start_offline(size=(100, 30))
    terminal.paste("/export const x = 1\nconst y = 2").wait_for("/export const x = 1")
    terminal.press("enter").wait_for("begins with /export").press("enter")
    terminal.wait_for("> /export const x = 1").wait_for("const y = 2")
    assert "const x = 1" not in "".join(path.name for path in terminal_folder(terminal))
    terminal.close()


def terminal_folder(terminal: Terminal) -> list[Path]:
    return list(Path(f"/proc/{terminal.process.pid}/cwd").iterdir())


def test_ten_thousand_lines_without_brackets_are_a_paste_at_once(start_offline: Start):
    """One, unless this machine was busy elsewhere for longer than a paste may pause."""
    terminal = start_offline(size=(100, 30))
    text = "".join(f"line {n} of a long log\r" for n in range(10_000))
    used = terminal.cpu_ticks
    for at in range(0, len(text), 1024):
        terminal.send(text[at : at + 1024])
        terminal.read(0)

    def pasted() -> list[int]:
        found = re.findall(r"\[paste #\d+:\s+([\d,]+)\s+lines", terminal.text)
        return [int(lines.replace(",", "")) for lines in found]

    terminal.wait_for(lambda: sum(pasted()) == 10_000)
    assert len(pasted()) <= 5
    assert (terminal.cpu_ticks - used) / 100 < 1.0
    terminal.close()

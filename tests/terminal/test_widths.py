"""Terminals that draw characters at other widths than expected: the edge of the sidebar stays."""

from collections.abc import Callable

import pyte.screens
import pytest

from tests.terminal.steps import DONE_MARK, quit_program
from tests.terminal.terminal import Start, Terminal

EDGE = "▏"
LIBRARY: Callable[[str], int] = vars(pyte.screens)["wcwidth"]
CLUSTERS = {
    "a variation selector": "❤️",
    "another one": "⚠️",
    "a family": "👩‍👩‍👧",
    "a profession": "🧑‍💻",
    "a flag": "🇩🇪",
    "a tone of skin": "👍🏽",
    "a key cap": "1️⃣",
    "a combining mark": "e\u0301",
    "jamo": "\u1100\u1161\u11a8",
    "a vowel sign": "नि",
    "Han": "中文",
    "a new emoji": "🫨",
}


def wcwidth(character: str) -> int:
    """Cells of a character by the tables of the emulator's library."""
    return int(LIBRARY(character))


def narrow(character: str) -> int:
    """As a terminal with old tables: everything but Han takes one cell."""
    return 1 if ord(character) > 0x2600 and wcwidth(character) > 0 else wcwidth(character)


def wide(character: str) -> int:
    """As one that gives a cell or two to what others join."""
    joins = {"\ufe0f": 1, "\u200d": 1, "\u0301": 1, "\u20e3": 1}
    if "\u1160" <= character <= "\u11ff" or "\u0900" <= character <= "\u097f":
        return 1
    return joins.get(character, 2 if ord(character) > 0x2900 else wcwidth(character))


def rows_without_edge(terminal: Terminal, column: int) -> list[str]:
    """The rows that have something else in the column of the edge."""
    cells = terminal.screen.buffer
    rows = range(1, terminal.screen.lines)
    return [terminal.lines[row] for row in rows if cells[row][column].data != EDGE]


NAMES = list(CLUSTERS)


def line(name: str) -> str:
    """A line that has a cluster in every place of a row, and in its last cells."""
    cluster = CLUSTERS[name]
    return f"{cluster * 31} {name} {'x' * 50}{cluster} {'y' * 55}{cluster}{cluster}"


@pytest.mark.parametrize("widths", [wcwidth, narrow, wide])
@pytest.mark.parametrize("names", [NAMES[:6], NAMES[6:]], ids=["first", "second"])
def test_the_edge_of_the_sidebar_stays_in_its_column(
    names: list[str],
    widths: Callable[[str], int],
    start_offline: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pyte.screens, "wcwidth", widths)
    terminal = start_offline(size=(100, 60))
    edge = next(at for at in range(100) if terminal.screen.buffer[30][at].data == EDGE)
    for at, name in enumerate(names):
        terminal.paste(f"{line(name)}\n").wait_for(name).listen(0.05)
        assert rows_without_edge(terminal, edge) == [], f"{names[: at + 1]}, as a draft"
    terminal.paste("the end").wait_for("the end").press("enter")
    terminal.wait_for(DONE_MARK).wait_for("? help").listen(0.1)
    assert rows_without_edge(terminal, edge) == [], "as a prompt"
    quit_program(terminal)

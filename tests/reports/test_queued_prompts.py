"""The rows above the composer: each prompt on one row, what it waits for behind the last."""

import pytest

from tui.reports.queued_prompts import QueuedPrompt, queued_rows

KEYS = ("↑ edit", "esc esc send now")
NEXT = "goes with the next result"


def drawn(prompts: list[tuple[str, int | None]], width: int) -> list[str]:
    made = [QueuedPrompt(text, tokens, NEXT) for text, tokens in prompts]
    rows = queued_rows(made, width, keys=KEYS)
    return [("   " if row.words else "").join([row.words, row.details]) for row in rows]


LONG = "and keep the names of all the functions as they are now"

ROWS: list[tuple[str, list[tuple[str, int | None]], int, list[str]]] = [
    ("nothing", [], 80, []),
    (
        "one, where all fits on a row",
        [("only cart.py please", 16)],
        92,
        [f"↳ only cart.py please   ≈ 16 tokens · {NEXT} · ↑ edit · esc esc send now"],
    ),
    (
        "one, where it does not",
        [("only cart.py please", 16)],
        76,
        ["↳ only cart.py please   ≈ 16 tokens", f"{NEXT} · ↑ edit · esc esc send now"],
    ),
    (
        "a long one gives way to its tokens",
        [(LONG, 30)],
        40,
        ["↳ and keep the names of a…   ≈ 30 tokens", f"{NEXT} · ↑ edit · esc esc send now"],
    ),
    (
        "several lines are one row, control characters are gone",
        [("one\ntwo\x1b[31m three", 5)],
        76,
        ["↳ one two three   ≈ 5 tokens", f"{NEXT} · ↑ edit · esc esc send now"],
    ),
    (
        "a command has no tokens",
        [("/budget 20k", None)],
        76,
        [f"↳ /budget 20k   {NEXT} · ↑ edit · esc esc send now"],
    ),
    (
        "five: the newest three, the others counted",
        [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)],
        76,
        [
            "2 more   ≈ 3 tokens",
            "↳ c   ≈ 3 tokens",
            "↳ d   ≈ 4 tokens",
            f"↳ e   ≈ 5 tokens · {NEXT} · ↑ edit · esc esc send now",
        ],
    ),
]


@pytest.mark.parametrize(
    ("prompts", "width", "rows"), [pytest.param(*row[1:], id=row[0]) for row in ROWS]
)
def test_what_waits_is_shown(prompts: list[tuple[str, int | None]], width: int, rows: list[str]):
    assert drawn(prompts, width) == rows


def test_wide_characters_are_counted_in_cells():
    prompt = [QueuedPrompt("漢字漢字漢字", 3, NEXT)]
    (row, _) = queued_rows(prompt, 24, cells=lambda text: sum(1 + (c in "漢字") for c in text))
    assert row.words == "↳ 漢字漢字…"  # 2 + 8 + 1 cells; 13 are left to the tokens

"""What items look like, line by line."""

import pytest

from tui.reports.transcript_items import (
    DividerItem,
    NoticeItem,
    NoticeLevel,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
)
from tui.session.events import FileChange
from tui.widgets.transcript.diffs import DiffRow, drawable_rows
from tui.widgets.transcript.item_blocks import (
    blocks_for_item,
    is_foldable,
    is_single_line,
    item_source,
)
from tui.widgets.transcript.tool_blocks import TOOL_STATES
from tui.widgets.transcript.wrapping import cell_width

DIFF = """--- a/x.py
+++ b/x.py
@@ -8,4 +8,5 @@ def f():
 same
-old
+new
+more
 same
@@ -40,2 +41,1 @@
-gone
 last
\\ No newline at end of file
"""


def drawn(item: TranscriptItem, width: int = 60, folded: bool = True) -> list[str]:
    return [
        "" if row is None else row.text.rstrip()
        for block in blocks_for_item(item, folded)
        for row in [None] * block.gap + block.lines(width)
    ]


def test_a_prompt_has_a_bar_and_keeps_its_lines():
    assert drawn(PromptItem("p", "do this\n  and that")) == ["> do this", "    and that"]


def test_a_long_prompt_is_folded_and_says_how_much_is_missing():
    text = "\n".join(f"line {number}" for number in range(40))
    folded = drawn(PromptItem("p", text))
    assert folded[15:] == ["  line 15", "  ▸ 24 more lines"]
    assert drawn(PromptItem("p", text), folded=False)[-1] == "  line 39"


def test_thinking_is_one_line_until_it_is_unfolded():
    item = ThinkingItem("t", "first\n\nsecond", 1240, 4.0)
    assert drawn(item) == ["● thinking 1.2k · 4s ▸"]
    assert drawn(item, folded=False) == [
        "● thinking 1.2k · 4s ▾",
        "  ▏ first",
        "  ▏",
        "  ▏ second",
    ]


def test_a_tool_line_has_its_tokens_at_the_right_edge():
    (row,) = drawn(ToolItem("t", "read", "src/parse.py", "done", 1300, summary="214 lines"))
    assert row == "● read   src/parse.py  214 lines                        1.3k"
    assert cell_width(row) == 60


def test_tokens_are_marked_while_they_are_an_estimate():
    (row,) = drawn(ToolItem("t", "read", "x", "done", 1300, settled=False))
    assert row.endswith("≈ 1.3k")


def test_no_state_is_told_by_colour_alone():
    rows = {state: drawn(ToolItem("t", "x", "y", state))[0] for state in TOOL_STATES}
    assert len({row[0] for row in rows.values()}) == len(TOOL_STATES)
    words = [rows[state].split("y  ")[1] for state in TOOL_STATES]
    assert words == ["running", "done", "failed", "denied", "interrupted", "not run"]


@pytest.mark.parametrize("width", [24, 40, 80, 140])
def test_a_tool_line_is_one_line_at_every_width(width: int):
    summary = "exit 1 " * 9
    item = ToolItem("t", "bash", "pytest -q " + "x" * 200, "error", 22_000, False, summary, "out")
    (block,) = blocks_for_item(item, True)
    (line,) = block.lines(width)
    assert cell_width(line.text) <= width
    assert line.text.endswith("≈ 22k")
    assert "failed" in line.text or width < 30


def test_of_a_path_the_end_is_kept_and_of_a_command_the_start():
    path = "src/" + "folder/" * 20 + "name.py"
    assert "name.py" in drawn(ToolItem("t", "read", path))[0]
    assert "pytest -q -k" in drawn(ToolItem("t", "bash", "pytest -q -k " + "word " * 30))[0]


def test_a_tool_unfolds_to_its_output():
    item = ToolItem("t", "bash", "ls", "done", detail="one\n\ttwo\n")
    assert drawn(item)[0].endswith("▸")
    assert drawn(item, folded=False)[1:] == ["  ▏ one", "  ▏     two"]


def test_the_output_of_the_users_own_command_is_shown():
    item = ToolItem("t", "!", "echo", "done", detail="one\n\ttwo\n", summary="exit 0")
    assert drawn(item) == ["● !      echo  exit 0", "  ▏ one", "  ▏     two"]
    assert not is_foldable(item) and not is_single_line(item)


def test_of_a_long_output_of_the_users_own_command_the_beginning_is_shown():
    item = ToolItem("t", "!", "seq 200", "done", detail="\n".join(map(str, range(200))))
    assert len(drawn(item)) == 1 + 20 + 1 and drawn(item)[0].endswith("▸")
    assert drawn(item)[-1] == "  … 180 more lines"
    assert len(drawn(item, folded=False)) == 1 + 200


def test_a_tool_with_nothing_to_show_does_not_fold():
    assert not is_foldable(ToolItem("t", "bash", "true", "done"))


def test_a_diff_shows_signs_and_the_right_line_numbers():
    change = FileChange(path="x.py", added=2, removed=2, diff=DIFF)
    item = ToolItem("t", "edit", "x.py", "done", changes=(change,))
    assert drawn(item, folded=False) == [
        "● edit   x.py  +2 −2 ▾",
        "    8   same",
        "    9 − old",
        "    9 + new",
        "   10 + more",
        "   11   same",
        "      ⋯",
        "   40 − gone",
        "   41   last",
    ]


def test_diff_rows_by_hand():
    assert list(drawable_rows("@@ -1 +1 @@\n-a\n+b\n")) == [
        DiffRow("removed", 1, "a"),
        DiffRow("added", 1, "b"),
    ]


def test_a_hunk_ends_where_its_counts_say():
    diff = (
        "--- a\n+++ b\n@@ -1,3 +1,2 @@\n x\n--- not a header\n\n--- c\n+++ d\n@@ -7 +7 @@\n-o\n+n\n"
    )
    assert list(drawable_rows(diff)) == [
        DiffRow("same", 1, "x"),
        DiffRow("removed", 2, "-- not a header"),
        DiffRow("same", 2, ""),
        DiffRow("gap", 0, "d"),
        DiffRow("removed", 7, "o"),
        DiffRow("added", 7, "n"),
    ]


def test_very_long_output_is_cut_and_says_so():
    item = ToolItem("t", "bash", "yes", "done", detail="y\n" * 3_000)
    assert drawn(item, folded=False)[-1] == "  … 1000 more lines"


@pytest.mark.parametrize(("level", "sign"), [("info", "·"), ("warning", "!"), ("error", "✗")])
def test_a_notice_has_a_sign_for_its_level(level: NoticeLevel, sign: str):
    assert drawn(NoticeItem("n", "words", level)) == [f"{sign} words"]


def test_a_divider_is_a_rule_with_words():
    assert drawn(DividerItem("d", "done · 24k used"), 30) == ["── done · 24k used ───────────"]
    assert drawn(DividerItem("d"), 10) == ["──────────"]


def test_the_words_of_a_divider_give_way_part_by_part():
    ended = DividerItem("d", "landed on the budget after 5m · 161k used · 22 requests")
    assert drawn(ended, 50) == ["── landed on the budget after 5m · 161k used ─────"]
    assert drawn(ended, 42) == ["── landed on the budget after 5m ─────────"]
    assert drawn(ended, 24) == ["── landed on the bud… ──"]


def test_copying_a_tool_gives_what_it_did():
    item = ToolItem("t", "bash", "ls -l", "done", detail="a\nb\n")
    assert item_source(item) == "bash ls -l\na\nb"


BAD = "[/bold] \x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b2J \u202e[link='x']"


@pytest.mark.parametrize(
    "item",
    [
        PromptItem("k", BAD),
        ThinkingItem("k", BAD),
        ToolItem("k", "bash", "x", "done", 1, True, "", BAD),
        ToolItem("k", BAD, BAD, "error", 1, True, BAD),
        ToolItem(
            "k",
            "edit",
            "x",
            changes=(
                FileChange(path=BAD, diff=f"@@ -1 +1 @@\n-{BAD}\n+{BAD}"),
                FileChange(path=BAD, diff="@@ -1 +1 @@\n-a"),
            ),
        ),
        NoticeItem("k", BAD, "error"),
        DividerItem("k", BAD),
    ],
    ids=lambda item: type(item).__name__,
)
def test_foreign_text_is_clean_and_never_markup(item: TranscriptItem):
    text = "\n".join(drawn(item, 200, folded=False))
    assert "[/bold]" in text
    assert "\ufffd[link='x']" in text
    assert not set("\x1b\x07\x9b\u202e") & set(text)

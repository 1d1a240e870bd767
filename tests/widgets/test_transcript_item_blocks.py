"""What items look like, line by line."""

import pytest

from tui.reports.transcript_items import (
    AnswerItem,
    CallGroupItem,
    DividerItem,
    NoticeItem,
    NoticeLevel,
    PromptItem,
    ThinkingItem,
    ToolItem,
    ToolState,
    TranscriptItem,
)
from tui.session.events import FileChange
from tui.widgets.transcript.diffs import DiffRow, drawable_rows
from tui.widgets.transcript.item_blocks import (
    blocks_for_item,
    is_foldable,
    item_source,
)
from tui.widgets.transcript.item_marks import item_mark
from tui.widgets.transcript.tool_blocks import TOOL_STATES
from tui.widgets.transcript.transcript_styles import ADDED_WORD, REMOVED_WORD
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


def test_a_prompt_keeps_its_lines():
    assert drawn(PromptItem("p", "do this\n  and that")) == ["do this", "  and that"]


def test_a_long_prompt_is_folded_and_says_how_much_is_missing():
    text = "\n".join(f"line {number}" for number in range(40))
    folded = drawn(PromptItem("p", text))
    assert folded[15:] == ["line 15", "▸ 24 more lines"]
    assert drawn(PromptItem("p", text), folded=False)[-1] == "line 39"


def test_thinking_is_one_line_until_it_is_unfolded():
    item = ThinkingItem("t", "first\n\nsecond", 1240, 4.0)
    assert drawn(item) == ["  thought 1.2k in 4s ▸"]
    assert drawn(item, folded=False) == [
        "  thought 1.2k in 4s ▾",
        "    ▏ first",
        "    ▏",
        "    ▏ second",
    ]


def test_the_tokens_of_a_call_are_right_behind_its_state():
    (row,) = drawn(ToolItem("t", "read", "src/parse.py", "done", 1300, summary="214 lines"))
    assert row == "  read src/parse.py  214 lines · 1.3k"


def test_tokens_are_marked_while_they_are_an_estimate():
    (row,) = drawn(ToolItem("t", "read", "x", "done", 1300, settled=False))
    assert row.endswith("· ≈ 1.3k")


def test_a_search_says_its_answer_before_its_pattern():
    (row,) = drawn(ToolItem("t", "grep", "x" * 90, "done", 49, summary="1 file", detail="a.py"))
    assert row.startswith("  1 file · grep xxxx") and row.endswith("x… · 49 ▸")


def test_no_state_is_told_by_colour_alone():
    rows = {state: drawn(ToolItem("t", "x", "y", state))[0] for state in TOOL_STATES}
    assert len({row[2] for row in rows.values()}) == len(TOOL_STATES)
    words = [row.split("y  ")[1] for row in rows.values()]
    assert words == ["running", "done", "failed", "denied", "interrupted", "not run"]


@pytest.mark.parametrize("width", [24, 40, 80, 140])
def test_a_tool_line_is_one_line_at_every_width(width: int):
    summary = "exit 1 " * 9
    item = ToolItem("t", "read", "pytest -q " + "x" * 200, "error", 22_000, False, summary)
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
    item = ToolItem("t", "read", "ls", "done", detail="one\n\ttwo\n")
    assert drawn(item) == ["  read ls  done ▸"]
    assert drawn(item, folded=False)[1:] == ["    ▏ one", "    ▏     two"]


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (0, []),
        (1, ["▏ 1"]),
        (5, ["▏ 1", "▏ 2", "▏ 3", "▏ 4", "▏ 5"]),
        (6, ["+2 rows ▸", "▏ 3", "▏ 4", "▏ 5", "▏ 6"]),
        (5_000, ["+4996 rows ▸", "▏ 4997", "▏ 4998", "▏ 4999", "▏ 5000"]),
    ],
)
@pytest.mark.parametrize("state", ["done", "error", "interrupted"])
def test_the_last_rows_of_a_command_stay_in_view(state: ToolState, rows: int, shown: list[str]):
    item = ToolItem("t", "bash", "make", state, detail="\n".join(str(n + 1) for n in range(rows)))
    assert [row.strip() for row in drawn(item)[1:]] == shown
    assert is_foldable(item) == (rows > 5)
    assert len(drawn(item, folded=False)) == 1 + min(rows, 2000) + (rows > 2000)


def test_a_row_of_an_excerpt_is_one_line():
    item = ToolItem("t", "bash", "make", "done", detail="x" * 300 + "\ny")
    assert drawn(item, 40)[1:] == ["    ▏ " + "x" * 33 + "…", "    ▏ y"]
    assert is_foldable(item) and len(drawn(item, 40, folded=False)) == 1 + 9 + 1


def test_a_call_that_failed_says_why():
    item = ToolItem("t", "edit", "a.py", "error", detail="not found\nread it\nthen\nagain")
    assert [row.strip() for row in drawn(item)] == [
        "✗ edit a.py  failed", "▏ not found", "▏ read it", "▏ then", "+1 row",
    ]  # fmt: skip


def test_a_command_without_output_is_one_line():
    item = ToolItem("t", "bash", "true", "done", detail="(no output)", summary="exit 0")
    assert drawn(item) == ["  bash true  exit 0"] and not is_foldable(item)


def test_with_counts_only_calls_show_no_change_and_no_output():
    change = FileChange(path="x.py", added=2, removed=2, diff=DIFF)
    for item in (
        ToolItem("t", "bash", "ls", "done", detail="one"),
        ToolItem("t", "edit", "x.py", "done", changes=(change,)),
    ):
        assert len(blocks_for_item(item, True, "counts")) == 1
        assert is_foldable(item, "counts")
    failed = ToolItem("t", "bash", "ls", "error", detail="one")
    assert len(blocks_for_item(failed, True, "counts")) == 2


def test_the_output_of_the_users_own_command_is_shown():
    item = ToolItem("t", "!", "echo", "done", detail="one\n\ttwo\n", summary="exit 0")
    assert drawn(item) == ["echo  exit 0", "▏ one", "▏     two"]
    assert not is_foldable(item)


def test_of_a_long_output_of_the_users_own_command_the_beginning_is_shown():
    item = ToolItem("t", "!", "seq 200", "done", detail="\n".join(map(str, range(200))))
    assert len(drawn(item)) == 1 + 20 + 1 and is_foldable(item)
    assert drawn(item)[-1] == "+180 rows"
    assert len(drawn(item, folded=False)) == 1 + 200


def test_a_tool_with_nothing_to_show_does_not_fold():
    assert not is_foldable(ToolItem("t", "bash", "true", "done"))


def test_a_diff_shows_signs_and_the_right_line_numbers():
    change = FileChange(path="x.py", added=2, removed=2, diff=DIFF)
    item = ToolItem("t", "edit", "x.py", "done", changes=(change,))
    assert drawn(item, folded=False) == [
        "  edit x.py  +2 −2 ▾",
        "      8   same",
        "      9 − old",
        "      9 + new",
        "     10 + more",
        "     11   same",
        "        ⋯",
        "     40 − gone",
        "     41   last",
    ]


def test_a_folded_change_shows_what_changed_and_no_context():
    change = FileChange(path="x.py", added=2, removed=2, diff=DIFF)
    item = ToolItem("t", "edit", "x.py", "done", changes=(change,))
    assert drawn(item) == [
        "  edit x.py  +2 −2 ▸",
        "      9 − old",
        "      9 + new",
        "     10 + more",
        "     40 − gone",
    ]


def test_above_rows_that_were_only_added_is_the_row_that_says_where():
    diff = "@@ -1,3 +1,4 @@\n import os\n def add():\n+    pass\n \n@@ -9,2 +10,3 @@\n \n+x\n \n"
    change = FileChange(path="x.py", added=2, diff=diff)
    item = ToolItem("t", "edit", "x.py", "done", changes=(change,))
    assert [row.split() for row in drawn(item)[1:]] == [
        ["2", "def", "add():"], ["3", "+", "pass"], ["11", "+", "x"],
    ]  # fmt: skip


@pytest.mark.parametrize(("rows", "more"), [(12, ""), (13, "+2 rows ▸"), (400, "+389 rows ▸")])
def test_a_folded_change_takes_twelve_rows_at_most(rows: int, more: str):
    diff = f"@@ -0,0 +1,{rows} @@\n" + "".join(f"+line {n}\n" for n in range(rows))
    change = FileChange(path="x.py", added=rows, diff=diff, created=True)
    shown = drawn(ToolItem("t", "write", "x.py", "done", changes=(change,)))[1:]
    assert len(shown) == 12
    assert shown[-1].strip() == (more or "12 + line 11")


def test_edits_of_one_file_are_one_line_with_all_their_changes_below():
    changes = tuple(
        FileChange(path="x.py", added=1, diff=f"@@ -0,0 +{n} @@\n+line {n}\n") for n in range(1, 9)
    )
    item = ToolItem("t", "edit", "x.py", "done", 40, changes=changes, times=8)
    assert drawn(item)[:2] == ["  edit x.py  +8 −0 ×8 · 40 ▸", "     1 + line 1"]
    assert len(drawn(item)) == len(drawn(item, folded=False)) == 1 + 8


def test_the_words_that_changed_are_marked():
    diff = "@@ -1 +1 @@\n-def add(tags=[]):\n+def add(tags=None):\n"
    item = ToolItem("t", "edit", "x", "done", changes=(FileChange(path="x", diff=diff),))
    rows = blocks_for_item(item, True)[1].lines(60)
    marked = [
        [row.text[a:b] for a, b, style in row.spans if style in (ADDED_WORD, REMOVED_WORD)]
        for row in rows
    ]
    assert marked == [["[]"], ["None"]]


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
    assert drawn(item, folded=False)[-1] == "    +1000 rows"


@pytest.mark.parametrize(("level", "sign"), [("info", "·"), ("warning", "!"), ("error", "✗")])
def test_a_notice_has_a_sign_for_its_level(level: NoticeLevel, sign: str):
    notice = NoticeItem("n", "words", level)
    assert drawn(notice) == ["words"]
    assert item_mark(notice, first=True).sign == sign
    assert item_mark(notice, first=False).sign == " "


@pytest.mark.parametrize(
    ("item", "sign"),
    [
        (PromptItem("p", "x"), ">"),
        (AnswerItem("a", "x"), "●"),
        (AnswerItem("a", "x", from_program=True), " "),
        (ToolItem("t", "bash", "ls"), " "),
        (ToolItem("t", "!", "ls"), "!"),
        (ThinkingItem("t", "x"), " "),
        (CallGroupItem("g"), " "),
        (DividerItem("d", "x"), " "),
    ],
)
def test_who_speaks_has_a_mark_and_what_tools_do_has_none(item: TranscriptItem, sign: str):
    assert item_mark(item, first=True).sign == sign


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

"""The line of a group at every width, and what it unfolds to."""

import pytest

from tui.reports.transcript_items import CallDetail, CallGroupItem, ThinkingItem, ToolItem
from tui.session.events import FileChange
from tui.widgets.transcript.item_blocks import blocks_for_item, is_foldable, item_source
from tui.widgets.transcript.wrapping import cell_width

NAMES = ("__init__", "_textwrap", "_termui_impl", "_compat", "cart")
READS = tuple(
    ToolItem(name, "read", f"click/{name}.py", "done", 4_000, summary="9 lines", detail="text")
    for name in NAMES
)
SEARCH = ToolItem("s", "grep", r"\bdef\s+\w+\s*(?:\[[^\]]*\])", "done", 50, summary="19 files")
CHECKLIST = ToolItem("c", "checklist", "7 subtasks", "done", 2)
GROUP = CallGroupItem("g", (SEARCH, *READS, CHECKLIST), ThinkingItem("k", "first\nthen", 240))


def drawn(
    item: CallGroupItem, width: int = 100, folded: bool = True, detail: CallDetail = "names"
) -> list[str]:
    blocks = blocks_for_item(item, folded, detail)
    return [line.text.rstrip() for block in blocks for line in block.lines(width)]


def test_a_group_is_one_line():
    assert drawn(CallGroupItem("g", READS, GROUP.thought)) == [
        "  read 5 files: __init__ _textwrap _termui_impl _compat cart · 20k · thought 240 ▸"
    ]


@pytest.mark.parametrize("width", [12, 20, 40, 60, 80, 100, 160])
def test_names_give_way_to_the_width_and_say_how_many_more_there_are(width: int):
    (line,) = drawn(GROUP, width)
    assert cell_width(line) <= width
    if width >= 80:
        assert "__init__" in line and line.endswith("· thought 240 ▸")
    if 60 < width < 160:
        assert " +" in line


def test_what_the_sidebar_says_too_goes_before_names_do():
    reads = CallGroupItem("g", (*READS, CHECKLIST))
    assert "checklist" in drawn(reads, 100)[0]
    assert drawn(reads, 70) == [
        "  read 5 files: __init__ _textwrap _termui_impl _compat cart · 20k ▸"
    ]


def test_a_group_of_one_kind_keeps_its_words():
    assert drawn(CallGroupItem("g", (CHECKLIST,)), 20) == ["  checklist 7 subta…"]


def test_unfolded_it_is_what_was_thought_and_every_call_with_its_result():
    rows = drawn(GROUP, 60, folded=False)
    assert rows[:3] == ["  thought 240 ▾", "    ▏ first", "    ▏ then"]
    assert rows[4:8] == [
        "  read click/__init__.py  9 lines · 4k ▾",
        "    ▏ text",
        "  read click/_textwrap.py  9 lines · 4k ▾",
        "    ▏ text",
    ]


def test_with_rows_each_call_has_its_line():
    rows = drawn(GROUP, 60, detail="rows")
    assert rows[0] == "  thought 240 ▸"
    assert len(rows) == 1 + 7
    assert rows[2] == "  read click/__init__.py  9 lines · 4k ▸"


def test_a_group_with_nothing_more_to_show_does_not_fold():
    empty = ToolItem("s", "grep", "x", "done", 1, summary="no matches")
    assert not is_foldable(CallGroupItem("g", (empty,), ThinkingItem("k", "", 3)))
    assert is_foldable(CallGroupItem("g", (empty, empty)))
    assert is_foldable(CallGroupItem("g", (), ThinkingItem("k", "so", 3)))


def test_copying_a_group_gives_what_was_thought_and_each_result():
    source = item_source(CallGroupItem("g", READS[:2], GROUP.thought))
    assert source == "first\nthen\n\nread click/__init__.py\ntext\n\nread click/_textwrap.py\ntext"


def test_foreign_names_are_clean_and_never_markup():
    bad = "[/bold] \x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b2J \u202e[link='x']\n"
    change = (FileChange(path=bad),)
    calls = tuple(
        ToolItem(str(n), name, bad, "done", 1, True, bad, bad, change)
        for n, name in enumerate(("read", "read", "grep", "grep", "checklist"))
    )
    for each in (calls, calls[:1], calls[2:3]):
        for folded in (True, False):
            text = "\n".join(drawn(CallGroupItem("g", each, ThinkingItem("k", bad)), 200, folded))
            assert "[/bold]" in text
            assert not set("\x1b\x07\x9b\u202e") & set(text)

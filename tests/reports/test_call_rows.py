"""The rows of one request: what shares one, what has its own, and that they keep their places."""

from dataclasses import replace
from itertools import permutations

import pytest

from tui.reports.call_rows import CallRows
from tui.reports.transcript_items import (
    CallGroupItem,
    ThinkingItem,
    ToolItem,
    ToolState,
    TranscriptItem,
    is_same_request,
)
from tui.session.events import FileChange


def looked(id: str, name: str = "read", state: ToolState = "done") -> ToolItem:
    return ToolItem(id, name, f"{id}.py", state, 10)


def edited(id: str, path: str, state: ToolState = "done") -> ToolItem:
    change = FileChange(path=path, added=1, diff=f"@@ -0,0 +1 @@\n+{id}\n")
    return ToolItem(id, "edit", path, state, 5, changes=(change,) if state == "done" else ())


def rows(*calls: ToolItem, merged: bool = True, thought: bool = False) -> list[str]:
    """What is in each row: ids of calls, `…` for a thought."""
    made = CallRows(
        7, [call.key for call in calls], ThinkingItem("r7.0") if thought else None, merged=merged
    )
    shown: dict[str, TranscriptItem] = {item.key: item for item in made.changed_rows()}
    for call in calls:
        shown |= {item.key: item for item in made.put(call.key, call)}
    return [said(item) for item in shown.values()]


def said(item: TranscriptItem) -> str:
    match item:
        case CallGroupItem(calls=calls, thought=thought):
            return " ".join([call.key for call in calls] + ["…"] * (thought is not None))
        case ToolItem(changes=changes, subject=subject, times=times):
            return f"{subject} ×{times}" if changes else subject
        case _:
            raise AssertionError(item)


CALLS = [
    looked("a"), edited("b", "x"), looked("c", "grep"), looked("d", "bash"), edited("e", "y"),
    looked("f", "checklist"), edited("g", "x"), looked("h"),
]  # fmt: skip


def test_what_only_looked_shares_a_row_and_so_do_edits_of_one_file():
    assert rows(*CALLS) == ["a c f h", "x ×2", "d.py", "y ×1"]
    assert rows(*CALLS, thought=True) == ["a c f h …", "x ×2", "d.py", "y ×1"]
    assert rows(CALLS[1], thought=True) == ["…", "x ×1"]


def test_for_a_page_every_call_has_a_row_of_its_own():
    assert rows(*CALLS, merged=False) == [
        "a.py", "x ×1", "c.py", "d.py", "y ×1", "f.py", "x ×1", "h.py",
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["error", "denied", "interrupted", "not_run"])
def test_a_call_that_did_not_go_well_has_a_row_of_its_own(state: ToolState):
    calls = [looked("a"), looked("b", state=state), looked("c"), edited("d", "x", state)]
    assert rows(*calls, edited("e", "x")) == ["a c", "b.py", "x", "x ×1"]


def test_an_edit_of_several_files_is_not_merged():
    changes = tuple(FileChange(path=path, added=1, diff="@@ -0,0 +1 @@\n+1\n") for path in "xy")
    both = replace(edited("a", "x"), changes=changes, subject="x y")
    assert rows(both, edited("b", "x"), edited("c", "x")) == ["x y ×1", "x ×2"]


def test_rows_keep_their_places_whichever_call_finishes_first():
    calls = [looked("a"), edited("b", "x"), looked("d", "bash"), edited("g", "x")]
    for order in permutations(calls):
        made = CallRows(7, [call.key for call in calls])
        keys: list[str] = []
        for call in order:
            for item in made.put(call.key, call):
                if item.key not in keys:
                    keys.append(item.key)
                    assert item.key == f"r7.c{len(keys) - 1}", "a new row is below the others"
        assert len(keys) == 3


def test_merged_edits_have_the_sum_of_their_tokens_and_all_their_changes():
    made = CallRows(7, "abc")
    calls = [edited(id, "x") for id in "abc"]
    shown = [list(made.put(call.key, replace(call, settled=call.key == "a"))) for call in calls]
    ((row,),) = shown[2:]
    assert isinstance(row, ToolItem)
    assert (row.tokens, row.settled, row.times, len(row.changes)) == (15, False, 3, 3)
    assert not list(made.put("b", calls[1]))
    (settled,) = made.put("c", calls[2])
    assert isinstance(settled, ToolItem) and settled.settled


def test_a_call_that_says_the_same_again_changes_no_row():
    made = CallRows(7, "ab")
    assert list(made.put("a", looked("a"))) and not list(made.put("a", looked("a")))


@pytest.mark.parametrize(
    ("above", "below", "same"),
    [
        ("r7.0", "r7.c0", True),
        ("r7.c0", "r7.c1", True),
        ("r7.0", "r70.0", False),
        ("r7.0", "r8.0", False),
        ("e7", "e7n", False),
        ("p1", "r1.0", False),
        ("local-1", "local-1", False),
    ],
)
def test_items_of_one_request_are_known_by_their_keys(above: str, below: str, same: bool):
    assert is_same_request(ThinkingItem(above), ThinkingItem(below)) == same

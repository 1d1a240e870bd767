"""What the row of a group says, part by part."""

import pytest

from tui.reports.call_words import RowPart, group_parts, short_names
from tui.reports.transcript_items import CallDetail, CallGroupItem, ThinkingItem, ToolItem


def whole(*calls: ToolItem, thought: int | None = None, detail: CallDetail = "names") -> str:
    thinking = None if thought is None else ThinkingItem("k", "so", thought)
    parts = group_parts(CallGroupItem("g", calls, thinking), detail)
    return " · ".join(part.words + part.between.join(part.names) + part.said for part in parts)


def read(path: str, tokens: int = 100) -> ToolItem:
    return ToolItem("r", "read", path, "done", tokens, summary="9 lines")


def grep(pattern: str, summary: str, name: str = "grep") -> ToolItem:
    return ToolItem("s", name, pattern, "done", 20, settled=False, summary=summary)


CHECKLIST = ToolItem("c", "checklist", "7 subtasks", "done", 2)
FILES = tuple(read(f"click/{name}.py") for name in ("__init__", "_compat", "core"))


@pytest.mark.parametrize(
    ("calls", "thought", "said"),
    [
        ((read("a/b.py"),), None, "read a/b.py  9 lines · 100"),
        ((read("b.py"), read("b.py")), None, "read b.py ×2 · 200"),
        (FILES, None, "read 3 files: __init__ _compat core · 300"),
        ((grep("x.*y", "1 file"),), None, "1 file · grep x.*y · ≈ 20"),
        ((grep("**/*.py", "19 files", "glob"),), 3, "19 files · glob **/*.py · ≈ 20 · thought 3"),
        (
            (grep("def \\w+\\(self", "2 files"), grep("x", "no matches")),
            None,
            "2 searches: 2 files (def \\w+\\(self), no matches (x) · ≈ 40",
        ),
        (
            (CHECKLIST, grep("x", "1 file"), *FILES),
            240,
            "1 file · grep x · ≈ 20 · read 3 files: __init__ _compat core · 300"
            " · checklist 7 subtasks · thought 240",
        ),
        ((), 1_240, "thought 1.2k"),
        ((CHECKLIST, CHECKLIST), None, "checklist 7 subtasks ×2"),
    ],
)
def test_a_row_names_what_was_looked_at(
    calls: tuple[ToolItem, ...], thought: int | None, said: str
):
    assert whole(*calls, thought=thought) == said


def test_with_counts_only_a_row_has_no_names():
    calls = (grep("x", "1 file"), grep("y", "2 files"), *FILES, CHECKLIST)
    assert whole(*calls, thought=5, detail="counts") == (
        "searched 2 times · ≈ 40 · read 3 files · 300 · checklist 7 subtasks · thought 5"
    )
    assert whole(read("a"), detail="counts") == "read 1 file · 100"
    assert whole(grep("x", "1 file"), detail="counts") == "searched once · ≈ 20"


def test_thinking_that_nobody_has_counted_goes_on():
    assert group_parts(CallGroupItem("g", (), ThinkingItem("k"))) == [RowPart("thinking")]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["src/a.py", "b.py"], ("a", "b")),
        (["src/a.py", "b.toml"], ("a.py", "b.toml")),
        (["x/__init__.py", "y/__init__.py", "c.py"], ("x/__init__", "y/__init__", "c")),
        (["Makefile", "LICENSE"], ("Makefile", "LICENSE")),
        (["x\\a.py", "b.py"], ("a", "b")),
        ([".gitignore", ".env"], (".gitignore", ".env")),
    ],
)
def test_names_of_files_are_short_and_tell_them_apart(paths: list[str], names: tuple[str, ...]):
    assert short_names(paths) == names

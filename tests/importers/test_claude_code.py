"""What counts in the logs of Claude Code, and how often."""

from pathlib import Path
from typing import Any

import pytest

from tests.importers.logs import answer, prompt, write_rows
from tui.importers.claude_code import log_files, log_folders, read_log
from tui.importers.imported_run import DamagedLine, ImportedRun
from tui.importers.log_lines import SeenIds


def read(folder: Path) -> tuple[list[ImportedRun], list[DamagedLine]]:
    """All runs below a folder, read in order."""
    seen = SeenIds()
    damaged: list[DamagedLine] = []
    runs: list[ImportedRun] = []
    for path in log_files(folder):
        runs += read_log(path, seen, damaged)[0]
    return runs, damaged


def one_file(tmp_path: Path, *rows: dict[str, Any] | str) -> list[ImportedRun]:
    write_rows(tmp_path / "projects" / "-p" / "s.jsonl", rows)
    return read(tmp_path)[0]


def test_growth_of_the_context_is_charged_and_the_prompt_is_not(tmp_path: Path):
    """Context 1,000 → 1,900 → 2,000, output 300, 200, 50: max(300, 900) + max(200, 100) + 50."""
    (run,) = one_file(
        tmp_path,
        prompt("u1", "Fix it"),
        answer("a1", "m1", 1_000, 300, tool="Read"),
        answer("a2", "m2", 1_900, 200, tool="Edit"),
        answer("a3", "m3", 2_000, 50),
    )
    assert (run.charged, run.ended, run.is_estimated) == (900 + 200 + 50, "completed", False)
    assert run.tools == {"Read": 1, "Edit": 1}


def test_one_answer_in_many_rows_counts_once_with_the_largest_output(tmp_path: Path):
    (run,) = one_file(
        tmp_path,
        prompt("u1", "Fix it"),
        answer("a1", "m1", 1_000, 3),
        answer("a2", "m1", 1_000, 300),
        answer("a3", "m1", 1_000, 3),
    )
    assert (len(run.requests), run.usage.output) == (1, 300)


@pytest.mark.parametrize(
    "row",
    [
        prompt("x", "a note of the program", isMeta=True),
        prompt("x", "a summary", isCompactSummary=True),
        prompt("x", "<command-name>/clear</command-name>"),
        prompt("x", "<local-command-stdout>ok</local-command-stdout>"),
        prompt("x", "<bash-input>ls</bash-input>"),
        prompt("x", "Caveat: the messages below were made by the user"),
        {"type": "attachment", "uuid": "x", "attachment": {"type": "queued_command"}},
        {"type": "progress", "uuid": "x", "data": answer("y", "m9", 5, 5)},
        {"type": "summary", "summary": "what it was"},
    ],
)
def test_rows_that_begin_no_run(tmp_path: Path, row: dict[str, Any]):
    runs = one_file(
        tmp_path,
        prompt("u1", "Fix it"),
        answer("a1", "m1", 10, 5, tool="Read"),
        row,
        answer("a2", "m2", 20, 5),
    )
    assert [(run.prompt, len(run.requests)) for run in runs] == [("Fix it", 2)]


def test_an_interrupted_run(tmp_path: Path):
    (run,) = one_file(
        tmp_path,
        prompt("u1", "Fix it"),
        answer("a1", "m1", 10, 5, tool="Read"),
        prompt("u2", "[Request interrupted by user for tool use]"),
    )
    assert (run.ended, run.charged) == ("interrupted", 5)


def test_a_run_whose_last_answer_calls_a_tool_is_open(tmp_path: Path):
    (run,) = one_file(tmp_path, prompt("u1", "Fix"), answer("a1", "m1", 10, 5, tool="Read"))
    assert run.ended == "open"


def test_a_compaction_breaks_the_context(tmp_path: Path):
    """Output alone is charged where the context began again, and the run is an estimate."""
    (run,) = one_file(
        tmp_path,
        prompt("u1", "Fix it"),
        answer("a1", "m1", 1_000, 30, tool="Read"),
        {"type": "system", "subtype": "compact_boundary", "uuid": "c"},
        answer("a2", "m2", 5_000, 40),
    )
    assert (run.charged, run.is_estimated) == (70, True)


def test_a_fork_and_a_resumed_copy_count_what_is_new_in_them_only(tmp_path: Path):
    rows = [prompt("u1", "Fix it"), answer("a1", "m1", 1_000, 300)]
    folder = tmp_path / "projects" / "-p"
    write_rows(folder / "b-original.jsonl", rows)
    forked = [row | {"forkedFrom": {"sessionId": "s"}} for row in rows]
    more = [prompt("u2", "and that"), answer("a2", "m2", 1_500, 100)]
    write_rows(folder / "a-fork.jsonl", [*forked, *more])
    # A handed-over session has other uuids, and the same ids of answers.
    other = [prompt("v1", "Fix it"), answer("v2", "m1", 1_000, 300)]
    write_rows(folder / "c-copy.jsonl", other)
    runs, _ = read(tmp_path)
    assert [(run.prompt, run.charged) for run in runs] == [("Fix it", 300), ("and that", 100)]


def test_agents_have_figures_of_their_own(tmp_path: Path):
    folder = tmp_path / "projects" / "-p"
    write_rows(folder / "s.jsonl", [prompt("u1", "Fix it"), answer("a1", "m1", 100, 30)])
    agent = [prompt("g1", "Look"), answer("g2", "m7", 50, 20)]
    for place in ("agent-1.jsonl", "s/subagents/agent-2.jsonl", "s/subagents/x/agent-3.jsonl"):
        rows = [row | {"isSidechain": True, "agentId": place} for row in agent]
        for row in rows:
            row["uuid"] += place
            if "id" in row["message"]:
                row["message"] = row["message"] | {"id": f"m{place}"}
        write_rows(folder / place, rows)
    runs, _ = read(tmp_path)
    assert [(run.is_agent, run.charged) for run in runs] == [(False, 30)] + [(True, 20)] * 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"type": "assistant", "mess', "no JSON"),
        ("[1, 2]", "no JSON object"),
        ('"text"', "no JSON object"),
        ("\x00\x00", "no JSON"),
        (answer("x", "m8", -5, 5), "cache_read_input_tokens is -5"),
        (answer("x", "m8", 5, 1.5), "output_tokens is 1.5"),  # type: ignore[arg-type]
        (answer("x", "m8", 5, "7"), "output_tokens is 7"),  # type: ignore[arg-type]
        (answer("x", "m8", 5, True), "output_tokens is True"),
    ],
)
def test_damaged_lines_are_named_and_left_out(
    tmp_path: Path, line: dict[str, Any] | str, reason: str
):
    whole = [prompt("u1", "Fix it"), answer("a1", "m1", 10, 5)]
    path = write_rows(tmp_path / "projects" / "-p" / "s.jsonl", [*whole, line])
    runs, damaged = read(tmp_path)
    assert [run.charged for run in runs] == [5]
    assert [(each.file, each.line) for each in damaged] == [(str(path), 3)]
    assert damaged[0].reason.startswith(reason)


def test_a_byte_order_mark_blank_lines_and_unknown_rows_are_no_damage(tmp_path: Path):
    write_rows(tmp_path / "s.jsonl", ["\ufeff" + '{"type": "new kind"}', "", "  "])
    assert read(tmp_path) == ([], [])


def test_where_the_logs_lie(tmp_path: Path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two, tmp_path / ".claude"):
        folder.mkdir()
    assert log_folders({}, tmp_path) == [tmp_path / ".claude"]
    assert log_folders({"CLAUDE_CONFIG_DIR": f"{one}, {two},/none"}, tmp_path) == [one, two]

"""What counts in the logs of Codex."""

from pathlib import Path
from typing import Any

from tests.importers.codex_logs import asked, count, meta, row
from tests.importers.logs import write_rows
from tui.importers.codex import log_files, read_log
from tui.importers.imported_run import ImportedRun
from tui.importers.log_lines import SeenIds


def runs_of(tmp_path: Path, *rows: dict[str, Any]) -> list[ImportedRun]:
    path = write_rows(tmp_path / "sessions" / "rollout-1.jsonl", rows)
    return read_log(path, SeenIds(), [])[0]


def test_differences_of_totals_are_requests(tmp_path: Path):
    """Contexts 1,000 and 1,400, outputs 100 and 50: max(100, 400) + 50."""
    (run,) = runs_of(
        tmp_path,
        meta(0),
        asked(1, "why?"),
        count(5, 1_000, 100),
        count(6, 1_000, 100),
        count(9, 2_400, 150),
    )
    assert ([r.usage.context for r in run.requests], run.charged) == ([1_000, 1_400], 450)


def test_a_fork_begins_with_its_parents_counts(tmp_path: Path):
    (run,) = runs_of(
        tmp_path,
        meta(0),
        asked(0.1, "the parent's"),
        count(0.2, 1_000, 100),
        count(0.3, 9_000, 500),
        asked(20, "and now?"),
        count(25, 19_500, 700),
    )
    assert run.prompt == "and now?"
    assert (run.usage.context, run.usage.output) == (10_500, 200)


def test_a_first_count_without_a_request_of_its_own_is_a_baseline(tmp_path: Path):
    (run,) = runs_of(
        tmp_path,
        meta(0),
        asked(1, "go"),
        count(5, 50_000, 4_000, last=0),
        count(9, 60_000, 4_100, last=10_000),
    )
    assert (run.usage.context, run.usage.output) == (10_000, 100)


def test_counts_that_begin_again(tmp_path: Path):
    (run,) = runs_of(tmp_path, meta(0), asked(1, "go"), count(5, 5_000, 100), count(9, 700, 30))
    assert [(r.usage.context, r.usage.output) for r in run.requests] == [(5_000, 100), (700, 30)]


def test_records_of_requests_count_instead_of_totals(tmp_path: Path):
    def record(second: float, response: str, tokens: int) -> dict[str, Any]:
        usage = {"input_tokens": tokens, "output_tokens": 10}
        return row(
            second, "event_msg", type="token_usage_record", response_id=response, usage=usage
        )

    (run,) = runs_of(
        tmp_path,
        meta(0),
        asked(1, "go"),
        record(4, "r1", 100),
        count(5, 999, 10),
        record(6, "r1", 100),
        record(9, "r2", 300),
    )
    assert [r.usage.context for r in run.requests] == [100, 300]


def test_how_a_run_ended(tmp_path: Path):
    runs = runs_of(
        tmp_path,
        meta(0),
        asked(1, "one"),
        count(5, 10, 1),
        row(6, "event_msg", type="task_complete"),
        asked(7, "two"),
        count(8, 30, 2),
        row(9, "event_msg", type="turn_aborted"),
        asked(10, "three"),
        row(11, "response_item", type="function_call", name="shell"),
        count(12, 60, 3),
    )
    assert [run.ended for run in runs] == ["completed", "interrupted", "open"]


def test_an_agent_is_told_by_its_source(tmp_path: Path):
    rows = (meta(0), asked(1, "look"), count(5, 10, 1))
    rows[0]["payload"]["source"] = {"subagent": "review"}
    (run,) = runs_of(tmp_path, *rows)
    assert run.is_agent


def test_an_archived_log_counts_once(tmp_path: Path):
    for place in ("sessions/2026/05/01", "archived_sessions"):
        write_rows(tmp_path / place / "rollout-a.jsonl", [])
    write_rows(tmp_path / "sessions/2026/05/02/rollout-b.jsonl.zst", [])
    assert [path.name for path in log_files(tmp_path)] == [
        "rollout-a.jsonl",
        "rollout-b.jsonl.zst",
    ]

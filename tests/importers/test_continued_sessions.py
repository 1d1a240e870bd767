"""Sessions of Claude Code that go on in another file: one run stays one, whatever is read again."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.history.old_stores import make_older
from tests.importers.logs import NOON, answer, prompt, write_rows
from tui.history.history_store import HistoryStore
from tui.history.log_import import read_logs

SAMPLES = Path(__file__).parent / "samples" / "claude-code"
LATER = {"timestamp": NOON.format(30)}
ASKED = prompt("p", "Fix it")
FIRST = [ASKED, answer("a", "m1", 1_000, 100, tool="Bash"), answer("b", "m2", 1_600, 50)]
MORE = [answer("c", "m3", 2_000, 30, **LATER), answer("d", "m4", 2_100, 10, **LATER)]
"""Charged 30 → 100 by the growth, and 10."""
RESULT = prompt(
    "r",
    "",
    parentUuid="b",
    message={"role": "user", "content": [{"type": "tool_result", "content": "out"}]},
    **LATER,
)


def with_session(rows: list[Any], session: str) -> list[Any]:
    return [row | {"sessionId": session} for row in rows]


# What the second file holds: each way to go on with the run of the first.
GOES_ON: dict[str, list[Any]] = {
    "copies in front, the same session": [*FIRST, *MORE],
    "copies in front, another session": with_session([*FIRST, *MORE], "t"),
    "copies with other ids": [
        *(row | {"uuid": f"z{row['uuid']}", "sessionId": "t"} for row in FIRST),
        *with_session(MORE, "t"),
    ],
    "a fork": [
        *(row | {"forkedFrom": {"sessionId": "s"}} for row in FIRST),
        *with_session(MORE, "t"),
    ],
    "no copies, the same session": MORE,
    "no copies, another session, the chain leads to the first": with_session([RESULT, *MORE], "t"),
    "a compaction that goes on from the first": [
        {
            "type": "system",
            "subtype": "compact_boundary",
            "uuid": "k",
            "logicalParentUuid": "b",
            "sessionId": "t",
        },
        prompt("l", "Summary", isCompactSummary=True, sessionId="t"),
        *with_session(MORE, "t"),
    ],
}
WHOLE = [("s", 4, 600 + 50 + 100 + 10, True, "completed")]


def runs_in(store: HistoryStore) -> list[tuple[str, int, int, bool, str]]:
    return [
        (run.session, run.requests, run.spend, run.is_estimated, run.end) for _, run in store.runs()
    ]


@pytest.mark.parametrize("case", GOES_ON)
def test_a_session_that_goes_on_in_another_file_is_one_run(case: str, tmp_path: Path):
    """Read at once, again, after either file grew, and after the first one is gone."""
    folder, grown = tmp_path / "projects" / "-p", answer("e", "m5", 2_200, 7, **LATER)
    write_rows(folder / "s.jsonl", FIRST)
    write_rows(folder / "t.jsonl", GOES_ON[case])
    with HistoryStore(tmp_path) as store:
        totals = [read_logs("claude-code", [tmp_path], store).totals for _ in range(2)]
        assert [(each.runs, each.requests, each.charged) for each in totals] == [(1, 4, 760)] * 2
        assert runs_in(store) == WHOLE
        write_rows(folder / "t.jsonl", [*GOES_ON[case], grown | {"sessionId": "t"}])
        read_logs("claude-code", [tmp_path], store)
        # 30 → 100 and 10 → 100 by the growth, and 7.
        grown_runs = [("s", 5, 600 + 50 + 100 + 100 + 7, True, "completed")]
        assert runs_in(store) == grown_runs
        write_rows(folder / "s.jsonl", [*FIRST, {"type": "summary"}])
        read_logs("claude-code", [tmp_path], store)
        assert runs_in(store) == grown_runs
        usage = [used for _, run in store.runs(usage=True) for used in run.usage]
        assert sum(used.requests for used in usage) == 5
        (folder / "t.jsonl").unlink()
        write_rows(folder / "s.jsonl", FIRST)
        read_logs("claude-code", [tmp_path], store)
        assert runs_in(store) == grown_runs


def test_files_one_after_the_other_are_one_run_as_well(tmp_path: Path):
    """Three files, each imported before the next one is written; the last end counts."""
    folder = tmp_path / "projects" / "-p"
    with HistoryStore(tmp_path) as store:
        for name, rows in (
            ("s", FIRST[:2]),
            ("t", [*FIRST[:2], answer("c", "m3", 2_000, 30, tool="Edit", **LATER)]),
            ("u", [*FIRST[:2], answer("f", "m6", 2_050, 5, timestamp=NOON.format(40))]),
        ):
            write_rows(folder / f"{name}.jsonl", with_session(rows, name))
            read_logs("claude-code", [tmp_path], store)
        assert runs_in(store) == [("s", 3, 100 + 30 + 5, True, "completed")]
        assert [run.tools for _, run in store.runs()] == [{"Bash": 1, "Edit": 1}]
        store.forget("claude-code", [str(folder / "s.jsonl")])
        # What is left of the others is one run still, of the first of them.
        assert sum(run.spend for _, run in store.runs()) == 35


def test_what_begins_with_a_prompt_is_a_run_of_its_own(tmp_path: Path):
    folder = tmp_path / "projects" / "-p"
    write_rows(folder / "s.jsonl", FIRST)
    rows = [prompt("q", "Next", parentUuid="b", **LATER), *MORE]
    write_rows(folder / "t.jsonl", [*FIRST, *rows])
    with HistoryStore(tmp_path) as store:
        read_logs("claude-code", [tmp_path], store)
        assert [spend for _, _, spend, _, _ in runs_in(store)] == [650, 110]


def test_answers_to_a_prompt_at_the_end_of_another_file_are_a_run_of_their_own(tmp_path: Path):
    """They go on from the prompt, not from the run before it, which was completed."""
    folder = tmp_path / "projects" / "-p"
    write_rows(folder / "s.jsonl", [*FIRST, prompt("q", "Next", parentUuid="b")])
    first, second = MORE
    write_rows(folder / "t.jsonl", [first | {"parentUuid": "q"}, second | {"parentUuid": "c"}])
    with HistoryStore(tmp_path) as store:
        read_logs("claude-code", [tmp_path], store)
        assert runs_in(store) == [
            ("s", 2, 650, False, "completed"),
            ("s", 2, 110, False, "completed"),
        ]


def test_old_stores_put_runs_together_that_they_counted_twice(tmp_path: Path):
    folder = tmp_path / "projects" / "-p"
    write_rows(folder / "s.jsonl", FIRST)
    write_rows(folder / "t.jsonl", [*FIRST, *MORE])
    with HistoryStore(tmp_path) as store:
        read_logs("claude-code", [tmp_path], store)
    make_older(tmp_path / "history.db", 4)
    with HistoryStore(tmp_path) as store:
        read_logs("claude-code", [tmp_path], store)
        assert runs_in(store) == WHOLE


@pytest.mark.parametrize("name", ["g1-price-on-each-row", "g2-row-per-block", "g3-partial-output"])
@pytest.mark.parametrize("copies", [True, False])
def test_a_sample_cut_in_two_anywhere_has_the_runs_and_tokens_of_the_whole(
    name: str, copies: bool, tmp_path: Path
):
    """Only the growth of the context between the two files is unknown."""
    sample = SAMPLES / name
    (log,) = (path for path in sample.rglob("*.jsonl") if "subagents" not in path.parts)
    lines = log.read_text("utf-8").splitlines(keepends=True)

    def totals(cut: int) -> tuple[int, int, object, int]:
        root, data = tmp_path / f"logs {cut}", tmp_path / f"data {cut}"
        shutil.copytree(sample, root)
        first = root / log.relative_to(sample)
        first.write_text("".join(lines[:cut]), "utf-8")
        second = "".join(lines if copies else lines[cut:])
        first.with_name("zz.jsonl").write_text(second, "utf-8")
        with HistoryStore(data) as store:
            found = read_logs("claude-code", [root], store).totals
        return found.runs, found.requests, found.usage, found.charged

    *whole, charged = totals(len(lines))
    for cut in range(1, len(lines)):
        *found, less = totals(cut)
        assert (found, less <= charged) == (whole, True), cut

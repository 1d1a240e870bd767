"""The sample logs of each agent and generation, to the token."""

import json
from pathlib import Path

import pytest

from tui.history.history_store import HistoryStore
from tui.history.log_import import read_logs
from tui.import_command import import_json

SAMPLES = Path(__file__).parent / "samples"
TOTALS = json.loads((SAMPLES / "totals.json").read_text())


@pytest.mark.parametrize("sample", sorted(TOTALS))
def test_totals_of_a_sample(sample: str, tmp_path: Path):
    source, wanted = sample.partition("/")[0], TOTALS[sample]
    with HistoryStore(tmp_path) as store:
        result = read_logs(source, [SAMPLES / sample], store)  # type: ignore[arg-type]
        again = read_logs(source, [SAMPLES / sample], store)  # type: ignore[arg-type]
        runs = [run for _, run in store.runs() if not run.is_agent]
    found = import_json(result)
    total, agents = dict(wanted["total"]), dict(wanted["agents"])
    if low := sum(run.get("output_logged", 0) for run in wanted["runs"]):
        # The log holds only the beginnings of the outputs, and says so.
        total["output"], agents["output"] = low, 203
        assert found["output_too_low"] == 2
    assert {name: found[name] for name in total} == total
    assert found["agents"] == agents
    assert found["damaged"] == wanted["damaged"]
    assert again.unchanged == again.files
    assert import_json(again) | {"unchanged": 0, "damaged_lines": found["damaged_lines"]} == found
    figures = [(run.requests, run.spend, run.is_estimated) for run in runs]
    assert figures == [(r["requests"], r["charged"], r["estimated"]) for r in wanted["runs"]]
    assert [run.end for run in runs] == [r["ended"] for r in wanted["runs"]]


def test_titles_are_kept_if_they_are_wanted(tmp_path: Path):
    """A file that was read without them is read again; without the wish they are left alone."""
    sample = SAMPLES / "claude-code/g3-partial-output"
    with HistoryStore(tmp_path) as store:
        read_logs("claude-code", [sample], store)
        assert {run.title for _, run in store.runs()} == {""}
        for titles, unchanged in ((True, 0), (False, 2), (True, 2)):
            result = read_logs("claude-code", [sample], store, titles=titles)
            kept = [run.title for _, run in store.runs() if not run.is_agent]
            assert result.unchanged == unchanged
            assert kept == ["The scheduler fires twice after the clock goes back. Find o…"]

"""Which runs advice rests on, and what the command prints of it."""

import json
import math
from pathlib import Path

import pytest

from tests.history.task_runs import task
from tui.advise_command import run_advise
from tui.history.advice_basis import advice_basis, effort_ratio
from tui.history.task_run import TaskRun, measured_run, without_short_cuts

RUNS = [
    {"tokens": 38_000, "finished": True},
    {"tokens": 52_000, "finished": True},
    {"tokens": 61_000, "finished": True},
    {"tokens": 75_000, "finished": False},
    {"tokens": 90_000, "finished": True},
    {"tokens": 100_000, "finished": False},
    {"tokens": 140_000, "finished": True},
]


@pytest.mark.parametrize(
    ("run", "spend", "finished"),
    [
        (task(900), 900, True),
        (task(940, budget=1_000), 940, True),
        (task(950, budget=1_000), 950, False),
        (task(900, "landed", budget=1_000), 900, False),
        (task(900, "wrapped_up"), 900, False),
        (task(900, "paused"), 900, False),
        (task(900, "hard_limit"), 900, False),
        (task(900, "interrupted"), 900, False),
        (task(900, "denied"), 900, False),
        (task(900, "error"), 900, False),
        (task(900, "refused"), 900, False),
        (task(900, "crashed"), 900, False),
        (task(900, "open"), 900, False),
        (task(30, "declined", budget=20_000), 20_000, False),
    ],
)
def test_what_a_run_counts_as(run: TaskRun, spend: int, finished: bool):
    measured = measured_run(run)
    assert measured is not None
    assert (measured.spend, measured.finished) == (spend, finished)


@pytest.mark.parametrize(
    "run", [task(900, "no_progress"), task(900, is_agent=True), task(0), task(0, "interrupted")]
)
def test_runs_that_say_nothing(run: TaskRun):
    assert measured_run(run) is None


def test_runs_cut_below_a_tenth_of_the_median_are_left_out():
    runs = [measured_run(task(each)) for each in (10_000, 10_000, 10_000, 10_000, 500)]
    runs += [measured_run(task(each, "interrupted")) for each in (999, 1_000)]
    kept = without_short_cuts([run for run in runs if run])
    assert [run.spend for run in kept] == [*[10_000] * 4, 500, 1_000]


def test_runs_of_another_generation_are_rescaled():
    tokenizer = {"old": 1.0, "new": 1.3}.__getitem__
    runs = [task(10_000, model="old"), task(10_000)]
    basis = advice_basis(runs, "bug fix", tokenizer, model="new")
    assert sorted(run.spend for run in basis.distribution.runs) == [10_000, 13_000]
    assert (basis.rescaled, basis.tokenizer_factors) == (1, (1.3,))


def test_five_finished_runs_at_the_wanted_effort_are_enough():
    runs = [task(1_000)] * 5 + [task(9_000, effort="low")] * 20
    basis = advice_basis(runs, "bug fix", lambda _: 1.0, model="new", effort="high")
    assert {run.spend for run in basis.distribution.runs} == {1_000}


def test_other_efforts_count_times_the_ratio_of_this_history():
    """4 at high took 2,000 and 4 at low 1,000: weight 4·4/8 = 2, d = ln 2, ρ₀ = 1/0.6."""
    runs = [task(2_000)] * 4 + [task(1_000, effort="low")] * 4
    expected = math.exp((2 * math.log(2) + 5 * math.log(1 / 0.6)) / 7)
    assert effort_ratio(runs, "low", "high") == pytest.approx(expected)
    basis = advice_basis(runs, "bug fix", lambda _: 1.0, model="new", effort="high")
    ((effort, count, factor),) = basis.other_efforts
    assert (effort, count) == ("low", 4)
    assert factor == pytest.approx(expected)


def test_codex_counts_while_there_are_under_five_others():
    codex = [task(9_000, source="codex")] * 3
    few = advice_basis([*codex, *[task()] * 4], "bug fix", lambda _: 1.0, model="new")
    enough = advice_basis([*codex, *[task()] * 5], "bug fix", lambda _: 1.0, model="new")
    assert (few.from_other_agents, enough.from_other_agents) == (3, 0)


def test_other_takes_the_runs_of_all_kinds():
    runs = [task(kind="feature"), task(kind="tests")]
    assert len(advice_basis(runs, "other", lambda _: 1.0, model="new").distribution.runs) == 2


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_advice_from_a_file(ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / f"runs.{ending}"
    rows = "".join(f"{run['tokens']},{str(run['finished']).lower()}\n" for run in RUNS)
    path.write_text(json.dumps(RUNS) if ending == "json" else f"tokens,finished\n{rows}")
    assert run_advise(["--from", str(path), "--kind", "feature", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["advice"] == {
        "0.5": 86_886,
        "0.75": 140_178,
        "0.9": 221_536,
        "0.95": 299_031,
        "0.99": 571_738,
    }
    assert found["interval_80"] == [90_000, None]
    assert (found["finished"], found["cut"], found["headroom"]) == (5, 2, 0.5)
    assert (found["budget_p90"], found["budget"]) == (335_000, 335_000)

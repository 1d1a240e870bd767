"""Effort by kind, the same work on other models, and the bill that both rest on."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tui.advise_command import run_advise
from tui.budget.billed_mix import ASSUMED_MIX
from tui.budget.task_kinds import KINDS, TaskKind
from tui.claude.catalogue import load_catalogue
from tui.claude.work_on_models import matrix_model, mix_dollars, same_work
from tui.command_line import UsageError
from tui.history.billed_totals import BilledTotal, billed_mix
from tui.history.effort_matrix import STARTING_POINTS, MatrixCell, effort_matrix
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.task_run import HourUsage, TaskRun
from tui.reports.effort_matrix_page import matrix_page
from tui.reports.same_work_page import same_work_lines

CATALOGUE = load_catalogue()
DAY = date(2026, 12, 1)
OPUS = CATALOGUE.model("claude-opus-5-5")
MODEL = matrix_model(CATALOGUE, OPUS, DAY)
SEVEN = [(38, True), (52, True), (61, True), (75, False), (90, True), (100, False), (140, True)]
"""Thousands of tokens, and whether the run was finished."""


def task(spend: int, end: str = "completed", **more: object) -> TaskRun:
    plain = {
        "source": "glideslope",
        "session": "s",
        "started": 0.0,
        "ended": 60.0,
        "kind": "feature",
        "model": OPUS.id,
        "effort": "high",
    }
    return msgspec.convert(plain | {"spend": spend, "end": end} | more, TaskRun)


def seven_runs() -> list[TaskRun]:
    """They took 1, 2, 3 … 7 minutes."""
    return [
        task(spend * 1_000, "completed" if finished else "landed", ended=60.0 * minutes)
        for minutes, (spend, finished) in enumerate(SEVEN, 1)
    ]


def cells(*runs: TaskRun, totals: tuple[BilledTotal, ...] = ()) -> dict[str, MatrixCell]:
    found = effort_matrix(runs, totals, ["feature"], MODEL)
    return {cell.effort: cell for cell in found.cells}


@pytest.mark.parametrize(
    ("effort", "tokens", "dollars"),
    [
        # √(50,000 × 200,000) = 100,000 at high. The assumed mix on Opus 5.5, for 100,000 common
        # tokens: 2k × $4 + 100k × $5 + 2M × $0.20 + 40k × $20 a million = $1.708, at 1.0 tokens.
        ("low", 60_000, "1.0248"),
        ("medium", 80_000, "1.3664"),
        ("high", 100_000, "1.7080"),
        ("xhigh", 120_000, "2.0496"),
        ("max", 150_000, "2.5620"),
    ],
)
def test_without_runs_the_published_range_times_the_default_ratio(
    effort: str, tokens: int, dollars: str
):
    cell = cells()[effort]
    assert cell.median == pytest.approx(tokens)
    assert cell.dollars is not None
    assert round(cell.dollars, 4) == Decimal(dollars)
    assert (cell.completion, cell.minutes, cell.distribution.runs) == (None, None, [])


def test_own_runs_take_the_place_of_the_published_range():
    """p50 is that of the worked example of these seven runs; those finished took 1 2 3 5 7 min."""
    cell = cells(*seven_runs())["high"]
    assert round(cell.median) == 86_886
    assert (cell.counted, cell.finished, cell.completion) == (7, 5, 5 / 7)
    assert (cell.minutes, cell.rescaled) == (3.0, 0)


def test_an_effort_without_own_runs_is_rescaled_from_the_others():
    """Only the default ratio is known: every run × 1.2, the smallest too."""
    xhigh = cells(*seven_runs())["xhigh"]
    assert xhigh.distribution.runs[0].spend == pytest.approx(45_600)
    assert (xhigh.rescaled, xhigh.counted, xhigh.completion) == (7, 0, None)


def test_a_run_that_repeated_itself_and_those_of_agents_are_in_no_figure():
    cell = cells(task(1_000, "no_progress"), task(1_000, is_agent=True), task(9_000))["high"]
    assert (cell.counted, cell.finished) == (1, 1)


def total(kind: TaskKind, model: str, charged: int) -> BilledTotal:
    """Billed: 10 requests, and half of what was charged as output."""
    return BilledTotal(kind, model, charged, 10, 0, charged, 0, 0, charged // 2)


def test_the_mix_is_the_kinds_own_then_that_of_all_then_the_assumed_one():
    tokenizer = {"old": 1.0, "new": 1.3}.__getitem__
    rows = [total("feature", "new", 13_000), total("tests", "old", 4_000)]
    feature = billed_mix(rows, tokenizer, "feature")
    tests = billed_mix(rows, tokenizer, "tests")
    assert (feature.charged, feature.output, feature.requests) == (10_000, 5_000, 10)
    assert (tests.charged, tests.requests) == (14_000, 20)  # 4,000 say too little
    assert billed_mix(rows, tokenizer, "other") == tests
    assert billed_mix([total("tests", "old", 4_999)], tokenizer, "tests") == ASSUMED_MIX


def test_dollars_come_from_the_own_bill():
    """100,000 × $5 and 50,000 × $20 a million are $1.50 for 100,000 charged; 86,886 of them."""
    rows = (total("feature", OPUS.id, 100_000),)
    cell = cells(*seven_runs(), totals=rows)["high"]
    assert cell.dollars is not None
    assert round(cell.dollars, 3) == Decimal("1.303")


def test_the_same_work_on_other_models():
    """The assumed mix by hand, × 1.3 tokens for all but 4.6: Opus 5.5 $2.2204, 4.6 $2.635."""
    rows = {row.model.id: row for row in same_work(CATALOGUE, OPUS, ASSUMED_MIX, DAY)}
    expected = {
        "claude-opus-5-5": (1.0, 1.0),
        "claude-sonnet-5-5": (1.0, 0.5),
        "claude-opus-4-6": (1 / 1.3, 2.635 / 2.2204),
        "claude-haiku-5-5": (1.0, 0.06851 / 2.2204),
    }
    for id, (tokens, cost) in expected.items():
        row = rows[id]
        assert (row.tokens, row.cost) == (pytest.approx(tokens), pytest.approx(cost)), id
        assert row.price == pytest.approx(cost / tokens), id


def test_long_prompts_take_the_tier_that_they_reach():
    """20 requests instead of 40: a prompt of 136,630 tokens, five times the price on Haiku."""
    haiku = CATALOGUE.model("claude-haiku-5-5")
    assert mix_dollars(ASSUMED_MIX, haiku, DAY) == Decimal("0.06851")
    assert mix_dollars(replace(ASSUMED_MIX, requests=20), haiku, DAY) == Decimal("0.34255")


def test_a_model_without_a_price_is_last_and_says_so():
    catalogue = load_catalogue({"models": {"claude-opus-5": {"rates": []}}})
    rows = same_work(catalogue, OPUS, ASSUMED_MIX, DAY)
    assert (rows[-1].model.id, rows[-1].cost, rows[-1].price) == ("claude-opus-5", None, None)
    assert any(
        line.startswith("Opus 5 ") and line.endswith("price unknown")
        for line in same_work_lines(rows, OPUS, ASSUMED_MIX)
    )


def test_what_runs_were_billed_for_is_summed_by_kind_and_model(tmp_path: Path):
    """A run that two models answered is charged once, and billed by the model that answered."""
    one, two = (HourUsage(490_000, model, 2, 10, 20, 30, 40, 50) for model in ("m", "n"))
    counted = task(700, model="m", usage=(one, one, two))
    others: list[dict[str, object]] = [
        {"is_agent": True},
        {"low_output": True},
        {"source": "codex"},
        {"model": ""},
        {"usage": ()},
    ]
    usual: dict[str, object] = {"model": "m", "usage": (one,)}
    left_out = [task(9_000, "completed", **(usual | more)) for more in others]
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("glideslope", "a", "1"), [counted, *left_out])
        assert store.billed_totals() == [
            BilledTotal("feature", "m", 700, 4, 20, 40, 60, 80, 100),
            BilledTotal("feature", "n", 0, 2, 10, 20, 30, 40, 50),
        ]


def test_the_starting_points_and_their_budgets():
    """Published p75 of a feature: 100,000 × e^(0.71498 × 0.67449) = 161,970, rounded up."""
    matrix = effort_matrix([], [], ["feature"], MODEL)
    budgets = []
    for point in STARTING_POINTS:
        advice = matrix.starting_budget(point, "feature")
        assert advice is not None
        budgets.append((point.effort, point.policy, advice.budget))
    # 250,000 × 1.2; and 100,000 × 1.5 × e^(0.71498 × 2.32635) = 791,535.
    assert budgets == [
        ("high", "bounded", 165_000),
        ("xhigh", "complete", 300_000),
        ("max", "generous", 795_000),
    ]


def test_the_page_says_what_each_figure_rests_on():
    matrix = effort_matrix(seven_runs(), [], KINDS, MODEL)
    page = list(matrix_page(matrix, "Opus 5.5", KINDS))
    assert max(map(len, page)) <= 80
    said = "\n".join(" ".join(line.split()) for line in page)
    assert "high ≈ 86,886 ≈ $1.48 5 of 7 3 7 runs" in said
    assert "7 runs, 7 scaled" in said
    assert "low ≈ 12,000 ≈ $0.20 – – published × 0.60" in said
    assert "low ≈ 6,000 ≈ $0.10 – – assumed × 0.60" in said
    assert "judgement xhigh p90" in said
    assert "Dollars rest on an assumed mix" in said


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("own_folder")
def test_the_command_prints_both_as_json(capsys: pytest.CaptureFixture[str]):
    assert run_advise(["--matrix", "--kind", "tests", "--model", "opus-5.5", "--json"]) == 0
    matrix = json.loads(capsys.readouterr().out)
    assert [cell["effort"] for cell in matrix["cells"]] == ["low", "medium", "high", "xhigh", "max"]
    high = matrix["cells"][2]
    assert (high["spend_p50"], high["from"], high["default_factor"]) == (200_000, "published", 1.0)
    assert [point["budgets"] for point in matrix["starting_points"]][1] == {"tests": 600_000}
    assert run_advise(["--models", "--model", "opus-5.5", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)
    costs = {row["model"]: row["cost"] for row in models["models"]}
    assert (models["compared_with"], costs["claude-sonnet-5-5"]) == ("claude-opus-5-5", 0.5)
    assert models["mix"]["from"] == "assumption"


@pytest.mark.usefixtures("own_folder")
def test_a_model_without_efforts_gets_a_sentence():
    with pytest.raises(UsageError, match=r"Haiku 4\.5 has no effort levels"):
        run_advise(["--matrix", "--model", "haiku-4.5"])

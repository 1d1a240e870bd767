"""Advice from figures of anybody: worked examples by the command, and files as people have them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.budget.samples import WORKED, runs_of
from tui.advise_command import run_advise
from tui.budget.spend_distribution import MeasuredRun, SpendInterval
from tui.budget.task_kinds import TaskKind
from tui.command_line import UsageError
from tui.history.run_files import RunFileError, read_run_file

ROWS = runs_of("38 52 61 75x 90 100x 140")


def advised(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> Any:
    """What `glideslope advise --from` prints as JSON."""
    assert run_advise(["--from", str(path), *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def as_json(runs: list[MeasuredRun]) -> str:
    return json.dumps([{"tokens": run.spend, "finished": run.finished} for run in runs])


def as_csv(runs: list[MeasuredRun]) -> str:
    return "tokens,finished\n" + "".join(f"{run.spend:.0f},{run.finished}\n" for run in runs)


@pytest.mark.parametrize(("kind", "runs", "advice", "p90", "p50", "budget"), WORKED)
@pytest.mark.parametrize("form", [as_json, as_csv])
def test_worked_examples_by_the_command(
    kind: TaskKind,
    runs: str,
    advice: str,
    p90: SpendInterval,
    p50: SpendInterval,
    budget: int,
    form: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    path = tmp_path / "runs"
    path.write_text(form(runs_of(runs)))
    body = advised(capsys, path, "--kind", kind)
    names = ("0.5", "0.75", "0.9", "0.95", "0.99")
    assert body["advice"] == dict(zip(names, map(int, advice.split()), strict=True))
    assert body["interval_80"] == [p90.low, p90.high]
    assert body["intervals_80"]["0.5"] == [p50.low, p50.high]
    assert (body["budget_p90"], body["budget"]) == (budget, budget)
    assert body["finished"] == sum(run.finished for run in runs_of(runs))
    assert run_advise(["--from", str(path), "--kind", kind]) == 0
    said = capsys.readouterr().out
    for name, tokens in zip((50, 75, 90, 95, 99), advice.split(), strict=True):
        assert f"p{name} {int(tokens):>15,}" in said
    assert f"= {budget:,}." in said


def test_advice_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "runs.json").write_text(as_json(ROWS))
    assert run_advise(["--from", str(tmp_path / "runs.json"), "--kind", "feature"]) == 0
    said = capsys.readouterr().out
    assert "p90 221,536 (90,000–open, 7 runs, 2 cut) + 50 % = 335,000. Fits about 9 in 10." in said
    assert "p50          86,886   52,000–140,000" in said
    assert "No run was ever let past this" in said
    assert "go without a budget (a limit in dollars stays), or let glideslope measure" in said


@pytest.mark.parametrize(
    ("options", "budget", "headroom"),
    [
        ([], 335_000, 0.5),
        (["--headroom", "0"], 225_000, 0.0),
        (["--headroom", "30%"], 290_000, 0.3),
        (["--policy", "strict"], 135_000, 0.5),  # 86,886 × 1.5 = 130,329
        (["--policy", "bounded"], 215_000, 0.5),  # 140,178 × 1.5 = 210,267
        (["--policy", "generous", "--headroom", "0"], 575_000, 0.0),  # 571,738, below 3 × p90
        (["--policy", "strict", "--headroom", "0"], 87_000, 0.0),
    ],
)
def test_policies_and_headroom(
    options: list[str],
    budget: int,
    headroom: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    (tmp_path / "runs.json").write_text(as_json(ROWS))
    body = advised(capsys, tmp_path / "runs.json", "--kind", "feature", *options)
    assert (body["budget"], body["headroom"]) == (budget, headroom)


def test_a_run_cut_below_a_tenth_of_the_median_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "runs.json").write_text(as_json([*ROWS, MeasuredRun(6_000, finished=False)]))
    body = advised(capsys, tmp_path / "runs.json", "--kind", "feature")
    assert (body["runs"], body["left_out"], body["advice"]["0.9"]) == (7, 1, 221_536)


PAIR = [MeasuredRun(52_000, finished=True), MeasuredRun(61_500, finished=False)]
GOOD = {
    "commas": "tokens,finished\n52000,true\n61500,false\n",
    "a byte order mark": "\ufefftokens,finished\n52000,true\n61500,false\n",
    "semicolons": "tokens;finished\r\n52000;TRUE\r\n61500;FALSE\r\n",
    "tabs": "tokens\tfinished\n52000\tyes\n61500\tno\n",
    "a line that names the separator": "sep=;\ntokens;finished\n52000;1\n61500;0\n",
    "quoted numbers with commas": 'tokens,finished\n"52,000",true\n"61,500",false\n',
    "points between thousands": "tokens;finished\n52.000;WAHR\n61.500;FALSCH\n",
    "a decimal comma": "tokens;finished\n52000,0;ja\n61500,0;nein\n",
    "spaces between thousands": "tokens;finished\n52 000;1\n61\u00a0500;0\n",
    "exponents": "tokens,finished\n5.2e4,true\n6.15E+04,false\n",
    "thousands in letters": "tokens,finished\n52k,done\n61.5K,cut\n",
    "columns in another order": 'when,Finished , TOKENS\n"May 1, 2026",true,52000\n,false,61500\n',
    "empty lines and rows": "\ntokens,finished\n\n52000,true\n , \n,\n61500,false\n\n",
    "how runs ended": "tokens,finished\n52000,completed\n61500,wrapped_up\n",
    "no word for finished": "tokens,finished\n52000,\n61500,landed\n",
    "a cell more": "tokens,finished\n52000,true,x,y\n61500,false\n",
    "a quoted line break": 'note,tokens,finished\n"a\nb",52000,true\n,61500,false\n',
    "JSON": '[{"tokens": 52000, "finished": true}, {"tokens": 61500, "finished": false}]',
    "JSON with a mark": '\ufeff [{"tokens": 52000}, {"tokens": 61500, "finished": false}]',
    "JSON with exponents": '[{"tokens": 5.2e4}, {"tokens": 6.15E4, "finished": 0}]',
    "JSON with texts": '[{"tokens": "52,000"}, {"tokens": "61500", "finished": "cut"}]',
    "JSON with null": '[{"tokens": 52000, "finished": null}, {"tokens": 61500, "finished": false}]',
    "JSON in an object": '{"runs": [{"spend": 52000}, {"spend": 61500, "finished": false}]}',
    "JSON lines": '{"tokens": 52000}\n\n{"tokens": 61500, "finished": false}\n',
}


@pytest.mark.parametrize("case", GOOD)
def test_files_as_people_have_them(case: str, tmp_path: Path):
    (tmp_path / "runs").write_bytes(GOOD[case].encode())
    assert read_run_file(tmp_path / "runs") == PAIR


def test_a_table_in_utf_16(tmp_path: Path):
    (tmp_path / "runs").write_bytes(GOOD["tabs"].encode("utf-16"))
    assert read_run_file(tmp_path / "runs") == PAIR


@pytest.mark.parametrize("text", ["[]", "tokens\n", "tokens,finished\n\n", '{"runs": []}'])
def test_no_runs_get_the_published_range(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "runs").write_text(text)
    body = advised(capsys, tmp_path / "runs", "--kind", "feature")
    assert (body["runs"], body["advice"]["0.9"], body["headroom"]) == (0, 250_000, 0)
    assert body["certainty"] == "published range"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[{]", "is no JSON"),
        ("[1]", "holds no list of runs"),
        ('{"x": 1}', "holds no list of runs"),
        ("[" * 100_000, "is no JSON"),
        ('[{"tokens": -1}]', "run 1: tokens is '-1'; expected a number above 0"),
        ('[{"tokens": 0}]', "run 1: tokens is '0'"),
        ('[{"tokens": null}]', "run 1: tokens is 'None'"),
        ('[{"finished": true}]', "run 1: tokens is 'None'"),
        ('[{"tokens": "many"}]', "run 1: tokens is 'many'"),
        ('[{"tokens": true}]', "run 1: tokens is 'True'"),
        ('[{"tokens": [5]}]', "run 1: tokens is '[5]'"),
        ('[{"tokens": 1e300}]', "run 1: tokens is '1e+300'"),
        ('[{"tokens": 5, "finished": "perhaps"}]', "expected true or false"),
        ("", "has no column `tokens`"),
        ("spent\n5\n", "has no column `tokens`"),
        ("tokens\nx\n", "line 2: tokens is 'x'"),
        ("tokens\n5\n\nnan\n", "line 4: tokens is 'nan'"),
        ("tokens\n-5\n", "line 2: tokens is '-5'"),
        ("tokens,finished\n,true\n", "line 2: tokens is ''"),
        ("tokens\n1,2,3\n", ""),
    ],
)
def test_a_wrong_file_gets_a_sentence(text: str, sentence: str, tmp_path: Path):
    path = tmp_path / "runs"
    path.write_text(text)
    if not sentence:
        assert read_run_file(path) == [MeasuredRun(1, finished=True)]
        return
    with pytest.raises(RunFileError) as raised:
        read_run_file(path)
    assert sentence in str(raised.value)


def test_a_hundred_thousand_rows_of_which_all_were_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """The newest thousand count; nothing beyond them is known."""
    rows = [f"{50_000 + at},false" for at in range(100_000)]
    (tmp_path / "runs.csv").write_text("\n".join(["tokens,finished", *rows]))
    body = advised(capsys, tmp_path / "runs.csv", "--kind", "feature")
    assert (body["runs"], body["cut"], body["beyond_measured"]) == (1_000, 1_000, True)
    assert body["interval_80"] == [None, None]
    assert body["advice"]["0.9"] > 150_000


def test_a_missing_file_and_a_wrong_kind(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read"):
        run_advise(["--from", str(tmp_path / "none.csv")])
    with pytest.raises(UsageError, match="did you mean"):
        run_advise(["--kind", "featur"])

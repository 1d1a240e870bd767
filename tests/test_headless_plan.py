"""Plans without a screen: the price before the work, the work from the file, what is learnt."""

import json
from pathlib import Path

import pytest

from tests.support.forked_program import run_program
from tui.budget.wire_budget import CountingRules
from tui.command_line import UsageError
from tui.headless_plan import read_plan_file
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs

MODULE = "def f(x, items=[]):\n    items.append(x)\n    return items\n"
PROMPT = "Fix mutable default arguments"


def test_a_plan_costs_only_its_budget_is_carried_out_from_its_file_and_teaches_the_ratio(
    tmp_path: Path, own_home: Path
):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text(MODULE)
    simulated = ["--simulate", "--pace", "max"]

    planned = run_program(
        *simulated, "-p", PROMPT, "--plan-only", "--output-format", "json", folder=folder
    )
    assert planned.returncode == 0, planned.stderr
    found = json.loads(planned.stdout)
    assert (found["type"], found["version"], found["kind"]) == ("quote", 1, "bug fix")
    assert [item["title"] for item in found["plan"]["items"]][:2] == ["a.py", "b.py"]
    estimates = sum(item["estimate"] for item in found["plan"]["items"])
    # Nothing is measured yet: the estimates as they are, and half to twice of them.
    assert found["quote"]["tokens"] == estimates
    assert found["quote"]["low"] == pytest.approx(estimates / 2, abs=9)
    assert found["quote"]["high"] == pytest.approx(estimates * 2, abs=9)
    assert found["quote"]["tokens"] == sum(i["tokens"] for i in found["quote"]["items"])
    assert found["spent"]["tokens"] < 30_000
    assert (folder / "a.py").read_text() == MODULE

    file = tmp_path / "plan.json"
    file.write_text(planned.stdout)
    work = ["-c", "-p", "--plan", str(file), "--permission-mode", "auto"]
    done = run_program(*simulated, *work, "--output-format", "json", folder=folder)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["session"] == found["session"]
    budget = told["meters"]["budget"]
    # The budget of the quote, on top of what the plan had taken.
    assert budget["grant"] == found["quote"]["budget"] + found["spent"]["tokens"]
    states = {task["id"]: task["state"] for task in told["checklist"]}
    assert set(states.values()) <= {"done", "skipped"}
    bill = told["bill"]
    assert (bill["quoted"], bill["open"]) == (found["quote"]["tokens"], False)
    assert bill["used"] == bill["beside_items"] + sum(item["used"] for item in bill["items"])
    assert bill["used"] == budget["used"] - found["spent"]["tokens"]
    assert "items=None" in (folder / "a.py").read_text()

    (folder / "c.py").write_text(MODULE)
    again = run_program(*simulated, "-p", PROMPT, "--plan-only", folder=folder)
    assert "of their estimates, by 1 plan of all kinds, so it is drawn towards 1" in again.stdout
    # What was given up is in no estimate.
    kept = [i["estimate"] for i in found["plan"]["items"] if states[i["id"]] == "done"]
    learnt = [("bug fix", "completed", True, sum(kept))]
    assert estimates_of(own_home / "data") == learnt
    # What is learnt is a fold over the logs: deleted, it is made again.
    (own_home / "data" / "history.db").unlink()
    assert estimates_of(own_home / "data") == learnt


def estimates_of(data: Path) -> list[tuple[str, str, bool, float]]:
    with HistoryStore(data) as store:
        refresh_own_runs(store, data, CountingRules(), state=data.with_name("state"))
        return [
            (run.kind, run.end, run.plan_done, run.estimated)
            for _, run in store.runs()
            if run.estimated
        ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{", "holds no JSON"),
        ('"text"', "holds no plan: there is no list of items in it."),
        ('{"plan": {"goal": "x"}}', "holds no plan"),
        ('{"items": []}', "File at least one item, each with a title."),
        ('{"items": ["x"' + ', "x"' * 200 + "]}", "A plan has at most 200 items"),
        ("[" * 100_000, "holds no JSON"),
    ],
)
def test_a_file_without_a_plan_is_refused_in_one_sentence(body: str, sentence: str, tmp_path: Path):
    (file := tmp_path / "plan.json").write_text(body)
    with pytest.raises(UsageError, match=sentence):
        read_plan_file(file)


def test_a_plan_alone_or_a_list_of_items_will_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (file := tmp_path / "plan.json").write_text('["one", {"title": "two", "estimate": "2k"}]')
    found = read_plan_file(file)
    assert [(item.title, item.estimate) for item in found.plan.items] == [
        ("one", None),
        ("two", 2_000),
    ]
    assert capsys.readouterr().err == "glideslope: Understood: the estimate '2k' as 2,000 tokens.\n"
    for budget in ("-5", "true", '"5k"', "1e9", "10000000000000"):
        file.write_text(f'{{"goal": "g", "items": ["one"], "quote": {{"budget": {budget}}}}}')
        assert read_plan_file(file).budget is None
    file.write_text('{"goal": "g", "items": ["one"], "quote": {"budget": 50000}}')
    assert (read_plan_file(file).budget, read_plan_file(file).plan.goal) == (50_000, "g")

"""`glideslope runs`: the list, and a kind put right."""

import json
from pathlib import Path
from random import Random

import msgspec
import pytest

from tests.importers.logs import answer, prompt, write_rows
from tui.budget.task_kinds import find_kind
from tui.cli import main
from tui.command_line import UsageError
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.history_tables import run_of_columns
from tui.history.task_run import TaskRun
from tui.runs_command import run_runs
from tui.settings.user_folders import user_folders

# 2026-03-01 10:00 UTC.
BEGAN = 1_772_359_200.0


def run(**more: object) -> TaskRun:
    plain: dict[str, object] = {
        "source": "codex",
        "session": "alpha",
        "started": BEGAN,
        "ended": BEGAN + 150,
        "kind": "tests",
        "model": "m",
        "end": "hard_limit",
        "spend": 52_000,
        "budget": 100_000,
        "effort": "high",
        "project": "/work/\x1b[31mshop",
    }
    return msgspec.convert(plain | more, TaskRun)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs of prompts and one of a sub-agent, in two sessions."""
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.chdir(tmp_path)
    with HistoryStore(user_folders().data) as store:
        runs = [
            run(),
            run(started=BEGAN + 1, is_agent=True),
            run(started=BEGAN + 86_400, ended=BEGAN + 86_400, kind="review", budget=None),
            run(session="alps", started=BEGAN + 60, is_estimated=True),
        ]
        store.replace(ReadFile("codex", str(tmp_path / "gone.jsonl"), "1"), runs)


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run_runs(words) == 0
    return capsys.readouterr().out.splitlines()


def test_the_newest_is_first_and_each_figure_has_a_heading(capsys: pytest.CaptureFixture[str]):
    head, *rows = [" ".join(line.split()) for line in listed(capsys)]
    assert head == "started session run kind model effort ended tokens budget minutes project"
    assert rows == [
        "2026-03-02 11:00 alpha 2 review m high hard limit 52k – 0 shop",
        "2026-03-01 11:01 alps 1 tests m high hard limit ≈ 52k 100k 2 shop",
        "2026-03-01 11:00 alpha 1 tests m high hard limit 52k 100k 2 shop",
    ]


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        (["--kind", "review"], ["alpha 2"]),
        (["--since", "2026-03-02"], ["alpha 2"]),
        (["--limit", "2"], ["alpha 2", "alps 1"]),
        (["list", "--kind", "tests"], ["alps 1", "alpha 1"]),
        (["--kind", "bug fix"], []),
    ],
)
def test_which_runs_are_listed(
    words: list[str], runs: list[str], capsys: pytest.CaptureFixture[str]
):
    (line,) = listed(capsys, *words, "--json")
    body = json.loads(line)
    assert [f"{each['session']} {each['n']}" for each in body["runs"]] == runs
    assert (body["type"], body["version"]) == ("runs", 1)


def test_a_run_as_json(capsys: pytest.CaptureFixture[str]):
    (line,) = listed(capsys, "--kind", "review", "--json")
    assert json.loads(line)["runs"] == [
        {
            "session": "alpha",
            "n": 2,
            "source": "codex",
            "started": "2026-03-02T11:00:00+01:00",
            "kind": "review",
            "corrected": False,
            "model": "m",
            "effort": "high",
            "end": "hard_limit",
            "charged": 52_000,
            "estimated": False,
            "budget": None,
            "minutes": 0.0,
            "project": "/work/\x1b[31mshop",
            "title": None,
        }
    ]


def test_a_kind_is_put_right_also_where_the_log_is_gone(capsys: pytest.CaptureFixture[str]):
    assert listed(capsys, "set", "alpha", "1", "bug", "fix") == [
        "The run is filed as bug fix now. Its log is gone, so nothing was learnt from its prompt."
    ]
    assert [line.split()[3:6] for line in listed(capsys, "--kind", "bug-fix")[1:2]] == [
        ["1", "bug", "fix*"]
    ]
    assert listed(capsys)[-1] == "* You said what kind it is."


def test_the_verb_of_an_imported_prompt_is_learnt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    logs = tmp_path / "claude"
    write_rows(
        logs / "projects" / "-p" / "one.jsonl",
        [prompt("u1", "Please frobnicate the secret"), answer("a1", "m1", 1_000, 300)],
    )
    assert main(["import", "claude-code", "--from", str(logs)]) == 0
    capsys.readouterr()
    session = json.loads(listed(capsys, "--kind", "other", "--json")[0])["runs"][0]["session"]
    assert listed(capsys, "set", session, "1", "review") == [
        "The run is filed as review now. Prompts that begin with “frobnicate” count as review from"
        " now on."
    ]
    kept = b"".join(path.read_bytes() for path in user_folders().data.glob("*") if path.is_file())
    assert b"frobnicate" in kept
    assert b"secret" not in kept


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show"], "there are `list` and `set`"),
        (["sett"], "did you mean `set`?"),
        (["list", "alpha"], "runs list takes no 'alpha'"),
        (["set", "alpha", "1"], "glideslope runs set SESSION N KIND"),
        (["set", "alpha", "1", "poem"], "There is no kind of task 'poem'"),
        (["set", "alpha", "3", "tests"], "has 2 runs, and no run 3"),
        (["set", "alpha", "-1", "tests"], "expected a number from 1"),
        (["set", "alpha", "first", "tests"], "expected a number from 1"),
        (["set", "al", "1", "tests"], "2 sessions begin with 'al'"),
        (["set", "beta", "1", "tests"], "No run is of a session 'beta'"),
        (["--kind", "poem"], "There is no kind of task 'poem'"),
        (["--since", "March"], "'March' is no day"),
        (["--limit", "0"], "--limit is '0'"),
    ],
)
def test_a_wrong_command_line(words: list[str], sentence: str):
    with pytest.raises(UsageError) as caught:
        run_runs(words)
    assert sentence in str(caught.value)


def test_only_the_runs_of_the_page_are_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """And each is numbered as if all of them had been."""
    chance = Random(3)
    runs = [
        run(
            session=f"s{chance.randrange(20)}",
            source=chance.choice(("codex", "opencode")),
            started=BEGAN + chance.randrange(400) / 2,
            is_agent=chance.random() < 0.2,
            kind=chance.choice(("tests", "review")),
        )
        for _ in range(300)
    ]
    numbers: dict[tuple[str, str], int] = {}
    wanted = []
    for each in sorted(runs, key=lambda each: each.started):
        if not each.is_agent:
            key = (each.source, each.session)
            numbers[key] = numbers.get(key, 0) + 1
            wanted.append((each.started, *key, numbers[key], each.kind))
    read = []
    decode = run_of_columns
    monkeypatch.setattr(
        "tui.history.run_pages.run_of_columns", lambda *row: read.append(row) or decode(*row)
    )
    with HistoryStore(user_folders().data) as store:
        store.forget("codex", store.stamps("codex"))
        store.replace(ReadFile("codex", "many", "1"), runs)
        for kind, since, limit in (
            (None, None, 50),
            ("review", None, 20),
            (None, BEGAN + 100, 1_000),
            ("tests", BEGAN + 50, 7),
        ):
            read.clear()
            page = store.run_page(find_kind(kind) if kind else None, since, limit)
            rows = [row for row in wanted if kind in (None, row[4]) and row[0] >= (since or 0)]
            assert page.of == len(rows)
            assert len(read) == len(page.runs) == min(limit, len(rows))
            found = [
                (at.run.started, at.run.source, at.run.session, at.n, at.run.kind)
                for at in page.runs
            ]
            assert found == rows[::-1][:limit]

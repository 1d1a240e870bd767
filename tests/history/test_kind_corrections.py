"""Kinds that the user put right: kept beside the store, and learnt from."""

from pathlib import Path

import msgspec
import pytest

from tests.importers.logs import answer, prompt, write_rows
from tui.budget.task_kind_rules import guess_before
from tui.budget.task_kinds import TaskKind
from tui.history.filed_prompts import run_key
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.kind_corrections import KindCorrections, taught_verb
from tui.history.log_import import read_logs
from tui.history.run_filing import correction_of, filing_of
from tui.history.task_run import TaskRun
from tui.reports.run_list import filing_sentence

KEY = ("codex", "s", 5.0)


def run(**more: object) -> TaskRun:
    plain: dict[str, object] = {
        "source": "codex",
        "session": "s",
        "started": 5.0,
        "ended": 65.0,
        "kind": "tests",
        "model": "m",
        "end": "completed",
        "spend": 7_000,
    }
    return msgspec.convert(plain | more, TaskRun)


def kinds(store: HistoryStore) -> list[str]:
    return [each.kind for _, each in store.runs()]


def test_a_correction_outlives_the_store(tmp_path: Path):
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("codex", "a", "1"), [run(), run(started=6.0, ended=66.0)])
        store.correct(correction_of(KEY, "feature", "sort"))
        assert kinds(store) == ["feature", "tests"]
        assert [each.kind for each in store.newest_runs()] == ["feature", "tests"]
        store.replace(ReadFile("codex", "a", "2"), [run()])
        assert kinds(store) == ["feature"]
    (tmp_path / "history.db").unlink()
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("codex", "a", "1"), [run()])
        assert kinds(store) == ["feature"]
        assert store.corrections.verbs == {"sort": "feature"}


def test_a_store_that_is_open_follows_a_correction_by_another_process(tmp_path: Path):
    with HistoryStore(tmp_path) as one, HistoryStore(tmp_path) as other:
        other.correct(correction_of(KEY, "review"))
        one.replace(ReadFile("codex", "a", "1"), [run()])
        assert kinds(one) == ["review"]


def test_the_newest_correction_counts_and_damage_costs_one_row(tmp_path: Path):
    found = KindCorrections(tmp_path)
    found.add(correction_of(KEY, "feature", "sort"))
    found.add(correction_of(KEY, "refactor", "sort"))
    with found.path.open("ab") as file:
        file.write(b'{"source":"codex","session":"s","kind":"poem"}\n\xff\xfe\n{"source":"cut')
    found.add(correction_of(("codex", "s", 9.0), "review"))
    again = KindCorrections(tmp_path)
    again.refresh()
    assert again.runs == {KEY: "refactor", ("codex", "s", 9.0): "review"}
    assert again.verbs == {"sort": "refactor"}
    assert found.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("Please sort the members", "sort"),
        ("Can you SORT them?", "sort"),
        ("The build is slow", ""),
        ("Why is it slow?", ""),
        ("it stops", ""),
        ("1. sort", ""),
        ("x" * 31, ""),
        ("", ""),
    ],
)
def test_only_a_verb_is_learnt(words: str, verb: str):
    assert taught_verb(words) == verb


@pytest.mark.parametrize(
    ("words", "files", "verbs", "kind", "corrected", "sentence"),
    [
        (
            "Rename the class everywhere",
            [f"src/{n}.py" for n in range(9)],
            {},
            "refactor",
            False,
            "filed as refactor: rename 4 · everywhere 1 · 9 files 2.",
        ),
        (
            "Fix the export",
            ["a.py"],
            {},
            "bug fix",
            False,
            "filed as bug fix: fix 3; for feature: export 1.",
        ),
        ("Explain it", [], {}, "question", False, "question: explain 4 · no file changed."),
        ("Frobnicate the members", [], {}, "other", False, "filed as other: no file changed."),
        (
            "Frobnicate it all",
            ["a.py"],
            {},
            "other",
            False,
            "filed as other: no rule speaks for another kind.",
        ),
        (
            "Frobnicate it all",
            ["a.py"],
            {"frobnicate": "tests"},
            "review",
            True,
            "filed as review, as you said. The rules say tests: frobnicate 3",
        ),
    ],
)
def test_why_a_run_is_filed(
    words: str,
    files: list[str],
    verbs: dict[str, TaskKind],
    kind: TaskKind,
    corrected: bool,
    sentence: str,
):
    filing = filing_of(KEY, words, files, verbs)
    said = filing_sentence(filing, kind, is_corrected=corrected)
    assert sentence in said
    assert said.endswith(" /kind KIND corrects it.")


def test_a_learnt_verb_files_imported_runs_again_and_counts_no_copy_of_a_file_that_is_gone(
    tmp_path: Path,
):
    one = [prompt("u1", "Frobnicate it"), answer("a1", "m1", 1_000, 300)]
    two = [
        prompt("u2", "Frobnicate them", sessionId="two"),
        answer("a2", "m2", 1_000, 300, sessionId="two"),
    ]
    logs = tmp_path / "claude"
    first_file = write_rows(logs / "projects" / "-p" / "one.jsonl", one)
    write_rows(logs / "projects" / "-p" / "two.jsonl", [*one, *two])
    with HistoryStore(tmp_path) as store:
        read_logs("claude-code", [logs], store)
        assert kinds(store) == ["other", "other"]
        first_file.unlink()
        first = next(run for _, run in store.runs() if run.session != "two")
        store.correct(correction_of(run_key(first), "review", "frobnicate"))
        result = read_logs("claude-code", [logs], store)
        assert (result.unchanged, sorted(kinds(store))) == (0, ["review", "review"])
        assert read_logs("claude-code", [logs], store).unchanged == 1


def test_the_kind_of_a_new_prompt_is_learnt():
    assert guess_before("Frobnicate the members").kind == "other"
    assert guess_before("Frobnicate the members", {"frobnicate": "tests"}).kind == "tests"

"""Whole conversations on folders the scripted model was not written for."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulator.scripted_model.folder_client import OUR_TOOLS, FolderClient
from tests.simulator.scripted_model.sample_projects import ANNOTATE, MODULE, fill, missing, texts
from tui.simulator.scripted_model.model_input import ScriptedThinking

FIX = "Find mutable default arguments and bare except clauses and fix them"


def all_compile(folder: Path) -> None:
    for path in folder.rglob("*.py"):
        compile(path.read_bytes(), str(path), "exec")


@pytest.mark.parametrize("prompt", [ANNOTATE, FIX])
@pytest.mark.parametrize("effort", ["low", "medium", "max"])
def test_what_it_edits_compiles_and_a_second_run_proposes_nothing(
    tmp_path: Path, prompt: str, effort: str
):
    fill(tmp_path, 6)
    first = FolderClient(tmp_path, effort=effort)
    report = first.say(prompt)
    assert first.of("edit")
    assert not [text for call, text, failed in first.results if failed]
    all_compile(tmp_path)
    assert "| File |" in report
    assert {row["state"] for row in first.checklist.values()} <= {"done", "skipped"}
    second = FolderClient(tmp_path, effort=effort)
    second.say(prompt)
    assert not second.of("edit")
    assert not second.of("write")


def test_every_certain_annotation_is_made_in_the_readers_files(tmp_path: Path):
    fill(tmp_path, 6)
    client = FolderClient(tmp_path)
    client.say(ANNOTATE)
    # `load` may return anything that a file's read() does.
    assert set(missing(tmp_path)) == {"load"}
    reads = [len([c for c in r.calls if c.name == "read"]) for r in client.replies]
    assert max(reads) >= 4, "independent reads go together"
    assert client.of("bash"), "medium effort runs a check"


def test_windows_line_ends_and_tabs_survive_whether_a_client_shows_them_or_not(
    tmp_path: Path,
):
    text = MODULE.replace("    ", "\t").replace("\n", "\r\n")
    for shown in (True, False):
        folder = tmp_path / str(shown)
        folder.mkdir()
        (folder / "a.py").write_bytes(text.encode())
        for prompt in (ANNOTATE, FIX):
            client = FolderClient(folder, keeps_line_ends=shown)
            client.say(prompt)
            assert client.of("edit")
            after = (folder / "a.py").read_bytes()
            assert after.count(b"\n") == after.count(b"\r\n"), "line ends are mixed"
            assert b"\r\r" not in after
            compile(after, "a.py", "exec")
            again = FolderClient(folder, keeps_line_ends=shown)
            again.say(prompt)
            assert not again.of("edit")


def test_another_language_is_explained_and_not_annotated(tmp_path: Path):
    (tmp_path / "src").mkdir()
    (tmp_path / "README.md").write_text("# Sieve\n\nFinds primes, fast.\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "sieve"\n')
    (tmp_path / "src" / "main.rs").write_text("pub fn main() {}\nstruct Sieve;\n")
    client = FolderClient(tmp_path)
    answer = client.say("Explain this project")
    assert answer.startswith("# Sieve")
    assert "Finds primes, fast." in answer
    for part in ("\n## ", "\n- ", "| Rust | 1 |", "```", "`main`", "`Sieve`", "cargo build"):
        assert part in answer
    assert not client.of("edit")
    assert "no Python files" in client.say(ANNOTATE)
    assert not client.of("edit")


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path):
    client = FolderClient(tmp_path)
    for prompt in (
        ANNOTATE,
        FIX,
        "Explain this project",
        "Write a first test",
        "Run the tests",
    ):
        assert client.say(prompt)
    assert not client.of("edit") + client.of("write") + client.of("bash")


def test_ten_thousand_files_are_sampled_in_a_bounded_number_of_calls(tmp_path: Path):
    for n in range(10_000):
        if n % 200 == 0:
            (tmp_path / f"d{n // 200}").mkdir()
        (tmp_path / f"d{n // 200}" / f"m{n}.py").write_text("def f():\n    return 1\n")
    client = FolderClient(tmp_path, total=200_000)
    report = client.say(ANNOTATE)
    assert len(client.calls) < 150
    assert (client.left or 0) > 0
    assert any("sample" in text for text in texts(client))
    assert "continue" in report
    assert len(client.of("edit")) == 40
    assert "10" in FolderClient(tmp_path).say("Explain this project")


def test_read_only_files_are_reported_and_not_tried_again_and_again(tmp_path: Path):
    fill(tmp_path, 12)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.py")}

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        return "PermissionError: [Errno 13] Permission denied" if name == "edit" else None

    client = FolderClient(tmp_path, refuse=refuse)
    report = client.say(ANNOTATE)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.py")} == before
    assert len({given["path"] for given in client.of("edit")}) <= 4
    assert "Permission denied" in report
    assert "What I would change" in report
    assert not client.of("bash"), "nothing was changed, so nothing is checked"


def test_a_denied_edit_is_skipped_with_its_reason_and_the_rest_goes_on(tmp_path: Path):
    fill(tmp_path, 4)

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        denied = name == "edit" and str(given["path"]).endswith("module_01.py")
        return "The user said no. That file belongs to another team." if denied else None

    client = FolderClient(tmp_path, refuse=refuse)
    report = client.say(ANNOTATE)
    assert "belongs to another team" in report
    states = {row.get("title"): row["state"] for row in client.checklist.values()}
    assert states["part1/module_01.py"] == "skipped"
    assert states["part2/module_02.py"] == "done"
    assert missing(tmp_path / "part1") != ["load"]
    assert missing(tmp_path / "part2") == ["load"]


def test_broken_binary_vanished_and_oddly_named_files_stop_nothing(tmp_path: Path):
    fill(tmp_path, 2)
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "binary.py").write_text("def f():\n    pass\n\0")
    (tmp_path / "[").mkdir()
    (tmp_path / "[" / "bold] `x` | y.py").write_text("def f():\n    return 1\n")
    (tmp_path / "gone.py").write_text("def f():\n    return 1\n")

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        gone = name == "read" and given["path"] == "gone.py"
        return "gone.py does not exist." if gone else None

    client = FolderClient(tmp_path, refuse=refuse, effort="high")
    report = client.say(ANNOTATE)
    assert "-> int" in (tmp_path / "[" / "bold] `x` | y.py").read_text()
    assert "does not parse" in report
    assert "does not exist" in report
    assert "binary" in report
    assert "``[/bold] `x` \\| y.py``" in report
    assert (tmp_path / "broken.py").read_text() == "def f(:\n"


def test_long_files_are_read_to_their_end_before_they_are_changed(tmp_path: Path):
    text = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(60))
    (tmp_path / "long.py").write_text(text)
    client = FolderClient(tmp_path, page=100)
    client.say(ANNOTATE)
    assert [given.get("offset", 1) for given in client.of("read")][:3] == [1, 101, 201]
    assert not missing(tmp_path)
    all_compile(tmp_path)


def test_a_file_too_long_to_be_read_is_left_alone_and_said(tmp_path: Path):
    (tmp_path / "huge.py").write_text("def f():\n    return 1\n" * 500)
    client = FolderClient(tmp_path, page=10)
    assert "too long" in client.say(ANNOTATE)
    assert len(client.of("read")) <= 6
    assert not client.of("edit")


def test_a_file_that_changed_meanwhile_is_read_again_and_then_edited(tmp_path: Path):
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    moved: list[int] = []

    def refuse(name: str, given: dict[str, Any]) -> str | None:
        if name == "edit" and not moved:
            moved.append(1)
            (tmp_path / "a.py").write_text("# new\ndef g():\n    return 'x'\n")
            return "a.py has changed on disk since you read it; read it again."
        return None

    client = FolderClient(tmp_path, refuse=refuse)
    client.say(ANNOTATE)
    assert (tmp_path / "a.py").read_text() == "# new\ndef g() -> str:\n    return 'x'\n"


def test_steering_beside_results_is_heard(tmp_path: Path):
    fill(tmp_path, 8)
    said = {2: "The user says, while you work:\nskip part1, and also fix bare excepts"}
    client = FolderClient(tmp_path, beside=said.get)
    client.say(ANNOTATE)
    assert any(text.startswith("Understood") and "`part1`" in text for text in texts(client))
    assert "except:" in (tmp_path / "part1" / "module_01.py").read_text()
    assert len(missing(tmp_path / "part1")) > 2
    assert "except Exception:" in (tmp_path / "part2" / "module_02.py").read_text()


def test_being_told_to_stop_ends_the_work_with_a_report(tmp_path: Path):
    fill(tmp_path, 12)
    said = {3: "The user says, while you work:\nPlease stop here."}
    client = FolderClient(tmp_path, beside=said.get)
    answer = client.say(ANNOTATE)
    assert len(client.of("wrap_up")) == 1
    assert client.of("wrap_up")[0]["not_started"]
    assert "of" in answer
    assert "subtasks complete" in answer


def test_named_files_and_folders_are_the_only_ones_touched(tmp_path: Path):
    fill(tmp_path, 8)
    FolderClient(tmp_path).say("Add return annotations to part1/module_01.py")
    assert missing(tmp_path / "part1" / "..") != []
    changed = [p.name for p in tmp_path.rglob("*.py") if "->" in p.read_text()]
    assert changed == ["module_01.py"]
    FolderClient(tmp_path).say("Fix missing return annotations in part2/")
    changed = sorted(p.name for p in tmp_path.rglob("*.py") if "->" in p.read_text())
    assert changed == ["module_01.py", "module_02.py", "module_06.py"]


def test_other_peoples_code_is_not_touched(tmp_path: Path):
    fill(tmp_path, 2)
    for folder in ("node_modules/x", ".venv/lib", "build"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "theirs.py").write_text(MODULE)
    FolderClient(tmp_path).say(ANNOTATE)
    assert {path.read_text() for path in tmp_path.rglob("theirs.py")} == {MODULE}


def test_a_first_test_is_written_and_run_and_not_written_twice(tmp_path: Path):
    (tmp_path / "calc.py").write_text("def add(a, b):\n    return a + b\n")
    client = FolderClient(tmp_path)
    report = client.say("Write a first test")
    assert (tmp_path / "tests" / "test_calc.py").exists()
    assert "OK" in report or "no errors" in report
    again = FolderClient(tmp_path)
    assert "nothing to write" in again.say("Write a first test")
    assert not again.of("write")


def test_checks_are_run_and_their_failure_is_said(tmp_path: Path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 1 == 2\n")
    client = FolderClient(tmp_path)
    answer = client.say("Run the tests")
    assert "did not pass" in answer
    assert "pytest" in client.of("bash")[0]["command"]


def test_effort_shows_in_thinking_and_checking(tmp_path: Path):
    sizes, checks, rereads = [], [], []
    for effort in ("low", "medium", "high", "xhigh", "max"):
        folder = tmp_path / effort
        fill(folder, 6)
        client = FolderClient(folder, effort=effort, total=300_000)
        client.say(ANNOTATE)
        thinking = [b for r in client.replies for b in r.blocks if isinstance(b, ScriptedThinking)]
        sizes.append(sum(len(b.text) for b in thinking))
        checks.append(len(client.of("bash")))
        rereads.append(len(client.of("read")) - 6)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 5
    assert checks[0] == 0
    assert all(checks[1:])
    assert rereads[0] == 0
    assert rereads == sorted(rereads)


def test_without_a_tool_that_edits_it_only_says_what_it_would_change(tmp_path: Path):
    fill(tmp_path, 2)
    tools = tuple(t for t in OUR_TOOLS if t["name"] in ("read", "grep", "glob", "checklist"))
    client = FolderClient(tmp_path, tools=tools)
    report = client.say(ANNOTATE)
    assert "What I would change" in report
    assert "-> str" in report


def test_without_a_tool_that_reads_it_says_so_at_once(tmp_path: Path):
    client = FolderClient(tmp_path, tools=())
    answer = client.say(ANNOTATE)
    assert "needs" in answer or "need a tool" in answer
    assert "simulator" in answer


OPEN = (
    "def f():",
    "async def f(a): return 1  # a -> b",
    "def f(\n    a: int,\n):",
    "def f(\n    a: int,\n    b: str):",
    "def f(a,\n      b=(1, 2)):",
    "def f(\r\n    *a: int\r\n):\r",
)
CLOSED = (
    "def f() -> None:",
    "def f(\n    a: int,\n    b: str = str(1),\n) -> dict[str, int]:",
    "def f(\n    a,\n    b=(1, 2)) -> None:",
)


@pytest.mark.parametrize("head", [*OPEN, *CLOSED])
def test_only_files_with_an_open_signature_are_read(tmp_path: Path, head: str):
    (tmp_path / "a.py").write_bytes(f"{head}\n    pass\n".encode())
    client = FolderClient(tmp_path)
    client.say(ANNOTATE)
    assert bool(client.of("read")) == (head in OPEN)

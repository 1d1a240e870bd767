"""`glideslope measure`: copies, order, limits, going on after a stop."""

import json
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from tui.command_line import UsageError
from tui.measure_command import run_measure
from tui.measuring.measurement import MeasuredTask, Measurement, MeasurePlan
from tui.measuring.workspaces import WorkspaceError, make_workspace, remove_abandoned

GIT = ("git", "-c", "user.email=a@example.org", "-c", "user.name=a")


def git(folder: Path, *words: str) -> bytes:
    return subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a change, a staged change, a new file, an ignored one and a link."""
    folder = tmp_path / "repo"
    (folder / "sub").mkdir(parents=True)
    for name in ("changed.py", "staged.py", "gone.py", "sub/below.py"):
        (folder / name).write_text("x = 1\n")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "begin")
    (folder / "changed.py").write_text("x = 2\n")
    (folder / "staged.py").write_text("x = 3\n")
    git(folder, "add", "staged.py")
    (folder / "gone.py").unlink()
    (folder / "new file.py").write_bytes(b"\x00\xff")
    (folder / "link").symlink_to("changed.py")
    (folder / "noise.log").write_text("ignored")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, those of git's refs and index among them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "worktrees" not in path.parts
    }


def test_a_copy_has_what_is_not_committed_and_leaves_the_folder_as_it_is(
    repository: Path, tmp_path: Path
):
    before = tree(repository)
    workspace = make_workspace(repository, tmp_path / "copies", "one")
    names = {path.name for path in workspace.folder.iterdir()} - {".git"}
    assert names == {
        ".gitignore", "changed.py", "staged.py", "sub", "new file.py", "link",
    }  # fmt: skip
    assert (workspace.folder / "changed.py").read_text() == "x = 2\n"
    assert (workspace.folder / "staged.py").read_text() == "x = 3\n"
    assert (workspace.folder / "new file.py").read_bytes() == b"\x00\xff"
    assert (workspace.folder / "link").readlink() == Path("changed.py")
    (workspace.folder / "changed.py").write_text("spoilt")
    workspace.remove()
    assert tree(repository) == before
    assert not (tmp_path / "copies" / "one").exists()
    assert git(repository, "worktree", "list").count(b"\n") == 1


def test_a_folder_within_a_repository_is_copied_with_all_of_it(repository: Path, tmp_path: Path):
    workspace = make_workspace(repository / "sub", tmp_path / "copies", "one")
    assert workspace.folder == tmp_path / "copies" / "one" / "sub"
    assert (workspace.folder.parent / "changed.py").exists()
    workspace.remove()


def test_a_hook_of_the_repository_does_not_run(repository: Path, tmp_path: Path):
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    make_workspace(repository, tmp_path / "copies", "one").remove()
    assert not (tmp_path / "ran").exists()


def test_git_does_not_run_where_the_configuration_names_a_program(repository: Path, tmp_path: Path):
    (repository / ".gitattributes").write_text("*.py filter=evil\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "attributes")
    git(repository, "config", "filter.evil.smudge", f"touch '{tmp_path}/ran'; cat")
    workspace = make_workspace(repository, tmp_path / "copies", "one")
    assert workspace.repository is None
    assert (workspace.folder / "changed.py").read_text() == "x = 2\n"
    assert not (tmp_path / "ran").exists()
    workspace.remove()


def test_a_worktree_is_copied_as_a_repository_is(repository: Path, tmp_path: Path):
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    workspace = make_workspace(tmp_path / "other", tmp_path / "copies", "one")
    assert workspace.repository == tmp_path / "other"
    workspace.remove()


def test_a_folder_without_git_is_copied(tmp_path: Path):
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a.py").write_text("1")
    (folder / "dangling").symlink_to("nowhere")
    workspace = make_workspace(folder, tmp_path / "copies", "one")
    assert sorted(path.name for path in workspace.folder.iterdir()) == ["a.py", "dangling"]
    workspace.remove()
    assert (folder / "a.py").exists()


def test_a_copy_within_the_folder_does_not_hold_itself(tmp_path: Path):
    (tmp_path / "a.py").write_text("1")
    workspace = make_workspace(tmp_path, tmp_path / "home" / "copies", "one")
    assert sorted(path.name for path in workspace.folder.rglob("*")) == ["a.py", "home"]


def test_a_folder_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tui.measuring.workspaces.MAX_COPY_BYTES", 3)
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a.py").write_text("1234")
    with pytest.raises(WorkspaceError, match="at most"):
        make_workspace(folder, tmp_path / "copies", "one")
    assert list((tmp_path / "copies").iterdir()) == []


def test_copies_of_a_process_that_is_gone_are_removed(repository: Path, tmp_path: Path):
    copies = tmp_path / "copies"
    workspace = make_workspace(repository, copies, "mine")
    make_workspace(repository, copies, "theirs")
    gone = subprocess.Popen(["true"])
    gone.wait()
    (copies / "theirs.lock").write_text(str(gone.pid))
    assert remove_abandoned(repository, copies) == 1
    assert sorted(path.name for path in copies.iterdir()) == ["mine", "mine.lock"]
    workspace.remove()


def plan(**more: object) -> MeasurePlan:
    plain = {
        "prompts": ("a", "b"),
        "runs": 2,
        "kind": "feature",
        "run_limit": Decimal(2),
        "total_limit": Decimal(20),
    }
    return MeasurePlan(**(plain | more))  # type: ignore[arg-type]


def done(prompt: int, n: int, spend: int = 1_000, *, finished: bool = True) -> MeasuredTask:
    return MeasuredTask(
        prompt=prompt,
        n=n,
        spend=spend,
        finished=finished,
        end="completed",
        dollars=Decimal("0.1"),
        seconds=1.0,
    )


def test_prompts_take_turns():
    assert [*plan().order()] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_a_measurement_goes_on_with_what_is_missing(tmp_path: Path):
    measurement = Measurement.begin(tmp_path / "m" / "a.jsonl", plan())
    measurement.add(done(0, 0))
    with measurement.path.open("ab") as file:
        file.write(b'{"prompt": 1, "n"')  # the program died here
    again = Measurement.load(measurement.path)
    assert again.missing() == [(1, 0), (0, 1), (1, 1)]
    assert again.dollars == Decimal("0.1")
    again.add(done(1, 0))  # a row of its own, not the end of the torn one
    assert Measurement.load(measurement.path).missing() == [(0, 1), (1, 1)]
    assert measurement.path.stat().st_mode & 0o777 == 0o600


def test_a_kind_needs_three_prompts_and_takes_the_median_of_each(tmp_path: Path):
    three = plan(prompts=("a", "b", "c"), runs=3)
    measurement = Measurement.begin(tmp_path / "a.jsonl", three)
    for prompt in range(3):
        for n in range(3):
            measurement.add(done(prompt, n, 1_000 * (prompt + 1) + n))
    assert [run.spend for run in measurement.measured_runs()] == [1_001, 2_001, 3_001]
    one = Measurement.begin(tmp_path / "b.jsonl", plan(prompts=("a",), runs=3))
    for n in range(3):
        one.add(done(0, n, 1_000 + n))
    assert [run.spend for run in one.measured_runs()] == [1_000, 1_001, 1_002]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> Path:
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(repository)
    return repository


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_prompt_is_measured_in_copies(
    user: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = tree(user)
    words = ["Explain this project", "--runs", "2", "--parallel", "2", "--simulate"]
    code = run_measure([*words, "--check", "test -f changed.py", "--output-format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [
        (run["n"], run["finished"], run["check"])
        for run in sorted(found["runs"], key=lambda run: run["n"])
    ] == [(0, True, True), (1, True, True)]
    assert all(run["spend"] > 0 for run in found["runs"])
    assert (found["advice"]["n"], found["advice"]["of"], found["kind"]) == (
        2,
        "prompts",
        "question",
    )
    assert tree(user) == before
    assert not [*(tmp_path / "home").glob("cache/measure/*")]


def test_it_goes_on_in_the_folder_where_it_began_and_kept_copies_stay(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Stopped by an interrupt in the second run, and resumed from somewhere else."""
    seen: list[str] = []

    def run(_: object, prompt: int, n: int, folder: Path, __: float, **___: object) -> MeasuredTask:
        seen.append((folder / "changed.py").read_text())
        if len(seen) == 2:
            raise KeyboardInterrupt
        return done(prompt, n)

    monkeypatch.setattr("tui.measure_command.run_once", run)
    assert run_measure(["Explain this", "--runs", "3", "--simulate", "--keep"]) == 130
    said = capsys.readouterr().out
    assert said.rstrip().endswith(f"--resume {(id := said.split()[-1])}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run_measure(["--resume", id]) == 0
    assert len(seen) == 4
    assert set(seen) == {(user / "changed.py").read_text()}
    kept = [*(tmp_path / "home").glob("cache/measure/*")]
    # The finished run's copy is the user's; that of the stopped one goes at the next start.
    assert sorted(path.name.removeprefix(id) for path in kept) == ["-1-1", "-1-2", "-1-2.lock"]


def test_an_error_before_the_first_token_stops_it_with_its_reason(
    user: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Without a key no run can begin: one tells it, four more would tell the same."""
    assert run_measure(["Explain this", "--yes"]) == 1
    said = capsys.readouterr().out
    assert said.count("There is no API key.") == 1
    assert "No run was made." in said
    assert "To go on: glideslope measure --resume" in said


def test_a_total_limit_stops_it(user: Path, capsys: pytest.CaptureFixture[str]):
    words = ["Explain this project", "--simulate", "--limit", "$2", "--total", "$2", "--runs", "2"]
    assert run_measure(words) == 4
    said = capsys.readouterr().out
    assert "leaves no room for another run" in said
    assert "To go on: glideslope measure --resume" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Say what to measure"),
        (["x", "--file", "y"], "Give a prompt or --file, not both"),
        (["--file", "none.txt"], "cannot be read"),
        (["x", "--runs", "0"], "--runs is 0; expected 1 to 1000"),
        (["x", "--limit", "0"], "expected dollars above zero"),
        (["x", "--limit", "off"], "expected dollars above zero"),
        (["x", "--limit", "nan"], "expected dollars above zero"),
        (["x", "--limit", "$30"], "--total is less than the limit of one run"),
        (["x", "--kind", "poem"], "There is no kind of task"),
        (["--resume", "none"], "There is no measurement none"),
        (["--resume", "../x"], "is no id of a measurement"),
        (["x", "--permission-mode", "plan", "--simulate"], "so there is no work to measure"),
        (["x", "--permission-mode", "ask"], "is 'ask'; expected edits or auto"),
        (["--resume", "plans"], "so there is no work to measure"),
        (["x"], "There is nobody to ask; --yes starts it"),
    ],
)
def test_wrong_command_lines(
    user: Path, words: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
):
    Measurement.begin(user.parent / "home" / "state" / "measure" / "plans.jsonl", plan(mode="plan"))
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        with pytest.raises(UsageError) as raised:
            run_measure(words)
    assert sentence in str(raised.value)


def test_prompts_from_files(user: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "tasks.jsonl").write_text('{"prompt": "one"}\n\n"two"\n{"prompt": 3}\n')
    with pytest.raises(UsageError, match="line 4 has no prompt"):
        run_measure(["--file", str(tmp_path / "tasks.jsonl"), "--simulate"])

"""Commands: real processes, which end when they are told to."""

import asyncio
import os
import shutil
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.sandbox import unsandboxed
from tui.agent.tools.denied_files import DeniedFiles
from tui.agent.tools.registry import TOOLS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="speaks to a POSIX shell")


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    return ToolRunner(tmp_path, kill_seconds=0.3)


async def gone(pid: int) -> bool:
    """Whether a process has ended, looked for at most two thousand times."""
    for _ in range(2_000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(pid):
            return True
        await asyncio.sleep(0.01)
    return False


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


async def pids(runner: ToolRunner, name: str, count: int) -> list[int]:
    """The process ids a command writes down, waited for at most two hundred times."""
    for _ in range(2_000):
        file = runner.folder / name
        found = file.read_text().split() if file.exists() else []
        if len(found) >= count:
            return [int(pid) for pid in found]
        await asyncio.sleep(0.01)
    raise AssertionError("the command never started")


async def test_a_command_runs_in_the_project_folder(runner: ToolRunner):
    outcome = await runner.use("bash", command="pwd; echo oops >&2")
    assert outcome.content == f"{runner.folder}\noops"
    assert (outcome.status, outcome.summary) == ("done", "exit 0")


async def test_a_failing_command_says_its_exit_code(runner: ToolRunner):
    outcome = await runner.use("bash", command="echo no; exit 3")
    assert outcome.content == "no\n[exit code 3]"
    assert (outcome.status, outcome.summary) == ("error", "exit 3")


async def test_a_command_without_output_says_so(runner: ToolRunner):
    assert (await runner.use("bash", command="true")).content == "(no output)"


async def test_a_command_that_dies_of_a_signal_says_which(runner: ToolRunner):
    outcome = await runner.use("bash", command="kill -9 $$")
    assert "[killed by signal 9]" in outcome.content


async def test_nobody_answers_a_command_that_asks(runner: ToolRunner):
    outcome = await runner.use("bash", command='read answer; echo "got:$answer"', timeout=10)
    assert outcome.content == "got:"


async def test_a_command_has_no_terminal(runner: ToolRunner):
    outcome = await runner.use("bash", command="echo secret > /dev/tty")
    assert outcome.status == "error"


async def test_no_credential_reaches_a_command(runner: ToolRunner):
    outcome = await runner.use("bash", command="env")
    assert "ANTHROPIC" not in outcome.content and "sk-secret" not in outcome.content
    assert "PATH=" in outcome.content


async def test_escape_sequences_and_progress_bars_are_normalised(runner: ToolRunner):
    outcome = await runner.use(
        "bash", command=r"printf '\033[31mred\033[0m\n10%%\r99%%\n\033]0;t\007[/markup]\000\n'"
    )
    assert outcome.content == "red\n99%\n[/markup]"


async def test_bytes_that_are_no_utf8_do_no_harm(runner: ToolRunner):
    outcome = await runner.use("bash", command=r"printf 'a\377\376b\n'")
    assert outcome.content == "a��b"


async def test_a_command_that_never_ends_is_stopped(runner: ToolRunner):
    outcome = await runner.use("bash", command="echo $$ > pid; echo begun; sleep 600", timeout=1)
    assert outcome.content == "begun\n[stopped: still running after 1 s]"
    assert (outcome.status, outcome.summary) == ("error", "stopped after 1 s")
    assert await gone((await pids(runner, "pid", 1))[0])


async def test_a_command_that_will_not_end_is_killed_with_its_children(runner: ToolRunner):
    stubborn = "trap '' TERM; echo $$ > pid; (trap '' TERM; echo $BASHPID >> pid; sleep 600) & "
    outcome = await runner.use("bash", command=stubborn + "sleep 600; sleep 600", timeout=1)
    assert "stopped" in outcome.content
    for pid in await pids(runner, "pid", 2):
        assert await gone(pid)


async def test_cancelling_ends_the_whole_group(runner: ToolRunner):
    command = "echo $$ > pid; (echo $BASHPID >> pid; sleep 600) & sleep 600"
    task = asyncio.create_task(runner.use("bash", command=command))
    found = await pids(runner, "pid", 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for pid in found:
        assert await gone(pid)


async def test_cancelling_twice_kills_at_once(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, kill_seconds=60)
    command = "trap '' TERM; echo $$ > pid; while true; do sleep 0.05; done"
    task = asyncio.create_task(tool_runner.use("bash", command=command))
    (pid,) = await pids(tool_runner, "pid", 1)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await gone(pid)


async def test_a_child_left_in_the_background_does_not_hold_the_command_up(
    runner: ToolRunner, monkeypatch: pytest.MonkeyPatch
):
    # However long a chatting one would be listened to, a silent one is not.
    monkeypatch.setattr(unsandboxed, "LISTENED", 60)
    async with asyncio.timeout(10):
        outcome = await runner.use("bash", command="sleep 600 & echo $! > pid; echo done")
    (pid,) = await pids(runner, "pid", 1)
    try:
        assert outcome.content.startswith("done\n[job 1 still runs")
        assert not _is_zombie(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_a_chatting_child_lives_on_and_prints_to_the_file_of_its_job(
    runner: ToolRunner,
):
    chatter = "(echo $BASHPID > pid; while true; do echo x; sleep 0.01; done) & sleep 0.1; echo end"
    async with asyncio.timeout(10):
        outcome = await runner.use("bash", command=chatter)
    (pid,) = await pids(runner, "pid", 1)
    (job,) = runner.world.jobs.statuses()
    assert job.running and job.file is not None and str(job.file) in outcome.content
    for _ in range(2_000):
        if job.file.stat().st_size < 20:
            await asyncio.sleep(0.01)
    assert job.file.stat().st_mode & 0o777 == 0o600
    shown = await runner.use("jobs", action="output", job=1)
    assert shown.content.startswith("Job 1, running for") and "\nx\nx\n" in shown.content
    assert (await runner.use("jobs", action="stop", job=1)).content == "Job 1 stopped."
    assert await gone(pid)
    assert "1: (echo $BASHPID" in (await runner.use("jobs", action="list")).content
    assert (await runner.use("jobs", action="stop", job=1)).summary == "had ended already"


async def test_a_job_that_does_not_exist_is_refused(runner: ToolRunner):
    assert await runner.refusal_of("jobs", action="stop", job=7) == "There is no job 7. Jobs: none."
    assert await runner.refusal_of("jobs", action="output") == "Say which job: its number."


async def test_endless_output_is_cut_and_kept_on_disk_only_as_far_as_allowed(
    tmp_path: Path,
):
    tool_runner = ToolRunner(tmp_path, kill_seconds=0.3, saved_bytes=100_000)
    outcome = await tool_runner.use("bash", command="echo first; yes", timeout=1)
    assert outcome.content.startswith("first\ny\n")
    assert outcome.content.endswith("y\n[stopped: still running after 1 s]")
    assert len(outcome.content) < 30_200
    (saved,) = tool_runner.scratch.iterdir()
    assert f"All of it: read {saved}" in outcome.content
    assert saved.stat().st_size < 1_000_000


async def test_the_whole_of_a_long_output_can_be_read_afterwards(runner: ToolRunner):
    outcome = await runner.use("bash", command="seq 1 20000")
    (saved,) = runner.scratch.iterdir()
    assert saved.read_text() == "".join(f"{n}\n" for n in range(1, 20_001))
    assert "lines, " in outcome.content and len(outcome.content) <= 30_000
    page = await runner.use("read", path=str(saved), offset=10_000, limit=1)
    assert page.content.startswith(" 10000\t10000\n")


async def test_progress_shows_the_end_of_the_output_and_is_not_too_frequent(
    runner: ToolRunner,
):
    loop = asyncio.get_running_loop()
    times: list[float] = []
    call = runner.prepare(
        "bash", command="for i in $(seq 1 60); do echo line $i; sleep 0.005; done"
    )
    shown: list[str] = []

    def progress(text: str) -> None:
        times.append(loop.time())
        shown.append(text)

    await TOOLS["bash"].run(call, runner.world, progress)
    assert shown and shown[0].startswith("line 1\n")
    assert all(later - earlier >= 0.039 for earlier, later in pairwise(times))


async def test_a_line_without_end_shows_in_the_progress(runner: ToolRunner):
    command = "printf 'Password: '; until [ -e go ]; do sleep 0.02; done"
    task = asyncio.create_task(runner.use("bash", command=command))
    for _ in range(2_000):
        if not runner.progress:
            await asyncio.sleep(0.01)
    (runner.folder / "go").touch()
    await task
    assert runner.progress == ["Password: "]


@pytest.mark.parametrize(
    "input",
    [
        {"command": ""},
        {"command": " \n"},
        {"command": "a\0b"},
        {"command": "true", "timeout": 0},
        {"command": "true", "timeout": 601},
    ],
)
async def test_a_command_without_sense_is_refused(runner: ToolRunner, input: dict[str, Any]):
    assert await runner.refusal_of("bash", **input)


async def test_a_folder_that_is_gone_is_a_sentence(runner: ToolRunner):
    shutil.rmtree(runner.folder)
    assert "could not be started" in await runner.refusal_of("bash", command="true")


async def test_commands_run_beside_each_other_do_not_mix_their_output(runner: ToolRunner):
    outcomes = await asyncio.gather(
        *(runner.use("bash", command=f"for i in 1 2 3; do echo {n}; done") for n in "abcd")
    )
    assert [outcome.content for outcome in outcomes] == [f"{n}\n{n}\n{n}" for n in "abcd"]


@pytest.mark.parametrize(
    "command",
    [
        "cat /etc/passwd",
        "cat ~/.ssh/id_rsa",
        "mkdir -p /usr/share/new/folder",
        "ls ..",
        "cp a.txt ../b.txt",
        "cat link/hostname",
        "tar --directory=/tmp -x",
        "echo x > /tmp/out.txt",
        "cat $(echo /etc/passwd)",
        "grep -f/etc/passwd x",
        "cat $HOME/.ssh/id_rsa",
        'cat "$HOME"/.bashrc',
        "cat ${HOME}/x",
        "ls $OLDPWD",
        "cat $PWD/../x",
        "cat $NOBODY_KNOWS/x",
        "for f in /etc/*; do cat $f; done",
        "cd && cat .bashrc",
        "cd; ls",
        "cd - && ls",
        "ls ~root",
        "curl file:///etc/passwd",
        "curl -s file:/etc/passwd",
    ],
)
def test_a_command_that_names_files_outside_is_outside(runner: ToolRunner, command: str):
    (runner.folder / "link").symlink_to("/etc")
    assert runner.prepare("bash", command=command).permission.outside_project


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        "ls src/../docs",
        "echo x > /dev/null",
        "/usr/bin/env true",
        "grep -rn '/api/users' .",
        "sed -n 's/a/b/p' a.txt",
        "awk '/nothing/ {print}' a.txt",
        "git log --format=%h",
        "for f in src/*.py; do cat $f; done",
        "for d in src/*; do ls $d/tests; done",
        "out=build; ls $out/wheels",
        "cat $PWD/a.txt",
        "echo $UNKNOWN",
        "echo costs $5/month",
        "cd src && ls",
        "awk '{print $1}' a.txt",
    ],
)
def test_a_command_that_stays_inside_is_inside(runner: ToolRunner, command: str):
    assert not runner.prepare("bash", command=command).permission.outside_project


def test_denied_files_are_listed_again_when_a_walk_is_cheap_and_folders_as_a_whole(
    tmp_path: Path,
):
    now = [0.0]

    def clock() -> float:
        now[0] += 1  # each walk takes one second
        return now[0]

    for name in ("a/.env", "a/b/.env.local", "secrets/x", "secrets/y", "a/free"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def hides(path: Path) -> bool:
        return path.name.startswith(".env") or path == tmp_path / "secrets"

    denied = DeniedFiles(clock)
    listed = {str(path.relative_to(tmp_path)) for path in denied.find(tmp_path, hides)}
    assert listed == {"a/.env", "a/b/.env.local", "secrets"}
    (tmp_path / "a/.env2").touch()
    assert len(denied.find(tmp_path, hides)) == 3
    assert len(denied.find(tmp_path, lambda path: hides(path))) == 4
    now[0] += 30
    assert len(denied.find(tmp_path, hides)) == 4

"""The sandbox, on the kernel that runs the tests: what commands reach, and what stays."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from signal import Signals
from typing import Literal

import pytest

from tui.agent.sandbox import processes
from tui.agent.sandbox.default_policy import SandboxConfig, SandboxConfigPaths
from tui.agent.sandbox.enforcement import OFF
from tui.agent.sandbox.interface import CannotStart, RunningCommand
from tui.agent.sandbox.sandbox_startup import (
    landlock_enforcement,
    open_sandbox,
    try_start_supervisor,
)
from tui.agent.sandbox.supervisor_client import SpawnedSandbox, with_temporary_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel is not Linux")

DEFAULT = SandboxConfig()
SECRET = "CANARY-7431"


@dataclass
class SandboxedProject:
    """A project beside files that commands must not reach, and the sandbox of a session."""

    root: Path
    box: SpawnedSandbox
    environment: dict[str, str]

    @property
    def project(self) -> Path:
        return self.root / "project"

    async def start(self, line: str, access: str = "inside") -> tuple[RunningCommand, list[bytes]]:
        heard: list[bytes] = []
        command = await self.box.start(
            line,
            folder=self.project,
            environment=self.environment,
            on_output=heard.append,
            access=access,  # type: ignore[arg-type]
        )
        return command, heard

    async def run(self, line: str, access: str = "inside") -> tuple[int | None, str]:
        command, heard = await self.start(line, access)
        async with asyncio.timeout(20):
            await command.wait()
        command.close()
        return command.exit_code, b"".join(heard).decode()


def furnish(root: Path) -> dict[str, str]:
    """Make the folders and the canaries; returns the environment of commands."""
    for folder in ("project", "home/.ssh", "home/.cache", "home/gs/config", "outside"):
        (root / folder).mkdir(parents=True)
    for file in ("home/.ssh/id_rsa", "home/notes.txt", "home/gs/config/s.toml", "outside/o.txt"):
        (root / file).write_text(SECRET + "\n")
        os.utime(root / file, (1_000_000_000, 1_000_000_000))
    (root / "home/.gitconfig").write_text("[user]\n\tname = A\n\temail = a@b.c\n")
    (root / "project/link").symlink_to(root / "home")
    (root / "project/file.txt").write_text("inside\n")
    return {"HOME": str(root / "home"), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


@asynccontextmanager
async def sandboxed_project(
    root: Path, wanted: SandboxConfig = DEFAULT, masks: tuple[str, ...] = ()
) -> AsyncIterator[SandboxedProject]:
    environment = furnish(root)
    box = await open_sandbox(
        await asyncio.to_thread(try_start_supervisor, environment),
        root / "project",
        environment,
        own=(root / "home/gs",),
        scratch=root / "home/gs/outputs",
        config=wanted,
    )
    box.mask(tuple(root / mask for mask in masks))
    try:
        if not box.enforcement.files and wanted.enabled:
            pytest.skip(f"no such sandbox here: {box.enforcement.why}")
        assert isinstance(box, SpawnedSandbox)
        if wanted.enabled and wanted.namespaces and not box.enforcement.masks:
            pytest.skip("this kernel refuses namespaces")
        yield SandboxedProject(root, box, environment)
    finally:
        await box.close()


def canaries(root: Path) -> dict[str, tuple[str, int, int, int]]:
    """Everything outside the project: content, mode, owner, time of change."""
    found = {}
    for folder in ("home", "outside"):
        for path in sorted((root / folder).rglob("*")):
            if path.name == ".cache":
                continue  # commands may write it
            stat = path.lstat()
            text = path.read_text() if path.is_file() else ""
            found[str(path)] = (text, stat.st_mode, stat.st_uid, stat.st_mtime_ns)
    return found


REACHES = r"""
cat link/.ssh/id_rsa
cat link/*
cat ../outside/o.txt
cat $HOME/.s*/id_rsa
cat {$HOME,x}/notes.txt
grep -R CANARY link/ ..
find -L . -type f -exec cat {} +
cp -rL link copied; cat copied/*
tar chf - . | strings | grep CANARY
python3 -c 'print(open("../outside/o.txt").read())'
cat /proc/$PPID/environ | tr '\0' '\n'
cat /proc/[0-9]*/environ | tr '\0' '\n'
cat /proc/$PROGRAM/environ
cat /proc/$PROGRAM/cwd/../outside/o.txt
cat /proc/$PROGRAM/root/etc/hostname /proc/1/root$PWD/../outside/o.txt
ln ../outside/o.txt hard && cat hard
ln -s ../outside/o.txt soft && cat soft
mkdir up && mount --bind .. up; cat up/outside/o.txt
unshare -rm sh -c 'mkdir -p up2; mount --bind .. up2; cat up2/outside/o.txt'
nsenter -t $PROGRAM -m cat $PWD/../outside/o.txt
cat $HOME/gs/config/s.toml
"""
CHANGES = r"""
echo x >> ../outside/o.txt
echo x > ../outside/new
echo x > $HOME/new
rm -rf ../outside
mv ../outside ../gone
ln -s / ../outside/link
mkdir $HOME/folder
cp file.txt link/notes.txt
truncate -s 0 ../outside/o.txt
git config --global core.fsmonitor ./x
echo x > link/.ssh/authorized_keys
dd if=/dev/zero of=../outside/o.txt bs=1 count=1
python3 -c 'import os; os.open("../outside/o.txt", os.O_WRONLY | os.O_TRUNC)'
rm -rf $HOME/gs
"""
ATTRIBUTES = r"""
chmod 777 ../outside/o.txt
touch ../outside/o.txt
chmod -R 000 $HOME
chown 12345 ../outside/o.txt
touch -d 2001-01-01 $HOME
"""


async def test_nothing_outside_is_read_or_changed(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        here.environment["PROGRAM"] = str(os.getpid())
        before = canaries(tmp_path)
        for line in (REACHES + CHANGES + ATTRIBUTES).strip().splitlines():
            _, output = await here.run(line)
            assert SECRET not in output, line
        assert canaries(tmp_path) == before
        assert {path.name for path in tmp_path.iterdir()} == {"home", "outside", "project"}


WAYS_OUT = """
import ctypes, socket, sys
there = ("127.0.0.1", int(sys.argv[1]))
reached = []
def attempt(name, act):
    try:
        act()
    except OSError:
        return
    reached.append(name)
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", there))
attempt("mptcp", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).connect(there))
attempt("fastopen", lambda: socket.socket().sendto(b"x", 0x20000000, there))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("vsock", lambda: socket.socket(40, socket.SOCK_STREAM))
attempt("packet", lambda: socket.socket(17, socket.SOCK_RAW))
ring = ctypes.CDLL(None, use_errno=True).syscall(425, 4, ctypes.create_string_buffer(120))
reached += ["ring"] if ring >= 0 else []
socket.socketpair()
socket.socket(socket.AF_UNIX).close()
print(reached)
"""
"""Prints the kinds of sockets with which something outside can be reached."""


async def test_landlock_alone_holds_files_signals_and_the_network(tmp_path: Path):
    async with sandboxed_project(tmp_path, SandboxConfig(namespaces=False)) as here:
        here.environment["PROGRAM"] = str(os.getpid())
        before = canaries(tmp_path)
        lines = (REACHES + CHANGES).strip().splitlines()
        _, output = await here.run("\n".join(lines))
        assert SECRET not in output
        assert canaries(tmp_path) == before
        assert (await here.run("kill -0 $PROGRAM"))[0] != 0
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            assert (await here.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}"))[0] != 0
            assert (await here.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}", "network"))[0] == 0
            (tmp_path / "project/ways_out.py").write_text(WAYS_OUT)
            assert await here.run(f"python3 ways_out.py {port}") == (0, "[]\n")
            code, reached = await here.run(f"python3 ways_out.py {port}", "network")
            assert code == 0 and "udp" in reached
        assert here.box.enforcement.summary == "files, network"
        assert "They can change modes" in " ".join(here.box.enforcement.sentences)


@pytest.mark.parametrize("namespaces", [True, False])
async def test_settings_of_tools_above_the_project_are_read_and_nothing_else_there(
    tmp_path: Path, namespaces: bool
):
    (tmp_path / "go.work").write_text("go 1.19\n")
    (tmp_path / "pyproject.toml").symlink_to("home/notes.txt")
    (tmp_path / ".env").write_text(SECRET)
    async with sandboxed_project(tmp_path, SandboxConfig(namespaces=namespaces)) as here:
        assert await here.run("cat ../go.work") == (0, "go 1.19\n")
        for path in ("../pyproject.toml", "../.env"):
            code, said = await here.run(f"cat {path}")
            assert code and SECRET not in said
        code, _ = await here.run("echo x >> ../go.work")
        assert code


def test_java_learns_of_the_temporary_folder_only_where_tmp_is_not_its_own():
    given = {"JAVA_TOOL_OPTIONS": "-Xmx1g"}
    told = with_temporary_folder(given, "/p/tmp", tmp_is_private=False)
    assert told["JAVA_TOOL_OPTIONS"] == "-Xmx1g -Djava.io.tmpdir=/p/tmp"
    assert told["TMPDIR"] == told["TMP"] == told["TEMP"] == "/p/tmp"
    again = with_temporary_folder(told, "/q", tmp_is_private=False)
    assert again["JAVA_TOOL_OPTIONS"] == told["JAVA_TOOL_OPTIONS"]
    assert "JAVA_TOOL_OPTIONS" not in with_temporary_folder({}, "/p/tmp", tmp_is_private=True)


async def test_work_inside_goes_on_as_ever(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        here.environment["PATH"] = f"{Path(sys.executable).parent}:{here.environment['PATH']}"
        lines = {
            "git init -q . && git add file.txt && git commit -qm x && git log --format=%s": "x\n",
            "mkdir b && mv file.txt b/ && mv b/file.txt . && rmdir b && echo moved": "moved\n",
            "echo hidden > /dev/null && head -c 2 /dev/urandom | wc -c": "2\n",
            'f=$(mktemp) && echo t > "$f" && cat "$f"': "t\n",
            'test "$(dirname "$(mktemp)")" = "$TMPDIR" && stat -c %a "$TMPDIR"': "700\n",
            "python3 -c 'import ssl, sqlite3; print(1)'": "1\n",
            "python3 -c 'import multiprocessing as m; m.Lock(); print(2)'": "2\n",
            'python3 -c \'import pty; pty.spawn(["echo", "3"])\'': "3\r\n",
            "echo cached > ~/.cache/new && mkdir ~/.cache/tool && cat ~/.cache/new": "cached\n",
            "cat ~/.gitconfig | head -1": "[user]\n",
            "ps -o pid= -p $$ | wc -l": "1\n",
            "echo out; echo err >&2": "out\nerr\n",
        }
        for line, expected in lines.items():
            assert (await here.run(line)) == (0, expected), line
        here.environment["ODD"] = os.fsdecode(b"a\xff")
        assert await here.run("printf %s $ODD | od -An -tx1") == (0, " 61 ff\n")
        private = here.box.private
        assert private.is_dir()
    assert not private.exists()


async def test_bubblewrap_holds_the_same(tmp_path: Path):
    async with sandboxed_project(
        tmp_path, SandboxConfig(backend="bubblewrap"), ("project/file.txt",)
    ) as here:
        here.environment["PROGRAM"] = str(os.getpid())
        assert here.box.enforcement.backend == "bubblewrap"
        before = canaries(tmp_path)
        lines = (REACHES + CHANGES + ATTRIBUTES).strip().splitlines()
        _, output = await here.run("\n".join(lines))
        assert SECRET not in output
        assert canaries(tmp_path) == before
        assert (await here.run("cat file.txt"))[0] != 0
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            assert (await here.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}"))[0] != 0
            assert (await here.run(f"exec 3<>/dev/tcp/127.0.0.1/{port}", "network"))[0] == 0
        work = "git init -q . && echo 1 > a && git add a && git commit -qm x && git log --format=%s"
        assert await here.run(work) == (0, "x\n")
        assert await here.run("f=$(mktemp) && echo t > $f && cat $f") == (0, "t\n")
        assert await here.run("echo t > /var/tmp/t && cat /tmp/t") == (0, "t\n")
        assert (await here.run("echo x >> /new"))[0] != 0, "it seemed to be written"
        command, _ = await here.start("sleep 600 & true")
        await command.wait()
        assert command.left_behind and await command.keep_running(None, 0)
        pids = command.processes
        await command.kill(0.2)
        assert pids and not any(map(alive, pids))


@pytest.mark.parametrize("backend", ["landlock", "bubblewrap"])
async def test_settings_of_the_kernel_cannot_be_opened_for_writing(
    tmp_path: Path, backend: Literal["landlock", "bubblewrap"]
):
    async with sandboxed_project(tmp_path, SandboxConfig(backend=backend)) as here:
        for place in ("sys/kernel/core_pattern", "sys/vm/swappiness", "sysrq-trigger"):
            assert (await here.run(f": >> /proc/{place}"))[0] != 0, place


async def test_settings_open_and_close_paths_and_the_network_while_it_runs(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        (tmp_path / "more").mkdir()
        (tmp_path / "more/m.txt").write_text("more\n")
        line = "cat ../more/m.txt; echo x > ../more/new; cat file.txt"
        assert "more\n" not in (await here.run(line))[1]
        paths = SandboxConfigPaths(read=(str(tmp_path / "more"),), hide=("file.txt",))
        here.box.update_config(SandboxConfig(paths=paths))
        output = (await here.run(line))[1]
        assert output.startswith("more\n") and "inside" not in output
        assert not (tmp_path / "more/new").exists()
        here.box.update_config(SandboxConfig(paths=SandboxConfigPaths(write=("../more", "~/.ssh"))))
        assert SECRET in (await here.run(f"{line}; cat ~/.ssh/id_rsa"))[1]
        assert (tmp_path / "more/new").exists()
        with socket.create_server(("127.0.0.1", 0)) as server:
            connect = f"exec 3<>/dev/tcp/127.0.0.1/{server.getsockname()[1]}"
            assert (await here.run(connect))[0] != 0
            here.box.update_config(SandboxConfig(network=True))
            assert (await here.run(connect))[0] == 0
        assert here.box.enforcement.summary == "files"
        here.box.update_config(SandboxConfig(enabled=False))
        assert here.box.enforcement.summary == "off"
        assert SECRET in (await here.run("cat ~/notes.txt"))[1]


async def test_saved_outputs_are_read_and_not_written_and_our_own_folders_are_neither(
    tmp_path: Path,
):
    async with sandboxed_project(tmp_path) as here:
        saved = tmp_path / "home/gs/outputs/output.txt"
        saved.write_text("saved\n")
        code, output = await here.run(f"cat {saved}; echo x > {saved}; ls ~/gs; cat ~/gs/config/*")
        assert output.startswith("saved\n") and SECRET not in output and code != 0
        assert saved.read_text() == "saved\n"


def test_the_program_s_memory_is_closed_to_others():
    line = "from tui.cli import keep_memory_private as k; k(); import ctypes; "
    line += "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr


async def test_processes_are_found_by_their_group_where_there_is_no_proc():
    child = await asyncio.create_subprocess_exec("sleep", "600", start_new_session=True)
    try:
        assert processes.in_group(child.pid) == [child.pid]
        assert child.pid in processes.below_by_table(os.getpid())
    finally:
        child.kill()
        await child.wait()
    assert processes.in_group(child.pid) == []


async def test_commands_share_a_network_that_leads_nowhere(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(type=2) as udp:
            udp.bind(("127.0.0.1", 0))
            udp.setblocking(False)
            tcp.setblocking(False)
            send = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', {})"
            await here.run(f"exec 3<>/dev/tcp/127.0.0.1/{tcp.getsockname()[1]}")
            await here.run(f'python3 -c "{send.format(udp.getsockname())}"')
            for arrives in (tcp.accept, lambda: udp.recv(1)):
                with pytest.raises(BlockingIOError):
                    arrives()
            await here.run(f"exec 3<>/dev/tcp/127.0.0.1/{tcp.getsockname()[1]}", "network")
            tcp.accept()[0].close()
        serve = "python3 -u -m http.server 18432 --bind 127.0.0.1"
        command, _ = await here.start(f"{serve} > log 2>&1 & until grep -q Serving log; do :; done")
        await command.wait()
        assert command.left_behind and await command.keep_running(None, 0)
        fetch = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:18432').status)"
        assert await here.run(f'python3 -c "{fetch}"') == (0, "200\n")
        await command.kill(1)
        code, _ = await here.run(f'python3 -c "{fetch}"')
        assert code != 0


async def test_sockets_of_other_programs_are_out_of_reach(tmp_path: Path):
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        name = f"glideslope-test-{os.getpid()}"
        abstract.bind(f"\0{name}")
        place = tmp_path / "s"
        named.bind(str(place))
        for each in (named, abstract):
            each.listen()
            each.setblocking(False)
        async with sandboxed_project(tmp_path) as here:
            for address in (f"chr(0) + '{name}'", f"'{place}'"):
                connect = f"import socket; socket.socket(socket.AF_UNIX).connect({address})"
                code, output = await here.run(f'python3 -c "{connect}"')
                assert code != 0, output
                assert (await here.run(f'python3 -c "{connect}"', "outside"))[0] == 0
            assert "Permission denied" in (await here.run("ls /run"))[1]


async def test_the_program_cannot_be_signalled_and_its_helpers_survive_pkill(
    tmp_path: Path,
):
    async with sandboxed_project(tmp_path) as here:
        assert (await here.run(f"kill -0 {os.getpid()}"))[0] != 0
        await here.run("kill -9 $PPID; pkill -9 python; kill -9 -1; true")
        assert await here.run("echo fine") == (0, "fine\n")


async def test_masked_files_cannot_be_opened_and_the_rest_can(tmp_path: Path):
    async with sandboxed_project(tmp_path, masks=("project/file.txt",)) as here:
        _, output = await here.run("cat file.txt; cat f*; grep -r inside . ; cp file.txt x")
        assert "inside" not in output and "Permission denied" in output
        assert (tmp_path / "project/file.txt").read_text() == "inside\n"


async def test_a_worktree_works_and_a_planted_pointer_is_not_believed(tmp_path: Path):
    def git(*words: str, at: Path) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *words], cwd=at, check=True, capture_output=True)

    for name in ("main", "victim"):
        (tmp_path / name).mkdir()
        git("init", "-q", at=tmp_path / name)
        git("commit", "-q", "--allow-empty", "-m", SECRET, at=tmp_path / name)
    git("worktree", "add", "-q", str(tmp_path / "tree"), at=tmp_path / "main")
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for folder, works in (("tree", True), ("planted", False)):
        project = tmp_path / folder
        if not works:
            project.mkdir()
            (project / ".git").write_text(f"gitdir: {tmp_path}/victim/.git\n")
        box = await open_sandbox(
            await asyncio.to_thread(try_start_supervisor, environment), project, environment
        )
        assert isinstance(box, SpawnedSandbox)
        here = SandboxedProject(tmp_path, box, environment)
        try:
            if not box.enforcement.files:
                pytest.skip("no sandbox on this kernel")
            line = f"cd {project}; git -c user.name=A -c user.email=a@b commit --allow-empty -qm y"
            (tmp_path / "project").mkdir(exist_ok=True)
            _, output = await here.run(f"{line}; git log --format=%s")
        finally:
            await box.close()
        assert (SECRET in output and output.startswith("y\n")) is works, output


async def test_what_is_left_is_known_and_ends_with_its_command(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        hide = "env -i setsid sh -c '(sleep 600 & echo $! > {0}) &' ; sleep 0.1"
        command, _ = await here.start(hide.format("a"))
        await command.wait()
        assert command.left_behind and await command.keep_running(None, 0)
        later, _ = await here.start("sleep 600 & setsid sleep 600 & (setsid sleep 600 &) ; true")
        await later.wait()
        assert later.left_behind and await later.keep_running(None, 0)
        assert len(later.processes) == 3
        await later.kill(0.2)
        assert not any(map(alive, later.processes))
        assert alive(int((here.project / "a").read_text()))
        assert await here.run("true") == (0, "")
        pid = int((here.project / "a").read_text())
    assert not alive(pid)


async def test_a_killed_spawner_takes_its_commands_with_it_and_the_next_one_works(
    tmp_path: Path,
):
    async with sandboxed_project(tmp_path) as here:
        command, _ = await here.start("echo $PPID > pid; setsid sleep 600 & echo $! > child; wait")
        pid, child = await numbers(here.project, "pid", "child")
        os.kill(pid, signal.SIGKILL)
        await command.wait()
        assert command.exit_code == -9
        assert await ended(child)
        assert await here.run("echo again") == (0, "again\n")


async def test_a_killed_supervisor_takes_all_with_it_and_is_started_again(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        command, _ = await here.start("echo $PPID > pid; setsid sleep 600 & echo $! > child; wait")
        spawner, child = await numbers(here.project, "pid", "child")
        os.kill(parent(spawner), signal.SIGKILL)
        await command.wait()
        assert command.exit_code == -15
        assert await ended(child)
        assert await ended(spawner)
        assert await here.run("cat file.txt; cat ../outside/o.txt 2>/dev/null") == (1, "inside\n")


async def test_a_sandbox_that_holds_less_than_promised_runs_nothing(tmp_path: Path):
    async with sandboxed_project(tmp_path) as here:
        here.box.update_config(SandboxConfig(namespaces=False))
        with pytest.raises(CannotStart, match="less of the sandbox"):
            await here.run("true")


PROGRAM = """
import asyncio, sys
from pathlib import Path
from tui.agent.sandbox.sandbox_startup import open_sandbox, try_start_supervisor

async def main(project):
    environment = {"PATH": sys.argv[2], "HOME": project}
    box = await open_sandbox(try_start_supervisor(environment), Path(project), environment)
    lines = "echo $$ > 1; setsid sh -c 'echo $$ > 2; trap : TERM; while :; do sleep 1; done' & wait"
    for access in ("inside", "outside"):
        line = f"mkdir -p {access} && cd {access} && {lines}"
        await box.start(line, folder=Path(project), environment=environment,
                        on_output=print, access=access)
    print(box.private, flush=True)
    await asyncio.sleep(600)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_all_of_it_ends_with_the_program_however_that_ends(tmp_path: Path, how: Signals):
    arguments = [sys.executable, "-c", PROGRAM, str(tmp_path), os.environ["PATH"]]
    program = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
    assert program.stdout is not None
    private = (await program.stdout.readline()).decode().strip()
    pids = await numbers(tmp_path, "inside/1", "inside/2", "outside/1", "outside/2")
    assert all(map(alive, pids))
    program.send_signal(how)
    await program.wait()
    for pid in pids:
        assert await ended(pid)
    assert await removed(Path(private))


def test_words_say_no_more_than_the_kernel_holds():
    cases = {
        (3, "open", False): "files",
        (4, "all", False): "files, network",
        (10, "open", False): "files",
        (7, "none", True): "files, network",
    }
    for (abi, network, view), words in cases.items():
        held = landlock_enforcement({"abi": abi, "network": network, "view": view})
        assert held.summary == words
        assert replace(held, allowed_network=True).summary == "files"
    told = " ".join(landlock_enforcement({"abi": 4, "network": "open", "view": False}).sentences)
    assert "not closed" in told and "can signal" in told and "D-Bus" in told
    assert OFF.summary == "off" and OFF.sentences[0].startswith("Commands run without a sandbox.")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def ended(pid: int) -> bool:
    for _ in range(2_000):
        if not alive(pid):
            return True
        await asyncio.sleep(0.01)
    return False


async def removed(path: Path) -> bool:
    there = path.exists
    for _ in range(2_000):
        if not there():
            return True
        await asyncio.sleep(0.01)
    return False


async def numbers(folder: Path, *names: str) -> list[int]:
    """Process ids that commands write into files, waited for."""
    for _ in range(2_000):
        texts = [(folder / n).read_text().strip() if (folder / n).exists() else "" for n in names]
        if all(texts):
            return [int(text) for text in texts]
        await asyncio.sleep(0.01)
    raise AssertionError("the command never started")

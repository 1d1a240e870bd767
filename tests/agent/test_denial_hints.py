"""What the model is told beside a failed command: the sandbox's part in it, and never more."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tui.agent.sandbox.denial_hints import FinishedCommand, denial_hint
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.sandbox.policy import SandboxPolicy

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no sandbox there")

VIEW = Enforcement(
    backend="landlock",
    files=True,
    network="none",
    masks=True,
    attributes=True,
    processes=True,
    sockets=True,
)
"""With namespaces."""
RULES = replace(VIEW, network="all", masks=False, attributes=False, sockets=False)
"""Landlock alone."""


class SandboxedPlace:
    """A project, a toolchain that may be read, and a home that may not."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("project/data", "tools/bin", "home/.ssh", "other.git"):
            (root / folder).mkdir(parents=True)
        for file in ("project/run.sh", "tools/bin/tool", "home/.ssh/id", "home/notes.txt"):
            (root / file).write_text("x")
        self.policy = SandboxPolicy(
            private=str(root / "private"),
            read=("/usr", "/etc", str(root / "tools")),
            write=(str(root / "project"), str(root / "private/tmp")),
            hidden=(str(root / "home/.ssh"),),
            unreplaced_folders=(str(root / "project"), str(root / "home")),
        )

    def told(self, said: str, held: Enforcement = VIEW, /, **changed: object) -> str:
        """What the model is told when a command said `said`, and failed."""
        tried = FinishedCommand(
            command_line="make",
            output=self.filled(said) + "\n[exit code 1]",
            failed=True,
            access="inside",
            folder=self.root / "project",
            home=self.root / "home",
        )
        network = changed.get("access") == "network"
        return denial_hint(
            replace(tried, **changed),  # type: ignore[arg-type]
            held,
            self.policy._replace(network=network),
        )

    def filled(self, text: str) -> str:
        return text.replace("ROOT", str(self.root))


@pytest.fixture
def place(tmp_path: Path) -> SandboxedPlace:
    return SandboxedPlace(tmp_path)


FILES = {
    "cat: ROOT/home/notes.txt: Permission denied": "cannot reach ROOT/home/notes.txt",
    "cat: ROOT/home/notes.txt: No such file or directory": "cannot reach ROOT/home/notes.txt",
    "cat: ROOT/home/.ssh/id: No such file or directory": "cannot reach ROOT/home/.ssh/id",
    "ls: cannot open directory 'ROOT/home': Permission denied": "cannot reach ROOT/home.",
    "/usr/bin/bash: line 1: ROOT/home/.bashrc: Read-only file system": "change ROOT/home/.bashrc",
    "error: could not lock config file ROOT/home/.gitconfig: Read-only file system": (
        "cannot change ROOT/home/.gitconfig"
    ),
    'Saving key "ROOT/home/.ssh/h8" failed: Read-only file system': "cannot change ROOT/home/.ssh/",
    "install: cannot create regular file 'ROOT/tools/bin/x': Read-only file system": (
        "cannot change ROOT/tools/bin/x: they write only the project"
    ),
    "mkdir: cannot create directory ‘ROOT/home/.local/bin’: Permission denied": "change ROOT/home",
    "PermissionError: [Errno 13] Permission denied: 'ROOT/home/x'": "cannot change ROOT/home/x",
    "Error: EACCES: permission denied, open 'ROOT/home/x'": "cannot change ROOT/home/x",
    "error: EROFS: read-only file system, mkdir 'ROOT/tools/lib'": "cannot change ROOT/tools/lib",
    "java.nio.file.AccessDeniedException: ROOT/home/x": "cannot change ROOT/home/x",
    "open ROOT/home/x: permission denied": "cannot change ROOT/home/x",
    "error: failed to open: ROOT/home/x\n\nCaused by:\n  Permission denied (os error 13)": (
        "cannot change ROOT/home/x"
    ),
    "fatal: '../other.git' does not appear to be a git repository": "cannot reach ROOT/other.git",
    "Cannot connect to the Docker daemon at unix://ROOT/home/notes.txt. Is the docker daemon "
    "running?": "cannot reach ROOT/home/notes.txt",
    'psql: error: connection to server on socket "ROOT/home/notes.txt" failed: No such file or '
    "directory": "cannot reach ROOT/home/notes.txt",
}
"""Errors, and what the model is told of them."""


@pytest.mark.parametrize("said", FILES)
def test_a_path_that_the_sandbox_withholds_is_named_with_the_way_out(
    place: SandboxedPlace, said: str
):
    told = place.told(said)
    assert place.filled(FILES[said]) in told
    assert 'access "outside"' in told
    assert "setting sandbox.write" in told or "setting sandbox.read" in told


NETWORK = (
    "curl: (6) Could not resolve host: example.org",
    "fatal: unable to access 'https://example.org/': Could not resolve host: example.org",
    "npm error code EAI_AGAIN",
    "ERROR: Could not find a version that satisfies the requirement six (from versions: none)",
    "ssh: Could not resolve hostname example.org: Temporary failure in name resolution",
    "dial tcp: lookup proxy.example.org: no such host",
    "curl: (7) Failed to connect to 192.0.2.1 port 80 after 0 ms: Couldn't connect to server",
    "OSError: [Errno 101] Network is unreachable",
    "java.net.UnknownHostException: repo.example.org",
    "failed to lookup address information: Temporary failure in name resolution",
)


@pytest.mark.parametrize("said", NETWORK)
def test_a_name_that_is_not_found_is_told_as_the_missing_network(place: SandboxedPlace, said: str):
    for held in (VIEW, RULES):
        assert 'access "network"' in place.told(said, held)
    assert place.told(said, access="network") == ""
    assert place.told(said, replace(VIEW, network="open")) == ""


SOCKETS = (
    "Error: listen EACCES: permission denied 127.0.0.1:3000",
    "Error: connect EACCES 127.0.0.1:5432 - permission denied",
    "listen tcp 127.0.0.1:0: bind: permission denied",
    "Could not create server TCP listening socket *:6379: bind: Permission denied",
    'could not bind IPv4 address "127.0.0.1": Permission denied',
    "java.net.SocketException: Permission denied\n\tat sun.nio.ch.Net.bind0(Native Method)",
    "  File 'server.py', line 472, in server_bind\n    self.socket.bind(self.server_address)\n"
    "PermissionError: [Errno 13] Permission denied",
    "TypeError: Cannot read properties of null (reading 'port')",
    'WARNING:  could not create listen socket for "localhost"',
    "java.net.BindException: Permission denied\n\tat java.base/sun.nio.ch.Net.bind(Net.java:555)",
    "curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
    "Can't find a non busy port in the 21079-21110 range.",
    '  File "ROOT/tools/bin/tool", line 1525, in create_server\n    raise OSError(err.errno)\n'
    "PermissionError: [Errno 13] error while attempting to bind on address ('127.0.0.1', 0): "
    "permission denied",
    "throw er; // Unhandled 'error' event\n^\n\nError: listen EACCES: permission denied 127.0.0.1\n"
    "    at Server.setupListenHandle [as _listen2] (node:net:1917:21)",
)


@pytest.mark.parametrize("said", SOCKETS)
def test_where_not_even_a_server_of_the_project_is_allowed_the_network_is_named(
    place: SandboxedPlace, said: str
):
    assert "not even among themselves" in place.told(said, RULES)


def test_a_server_outside_the_network_of_the_commands_is_named(place: SandboxedPlace):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for said in (
            f"psycopg2: connection to server at 'localhost' (127.0.0.1), port {port} failed: "
            "Connection refused",
            f"Error: connect ECONNREFUSED 127.0.0.1:{port}",
            f"curl: (7) Failed to connect to localhost port {port} after 0 ms: Couldn't connect "
            "to server",
        ):
            assert f"outside the sandbox listens on port {port}" in place.told(said)


ORDINARY = (
    # Files of the project, and what nobody may.
    "bash: ./run.sh: Permission denied",
    "/usr/bin/bash: line 1: ROOT/project/run.sh: Permission denied",
    "cat: data/x: Permission denied",
    "cat: missing.txt: No such file or directory",
    "cat: ROOT/project/missing.txt: No such file or directory",
    "cat: /usr/share/nowhere.txt: No such file or directory",
    "cat: ROOT/home/nowhere.txt: No such file or directory",
    "cat: /tmp/nowhere-8461: No such file or directory",
    "PermissionError: [Errno 13] Permission denied: 'data/x'",
    "Error: EACCES: permission denied, open 'data/x'",
    "Error: ENOENT: no such file or directory, open 'ROOT/project/x.json'",
    "FileNotFoundError: [Errno 2] No such file or directory: 'config.toml'",
    "chown: changing ownership of 'run.sh': Operation not permitted",
    "bash: ulimit: open files: cannot modify limit: Operation not permitted",
    "renice: failed to set priority for 1 (process ID): Operation not permitted",
    "bash: kill: (99999) - No such process",
    "bash: frobnicate: command not found",
    "fatal: 'nowhere' does not appear to be a git repository",
    "fatal: not a git repository (or any of the parent directories): .git",
    "gcc: fatal error: x.c: No such file or directory",
    "x.c:1:10: fatal error: nowhere.h: No such file or directory",
    "/usr/bin/ld: cannot find -lnowhere: No such file or directory",
    "make: *** No rule to make target 'x', needed by 'all'.  Stop.",
    # Passwords and rights of other kinds.
    "ERROR:  permission denied for table users",
    'psql: error: FATAL:  password authentication failed for user "me"',
    "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)",
    "remote: Permission to a/b.git denied to c.",
    "su: Authentication failure",
    "HTTP 403: permission denied",
    # Tests that fail.
    "E   AssertionError: assert 'permission denied' == 'ok'",
    "E       assert 403 == 200",
    "FAILED tests/test_x.py::test_permission_denied - assert False",
    "--- FAIL: TestConnect (0.00s)\n    x_test.go:5: got 'timeout', want 'ok'",
    "  1) rejects what is forbidden:\n     AssertionError: expected 'EPERM' to equal 'EACCES'",
    "thread 'main' panicked at src/main.rs:2:5: called `Option::unwrap()` on a `None` value",
    "ModuleNotFoundError: No module named 'nowhere'",
    "Error: Cannot find module 'nowhere'\nRequire stack:\n- ROOT/project/x.js",
    "TypeError: Cannot read properties of undefined (reading 'x')",
    # Servers that are not there, or there already.
    "curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
    "Error: connect ECONNREFUSED 127.0.0.1:9",
    "ConnectionRefusedError: [Errno 111] Connection refused",
    "OSError: [Errno 98] Address already in use",
    "curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received",
    "Could not open a connection to your authentication agent.",
    "Pseudo-terminal will not be allocated because stdin is not a terminal.",
    "Error: Timeout of 2000ms exceeded.",
    "No space left on device",
    "Segmentation fault (core dumped)",
    '  File "ROOT/tools/bin/tool", line 3, in work\n    raise PermissionError("not yours")\n'
    "PermissionError: not yours",
    "throw er; // Unhandled 'error'\n^\nError: EPERM: operation not permitted, unlink 'data/x'",
    "rm: cannot remove 'data': Device or resource busy",
)


@pytest.mark.parametrize("said", ORDINARY)
def test_an_ordinary_failure_is_left_as_it_is(place: SandboxedPlace, said: str):
    assert place.told(said) == ""


@pytest.mark.parametrize(
    "said", [each for each in ORDINARY if "127.0.0.1" not in each], ids=range(len(ORDINARY) - 2)
)
def test_an_ordinary_failure_is_left_as_it_is_without_namespaces(place: SandboxedPlace, said: str):
    assert place.told(said, RULES) == ""


@pytest.mark.skipif(not os.access("/tmp", os.W_OK), reason="nobody writes /tmp here")
def test_where_tmp_is_not_theirs_commands_are_told_of_their_own_folder(
    place: SandboxedPlace,
):
    place.policy = place.policy._replace(unreplaced_folders=())
    for said in (
        "mkdir: cannot create directory ‘/tmp/mk-7431’: Permission denied",
        "java.nio.file.AccessDeniedException: /tmp/x7431.txt",
    ):
        assert "temporary folder is $TMPDIR" in place.told(said, RULES)
        assert place.told(said, VIEW) == ""


def test_where_there_is_no_terminal_the_model_is_told(place: SandboxedPlace):
    said = "script: failed to create pseudo-terminal: Permission denied"
    assert "no pseudo terminals" in place.told(said, RULES)


def test_nothing_is_said_of_a_command_that_the_sandbox_did_not_hold(place: SandboxedPlace):
    said = "cat: ROOT/home/notes.txt: Permission denied"
    assert place.told(said, access="outside") == ""
    assert place.told(said, Enforcement()) == ""
    assert place.told(said, failed=False) == ""
    assert place.told(said, failed=False, command_line="cat ~/notes.txt; true")


def test_what_the_user_may_not_do_either_is_no_refusal(
    place: SandboxedPlace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert place.told("touch: cannot touch '/etc/x': Read-only file system") == ""
    assert place.told("cat: ROOT/home/notes.txt: Permission denied") == ""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("bash: kill: (1) - Operation not permitted", "cannot signal programs outside"),
        ("git@example.org: Permission denied (publickey).", "If the sandbox stopped this"),
        ("mount: Operation not permitted", "If the sandbox stopped this"),
        ("Failed to create headless user data directory container.", "If the sandbox stopped"),
    ],
)
def test_an_error_without_a_path_is_told_with_an_if(place: SandboxedPlace, said: str, words: str):
    assert words in place.told(said)


def test_where_there_is_no_network_a_denied_file_is_still_a_file(place: SandboxedPlace):
    for said in (
        "cp: cannot create regular file 'ROOT/home/x': Permission denied\nmake: *** [Makefile:11: "
        "user] Error 1",
        '2026-01-01 12:08:47.035 UTC [1] LOG:  listening on socket "a"\n'
        '2026-01-01 12:08:47.035 UTC [1] FATAL:  could not create lock file "ROOT/home/x": '
        "Permission denied",
        "open ROOT/home/socket/connect: permission denied",
    ):
        assert "cannot change ROOT/home/".replace("ROOT", str(place.root)) in place.told(
            said, RULES
        )

"""The process that holds the sandbox of one session: started by the program, ends with it.

It has one thread and no credentials, so that it can fork. For each policy it forks a spawner
(`tui.agent.sandbox.spawner`). It is the last to adopt what commands leave behind: whatever a
spawner that was killed had started, it kills.

    python -I supervisor.py FOLDERS SOCKET PRIVATE

FOLDERS: where modules are found, separated by the system's separator; SOCKET: descriptor of
a Unix socket to the program; PRIVATE: a folder of its own, removed at the end.
"""

import os
import sys

if __name__ == "__main__":
    sys.path[:0] = sys.argv[1].split(os.pathsep)

import gc
import select
import signal
import socket
import time
from contextlib import suppress
from types import ModuleType
from typing import Any

from tui.agent.sandbox import kernel, processes
from tui.agent.sandbox.message_frames import receive_message, send_line
from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.spawner import run_spawner

_LINUX = sys.platform == "linux"
_MAX_WAIT_SECONDS = 5.0
"""Seconds that spawners get to end their commands when the program is gone."""
_LEVELS = ("view", "network", "landlock")
"""What is tried for a policy, the strongest first."""


class Supervisor:
    """Forks spawners, and cleans up after them."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._spawners: set[int] = set()
        self._namespaces: Any = None
        self._poll_result = False

    def run(self) -> None:
        """Work until the program is gone, then until nothing is left of its commands."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        awake, writable = os.pipe()
        os.set_blocking(writable, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll.register(awake, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == awake:
                    os.read(awake, 512)
                    self._kill_leftovers()
                elif (received := receive_message(self._control)) is None:
                    self._finish()
                    return
                else:
                    message, (connection,) = received
                    self._fork(SandboxPolicy.from_json(message), socket.socket(fileno=connection))

    def _fork(self, policy: SandboxPolicy, connection: socket.socket) -> None:
        """Start a spawner; what the kernel refuses is left out step by step."""
        if policy.restricted and _LINUX and not self._poll_result:
            self._poll_result = True
            self._namespaces = _preload_and_isolate()
        wanted = policy.restricted and policy.namespaces and self._namespaces
        levels = _LEVELS if wanted else _LEVELS[-1:]
        why = ""
        with connection:
            for level in levels:
                if not (why := self._fork_at_level(policy, connection, level)):
                    return
            send_line(connection, {"refused": why})

    def _fork_at_level(self, policy: SandboxPolicy, connection: socket.socket, level: str) -> str:
        """Fork one; returns why its policy could not be put into force, or nothing."""
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(readable)
                self._control.close()
                self._run_as_spawner(policy, connection, level, writable)
                code = 0
            except (OSError, ImportError) as error:
                os.write(writable, str(getattr(error, "strerror", "") or error).encode())
            finally:
                os._exit(code)
        os.close(writable)
        failed = os.read(readable, 1_000)  # empty when the policy is in force
        os.close(readable)
        if not failed:
            self._spawners.add(child)
            return ""
        os.waitpid(child, 0)
        return failed.decode(errors="replace")

    def _run_as_spawner(
        self, policy: SandboxPolicy, connection: socket.socket, level: str, writable: int
    ) -> None:
        """Be the spawner of a policy; it closes `writable` once it has succeeded."""
        facts: dict[str, Any] = {"view": False, "network": "open", "level": level}
        if _LINUX:
            kernel.die_with_parent(signal.SIGTERM)
        if policy.restricted and level != "landlock":
            from tui.agent.sandbox.namespaces import MountView, enter_network, listening_sockets

            sockets = listening_sockets(policy)
            enter_network(self._namespaces, network=policy.network)
            facts["network"] = "open" if policy.network else "none"
            if level == "view":
                MountView(policy, sockets).build()
                facts["view"] = True
        if _LINUX:
            kernel.set_dumpable(False)  # entering namespaces may have changed it
            kernel.die_with_parent(signal.SIGTERM)
        run_spawner(connection, policy, facts, lambda: os.close(writable))

    def _kill_leftovers(self) -> None:
        """Kill what a spawner left when it ended before its commands."""
        while True:
            left = processes.reap(lambda pid, _: self._spawners.discard(pid))
            orphans = set(processes.children(os.getpid())) - self._spawners if left else set()
            if not orphans:
                return
            for orphan in orphans:
                processes.send_signal(signal.SIGKILL, (*processes.descendants(orphan), orphan))
            time.sleep(0.005)

    def _finish(self) -> None:
        """Wait for the spawners, which have seen the end themselves; then kill what is left."""
        until = time.monotonic() + _MAX_WAIT_SECONDS
        while processes.reap(lambda pid, _: self._spawners.discard(pid)):
            if not self._spawners or time.monotonic() > until:
                processes.kill_all(os.getpid())
            time.sleep(0.005)


def _preload_and_isolate() -> Any:
    """Load, once, what spawners need, and make the namespaces that they share."""
    # The test helpers of landlockpy would load subprocess and tempfile: half of our start.
    sys.modules.setdefault("landlockpy.testing", ModuleType("landlockpy.testing"))
    with suppress(ImportError):  # its spawner says so
        from tui.agent.sandbox import landlock  # noqa: F401
    from tui.agent.sandbox.namespaces import new_namespaces

    gc.freeze()
    return new_namespaces()


def main(descriptor: int, private: str) -> None:
    """Serve the program at the other end of a socket."""
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _LINUX:
        kernel.set_dumpable(False)
        kernel.adopt_orphans()
    with socket.socket(fileno=descriptor) as control:
        control.set_inheritable(False)
        try:
            Supervisor(control).run()
        finally:
            from shutil import rmtree

            rmtree(private, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[2]), sys.argv[3])

"""The process that starts the commands of one policy, and ends them with all they started.

It enters the namespaces as a whole. Landlock restricts a thread and what it starts: the work
is done in one restricted thread, and the first thread, which only waits, stays outside. So
`kill`, `pkill` and `killall` of a command do not reach this process, and a command costs no
more than a `posix_spawn`.
"""

import contextlib
import errno
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tui.agent.sandbox import kernel, processes
from tui.agent.sandbox.message_frames import receive_message, send_line
from tui.agent.sandbox.policy import SandboxPolicy

COMMAND_ID_VARIABLE = "GLIDESLOPE_COMMAND"
"""Names in its environment which command a process belongs to."""
_PIECE = 1 << 16
_GRACE_SECONDS = 0.4
"""Seconds that commands get to end when the program has ended."""
_KILL_INTERVAL = 0.01
"""Seconds between two rounds of killing."""
_POLL_INTERVAL = 0.5
"""Seconds between two looks where the system does not tell of the end of orphans."""
_DEFAULT_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ", "SIGTERM") if hasattr(signal, name)
)
"""Signals that Python treats in its own way: a command begins with the system's."""


class SpawnerEntry:
    """One command, and what is left of it."""

    def __init__(self, number: int, pid: int) -> None:
        self.number = number
        self.pid = pid
        self.ended = False
        self.orphans: set[int] = set()
        """Processes it started whose parents have ended."""
        self.deadline: float | None = None
        """When it is killed, on the monotonic clock; None while nobody wants that."""
        self.kept_running = False
        self.pipe: int | None = None
        """Where what was kept prints to, if it prints."""
        self.file: int | None = None
        self.remaining_bytes = 0
        """Bytes that the file still takes."""


class Spawner:
    """Starts commands that the program asks for over `connection`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._commands: dict[int, SpawnerEntry] = {}
        self._shells: dict[int, SpawnerEntry] = {}
        self._owners: dict[int, SpawnerEntry] = {}
        self._poll = select.poll()
        self._signal_descriptor = _wake_on_signals()
        self._closing = False
        self._has_children = False

    def serve(self) -> None:
        """Work until the program is gone and nothing runs any more."""
        self._poll.register(self._connection, select.POLLIN)
        self._poll.register(self._signal_descriptor, select.POLLIN)
        while not (self._closing and not self._has_children):
            for descriptor, _ in self._poll.poll(self._timeout()):
                if descriptor == self._connection.fileno():
                    self._handle_request()
                elif descriptor == self._signal_descriptor:
                    self._on_signal()
                else:
                    self._copy_output(descriptor)
            self._kill_overdue()
            if not processes.HAS_PROC:
                self._report_ended()

    # What the program wants -----------------------------------------------------------

    def _handle_request(self) -> None:
        received = receive_message(self._connection)
        if received is None:
            self._close()
            return
        message, descriptors = received
        match message["do"]:
            case "start":
                self._start(message, *descriptors)
            case "stop":
                if command := self._commands.get(message["number"]):
                    self._stop(command, message["patience"])
            case "keep":
                self._keep(message, descriptors)
        # Those that are still needed were duplicated or are held by the command.

    def _start(self, message: dict[str, Any], output: int) -> None:
        number = message["number"]
        try:
            os.chdir(message["folder"])
            pid = os.posix_spawn(
                message["argv"][0],
                message["argv"],
                {**message["environment"], COMMAND_ID_VARIABLE: str(number)},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, output, 1),
                    (os.POSIX_SPAWN_DUP2, output, 2),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=_DEFAULT_SIGNALS,
            )
        except OSError as error:
            send_line(self._connection, {"failed": number, "why": error.strerror or str(error)})
            return
        finally:
            os.close(output)
        self._has_children = True
        command = SpawnerEntry(number, pid)
        self._commands[number] = self._shells[pid] = command
        send_line(self._connection, {"started": number, "pid": pid})

    def _stop(self, command: SpawnerEntry, patience: float) -> None:
        self._assign_orphans()
        command.deadline = time.monotonic() + patience
        processes.send_signal(signal.SIGTERM, self._alive(command))
        self._report_ended()

    def _keep(self, message: dict[str, Any], descriptors: list[int]) -> None:
        command = self._commands.get(message["number"])
        alive = self._survivors(command) if command else []
        if command is None or not alive:
            for descriptor in descriptors:
                os.close(descriptor)
            if command is not None:
                self._forget(command)
            return
        command.kept_running, command.remaining_bytes = True, message["most"]
        if descriptors:
            command.pipe = descriptors[0]
            command.file = descriptors[1] if len(descriptors) > 1 else None
            os.set_blocking(command.pipe, False)
            self._poll.register(command.pipe, select.POLLIN)
        send_line(self._connection, {"kept": command.number, "pids": alive})

    def _close(self) -> None:
        """The program is gone: nothing of its commands stays."""
        if not self._closing:
            self._closing = True
            self._poll.unregister(self._connection)
            self._has_children = processes.reap(self._ended)
            for command in [*self._commands.values()]:
                self._stop(command, _GRACE_SECONDS)

    # What happens below -----------------------------------------------------------------

    def _on_signal(self) -> None:
        for number in os.read(self._signal_descriptor, 512):
            if number == signal.SIGTERM:
                self._close()
        self._report_ended()

    def _report_ended(self) -> None:
        """See who has ended, and say so."""
        self._has_children = processes.reap(self._ended) or not processes.HAS_PROC
        if self._has_children:
            self._assign_orphans()
        for command in [*self._commands.values()]:
            if command.ended and not (self._has_children and self._survivors(command)):
                self._forget(command)
        self._has_children = self._has_children and (processes.HAS_PROC or bool(self._commands))

    def _ended(self, pid: int, code: int) -> None:
        command = self._shells.pop(pid, None)
        if command is not None:
            command.ended = True
            left = self._has_survivors(command)
            send_line(self._connection, {"ended": command.number, "code": code, "left": left})
        elif owner := self._owners.pop(pid, None):
            owner.orphans.discard(pid)

    def _has_survivors(self, command: SpawnerEntry) -> bool:
        """Whether a command that has ended left anything running."""
        if processes.HAS_PROC and not processes.children(os.getpid()):
            return False
        return bool(self._survivors(command))

    def _forget(self, command: SpawnerEntry) -> None:
        self._commands.pop(command.number, None)
        if command.pipe is not None:
            self._copy_output(command.pipe)
            self._close_pipe(command)
        send_line(self._connection, {"gone": command.number})

    def _assign_orphans(self) -> None:
        """Find out whose the processes are that were adopted since the last time."""
        if not processes.HAS_PROC:
            return
        for pid in processes.children(os.getpid()):
            if pid in self._shells or pid in self._owners:
                continue
            if (owner := self._owner(pid)) is not None:
                self._owners[pid] = owner
                owner.orphans.add(pid)

    def _owner(self, pid: int) -> SpawnerEntry | None:
        found = processes.process_info(pid)
        for command in self._commands.values():
            if found and found.session == command.pid:
                return command
        mark = processes.read_variable(pid, COMMAND_ID_VARIABLE)
        if mark and mark.isdecimal() and int(mark) in self._commands:
            return self._commands[int(mark)]
        # It hides where it comes from: the command that was started last has to answer for it.
        return next(reversed(self._commands.values()), None)

    def _survivors(self, command: SpawnerEntry) -> list[int]:
        """What of a command is alive, with what was adopted until now.

        A process whose parent ends in the middle of a look is missed by it, and found by the next.
        """
        for _ in range(2):
            self._assign_orphans()
            if alive := self._alive(command):
                return alive
        return []

    def _alive(self, command: SpawnerEntry) -> list[int]:
        if not processes.HAS_PROC:
            return processes.in_group(command.pid)
        roots = [*command.orphans] if command.ended else [command.pid, *command.orphans]
        found = [*roots, *(pid for root in roots for pid in processes.descendants(root))]
        return [pid for pid in found if (it := processes.process_info(pid)) and not it.zombie]

    def _timeout(self) -> float | None:
        """Milliseconds until something is to be done unasked."""
        deadlines = [c.deadline for c in self._commands.values() if c.deadline is not None]
        if not deadlines:
            if not processes.HAS_PROC and any(c.ended for c in self._commands.values()):
                return _POLL_INTERVAL * 1000
            return _KILL_INTERVAL * 1000 if self._closing else None
        return max(_KILL_INTERVAL, min(deadlines) - time.monotonic()) * 1000

    def _kill_overdue(self) -> None:
        """Kill what was asked to end and did not, again and again until nothing is left."""
        now = time.monotonic()
        late = [c for c in self._commands.values() if c.deadline is not None and c.deadline <= now]
        if late:
            self._assign_orphans()
            for command in late:
                processes.send_signal(signal.SIGKILL, self._alive(command))
            self._report_ended()
        elif self._closing and not self._commands and self._has_children:
            processes.kill_all(os.getpid())
            self._report_ended()

    # The output of what was kept ----------------------------------------------------------

    def _copy_output(self, pipe: int) -> None:
        command = next((c for c in self._commands.values() if c.pipe == pipe), None)
        try:
            data = os.read(pipe, _PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if command is None:
            return
        if not data:
            self._close_pipe(command)
        elif command.file is not None and command.remaining_bytes > 0:
            with contextlib.suppress(OSError):  # a full disk costs the copy, not the command
                os.write(command.file, data[: command.remaining_bytes])
            command.remaining_bytes -= len(data)

    def _close_pipe(self, command: SpawnerEntry) -> None:
        if command.pipe is not None:
            self._poll.unregister(command.pipe)
            os.close(command.pipe)
        if command.file is not None:
            os.close(command.file)
        command.pipe = command.file = None


def _wake_on_signals() -> int:
    """A descriptor that can be read when a child ended or this process shall end.

    The handlers do nothing: what counts is that the system writes the number of the signal.
    """
    readable, writable = os.pipe()
    for descriptor in (readable, writable):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return readable


def run_spawner(
    connection: socket.socket,
    policy: SandboxPolicy,
    facts: dict[str, Any],
    ready: Callable[[], None],
) -> None:
    """Start commands until the program is gone.

    Args:
        connection: To the program.
        policy: What its commands may reach.
        facts: What the namespaces already hold; told to the program with what Landlock adds.
        ready: Called when the policy is in force.

    Raises:
        OSError: the policy could not be put into force; nothing was started.
    """
    if sys.platform == "linux":
        kernel.adopt_orphans()
    spawner = Spawner(connection)
    if not policy.restricted:
        ready()
        send_line(connection, {"ready": facts})
        spawner.serve()
        return
    from tui.agent.sandbox import landlock

    if not landlock.newest_abi():
        raise OSError(errno.ENOSYS, "this kernel has no Landlock, or it is switched off")
    closes = not policy.network and facts["network"] != "none"
    rules = landlock.ruleset(policy, view=facts["view"], network=closes)
    failed: list[OSError] = []

    def work() -> None:
        try:
            kernel.drop_capabilities()
            rules.restrict()
            if closes and kernel.refuse_network_sockets():
                facts["network"] = "all"
        except OSError as error:
            failed.append(error)
            return
        rules.close()
        ready()
        send_line(connection, {"ready": {**facts, "abi": landlock.newest_abi()}})
        spawner.serve()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]

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
from tui.agent.sandbox.frames import receive, tell
from tui.agent.sandbox.policy import Policy

MARK = "GLIDESLOPE_COMMAND"
"""Names in its environment which command a process belongs to."""
_PIECE = 1 << 16
_PATIENCE = 0.4
"""Seconds that commands get to end when the program has ended."""
_AGAIN = 0.01
"""Seconds between two rounds of killing."""
_GLANCE = 0.5
"""Seconds between two looks where the system does not tell of the end of orphans."""
_RESET = tuple(
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ", "SIGTERM") if hasattr(signal, name)
)
"""Signals that Python treats in its own way: a command begins with the system's."""


class Running:
    """One command, and what is left of it."""

    def __init__(self, number: int, pid: int) -> None:
        self.number = number
        self.pid = pid
        self.ended = False
        self.orphans: set[int] = set()
        """Processes it started whose parents have ended."""
        self.deadline: float | None = None
        """When it is killed, on the monotonic clock; None while nobody wants that."""
        self.kept = False
        self.pipe: int | None = None
        """Where what was kept prints to, if it prints."""
        self.file: int | None = None
        self.room = 0
        """Bytes that the file still takes."""


class Spawner:
    """Starts commands that the program asks for over `connection`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._commands: dict[int, Running] = {}
        self._shells: dict[int, Running] = {}
        self._owners: dict[int, Running] = {}
        self._poll = select.poll()
        self._awake = _wake_on_signals()
        self._closing = False
        self._anything = False

    def serve(self) -> None:
        """Work until the program is gone and nothing runs any more."""
        self._poll.register(self._connection, select.POLLIN)
        self._poll.register(self._awake, select.POLLIN)
        while not (self._closing and not self._anything):
            for descriptor, _ in self._poll.poll(self._timeout()):
                if descriptor == self._connection.fileno():
                    self._hear()
                elif descriptor == self._awake:
                    self._signalled()
                else:
                    self._drain(descriptor)
            self._force()
            if not processes.HAS_PROC:
                self._look()

    # What the program wants -----------------------------------------------------------

    def _hear(self) -> None:
        received = receive(self._connection)
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
                {**message["environment"], MARK: str(number)},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, output, 1),
                    (os.POSIX_SPAWN_DUP2, output, 2),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=_RESET,
            )
        except OSError as error:
            tell(self._connection, {"failed": number, "why": error.strerror or str(error)})
            return
        finally:
            os.close(output)
        self._anything = True
        command = Running(number, pid)
        self._commands[number] = self._shells[pid] = command
        tell(self._connection, {"started": number, "pid": pid})

    def _stop(self, command: Running, patience: float) -> None:
        self._attribute()
        command.deadline = time.monotonic() + patience
        processes.send(signal.SIGTERM, self._alive(command))
        self._look()

    def _keep(self, message: dict[str, Any], descriptors: list[int]) -> None:
        command = self._commands.get(message["number"])
        alive = self._left_of(command) if command else []
        if command is None or not alive:
            for descriptor in descriptors:
                os.close(descriptor)
            if command is not None:
                self._forget(command)
            return
        command.kept, command.room = True, message["most"]
        if descriptors:
            command.pipe = descriptors[0]
            command.file = descriptors[1] if len(descriptors) > 1 else None
            os.set_blocking(command.pipe, False)
            self._poll.register(command.pipe, select.POLLIN)
        tell(self._connection, {"kept": command.number, "pids": alive})

    def _close(self) -> None:
        """The program is gone: nothing of its commands stays."""
        if not self._closing:
            self._closing = True
            self._poll.unregister(self._connection)
            self._anything = processes.reap(self._ended)
            for command in [*self._commands.values()]:
                self._stop(command, _PATIENCE)

    # What happens below -----------------------------------------------------------------

    def _signalled(self) -> None:
        for number in os.read(self._awake, 512):
            if number == signal.SIGTERM:
                self._close()
        self._look()

    def _look(self) -> None:
        """See who has ended, and say so."""
        self._anything = processes.reap(self._ended) or not processes.HAS_PROC
        if self._anything:
            self._attribute()
        for command in [*self._commands.values()]:
            if command.ended and not (self._anything and self._left_of(command)):
                self._forget(command)
        self._anything = self._anything and (processes.HAS_PROC or bool(self._commands))

    def _ended(self, pid: int, code: int) -> None:
        command = self._shells.pop(pid, None)
        if command is not None:
            command.ended = True
            left = self._leaves(command)
            tell(self._connection, {"ended": command.number, "code": code, "left": left})
        elif owner := self._owners.pop(pid, None):
            owner.orphans.discard(pid)

    def _leaves(self, command: Running) -> bool:
        """Whether a command that has ended left anything running."""
        if processes.HAS_PROC and not processes.children(os.getpid()):
            return False
        return bool(self._left_of(command))

    def _forget(self, command: Running) -> None:
        self._commands.pop(command.number, None)
        if command.pipe is not None:
            self._drain(command.pipe)
            self._let_go(command)
        tell(self._connection, {"gone": command.number})

    def _attribute(self) -> None:
        """Find out whose the processes are that were adopted since the last time."""
        if not processes.HAS_PROC:
            return
        for pid in processes.children(os.getpid()):
            if pid in self._shells or pid in self._owners:
                continue
            if (owner := self._owner(pid)) is not None:
                self._owners[pid] = owner
                owner.orphans.add(pid)

    def _owner(self, pid: int) -> Running | None:
        found = processes.look_at(pid)
        for command in self._commands.values():
            if found and found.session == command.pid:
                return command
        mark = processes.variable(pid, MARK)
        if mark and mark.isdecimal() and int(mark) in self._commands:
            return self._commands[int(mark)]
        # It hides where it comes from: the command that was started last has to answer for it.
        return next(reversed(self._commands.values()), None)

    def _left_of(self, command: Running) -> list[int]:
        """What of a command is alive, with what was adopted until now.

        A process whose parent ends in the middle of a look is missed by it, and found by the next.
        """
        for _ in range(2):
            self._attribute()
            if alive := self._alive(command):
                return alive
        return []

    def _alive(self, command: Running) -> list[int]:
        if not processes.HAS_PROC:
            return processes.in_group(command.pid)
        roots = [*command.orphans] if command.ended else [command.pid, *command.orphans]
        found = [*roots, *(pid for root in roots for pid in processes.descendants(root))]
        return [pid for pid in found if (it := processes.look_at(pid)) and not it.zombie]

    def _timeout(self) -> float | None:
        """Milliseconds until something is to be done unasked."""
        deadlines = [c.deadline for c in self._commands.values() if c.deadline is not None]
        if not deadlines:
            if not processes.HAS_PROC and any(c.ended for c in self._commands.values()):
                return _GLANCE * 1000
            return _AGAIN * 1000 if self._closing else None
        return max(_AGAIN, min(deadlines) - time.monotonic()) * 1000

    def _force(self) -> None:
        """Kill what was asked to end and did not, again and again until nothing is left."""
        now = time.monotonic()
        late = [c for c in self._commands.values() if c.deadline is not None and c.deadline <= now]
        if late:
            self._attribute()
            for command in late:
                processes.send(signal.SIGKILL, self._alive(command))
            self._look()
        elif self._closing and not self._commands and self._anything:
            processes.kill_all(os.getpid())
            self._look()

    # The output of what was kept ----------------------------------------------------------

    def _drain(self, pipe: int) -> None:
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
            self._let_go(command)
        elif command.file is not None and command.room > 0:
            with contextlib.suppress(OSError):  # a full disk costs the copy, not the command
                os.write(command.file, data[: command.room])
            command.room -= len(data)

    def _let_go(self, command: Running) -> None:
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


def serve(
    connection: socket.socket, policy: Policy, facts: dict[str, Any], ready: Callable[[], None]
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
        tell(connection, {"ready": facts})
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
        tell(connection, {"ready": {**facts, "abi": landlock.newest_abi()}})
        spawner.serve()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]

"""Words for the model when the sandbox has stopped a command.

An ordinary failure (a test that fails, a file that is missing, a wrong password) often reads
like a refusal. So a path that an error names counts only if commands are kept from it by the
policy and the user is not; a server that does not answer, only if one listens outside.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tui.agent.sandbox.enforcement import Access, Enforcement
from tui.agent.sandbox.policy import SandboxPolicy

_END = 8_000
"""Characters at the end of the output that are searched: errors come last."""
_MOST = 60
"""Paths and ports that are looked at."""
_BEFORE = 3
"""Lines before an error without a path that may name it."""
_NO_NETWORK = re.compile(
    r"network is unreachable|network unreachable|could(?: not|n't) resolve|name resolution"
    r"|name or service not known|temporary failure resolving|nodename nor servname"
    r"|no address associated|no such host|unable to resolve|failed to lookup address"
    r"|\b(?:ENETUNREACH|ENETDOWN|EAI_AGAIN|ENOTFOUND|EAI_NONAME)\b|getaddrinfo|dns error"
    r"|UnknownHostException|network access is disabled|\(from versions: none\)"
    r"|unable to connect to (?:deb|archive|security)\b",
    re.IGNORECASE,
)
_NOT_CONNECTED = re.compile(
    r"connection (?:was )?refused|ECONNREFUSED|(?:could not|couldn't|can't|cannot|failed to|"
    r"unable to|error) connect",
    re.IGNORECASE,
)
_THIS_MACHINE = re.compile(r"\blocalhost\b|\b127\.\d+\.\d+\.\d+|::1\b|0\.0\.0\.0", re.IGNORECASE)
_PORT = re.compile(r"(?:[\w.\]]:|\bport[ =:(]{1,2})(\d{2,5})\b", re.IGNORECASE)
_DENIED = re.compile(
    r"permission denied|operation not permitted|read-only file ?system|access is denied"
    r"|AccessDenied|PermissionError|resource busy|\b(?:EACCES|EPERM|EROFS)\b",
    re.IGNORECASE,
)
_READ_ONLY = re.compile(r"read-only|EROFS", re.IGNORECASE)
_NOT_FOUND = re.compile(
    r"no such file|not found|does not exist|cannot find|can't find|ENOENT|FileNotFound"
    r"|NoSuchFile|not appear to be a git repository|cannot connect|could not connect"
    r"|connection refused|failed to connect",
    re.IGNORECASE,
)
_NO_SERVER = re.compile(
    r"null \(reading 'port'\)|could not create (?:any |listen )?(?:TCP/IP )?socket"
    r"|(?:non[- ]busy|free|unused|available) port\b",
    re.IGNORECASE,
)
"""What a server that could not listen leads to: in Node, PostgreSQL, and many test runners."""
_SOCKET_WORDS = re.compile(
    r"\b(?:bind|listen|connect|sockets?|ports?|tcp|udp|ipv[46])\b"
    r"|(?:\b\d{1,3}(?:\.\d{1,3}){3}|\blocalhost|\*|::1?\]?):\d{1,5}\b"
    r"|(?:Socket|Bind|Connect)Exception"
    r"|\.(?:bind|connect|listen|sendto)\(",
    re.IGNORECASE,
)
_WITHOUT_PATH = re.compile(
    r"(?:operation not permitted|read-only file ?system|\(os error (?:1|13|30)\)"
    r"|\[Errno (?:1|13|30)\] [\w -]+)\W*$|\(publickey"
    r"|failed to create [\w ]{0,40}(?:director|folder)",
    re.IGNORECASE,
)
_NO_TERMINAL = re.compile(
    r"pseudo[- ]?terminal|\bpty\b|\bopenpty|posix_openpt|forkpty|/dev/ptmx", re.IGNORECASE
)
_OTHER_CAUSES = re.compile(r"\b(?:u?limit|nice|priority|chown|chgrp)\b", re.IGNORECASE)
_SIGNAL = re.compile(r"\bkill\b|\bp?kill(?:all)?:", re.IGNORECASE)
_FRAME = re.compile(r"^\s*(?:File \".*\", line \d+|at \S.*:\d+|\d+: 0x)")
"""A line of a stack: it names code."""
_PRIVATE = ("/tmp", "/var/tmp")
_SEVERAL = re.compile(r"[|;&\n]")
_QUOTED = re.compile(r"['\"`‘“]((?:~|\.{1,2})?/[^/'\"`’”\n][^'\"`’”\n]{0,4096})['\"`’”]")
_ENDS_PATH = r"\s'\"`’”:;,|<>(){}\[\]"
_UNQUOTED = re.compile(
    rf"(?<![\w.:/~\"'`‘“-])((?:~|\.{{1,2}})?/[^/{_ENDS_PATH}][^{_ENDS_PATH}]{{0,4096}})"
)
_SHELL = re.compile(r"^\S+: (?:line )?\d+: ")
_SOCKET_PATH = re.compile(r"unix:(?://)?(/[^\s'\"`:;,]{1,200})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCommand:
    """A command that has ended."""

    command_line: str
    output: str
    failed: bool
    access: Access
    folder: Path
    home: Path


def denial_hint(
    finished: FinishedCommand, enforcement: Enforcement, policy: SandboxPolicy | None
) -> str:
    """What to tell the model beside a result; empty where the sandbox seems to have no part.

    Looks at files, so it belongs on a thread.

    Args:
        finished: What ran, and what it said.
        enforcement: What the sandbox enforces.
        policy: What the command might reach; None where there was no sandbox.
    """
    if policy is None or not enforcement.files or finished.access == "outside":
        return ""
    if not finished.failed and not _SEVERAL.search(finished.command_line):
        return ""
    lines = finished.output[-_END:].splitlines()
    closed = not policy.network and enforcement.network != "open"
    if said := _file_hint(lines, finished, enforcement, policy, closed):
        return said
    if closed and (said := _network_hint(lines, enforcement)):
        return said
    return _pathless_hint(lines, enforcement, closed) if finished.failed else ""


# Files -----------------------------------------------------------------------------------


def _file_hint(
    lines: list[str],
    finished: FinishedCommand,
    enforcement: Enforcement,
    policy: SandboxPolicy,
    closed: bool,
) -> str:
    """Args: closed: whether a server or a connection may be what was denied."""
    forbidden = closed and enforcement.network == "all"  # they cannot even listen
    looked = 0
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        denied, missing = _DENIED.search(line), _NOT_FOUND.search(line)
        if (not denied and not missing) or _FRAME.search(line):
            continue
        if denied and forbidden and _concerns_socket(lines, at):
            continue
        for path in _mentioned_paths(line, finished) or (
            _paths_above(lines, at, finished) if denied else []
        ):
            looked += 1
            if looked > _MOST:
                return ""
            if verb := _denied_verb(
                path, bool(denied), bool(_READ_ONLY.search(line)), enforcement, policy
            ):
                new_in_tmp = not os.path.exists(path) and _in_private_folder(path, policy)
                return _files_sentence(verb, path, new_in_tmp)
    return ""


def _files_sentence(verb: str, path: str, new_in_tmp: bool) -> str:
    shown = path if len(path) <= 200 else f"{path[:199]}…"
    if new_in_tmp:
        return (
            f"Commands in the sandbox cannot make {shown} here: their temporary folder is $TMPDIR. "
            "If the command cannot be told so, run it again with access "
            '"outside"; the user is asked.'
        )
    why = ": they write only the project, $TMPDIR and caches" if verb == "change" else ""
    setting = "sandbox.write" if verb == "change" else "sandbox.read"
    return (
        f"Commands in the sandbox cannot {verb} {shown}{why}. If this needs it, run the command "
        f'again with access "outside" (the user is asked), or let the user add it to the setting '
        f"{setting}."
    )


def _mentioned_paths(line: str, finished: FinishedCommand) -> list[str]:
    """The paths outside of plain names that a line mentions, absolute."""
    line = _SHELL.sub("", line)
    found = [*_QUOTED.findall(line), *_SOCKET_PATH.findall(line), *_UNQUOTED.findall(line)]
    if len(found) > 1 and line.startswith(f"{found[0]}:"):
        del found[0]  # the program that speaks
    absolute = []
    for path in found:
        if path.startswith("~"):
            path = str(finished.home) + path[1:]
        absolute.append(os.path.normpath(finished.folder / path.rstrip(".,")))
    return list(dict.fromkeys(absolute))


def _paths_above(lines: list[str], at: int, finished: FinishedCommand) -> list[str]:
    """The paths of the nearest line above that has any; those of a stack do not count."""
    for line in reversed(lines[max(0, at - _BEFORE) : at]):
        if not _FRAME.search(line) and (found := _mentioned_paths(line, finished)):
            return found
    return []


def _denied_verb(
    path: str, denied: bool, read_only: bool, enforcement: Enforcement, policy: SandboxPolicy
) -> str:
    """What the sandbox forbids with a path and the user may do: `reach`, `change` or nothing.

    Args:
        path: Absolute.
        denied: Whether the error was a denial; else something was not found.
        read_only: Whether it said that the file system is read-only.
        enforcement: What the sandbox enforces.
        policy: What the command might reach.
    """
    named, real = path, os.path.realpath(path)
    hidden = any(
        _below(each, folder) for each in (named, real) for folder in (*policy.hidden, *policy.masks)
    )
    if not hidden and any(_below(real, folder) for folder in policy.write):
        return ""
    shown = not hidden and any(_below(real, folder) for folder in policy.read)
    if shown:
        # Where everything else is mounted read-only, the kernel says so of every change.
        likely = denied and (read_only or not enforcement.masks)
        return "change" if likely and _user_has_right(real, os.W_OK) else ""
    exists = os.path.exists(real)
    if not exists and enforcement.masks and _in_private_folder(real, policy):
        return ""
    if not denied:
        return "reach" if exists else ""
    if exists and not read_only:
        return "reach" if _user_has_right(real, os.R_OK) else ""
    return "change" if _user_has_right(real, os.W_OK) else ""


def _in_private_folder(path: str, policy: SandboxPolicy) -> bool:
    """Whether a path lies where commands have a folder of their own, such as `/tmp`."""
    return any(
        _below(path, folder)
        and not any(_below(place, folder) for place in policy.unreplaced_folders)
        for folder in _PRIVATE
    )


def _user_has_right(path: str, right: int) -> bool:
    """Whether the user has a right to a path, or where it does not exist to what is above."""
    while not os.path.lexists(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return os.access(path, right)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


# The network -----------------------------------------------------------------------------


def _network_hint(lines: list[str], enforcement: Enforcement) -> str:
    forbidden = enforcement.network == "all"  # they cannot even listen
    outside: set[int] | None = None
    for at, line in enumerate(lines):
        if _NO_NETWORK.search(line):
            return _network_sentence("Commands in the sandbox have no network")
        loopback = _NOT_CONNECTED.search(line) and _THIS_MACHINE.search(line)
        if forbidden and (loopback or _concerns_socket(lines, at)):
            return _network_sentence(
                "Commands in the sandbox have no network here, not even among themselves"
            )
        if not _NOT_CONNECTED.search(line):
            continue
        if not loopback:
            if re.search(r"connect to \S+ port|connect to \S+:\d", line):
                return _network_sentence("Commands in the sandbox have no network")
            continue
        outside = set(_listening_ports()) if outside is None else outside
        for port in _PORT.findall(line)[:_MOST]:
            if int(port) in outside:
                return _network_sentence(
                    f"Something outside the sandbox listens on port {port}, but commands inside "
                    "have a network of their own"
                )
    return ""


def _concerns_socket(lines: list[str], at: int) -> bool:
    """Whether a line says that a server or a connection was forbidden."""
    if not _DENIED.search(lines[at]):
        return bool(_NO_SERVER.search(lines[at]))
    words = _UNQUOTED.sub("", _QUOTED.sub("", lines[at]))
    if _SOCKET_WORDS.search(words):
        return True
    if words != lines[at]:
        return False  # a path was denied
    near = lines[max(0, at - 2 * _BEFORE) : at] + lines[at + 1 : at + 2]
    return any(_FRAME.search(line) or line.startswith(" ") for line in near) and bool(
        _SOCKET_WORDS.search(" ".join(near))
    )


def _network_sentence(why: str) -> str:
    return (
        f'{why}. If this needs it, run the command again with access "network"; the user may be '
        "asked."
    )


def _listening_ports() -> Iterator[int]:
    """TCP ports of this machine that somebody listens on, as far as the system tells."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError, ValueError), open(table) as file:
            for line in file:
                _, address, _, state, *_ = line.split()
                if state == "0A":
                    yield int(address.rpartition(":")[2], 16)


# Anything else ---------------------------------------------------------------------------


def _pathless_hint(lines: list[str], enforcement: Enforcement, closed: bool) -> str:
    """For an error that does not say what it was about, such as that of a bare system call."""
    for line in lines:
        if not enforcement.masks and _NO_TERMINAL.search(line) and _DENIED.search(line):
            return (
                "Commands in the sandbox get no pseudo terminals on this kernel. If this needs "
                'one, run the command again with access "outside"; the user is asked.'
            )
        if not _WITHOUT_PATH.search(line) or _OTHER_CAUSES.search(line):
            continue
        if _SIGNAL.search(line):
            if enforcement.processes:
                return (
                    "Commands in the sandbox cannot signal programs outside it. If this needs it, "
                    'run the command again with access "outside"; the user is asked.'
                )
            continue
        if _names_a_file(line):
            continue
        no_network = "have no network, " if closed and enforcement.network == "all" else ""
        access = 'access "network" or "outside"' if no_network else 'access "outside"'
        return (
            f"If the sandbox stopped this: commands {no_network}read the project, the system and "
            "toolchains, and write only the project, $TMPDIR and caches. When more is needed, run "
            f"the command again with {access}; the user is asked."
        )
    return ""


def _names_a_file(line: str) -> bool:
    """Whether an error names a file of the project: a plain name in quotes or before a colon."""
    return bool(re.search(r"['\"‘“`][\w./-]+['\"’”`]", line)) or bool(
        re.search(r"^[\w./-]+: (?:[\w ]+: )?[\w-]+[./][\w./-]*: ", line)
    )

"""Calls of the Linux kernel that Python 3.11 has no function for.

Each raises `OSError` as the functions of `os` do. The numbers are those of the kernel's own
headers; the system calls have the same number on every architecture.
"""

import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
from functools import lru_cache
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

NEW_MOUNTS = 0x00020000
NEW_USER = 0x10000000
NEW_NETWORK = 0x40000000

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD = -100
_CLONE = 1
_RECURSIVE = 0x8000
_EMPTY_PATH = 0x1000
_MOVE_FROM_EMPTY_PATH = 4
_READ_ONLY, _NO_DEVICES = 1, 4

_MS_NOSUID, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 8, 0x4000, 1 << 18

_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
KEPT_CAPABILITIES = frozenset(
    {
        0,  # CHOWN
        1,  # DAC_OVERRIDE
        3,  # FOWNER
        4,  # FSETID
        5,  # KILL
        6,  # SETGID
        7,  # SETUID
        10,  # NET_BIND_SERVICE
    }
)
"""What root keeps inside: ordinary work with files and processes, and nothing that reaches the
kernel, devices, other users' memory or the machine itself."""


class _Machine(NamedTuple):
    """How system calls are numbered on one architecture (the kernel's `asm/unistd.h`)."""

    audit: int
    """Its number in `linux/audit.h`."""
    socket: int
    """The number of the call `socket`."""


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 41),
    "aarch64": _Machine(0xC00000B7, 198),
    "riscv64": _Machine(0xC00000F3, 198),
}
_IO_URING_SETUP = 425
"""On every architecture. Requests that a ring takes are not seen by a filter."""
_OTHER_NUMBERS = 0x40000000
"""From here on x86_64 numbers its calls a second time (x32)."""
_LOCAL_FAMILIES = (socket.AF_UNIX, getattr(socket, "AF_NETLINK", 16))
"""Sockets that reach this machine's programs and its kernel, and no network."""


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check_result(result: int, what: str) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def _prctl(option: int, value: int) -> None:
    rest = (ctypes.c_ulong(0),) * 3
    _check_result(_libc().prctl(option, ctypes.c_ulong(value), *rest), f"prctl {option}")


def set_dumpable(dumpable: bool) -> None:
    """Whether other processes of this user may look into this one (`/proc/PID/environ`)."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal: int) -> None:
    """Get `signal` when the parent ends."""
    _prctl(_PR_SET_PDEATHSIG, signal)


def forbid_new_privileges() -> None:
    """Make set-user-id programs ordinary ones, for this thread and all it starts."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def refuse_network_sockets() -> bool:
    """Let this thread and all it starts make no socket that leads to a network.

    For kernels that give us no network namespace: Landlock alone closes plain TCP, but not
    UDP, not MPTCP, and not a connection that is opened by sending (`MSG_FASTOPEN`).

    Returns:
        Whether the filter is in force; False on an architecture that is not known here.

    Raises:
        OSError: the kernel refused the filter.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    filter_ = _socket_filter(machine)
    code = ctypes.create_string_buffer(filter_, len(filter_))
    program = ctypes.create_string_buffer(
        struct.pack("@HP", len(filter_) // 8, ctypes.addressof(code))
    )
    forbid_new_privileges()
    mode_filter, rest = ctypes.c_ulong(2), (ctypes.c_ulong(0),) * 2
    _check_result(_libc().prctl(_PR_SET_SECCOMP, mode_filter, program, *rest), "seccomp")
    return True


def _socket_filter(machine: _Machine) -> bytes:
    """The program of the filter: classic BPF over `struct seccomp_data` (`linux/seccomp.h`)."""
    load, equal, at_least, end = 0x20, 0x15, 0x35, 0x06
    number, architecture, first_argument = 0, 4, 16
    allow, refuse = 0x7FFF0000, 0x00050000
    local, netlink = _LOCAL_FAMILIES
    steps = (
        (load, 0, 0, architecture),
        (equal, 0, 9, machine.audit),
        (load, 0, 0, number),
        (at_least, 7, 0, _OTHER_NUMBERS),
        (equal, 6, 0, _IO_URING_SETUP),
        (equal, 0, 4, machine.socket),
        (load, 0, 0, first_argument),
        (equal, 2, 0, int(local)),
        (equal, 1, 0, int(netlink)),
        (end, 0, 0, refuse | errno.EACCES),
        (end, 0, 0, allow),
        (end, 0, 0, refuse | errno.ENOSYS),
    )
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; only a process with one thread may."""
    _check_result(_libc().unshare(flags), "unshare")


def enter(namespace: int, kind: int) -> None:
    """Enter the namespace of a descriptor."""
    _check_result(_libc().setns(namespace, kind), "setns")


def mount(kind: str, target: str, options: str = "", flags: int = _MS_NOSUID) -> None:
    """Mount a new file system such as `tmpfs`."""
    args = (kind.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags))
    _check_result(_libc().mount(*args, options.encode()), f"mount {target}")


def mount_terminals(target: str) -> None:
    """Mount pseudo terminals of our own: those of the user are not among them."""
    options = "newinstance,ptmxmode=0666,mode=620"
    mount("devpts", target, options, _MS_NOSUID | _MS_NOEXEC)


def keep_mounts_private() -> None:
    """Let no mount of this namespace show in another."""
    flags = ctypes.c_ulong(_MS_REC | _MS_PRIVATE)
    _check_result(_libc().mount(None, b"/", None, flags, None), "mount /")


def clone_tree(place: str | int) -> int:
    """A descriptor for the files below a path or an open folder, mounted nowhere yet."""
    flags = _CLONE | _RECURSIVE | os.O_CLOEXEC
    if isinstance(place, int):
        return _syscall(_OPEN_TREE, place, b"", flags | _EMPTY_PATH, what="clone")
    return _syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(place), flags, what=place)


def attach(tree: int, path: str) -> None:
    """Mount what `clone_tree` gave on `path`."""
    _syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(path), _MOVE_FROM_EMPTY_PATH, what=path)


def make_read_only(tree: int | None = None) -> None:
    """Forbid changes, of modes and times as well, in a tree, or in all that is mounted."""
    _set_attributes(tree, _READ_ONLY)


def forbid_devices(tree: int) -> None:
    """Refuse everybody to open a device in a tree."""
    _set_attributes(tree, _READ_ONLY | _NO_DEVICES)


def _set_attributes(tree: int | None, attributes: int) -> None:
    given = ctypes.create_string_buffer(struct.pack("=QQQQ", attributes, 0, 0, 0), 32)
    place, path = (_AT_FDCWD, b"/") if tree is None else (tree, b"")
    flags = _RECURSIVE | (_EMPTY_PATH if tree is not None else 0)
    _syscall(_MOUNT_SETATTR, place, path, flags, given, 32, what="mount attributes")


def _syscall(number: int, *args: object, what: str) -> int:
    passed = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _check_result(_libc().syscall(ctypes.c_long(number), *passed), what)


def raise_loopback() -> None:
    """Bring up `lo` in a new network namespace."""
    up, address = 0x1, 0x8914
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, address, struct.pack("16sH14x", b"lo", up))


def drop_capabilities() -> None:
    """Give up what root does not need for ordinary work, for ever, in this thread.

    A process without the capability to do so keeps what it has: an ordinary user has none.
    """
    try:
        for capability in range(_LAST_CAPABILITY + 1):
            if capability not in KEPT_CAPABILITIES:
                _prctl(_PR_CAPBSET_DROP, capability)
    except OSError:
        pass  # an ordinary user, or past the last capability of this kernel
    kept = sum(1 << capability for capability in KEPT_CAPABILITIES)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    held = ctypes.create_string_buffer(24)
    _check_result(_libc().capget(header, held), "capget")
    effective, permitted, inheritable, *_ = struct.unpack("=6I", held.raw)
    words = (effective & kept, permitted & kept, inheritable & kept, 0, 0, 0)
    _check_result(
        _libc().capset(header, ctypes.create_string_buffer(struct.pack("=6I", *words))), ""
    )

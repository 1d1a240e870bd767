"""The policy as arguments of bubblewrap (`bwrap`), where it is installed and chosen.

Nothing exists inside but what is named. Each command has processes and a network of its own,
so a server that one command leaves running does not answer the next one.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.toolchain import SYSTEM

_KEPT_CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID")
"""Capabilities that root keeps, as with Landlock."""

_SETTINGS_OF_KERNEL = ("/proc/sys", "/proc/fs", "/proc/acpi", "/proc/scsi")
"""What root may write without any capability, for the whole machine, also in a new `/proc`."""


def find_bubblewrap(environment: Mapping[str, str]) -> str | None:
    """The program, where it is installed; never one of a relative folder in PATH."""
    found = shutil.which("bwrap", path=environment.get("PATH"))
    return found if found and Path(found).is_absolute() else None


def bubblewrap_arguments(program: str, policy: SandboxPolicy, folder: Path) -> tuple[str, ...]:
    """What to put before a command.

    Args:
        program: Where `bwrap` is.
        policy: What the command may reach.
        folder: Where it begins.
    """
    made = [program, "--unshare-all", "--hostname", "sandbox"]
    if policy.network:
        made.append("--share-net")
    made += ["--cap-drop", "ALL"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        made += [word for name in _KEPT_CAPABILITIES for word in ("--cap-add", f"CAP_{name}")]
    made += ["--proc", "/proc"]
    for place in _SETTINGS_OF_KERNEL:
        made += ["--ro-bind-try", place, place]
    made += ["--dev", "/dev", "--bind", f"{policy.private}/tmp", "/tmp"]
    made += ["--bind", f"{policy.private}/tmp", "/var/tmp"]
    for place in SYSTEM:
        if os.path.islink(place):
            made += ["--symlink", os.readlink(place), place]
    for path, option in _mounts_in_order(policy):
        made += [option, path, path]
    for path in _existing((*policy.hidden, *policy.masks)):
        if not _is_visible(path, policy):
            continue
        if os.path.isdir(path):
            made += ["--tmpfs", path, "--remount-ro", path]
        else:
            made += ["--ro-bind", os.devnull, path]
    # Else a file written beside what is shown would seem to be there, and be gone a moment later.
    return (*made, "--remount-ro", "/", "--chdir", str(folder), "--")


def _mounts_in_order(policy: SandboxPolicy) -> list[tuple[str, str]]:
    """Paths with the option that shows them, a folder before what is in it."""
    made_otherwise = ("/proc", "/dev", "/tmp", "/var/tmp")
    options = dict.fromkeys(_existing(policy.read), "--ro-bind")
    options |= dict.fromkeys(_existing(policy.write), "--bind")
    return sorted((path, how) for path, how in options.items() if path not in made_otherwise)


def _existing(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if os.path.exists(path)]


def _is_visible(path: str, policy: SandboxPolicy) -> bool:
    return any(path.startswith(f"{each.rstrip('/')}/") for each in (*policy.read, *policy.write))

"""The policy as a profile for `sandbox-exec`, which macOS brings along.

The last rule that fits decides, so what is hidden comes after what is open.
"""

import os
from collections.abc import Iterable

from tui.agent.sandbox.policy import SandboxPolicy

PROGRAM = "/usr/bin/sandbox-exec"

_ALWAYS = """\
(version 1)
(deny default)
(allow process-exec*)
(allow process-fork)
(allow process-info* (target same-sandbox))
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-shm*)
(allow ipc-posix-sem*)
(allow pseudo-tty)
(allow file-read-metadata)
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.logger")
  (global-name "com.apple.SystemConfiguration.configd")
  (global-name "com.apple.FSEvents"))
(allow file-read* (literal "/"))
(allow file-read* file-write* file-ioctl
  (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") (literal "/dev/urandom")
  (literal "/dev/ptmx") (subpath "/dev/fd"))
"""
_NETWORK = """\
(allow network*)
(allow system-socket)
(allow mach-lookup
  (global-name "com.apple.dnssd.service")
  (global-name "com.apple.SecurityServer")
  (global-name "com.apple.trustd.agent"))
"""


def seatbelt_profile(policy: SandboxPolicy) -> str:
    """The profile; everything that it does not name is denied, the network included."""
    parts = [_ALWAYS]
    if policy.network:
        parts.append(_NETWORK)
    parts.append(_rule("allow file-read*", (*policy.read, *policy.write)))
    parts.append(_rule("allow file-write*", policy.write))
    parts.append(_rule("deny file-read* file-write*", (*policy.hidden, *policy.masks)))
    return "".join(parts)


def seatbelt_arguments(policy: SandboxPolicy) -> tuple[str, ...]:
    """What to put before a command."""
    return (PROGRAM, "-p", seatbelt_profile(policy))


def _rule(act: str, paths: Iterable[str]) -> str:
    places = [
        f"({'literal' if os.path.isfile(path) else 'subpath'} {_quoted(path)})" for path in paths
    ]
    return f"({act}\n  " + "\n  ".join(places) + ")\n" if places else ""


def _quoted(path: str) -> str:
    """A string of the profile's language, which is Scheme's."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

"""Words for the model when the sandbox has stopped a command."""

import re

from tui.agent.sandbox.enforcement import Access, Enforcement

_END = 8_000
"""Characters at the end of the output that are searched: errors come last."""
_NETWORK = re.compile(
    r"network is unreachable|could not resolve|couldn't resolve|name resolution"
    r"|name or service not known|temporary failure resolving|nodename nor servname"
    r"|no address associated|no such host|unable to resolve|failed to lookup address"
    r"|\b(?:ENETUNREACH|ENETDOWN|EAI_AGAIN|ENOTFOUND)\b|getaddrinfo|dns error"
    r"|failed to connect to \S|network access is disabled|connection timed out"
    r"|address family for hostname not supported",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"permission denied|operation not permitted|read-only file system"
    r"|\b(?:EACCES|EPERM|EROFS)\b|access is denied|not permitted"
    r"|(?:/tmp|/var/tmp|/run|/var/run)/\S*: no such file",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[|;&\n]")


def refusal(line: str, output: str, failed: bool, access: Access, held: Enforcement) -> str:
    """What to tell the model beside a result; empty where the sandbox seems to have no part.

    Args:
        line: The command line.
        output: What it printed.
        failed: Whether it ended badly.
        access: What it was allowed to reach.
        held: What the sandbox enforces.
    """
    if not held.files or access == "outside" or not (failed or _SEVERAL.search(line)):
        return ""
    end = output[-_END:]
    closed = access == "inside" and not held.allowed_network and held.network != "open"
    if closed and (_NETWORK.search(end) or (held.network in ("tcp", "all") and _FILES.search(end))):
        return (
            "If the sandbox stopped this: commands have no network. When it is needed, run the "
            'command again with access "network"; the user may be asked.'
        )
    if _FILES.search(end):
        return (
            "If the sandbox stopped this: commands read the project, the system and toolchains, "
            "and write only the project, $TMPDIR and caches. When more is needed, run the command "
            'again with access "outside"; the user is asked.'
        )
    return ""

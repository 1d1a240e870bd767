"""Checks of the machine: Python, terminal, colours, keyboard, disk, sandbox."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tui.agent.health.health_finding import HealthFinding
from tui.agent.sandbox.enforcement import Enforcement
from tui.terminal_streams import terminal_encoding

OLDEST_PYTHON = (3, 11)
LITTLE_SPACE = 500 * 1024 * 1024
"""Free bytes from which on down a long session may not fit."""
NO_SPACE = 20 * 1024 * 1024
"""Free bytes from which on down writing may fail at any time."""


def check_python(version: tuple[int, int, int], system: str) -> HealthFinding:
    """Python and the system.

    Args:
        version: Of the Python that runs.
        system: Name of the system, with its machine.
    """
    words = f"{'.'.join(map(str, version))} on {system}"
    if version[:2] < OLDEST_PYTHON:
        least = ".".join(map(str, OLDEST_PYTHON))
        return HealthFinding("Python", "bad", words, f"Install Python {least} or newer.")
    return HealthFinding("Python", "ok", words)


def check_terminal(
    environment: Mapping[str, str], refusal: str, size: tuple[int, int]
) -> HealthFinding:
    """The terminal, as far as its variables tell.

    Args:
        environment: The variables.
        refusal: Why there can be no screen here; empty where there can be one.
        size: Columns and lines.
    """
    if refusal:
        advice = "The screen needs a terminal; glideslope -p PROMPT runs without one."
        return HealthFinding("terminal", "warn", refusal.partition(". ")[0].rstrip("."), advice)
    name = environment.get("TERM_PROGRAM") or environment.get("TERM") or "unknown"
    inside = " inside tmux" if environment.get("TMUX") and name != "tmux" else ""
    words = f"{name}{inside}, {size[0]} columns and {size[1]} lines"
    if size[0] < 60 or size[1] < 16:
        return HealthFinding("terminal", "warn", words, "Make it 80 columns by 24 lines or more.")
    encoding = terminal_encoding(environment)
    if encoding != "utf-8":
        return HealthFinding(
            "terminal", "warn", f"{words}, letters in {encoding}", "Use a UTF-8 locale."
        )
    return HealthFinding("terminal", "ok", words)


def check_colours(environment: Mapping[str, str]) -> HealthFinding:
    """How many colours the screen has."""
    if environment.get("NO_COLOR"):
        return HealthFinding("colours", "ok", "none, because NO_COLOR is set")
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return HealthFinding("colours", "ok", "16 million")
    return HealthFinding(
        "colours",
        "warn",
        "256 or fewer: COLORTERM is not set, so the colours of a theme are only similar",
        "If your terminal has more, set COLORTERM=truecolor.",
    )


def check_keyboard(reply: bytes) -> HealthFinding:
    """Whether the terminal tells keys apart that look the same on an old one.

    Args:
        reply: What it answered to the question for its keyboard protocol (`CSI ? u`).
    """
    if b"\x1b[?" in reply and b"u" in reply.partition(b"\x1b[?")[2][:6]:
        return HealthFinding("keyboard", "ok", "shift+enter and the like are told apart")
    return HealthFinding(
        "keyboard",
        "warn",
        "the terminal does not tell shift+enter from enter",
        "ctrl+j starts a new line in every terminal.",
    )


def check_disk(folder: Path) -> HealthFinding:
    """The room where sessions are kept."""
    there = next(level for level in (folder, *folder.parents) if level.exists())
    free = shutil.disk_usage(there).free
    words = f"{free / 1024**3:,.1f} GB free at {folder}"
    if free < NO_SPACE:
        return HealthFinding("disk", "bad", words, "Make room: nothing more can be saved.")
    if free < LITTLE_SPACE:
        return HealthFinding("disk", "warn", words, "Make room: a long session may not fit.")
    return HealthFinding("disk", "ok", words)


def check_sandbox(held: Enforcement) -> HealthFinding:
    """What holds the commands of the model."""
    if not held.files:
        return HealthFinding(
            "sandbox",
            "warn",
            f"off: {held.why.rstrip('.') or 'switched off in the settings'}",
            "The program asks before every command that it cannot prove harmless.",
        )
    words = f"{held.summary} ({held.detail or held.backend})"
    if held.network == "open" and not held.allowed_network:
        return HealthFinding(
            "sandbox",
            "warn",
            f"{words}; this kernel leaves the network open to commands",
            "A newer kernel, or bubblewrap, closes it.",
        )
    return HealthFinding("sandbox", "ok", words)

"""`glideslope doctor`: checks what the program needs, and says what to do where it is not well."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from tui.agent.folder_trust import FolderTrust
from tui.agent.health.health_checkup import CheckupSubject, run_checkup
from tui.agent.health.health_finding import HealthFinding, is_healthy
from tui.agent.sandbox.default_policy import SandboxConfig
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.sandbox.sandbox_startup import open_sandbox, try_start_supervisor
from tui.claude.api_client import ClaudeClient
from tui.claude.credentials import credentials_source
from tui.command_line import CommandLineParser, current_folder
from tui.printing import print_json, print_text
from tui.reports.health_page import health_json, health_lines
from tui.settings.settings_resolver import resolve_settings
from tui.settings.user_folders import user_folders
from tui.terminal_streams import screen_refusal

EXIT_UNHEALTHY = 1
KEYBOARD_SECONDS = 0.5
"""How long a terminal may take to say which keyboard protocol it speaks."""
KEYBOARD_QUESTION = b"\x1b[?u\x1b[c"
"""The question for the protocol (kitty's), and one that every terminal answers."""


def run_doctor(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code."""
    parser = CommandLineParser(
        prog="glideslope doctor",
        description="Checks terminal, sandbox, files, key and server. It costs no tokens.",
        epilog="exit codes: 0 the program works, 1 something does not work",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    findings = asyncio.run(_check())
    if given.json:
        print_json(health_json(findings))
    else:
        print_text("\n".join(health_lines(findings)))
    return 0 if is_healthy(findings) else EXIT_UNHEALTHY


async def _check() -> list[HealthFinding]:
    folders, folder = user_folders(), current_folder()
    trust = FolderTrust(folder, folders)
    resolved = resolve_settings(folder, home=folders, root=trust.root, use_project=None)
    base_url = os.environ.get("ANTHROPIC_BASE_URL") or None
    source = credentials_source()
    refusal = screen_refusal(os.environ)
    keyboard = None if refusal else await asyncio.to_thread(ask_keyboard_protocol)
    async with ClaudeClient(base_url=base_url, surface="headless") as client:
        subject = CheckupSubject(
            folders=folders,
            resolved=resolved,
            enforcement=await _enforcement(SandboxConfig.from_settings(resolved.settings.sandbox)),
            base_url=base_url,
            key_source=source,
            folder=folder,
            probe=client.probe if source else None,
        )
        return await run_checkup(subject, refusal=refusal, keyboard=keyboard)


async def _enforcement(config: SandboxConfig) -> Enforcement:
    """What the sandbox holds here: it is opened once, and nothing runs in it."""
    supervisor = await asyncio.to_thread(try_start_supervisor, os.environ)
    sandbox = await open_sandbox(supervisor, current_folder(), os.environ, config=config)
    try:
        return sandbox.enforcement
    finally:
        await sandbox.close()


def ask_keyboard_protocol() -> bytes:
    """What the terminal answers about its keyboard; call it on a thread, with a terminal."""
    try:
        import select
        import termios
        import tty
    except ImportError:  # not on Windows
        return b""
    reads, heard = sys.stdin.fileno(), b""
    with suppress(OSError, termios.error):
        before = termios.tcgetattr(reads)
        try:
            tty.setcbreak(reads)
            os.write(sys.stdout.fileno(), KEYBOARD_QUESTION)
            end = monotonic() + KEYBOARD_SECONDS
            # Every terminal ends its answer to the second question with a c.
            while not heard.endswith(b"c") and (left := end - monotonic()) > 0:
                if select.select([reads], [], [], left)[0]:
                    heard += os.read(reads, 1024)
        finally:
            termios.tcsetattr(reads, termios.TCSAFLUSH, before)
    return heard

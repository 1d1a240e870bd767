"""All checks, one after the other, for the command line and for a session."""

import asyncio
import os
import platform
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.agent.health.budget_checks import check_monthly_budgets
from tui.agent.health.file_checks import check_privacy, check_settings, check_store
from tui.agent.health.health_finding import HealthFinding
from tui.agent.health.machine_checks import (
    check_colours,
    check_disk,
    check_keyboard,
    check_python,
    check_sandbox,
    check_terminal,
)
from tui.agent.health.server_checks import check_clock, check_key, check_server
from tui.agent.known_limits import known_limits
from tui.agent.sandbox.enforcement import Enforcement
from tui.budget.meters import LimitMeter
from tui.claude.catalogue import DEFAULT_BASE_URL, url_host
from tui.claude.catalogue_overrides import catalogue_from_settings
from tui.claude.proxies import proxy_variable
from tui.claude.server_probe import ServerProbe
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.user_folders import UserFolders


@dataclass(frozen=True, slots=True)
class CheckupSubject:
    """What is checked."""

    folders: UserFolders
    resolved: ResolvedSettings
    """The settings of the folder."""
    enforcement: Enforcement
    """What holds the commands of the model here."""
    base_url: str | None
    """The server; None for the API's own."""
    key_source: str
    """Where the key is from; empty where there is none."""
    folder: Path = Path()
    """The project folder."""
    probe: Callable[[], Awaitable[ServerProbe]] | None = None
    """Asks the server; None where it is not asked."""
    limits: Sequence[LimitMeter] = ()
    """The rate limits that the server told with its last answer."""


async def run_checkup(
    subject: CheckupSubject,
    *,
    refusal: str = "",
    keyboard: bytes | None = None,
    environment: Mapping[str, str] = os.environ,
) -> list[HealthFinding]:
    """Check everything. No check costs tokens or changes a file.

    Args:
        subject: What is checked.
        refusal: Why there can be no screen here; empty where there can be one.
        keyboard: What the terminal answered about its keyboard; None where it was not asked.
        environment: The variables.
    """
    columns_lines = shutil.get_terminal_size()
    found = [
        check_python(sys.version_info[:3], f"{platform.system()} {platform.machine()}"),
        check_terminal(environment, refusal, (columns_lines.columns, columns_lines.lines)),
    ]
    if not refusal:
        found.append(check_colours(environment))
    if keyboard is not None:
        found.append(check_keyboard(keyboard))
    found.append(check_sandbox(subject.enforcement))
    found += await asyncio.to_thread(_file_findings, subject)
    return [*found, *await _server_findings(subject)]


def _file_findings(subject: CheckupSubject) -> Sequence[HealthFinding]:
    folders = subject.folders
    return (
        check_store(folders),
        check_privacy(folders),
        check_disk(folders.data),
        *check_settings(subject.resolved, folders),
        *check_monthly_budgets(subject.resolved, folders, subject.folder, time.time()),
    )


def _rate_limits(subject: CheckupSubject) -> str:
    catalogue, _ = catalogue_from_settings(subject.resolved)
    settings = subject.resolved.settings.rate_limits
    return known_limits(settings, catalogue, subject.limits, time.time())


async def _server_findings(subject: CheckupSubject) -> list[HealthFinding]:
    address = subject.base_url or DEFAULT_BASE_URL
    host = url_host(address) or "the server"
    probe = await subject.probe() if subject.probe else None
    clock = check_clock(probe, time.time())
    return [
        check_key(subject.key_source, probe, host),
        check_server(probe, host, proxy_variable(address)),
        *([clock] if clock else []),
        HealthFinding("limits", "ok", f"rate limits: {_rate_limits(subject)}"),
    ]

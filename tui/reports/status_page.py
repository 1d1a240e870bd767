"""The page of `/status`: what runs here, with whom it talks, and where its files are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.known_limits import known_limits
from tui.reports.monthly_budget_rows import origin_rows
from tui.reports.summary_pages import markdown_table

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession

TRUST_WORDS = {
    True: "you trust this folder: its settings and memory files are used",
    False: "you do not trust this folder: its settings and memory files are not used",
    None: "not decided; /trust asks",
}


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What the page says of the program, beside the session."""

    version: str
    python: str
    """Version of Python."""
    settings_files: Sequence[Path]
    """Files of settings that are there, in the order in which they are read."""


def status_page(opened: "OpenSession", program: ProgramFacts) -> str:
    """What holds now, as a table in Markdown; no key is in it.

    Args:
        opened: The session.
        program: The program it runs in.
    """
    version = f"glideslope {program.version} · Python {program.python}"
    rows = [*_program_rows(opened, program), *_session_rows(opened)]
    return markdown_table(("version", version), rows)


def _program_rows(opened: "OpenSession", program: ProgramFacts) -> list[tuple[str, str]]:
    server = "the simulator, on this machine" if opened.simulated else opened.settings.host
    if opened.base_url and not opened.simulated:
        server += " (ANTHROPIC_BASE_URL)"
    effort = opened.model.effort(opened.state.effort)
    files = [str(path) for path in program.settings_files]
    return [
        ("model", opened.model.name + (f" · effort {effort}" if effort else "")),
        ("key", opened.key_source or "none found"),
        ("server", server),
        ("rate limits", _rate_limits(opened)),
        ("settings", ", ".join(files) or "no file: everything is built in; /config lists it"),
    ]


def _rate_limits(opened: "OpenSession") -> str:
    settings = opened.resolved.settings.rate_limits
    return known_limits(settings, opened.catalogue, opened.meters().limits, opened.now())


def _session_rows(opened: "OpenSession") -> list[tuple[str, str]]:
    state, held = opened.state, opened.sandbox.enforcement
    name = f"{state.name} · {state.session}" if state.name else state.session
    branch = f" · {opened.branch}" if opened.branch else ""
    sandbox = f"{held.summary} ({held.detail})" if held.detail else held.summary
    return [
        ("folder", f"{opened.folder}{branch}"),
        ("trust", TRUST_WORDS[opened.trusted]),
        *([("tag", state.tag)] if state.tag else []),
        *origin_rows(opened.runner.ctx.run.monthly_standings),
        ("mode", f"{state.mode} · set by {opened.setting('permissions.mode').origin}"),
        ("sandbox", sandbox if held.files else f"off. {held.why}".strip()),
        ("session", name),
        ("resume it", f"glideslope -r {state.session}"),
        ("its log", str(opened.log_path or "kept nowhere")),
    ]

"""Opening a session: the events a new one begins with, and what a resumed one still needs."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tui.agent.system_prompt import build_preamble
from tui.budget.wire_budget import Scope
from tui.session import events as ev


def initial_events(
    *,
    session: str,
    folder: Path,
    program: str,
    model: str,
    effort: str | None,
    mode: ev.Mode,
    tools: Iterable[ev.JSON],
    now: datetime,
    user_memory: Path,
    project_memory: bool = True,
) -> list[ev.Event]:
    """What the log of a new session begins with.

    Reads the memory files, so it belongs on a thread.
    """
    return [
        ev.SessionStarted(
            session=session,
            folder=str(folder),
            program=program,
            model=model,
            effort=effort,
            mode=mode,
        ),
        build_preamble(folder, tools, now, user_memory, project_memory=project_memory),
    ]


def initial_grant(total: int | None, scope: Scope, source: str) -> ev.BudgetGranted:
    """The grant a session starts with."""
    return ev.BudgetGranted(total=total, scope=scope, source=source)

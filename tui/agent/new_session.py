"""The events that a new session begins with."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tui.agent.repository import checked_out_branch
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
    copy_of: Path | None = None,
) -> list[ev.Event]:
    """The events that the log of a new session begins with.

    Reads the memory files, so call it on a thread.

    Args:
        session: The id of the session.
        folder: The project folder.
        program: Name and version of this program.
        model: Id of the model.
        effort: The effort level; None where the model has none.
        mode: The permission mode.
        tools: Tool definitions as sent.
        now: The local time.
        user_memory: The user's own memory file; it need not exist.
        project_memory: Whether the memory files of the project are read and sent.
        copy_of: The project folder that `folder` is a throw-away copy of; None if it is none.
    """
    return [
        ev.SessionStarted(
            session=session,
            folder=str(folder),
            program=program,
            model=model,
            effort=effort,
            mode=mode,
            branch=checked_out_branch(copy_of or folder),
            copy_of=str(copy_of or ""),
        ),
        build_preamble(folder, tools, now, user_memory, project_memory=project_memory),
    ]


def initial_grant(total: int | None, scope: Scope, source: str) -> ev.BudgetGranted:
    """The grant a session starts with."""
    return ev.BudgetGranted(total=total, scope=scope, source=source)

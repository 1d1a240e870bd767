"""What the commands do: one function for each id of the table, by heading of the help page."""

from tui.screens.command_handlers import (
    advised_budget,
    agent_commands,
    budget_commands,
    ledger_commands,
    model_commands,
    program_commands,
    sandbox_commands,
    session_commands,
    status_commands,
    warning_commands,
    widget_commands,
)
from tui.screens.command_handlers.handler_registry import HANDLERS, SESSION_HANDLERS, start_command

__all__ = [
    "HANDLERS",
    "SESSION_HANDLERS",
    "advised_budget",
    "agent_commands",
    "budget_commands",
    "ledger_commands",
    "model_commands",
    "program_commands",
    "sandbox_commands",
    "session_commands",
    "start_command",
    "status_commands",
    "warning_commands",
    "widget_commands",
]

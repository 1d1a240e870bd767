"""What the commands do: one function for each id of the table, by heading of the help page."""

from tui.screens.command_handlers import (
    budget_commands,
    composer_commands,
    ledger_commands,
    model_commands,
    program_commands,
    sandbox_commands,
    session_commands,
    trust_command,
    view_commands,
)
from tui.screens.command_handlers.handler_registry import HANDLERS

__all__ = [
    "HANDLERS",
    "budget_commands",
    "composer_commands",
    "ledger_commands",
    "model_commands",
    "program_commands",
    "sandbox_commands",
    "session_commands",
    "trust_command",
    "view_commands",
]

"""What the commands do: one function for each id of the table, by heading of the help page."""

from tui.screens.acts import (
    budget,
    commands,
    figures,
    model,
    program,
    session,
    trust,
    view,
    writing,
)
from tui.screens.acts.act import ACTS

__all__ = [
    "ACTS",
    "budget",
    "commands",
    "figures",
    "model",
    "program",
    "session",
    "trust",
    "view",
    "writing",
]

"""The register of acts: a function takes the chat and the words typed behind the name."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

CommandHandler = Callable[["ChatScreen", str], Awaitable[None] | None]

HANDLERS: dict[str, CommandHandler] = {}
"""By command id."""


def handles(*ids: str) -> Callable[[CommandHandler], CommandHandler]:
    """Register a function as what the commands `ids` do."""

    def register(function: CommandHandler) -> CommandHandler:
        for id in ids:
            HANDLERS[id] = function
        return function

    return register

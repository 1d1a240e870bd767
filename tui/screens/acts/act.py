"""The register of acts: a function takes the chat and the words typed behind the name."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

Act = Callable[["ChatScreen", str], Awaitable[None] | None]

ACTS: dict[str, Act] = {}
"""By command id."""


def act(*ids: str) -> Callable[[Act], Act]:
    """Register a function as what the commands `ids` do."""

    def register(function: Act) -> Act:
        for id in ids:
            ACTS[id] = function
        return function

    return register

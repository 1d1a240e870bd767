"""What the commands do, by id, and how one of them is called.

A handler takes the chat, then the open session where `tui.commands` says that the command needs
one, then its arguments. Words typed behind a slash name are parsed here, once: a handler gets
values.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar, overload

from tui.screens.command_handlers.command_arguments import ARGUMENT_ERRORS

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

Arguments = TypeVar("Arguments")
Started = Awaitable[None] | None
"""What is left to wait for, of a command that was started."""

PlainHandler = Callable[["ChatScreen"], Started]
TextHandler = Callable[["ChatScreen", str], Started]
SessionHandler = Callable[["ChatScreen", "OpenSession"], Started]
ArgumentsHandler = Callable[["ChatScreen", "OpenSession", Arguments], Started]

HANDLERS: dict[str, TextHandler] = {}
"""Of commands that need no session, by id; the text is what was typed behind the name."""

SESSION_HANDLERS: dict[str, ArgumentsHandler[str]] = {}
"""Of commands that need an open session, by id."""


def handles(id: str) -> Callable[[PlainHandler], PlainHandler]:
    """Register what a command does that takes no arguments."""

    def register(function: PlainHandler) -> PlainHandler:
        HANDLERS[id] = lambda chat, text: function(chat)
        return function

    return register


def handles_text(id: str) -> Callable[[TextHandler], TextHandler]:
    """Register what a command does with the words typed behind its name."""

    def register(function: TextHandler) -> TextHandler:
        HANDLERS[id] = function
        return function

    return register


@overload
def handles_in_session(id: str) -> Callable[[SessionHandler], SessionHandler]: ...


@overload
def handles_in_session(
    id: str, parse: "Callable[[str, OpenSession], Arguments]"
) -> Callable[[ArgumentsHandler[Arguments]], ArgumentsHandler[Arguments]]: ...


def handles_in_session(
    id: str, parse: "Callable[[str, OpenSession], Arguments] | None" = None
) -> Callable[[Callable[..., Started]], Callable[..., Started]]:
    """Register what a command does with the open session.

    Args:
        id: The command.
        parse: Makes the handler's arguments of the words typed behind the name; raises one of
            `ARGUMENT_ERRORS` where they are none. Without it the handler has no arguments.
    """

    def register(function: Callable[..., Started]) -> Callable[..., Started]:
        def run(chat: "ChatScreen", session: "OpenSession", text: str) -> Started:
            return function(chat, session, *([parse(text, session)] if parse else []))

        SESSION_HANDLERS[id] = run
        return function

    return register


def start_command(
    chat: "ChatScreen", session: "OpenSession | None", id: str, text: str = ""
) -> Started:
    """Do what a command does; words that are no arguments for it are refused in a sentence.

    Args:
        chat: The chat.
        session: The open session; not None for a command that needs one.
        id: The command.
        text: What was typed behind its name.
    """
    try:
        if id in HANDLERS:
            return HANDLERS[id](chat, text)
        assert session is not None, f"{id} needs a session"
        return SESSION_HANDLERS[id](chat, session, text)
    except ARGUMENT_ERRORS as error:
        chat.show_input_error(str(error))
        return None

"""Commands about writing: each is a method of the composer."""

from typing import TYPE_CHECKING

from tui.screens.command_handlers.handler_registry import handles

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


@handles("composer.submit")
def submit(chat: "ChatScreen", args: str) -> None:
    """Send the draft."""
    chat.composer.submit()


@handles("composer.newline")
def newline(chat: "ChatScreen", args: str) -> None:
    """Start a new line."""
    chat.composer.insert_text("\n")


@handles("composer.complete")
def complete(chat: "ChatScreen", args: str) -> None:
    """Complete a slash command or a file name."""
    chat.composer.complete()


@handles("composer.editor")
def editor(chat: "ChatScreen", args: str) -> None:
    """Write the prompt in the external editor."""
    chat.composer.open_editor()


@handles("history.search")
def search(chat: "ChatScreen", args: str) -> None:
    """Find an earlier prompt."""
    chat.composer.focus()
    chat.composer.search_history()


@handles("history.previous")
def previous_prompt(chat: "ChatScreen", args: str) -> None:
    """The prompt before."""
    chat.composer.previous_prompt()


@handles("history.next")
def next_prompt(chat: "ChatScreen", args: str) -> None:
    """The prompt after."""
    chat.composer.next_prompt()

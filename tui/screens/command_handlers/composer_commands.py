"""Commands about writing: each is a method of the composer."""

from typing import TYPE_CHECKING

from tui.screens.command_handlers.handler_registry import handles

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


@handles("composer.submit")
def submit(chat: "ChatScreen") -> None:
    """Send the draft."""
    chat.composer.submit()


@handles("composer.newline")
def newline(chat: "ChatScreen") -> None:
    """Start a new line."""
    chat.composer.insert_text("\n")


@handles("composer.complete")
def complete(chat: "ChatScreen") -> None:
    """Complete a slash command or a file name."""
    chat.composer.complete()


@handles("composer.editor")
def editor(chat: "ChatScreen") -> None:
    """Write the prompt in the external editor."""
    chat.composer.open_editor()


@handles("history.search")
def search(chat: "ChatScreen") -> None:
    """Find an earlier prompt."""
    chat.composer.focus()
    chat.composer.search_history()


@handles("history.previous")
def previous_prompt(chat: "ChatScreen") -> None:
    """The prompt before."""
    chat.composer.previous_prompt()


@handles("history.next")
def next_prompt(chat: "ChatScreen") -> None:
    """The prompt after."""
    chat.composer.next_prompt()

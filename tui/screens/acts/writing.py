"""Commands about writing: each is a method of the composer."""

from typing import TYPE_CHECKING

from tui.screens.acts.act import act

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


@act("composer.submit")
def submit(chat: "ChatScreen", args: str) -> None:
    """Send the draft."""
    chat.composer.submit()


@act("composer.newline")
def newline(chat: "ChatScreen", args: str) -> None:
    """Start a new line."""
    chat.composer.type("\n")


@act("composer.complete")
def complete(chat: "ChatScreen", args: str) -> None:
    """Complete a slash command or a file name."""
    chat.composer.complete()


@act("composer.editor")
def editor(chat: "ChatScreen", args: str) -> None:
    """Write the prompt in the external editor."""
    chat.composer.open_editor()


@act("history.search")
def search(chat: "ChatScreen", args: str) -> None:
    """Find an earlier prompt."""
    chat.composer.focus()
    chat.composer.search_history()


@act("history.previous")
def previous(chat: "ChatScreen", args: str) -> None:
    """The prompt before."""
    chat.composer.previous()


@act("history.next")
def next(chat: "ChatScreen", args: str) -> None:
    """The prompt after."""
    chat.composer.next()

"""Commands about what is seen: folds, panels, themes, moving in the transcript."""

from typing import TYPE_CHECKING

from tui.screens.acts.act import act

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

PAGE = 8
"""Rows of a question's preview that a page key moves by."""


@act("view.details")
def details(chat: "ChatScreen", args: str) -> None:
    """Unfold or fold everything."""
    chat.transcript.fold_all()


@act("view.checklist")
def checklist(chat: "ChatScreen", args: str) -> None:
    """Show or hide the checklist."""
    chat.toggle_class("-no-checklist")


@act("view.sidebar")
def sidebar(chat: "ChatScreen", args: str) -> None:
    """Show or hide the sidebar."""
    chat.toggle_class("-no-sidebar")


@act("app.redraw")
def redraw(chat: "ChatScreen", args: str) -> None:
    """Paint everything again."""
    chat.app.refresh(layout=True)
    chat.refresh(repaint=True, layout=True)


@act("transcript.find")
def find(chat: "ChatScreen", args: str) -> None:
    """Find words in the transcript."""
    chat.find_bar.open(args)


@act("transcript.find_next")
def find_next(chat: "ChatScreen", args: str) -> None:
    """The next place found."""
    chat.transcript.find_next()


@act("transcript.find_previous")
def find_previous(chat: "ChatScreen", args: str) -> None:
    """The place found before."""
    chat.transcript.find_previous()


@act("transcript.page_up")
def page_up(chat: "ChatScreen", args: str) -> None:
    """A page up: in the question that has the keys, else in the transcript."""
    if chat.question is None or not chat.question.look(-PAGE):
        chat.transcript.action_page_up()


@act("transcript.page_down")
def page_down(chat: "ChatScreen", args: str) -> None:
    """A page down: in the question that has the keys, else in the transcript."""
    if chat.question is None or not chat.question.look(PAGE):
        chat.transcript.action_page_down()


@act("transcript.top")
def top(chat: "ChatScreen", args: str) -> None:
    """To the beginning."""
    chat.transcript.action_scroll_home()


@act("transcript.end")
def end(chat: "ChatScreen", args: str) -> None:
    """To the end, and follow new output."""
    chat.transcript.action_scroll_end()


@act("transcript.focus")
def focus(chat: "ChatScreen", args: str) -> None:
    """Into the transcript: to the wrap-up card of the last turn, else to the last block in view."""
    chat.transcript.enter()


@act("transcript.leave")
def leave(chat: "ChatScreen", args: str) -> None:
    """Back to the composer."""
    chat.composer.focus()


@act("transcript.block_up")
def block_up(chat: "ChatScreen", args: str) -> None:
    """To the block above."""
    chat.transcript.action_block_up()


@act("transcript.block_down")
def block_down(chat: "ChatScreen", args: str) -> None:
    """To the block below."""
    chat.transcript.action_block_down()


@act("transcript.first")
def first(chat: "ChatScreen", args: str) -> None:
    """To the first block."""
    chat.transcript.action_block_first()


@act("transcript.last")
def last(chat: "ChatScreen", args: str) -> None:
    """To the last block."""
    chat.transcript.action_block_last()


@act("transcript.fold")
def fold(chat: "ChatScreen", args: str) -> None:
    """Fold or unfold the block, or choose what it offers."""
    chat.transcript.action_activate()


@act("transcript.copy")
def copy(chat: "ChatScreen", args: str) -> None:
    """Copy the selection, the block, or the last answer."""
    if chat.transcript.copied_text():
        chat.transcript.action_copy()
    else:
        chat.say_notice("There is nothing to copy yet.")

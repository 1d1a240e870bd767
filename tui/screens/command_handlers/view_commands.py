"""Commands about what is seen: folds, panels, themes, moving in the transcript."""

from typing import TYPE_CHECKING

from tui.screens.command_handlers.handler_registry import handles, handles_text

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

PREVIEW_PAGE_ROWS = 8
"""Rows of a question's preview that a page key moves by."""


@handles("view.details")
def details(chat: "ChatScreen") -> None:
    """Unfold or fold everything."""
    chat.transcript.updates.fold_all()


@handles("view.checklist")
def checklist(chat: "ChatScreen") -> None:
    """Show or hide the checklist."""
    chat.toggle_class("-no-checklist")


@handles("view.sidebar")
def sidebar(chat: "ChatScreen") -> None:
    """Show or hide the sidebar."""
    chat.toggle_class("-no-sidebar")


@handles("app.redraw")
def redraw(chat: "ChatScreen") -> None:
    """Paint everything again."""
    chat.app.refresh(layout=True)
    chat.refresh(repaint=True, layout=True)


@handles_text("transcript.find")
def find(chat: "ChatScreen", words: str) -> None:
    """Find words in the transcript."""
    chat.find_bar.open(words)


@handles("transcript.find_next")
def find_next(chat: "ChatScreen") -> None:
    """The next place found."""
    chat.transcript.search.find_next()


@handles("transcript.find_previous")
def find_previous(chat: "ChatScreen") -> None:
    """The place found before."""
    chat.transcript.search.find_previous()


@handles("transcript.page_up")
def page_up(chat: "ChatScreen") -> None:
    """A page up: in the question that has the keys, else in the transcript."""
    if not _scroll_question(chat, -PREVIEW_PAGE_ROWS):
        chat.transcript.action_page_up()


@handles("transcript.page_down")
def page_down(chat: "ChatScreen") -> None:
    """A page down: in the question that has the keys, else in the transcript."""
    if not _scroll_question(chat, PREVIEW_PAGE_ROWS):
        chat.transcript.action_page_down()


def _scroll_question(chat: "ChatScreen", rows: int) -> bool:
    """Scroll what the question that has the keys is about; False where there is nothing to."""
    question = chat.keys.focused_question
    return question is not None and question.scroll_subject(rows)


@handles("transcript.top")
def top(chat: "ChatScreen") -> None:
    """To the beginning."""
    chat.transcript.action_scroll_home()


@handles("transcript.end")
def end(chat: "ChatScreen") -> None:
    """To the end, and follow new output."""
    chat.transcript.action_scroll_end()


@handles("transcript.focus")
def focus(chat: "ChatScreen") -> None:
    """Into the transcript: to the wrap-up card of the last turn, else to the last block in view."""
    chat.transcript.focus_card_or_view()


@handles("transcript.leave")
def return_to_composer(chat: "ChatScreen") -> None:
    """Back to the composer."""
    chat.composer.focus()


@handles("transcript.block_up")
def block_up(chat: "ChatScreen") -> None:
    """To the block above."""
    chat.transcript.action_block_up()


@handles("transcript.block_down")
def block_down(chat: "ChatScreen") -> None:
    """To the block below."""
    chat.transcript.action_block_down()


@handles("transcript.first")
def first(chat: "ChatScreen") -> None:
    """To the first block."""
    chat.transcript.action_block_first()


@handles("transcript.last")
def last(chat: "ChatScreen") -> None:
    """To the last block."""
    chat.transcript.action_block_last()


@handles("transcript.fold")
def fold(chat: "ChatScreen") -> None:
    """Fold or unfold the block, or choose what it offers."""
    chat.transcript.action_activate()


@handles("transcript.copy")
def copy(chat: "ChatScreen") -> None:
    """Copy the selection, the block, or the last answer."""
    if chat.transcript.text_to_copy():
        chat.transcript.action_copy()
    else:
        chat.show_notice("There is nothing to copy yet.")

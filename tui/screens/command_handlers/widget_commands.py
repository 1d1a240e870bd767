"""Commands that a widget does: writing in the composer, moving in the transcript, what is shown."""

from typing import TYPE_CHECKING

from tui.screens.command_handlers.handler_registry import handles, handles_text

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

PREVIEW_PAGE_ROWS = 8
"""Rows of a question's preview that a page key moves by."""

handles("composer.submit")(lambda chat: chat.composer.submit())
handles("composer.newline")(lambda chat: chat.composer.insert_text("\n"))
handles("composer.complete")(lambda chat: chat.composer.complete())
handles("composer.editor")(lambda chat: chat.composer.open_editor())
handles("composer.undo")(lambda chat: chat.composer.draft.undo())
handles("composer.redo")(lambda chat: chat.composer.draft.redo())
handles("composer.yank")(lambda chat: chat.composer.draft.action_yank())
handles("composer.stash")(lambda chat: chat.composer.put_aside())
handles("composer.picture")(lambda chat: chat.composer.request_picture())
handles("history.previous")(lambda chat: chat.composer.previous_prompt())
handles("history.next")(lambda chat: chat.composer.next_prompt())

handles("view.details")(lambda chat: chat.transcript.updates.fold_all())
handles("transcript.find_next")(lambda chat: chat.searched.search.find_next())
handles("transcript.find_previous")(lambda chat: chat.searched.search.find_previous())
handles("transcript.top")(lambda chat: chat.transcript.action_scroll_home())
handles("transcript.end")(lambda chat: chat.transcript.action_scroll_end())
handles("transcript.focus")(lambda chat: chat.transcript.focus_view())
handles("transcript.block_up")(lambda chat: chat.transcript.action_block_up())
handles("transcript.block_down")(lambda chat: chat.transcript.action_block_down())
handles("transcript.prompt_up")(lambda chat: chat.transcript.action_prompt_up())
handles("transcript.prompt_down")(lambda chat: chat.transcript.action_prompt_down())
handles("transcript.first")(lambda chat: chat.transcript.action_block_first())
handles("transcript.last")(lambda chat: chat.transcript.action_block_last())
handles("transcript.fold")(lambda chat: chat.transcript.action_activate())


@handles_text("transcript.find")
def open_find_bar(chat: "ChatScreen", words: str) -> None:
    """Look for words in the page of the panel, else in the transcript."""
    place = "the transcript" if chat.panel_area.searched is None else "this page"
    chat.find_bar.open(words, place)


@handles("history.search")
def search_history(chat: "ChatScreen") -> None:
    """Move into the composer and look for an earlier prompt there."""
    chat.composer.focus()
    chat.composer.search_history()


@handles("transcript.leave")
def return_to_composer(chat: "ChatScreen") -> None:
    """Move from the transcript back into the composer."""
    chat.composer.focus()


@handles("panel.close")
def close_panel(chat: "ChatScreen") -> None:
    """Close the panel that is open; one that has the keys goes a level back where there is one."""
    panel = chat.panel_area.panel
    if panel is None or not panel.has_focus_within or not panel.back():
        chat.panel_area.close()


@handles("view.checklist")
def toggle_checklist(chat: "ChatScreen") -> None:
    """Show or hide the checklist."""
    chat.toggle_class("-no-checklist")


@handles("view.sidebar")
def toggle_sidebar(chat: "ChatScreen") -> None:
    """Show or hide the sidebar."""
    chat.toggle_class("-no-sidebar")


@handles("app.redraw")
def redraw(chat: "ChatScreen") -> None:
    """Lay out and paint the whole screen again."""
    chat.app.refresh(layout=True)
    chat.refresh(repaint=True, layout=True)


@handles("transcript.page_up")
def page_up(chat: "ChatScreen") -> None:
    """Scroll up by a page: the question or the panel that has the keys, else the transcript."""
    if not (_scroll_question(chat, -PREVIEW_PAGE_ROWS) or _scroll_panel(chat, -1)):
        chat.transcript.action_page_up()


@handles("transcript.page_down")
def page_down(chat: "ChatScreen") -> None:
    """Scroll down by a page: the question or the panel that has the keys, else the transcript."""
    if not (_scroll_question(chat, PREVIEW_PAGE_ROWS) or _scroll_panel(chat, 1)):
        chat.transcript.action_page_down()


def _scroll_question(chat: "ChatScreen", rows: int) -> bool:
    """Scroll what the question that has the keys is about; False where all of it is in view."""
    question = chat.keys.focused_question
    return question is not None and question.scroll_subject(rows)


def _scroll_panel(chat: "ChatScreen", pages: int) -> bool:
    """Scroll the panel that has the keys; False where none has."""
    panel = chat.panel_area.panel
    if panel is None or not panel.has_focus:
        return False
    panel.action_page_body(pages)
    return True


@handles("transcript.copy")
def copy(chat: "ChatScreen") -> None:
    """Copy the selection, the block, or the last answer."""
    if chat.transcript.text_to_copy():
        chat.transcript.action_copy()
    else:
        chat.show_notice("There is nothing to copy yet.")

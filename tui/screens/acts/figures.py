"""The command that opens the entries behind a figure."""

from typing import TYPE_CHECKING

from tui.screens.acts.act import act
from tui.widgets.budget_words import outlook_words
from tui.widgets.figure_rows import FIGURES

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen
    from tui.screens.session_view import SessionView
    from tui.widgets.figure_page import Page
    from tui.widgets.figure_rows import Figure


@act("entries.show")
def show(chat: "ChatScreen", args: str) -> None:
    """Open the entries behind a figure, by its name."""
    from tui.widgets.figure_page import FigurePage

    word = args.lower() or FIGURES[0]
    figure = next((each for each in FIGURES if each == word), None)
    if figure is None:
        chat.say_notice(f"There are entries behind {', '.join(FIGURES)}.", "error")
    elif chat.view is not None:
        chat.app.push_screen(FigurePage(page(chat.view, figure)))


def show_subtask(chat: "ChatScreen", subtask: str | None) -> None:
    """Open the entries of one subtask; None: of what is charged to none."""
    from tui.screens import entries
    from tui.widgets.figure_page import FigurePage

    if chat.view is not None:
        state, statement = chat.view.opened.state, chat.view.statement
        chat.app.push_screen(FigurePage(entries.subtask_page(state, statement, subtask)))


def page(view: "SessionView", figure: "Figure") -> "Page":
    """The page behind `figure`."""
    from tui.screens import bill, entries

    state, statement, figures = view.opened.state, view.statement, view.figures
    match figure:
        case "budget":
            return entries.budget_page(state, statement)
        case "subtasks":
            return entries.subtasks_page(state, statement, outlook_words(figures.outlook))
        case "billed":
            return bill.billed_page(state, statement)
        case "context":
            return entries.context_page(state, statement, figures.context.window)
        case "limits":
            return entries.limits_page(figures.limits, view.opened.driver.means.now())
        case "time":
            return entries.time_page(state, statement)

"""The command that opens the entries behind a figure."""

from typing import TYPE_CHECKING

from tui.reports.budget_words import forecast_words
from tui.screens.command_handlers.handler_registry import handles
from tui.widgets.figure_rows import FIGURES

if TYPE_CHECKING:
    from tui.reports.detail_page import DetailPage
    from tui.screens.chat import ChatScreen
    from tui.screens.session_controller import SessionController
    from tui.widgets.figure_rows import Figure


@handles("entries.show")
def show_figure_page(chat: "ChatScreen", args: str) -> None:
    """Open the entries behind a figure, by its name."""
    from tui.widgets.detail_screen import DetailScreen

    word = args.lower() or FIGURES[0]
    figure = next((each for each in FIGURES if each == word), None)
    if figure is None:
        chat.show_notice(f"There are entries behind {', '.join(FIGURES)}.", "error")
    elif chat.controller is not None:
        chat.app.push_screen(DetailScreen(figure_page(chat.controller, figure)))


def show_subtask_page(chat: "ChatScreen", subtask: str | None) -> None:
    """Open the entries of one subtask; None: of what is charged to none."""
    from tui.reports import ledger_pages
    from tui.widgets.detail_screen import DetailScreen

    if chat.controller is not None:
        state, statement = chat.controller.session.state, chat.controller.statement
        chat.app.push_screen(DetailScreen(ledger_pages.subtask_page(state, statement, subtask)))


def figure_page(view: "SessionController", figure: "Figure") -> "DetailPage":
    """The page behind `figure`."""
    from tui.reports import billing_page, ledger_pages

    state, statement, figures = view.session.state, view.statement, view.meters
    match figure:
        case "budget":
            return ledger_pages.budget_page(state, statement)
        case "subtasks":
            return ledger_pages.subtasks_page(state, statement, forecast_words(figures.forecast))
        case "billed":
            return billing_page.billing_page(state, statement)
        case "context":
            return ledger_pages.context_page(state, statement, figures.context.window)
        case "limits":
            return ledger_pages.limits_page(figures.limits, view.session.runner.ctx.now())
        case "time":
            return ledger_pages.time_page(state, statement)

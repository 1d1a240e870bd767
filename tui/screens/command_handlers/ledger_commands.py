"""The command that opens the entries behind a figure."""

from typing import TYPE_CHECKING

from tui.reports.budget_words import fit_words
from tui.screens.command_handlers.command_arguments import parse_figure
from tui.screens.command_handlers.handler_registry import handles_in_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.agent.open_session import OpenSession
    from tui.reports.detail_page import DetailPage
    from tui.screens.chat import ChatScreen
    from tui.widgets.figure_rows import EntriesFigure


@handles_in_session("entries.show", parse_figure)
def show_figure_page(chat: "ChatScreen", session: "OpenSession", figure: "EntriesFigure") -> None:
    """Open the entries behind a figure, by its name."""
    _open_details(chat, lambda: figure_page(chat, session, figure))


def show_subtask_page(chat: "ChatScreen", subtask: str | None) -> None:
    """Open the entries of one subtask; None: of what is charged to none."""
    from tui.reports import ledger_pages

    session = chat.session
    if session is not None:
        _open_details(
            chat, lambda: ledger_pages.subtask_page(session.state, chat.usage_details, subtask)
        )


def _open_details(chat: "ChatScreen", source: "Callable[[], DetailPage]") -> None:
    from tui.widgets.detail_table import DetailTable
    from tui.widgets.panel import Panel

    table = DetailTable(source)
    chat.open_panel(Panel(table.title, table, keys="↑ ↓ scroll"))


def figure_page(
    chat: "ChatScreen", session: "OpenSession", figure: "EntriesFigure"
) -> "DetailPage":
    """The page that lists what `figure` counts."""
    from tui.reports import billing_page, ledger_pages

    state, statement, figures = session.state, chat.usage_details, chat.meters
    match figure:
        case "budget":
            return ledger_pages.budget_page(state, statement)
        case "subtasks":
            return ledger_pages.subtasks_page(
                state, statement, fit_words(figures.forecast, figures.fit)
            )
        case "billed":
            return billing_page.billing_page(state, statement)
        case "context":
            return ledger_pages.context_page(state, statement, figures.context.window)
        case "limits":
            return ledger_pages.limits_page(figures.limits, session.now())
        case "time":
            return ledger_pages.time_page(state, statement)

"""Where a budget of the advisor goes: to the session, to the first prompt, or to a limit question.

Whoever opens the advisor from the offer above the composer or from a reached limit comes back
there with the figure; nothing is given before the prompt is sent or the extension is confirmed.
"""

from typing import TYPE_CHECKING

from tui.agent.spend_warnings import usable_budget
from tui.number_format import format_tokens
from tui.screens.advisor_view import AdvisorView
from tui.screens.command_handlers.budget_change import change_budget
from tui.screens.command_handlers.command_arguments import parse_kind
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.screens.command_handlers.setting_file import save_setting
from tui.settings.amounts import Tokens
from tui.settings.problems import Layer
from tui.settings.settings_schema import SETTINGS_BY_KEY
from tui.widgets.limit_question import LimitQuestion

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.budget.task_kinds import TaskKind
    from tui.screens.chat import ChatScreen


@handles_in_session("budget.advise", parse_kind)
def advise(chat: "ChatScreen", session: "OpenSession", kind: "TaskKind | None") -> None:
    """Show what tasks of a kind take, and let the user choose a budget from it."""

    def give(tokens: int, save: Layer | None) -> None:
        chat.run_worker(change_budget(chat, session, Tokens(tokens), save))

    AdvisorView(chat, session, give).open(kind)


@handles_in_session("budget.ask_advisor")
def ask_advisor(chat: "ChatScreen", session: "OpenSession") -> None:
    """Open the advisor where a budget is asked for, and come back there with the figure."""
    question = chat.live_pane.question
    if question is not None and question.kind is LimitQuestion.kind and question.offers("extend"):
        AdvisorView(
            chat, session, lambda *chosen: _extend(chat, session, *chosen), "extends to {} tokens"
        ).open(None)
    elif chat.controller is not None and chat.controller.first_budget.is_offered:
        AdvisorView(
            chat, session, lambda *chosen: _offer(chat, session, *chosen), "chooses {} tokens"
        ).open(None)
    else:
        advise(chat, session, None)


def _offer(chat: "ChatScreen", session: "OpenSession", tokens: int, save: Layer | None) -> None:
    """Choose the budget of the first prompt."""
    if chat.controller is not None:
        chat.controller.first_budget.choose(tokens)
    _keep(chat, session, tokens, save)


def _extend(chat: "ChatScreen", session: "OpenSession", tokens: int, save: Layer | None) -> None:
    """Put what is missing to a budget into the line of the question about the limit."""
    question, usable = chat.live_pane.question, usable_budget(session.state)
    if question is not None and usable is not None and tokens > usable:
        question.answer_with("extend", format_tokens(tokens - usable))
    elif question is not None and usable is not None:
        question.take_focus_now()
        have = f"{format_tokens(usable)} are no less than {format_tokens(tokens)}"
        chat.show_brief_notice(f"This work has that already: {have}.")
    _keep(chat, session, tokens, save)


def _keep(chat: "ChatScreen", session: "OpenSession", tokens: int, save: Layer | None) -> None:
    if save is not None:
        setting = SETTINGS_BY_KEY["task_budget"]
        chat.run_worker(save_setting(chat, session, setting, tokens, save))

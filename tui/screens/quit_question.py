"""Quitting while agents work: who works, and whether the program waits for them."""

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled, WorkerFailed

from tui.reports.team_page import at_work_words
from tui.widgets.option_rows import Option
from tui.widgets.select_dialog import SelectDialog

if TYPE_CHECKING:
    from tui.agent.team.crew import Crew
    from tui.screens.chat import ChatScreen

QUIT, WAIT = "quit", "wait"
OPTIONS = (
    Option(QUIT, "Quit", "they go on when you come back; ctrl+c does the same"),
    Option(WAIT, "Wait", "quit as soon as all are done"),
)


async def may_quit(chat: "ChatScreen") -> bool:
    """Whether the program ends now. Asks while agents work; in a worker only."""
    crew = chat.session.crew if chat.session is not None else None
    if chat.session is None or crew is None or not crew.at_work:
        return True
    title = at_work_words(chat.session.state.team, crew.at_work)
    chosen = await chat.app.push_screen_wait(
        SelectDialog(title, OPTIONS, ctrl_c=QUIT, escape="stays")
    )
    if chosen == WAIT:
        chat.show_notice("The program quits as soon as all agents are done.")
        return await _all_done(chat, crew)
    return chosen == QUIT


async def _all_done(chat: "ChatScreen", crew: "Crew") -> bool:
    """Wait for the agents and the turn; says whether the program still is to end then."""
    session = chat.session
    while turns := [each for each in chat.workers if each.group == "turn" and not each.is_finished]:
        with suppress(WorkerFailed, WorkerCancelled):
            await chat.workers.wait_for_complete(turns)
    await crew.until_done()
    if chat.session is session and not chat.composer.is_empty:
        chat.show_notice("All agents are done. The program stays: you are writing something.")
    return chat.session is session and chat.composer.is_empty

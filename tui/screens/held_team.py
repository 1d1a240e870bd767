"""Escape while agents work: everybody stands still, and the user says how it goes on."""

from typing import TYPE_CHECKING

from tui.number_format import count_with_noun, format_tokens
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option
from tui.widgets.select_dialog import SelectDialog

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.agent.team.crew import Crew
    from tui.screens.chat import ChatScreen

GO_ON, STOP_LEAD, STOP_ALL, QUIT = "go on", "stop the lead", "stop all", "quit"


def hold_team(chat: "ChatScreen", session: "OpenSession") -> bool:
    """Hold the session and its agents, and ask; says whether there are agents at work.

    Agents that report because they were stopped are stopped at once instead.
    """
    crew = session.crew
    if crew is not None and crew.stopping.reports_are_due:
        crew.stopping.at_once()
        return False
    if crew is None or crew.held or not crew.at_work:
        return False
    crew.hold()
    chat.run_worker(_ask(chat, session, crew), group="ask", exit_on_error=False)
    return True


async def _ask(chat: "ChatScreen", session: "OpenSession", crew: "Crew") -> None:
    names, has_turn = crew.at_work, chat.running
    who = count_with_noun(len(names), "agent")
    alone = f"{who} {'stands' if len(names) == 1 else 'stand'} still"
    title = f"Held: the lead and {who} stand still" if has_turn else f"Held: {alone}"
    stop_lead = Option(STOP_LEAD, "Stop the lead only", "the agents go on to their end")
    stop_all = Option(STOP_ALL, "Stop all", "each reports from its reserve; Escape does the same")
    leave = Option(QUIT, "Quit", "they go on when you come back; ctrl+c does the same")
    options = [Option(GO_ON, "Go on", "as if nothing had been")]
    options += [stop_lead, stop_all] if has_turn else [stop_all]
    options += [*(_stop_option(session, name) for name in names), leave]
    chosen: str | None = None
    try:
        chosen = await chat.app.push_screen_wait(
            SelectDialog(title, options, ctrl_c=QUIT, escape="stops all")
        )
    finally:
        if chosen == QUIT:
            await chat.host.shut_down()
        elif chosen in (None, STOP_ALL):
            crew.stopping.with_reports()
            if has_turn:
                session.runner.interrupt()
        elif chosen == STOP_LEAD:
            crew.stopping.leave_to_themselves()
            session.runner.interrupt()
        elif chosen != GO_ON:
            crew.stop(chosen or "")
        crew.release()


def _stop_option(session: "OpenSession", name: str) -> Option:
    team = session.state.team
    agent = team.agents[name]
    used = f"{format_tokens(agent.charged)} of {format_tokens(team.reserved(name))} used"
    doing = f", {flatten(agent.doing, 40)}" if agent.doing else ""
    return Option(name, f"Stop {flatten(name, 30)}", f"{used}{doing}; the others go on")

"""Commands about the agents of a session."""

from typing import TYPE_CHECKING

from tui.number_format import format_tokens
from tui.screens.command_handlers.agent_arguments import (
    AgentWish,
    DecideWork,
    ExtendAgent,
    GoOnAgent,
    OpenAgent,
    PauseAgent,
    StopAgent,
    TellAgent,
    parse_agent_wish,
    unknown_agent_sentence,
)
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.session.events import WorkDecision
from tui.widgets.line_widget import flatten

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


Act = TellAgent | ExtendAgent | StopAgent | PauseAgent | GoOnAgent | DecideWork
_DECIDED: dict[WorkDecision, str] = {
    "applied": "what fits of its work is in your folder.",
    "merged": "its work is in your folder; look for the marks of conflicts.",
    "kept": "its branch stays as it is.",
    "discarded": "its branch is deleted.",
}


@handles_in_session("agents.show", parse_agent_wish)
async def agents(chat: "ChatScreen", session: "OpenSession", wish: AgentWish | None) -> None:
    """Show the team of agents, or do something with one of it."""
    if wish is None or isinstance(wish, OpenAgent):
        await _show(chat, session, wish)
        return
    if wish.name not in session.state.team.agents:
        chat.show_input_error(unknown_agent_sentence(wish.name))
        return
    crew = session.crew
    if isinstance(wish, GoOnAgent) and crew is not None and crew.pausing.is_paused(wish.name):
        cold = await crew.pausing.end(wish.name)
        chat.show_brief_notice(f"{flatten(wish.name, 30)} goes on. {cold}".rstrip())
        return
    if problem := await _act(session, wish):
        chat.show_input_error(problem)
    else:
        chat.show_brief_notice(_done(wish))


async def _show(chat: "ChatScreen", session: "OpenSession", wish: OpenAgent | None) -> None:
    from tui.screens.agents_view import AgentsView

    if wish is not None and wish.name not in session.state.team.agents:
        chat.show_input_error(unknown_agent_sentence(wish.name))
        return
    view = AgentsView(chat, session)
    if wish is None:
        view.open()
    else:
        view.open_agent((wish.name,))


async def _act(session: "OpenSession", wish: Act) -> str:
    """Do it; a sentence where it cannot be done."""
    crew, name = session.crew, wish.name
    idle = f"{flatten(name, 30)} is not at work."
    if crew is None:
        return idle
    match wish:
        case TellAgent(words=words):
            return "" if crew.steer(name, words) else idle
        case ExtendAgent(tokens=tokens):
            return await crew.extend(name, tokens)
        case StopAgent():
            return "" if crew.stop(name) else idle
        case PauseAgent():
            return await crew.pausing.begin(name)
        case DecideWork(decision=decision):
            return await crew.workplaces.decide(name, decision)
        case GoOnAgent() if session.state.mode == "plan":
            return "No agent works in mode plan: it is paid from the pool. Change the mode first."
        case GoOnAgent():
            return "" if crew.go_on(name) else f"{flatten(name, 30)} does not wait to go on."


def _done(wish: Act) -> str:
    name = flatten(wish.name, 30)
    match wish:
        case TellAgent():
            return f"{name} reads that before its next request."
        case ExtendAgent(tokens=tokens):
            return f"{name} has {format_tokens(tokens)} more."
        case PauseAgent():
            return f"{name} is paused once its request and its tool are done; /agents go {name}."
        case StopAgent():
            return f"{name} stops; what it did not use goes back to the pool."
        case DecideWork(decision=decision):
            return f"{name}: {_DECIDED[decision]}"
        case GoOnAgent():
            return f"{name} goes on; the model reads its report with your next prompt."

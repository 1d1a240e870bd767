"""The command about folder trust, and what its question shows in full."""

from typing import TYPE_CHECKING

from tui.screens.command_handlers.handler_registry import handles_in_session

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


@handles_in_session("trust.show")
async def show(chat: "ChatScreen", session: "OpenSession") -> None:
    """Ask again whether the folder is trusted."""
    question = await chat.opener.trust_question(None, again=True)
    if question is None:
        chat.show_notice("This folder brings no settings and no memory files.")
        return
    answer = await chat.ask_trust(question)
    if answer == "later":
        chat.show_notice("Nothing was changed.")
        return
    if problem := await chat.opener.answer_trust(question, answer):
        chat.show_notice(problem, "warning")
    words = "is not trusted" if answer == "no" else "is trusted"
    chat.show_notice(f"This folder {words} from the next session on: /new starts one.")

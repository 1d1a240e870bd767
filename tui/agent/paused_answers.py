"""Messages that stopped for a pause: the server expects to be asked again."""

from tui.agent import model_notes
from tui.agent.turn_end import end_turn
from tui.agent.turn_items import Emit
from tui.claude.response import Response
from tui.session.state import SessionState

MAX_IN_A_ROW = 10
"""How often in a row a message may stop for a pause."""
TOO_MANY_PAUSES = f"The model paused {MAX_IN_A_ROW} times in a row. Say “continue” to go on."


class PausedAnswers:
    """What becomes of the paused messages of one turn."""

    def __init__(self, state: SessionState, emit: Emit) -> None:
        self._state = state
        self._emit = emit
        self._in_a_row = 0

    def reset(self) -> None:
        """The model went on: it asked for tools."""
        self._in_a_row = 0

    async def handle(self, response: Response) -> None:
        """Go on from a paused message, which is sent back as it is; too often, end the turn."""
        self._in_a_row += 1
        if self._in_a_row > MAX_IN_A_ROW:
            await self._emit(*end_turn(self._state, "error", TOO_MANY_PAUSES))
        elif not _server_continues(response):
            await self._emit(model_notes.paused())


def _server_continues(response: Response) -> bool:
    """Whether the server goes on from the message, sent back as it is; else it is a prefill."""
    last = str(response.blocks[-1].get("type")) if response.blocks else ""
    return last.startswith("server_tool") or last.endswith("_tool_result")

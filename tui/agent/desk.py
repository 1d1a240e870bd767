"""The desk: where what the user says during a turn is left for the agent to pick up.

The screen puts answers, steering and interrupts on it; the agent reads them when it gets
there. It is the only way from the screen into a running turn.
"""

import asyncio
from dataclasses import dataclass

from tui.session.events import PermissionScope


@dataclass(frozen=True, slots=True)
class Answer:
    """The user's answer to a permission question."""

    answer: PermissionScope
    reason: str = ""
    """Why not, for the model to read."""


class Desk:
    """One turn's mailbox."""

    def __init__(self) -> None:
        self.interrupt = asyncio.Event()
        """Set to stop the turn as soon as it can stop."""
        self.steering: list[str] = []
        """Texts to send beside the next results."""
        self._answers: dict[str, asyncio.Future[Answer]] = {}

    def answer(self, tool_use: str, answer: Answer) -> None:
        """Answer a question, asked or about to be asked; the first answer stands."""
        future = self._future(tool_use)
        if not future.done():
            future.set_result(answer)

    async def answered(self, tool_use: str) -> Answer:
        """Wait for the answer to a question."""
        return await self._future(tool_use)

    def take_steering(self) -> list[str]:
        """What the user wrote since the last time, oldest first."""
        texts, self.steering = self.steering, []
        return texts

    def _future(self, tool_use: str) -> asyncio.Future[Answer]:
        if tool_use not in self._answers:
            self._answers[tool_use] = asyncio.get_running_loop().create_future()
        return self._answers[tool_use]

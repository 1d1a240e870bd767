"""The desk: where what the user says during a turn is left for the agent to pick up.

The screen puts answers, steering and interrupts on it; the agent reads them when it gets
there. It is the only way from the screen into a running turn.
"""

import asyncio
from dataclasses import dataclass

from tui.session.events import LimitAnswered, PermissionScope


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
        self.interrupted_by = ""
        """What stops the turn, as a sentence; empty where the user does."""
        self.out_of_time = False
        """Whether the limit in minutes is what set `interrupt`: then the turn asks how to go on."""
        self.steering: list[str] = []
        """Texts to send beside the next results."""
        self._limit: asyncio.Future[LimitAnswered] | None = None
        self._questions: dict[str, asyncio.Future[Answer]] = {}

    def begin(self) -> None:
        """Something new begins: what interrupted the last one is over."""
        self.interrupt.clear()
        self.interrupted_by, self.out_of_time = "", False

    def stop(self, why: str = "") -> None:
        """Stop the turn; see `Driver.interrupt`. It goes before the limit in minutes."""
        self.interrupted_by, self.out_of_time = why, False
        self.interrupt.set()

    def run_out_of_time(self) -> None:
        """Stop what the turn is doing, so that it asks how to go on."""
        if not self.interrupt.is_set():
            self.out_of_time = True
            self.interrupt.set()

    def ask(self, tool_use: str) -> None:
        """Open a question: from now on it can be answered."""
        self._questions[tool_use] = asyncio.get_running_loop().create_future()

    def answer(self, tool_use: str, answer: Answer) -> None:
        """Answer an open question; the first answer stands.

        An answer to anything else is dropped, so that it can never be taken for the answer
        to a later question: some servers give their calls the same ids again and again.
        """
        question = self._questions.get(tool_use)
        if question is not None and not question.done():
            question.set_result(answer)

    async def answered(self, tool_use: str) -> Answer:
        """Wait for the answer to an open question, and close it."""
        try:
            return await self._questions[tool_use]
        finally:
            del self._questions[tool_use]

    def ask_limit(self) -> None:
        """Open the question of a reached limit."""
        self._limit = asyncio.get_running_loop().create_future()

    def answer_limit(self, answer: LimitAnswered) -> None:
        """Answer the question of a reached limit; without one it is dropped."""
        if self._limit is not None and not self._limit.done():
            self._limit.set_result(answer)

    async def limit_answered(self) -> LimitAnswered:
        """Wait for the answer to a reached limit, and close the question."""
        assert self._limit is not None, "the question is opened first"
        try:
            return await self._limit
        finally:
            self._limit = None

    def take_steering(self) -> list[str]:
        """What the user wrote since the last time, oldest first."""
        texts, self.steering = self.steering, []
        return texts

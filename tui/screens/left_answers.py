"""Answers that were left for other sessions: written, and followed until they are taken."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tui.session.answer_file import OutsideAnswer, answer_path, leave_answer

PATIENCE = 4.0
"""Seconds in which a session that works takes an answer; it looks once a second."""
LEFT = "Your answer is left for the session; it takes it within a second."
NOT_TAKEN = (
    "The session did not take your answer: its program may be an older one, or stopped. "
    "Answer in its own window."
)


class LeftAnswers:
    """The answers of one list."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Args: now: seconds of a clock."""
        self._now = now
        self._until: dict[Path, float | None] = {}
        """When each should have been taken; None while it is being written."""

    def has(self, session: Path, seq: int) -> bool:
        """Whether the question of event `seq` is answered and its answer not taken yet."""
        return answer_path(session, seq) in self._until

    def begin(self, session: Path, seq: int) -> None:
        """An answer is about to be left: the question is asked no more."""
        self._until[answer_path(session, seq)] = None

    async def leave(self, session: Path, answer: OutsideAnswer) -> str:
        """Leave an answer that was begun; why it could not be left, as a sentence, or nothing."""
        path = answer_path(session, answer.event)
        try:
            await asyncio.to_thread(leave_answer, session, answer)
        except OSError as error:
            del self._until[path]
            return f"Your answer could not be left: {error.strerror}."
        self._until[path] = self._now() + PATIENCE
        return ""

    def follow(self) -> str | None:
        """See which answers were taken; take those back that should have been.

        Returns:
            What there is to say about it; empty where the last one was taken, None for nothing.
        """
        said = None
        for path, until in list(self._until.items()):
            if until is None:
                continue
            taken = not path.exists()
            if taken or self._now() > until:
                del self._until[path]
                said = "" if taken else NOT_TAKEN
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        return said

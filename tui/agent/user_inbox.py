"""The inbox of a turn: what the user does while the turn works.

The screen puts answers, steering and interrupts into it, and the agent reads them at its next step.
It is the only way from the screen into a running turn.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tui.session.events import LimitAnswered, PermissionAnswered, PermissionScope


@dataclass(frozen=True, slots=True)
class PermissionAnswer:
    """The user's answer to a permission question."""

    answer: PermissionScope
    reason: str = ""
    """Why not, for the model to read."""
    rule: str = ""
    """The rule as the user wrote it; empty for the one that was offered."""
    source: str = ""
    """The other process that gave it, in words; empty for this one."""

    def event(self, tool_use: str, rules: tuple[str, ...] = ()) -> PermissionAnswered:
        """The answer as it is logged.

        Args:
            tool_use: Id of the question.
            rules: What it allows from now on.
        """
        return PermissionAnswered(
            tool_use=tool_use,
            answer=self.answer,
            reason=self.reason,
            rules=rules,
            source=self.source,
        )


class UserInbox:
    """Takes what the user does while a turn works: answers, steering, an interrupt."""

    def __init__(self) -> None:
        self.interrupt = asyncio.Event()
        """Set to stop the turn as soon as it can stop."""
        self.interrupted_by = ""
        """What stops the turn, as a sentence; empty where the user does."""
        self.timed_out = False
        """Whether the limit in minutes is what set `interrupt`: then the turn asks how to go on."""
        self.report_wish = ""
        """Why the turn is to report what it has and end, as a sentence; empty where it is not."""
        self.steering: list[str] = []
        """Texts to send beside the next results."""
        self._limit: asyncio.Future[LimitAnswered] | None = None
        self._questions: dict[str, asyncio.Future[PermissionAnswer]] = {}
        self._rule_checks: dict[str, Callable[[str], str]] = {}
        """Of open questions whose rule may be changed."""
        self._covers: dict[str, Callable[[], bool]] = {}
        """Of open questions that a rule may answer: whether one does by now."""

    def reset(self) -> None:
        """A new turn begins: forget what interrupted the last one."""
        self.interrupt.clear()
        self.interrupted_by, self.timed_out, self.report_wish = "", False, ""

    def interrupt_turn(self, why: str = "") -> None:
        """Stop the turn; see `SessionRunner.interrupt`. It goes before the limit in minutes."""
        self.interrupted_by, self.timed_out = why, False
        self.interrupt.set()

    def time_out(self) -> None:
        """Stop what the turn is doing, so that it asks how to go on."""
        if not self.interrupt.is_set():
            self.timed_out = True
            self.interrupt.set()

    def ask_for_report(self, why: str) -> None:
        """Cut off what the turn is doing: it reports what it has, and ends.

        Args:
            why: What stops it, as a sentence.
        """
        self.report_wish = why
        self.time_out()

    def open_question(
        self,
        tool_use: str,
        check_rule: Callable[[str], str] | None = None,
        is_covered: Callable[[], bool] | None = None,
    ) -> None:
        """Open a question: from now on it can be answered.

        Args:
            tool_use: The call it is about.
            check_rule: Says why a rule does not fit the call; None where none may be granted.
            is_covered: Says whether the rules allow the call by now; may take long.
        """
        self._questions[tool_use] = asyncio.get_running_loop().create_future()
        if check_rule is not None:
            self._rule_checks[tool_use] = check_rule
        if is_covered is not None:
            self._covers[tool_use] = is_covered

    async def answer_covered(self) -> None:
        """The user allowed more: what asks for no more than that has its answer."""
        for tool_use, is_covered in list(self._covers.items()):
            if await asyncio.to_thread(is_covered):
                self.answer_question(tool_use, PermissionAnswer("once"))

    def rule_problem(self, tool_use: str, rule: str) -> str:
        """Why a rule that the user wrote cannot be granted at an open question; empty if it can."""
        check = self._rule_checks.get(tool_use)
        return "No rule can be granted here." if check is None else check(rule)

    def answer_question(self, tool_use: str, answer: PermissionAnswer) -> None:
        """Answer an open question; only the first answer counts.

        The inbox drops an answer to anything else, so that it can never be taken for the answer
        to a later question: some servers give their calls the same ids again and again.
        """
        question = self._questions.get(tool_use)
        if question is not None and not question.done():
            question.set_result(answer)

    async def wait_for_answer(self, tool_use: str) -> PermissionAnswer:
        """Wait for the answer to an open question, and close it."""
        try:
            return await self._questions[tool_use]
        finally:
            del self._questions[tool_use]
            self._rule_checks.pop(tool_use, None)
            self._covers.pop(tool_use, None)

    def open_limit_question(self) -> None:
        """Open the question of a reached limit."""
        self._limit = asyncio.get_running_loop().create_future()

    def answer_limit(self, answer: LimitAnswered) -> None:
        """Answer the question of a reached limit; without one it is dropped."""
        if self._limit is not None and not self._limit.done():
            self._limit.set_result(answer)

    async def wait_for_limit_answer(self) -> LimitAnswered:
        """Wait for the answer to a reached limit, and close the question."""
        assert self._limit is not None, "the question is opened first"
        try:
            return await self._limit
        finally:
            self._limit = None

    def take_back_last(self) -> str | None:
        """Take the newest text back before the model reads it; None where there is none."""
        return self.steering.pop() if self.steering else None

    def drain_steering(self) -> list[str]:
        """What the user wrote since the last time, oldest first."""
        texts, self.steering = self.steering, []
        return texts

"""Takes the answers that other processes of the same user leave for the questions of a session.

Only while a question is open somebody looks, once a second, whether there is a file for it. An
answer goes the way of one given on the screen: into the inbox, where the question waits. It can
allow what the question offers and nothing else; rules are not written from outside.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tui.agent.agent_ends import DELEGATE
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev
from tui.session.answer_file import AskedQuestion, OutsideAnswer, answer_path, take_answer
from tui.session.log_tail import outlasts_turn

LOOK_SECONDS = 1.0
"""Seconds between two looks while a question is open."""
DROPPED = "An answer from {} did not fit the question that is open; it was dropped."


class OutsideAnswers:
    """Looks for answers from outside to the questions of one session."""

    def __init__(self, runner: SessionRunner, session: Path, seconds: float = LOOK_SECONDS) -> None:
        """Args:
        runner: The session.
        session: Its file.
        seconds: Between two looks.
        """
        self._runner = runner
        self._session = session
        self._seconds = seconds
        self._open: dict[int, AskedQuestion] = {}
        """The open questions, by the number of the event that asked."""
        self._looking: asyncio.Task[None] | None = None

    def follow(self, item: Published) -> None:
        """Note which questions are open; look for answers while there is one."""
        if not isinstance(item, ev.Record):
            return
        match item.event:
            case ev.PermissionAsked() | ev.LimitReached() as asked:
                self._begin(AskedQuestion(item.seq, asked, self._call_input(asked)))
            case ev.PermissionAnswered(tool_use=tool_use):
                self._close(lambda question: question.tool_use == tool_use)
            case ev.LimitAnswered():
                self._close(lambda question: not question.tool_use)
            case ev.TurnEnded() as end:
                self._close(lambda question: not outlasts_turn(question.asked, end))
            case _:
                pass

    def stop(self) -> None:
        """Look no more."""
        self._close(lambda question: True)

    def _call_input(self, asked: ev.PermissionAsked | ev.LimitReached) -> ev.JSON | None:
        if isinstance(asked, ev.LimitReached):
            return None
        call = self._runner.state.conversation.open_calls.get(asked.tool_use)
        return call["input"] if call else None

    def _begin(self, question: AskedQuestion) -> None:
        if not self._runner.ctx.settings.interactive:
            return  # nobody waits for an answer
        self._open[question.seq] = question
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    def _close(self, fits: Callable[[AskedQuestion], bool]) -> None:
        for seq in [seq for seq, question in self._open.items() if fits(question)]:
            del self._open[seq]
            answer_path(self._session, seq).unlink(missing_ok=True)
        if not self._open and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        while self._open:
            for question in list(self._open.values()):
                if answer_path(self._session, question.seq).exists():
                    answer = await asyncio.to_thread(take_answer, self._session, question.seq)
                    if answer is not None and question.seq in self._open:
                        await self._give(question, answer)
            await asyncio.sleep(self._seconds)

    async def _give(self, question: AskedQuestion, answer: OutsideAnswer) -> None:
        """Answer a question, if the answer is one to it."""
        runner, asked = self._runner, question.asked
        named = (answer.session, answer.event, answer.tool_use, answer.digest)
        wanted = (runner.state.session, question.seq, question.tool_use, question.digest)
        if named == wanted and isinstance(asked, ev.PermissionAsked) and may_answer(asked, answer):
            assert answer.permission is not None
            given = PermissionAnswer(answer.permission, answer.reason, source=answer.source)
            runner.answer_permission(question.tool_use, given)
        elif named == wanted and isinstance(asked, ev.LimitReached) and may_go_on(asked, answer):
            assert answer.limit is not None
            runner.answer_limit(answer.limit, answer.by, source=answer.source)
        else:
            await runner.commit(ev.NoticeShown(sentence=DROPPED.format(answer.source)))


def may_answer(asked: ev.PermissionAsked, answer: OutsideAnswer) -> bool:
    """Whether a permission question offers an answer.

    Without a rule there is nothing to allow for longer, except agents for the rest of a turn.
    """
    match answer.permission:
        case "once" | "no":
            return True
        case "session":
            return bool(asked.rule or (asked.name == DELEGATE and asked.allows))
        case "project":
            return bool(asked.rule)
        case "team":
            return bool(asked.rule and asked.agent)
        case None:
            return False


def may_go_on(reached: ev.LimitReached, answer: OutsideAnswer) -> bool:
    """Whether the question of a limit offers an answer."""
    if answer.limit is None:
        return False
    if reached.limit == "progress":
        return answer.limit in ("stop", "extend") and not answer.by
    if answer.limit != "extend":
        return not answer.by
    if reached.limit not in ("budget", "over_budget"):
        return reached.raise_to is not None and not answer.by
    most = reached.extend_most
    return bool(reached.extend_by) and answer.by > 0 and (most is None or answer.by <= most)

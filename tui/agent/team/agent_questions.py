"""The questions of agents: the user answers them in the session that the agents work for.

Each question of an agent is asked again in the log of its session, under the agent's name, and its
answer goes back. Questions wait in a queue there; the agents that asked none work on. Without an
answer an agent waits: silence never allows anything.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec import structs

from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_settlement import settle_before_question
from tui.agent.team.child_session import ChildSession
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.user_inbox import PermissionAnswer
from tui.number_format import count_with_noun
from tui.session import events as ev

MORE = "more budget"
"""What a question about more of the pool is about, in the place of a tool's name."""
TAKE = "take over"
"""What a question about its work is about, in the place of a tool's name."""
_PREVIEW = 12_000
"""Characters of an agent's changes that are shown."""
_THEY_STAY = "conflict with yours and stay"
_STOPPED = "The agent was stopped."


class AgentQuestions:
    """The questions of the agents of one session."""

    def __init__(self, runner: SessionRunner) -> None:
        """Args: runner: Runs the session in which the user is asked."""
        self._runner = runner
        self._wishes = 0
        """How often an agent asked for more."""

    async def forward(self, agent: str, child: ChildSession, asked: ev.PermissionAsked) -> None:
        """Ask the user what an agent asked, and hand it the answer.

        Args:
            agent: Its name.
            child: Its session.
            asked: Its question.
        """
        await settle_before_question(self._runner, agent, child.state)
        rule_problem = partial(child.runner.rule_problem, asked.tool_use)
        answer = await self._ask(
            structs.replace(
                asked,
                tool_use=_key(agent, asked.tool_use),
                agent=agent,
                below=(asked.agent, *asked.below) if asked.agent else (),
            ),
            child,
            rule_problem if asked.rule else None,
        )
        if answer is not None:
            child.runner.answer_permission(asked.tool_use, answer)

    async def record(self, agent: str, answered: ev.PermissionAnswered) -> None:
        """Log the answer of the user where the question is.

        Args:
            agent: The agent that asked.
            answered: As its own log has it.
        """
        key = _key(agent, answered.tool_use)
        if key in self._runner.state.open_questions:
            await self._runner.commit(structs.replace(answered, tool_use=key))
            inbox = self._runner.ctx.services.inbox  # a rule may have answered, and not the user
            inbox.answer_question(key, PermissionAnswer(answered.answer, answered.reason))

    async def ask_for_more(self, agent: str, child: ChildSession, by: int, free: int) -> bool:
        """Ask the user for more of the pool; says whether they give it.

        Args:
            agent: The agent that is down to its reserve.
            child: Its session.
            by: Tokens.
            free: Tokens that are free in the pool.
        """
        self._wishes += 1
        key = _key(agent, f"budget-{self._wishes}")
        asked = ev.PermissionAsked(
            tool_use=key,
            name=MORE,
            subject=f"{by:,} tokens",
            reason=f"asks for {by:,} tokens more of the {free:,} that are free in the pool",
            agent=agent,
        )
        answer: PermissionAnswer | None = None
        try:
            async with asyncio.timeout(self._runner.ctx.settings.limit_answer_seconds):
                answer = await self._ask(asked, child, None)
        except TimeoutError:
            pass
        gives = answer is not None and answer.answer != "no"
        if key in self._runner.state.open_questions:
            await self._runner.commit(
                ev.PermissionAnswered(
                    tool_use=key,
                    answer="once" if gives else "no",
                    source=answer.source if answer else "",
                )
            )
        return gives

    async def ask_to_take(
        self,
        agent: str,
        child: ChildSession,
        work: ev.AgentWork,
        protected: Sequence[str] = (),
        *,
        partial: bool = False,
        preview: str = "",
    ) -> bool:
        """Ask the user whether an agent's work is brought into the project folder.

        Args:
            agent: Its name.
            child: Its session.
            work: What it did.
            protected: Those of its files that are always asked about.
            partial: Whether its task is not done.
            preview: What it changed, as a unified diff.
        """
        key = _key(agent, "work")
        files = count_with_noun(len(work.files), "file")
        conflicts = ""
        if work.conflicts:
            names = ", ".join(work.conflicts)
            verbs = "conflicts with yours and stays" if len(work.conflicts) == 1 else _THEY_STAY
            conflicts = f"; {len(work.conflicts):,} {verbs} out: {names}"
        if partial:
            conflicts = f"; its task is not done{conflicts}"
        if protected:
            verb = "is" if len(protected) == 1 else "are"
            conflicts += f"; {len(protected):,} {verb} protected: {', '.join(protected)}"
        asked = ev.PermissionAsked(
            tool_use=key,
            name=TAKE,
            subject=files,
            reason=f"changed {files} in a copy of its own{conflicts}",
            preview=self._runner.ctx.services.redact(
                truncate_result(preview, _PREVIEW, "The branch has all of it.")
            ),
            agent=agent,
        )
        answer = await self._ask(asked, child, None)
        takes = answer is not None and answer.answer != "no"
        if key in self._runner.state.open_questions:
            await self._runner.commit(
                ev.PermissionAnswered(
                    tool_use=key,
                    answer="once" if takes else "no",
                    source=answer.source if answer else "",
                )
            )
        return takes

    async def _ask(
        self, asked: ev.PermissionAsked, child: ChildSession, rule_problem: "partial[str] | None"
    ) -> PermissionAnswer | None:
        """The user's answer; None where the agent was stopped instead."""
        inbox = self._runner.ctx.services.inbox
        inbox.open_question(asked.tool_use, rule_problem)
        await self._runner.commit(asked)
        try:
            return await run_interruptible(
                child.runner.ctx.services.inbox.interrupt,
                lambda: inbox.wait_for_answer(asked.tool_use),
            )
        except Interrupted:
            return None

    async def close(self, agent: str) -> None:
        """An agent ended: nothing that it asked waits for an answer any more."""
        waiting = [
            key for key, asked in self._runner.state.open_questions.items() if asked.agent == agent
        ]
        for key in waiting:
            await self._runner.commit(
                ev.PermissionAnswered(tool_use=key, answer="no", reason=_STOPPED)
            )


def _key(agent: str, tool_use: str) -> str:
    """The key of a question: some servers give the calls of several agents the same ids."""
    return f"{agent}/{tool_use}"

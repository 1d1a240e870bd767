"""What becomes of the work of an agent that had a worktree of its own, when it ends."""

from dataclasses import dataclass

from tui.agent.git.agent_worktree import WorktreeError
from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_folders import AgentFolders
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.child_session import ChildSession
from tui.session import events as ev

EDITING_MODES = ("edits", "auto")
"""Modes in which what fits is taken over without a question: edits pass in them."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was decided about an agent's work."""

    decision: ev.WorkDecision | None = None
    """None where it had no worktree, or changed nothing."""
    changes: tuple[ev.FileChange, ...] = ()
    """What changed in the project folder."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Brings the work of agents to the user, or leaves it on its branch."""

    runner: SessionRunner
    """Runs the session that the agents work for."""
    folders: AgentFolders
    questions: AgentQuestions

    async def decide_later(self, agent: str, work: ev.AgentWork, wish: ev.WorkDecision) -> str:
        """Do with an agent's work what the user wants now.

        Args:
            agent: Its name.
            work: What it did.
            wish: What is to become of it.

        Returns:
            Why it could not be done and everything is as it was, a sentence; empty where it was.
        """
        changes: tuple[ev.FileChange, ...] = ()
        try:
            match wish:
                case "applied" | "merged":
                    taken = await self.folders.take(work, conflicts=wish == "merged")
                    changes = taken.changes
                    if remark := taken.remark(work.branch):
                        await self.runner.commit(ev.NoticeShown(sentence=f"{agent}: {remark}"))
                case "discarded":
                    await self.folders.discard(work)
        except WorktreeError as error:
            return str(error)
        await self.runner.commit(ev.AgentWorkDecided(agent=agent, decision=wish, changes=changes))
        return ""

    async def decide(
        self,
        agent: str,
        child: ChildSession,
        work: ev.AgentWork,
        *,
        partial: bool,
        tells_changes: bool = False,
    ) -> HandedOver:
        """Take over what fits if the mode or the user lets it pass; else the branch is kept.

        Args:
            agent: Its name.
            child: Its session.
            work: What it did.
            partial: Whether its task is not done: half of a change never passes by itself.
            tells_changes: Whether the event has what changed; else a call of the lead tells it.
        """
        decision: ev.WorkDecision = "kept"
        changes: tuple[ev.FileChange, ...] = ()
        if await self._passes(agent, child, work, partial):
            try:
                changes = (await self.folders.take(work)).changes
                decision = "applied"
            except WorktreeError as error:
                await self.runner.commit(ev.NoticeShown(sentence=f"{agent}: {error}"))
        told = changes if tells_changes else ()
        await self.runner.commit(ev.AgentWorkDecided(agent=agent, decision=decision, changes=told))
        return HandedOver(decision, changes)

    async def _passes(
        self, agent: str, child: ChildSession, work: ev.AgentWork, partial: bool
    ) -> bool:
        state = self.runner.state
        protected = await self.folders.protected_files(work)
        clean = not (work.conflicts or protected or partial)
        if state.mode in EDITING_MODES and clean:
            return True
        if state.mode == "plan" or not self.runner.ctx.settings.interactive:
            return False
        preview = await self.folders.difference(work)
        return await self.questions.ask_to_take(
            agent, child, work, protected, partial=partial, preview=preview
        )

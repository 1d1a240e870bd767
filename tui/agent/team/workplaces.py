"""Where each agent of a session changes files, and what becomes of what it changed.

An agent works in the project folder, where it claims each file that it changes, or in a worktree
of its own, whose work is handed over at its end.
"""

from functools import partial

from msgspec import structs

from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_folders import AgentFolders, with_work
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.child_session import ChildSession
from tui.agent.team.file_claims import FileClaims
from tui.agent.team.hand_over import HandOver
from tui.agent.team.working_agent import WorkingAgent
from tui.session import events as ev


class Workplaces:
    """Those of one session's agents."""

    def __init__(
        self,
        runner: SessionRunner,
        folders: AgentFolders | None,
        questions: AgentQuestions,
        *,
        of_agent: bool,
    ) -> None:
        """Args:
        runner: Runs the session that delegates.
        folders: Gives agents worktrees; None where none has one.
        questions: Ask the user about work that is handed over.
        of_agent: Whether that session is an agent itself: those below it claim in its name.
        """
        self._runner = runner
        self._folders = folders
        self._questions = questions
        self._of_agent = of_agent
        self._claims = FileClaims()
        if not of_agent:
            runner.ctx.run.claim_file = self._claims.holder

    async def begin(self, agent: WorkingAgent, child: ChildSession) -> str:
        """Give an agent a worktree if its kind has one; returns what it is to know of it."""
        folders, kind = self._folders, agent.order.kind
        said = await folders.begin(agent.name, kind, child.runner.ctx) if folders else ""
        self.go_on(agent.name, child)
        return said

    def go_on(self, name: str, child: ChildSession) -> None:
        """Let an agent claim what it changes, unless it has a worktree by now."""
        run = child.runner.ctx.run
        if self._of_agent:
            run.claim_file = self._runner.ctx.run.claim_file
        elif not self._is_apart(name):
            run.claim_file = partial(self._claims.claim, name)

    def _is_apart(self, name: str) -> bool:
        """Whether an agent works in a worktree of its own."""
        return self._folders is not None and bool(self._folders.folder_of(name))

    def take_changes(self, agent: WorkingAgent) -> tuple[ev.FileChange, ...]:
        """What an agent changed whose call ends before it does; its end tells the rest."""
        if self._is_apart(agent.name):
            return ()
        changes, agent.changes = tuple(agent.changes), []
        return changes

    async def end(self, agent: WorkingAgent, finished: ev.AgentFinished) -> ev.AgentFinished:
        """The end of an agent with what it changed; its worktree goes, its work is on a branch."""
        if not agent.has_call and not self._is_apart(agent.name):
            finished = structs.replace(finished, changes=tuple(agent.changes))
        if self._folders is None:
            return finished
        return with_work(finished, await self._folders.end(agent.name))

    def release(self, name: str) -> None:
        """An agent works no more: its files are free again."""
        self._claims.release(name)

    async def hand_over(self, agent: WorkingAgent, finished: ev.AgentFinished) -> None:
        """Bring the work of an agent that has its end to the user, where it had a worktree."""
        if finished.work is None or agent.child is None:
            return
        agent.handed = await self._hand_over.decide(
            agent.name,
            agent.child,
            finished.work,
            partial=finished.partial,
            tells_changes=not agent.has_call,
        )
        agent.changes = list(agent.handed.changes)

    async def decide(self, name: str, wish: ev.WorkDecision) -> str:
        """Do with the work of an agent that ended what the user wants.

        Args:
            name: The agent.
            wish: What is to become of it.

        Returns:
            Why it could not be done, a sentence; empty where it was.
        """
        agent = self._runner.state.team.agents.get(name)
        work = agent.branch_work if agent is not None else None
        if agent is None or work is None or self._folders is None:
            return f"{name} has no branch with work of its own."
        if wish == "kept" and agent.decision in ("applied", "merged"):
            return ""  # the branch is there, and what is in the folder stays
        return await self._hand_over.decide_later(name, work, wish)

    @property
    def _hand_over(self) -> HandOver:
        assert self._folders is not None, "work comes from worktrees"
        return HandOver(self._runner, self._folders, self._questions)

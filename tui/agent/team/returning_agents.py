"""Agents that a crash left at work: booked when the session is opened again, and nothing starts.

Their reservations are still held. Somebody says of each whether it goes on or ends; where nobody
can be asked, all of them end.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from tui.agent import model_notes
from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_folders import AgentFolders, with_work
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.agent_questions import AgentQuestions
from tui.agent.team.agent_report import finished_event, result_text
from tui.agent.team.agent_settlement import settled
from tui.agent.team.child_session import ChildSession, TeamFiles, reopen_child
from tui.number_format import mark_estimate
from tui.session import events as ev
from tui.session.store_errors import StoreError
from tui.session.team_account import TeamAgent

GO_ON = (
    "Continue with what is left of your task. The program ended in the middle of it: look first at "
    "how far you came."
)
"""The prompt of an agent that goes on."""
_MAY_DO_NOTHING = AgentKind(name="gone", description="", instructions="", tools=frozenset())
"""Of an agent whose kind nobody describes any more: its log is read, and it does not go on."""
_BROKE_OFF = "The program ended while it worked."


@dataclass(frozen=True, slots=True)
class ReturningAgent:
    """An agent whose work broke off."""

    member: TeamAgent
    kind: AgentKind
    child: ChildSession


class ReturningAgents:
    """Those of one session."""

    def __init__(
        self,
        runner: SessionRunner,
        kinds: Mapping[str, AgentKind],
        files: TeamFiles,
        folders: AgentFolders | None = None,
    ) -> None:
        """Args:
        runner: Runs the session that delegates.
        kinds: All kinds of the session.
        files: Where the logs are.
        folders: Finds their worktrees; None where they have none.
        """
        self._folders = folders
        self._runner = runner
        self._kinds = kinds
        self._files = files
        self.waiting: dict[str, ReturningAgent] = {}
        """Those of which nobody has said yet how they go on, by name."""

    async def recover(self, *, ask: bool) -> list[str]:
        """Book what agents used before the crash, and end those of which nobody is asked.

        Args:
            ask: Whether there is somebody to ask.

        Returns:
            What there is to say: a sentence for each agent.
        """
        said = []
        for member in self._runner.state.team.living:
            known = self._kinds.get(member.kind)
            kind = known or _MAY_DO_NOTHING
            child = await self._reopen(member, kind)
            if child is None:
                said.append(await self._end_unread(member))
                continue
            await AgentQuestions(self._runner).close(member.name)
            await self._runner.commit(settled(self._runner, member.name, child.state))
            self.waiting[member.name] = ReturningAgent(member, kind, child)
            offers = ask and known is not None
            if offers and member.state == "working":  # it went on while no turn ran
                await self._runner.commit(ev.AgentPaused(agent=member.name, paused=True))
            said.append(self._offer(member) if offers else await self.end(member.name))
        return said

    async def _reopen(self, member: TeamAgent, kind: AgentKind) -> ChildSession | None:
        try:
            child = await reopen_child(self._runner, member, kind, self._files, self._kinds)
        except StoreError:
            return None
        if self._folders is not None:
            await self._folders.find(member.name, child.runner.ctx)
        inner = ReturningAgents(
            child.runner,
            self._kinds,
            TeamFiles(
                path=child.store.path,
                thread=self._files.thread,
                now=self._files.now,
                program=self._files.program,
            ),
        )
        await inner.recover(ask=False)
        return child

    def _offer(self, member: TeamAgent) -> str:
        team = self._runner.state.team
        agent = team.agents[member.name]
        reserved, unsure = team.reserved(member.name), agent.unsettled > 0
        used = mark_estimate(f"{agent.charged:,}", unsure)
        left = mark_estimate(f"{max(0, reserved - agent.charged):,}", unsure)
        return (
            f"The program ended while {member.name} worked: {used} of its {reserved:,} tokens "
            f"used. /agents go {member.name} lets it go on, "
            f"/agents stop {member.name} ends it and gives {left} back."
        )

    async def _end_unread(self, member: TeamAgent) -> str:
        """End an agent whose log is gone: what was settled last stands."""
        lease = self._runner.state.team.books.leases[member.name]
        finished = ev.AgentFinished(
            agent=member.name,
            number=lease.number,
            end="crashed",
            charged=member.charged,
            unsettled=member.unsettled,
            dollars=member.dollars,
            requests=member.requests,
            partial=True,
            report="Its log could not be read.",
            sentence=_BROKE_OFF,
        )
        return await self._finish(finished)

    async def end(self, name: str) -> str:
        """End an agent that waits; returns what there is to say."""
        agent = self.waiting.pop(name)
        limits = self._runner.ctx.settings.team
        finished = finished_event(name, agent.child.state, limits, _BROKE_OFF, unbegun="crashed")
        await agent.child.end_jobs()
        apart = self._folders is not None and self._folders.folder_of(name)
        if self._folders is not None:
            finished = with_work(finished, await self._folders.end(name))
        if not apart:
            finished = structs.replace(finished, changes=agent.child.changes)
        said = await self._finish(finished)
        await agent.child.close(self._files)
        return said

    async def _finish(self, finished: ev.AgentFinished) -> str:
        team = self._runner.state.team
        reserved = team.reserved(finished.agent)
        await self._runner.commit(finished)
        decision: ev.WorkDecision | None = None if finished.work is None else "kept"
        text = result_text(finished.agent, finished, reserved, team.pool, decision)
        await self._runner.commit(model_notes.note(text, "reminder"))
        back = max(0, reserved - finished.charged)
        return (
            f"The program ended while {finished.agent} worked: it is ended, and {back:,} tokens "
            "went back to the pool."
        )

    async def close(self) -> None:
        """The session closes: their logs are closed, and they wait on."""
        for agent in self.waiting.values():
            await agent.child.close(self._files)
        self.waiting.clear()

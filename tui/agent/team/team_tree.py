"""The agents at work as a tree: what is below them, how many there are, and what reaches them all.

An agent that delegates has agents of its own; each level asks the next one down.
"""

from collections.abc import Mapping

from tui.agent.session_runner import SessionRunner
from tui.agent.team.child_session import ChildSession
from tui.agent.team.spawn_rules import TeamCounts
from tui.agent.team.working_agent import WorkingAgent
from tui.session import events as ev
from tui.session.team_account import TeamAccount, TeamAgent


class TeamTree:
    """One session's agents and those below them."""

    def __init__(self, runner: SessionRunner, agents: Mapping[str, WorkingAgent]) -> None:
        """Args:
        runner: Runs the session.
        agents: Those at work, by name.
        """
        self._runner = runner
        self._agents = agents

    def _children(self) -> list[ChildSession]:
        return [agent.child for agent in self._agents.values() if agent.child is not None]

    # Looking ---------------------------------------------------------------------

    def counts(self) -> TeamCounts:
        """How many agents the team has had, those below others included."""
        team = self._runner.state.team
        turn = sum(map(self._with_those_below, team.of_turn(self._runner.state.turn)))
        return TeamCounts(turn, sum(map(self._with_those_below, team.agents.values())))

    def _with_those_below(self, agent: TeamAgent) -> int:
        """One agent and all that worked for it."""
        at_work = self._agents.get(agent.name)
        if at_work is None or at_work.child is None:
            return 1 + agent.below
        if (below := tree_below(at_work.child)) is not None:
            return 1 + below.counts().in_session
        return 1 + at_work.child.state.team.all_agents

    def teams(self) -> dict[tuple[str, ...], TeamAccount]:
        """The teams of agents at work that delegate further, by the names that lead to them."""
        found: dict[tuple[str, ...], TeamAccount] = {}
        for agent in self._agents.values():
            child = agent.child
            if child is None or not child.state.team.agents:
                continue
            found[agent.name,] = child.state.team
            if (below := tree_below(child)) is not None:
                found |= {(agent.name, *path): team for path, team in below.teams().items()}
        return found

    # Rules -----------------------------------------------------------------------

    async def pass_on_answer(self, answered: ev.PermissionAnswered) -> None:
        """Let agents at work have what the session may do since the user answered.

        What an agent asks meanwhile and the answer covers is answered by it.
        """
        run = self._runner.ctx.run
        if answered.answer == "team":
            run.rules = run.rules.with_session(answered.rules)
            for child in self._children():
                await child.take_grant(answered)
        self.pass_on_rules()
        for runner in (self._runner, *(child.runner for child in self._children())):
            await runner.ctx.services.inbox.answer_covered()

    def pass_on_rules(self) -> None:
        """The rules of the session are others now: agents at work have them at once."""
        for child in self._children():
            child.take_rules(self._runner.ctx.run.rules)
            if (below := tree_below(child)) is not None:
                below.pass_on_rules()


def tree_below(child: ChildSession) -> TeamTree | None:
    """The agents of an agent; None where it has no crew."""
    found = getattr(child.runner.ctx.services.team, "tree", None)
    return found if isinstance(found, TeamTree) else None

"""A session with agents: real runners, stores and tools; the simulator has a script for each."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.team.agent_folders import AgentFolders
from tui.agent.team.agent_kinds import AgentKind, built_in_kinds
from tui.agent.team.child_session import TeamFiles
from tui.agent.team.crew import Crew, attach_crew
from tui.agent.team.delegate_tool import delegate_definition
from tui.agent.team.spawn_question import SpawnQuestion
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.session_paths import agent_log_path
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedToolUse,
)

LEAD = "lead"
_AGENT = re.compile(r"You are ([a-z0-9_]+-\d+), an agent of a team")
Replies = Sequence[Sequence[ScriptedBlock]]


def delegate(
    kind: str, task: str = "look", budget: int | None = None, up_to: int | None = None
) -> ScriptedToolUse:
    """A call of the lead."""
    given = {"kind": kind, "task": task, "budget": budget, "up_to": up_to}
    return ScriptedToolUse("delegate", {key: each for key, each in given.items() if each})


def says(tokens: int) -> ScriptedText:
    """An answer of so many tokens."""
    return ScriptedText(words(tokens))


GLOB = ScriptedToolUse("glob", {"pattern": "*"})


@dataclass
class TeamScript:
    """Each conversation's replies, one after the other; an agent without any is done at once."""

    replies: Mapping[str, Replies]
    inputs: list[tuple[str, ModelInput]] = field(default_factory=list)
    """Who asked, and what the model saw, in order."""
    _left: dict[str, Iterator[Sequence[ScriptedBlock]]] = field(default_factory=dict)

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        who = self.speaker(situation)
        self.inputs.append((who, situation))
        left = self._left.setdefault(who, iter(self.replies.get(who, ())))
        return ScriptedReply(tuple(next(left, (ScriptedText(f"{who} is through."),))))

    @staticmethod
    def speaker(situation: ModelInput) -> str:
        """Whose request it is."""
        found = _AGENT.search(str(situation.messages[0]))
        return found[1] if found else LEAD


@dataclass
class TeamRun:
    """A session with a crew."""

    run: SessionRun
    crew: Crew
    script: TeamScript

    @property
    def state(self) -> SessionState:
        return self.run.state

    @property
    def team(self) -> Any:
        return self.state.team

    def events(self, *kinds: type[ev.Event]) -> list[Any]:
        return self.run.events(*kinds)

    def results(self) -> list[str]:
        """The results of the calls of `delegate`, in order."""
        found = self.events(ev.ToolFinished)
        return [event.content for event in found if event.name == "delegate"]

    def child(self, agent: str) -> SessionState:
        """The state of an agent, from its own log on disk."""
        path = agent_log_path(self.run.store.path, agent)
        with SessionStore.open(path, read_only=True) as store:
            return fold(store.records(), self.state.counting)

    def asked(self, act: Any) -> None:
        """Answer each question of the session with what `act` says of it."""

        def listen(item: Any) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                answer = act(item.event)
                if answer is not None:
                    self.run.driver.answer_permission(item.event.tool_use, answer)

        self.run.driver.listeners.append(listen)


@asynccontextmanager
async def run_team(
    tmp_path: Path,
    replies: Mapping[str, Replies],
    *,
    pool: int = 300_000,
    kinds: Mapping[str, AgentKind] | None = None,
    past: Any = None,
    **settings: Any,
) -> AsyncIterator[TeamRun]:
    """A session whose lead and agents say `replies`, by name.

    Args:
        tmp_path: For files.
        replies: By `lead` or the name of an agent.
        pool: Tokens.
        kinds: Beside those that are built in.
        past: Reads what agents of other sessions took.
        settings: Of `run_session`.
    """
    script, known = TeamScript(replies), {**built_in_kinds(), **(kinds or {})}
    more = [delegate_definition(known)]
    given: dict[str, Any] = {"interactive": False, "respond": script, **settings}
    async with run_session(tmp_path, more_tools=more, **given) as run:
        files = TeamFiles(
            path=run.store.path, thread=run.driver._thread, now=run.clock, program="0"
        )
        question = SpawnQuestion(run.driver, *([past] if past else []))
        environment = run.ctx.services.environment
        folders = AgentFolders(environment, tmp_path / "worktrees", run.state.session)
        crew = Crew(run.driver, known, files, question, folders=folders)
        attach_crew(run.driver, crew)
        await run.driver.commit(ev.PoolSet(total=pool, source="test"))
        yield TeamRun(run, crew, script)


def with_team(run: TeamRun, **limits: Any) -> None:
    """Change limits of the team."""
    ctx = run.run.ctx
    ctx.settings = replace(ctx.settings, team=replace(ctx.settings.team, **limits))

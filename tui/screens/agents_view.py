"""What `/agents` does: the team as a tree, and what each agent of it did, in a panel."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from tui.number_format import count_with_noun
from tui.reports.session_export import session_markdown
from tui.reports.team_page import agent_lines, agent_rows, team_gauge_words
from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.store import SessionStore
from tui.session.store_errors import StoreError
from tui.widgets.agent_tree import TeamView
from tui.widgets.agents_panel import AgentAct, AgentLogPanel, AgentsPanel
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

READING = "Reading what it did …"


class AgentsView:
    """The team of one session, in a panel."""

    def __init__(self, chat: "ChatScreen", session: "OpenSession") -> None:
        self._chat = chat
        self._session = session
        self._panel: AgentsPanel | None = None
        self._log_panel: AgentLogPanel | None = None
        self._text, self._read_up_to = READING, -1
        """What the open agent did, and the number of the event up to which that says so."""

    def open(self, marked: tuple[str, ...] = ()) -> None:
        """Show the tree.

        Args:
            marked: The names that lead to the agent that is marked; empty for the first one.
        """
        self._panel = AgentsPanel(
            self._view(marked),
            marked=marked,
            on_open=self.open_agent,
            on_act=self._act,
            on_work=self._start_deciding,
            on_change=self._show_tree,
        )
        self._chat.open_panel(self._panel)
        self._show_tree()

    def _view(self, marked: tuple[str, ...] = ()) -> TeamView:
        session, team = self._session, self._session.state.team
        now, crew = session.now(), session.crew
        agent = team.agents.get(marked[-1]) if marked else None
        return TeamView(
            rows=tuple(agent_rows(team, now, crew.tree.teams() if crew is not None else None)),
            gauge=tuple(team_gauge_words(team.meter, self._chat.meters.budget)),
            details=tuple(agent_lines(team, agent, now)) if agent is not None else (),
        )

    def _show_tree(self) -> None:
        if self._panel is not None and (row := self._panel.agents.marked) is not None:
            self._panel.agents.show_view(self._view(row.path))

    # What one agent did ------------------------------------------------------------

    def _act(self, act: AgentAct, name: str) -> None:
        """Do what a key of the tree says; words to an agent are typed in the composer."""
        if act == "tell":
            self._chat.composer.set_draft(f"/agents tell {name} ")
            self._chat.composer.focus()
        else:
            self._chat.host.run_command("agents.show", f"{act} {name}")

    def _start_deciding(self, name: str) -> None:
        self._chat.run_worker(self._decide(name), group="agent-work", exclusive=True)

    async def _decide(self, name: str) -> None:
        """Let the user choose what becomes of an agent's work."""
        agent = self._session.state.team.agents[name]
        work = agent.branch_work
        if work is None:
            return
        conflicts = len(work.conflicts)
        fitting = count_with_noun(len(work.files) - conflicts, "file")
        options = []
        if agent.decision not in ("applied", "merged"):
            options = [Option("apply", f"apply: bring the {fitting} that fit into your folder")]
        if conflicts and agent.decision != "merged":
            words = f"merge: bring all of them, {count_with_noun(conflicts, 'conflict')} marked"
            options.append(Option("merge", words))
        options += [
            Option("keep", "keep: leave the branch as it is"),
            Option("discard", f"discard: delete the branch {flatten(work.branch, 80)}"),
        ]
        chosen = await self._chat.choose(f"The work of {flatten(name, 40)}", options)
        if chosen is not None:
            self._chat.host.run_command("agents.show", f"{chosen} {name}")

    def open_agent(self, path: tuple[str, ...]) -> None:
        """Show what an agent did."""
        name = path[-1]
        self._text, self._read_up_to = READING, -1
        self._log_panel = AgentLogPanel(
            flatten(name, 60),
            lambda: self._text,
            on_back=lambda: self.open(path),
            below_tree=self._panel is not None,
            on_change=lambda: self._start_reading(name),
        )
        self._chat.open_panel(self._log_panel)
        self._start_reading(name)

    def _start_reading(self, name: str) -> None:
        """Read its log again if it did something since."""
        team = self._session.state.team
        if name in team.agents and team.books.leases[name].number > self._read_up_to:
            self._read_up_to = team.books.leases[name].number
            self._chat.run_worker(
                self._read(name), group="agent-log", exclusive=True, exit_on_error=False
            )

    async def _read(self, name: str) -> None:
        agent, log = self._session.state.team.agents[name], self._session.log_path
        if log is None:
            return
        try:
            text = await asyncio.to_thread(agent_markdown, log.with_name(Path(agent.log).name))
        except StoreError as error:
            text = f"{error.sentence}\n\n{agent.task}"
        self._text = text
        if self._log_panel is not None and self._log_panel.is_attached:
            self._log_panel.show_text()


def agent_markdown(path: Path) -> str:
    """What an agent did, from its own log.

    Raises:
        StoreError: the log cannot be read.
    """
    with SessionStore.open(path, read_only=True) as store:
        records = list(full_log(store))
    return session_markdown(records, fold(records))

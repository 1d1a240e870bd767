"""The panels of `/agents`: the tree of the team, and what one agent of it did."""

from collections.abc import Callable
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.widgets.agent_tree import AgentTree, TeamView
from tui.widgets.line_widget import MUTED
from tui.widgets.panel import Panel
from tui.widgets.panel_text import PanelText

AgentAct = Literal["tell", "extend", "stop", "pause", "go"]
"""What keys do with an agent at work; the words are those of `/agents`."""
KEYS = (
    "enter opens · t tell · x +20k · p pause · d stop · w work",
    "enter · t tell · x +20k · p pause · d stop · w",
    "enter · t tell · x +20k · p · d · w",
)
"""The keys; the shorter forms are for narrow panels."""


class AgentsPanel(Panel):
    """The tree, and its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "open_agent", "What it did", show=False),
        Binding("t", "act('tell')", "Say something to it", show=False),
        Binding("x", "act('extend')", "Give it 20k more", show=False),
        Binding("d", "act('stop')", "Stop it", show=False),
        Binding("p", "pause", "Pause it, or let it go on", show=False),
        Binding("w", "decide_work", "Its work on a branch", show=False),
    ]

    def __init__(
        self,
        view: TeamView,
        *,
        marked: tuple[str, ...] = (),
        on_open: Callable[[tuple[str, ...]], None],
        on_act: Callable[[AgentAct, str], None],
        on_work: Callable[[str], None],
        on_change: Callable[[], None],
    ) -> None:
        """Args:
        view: What to show first.
        marked: The names that lead to the agent that is marked at first; empty for the first one.
        on_open: The user wants to see what an agent did.
        on_act: The user wants something of the agent of that name.
        on_work: The user wants to decide about the work of the agent of that name.
        on_change: The mark moved, or figures of the session are others now.
        """
        self.agents = AgentTree(view, marked=marked)
        super().__init__("Agents", self.agents, keys=KEYS)
        self._on_open = on_open
        self._on_act = on_act
        self._on_work = on_work
        self._on_change = on_change

    def refresh_content(self) -> None:
        """Tell that figures are others now."""
        self._on_change()

    def on_agent_tree_agent_marked(self, message: AgentTree.AgentMarked) -> None:
        """The details below are those of the marked agent."""
        message.stop()
        self._on_change()

    def action_act(self, act: AgentAct) -> None:
        """Do something with the marked agent, while it is at work."""
        row = self.agents.marked
        if row is not None and row.depth == 0 and row.is_living:
            self._on_act(act, row.path[-1])

    def action_pause(self) -> None:
        """Pause the marked agent; one that is paused goes on."""
        row = self.agents.marked
        if row is not None:
            self.action_act("go" if row.is_paused else "pause")

    def action_decide_work(self) -> None:
        """Decide about the work of the marked agent, where there is a branch with it."""
        row = self.agents.marked
        if row is not None and row.has_branch:
            self._on_work(row.path[-1])

    def action_open_agent(self) -> None:
        """Show what the marked agent did."""
        if self.agents.marked is not None:
            self._on_open(self.agents.marked.path)


class AgentLogPanel(Panel):
    """What one agent did; a key goes back to the tree."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,backspace,h", "list_agents", "Back to the agents", show=False),
    ]

    def __init__(
        self,
        name: str,
        source: Callable[[], str],
        *,
        on_back: Callable[[], None],
        on_change: Callable[[], None],
        below_tree: bool,
    ) -> None:
        """Args:
        name: Of the agent, already clean.
        source: What it did, as Markdown; asked again when it did more.
        on_back: The user wants the tree again.
        on_change: Figures of the session are others now.
        below_tree: Whether it was opened from the tree: then Escape goes back there.
        """
        self._text = PanelText(source)
        keys = "↑ ↓ scroll" if below_tree else "↑ ↓ scroll · ← agents"
        escape = "agents" if below_tree else "closes"
        super().__init__(name, self._text, keys=keys, escape=escape)
        self.border_title = Content.assemble(("Agents", "bold"), (f" · {name}", MUTED))
        self._on_back = on_back
        self._below_tree = below_tree
        self._on_change = on_change

    def refresh_content(self) -> None:
        """Tell that figures are others now."""
        self._on_change()

    def show_text(self) -> None:
        """The source says something else now."""
        self._text.refresh_content()

    def back(self) -> bool:
        """Escape goes back to the tree, if that is where it was opened."""
        if self._below_tree:
            self._on_back()
        return self._below_tree

    def action_list_agents(self) -> None:
        """Go back to the tree."""
        self._on_back()

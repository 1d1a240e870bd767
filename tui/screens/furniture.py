"""The furniture of the chat: every widget that the first frame can do without."""

from typing import NamedTuple

from tui.screens.moments import Clocks
from tui.widgets.bound import Labels
from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
from tui.widgets.checklist_panel import ChecklistPanel
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.find_bar import FindBar
from tui.widgets.live_pane import LivePane
from tui.widgets.transcript.view import Transcript


class Furniture(NamedTuple):
    """The widgets of one chat, not mounted yet."""

    transcript: Transcript
    find: FindBar
    live: LivePane
    line: BudgetLine
    panel: BudgetPanel
    effort: EffortSelector
    checklist: ChecklistPanel


def furniture(clocks: Clocks, labels: Labels) -> Furniture:
    """Make all of it; `labels` are the keys that commands have."""
    return Furniture(
        transcript=Transcript(id="transcript"),
        find=FindBar(id="find"),
        live=LivePane(clock=clocks.steady, labels=labels, id="live"),
        line=BudgetLine(id="budget-line"),
        panel=BudgetPanel(clock=clocks.wall, id="budget"),
        effort=EffortSelector(id="effort"),
        checklist=ChecklistPanel(id="checklist"),
    )

"""Every widget of the chat that the first frame can do without."""

from collections.abc import Callable
from typing import NamedTuple

from tui.reports.key_labels import KeyLabels
from tui.screens.clocks import Clocks
from tui.widgets.budget_choice import BudgetChoice
from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
from tui.widgets.checklist_panel import ChecklistPanel
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.find_bar import FindBar
from tui.widgets.live_pane import LivePane
from tui.widgets.panel_area import PanelArea
from tui.widgets.queue_pane import QueuedPrompts
from tui.widgets.transcript.transcript_view import Transcript


class DeferredWidgets(NamedTuple):
    """The widgets of one chat, not mounted yet."""

    transcript: Transcript
    find_bar: FindBar
    live_pane: LivePane
    budget_line: BudgetLine
    budget_panel: BudgetPanel
    effort: EffortSelector
    checklist: ChecklistPanel
    panel_area: PanelArea
    queued: QueuedPrompts
    budget_choice: BudgetChoice


def create_deferred_widgets(
    clocks: Clocks, labels: KeyLabels, return_focus: Callable[[], None]
) -> DeferredWidgets:
    """Make all of these widgets.

    Args:
        clocks: What they count time by.
        labels: The keys that commands have.
        return_focus: Gives the keys to the composer.
    """
    return DeferredWidgets(
        transcript=Transcript(id="transcript"),
        find_bar=FindBar(id="find"),
        live_pane=LivePane(clock=clocks.monotonic, labels=labels, id="live"),
        budget_line=BudgetLine(clock=clocks.wall, id="budget-line"),
        budget_panel=BudgetPanel(clock=clocks.wall, id="budget"),
        effort=EffortSelector(id="effort"),
        checklist=ChecklistPanel(id="checklist"),
        panel_area=PanelArea(return_focus, id="panel-area"),
        queued=QueuedPrompts(labels=labels, id="queued"),
        budget_choice=BudgetChoice(id="budget-choice"),
    )

"""The usage report in a panel: a key goes from one grouping to the next."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.history.usage_sums import GROUPINGS, Grouping
from tui.widgets.line_widget import MUTED
from tui.widgets.panel import Panel
from tui.widgets.panel_text import PanelText


class UsagePanel(Panel):
    """The frame and the keys of the usage report."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "next_grouping(1)", "By the next", show=False),
        Binding("left", "next_grouping(-1)", "By the one before", show=False),
    ]

    def __init__(
        self, grouping: Grouping, page: str, *, on_grouping: Callable[[Grouping], None]
    ) -> None:
        """Args:
        grouping: What the rows of the first page are.
        page: The page, as Markdown.
        on_grouping: The user wants to see other rows.
        """
        self._text = page
        super().__init__(
            "Usage report", PanelText(lambda: self._text), keys="←/→ by another · ↑ ↓ scroll"
        )
        self.grouping = grouping
        """What the user wants the rows to be; the page follows."""
        self._on_grouping = on_grouping
        self._entitle()

    def show_page(self, grouping: Grouping, page: str) -> None:
        """Show the rows that were asked for; a page that came too late is dropped."""
        if grouping == self.grouping:
            self._text = page
            self.refresh_content()

    def action_next_grouping(self, by: int) -> None:
        """Show the next grouping, or the one before."""
        at = GROUPINGS.index(self.grouping)
        self.grouping = GROUPINGS[(at + by) % len(GROUPINGS)]
        self._entitle()
        self._on_grouping(self.grouping)

    def _entitle(self) -> None:
        self.border_title = Content.assemble(
            ("Usage report", "bold"), (f" · by {self.grouping}", MUTED)
        )

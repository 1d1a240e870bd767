"""The part of the chat that transcript and panel share.

On a wide screen the panel is beside the transcript, in the room of the sidebar and more; on
others it takes the rows that it needs from the transcript, which goes on above it.
"""

from collections.abc import Callable

from textual import events
from textual.containers import Vertical

from tui.widgets.panel import Panel
from tui.widgets.panel_text import PanelText
from tui.widgets.ticker import certain

BESIDE_CELLS = 120
"""Cells of a screen from which on a panel has room beside the transcript."""
REFRESH_SECONDS = 0.5
"""Seconds until a panel shows figures that have changed: fewer would only flicker."""
BESIDE_CLASS = "-panel-beside"
"""Class of the screen while a panel is beside the transcript."""


class PanelArea(Vertical):
    """The transcript, and at most one panel."""

    DEFAULT_CSS = """
    PanelArea { height: 1fr; }
    PanelArea > Panel { max-height: 85%; }
    PanelArea.-beside { layout: horizontal; }
    PanelArea.-beside > Panel { width: 55%; height: 100%; max-height: 100%; }
    """

    def __init__(self, return_focus: Callable[[], None], *, id: str | None = None) -> None:
        """Args: return_focus: gives the keys to the composer, at once."""
        super().__init__(id=id)
        self._return_focus = return_focus
        self._refresh_pending = False
        self.panel: Panel | None = None
        """The panel that is open."""

    @property
    def searched(self) -> PanelText | None:
        """The page that a search looks through; None where it is the transcript."""
        body = self.panel.body if self.panel is not None else None
        return body if isinstance(body, PanelText) else None

    def open(self, panel: Panel) -> None:
        """Show a panel in place of the one that is open, and give it the keys."""
        replaced, self.panel = self.panel, panel
        with self.app.batch_update():
            self._fit_width()
            self.mount(panel)
            self.screen.set_focus(panel)  # at once: the next key is for the panel
            if replaced is not None:
                replaced.remove()

    def close(self) -> None:
        """Close the panel; the keys go back to the composer with its draft."""
        panel, self.panel = self.panel, None
        if panel is None:
            return
        with self.app.batch_update():
            if self.screen.focused is None or panel in self.screen.focused.ancestors_with_self:
                self._return_focus()
            panel.remove()
            self._fit_width()

    def close_if_over(self) -> None:
        """Close a panel that covers the transcript: something is to be seen there."""
        if self.panel is not None and not self.has_class("-beside"):
            self.close()

    def close_brief(self) -> None:
        """Close a panel of a few rows that has not the focus any more."""
        if self.panel is not None and self.panel.brief and not self.panel.has_focus:
            self.close()

    def on_panel_close_requested(self, message: Panel.CloseRequested) -> None:
        """Close the panel by a key of its own."""
        message.stop()
        self.close()

    def on_resize(self, event: events.Resize) -> None:
        """Put the panel where there is room for it."""
        self._fit_width()

    def _fit_width(self) -> None:
        long = self.panel is not None and not self.panel.brief
        beside = long and self.app.size.width >= BESIDE_CELLS
        self.set_class(beside, "-beside")
        self.screen.set_class(beside, BESIDE_CLASS)

    def content_changed(self) -> None:
        """Figures are others now: a panel that shows them follows in a moment."""
        if self.panel is not None and not self._refresh_pending:
            self._refresh_pending = True
            certain(self.set_timer(REFRESH_SECONDS, self._refresh))

    def _refresh(self) -> None:
        self._refresh_pending = False
        if self.panel is not None:
            self.panel.refresh_content()

"""The rows above the composer for what was sent and waits."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.reports.queued_prompts import QueuedPrompt, queued_rows
from tui.widgets.line_widget import MUTED, LineWidget


class QueuedPrompts(LineWidget):
    """Shows what waits; hidden while nothing does."""

    DEFAULT_CSS = "QueuedPrompts { height: auto; padding: 0 2 0 1; display: none; }"

    def __init__(self, *, labels: KeyLabels = default_key_labels, id: str | None = None) -> None:
        """Args: labels: the keys of commands."""
        super().__init__(id=id)
        self._labels = labels
        self._prompts: tuple[QueuedPrompt, ...] = ()
        self._can_send_now = False

    def show(self, prompts: Sequence[QueuedPrompt], *, can_send_now: bool) -> None:
        """Show `prompts`, oldest first; say whether an interrupt would send them."""
        wanted = (tuple(prompts), can_send_now)
        if wanted == (self._prompts, self._can_send_now):
            return
        self._prompts, self._can_send_now = wanted
        self.display = bool(prompts)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The rows of what waits."""
        keys = [("history.previous", "edit")]
        keys += [("queue.send_now", "send now")] if self._can_send_now else []
        said = [f"{self._labels(id)[0]} {words}" for id, words in keys if self._labels(id)]
        return [
            Content.assemble(row.words, "   " if row.words else "  ", (row.details, MUTED))
            for row in queued_rows(self._prompts, width, keys=said, cells=cell_len)
        ]

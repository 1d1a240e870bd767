"""The landing block above the composer: it waits for a key, and never takes the focus.

Its keys work while the composer is empty: see `tui.screens.key_dispatcher`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from tui.reports.key_labels import KeyLabels
from tui.reports.landing_block import BlockAction, LandingBlock, NextWork
from tui.widgets.key_row import key_piece, key_rows
from tui.widgets.line_widget import MUTED, LineWidget, flatten, left_and_right

_LEAST_NEXT = 24
"""Cells for what is left to do; where there are fewer, its price gets a row of its own."""


class LandingView(LineWidget):
    """How far the work is, what is left, and the keys to go on: three rows, more where narrow."""

    DEFAULT_CSS = """
    LandingView { height: auto; max-height: 8; border-left: heavy $card-border; padding: 0 1; }
    """

    @dataclass
    class ActionChosen(Message):
        """The user clicked on something that the block offers."""

        command: str

    def __init__(self, labels: KeyLabels) -> None:
        """Args: labels: the keys of commands."""
        super().__init__()
        self._labels = labels
        self._block: LandingBlock | None = None

    @property
    def actions(self) -> tuple[BlockAction, ...]:
        """What the block offers; nothing while there is none."""
        return self._block.actions if self._block else ()

    def show(self, block: LandingBlock | None) -> None:
        """Show a block; nothing without one."""
        if block != self._block or self.display is (block is None):
            self._block = block
            self.display = block is not None
            self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The rows of the block."""
        block = self._block
        if block is None:
            return []
        pieces = [self._piece(action) for action in block.actions]
        return [
            *_facts(block.facts, width),
            *(next_rows(block.next, width) if block.next else ()),
            *key_rows(pieces, width),
        ]

    def _piece(self, action: BlockAction) -> Content:
        key = next(iter(self._labels(action.command)), "")
        return key_piece(key, action.label, {"command": action.command})

    def on_click(self, event: events.Click) -> None:
        """A click on what the block offers chooses it."""
        command = event.style.meta.get("command")
        if command is not None:
            event.stop()
            self.post_message(self.ActionChosen(command))


def _facts(facts: Sequence[str], width: int) -> list[Content]:
    ended, *others = facts
    pieces = [Content.styled(ended, "bold $card-border"), *map(Content, others)]
    return key_rows(pieces, width)


def next_rows(work: NextWork, width: int) -> Iterator[Content]:
    """What is left to do, and what it takes.

    Args:
        work: What is left.
        width: Cells of a row.
    """
    label = Content.styled("next  ", MUTED)
    words, rest = Content(flatten(work.words, 400)), Content(work.rest)
    room = width - label.cell_length - rest.cell_length - 2
    if not rest or room >= min(_LEAST_NEXT, words.cell_length):
        left = Content.assemble(label, words.truncate(max(1, room), ellipsis=True))
        yield left_and_right(left, rest, min(width, left.cell_length + 4 + rest.cell_length))
        return
    yield Content.assemble(label, words).truncate(width, ellipsis=True)
    yield Content.assemble(" " * label.cell_length, rest)

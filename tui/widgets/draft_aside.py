"""The row of a draft that was put aside: its first words, its tokens, and how it comes back."""

from collections.abc import Callable, Sequence

from textual.content import Content

from tui.budget.token_estimate import estimate_tokens
from tui.number_format import format_tokens
from tui.widgets.line_widget import MUTED, LineWidget, flatten, left_and_right


class DraftAside(LineWidget):
    """One draft at most; hidden while there is none."""

    DEFAULT_CSS = "DraftAside { height: auto; display: none; padding: 0 1; }"

    def __init__(self, key: Callable[[], str]) -> None:
        """Args: key: what brings it back, as people write it; empty without one."""
        super().__init__()
        self._key = key
        self._drafts: list[tuple[str, str]] = []
        """Each as it looks, and with its pastes in full."""

    def put(self, shown: str, text: str) -> None:
        """Keep a draft; another one that is there stays below it.

        Args:
            shown: As it looks, with a token for each paste.
            text: With its pastes in full.
        """
        self._drafts.append((shown, text))
        self._show()

    def take(self) -> str:
        """The draft that was put aside last, as it looked; empty where there is none."""
        shown, _ = self._drafts.pop() if self._drafts else ("", "")
        self._show()
        return shown

    def _show(self) -> None:
        self.display = bool(self._drafts)
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The newest one, and how many there are."""
        if not self._drafts:
            return []
        (shown, text), others = self._drafts[-1], len(self._drafts) - 1
        tokens = f"≈ {format_tokens(estimate_tokens(text))} tokens"
        more = f" · {others} more" if others else ""
        key = self._key()
        back = f" · {key} brings it back" if key else ""
        left = Content.assemble(("put aside  ", MUTED), flatten(shown, 400))
        right = Content.styled(f"{tokens}{more}{back}", MUTED)
        if left.cell_length + right.cell_length + 2 > width:  # the words are worth more
            right = Content.styled(f"{more}{back}".removeprefix(" · "), MUTED)
        return [left_and_right(left, right, width)]

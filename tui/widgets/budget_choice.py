"""The row above the composer that offers a budget with the first prompt."""

from collections.abc import Sequence

from textual.content import Content

from tui.reports.budget_offer_text import BudgetOfferText
from tui.widgets.line_widget import MUTED, LineWidget, first_fitting


class BudgetChoice(LineWidget):
    """Shows which budget the first prompt gets; hidden where none is offered."""

    DEFAULT_CSS = "BudgetChoice { height: 1; padding: 0 1; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text: BudgetOfferText | None = None

    def show(self, text: BudgetOfferText | None) -> None:
        """Show the offer; None where there is none."""
        if text == self._text:
            return
        self._text = text
        self.display = text is not None
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """One row: the answers, then the longest note that fits."""
        if self._text is None:
            return []
        row = Content.styled("budget ", MUTED)
        for at, answer in enumerate(self._text.answers):
            chosen = at == self._text.chosen
            sign, style = ("▸ ", "bold") if chosen else ("  ", MUTED)
            row = Content.assemble(row, (sign, "$accent"), (answer, style), " ")
        noted = [Content.assemble(row, "   ", (note, MUTED)) for note in self._text.notes]
        return [first_fitting(width, *noted, row)]

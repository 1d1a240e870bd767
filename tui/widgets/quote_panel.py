"""The quote of a plan: its items with their prices, the price of each effort, and the answers.

Space drops the item under the cursor and takes it back, and the price follows at once. What is
agreed to is what is in view: the items that are left, the effort, the budget and the mode.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.agent.plan_agreement import WORK_MODES
from tui.budget.budget_advice import MIN_BUDGET
from tui.history.plan_pricing import PlanPricing
from tui.number_format import count_with_noun, format_dollars, format_tokens, mark_estimate
from tui.reports.quote_page import basis_sentences, item_details, item_title
from tui.session.events import Mode
from tui.widgets.line_widget import MUTED, LineWidget, first_fitting, left_and_right
from tui.widgets.panel import Panel
from tui.widgets.transcript import transcript_styles

LEAST_ITEM_ROWS = 3
"""Rows of items that are in view on the smallest screen."""
MODE_NAMES: dict[Mode, str] = {"ask": "asks", "edits": "edits", "auto": "auto"}
SHORT_NAMES = {"medium": "med", "xhigh": "xhi"}
"""Efforts where there is no room for their names."""
BUDGET_STEP = 5_000
"""Tokens by which + and − change the budget."""
KEYS = (
    "space drops · ←/→ effort · +/− budget · m mode · e edits · enter agrees · esc not now",
    "space drops · ←/→ effort · +/− budget · m mode · e edits · enter agrees",
    "space · ←/→ · +/− · m · e · enter agrees · esc not now",
)
"""The keys, as many of them as there is room for."""
_META = "quote_part"
Part = tuple[Literal["item", "effort", "mode", "agree", "edit", "later"], int]
"""What a click is on, and which of them."""


@dataclass(frozen=True, slots=True)
class QuoteChoice:
    """What the user would agree to."""

    dropped: frozenset[str] = frozenset()
    """Ids of items that are left out."""
    effort: str | None = None
    mode: Mode = "edits"
    budget: int | None = None
    """Tokens; None for what the quote says."""


class QuoteRows(LineWidget):
    """The quote; the body of a panel."""

    DEFAULT_CSS = "QuoteRows { height: auto; max-height: 100%; }"
    WHEEL_ROWS = 3

    @dataclass
    class PartChosen(Message):
        """The user clicked on something."""

        part: Part

    def __init__(self, pricing: PlanPricing, choice: QuoteChoice) -> None:
        super().__init__()
        self.pricing, self.choice = pricing, choice
        self.cursor = 0
        """Index of the item that the cursor is on."""
        self._basis_rows: dict[int, list[Content]] = {}
        """What the price rests on, by the width it was wrapped for."""
        self._work_out()

    # What is chosen --------------------------------------------------------------

    def _work_out(self) -> None:
        """Work out the prices of the choice, once for all rows."""
        pricing, choice = self.pricing, self.choice
        self.quote = pricing.quote(choice.dropped, choice.effort)
        """The price of what is left, at the chosen effort."""
        self._whole = pricing.quote((), choice.effort)
        self._totals = {
            effort: pricing.total(choice.dropped, effort).tokens
            for effort in pricing.effort_factors
        }

    @property
    def budget(self) -> int:
        """The tokens that agreeing gives."""
        return self.quote.budget if self.choice.budget is None else self.choice.budget

    def change(self, choice: QuoteChoice) -> None:
        """Show another choice."""
        self.choice = choice
        self._work_out()
        self.rebuild()

    def toggle(self, at: int) -> None:
        """Drop an item, or take it back; a budget of the user's own stays."""
        self.cursor = at
        id = self.pricing.plan.items[at].id
        self.change(replace(self.choice, dropped=self.choice.dropped ^ {id}))

    def show_plan(self, pricing: PlanPricing) -> None:
        """Show a plan that was edited; dropped items that it still has stay dropped."""
        self.pricing = pricing
        ids = {item.id for item in pricing.plan.items}
        self.cursor = min(self.cursor, len(ids) - 1)
        self.choice = replace(self.choice, dropped=self.choice.dropped & ids)
        self._basis_rows.clear()
        self._work_out()
        self.rebuild()
        if self.is_attached:
            self.refresh(layout=True)

    # As the page of a panel ------------------------------------------------------

    def action_scroll(self, by: int) -> None:
        """Go to another item."""
        self.cursor = min(max(0, self.cursor + by), len(self.pricing.plan.items) - 1)
        self.rebuild()

    def refresh_content(self) -> None:
        """Nothing of it changes by itself."""

    def text_to_copy(self) -> str:
        """The page as text."""
        return "\n".join(line.plain.rstrip() for line in self.lines(self.size.width or 80))

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        part = event.style.meta.get(_META)
        if isinstance(part, tuple):
            event.stop()
            self.post_message(self.PartChosen(part))

    # Lines -----------------------------------------------------------------------

    def line_count(self, width: int) -> int:
        """Known without making hundreds of rows."""
        head = 5 if self.pricing.effort_factors else 4
        return head + 1 + self._item_count + 1 + len(self._basis(max(20, width))) + 2

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The price, the choices, the items, and what the price rests on as far as it fits."""
        width = max(20, width)
        head, foot = [*self._price(width), *self._choices(width)], self._answers(width)
        basis = self._basis(width)
        room = self._item_count
        left = len(basis) + 1
        if height is not None:
            rows = height - len(head) - 3
            room = max(LEAST_ITEM_ROWS, min(room, rows))
            left = max(0, rows - room)
        shown = self._items_in_view(width, room)
        gap = [Content("")] if left > len(basis) else []
        return [*head, Content(""), *shown, Content(""), *basis[:left], *gap, foot]

    def _basis(self, width: int) -> list[Content]:
        """What the price rests on."""
        if width not in self._basis_rows:
            self._basis_rows[width] = [
                row
                for sentence in basis_sentences(self.pricing)
                for row in Content.styled(sentence, MUTED).wrap(width)
            ]
        return self._basis_rows[width]

    def _price(self, width: int) -> list[Content]:
        """What all of it takes, between what, and how many items that is."""
        pricing, quote, total = self.pricing, self.quote, self.quote.total
        price = _with_dollars(total.tokens, pricing)
        every = len(pricing.plan.items)
        kept = f"{len(quote.items)} of {count_with_noun(every, 'item')}"
        between = f"8 in 10 take {format_tokens(total.low)} to {format_tokens(total.high)} tokens"
        low, high = pricing.dollars(total.low), pricing.dollars(total.high)
        if low is not None and high is not None:
            between += f" ({format_dollars(low)} to {format_dollars(high)})"
        return [
            left_and_right(Content.styled(price, "bold"), Content.styled(kept, MUTED), width),
            Content(between).truncate(width, ellipsis=True),
        ]

    def _choices(self, width: int) -> list[Content]:
        """Budget, effort and mode, each with what else there is."""
        own = "" if self.choice.budget is None else " (yours)"
        dollars = self.pricing.dollars(self.budget)
        worth = "" if dollars is None else f", {mark_estimate(format_dollars(dollars))}"
        budget = Content.assemble(
            ("budget  ", MUTED), (f"{self.budget:,} tokens", "bold"), (f"{worth}{own}", MUTED)
        )
        rows = [budget]
        if self.pricing.effort_factors:
            rows.append(first_fitting(width, self._efforts({}), self._efforts(SHORT_NAMES)))
        words = [MODE_NAMES[mode] for mode in WORK_MODES]
        rows.append(
            _options("mode    ", "mode", words, [m == self.choice.mode for m in WORK_MODES])
        )
        return [row.truncate(width, ellipsis=True) for row in rows]

    def _efforts(self, short: Mapping[str, str]) -> Content:
        """The efforts, each with its price.

        Args:
            short: Names in the place of others.
        """
        words = [
            f"{short.get(effort, effort)} {format_tokens(tokens)}"
            for effort, tokens in self._totals.items()
        ]
        now = self.choice.effort or self.pricing.effort
        return _options("effort  ", "effort", words, [each == now for each in self._totals])

    @property
    def _item_count(self) -> int:
        """Rows of all items: one each, and one for the details of that under the cursor."""
        items = self.pricing.plan.items
        return len(items) + bool(item_details(items[self.cursor]))

    def _items_in_view(self, width: int, room: int) -> list[Content]:
        """The rows that there is room for, with the cursor among them."""
        items = self.pricing.plan.items
        details = item_details(items[self.cursor])
        top = min(max(0, self.cursor - room // 2), self._item_count - room)
        rows: list[Content] = []
        for at in range(top, min(len(items), top + room)):
            rows.append(self._item_row(at, width))
            if at == self.cursor and details:
                about = Content.styled(f"      {details}", MUTED)
                rows.append(about.truncate(width, ellipsis=True))
        return rows[:room]

    def _item_row(self, at: int, width: int) -> Content:
        item, marked = self.pricing.plan.items[at], at == self.cursor
        kept = item.id in self.quote.items
        name = Content.assemble(
            ("▸ " if marked else "  ", transcript_styles.CURSOR),
            ("[x] " if kept else "[ ] ", "" if kept else MUTED),
            (item_title(item), ("bold" if marked else "") if kept else MUTED),
        )
        price = Content.styled(self._item_price(item.id), "" if kept else MUTED)
        part: Part = ("item", at)
        return left_and_right(name, price, width).stylize(Style.from_meta({_META: part}))

    def _item_price(self, id: str) -> str:
        tokens = self._whole.items[id].tokens
        dollars = self.pricing.dollars(tokens)
        words = mark_estimate(format_tokens(tokens))
        if dollars is None:
            return words
        return f"{words:>8} {mark_estimate(format_dollars(dollars)):>9}"

    def _answers(self, width: int) -> Content:
        """What can be answered, for the mouse."""
        agree = f"▐ agree to {format_tokens(self.budget)} ▌"
        parts: list[tuple[str, Part]] = [
            (agree, ("agree", 0)), ("edit", ("edit", 0)), ("not now", ("later", 0)),
        ]  # fmt: skip
        row = Content("")
        for words, part in parts:
            style = "bold" if part[0] == "agree" else ""
            shown = Content.styled(words, style).stylize(Style.from_meta({_META: part}))
            row = Content.assemble(row, "   " if row else "", shown)
        return row.truncate(width, ellipsis=True)


class QuotePanel(Panel):
    """The frame of a quote, and its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_item", "Drop or take back", show=False),
        Binding("right", "effort(1)", "More effort", show=False),
        Binding("left", "effort(-1)", "Less effort", show=False),
        Binding("plus,equals_sign", f"budget({BUDGET_STEP})", "More", show=False),
        Binding("minus", f"budget({-BUDGET_STEP})", "Less", show=False),
        Binding("m", "mode", "Another mode", show=False),
        Binding("e", "edit", "Edit the plan", show=False),
        Binding("enter", "agree", "Agree", show=False),
    ]

    def __init__(
        self,
        pricing: PlanPricing,
        choice: QuoteChoice,
        *,
        on_agree: Callable[[QuoteChoice], None],
        on_edit: Callable[[], None],
    ) -> None:
        """Args:
        pricing: The plan and what its price rests on.
        choice: What is chosen at first.
        on_agree: The user agrees.
        on_edit: The user wants to change the plan in the editor.
        """
        self.rows = QuoteRows(pricing, choice)
        super().__init__("Quote", self.rows, keys=KEYS, escape="")
        self._on_agree, self._on_edit = on_agree, on_edit
        self._entitle()

    def show_plan(self, pricing: PlanPricing) -> None:
        """Show a plan that was edited."""
        self.rows.show_plan(pricing)
        self._entitle()

    def action_toggle_item(self) -> None:
        """Drop the item under the cursor, or take it back."""
        self.rows.toggle(self.rows.cursor)

    def action_effort(self, by: int) -> None:
        """Choose the next effort."""
        efforts = list(self.rows.pricing.effort_factors)
        now = self.rows.choice.effort or self.rows.pricing.effort
        if now in efforts:
            at = min(max(0, efforts.index(now) + by), len(efforts) - 1)
            self.rows.change(replace(self.rows.choice, effort=efforts[at]))

    def action_budget(self, by: int) -> None:
        """Give more or fewer tokens than the quote says."""
        steps = self.rows.budget / BUDGET_STEP
        at = int(steps) + 1 if by > 0 else -int(-steps // 1) - 1
        tokens = max(MIN_BUDGET, at * BUDGET_STEP)
        self.rows.change(replace(self.rows.choice, budget=tokens))

    def action_mode(self) -> None:
        """Choose the next mode."""
        at = WORK_MODES.index(self.rows.choice.mode)
        mode = WORK_MODES[(at + 1) % len(WORK_MODES)]
        self.rows.change(replace(self.rows.choice, mode=mode))

    def action_edit(self) -> None:
        """Change the plan in the editor."""
        self._on_edit()

    def action_agree(self) -> None:
        """Agree to what is in view."""
        self._on_agree(self.rows.choice)

    def on_quote_rows_part_chosen(self, message: QuoteRows.PartChosen) -> None:
        """Do what a click on a part means."""
        message.stop()
        kind, at = message.part
        choice = self.rows.choice
        match kind:
            case "item":
                self.rows.toggle(at)
            case "effort":
                effort = list(self.rows.pricing.effort_factors)[at]
                self.rows.change(replace(choice, effort=effort))
            case "mode":
                self.rows.change(replace(choice, mode=WORK_MODES[at]))
            case "agree":
                self.action_agree()
            case "edit":
                self.action_edit()
            case "later":
                self.action_leave()

    def _entitle(self) -> None:
        self.border_title = Content.assemble(
            ("Quote", "bold"), (f" · {self.rows.pricing.kind}", MUTED)
        )


def _with_dollars(tokens: int, pricing: PlanPricing) -> str:
    dollars = pricing.dollars(tokens)
    words = f"{mark_estimate(format_tokens(tokens))} tokens"
    return words if dollars is None else f"{words}, {mark_estimate(format_dollars(dollars))}"


def _options(
    name: str, kind: Literal["effort", "mode"], words: Sequence[str], chosen: Sequence[bool]
) -> Content:
    """A row of things to choose from; brackets mark the chosen one, not colour alone."""
    row = Content.styled(name, MUTED)
    for at, (each, is_chosen) in enumerate(zip(words, chosen, strict=True)):
        part: Part = (kind, at)
        shown = Content.styled(
            f"[{each}]" if is_chosen else f" {each} ", "bold" if is_chosen else ""
        )
        row = Content.assemble(row, shown.stylize(Style.from_meta({_META: part})), " ")
    return row

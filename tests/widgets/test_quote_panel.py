"""The rows of a quote: the cursor stays in view however long the plan and small the screen."""

from datetime import date
from decimal import Decimal

import pytest

from tui.claude.catalogue import load_catalogue
from tui.claude.work_on_models import matrix_model
from tui.history.plan_pricing import PricingHistory, price_plan
from tui.session.filed_plan import FiledPlan, PlanItem
from tui.widgets.quote_panel import QuoteChoice, QuoteRows

CATALOGUE = load_catalogue()
MODEL = matrix_model(CATALOGUE, CATALOGUE.model("claude-opus-5-5"), date(2026, 12, 1))
LONG = FiledPlan(
    items=tuple(
        PlanItem(id=f"i{n}", title=f"step {n} \x1b[31m[b]", estimate=1_000, checks=("pytest",))
        for n in range(200)
    )
)


def rows(plan: FiledPlan = LONG) -> QuoteRows:
    pricing = price_plan(
        plan, "feature", PricingHistory(), MODEL, effort="high", token_price=Decimal("0.00002")
    )
    return QuoteRows(pricing, QuoteChoice(effort="high"))


@pytest.mark.parametrize("cursor", [0, 1, 100, 198, 199])
@pytest.mark.parametrize("size", [(78, 16), (64, 30), (40, 12)])
def test_two_hundred_items_fit_any_screen_with_the_cursor_and_its_checks_in_view(
    size: tuple[int, int], cursor: int
):
    body = rows()
    body.cursor = cursor
    lines = [line.plain for line in body.lines(*size)]
    assert len(lines) == size[1]
    (at,) = (at for at, line in enumerate(lines) if line.startswith("▸"))
    assert f"[x] step {cursor} [b]" in lines[at]
    assert lines[at + 1].strip() == "check: pytest"
    assert "agree to" in lines[-1]
    assert max(map(len, lines)) <= size[0]


def test_the_number_of_lines_is_known_without_making_them():
    for body in (
        rows(),
        rows(FiledPlan(items=LONG.items[:3])),
        rows(FiledPlan(items=LONG.items[:1])),
    ):
        for width in (40, 78, 120):
            assert body.line_count(width) == len(body.lines(width))

"""Quotes and bills in words and as JSON; titles of a model never become markup."""

import json
from datetime import date
from decimal import Decimal

from tests.history.task_runs import task
from tui.claude.catalogue import load_catalogue
from tui.claude.work_on_models import matrix_model
from tui.history.plan_pricing import PlanPricing, PricingHistory, price_plan
from tui.history.task_run import TaskRun
from tui.reports.quote_bill_page import agreed_sentence, bill_page, bill_sentence
from tui.reports.quote_page import basis_sentences, quote_json, quote_lines
from tui.session.filed_plan import AgreedItem, AgreedQuote, FiledPlan, PlanItem
from tui.session.plan_quotes import BilledItem, QuoteBill

CATALOGUE = load_catalogue()
MODEL = matrix_model(CATALOGUE, CATALOGUE.model("claude-opus-5-5"), date(2026, 12, 1))
PLAN = FiledPlan(
    goal="Annotate \x1b[31mall",
    items=(
        PlanItem(id="a", title="parse.py \u202e[b]x[/b]", estimate=4_000, files=("parse.py",)),
        PlanItem(id="b", title="lexer.py", estimate=6_000, checks=("pytest -q",)),
    ),
)


def priced(plan: FiledPlan = PLAN, runs: tuple[TaskRun, ...] = ()) -> PlanPricing:
    past, price = PricingHistory(runs), Decimal("0.00002")
    return price_plan(plan, "bug fix", past, MODEL, effort="high", token_price=price)


def test_plan_and_price_as_text_with_what_the_price_rests_on():
    assert list(quote_lines(priced())) == [
        "Plan: Annotate all",
        "",
        "  1. parse.py \ufffd[b]x[/b]  ·  ≈ 4k tokens, ≈ $0.08",
        "     parse.py",
        "  2. lexer.py  ·  ≈ 6k tokens, ≈ $0.12",
        "     check: pytest -q",
        "",
        "Price: ≈ 10k tokens, ≈ $0.20; 8 in 10 take between 5k and 20k tokens ($0.10 and $0.40). "
        "A budget of 22,000 tokens fits 9 in 10 and the wrap-up.",
        "By effort: low ≈ 6k · medium ≈ 8k · high ≈ 10k · xhigh ≈ 12k · max ≈ 15k",
        "No plan of yours was measured yet: the price takes the estimates as they are, and half to "
        "twice of them as the range.",
        "The published range of this kind (bug fix), beside it: half stay under 20k tokens, "
        "9 in 10 under 50k.",
        "The plan estimates 10,000 tokens.",
    ]


def test_it_says_on_how_many_plans_the_ratio_rests_and_where_estimates_are_missing():
    run = task(3_000, estimated=2_000.0, estimate_spend=3_000, plan_done=True)
    said = list(basis_sentences(priced(runs=(run,) * 3)))
    assert said[0].endswith(
        "of their estimates, by 3 plans of this kind (bug fix), so it is drawn towards 1."
    )
    assert said[1].startswith("3 runs of this kind (bug fix), beside it:")
    some = FiledPlan(items=(*PLAN.items, PlanItem(id="c", title="C")))
    assert list(basis_sentences(priced(some)))[-1] == (
        "1 item without an estimate: the price takes the mean of the others."
    )
    none = FiledPlan(items=(PlanItem(id="c", title="C"),))
    assert "its items share the 20,000 tokens" in list(basis_sentences(priced(none)))[-1]


def test_the_json_adds_up_and_takes_the_plan_back():
    found = json.loads(json.dumps(quote_json(priced())))
    quote = found["quote"]
    assert quote["tokens"] == sum(item["tokens"] for item in quote["items"]) == 10_000
    assert (quote["dollars"], quote["dollars_high"], quote["budget"]) == (
        "0.2000",
        "0.4000",
        22_000,
    )
    assert found["plan"]["items"][1] == {
        "id": "b",
        "title": "lexer.py",
        "estimate": 6_000,
        "files": [],
        "checks": ["pytest -q"],
    }
    assert [each["effort"] for each in found["efforts"]] == [
        "low",
        "medium",
        "high",
        "xhigh",
        "max",
    ]


QUOTE = AgreedQuote(
    items=(
        AgreedItem(id="a", title="parse.py", estimate=4_000, quoted=5_000),
        AgreedItem(id="b", title="lexer | py", estimate=2_000, quoted=2_500),
    ),
    low=4_000,
    high=15_000,
    estimated=6_000,
    budget=20_000,
    kind="bug fix",
    dollars=Decimal("0.15"),
)


def bill(took: int = 9_000, *, is_open: bool = False, b_state: str = "done") -> QuoteBill:
    items = (
        BilledItem(QUOTE.items[0], "done", 6_000),
        BilledItem(QUOTE.items[1], b_state, 0, "a" if b_state == "done" else None),  # type: ignore[arg-type]
    )
    return QuoteBill(QUOTE, items, took, Decimal("0.19"), is_open)


def test_the_bill_says_what_was_used_of_what_was_quoted():
    assert bill_sentence(bill()) == (
        "The agreed plan: 9k tokens used of 7.5k quoted, $0.19 of $0.15. That is within the range "
        "of 4k to 15k. /plan shows each item."
    )
    assert "more than the range" in bill_sentence(bill(15_001))
    assert "less than the range" in bill_sentence(bill(3_999))
    assert "1 item still open, quoted ≈ 2,500." in bill_sentence(
        bill(is_open=True, b_state="pending")
    )
    assert agreed_sentence(QUOTE) == (
        "Agreed: 2 items for ≈ 7.5k tokens, ≈ $0.15; 8 in 10 such plans take between 4k and 15k."
    )


def test_the_page_of_the_bill_has_each_item_and_what_belongs_to_none():
    rows = [line for line in bill_page(bill()).splitlines() if line.startswith("|")]
    rows = [row.replace("\\", "") for row in rows]
    assert rows[2:] == [
        "| parse.py | done | ≈ 5,000 | 6,000 | +1,000 |",
        "| lexer | py | done, with parse.py | ≈ 2,500 | – |  |",
        "| reading and reports |  | in the items | 3,000 |  |",
        "| all of it |  | ≈ 7,500 | 9,000 | +1,500 |",
    ]


def test_of_open_items_only_what_they_have_not_used_yet_is_left_of_the_quote():
    assert bill(is_open=True, b_state="in_progress").open_quoted == 2_500
    assert bill().open_quoted == 0

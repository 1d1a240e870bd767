"""What a session costs on another model: the list price of the same tokens."""

from datetime import date
from decimal import Decimal

from tui.budget.ledger import Usage
from tui.claude.catalogue import load_catalogue
from tui.claude.session_on_model import PriceOnModel, SessionTokens
from tui.session.usage_details import BillLine

CATALOGUE = load_catalogue()
OPUS, SONNET = CATALOGUE.model("claude-opus-5-5"), CATALOGUE.model("claude-sonnet-5-5")
DAY = date(2026, 11, 30)


def line(model: str, usage: Usage, dollars: str | None, *, is_complete: bool = True) -> BillLine:
    return BillLine(
        request=1,
        turn=1,
        model=model,
        purpose="turn",
        usage=usage,
        dollars=None if dollars is None else Decimal(dollars),
        rates=None,
        is_complete=is_complete,
    )


MILLION_OF_EACH = Usage(input=1_000_000, output=1_000_000)


def test_the_model_that_answered_has_what_was_billed_and_others_the_list_price_of_its_tokens():
    # a price of the session that no list has: it is taken from the bill
    tokens = SessionTokens([line(OPUS.id, MILLION_OF_EACH, "23.45")], CATALOGUE)
    assert tokens.price_on(OPUS, DAY) == PriceOnModel(Decimal("23.45"), estimated=False)
    # Sonnet 5.5: $2 for a million of input and $10 for a million of output
    assert tokens.price_on(SONNET, DAY) == PriceOnModel(Decimal(12), estimated=True)


def test_the_requests_of_two_models_are_added():
    lines = [line(OPUS.id, MILLION_OF_EACH, "24"), line(SONNET.id, MILLION_OF_EACH, "12")]
    tokens = SessionTokens(lines, CATALOGUE)
    assert tokens.price_on(OPUS, DAY) == PriceOnModel(Decimal(48), estimated=True)
    assert tokens.price_on(SONNET, DAY) == PriceOnModel(Decimal(24), estimated=True)


def test_the_same_text_is_fewer_tokens_for_a_model_that_counts_it_otherwise():
    # Haiku 4.5 counts 1 token where Opus 5.5 counts 1.3; $1 and $5 a million
    older = CATALOGUE.model("claude-haiku-4-5")
    tokens = SessionTokens([line(OPUS.id, Usage(input=1_300_000), "5.20")], CATALOGUE)
    priced = tokens.price_on(older, DAY)
    assert priced is not None and priced.dollars == Decimal(1)


def test_what_has_no_price_or_was_not_sent_has_none_here():
    assert SessionTokens([], CATALOGUE).price_on(OPUS, DAY) is None
    tokens = SessionTokens([line(OPUS.id, MILLION_OF_EACH, None)], CATALOGUE)
    assert tokens.price_on(OPUS, DAY) is None
    assert tokens.price_on(CATALOGUE.model("gpt-17"), DAY) is None


def test_an_answer_that_broke_off_makes_the_sum_an_estimate():
    broken = line(OPUS.id, MILLION_OF_EACH, "24", is_complete=False)
    assert SessionTokens([broken], CATALOGUE).price_on(OPUS, DAY) == PriceOnModel(
        Decimal(24), estimated=True
    )

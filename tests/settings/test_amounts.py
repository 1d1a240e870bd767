"""Amounts as people type them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.settings.amounts import (
    AmountError,
    Dollars,
    MoreTokens,
    NoBudget,
    Tokens,
    parse_amount,
    quote_foreign,
    too_small_reason,
)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("200k", Tokens(200_000)),
        ("200K", Tokens(200_000)),
        ("200 k", Tokens(200_000)),
        ("1.5M", Tokens(1_500_000)),
        (".5m", Tokens(500_000)),
        ("50_000", Tokens(50_000)),
        ("50,000", Tokens(50_000)),
        ("1,250,000", Tokens(1_250_000)),
        ("  20000\n", Tokens(20_000)),
        ("+50k", MoreTokens(50_000)),
        ("+ 50_000", MoreTokens(50_000)),
        ("$5", Dollars(Decimal(5))),
        ("$0.50", Dollars(Decimal("0.50"))),
        ("$1.5k", Dollars(Decimal(1500))),
        ("off", NoBudget()),
        ("OFF", NoBudget()),
        ("0", NoBudget()),
        ("0k", NoBudget()),
    ],
)
def test_what_people_type_is_understood(
    text: str, amount: Tokens | MoreTokens | Dollars | NoBudget
):
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing was typed"),
        ("a lot", "expected something like 200k"),
        ("1e6", "expected something like 200k"),
        ("٣٠", "expected something like 200k"),
        ("-5k", "it is negative"),
        ("−5k", "it is negative"),
        ("+0", "adding nothing changes nothing"),
        ("+0k", "adding nothing changes nothing"),
        ("1.2345k", "tokens are counted whole"),
        ("0.5", "tokens are counted whole"),
        ("1001M", "more than 1,000,000,000 tokens"),
        ("$0", "zero dollars would allow nothing"),
        ("$1.234", "dollars go down to cents"),
        ("+$5", "given whole"),
        ("$+5", "given whole"),
        ("50,00", "expected something like 200k"),
        ("5__0", "expected something like 200k"),
        ("9" * 5000, "expected something like 200k"),
        ("unlimited", "expected something like 200k"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(AmountError) as caught:
        parse_amount(text)
    sentence = str(caught.value)
    assert reason in sentence
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 200


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 1_000_000_000))
def test_every_whole_number_reads_as_itself_in_every_spelling(count: int):
    spellings = (f"{count}", f"{count:_}", f"{count:,}", f"{Decimal(count) / 1000}k")
    assert {parse_amount(text) for text in spellings} == {Tokens(count)}
    assert parse_amount(f"+{count}") == MoreTokens(count)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 100_000_00))
def test_every_price_in_cents_reads_as_itself(cents: int):
    assert parse_amount(f"${cents // 100}.{cents % 100:02}") == Dollars(Decimal(cents) / 100)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_no_text_does_anything_but_parse_or_explain(text: str):
    try:
        parse_amount(text)
    except AmountError as error:
        assert str(error).isprintable()


def test_a_budget_below_what_the_api_accepts_is_explained():
    assert too_small_reason(20_000) is None
    assert "20,000 or more" in (too_small_reason(19_999) or "")


def test_control_characters_are_shown_not_sent_to_the_terminal():
    assert quote_foreign("\x1b[31mred") == '"\\x1b[31mred"'

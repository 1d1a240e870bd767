"""Dollars: exact, dated, and none where anything is unknown."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.claude.catalogue import Model, load_catalogue
from tui.claude.pricing import Terms, price, rates_for, terms

CATALOGUE = load_catalogue()
DAY = date(2026, 11, 23)
NEW = {"name": "X", "context": 200_000, "max_output": 64_000}
"""What a model that the list lacks has to say."""


def opus(id: str = "claude-opus-5-5") -> Model:
    return CATALOGUE.model(id)


def at(prompt: int = 0, **more: Any) -> Terms:
    return Terms(day=more.pop("day", DAY), prompt=prompt, **more)


def test_a_response_costs_what_a_hand_calculation_says():
    usage = Usage(
        input=1_000, cache_write_5m=2_000, cache_write_1h=3_000, cache_read=100_000, output=5_000
    )
    got = price(usage, opus(), at(106_000))
    # 1k x $4 + 2k x $5 + 3k x $8 + 100k x $0.20 + 5k x $20, each per million
    assert got is not None
    assert got.total == Decimal("0.158")
    assert got.by_class == {
        "input": Decimal("0.004"),
        "cache_write": Decimal("0.034"),
        "cache_read": Decimal("0.02"),
        "output": Decimal("0.1"),
    }


@pytest.mark.parametrize(("prompt", "dollars"), [(100_000, "0.01"), (100_001, "0.0500005")])
def test_haiku_takes_the_higher_rate_for_the_whole_request_beyond_100k(prompt: int, dollars: str):
    got = price(Usage(input=prompt), opus("claude-haiku-5-5"), at(prompt))
    assert got is not None
    assert got.total == Decimal(dollars)


def test_the_tier_counts_cache_reads_and_the_longest_iteration():
    raw = {
        "input_tokens": 1,
        "output_tokens": 1,
        "iterations": [
            {"type": "message", "input_tokens": 10, "cache_read_input_tokens": 150_000},
            {"type": "message", "input_tokens": 20},
        ],
    }
    assert terms(raw, Usage(input=30), opus(), DAY).prompt == 150_010
    assert terms({}, Usage(input=5, cache_read=7), opus(), DAY).prompt == 12


def test_the_rates_applied_are_told_with_their_date():
    got = price(Usage(output=1), opus(), at())
    assert got is not None
    assert got.rates == {
        "since": "2026-10-09",
        "above": 0,
        "input": "4",
        "output": "20",
        "cache_write_5m": "5",
        "cache_write_1h": "8",
        "cache_read": "0.20",
        "factor": "1",
    }


@pytest.mark.parametrize(
    ("usage", "more"),
    [
        (Usage(output=1, reported=False), {}),
        (Usage(output=1), {"speed": "warp"}),
        (Usage(output=1), {"tier": "priority"}),
        (Usage(output=1), {"geo": "eu"}),
        (Usage(output=1), {"others": True}),
    ],
)
def test_what_is_not_known_is_not_priced(usage: Usage, more: dict[str, Any]):
    assert price(usage, opus(), at(**more)) is None


@pytest.mark.parametrize("id", ["claude-fable-5-2", "claude-sonnet-5-5", "claude-opus-4-7"])
def test_fast_mode_of_a_model_without_a_listed_price_is_not_priced(id: str):
    assert price(Usage(output=1), opus(id), at(speed="fast")) is None


@pytest.mark.parametrize(
    ("id", "dollars"),
    # 1M input, output, 5m write, 1h write and read: the listed pair and the cache multipliers
    [
        ("claude-opus-5-5", "74.40"),  # 8 + 40 + 8 x (1.25 + 2 + 0.05)
        ("claude-opus-5", "93.50"),  # 10 + 50 + 10 x (1.25 + 2 + 0.1)
        ("claude-opus-4-8", "93.50"),
    ],
)
def test_fast_mode_costs_its_own_list_price_with_the_usual_cache_multipliers(id: str, dollars: str):
    million = 1_000_000
    usage = Usage(
        input=million,
        cache_write_5m=million,
        cache_write_1h=million,
        cache_read=million,
        output=million,
    )
    got = price(usage, opus(id), at(speed="fast"))
    assert got is not None
    assert got.total == Decimal(dollars)
    assert got.rates["speed"] == "fast"


def test_a_batch_costs_half_and_a_batch_in_one_country_half_of_a_tenth_more():
    usage = Usage(output=1_000_000)
    half = price(usage, opus(), at(tier="batch"))
    both = price(usage, opus(), at(tier="batch", geo="us"))
    assert half is not None and both is not None
    assert (half.total, both.total) == (Decimal(10), Decimal(11))
    assert (half.rates["factor"], both.rates["factor"]) == ("0.5", "0.55")


def test_a_web_search_costs_a_cent_whatever_the_tokens_are_multiplied_with():
    got = price(Usage(output=1_000_000, web_searches=3), opus(), at(geo="us"))
    assert got is not None
    assert got.by_class["web_search"] == Decimal("0.03")
    assert got.total == Decimal("22.03")
    assert got.rates["web_search"] == "10"


def test_an_unknown_model_has_no_price():
    assert price(Usage(output=1), opus("gpt-17"), at()) is None


def test_inference_in_one_country_costs_a_tenth_more_where_that_is_known():
    got = price(Usage(output=1_000_000), opus(), at(geo="us"))
    assert got is not None and got.total == Decimal("22.0")
    assert price(Usage(output=1), opus("claude-opus-4-5"), at(geo="us")) is None


def test_a_web_search_is_priced_as_the_user_says_and_not_at_all_where_nobody_does():
    row = {
        "since": "2026-11-01",
        "input": 1,
        "output": 5,
        "cache_write_5m": 1,
        "cache_write_1h": 2,
        "cache_read": 1,
    }
    model = load_catalogue(
        {"models": {"claude-x": {**NEW, "rates": [{**row, "web_search": 20}]}}}
    ).model("claude-x")
    got = price(Usage(web_searches=3), model, at())
    assert got is not None and got.total == Decimal("0.06")
    silent = load_catalogue({"models": {"claude-x": {**NEW, "rates": [row]}}}).model("claude-x")
    assert price(Usage(web_searches=3), silent, at()) is None
    assert price(Usage(output=3), silent, at()) is not None


def test_the_newest_price_that_has_begun_applies():
    def row(since: str, dollars: int) -> dict[str, object]:
        names = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
        return {"since": since, **dict.fromkeys(names, dollars)}

    rows = [row("2026-10-01", 1), row("2026-12-01", 3), row("2026-11-01", 2)]
    model = load_catalogue({"models": {"claude-x": {**NEW, "rates": rows}}}).model("claude-x")
    days = (date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1), date(2027, 1, 1))
    assert [rates_for(model, day, 0).input for day in days] == [1, 1, 2, 3]


def test_a_row_of_the_user_that_has_not_begun_prices_nothing():
    row = dict.fromkeys(("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"), 9)
    later = {"rates": [{"since": "2026-12-24", **row}]}
    model = load_catalogue({"models": {"claude-opus-5-5": later}}).model("claude-opus-5-5")
    eve, day = date(2026, 12, 23), date(2026, 12, 24)
    assert rates_for(model, eve, 0) is None
    assert price(Usage(output=3), model, Terms(day=eve, prompt=3)) is None
    assert rates_for(model, day, 0).input == 9
    dated = load_catalogue({"models": {"claude-opus-5-5": later}}).model("claude-opus-5-5-20261009")
    assert rates_for(dated, eve, 0) is None


def test_a_shipped_price_holds_under_a_clock_that_is_set_back():
    assert rates_for(opus(), date(2020, 1, 1), 0) == rates_for(opus(), date(2026, 11, 30), 0)


def test_what_the_usage_says_about_place_and_speed_reaches_the_price():
    raw = {"inference_geo": "us", "speed": "fast", "service_tier": "batch"}
    got = terms(raw, Usage(), opus(), DAY)
    assert (got.geo, got.speed, got.tier) == ("us", "fast", "batch")


def test_an_advisor_among_the_iterations_is_another_model_but_a_dated_id_is_not():
    own = {"type": "message", "model": "claude-opus-5-5-20261007"}
    advisor = {"type": "advisor_message", "model": "claude-fable-5-1"}
    assert terms({"iterations": [own]}, Usage(), opus(), DAY).others is False
    assert terms({"iterations": [own, advisor]}, Usage(), opus(), DAY).others is True
    assert terms({"iterations": 7}, Usage(), opus(), DAY).others is False


COUNTS = st.integers(0, 10_000_000)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from(sorted(CATALOGUE.models)))
def test_the_classes_sum_to_the_total_and_the_total_to_a_recalculation(
    a: int, b: int, c: int, d: int, e: int, id: str
):
    usage = Usage(input=a, cache_write_5m=b, cache_write_1h=c, cache_read=d, output=e)
    got = price(usage, CATALOGUE.model(id), at(usage.total_input))
    assert got is not None
    assert sum(got.by_class.values()) == got.total
    rates = {key: Decimal(str(value)) for key, value in got.rates.items() if key != "since"}
    assert "web_search" not in rates
    weighed = (
        a * rates["input"]
        + b * rates["cache_write_5m"]
        + c * rates["cache_write_1h"]
        + d * rates["cache_read"]
        + e * rates["output"]
    )
    assert got.total * 1_000_000 == weighed

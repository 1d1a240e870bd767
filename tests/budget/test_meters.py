"""The figures of the meters: what is used, left and shared, by hand."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from tui.budget.meters import (
    BilledMeter,
    BudgetMeter,
    ContextMeter,
    DollarMeter,
    Meters,
)


def test_what_streams_is_used_and_what_the_model_was_not_told_of_is_left_for_it():
    meter = BudgetMeter(grant=100_000, charged=60_000, live=1_500, unannounced=700)
    assert (meter.used, meter.left, meter.left_for_model) == (61_500, 38_500, 39_200)


def test_in_overrun_less_than_nothing_is_left():
    assert BudgetMeter(grant=20_000, charged=19_000, live=1_250).left == -250


@pytest.mark.parametrize(
    ("unsettled", "live", "estimated"),
    [(0, 0, False), (10, 0, True), (0, 10, True), (10, 10, True)],
)
def test_a_budget_is_an_estimate_while_any_part_of_it_is(
    unsettled: int, live: int, estimated: bool
):
    meter = BudgetMeter(grant=20_000, charged=500, unsettled=unsettled, live=live)
    assert meter.estimated is estimated


@pytest.mark.parametrize(
    ("used", "left", "share"),
    [("0", "5", 0.0), ("1.25", "3.75", 0.25), ("5", "0", 1.0), ("6", "-1", 1.2)],
)
def test_a_limit_in_dollars_has_what_is_left_of_it_and_its_used_part(
    used: str, left: str, share: float
):
    meter = DollarMeter(limit=Decimal(5), used=Decimal(used))
    assert (meter.left, meter.share) == (Decimal(left), pytest.approx(share))


def test_billed_tokens_are_those_of_all_classes_and_the_cached_share_is_of_the_input():
    meter = BilledMeter(input=100, cache_write=200, cache_read=700, output=50)
    assert meter.tokens == 1_050
    assert meter.cached_share == pytest.approx(0.7)


def test_a_single_token_of_input_has_a_cached_share_and_output_alone_has_none():
    assert BilledMeter(input=1).cached_share == 0.0
    assert BilledMeter(cache_read=1).cached_share == 1.0
    assert BilledMeter(output=1).cached_share is None


@pytest.mark.parametrize(
    "meter",
    [
        BudgetMeter(grant=0, charged=0),
        DollarMeter(limit=Decimal(0)),
        BilledMeter(),
        ContextMeter(),
        Meters(priced=False),
    ],
    ids=lambda meter: type(meter).__name__,
)
def test_a_meter_counts_nothing_that_it_was_not_given(meter: Any):
    counted = {field.name: getattr(meter, field.name) for field in fields(meter)}
    figures = {name: value for name, value in counted.items() if isinstance(value, int | float)}
    assert figures and not any(figures.values())

"""Settling tool results by what the context grew."""

from tui.budget.settled_weights import RequestBaseline, settled_weights


def footing(
    context: int, output: int, *, budgeted: bool = True, model: str = "m"
) -> RequestBaseline:
    return RequestBaseline(context, output, model, budgeted)


def test_growth_less_the_models_own_output_is_what_was_new():
    """The documentation's example: 20 in, 5,000 out, then about 7,820 in: 2,800 are results."""
    assert settled_weights(footing(20, 5_000), footing(7_820, 4_000), [2_500]) == [2_800]


def test_parallel_results_share_it_and_the_parts_sum():
    parts = settled_weights(footing(1_000, 100), footing(2_101, 50), [300, 300, 400])
    assert parts == [300, 300, 401]


def test_what_does_not_compare_stays_an_estimate():
    after = footing(2_000, 50)
    assert settled_weights(None, after, [100]) is None
    assert settled_weights(footing(1_000, 100, model="other"), after, [100]) is None
    assert settled_weights(footing(1_000, 100, budgeted=False), after, [100]) is None


def test_what_did_not_grow_took_nothing():
    assert settled_weights(footing(1_000, 100), footing(1_100, 50), [300, 40]) == [0, 0]


def test_a_baseline_counted_for_the_next_request_compares_with_and_without_a_budget():
    counted = RequestBaseline(1_000, 0, "m", None)
    assert settled_weights(counted, footing(1_070, 50, budgeted=False), [9]) == [70]
    assert settled_weights(counted, footing(1_070, 50, budgeted=True), [9]) == [70]


def test_usage_that_shrinks_never_settles_below_zero():
    assert settled_weights(footing(5_000, 100), footing(2_000, 50), [100]) is None

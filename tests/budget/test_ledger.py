"""The ledger: what is charged, settled, split and apportioned."""

from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Ledger, LedgerEntry, Usage, apportion, is_charged


def entry(key: str, tokens: int, **changes: object) -> LedgerEntry:
    values: dict[str, object] = {
        "key": key,
        "kind": "output",
        "tokens": tokens,
        "settled": True,
        "charged": True,
        "turn": 1,
        "request": 1,
        "subtask": None,
        "agent": "main",
        "model": "m",
    }
    return LedgerEntry(**(values | changes))  # type: ignore[arg-type]


def test_a_key_is_charged_once() -> None:
    ledger = Ledger()
    ledger.add(entry("msg_1", 100))
    ledger.add(entry("msg_1", 100))
    assert ledger.charged == 100


def test_settling_replaces_the_estimate_in_every_sum() -> None:
    ledger = Ledger()
    ledger.add(entry("toolu_1", 900, kind="results", settled=False, subtask="a"))
    assert ledger.unsettled == 900
    assert ledger.settle("toolu_1", 1_000) == 100
    assert (ledger.charged, ledger.unsettled, ledger.by_subtask) == (1_000, 0, {"a": 1_000})
    assert ledger.settle("toolu_1", 5) == 0, "settled once, settled for ever"


def test_a_split_moves_tokens_and_keeps_the_sum() -> None:
    ledger = Ledger()
    ledger.add(entry("msg_1", 1_000))
    key = ledger.split("msg_1", "summary", 300)
    assert (ledger.tokens(key), ledger.tokens("msg_1"), ledger.charged) == (300, 700, 1_000)


def test_a_message_split_twice_loses_nothing() -> None:
    ledger = Ledger()
    ledger.add(entry("msg_1", 1_000))
    first, second = ledger.split("msg_1", "output", 300), ledger.split("msg_1", "output", 200)
    assert first != second
    assert (ledger.tokens("msg_1"), ledger.charged) == (500, 1_000)


def test_prompts_are_charged_only_where_the_server_charges_them() -> None:
    assert not is_charged("prompt", prompts=False)
    assert is_charged("prompt", prompts=True)
    assert is_charged("results", prompts=False) and is_charged("beside", prompts=False)


def test_usage_keeps_billed_and_budget_apart() -> None:
    """Top-level usage of a response with an advisor: its tokens are paid, never charged."""
    usage = Usage(input=10, cache_read=90, output=500, charged_output=400, context=70)
    assert (usage.total_input, usage.window, usage.budget_output) == (100, 70, 400)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**5), min_size=1, max_size=40))
def test_apportioned_parts_sum_exactly_and_keep_proportion(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - total * weight / whole) < 1


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 5_000), st.booleans(), st.booleans()),
        max_size=30,
    ),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 5_000)), max_size=10),
)
def test_the_sums_are_always_the_sums_of_the_entries(
    adds: list[tuple[str, int, bool, bool]], settlements: list[tuple[str, int]]
) -> None:
    ledger = Ledger()
    for number, (key, tokens, settled, charged) in enumerate(adds):
        ledger.add(
            entry(key, tokens, settled=settled, charged=charged, turn=number % 3, subtask=key)
        )
    for key, tokens in settlements:
        ledger.settle(key, tokens)
    charged = [each for each in ledger.entries.values() if each.charged]
    total = sum(each.tokens for each in charged)
    assert ledger.charged == total
    assert ledger.unsettled == sum(each.tokens for each in charged if not each.settled)
    for sums in (ledger.by_turn, ledger.by_subtask, ledger.by_kind, ledger.by_model):
        assert sum(sums.values()) == total

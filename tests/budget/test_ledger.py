"""The ledger: what is charged, settled, split and apportioned."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import (
    Ledger,
    LedgerEntry,
    SubtaskShare,
    Usage,
    apportion,
    is_charged,
    split_shares,
)


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


def test_a_key_is_charged_once():
    ledger = Ledger()
    ledger.add(entry("msg_1", 100))
    ledger.add(entry("msg_1", 100))
    assert ledger.charged == 100


def test_settling_replaces_the_estimate_in_every_sum():
    ledger = Ledger()
    ledger.add(entry("toolu_1", 900, kind="results", settled=False, subtask="a"))
    assert ledger.unsettled == 900
    assert ledger.settle("toolu_1", 1_000) == 100
    assert (ledger.charged, ledger.unsettled, ledger.by_subtask) == (1_000, 0, {"a": 1_000})
    assert ledger.settle("toolu_1", 5) == 0, "settled once, settled for ever"


def test_a_split_moves_tokens_and_keeps_the_sum():
    ledger = Ledger()
    ledger.add(entry("msg_1", 1_000))
    key = ledger.split("msg_1", "summary", 300)
    assert (ledger.tokens(key), ledger.tokens("msg_1"), ledger.charged) == (300, 700, 1_000)


def test_a_message_split_twice_loses_nothing():
    ledger = Ledger()
    ledger.add(entry("msg_1", 1_000))
    first, second = ledger.split("msg_1", "output", 300), ledger.split("msg_1", "output", 200)
    assert first != second
    assert (ledger.tokens("msg_1"), ledger.charged) == (500, 1_000)


def test_prompts_are_charged_only_where_the_server_charges_them():
    assert not is_charged("prompt", prompts=False)
    assert is_charged("prompt", prompts=True)
    for kind in ("output", "results", "beside", "summary"):
        assert is_charged(kind, prompts=False) and is_charged(kind, prompts=True)


def test_usage_keeps_billed_and_budget_apart():
    """Top-level usage of a response with an advisor: its tokens are paid, never charged."""
    usage = Usage(input=10, cache_read=90, output=500, charged_output=400, context=70)
    assert (usage.total_input, usage.window, usage.budget_output) == (100, 70, 400)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**5), min_size=1, max_size=40))
def test_apportioned_parts_sum_exactly_and_keep_proportion(total: int, weights: list[int]):
    parts = apportion(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - total * weight / whole) < 1


def test_usage_has_every_class_of_input_and_is_its_own_window_and_charge():
    usage = Usage(input=1, cache_write_5m=20, cache_write_1h=300, cache_read=4_000, output=7)
    assert (usage.cache_write, usage.total_input) == (320, 4_321)
    assert (usage.window, usage.budget_output, usage.only_compacted) == (4_321, 7, False)
    assert Usage(input=9, context=0).only_compacted


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),  # a tie goes to the earlier part
        (10, [1, 2], [3, 7]),  # 3 1/3 and 6 2/3: the larger remainder
        (100, [1, 1, 4], [17, 17, 66]),  # 16 2/3 twice and 66 2/3: the two earlier ones
        (7, [0, 0], [4, 3]),
        (7, [0, 5], [0, 7]),
        (5, [], []),
    ],
)
def test_parts_are_apportioned_by_the_largest_remainder(
    total: int, weights: list[int], parts: list[int]
):
    assert apportion(total, weights) == parts


SHARED = (SubtaskShare("a", 1), SubtaskShare("b", 2), SubtaskShare(None, 1))


def test_a_shared_entry_is_split_into_parts_of_one_subtask_each():
    whole = entry("msg_1", 1_000, shares=SHARED)
    alone = entry("msg_2", 50, subtask="b")
    parts = [(each.key, each.subtask, each.tokens) for each in split_shares([whole, alone])]
    assert parts == [
        ("msg_1", "a", 250),
        ("msg_1", "b", 500),
        ("msg_1", None, 250),
        ("msg_2", "b", 50),
    ]
    assert not any(each.shares for each in split_shares([whole, alone]))


def test_what_moves_to_other_subtasks_leaves_no_empty_row():
    ledger = Ledger()
    ledger.add(entry("toolu_1", 900, settled=False, subtask="a"))
    ledger.assign("toolu_1", "b", ())
    assert ledger.by_subtask == ledger.unsettled_by_subtask == {"b": 900}
    ledger.assign("toolu_1", None, SHARED)
    assert ledger.by_subtask == {"a": 225, "b": 450, None: 225}
    assert ledger.charged == 900


def test_only_what_belongs_to_no_subtask_is_overhead():
    ledger = Ledger()
    ledger.add(entry("msg_1", 100, overhead=True))
    ledger.add(entry("msg_2", 1_000, overhead=True, shares=SHARED))
    ledger.add(entry("msg_3", 5_000))
    ledger.add(entry("msg_4", 5_000, overhead=True, subtask="a"))
    assert ledger.overhead == 350  # all of the first, a quarter of the second


def test_what_is_not_charged_has_no_tokens_and_settles_for_nothing():
    ledger = Ledger()
    ledger.add(entry("prompt_1", 800, kind="prompt", charged=False, settled=False))
    assert ledger.tokens("prompt_1") == ledger.tokens("unknown") == 0
    assert ledger.settle("prompt_1", 900) == ledger.settle("unknown", 900) == 0
    assert ledger.entries["prompt_1"].tokens == 900


@pytest.mark.parametrize(("moved", "part"), [(-5, 0), (300, 300), (1_000, 1_000), (1_001, 1_000)])
def test_a_split_moves_at_most_what_there_is(moved: int, part: int):
    ledger = Ledger()
    ledger.add(entry("msg_1", 1_000))
    key = ledger.split("msg_1", "summary", moved)
    assert (ledger.tokens(key), ledger.tokens("msg_1")) == (part, 1_000 - part)
    assert ledger.by_kind == {"output": 1_000 - part, "summary": part}


def test_an_estimate_below_nothing_is_nothing():
    ledger = Ledger()
    for key in ("toolu_1", "toolu_2"):
        ledger.add(entry(key, 900, settled=False))
    ledger.reestimate("toolu_1", -3)
    assert ledger.settle("toolu_2", -3) == -900
    assert (ledger.charged, ledger.unsettled) == (0, 0)


def test_what_is_settled_is_not_estimated_again():
    ledger = Ledger()
    ledger.add(entry("toolu_1", 900))
    ledger.reestimate("toolu_1", 5)
    ledger.reestimate("unknown", 5)
    assert (ledger.charged, ledger.tokens("toolu_1")) == (900, 900)


KEYS = st.sampled_from("abcdef")
OWNERS = st.sampled_from(["s1", "s2", None])
SHARES = st.lists(st.builds(SubtaskShare, OWNERS, st.integers(0, 9)), max_size=3).map(tuple)
ENTRIES = st.builds(
    LedgerEntry,
    key=KEYS,
    kind=st.sampled_from(["output", "results"]),
    tokens=st.integers(0, 5_000),
    settled=st.booleans(),
    charged=st.booleans(),
    turn=st.integers(1, 3),
    request=st.just(1),
    subtask=OWNERS,
    agent=st.sampled_from(["main", "other"]),
    model=st.sampled_from("mn"),
    shares=SHARES,
    overhead=st.booleans(),
)
CHANGES = st.one_of(
    st.tuples(st.just("settle"), KEYS, st.integers(-9, 5_000)),
    st.tuples(st.just("reestimate"), KEYS, st.integers(-9, 5_000)),
    st.tuples(st.just("split"), KEYS, st.just("summary"), st.integers(-9, 5_000)),
    st.tuples(st.just("assign"), KEYS, OWNERS, SHARES),
)


def summed(entries: list[LedgerEntry], by: str) -> dict[object, int]:
    """Tokens of entries by one of their fields, without the rows that have none."""
    sums: Counter[object] = Counter()
    for each in entries:
        sums[getattr(each, by)] += each.tokens
    return dict(+sums)


@given(st.lists(ENTRIES, max_size=12), st.lists(CHANGES, max_size=12))
def test_whatever_changes_the_sums_are_those_of_the_entries(
    added: list[LedgerEntry], changes: list[tuple[Any, ...]]
):
    ledger = Ledger()
    for each in added:
        ledger.add(each)
    for method, key, *values in changes:
        if method != "split" or key in ledger.entries:
            getattr(ledger, method)(key, *values)
    charged = [each for each in split_shares(ledger.entries.values()) if each.charged]
    unsettled = [each for each in charged if not each.settled]
    assert ledger.charged == sum(each.tokens for each in charged)
    assert ledger.unsettled == sum(each.tokens for each in unsettled)
    assert ledger.overhead == sum(
        each.tokens for each in charged if each.overhead and each.subtask is None
    )
    cuts: dict[str, Mapping[Any, int]] = {
        "subtask": ledger.by_subtask,
        "turn": ledger.by_turn,
        "kind": ledger.by_kind,
        "model": ledger.by_model,
        "agent": ledger.by_agent,
    }
    for by, sums in cuts.items():
        assert {row: tokens for row, tokens in sums.items() if tokens} == summed(charged, by)
    cuts = {"subtask": ledger.unsettled_by_subtask, "turn": ledger.unsettled_by_turn}
    for by, sums in cuts.items():
        assert {row: tokens for row, tokens in sums.items() if tokens} == summed(unsettled, by)

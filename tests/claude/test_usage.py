"""Usage objects: cumulative, per iteration, and sometimes nonsense."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.claude.usage_parsing import merge_usage, parse_usage


def test_a_plain_usage_is_read_by_class():
    raw = {
        "input_tokens": 3,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "cache_read_input_tokens": 400,
        "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 40},
        "server_tool_use": {"web_search_requests": 2},
    }
    assert parse_usage(raw) == Usage(
        input=3,
        cache_write_5m=10,
        cache_write_1h=20,
        cache_read=400,
        output=50,
        thinking=40,
        web_searches=2,
    )
    assert parse_usage(raw).window == 433


def test_writes_without_a_split_are_five_minute_ones():
    usage = parse_usage({"input_tokens": 1, "output_tokens": 1, "cache_creation_input_tokens": 9})
    assert (usage.cache_write_5m, usage.cache_write_1h) == (9, 0)


def test_the_last_word_of_a_stream_overrides_the_first_but_nulls_do_not():
    start = {"input_tokens": 5, "output_tokens": 1, "cache_creation": {"a": 1}}
    delta = {"input_tokens": None, "output_tokens": 70, "cache_read_input_tokens": 6}
    assert merge_usage(start, delta) == {
        "input_tokens": 5,
        "output_tokens": 70,
        "cache_creation": {"a": 1},
        "cache_read_input_tokens": 6,
    }


COMPACTED = {
    "input_tokens": 23_000,
    "output_tokens": 1_000,
    "iterations": [
        {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500},
        {"type": "message", "input_tokens": 23_000, "output_tokens": 1_000},
    ],
}


def test_the_bill_is_the_sum_of_the_iterations_and_the_top_level_is_not():
    usage = parse_usage(COMPACTED)
    assert (usage.input, usage.output) == (203_000, 4_500)


def test_context_and_budget_come_from_the_message_iterations_alone():
    usage = parse_usage(COMPACTED)
    assert (usage.window, usage.budget_output) == (23_000, 1_000)


def test_the_context_is_the_last_message_iteration_even_if_a_compaction_follows():
    message = {"type": "message", "input_tokens": 9, "cache_read_input_tokens": 90}
    later = {**message, "input_tokens": 11, "output_tokens": 7}
    compaction = {"type": "compaction", "input_tokens": 500, "output_tokens": 5}
    usage = parse_usage({"iterations": [{**message, "output_tokens": 3}, later, compaction]})
    assert (usage.window, usage.budget_output, usage.output) == (101, 10, 15)


def test_a_compaction_alone_says_nothing_about_the_context():
    raw = {"iterations": [{"type": "compaction", "input_tokens": 500, "output_tokens": 5}]}
    usage = parse_usage(raw)
    assert (usage.window, usage.budget_output, usage.input) == (0, 0, 500)


def test_an_advisor_is_billed_but_not_charged_to_the_budget():
    raw = {
        "iterations": [
            {"type": "message", "input_tokens": 10, "output_tokens": 1},
            {"type": "advisor_message", "model": "x", "input_tokens": 10, "output_tokens": 100},
        ]
    }
    assert (parse_usage(raw).output, parse_usage(raw).budget_output) == (101, 1)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"input_tokens": 5},
        {"output_tokens": 5},
        {"input_tokens": -5, "output_tokens": 3},
        {"input_tokens": 5, "output_tokens": "many"},
        {"input_tokens": True, "output_tokens": 5},
        {"input_tokens": 5, "output_tokens": 10**15},
        {"input_tokens": 5, "output_tokens": 1.5},
        {"iterations": [{"type": "message"}]},
    ],
)
def test_what_cannot_be_believed_is_marked_so(raw: dict[str, Any]):
    assert parse_usage(raw).reported is False


NAMES = st.sampled_from(
    [
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "ephemeral_1h_input_tokens",
        "cache_read_input_tokens",
        "output_tokens_details",
        "thinking_tokens",
        "iterations",
        "server_tool_use",
        "type",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "7", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=8))
def test_no_usage_object_makes_a_figure_negative_or_raises(raw: dict[str, Any]):
    usage = parse_usage(raw)
    figures = (usage.input, usage.cache_write_5m, usage.cache_write_1h, usage.cache_read)
    assert min(*figures, usage.output, usage.thinking, usage.window, usage.budget_output) >= 0
    assert usage.budget_output <= usage.output

"""Heights are sums, and the entry at a line is found by them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.transcript.height_index import HeightIndex

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 40)),
        st.tuples(st.just("change"), st.integers(0, 40), st.integers(0, 10**6)),
        st.tuples(st.just("load"), st.lists(st.integers(0, 40), max_size=20)),
    ),
    max_size=60,
)


@given(STEPS)
def test_sums_are_those_of_a_plain_list(steps: list[tuple[Any, ...]]):
    heights, plain = HeightIndex(), []
    for step in steps:
        match step:
            case ("append", height):
                heights.append(height)
                plain.append(height)
            case ("change", height, where) if plain:
                index = where % len(plain)
                assert heights.change(index, height) == height - plain[index]
                plain[index] = height
            case ("load", values):
                heights.load(values)
                plain = list(values)
    assert heights.total == sum(plain)
    assert [heights.top(at) for at in range(len(plain) + 1)] == [
        sum(plain[:at]) for at in range(len(plain) + 1)
    ]
    lines = [(index, line) for index, height in enumerate(plain) for line in range(height)]
    assert [heights.entry_at(line) for line in range(len(lines))] == lines


def test_a_line_past_the_end_is_the_last_one():
    heights = HeightIndex()
    heights.load([2, 3])
    assert heights.entry_at(99) == (1, 2)
    assert heights.entry_at(-5) == (0, 0)


def test_where_nothing_is_there_is_no_line():
    with pytest.raises(IndexError):
        HeightIndex().entry_at(0)

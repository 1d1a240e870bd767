"""The shape of a request: the same within a turn, another for what loses the cache."""

from dataclasses import replace
from typing import Any

import pytest

from tui.budget.wire_budget import WireBudget
from tui.claude.catalogue import Model, load_catalogue
from tui.claude.request import Preamble, RequestOptions, build_request
from tui.claude.response_assembler import ResponseAssembler

CATALOGUE = load_catalogue()
OPUS = CATALOGUE.model("claude-opus-5-5")
SYSTEM = [{"type": "text", "text": "You are careful."}]
TOOLS = [{"name": name, "input_schema": {"type": "object"}} for name in ("write", "bash")]
PREAMBLE = Preamble(SYSTEM, TOOLS)
HELLO = [{"role": "user", "content": "Hello."}]
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
OPTIONS = RequestOptions(effort="high", budget=WireBudget(100_000))


def shape(
    model: Model = OPUS,
    preamble: Preamble = PREAMBLE,
    messages: list[dict[str, str]] = HELLO,
    options: RequestOptions = OPTIONS,
) -> str:
    return build_request(model, preamble, messages, options).cache_key()


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"messages": [*HELLO, {"role": "assistant", "content": "Yes."}, *HELLO]},
        {"preamble": Preamble(SYSTEM, TOOLS[::-1])},
        {"options": replace(OPTIONS, max_tokens=77)},
        {"options": replace(OPTIONS, lifetime="5m")},
        {"options": replace(OPTIONS, extra={"diagnostics": {"previous_message_id": "msg_1"}})},
        {
            "messages": [
                *HELLO,
                {"role": "assistant", "content": "Yes."},
                {"role": "system", "content": [], "output_config": {"effort": "low"}},
                *HELLO,
            ]
        },
    ],
)
def test_what_reads_the_same_prefix_has_the_same_shape(same: dict[str, Any]):
    assert shape(**same) == shape()


@pytest.mark.parametrize(
    "other",
    [
        {"model": CATALOGUE.model("claude-opus-5")},
        {"preamble": Preamble([{"type": "text", "text": "You are."}], TOOLS)},
        {"preamble": Preamble(SYSTEM, TOOLS[:1])},
        {"options": replace(OPTIONS, effort="low")},
        {"options": replace(OPTIONS, budget=WireBudget(100_000, 90_000))},
        {"options": replace(OPTIONS, budget=None)},
        {"options": replace(OPTIONS, display="omitted")},
        {"options": replace(OPTIONS, compact_above=100_000)},
        {"options": replace(OPTIONS, extra={"inference_geo": "us"})},
        {"messages": [{"role": "user", "content": [IMAGE]}]},
        {
            "messages": [
                *HELLO,
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "read"}]},
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "t", "content": [IMAGE]}],
                },
            ]
        },
    ],
)
def test_what_reads_another_prefix_has_another_shape(other: dict[str, Any]):
    assert shape(**other) != shape()


def test_half_a_character_in_a_tool_costs_no_request():
    odd = Preamble(SYSTEM, [{"name": "bash", "description": "\ud800"}])
    assert len(shape(preamble=odd)) == 16


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"cache_miss_reason": None}, {"cache_miss_reason": None}),
        (None, None),
        ([1], None),
        ("why", None),
    ],
)
def test_a_reason_is_kept_as_it_came_and_nonsense_is_none(
    told: dict[str, None] | list[int] | str | None, kept: dict[str, None] | None
):
    assembler = ResponseAssembler()
    assembler.feed({"type": "message_start", "message": {"id": "msg_1", "diagnostics": told}})
    assembler.feed({"type": "message_stop"})
    response = assembler.response(limits={}, seconds=0.0, input_estimate=lambda: 0)
    assert response.diagnostics == kept

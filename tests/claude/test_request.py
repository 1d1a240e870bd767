"""The request builder: deterministic, append-only, and always read from the cache."""

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.budget.wire_budget import WireBudget
from tui.claude.cache_breakpoints import LOOKBACK, MOST
from tui.claude.catalogue import load_catalogue
from tui.claude.request import (
    Preamble,
    Request,
    RequestOptions,
    build_request,
    default_max_tokens,
    render_messages,
    without_compaction_blocks,
)

CATALOGUE = load_catalogue()
OPUS = CATALOGUE.model("claude-opus-5-5")
SYSTEM = [{"type": "text", "text": "You are careful."}, {"type": "text", "text": "Be brief."}]
TOOLS = [
    {"name": name, "description": name, "input_schema": {"type": "object"}}
    for name in ("write", "bash", "read")
]
PREAMBLE = Preamble(SYSTEM, TOOLS)


def user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def step(calls: int, *, thinking: bool = True, note: str | None = None) -> list[dict[str, Any]]:
    """What one step appends: the model's message, and the results of its calls."""
    uses = [{"type": "tool_use", "id": f"t{n}", "name": "read", "input": {}} for n in range(calls)]
    hidden = [{"type": "thinking", "thinking": "hm", "signature": "s"}] if thinking else []
    results = [
        {"type": "tool_result", "tool_use_id": f"t{n}", "content": "ok"} for n in range(calls)
    ]
    beside = [{"type": "text", "text": note}] if note else []
    return [
        {"role": "assistant", "content": [*hidden, *uses]},
        {"role": "user", "content": [*results, *beside]},
    ]


def bare(value: Any) -> Any:
    """The value without any cache marker."""
    if isinstance(value, dict):
        return {key: bare(each) for key, each in value.items() if key != "cache_control"}
    return [bare(each) for each in value] if isinstance(value, list) else value


def flat(request: Request) -> tuple[list[str], list[int]]:
    """Every block in the order of the cache prefix, markers aside, and where the markers are."""
    params = request.params
    blocks = [*params.get("tools", []), *params.get("system", [])]
    for message in params["messages"]:
        blocks += [{"role": message["role"], **block} for block in message["content"]]
    marks = [at for at, block in enumerate(blocks) if "cache_control" in block]
    return [json.dumps(bare(block), sort_keys=True) for block in blocks], marks


def conversations() -> st.SearchStrategy[list[list[dict[str, Any]]]]:
    """Lists of steps; the requests of a conversation carry the first n of them."""
    steps = st.tuples(st.integers(1, 45), st.booleans(), st.sampled_from([None, "", "steer"]))
    tool_steps = steps.map(lambda each: step(each[0], thinking=each[1], note=each[2]))
    said = {"role": "assistant", "content": [{"type": "text", "text": "done"}]}
    empty = {"role": "assistant", "content": [{"type": "text", "text": " "}]}
    effort = {"role": "system", "content": [], "output_config": {"effort": "low"}}
    prompts = st.sampled_from(
        [
            [said, user("and now?")],
            [said, {"role": "user", "content": "a plain text"}],
            [said, user("next"), effort],
            [empty, user("hello?")],
        ]
    )
    return st.lists(st.one_of(tool_steps, prompts), max_size=7)


def requests_of(steps: list[list[dict[str, Any]]], **options: Any) -> list[Request]:
    messages = [user("go")]
    built = [build_request(OPUS, PREAMBLE, list(messages), RequestOptions(**options))]
    for appended in steps:
        messages += appended
        built.append(build_request(OPUS, PREAMBLE, list(messages), RequestOptions(**options)))
    return built


@settings(max_examples=60, deadline=None)
@given(conversations())
def test_what_was_sent_is_never_sent_differently_later(steps: list[list[dict[str, Any]]]):
    built = requests_of(steps)
    for before, after in itertools.pairwise(built):
        old, new = bare(before.params["messages"]), bare(after.params["messages"])
        assert new[: len(old)] == old
        assert len(new) > len(old)
        assert json.dumps(new[: len(old)]) == json.dumps(old)


@settings(max_examples=40, deadline=None)
@given(conversations())
def test_everything_but_the_messages_is_byte_identical_over_a_conversation(
    steps: list[list[dict[str, Any]]],
):
    built = requests_of(steps, effort="high", budget=WireBudget(200_000))
    rest = {
        json.dumps({key: each for key, each in one.params.items() if key != "messages"})
        for one in built
    }
    assert len(rest) == 1


@settings(max_examples=60, deadline=None)
@given(conversations())
def test_every_request_reads_from_the_cache_all_that_the_one_before_sent(
    steps: list[list[dict[str, Any]]],
):
    written, previous_end = set(), None
    for request in requests_of(steps):
        blocks, marks = flat(request)
        assert len(marks) <= MOST
        hits = [
            entry
            for mark in marks
            for entry in range(max(0, mark - LOOKBACK), mark + 1)
            if tuple(blocks[: entry + 1]) in written
        ]
        if previous_end is not None:
            assert max(hits) >= previous_end
        previous_end = max(marks)
        written |= {tuple(blocks[: mark + 1]) for mark in marks}


def test_after_thirty_parallel_results_the_previous_end_is_still_within_reach():
    messages = [user("go"), *step(1), *step(30)]
    before = build_request(OPUS, PREAMBLE, messages[:3], RequestOptions())
    after = build_request(OPUS, PREAMBLE, messages, RequestOptions())
    end = max(flat(before)[1])
    marks = flat(after)[1]
    assert max(marks) - end > LOOKBACK
    assert any(0 <= mark - end <= LOOKBACK for mark in marks)


def test_the_builder_changes_none_of_its_inputs():
    messages = [user("go"), *step(3), {"role": "user", "content": "plain"}]
    system, tools = copy.deepcopy(SYSTEM), copy.deepcopy(TOOLS)
    before = copy.deepcopy((messages, system, tools))
    build_request(
        OPUS, Preamble(system, tools), messages, RequestOptions(budget=WireBudget(50_000))
    )
    assert (messages, system, tools) == before


def test_the_same_conversation_is_the_same_bytes():
    messages = [user("go"), *step(3)]
    first = build_request(OPUS, PREAMBLE, messages)
    second = build_request(OPUS, Preamble(SYSTEM, list(reversed(TOOLS))), copy.deepcopy(messages))
    assert first.body() == second.body()


def test_the_preamble_ends_in_an_hour_long_marker_and_tools_are_sorted_by_name():
    params = build_request(OPUS, PREAMBLE, [user("go")]).params
    assert params["system"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert "cache_control" not in params["system"][0]
    assert [tool["name"] for tool in params["tools"]] == ["bash", "read", "write"]


def test_tools_carry_the_marker_where_there_is_no_system_text():
    params = build_request(
        OPUS, Preamble((), TOOLS), [user("go")], RequestOptions(lifetime="5m")
    ).params
    assert params["tools"][-1]["cache_control"] == {"type": "ephemeral"}
    assert "system" not in params


def test_no_marker_is_put_on_thinking_blank_text_or_unknown_blocks():
    last = [
        {"type": "text", "text": "here"},
        {"type": "text", "text": "  "},
        {"type": "from_the_future"},
    ]
    params = build_request(OPUS, PREAMBLE, [{"role": "user", "content": last}]).params
    marked = ["cache_control" in each for each in params["messages"][0]["content"]]
    assert marked == [True, False, False]


def test_no_marker_is_put_on_a_system_message_within_the_conversation():
    note = {"role": "system", "content": [{"type": "text", "text": "the mode is plan now"}]}
    params = build_request(OPUS, PREAMBLE, [user("go"), note]).params
    assert params["messages"][1] == note
    assert "cache_control" in params["messages"][0]["content"][0]


def test_stray_markers_of_others_are_taken_off():
    marked = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    content = [marked, dict(marked), dict(marked), dict(marked), {"type": "text", "text": "y"}]
    tools = [{**tool, "cache_control": {"type": "ephemeral"}} for tool in TOOLS]
    request = build_request(OPUS, Preamble(SYSTEM, tools), [{"role": "user", "content": content}])
    assert len(flat(request)[1]) == 2


def test_blank_texts_of_the_model_are_left_out_and_its_other_blocks_kept_verbatim():
    thinking = {"type": "thinking", "thinking": "", "signature": "s"}
    odd = {"type": "from_the_future", "z": 1, "a": None}
    message = {"role": "assistant", "content": [thinking, {"type": "text", "text": "\n"}, odd]}
    params = build_request(OPUS, PREAMBLE, [user("go"), message, user("on")]).params
    assert params["messages"][1] == {"role": "assistant", "content": [thinking, odd]}


@pytest.mark.parametrize(
    ("effort", "most"),
    [("low", 32_000), ("medium", 64_000), ("high", 64_000), ("xhigh", 128_000), ("max", 128_000)],
)
def test_max_tokens_follow_the_effort(effort: str, most: int):
    assert (
        build_request(OPUS, PREAMBLE, [user("go")], RequestOptions(effort=effort)).max_tokens
        == most
    )
    assert default_max_tokens(CATALOGUE.model("claude-opus-4-5"), effort) <= 64_000


def test_at_the_two_highest_efforts_there_is_room_for_at_least_64k():
    for model in CATALOGUE.models.values():
        if "xhigh" in model.efforts:
            assert default_max_tokens(model, "xhigh") >= 64_000
            assert default_max_tokens(model, "max") >= 64_000


def test_a_clamp_of_a_hard_limit_is_sent_as_it_is_within_what_the_model_can_write():
    for wanted, sent in ((5_000, 5_000), (10_000_000, 128_000), (0, 1), (-5, 1)):
        assert (
            build_request(
                OPUS, PREAMBLE, [user("go")], RequestOptions(max_tokens=wanted)
            ).max_tokens
            == sent
        )


def test_a_budget_goes_out_in_its_place_with_its_beta():
    wire = WireBudget(200_000, remaining=155_000)
    request = build_request(
        OPUS, PREAMBLE, [user("go")], RequestOptions(effort="high", budget=wire)
    )
    assert request.params["output_config"] == {
        "effort": "high",
        "task_budget": {"type": "tokens", "total": 200_000, "remaining": 155_000},
    }
    assert request.betas == ("task-budgets-2026-03-13",)


def test_without_a_budget_nothing_of_it_is_sent():
    request = build_request(OPUS, PREAMBLE, [user("go")], RequestOptions(effort="high"))
    assert request.params["output_config"] == {"effort": "high"}
    assert request.betas == ()


@pytest.mark.parametrize(
    ("model", "wire", "words"),
    [
        ("claude-opus-5-5", WireBudget(19_999), "20000"),
        ("claude-opus-5-5", WireBudget(50_000, remaining=-1), "below zero"),
        ("claude-sonnet-4-6", WireBudget(50_000), "no task budget"),
        ("somebody-elses-model", WireBudget(50_000), "no task budget"),
    ],
)
def test_a_budget_that_would_be_refused_is_a_mistake_of_ours(
    model: str, wire: WireBudget, words: str
):
    with pytest.raises(ValueError, match=words):
        build_request(CATALOGUE.model(model), PREAMBLE, [user("go")], RequestOptions(budget=wire))


def test_remaining_and_a_summary_of_the_server_exclude_each_other():
    block = {"type": "compaction", "content": "so far", "signature": "s"}
    summary = {"role": "assistant", "content": [block]}
    wire = WireBudget(50_000, remaining=40_000)
    with pytest.raises(ValueError, match="summary"):
        build_request(OPUS, PREAMBLE, [summary, user("go")], RequestOptions(budget=wire))
    total = RequestOptions(budget=WireBudget(50_000))
    assert "compact-2026-09-04" in build_request(OPUS, PREAMBLE, [summary, user("go")], total).betas
    asked = RequestOptions(compaction={"type": "summarize"})
    assert build_request(OPUS, PREAMBLE, [user("go")], asked).betas == ("compact-2026-09-04",)


def test_where_the_server_shortens_by_itself_it_stops_behind_its_summary():
    request = build_request(OPUS, PREAMBLE, [user("go")], RequestOptions(compact_above=120_000))
    (edit,) = request.params["context_management"]["edits"]
    assert edit == {
        "type": "compact_20260112",
        "trigger": {"type": "input_tokens", "value": 120_000},
        "pause_after_compaction": True,
    }
    assert request.betas == ("compact-2026-01-12",)
    least = build_request(OPUS, PREAMBLE, [user("go")], RequestOptions(compact_above=10_000))
    assert least.params["context_management"]["edits"][0]["trigger"]["value"] == 50_000
    wire = RequestOptions(compact_above=120_000, budget=WireBudget(50_000, remaining=40_000))
    with pytest.raises(ValueError, match="summary of the server"):
        build_request(OPUS, PREAMBLE, [user("go")], wire)


@pytest.mark.parametrize(
    ("seal", "beta"),
    [("signature", "compact-2026-09-04"), ("encrypted_content", "compact-2026-01-12")],
)
def test_a_summary_of_the_server_goes_out_as_it_came_with_the_beta_it_needs(seal: str, beta: str):
    block = {"type": "compaction", "content": "so far", seal: "s", "tool_changes": None}
    summary = {"role": "assistant", "content": [block]}
    request = build_request(OPUS, PREAMBLE, [summary, user("go")])
    (sent,) = request.params["messages"][0]["content"]
    assert {key: sent[key] for key in block} == block
    assert request.betas == (beta,)


def test_a_model_that_reads_no_such_summary_gets_its_words_and_what_was_said_behind_it():
    block = {"type": "compaction", "content": "so far", "signature": "s"}
    call = {"type": "tool_use", "id": "c", "name": "read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "c", "content": "x"}
    summary = {"role": "assistant", "content": [block, call]}
    answer = {"role": "user", "content": [result]}
    old = CATALOGUE.model("claude-haiku-4-5")
    told, said, answered = render_messages(without_compaction_blocks([summary, answer]))
    assert told == {
        "role": "user",
        "content": [{"type": "text", "text": "<summary>\nso far\n</summary>"}],
    }
    assert said == {"role": "assistant", "content": [call]} and answered == answer
    assert build_request(old, PREAMBLE, [summary, answer]).betas == ()


def test_an_effort_within_the_messages_brings_its_beta():
    change = {"role": "system", "content": [], "output_config": {"effort": "low"}}
    request = build_request(OPUS, PREAMBLE, [user("go"), change])
    assert request.betas == ("mid-conversation-output-config-2026-07-01",)
    assert request.params["messages"][1] == change


def test_thinking_is_asked_for_as_the_model_takes_it():
    summarized = {"type": "adaptive", "display": "summarized"}
    for id in ("claude-opus-5-5", "claude-opus-4-8", "claude-sonnet-5-5"):
        assert (
            build_request(CATALOGUE.model(id), PREAMBLE, [user("go")]).params["thinking"]
            == summarized
        )
    for id in ("claude-haiku-4-5", "claude-opus-4-5", "somebody-elses-model"):
        assert "thinking" not in build_request(CATALOGUE.model(id), PREAMBLE, [user("go")]).params


def test_an_unknown_model_is_asked_for_nothing_it_may_not_know():
    request = build_request(
        CATALOGUE.model("llama-9"), PREAMBLE, [user("go")], RequestOptions(effort="max")
    )
    assert set(request.params) == {"model", "max_tokens", "system", "tools", "messages"}
    assert request.betas == ()

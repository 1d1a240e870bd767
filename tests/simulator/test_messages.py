"""Replies, streamed and not, as the official SDK receives them."""

from typing import Any

import pytest

from tests.support.simulator import READ, request_body, result, serve_simulator, user, words
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse

CALL = ScriptedToolUse("read", {"path": "src/häuser.py", "lines": [1, 2]})
FULL = (
    ScriptedThinking("I should read the file first."),
    ScriptedText("Let me look. 漢字 🙂"),
    CALL,
)


async def whole(sim: Any, **request: Any) -> Any:
    """The final message of a stream."""
    async with sim.client.beta.messages.stream(**request) as stream:
        return await stream.get_final_message()


async def events(sim: Any, **request: Any) -> list[Any]:
    """The raw events of a stream."""
    stream = await sim.client.beta.messages.create(**request, stream=True)
    return [event async for event in stream]


def content(message: Any) -> list[dict[str, Any]]:
    """The content of a message without what is different each time."""
    kept = [block.to_dict() for block in message.content]
    return [{k: v for k, v in block.items() if k not in ("id", "signature")} for block in kept]


async def test_a_streamed_and_a_plain_reply_say_the_same():
    async with serve_simulator(FULL, FULL) as sim:
        plain = await sim.client.beta.messages.create(**request_body("Go.", tools=[READ]))
        streamed = await whole(sim, **request_body("Go.", tools=[READ]))
        assert content(plain) == content(streamed)
        assert content(plain)[1:] == [
            {"type": "text", "text": "Let me look. 漢字 🙂"},
            {"type": "tool_use", "name": "read", "input": dict(CALL.input)},
        ]
        assert plain.stop_reason == streamed.stop_reason == "tool_use"
        assert plain.usage.to_dict() == streamed.usage.to_dict()


async def test_a_stream_has_the_documented_order_of_events():
    async with serve_simulator(FULL) as sim:
        seen = [event.type for event in await events(sim, **request_body("Go.", tools=[READ]))]
        assert seen[0] == "message_start"
        assert seen[-2:] == ["message_delta", "message_stop"]
        inner = [kind for kind in seen[1:-2] if kind != "content_block_delta"]
        assert inner == ["content_block_start", "content_block_stop"] * 3


async def test_the_usage_of_a_stream_is_cumulative_and_splits_cache_writes_at_its_start():
    async with serve_simulator(FULL) as sim:
        received = await events(sim, **request_body("Go.", tools=[READ]))
        start = received[0].message.usage.to_dict()
        final = next(event for event in received if event.type == "message_delta").usage.to_dict()
        assert start["cache_creation"] is not None
        assert "cache_creation" not in final
        assert start["input_tokens"] == final["input_tokens"]
        assert start["output_tokens"] < final["output_tokens"]
        assert final["output_tokens_details"]["thinking_tokens"] > 0
        assert [entry["type"] for entry in final["iterations"]] == ["message"]
        assert final["iterations"][0]["output_tokens"] == final["output_tokens"]


async def test_what_a_message_cost_is_what_it_has_when_it_comes_back():
    async with serve_simulator(FULL, (ScriptedText("Yes."),)) as sim:
        request = request_body("Go.", tools=[READ])
        first = await sim.client.beta.messages.create(**request)
        counted = sim.client.beta.messages.count_tokens
        fields: dict[str, Any] = {"model": "claude-opus-5-5", "tools": [READ]}
        answer = user({"type": "tool_result", "tool_use_id": first.content[-1].id, "content": ""})
        before = await counted(messages=request["messages"], **fields)
        after = await counted(messages=[*request["messages"], first.to_param(), answer], **fields)
        grown = after.input_tokens - before.input_tokens
        assert grown == first.usage.output_tokens + 8 + 3


async def test_count_tokens_is_the_input_of_the_request_without_thinking_of_earlier_turns():
    thought = ScriptedThinking(words(300))
    async with serve_simulator((thought, ScriptedText("Yes."))) as sim:
        request = request_body("Go.")
        first = await sim.client.beta.messages.create(**request)
        counted = sim.client.beta.messages.count_tokens
        model = "claude-opus-5-5"
        same = await counted(messages=request["messages"], model=model)
        assert same.input_tokens == first.usage.input_tokens
        longer = await counted(
            messages=[*request["messages"], first.to_param(), user("On.")], model=model
        )
        hidden = first.usage.output_tokens_details.thinking_tokens
        assert longer.input_tokens == same.input_tokens + first.usage.output_tokens - hidden + 2 + 3


@pytest.mark.parametrize("room", [1, 3, 4, 20, 60, 100])
@pytest.mark.parametrize("streamed", [True, False])
async def test_a_reply_ends_at_max_tokens_exactly(room: int, streamed: bool):
    long = (
        ScriptedThinking(words(30)),
        ScriptedText(words(30)),
        ScriptedToolUse("read", {"path": words(30)}),
    )
    async with serve_simulator(long) as sim:
        request = request_body("Go.", tools=[READ], max_tokens=room)
        send = whole(sim, **request) if streamed else sim.client.beta.messages.create(**request)
        message = await send
        assert message.stop_reason == "max_tokens"
        assert message.usage.output_tokens <= room
        assert room - message.usage.output_tokens < 15  # A call is not begun without room for it.


async def test_a_call_cut_off_has_arguments_that_are_no_json():
    async with serve_simulator((ScriptedToolUse("read", {"path": words(200)}),)) as sim:
        received = await events(sim, **request_body("Go.", tools=[READ], max_tokens=100))
        deltas = [event.delta for event in received if event.type == "content_block_delta"]
        text = "".join(delta.partial_json for delta in deltas)
        assert text.startswith('{"path": " word')
        assert not text.endswith("}")


async def test_max_tokens_zero_only_warms_the_cache():
    async with serve_simulator(FULL) as sim:
        message = await sim.client.beta.messages.create(**request_body("Go.", max_tokens=0))
        assert (message.content, message.stop_reason) == ([], "max_tokens")
        assert message.usage.output_tokens == 0


async def test_a_full_context_window_has_its_own_stop_reason():
    # Models up to 4.6 have 1.3 characters of Chinese a token here, and 200,000 tokens.
    prompt = user("漢" * round(1.3 * 199_900))
    async with serve_simulator((ScriptedText(words(300)),)) as sim:
        message = await whole(
            sim, **request_body(prompt, model="claude-haiku-4-5", max_tokens=64_000)
        )
        assert message.stop_reason == "model_context_window_exceeded"
        assert message.usage.input_tokens + message.usage.output_tokens == 200_000


async def test_a_stop_sequence_ends_the_text_before_it():
    async with serve_simulator((ScriptedText("one two END three"), CALL)) as sim:
        message = await sim.client.beta.messages.create(
            **request_body("Go.", stop_sequences=["END"])
        )
        assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "END")
        assert [block.text for block in message.content] == ["one two "]


async def test_only_one_tool_is_called_where_parallel_calls_are_off():
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    async with serve_simulator((CALL, CALL)) as sim:
        message = await sim.client.beta.messages.create(
            **request_body("Go.", tools=[READ], tool_choice=choice)
        )
        assert [block.type for block in message.content] == ["tool_use"]


async def test_the_scripted_model_is_told_what_the_request_says():
    async with serve_simulator() as sim:
        await sim.client.beta.messages.create(
            **request_body("Go.", system=[{"type": "text", "text": "Be brief."}], tools=[READ])
        )
        (told,) = sim.script.inputs
        assert (told.system, told.effort, told.model) == ("Be brief.", "medium", "claude-opus-5-5")
        assert told.max_tokens == 10_000
        assert told.tools == (READ,)
        assert told.count(" word" * 7) == 7


LOWER = {"role": "system", "content": [], "output_config": {"effort": "low"}}
HIGHER = {"role": "system", "content": [], "output_config": {"effort": "max"}}
YES = {"role": "assistant", "content": "Yes."}
CALLS = {
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a"}}],
}
RESULTS = user(result("toolu_1", "text"))
BOTH = user(result("toolu_1", "text"), "And now?")


@pytest.mark.parametrize(
    ("messages", "effort"),
    [
        (["Go.", YES, "On.", LOWER], "low"),  # directly behind new input: at once
        (["Go.", YES, LOWER, "On."], "low"),  # elsewhere: from the next new input on
        (["Go.", LOWER, YES, "On."], "low"),
        (["Go.", CALLS, RESULTS, LOWER], "medium"),  # results alone are no new input
        (["Go.", CALLS, RESULTS, LOWER, YES, "On."], "low"),
        (["Go.", CALLS, BOTH, LOWER], "low"),
        (["Go.", LOWER, CALLS, RESULTS], "low"),  # and then until another changes it
        (["Go.", LOWER, YES, HIGHER, "On."], "max"),
        (["Go.", LOWER, YES, "On.", HIGHER], "max"),
        (["Go.", LOWER, HIGHER], "max"),
        (["Go.", YES, LOWER, HIGHER, "On."], "max"),
    ],
)
async def test_effort_given_in_a_system_message_begins_where_the_documentation_says(
    messages: list[str | dict[str, Any]], effort: str
):
    betas = ["mid-conversation-output-config-2026-07-01"]
    async with serve_simulator() as sim:
        await sim.client.beta.messages.create(**request_body(*messages, tools=[READ], betas=betas))
        assert [told.effort for told in sim.script.inputs] == [effort]


async def test_the_more_effort_the_more_it_thinks():
    efforts = ["low", "medium", "high", "xhigh", "max"]
    async with serve_simulator(*[FULL] * 5) as sim:
        used = []
        for effort in efforts:
            message = await sim.client.beta.messages.create(
                **request_body("Go.", tools=[READ], output_config={"effort": effort})
            )
            used.append(message.usage.output_tokens_details.thinking_tokens)
        assert used == sorted(set(used))


@pytest.mark.parametrize(
    ("model", "thinking", "thinks"),
    [
        ("claude-opus-5-5", None, True),
        ("claude-opus-5", {"type": "disabled"}, False),
        ("claude-opus-4-7", None, False),
        ("claude-opus-4-7", {"type": "adaptive"}, True),
        ("claude-sonnet-5-5", {"type": "between_tools"}, False),
        ("claude-haiku-4-5", {"type": "enabled", "budget_tokens": 1024}, True),
    ],
)
async def test_whether_a_model_thinks_is_its_own_matter(
    model: str, thinking: dict[str, Any] | None, thinks: bool
):
    async with serve_simulator(FULL) as sim:
        message = await sim.client.beta.messages.create(
            **request_body("Go.", tools=[READ], model=model, thinking=thinking)
        )
        assert (message.content[0].type == "thinking") == thinks


@pytest.mark.parametrize(
    ("display", "shown"), [("omitted", ""), ("summarized", "I should read the file first.")]
)
async def test_thinking_is_shown_as_asked(display: str, shown: str):
    async with serve_simulator(FULL, FULL) as sim:
        thinking = {"type": "adaptive", "display": display}
        request = request_body("Go.", tools=[READ], thinking=thinking)
        message = await whole(sim, **request)
        assert message.content[0].thinking == shown
        assert message.content[0].signature


async def test_hidden_thinking_is_estimated_only_under_its_beta():
    long = (ScriptedThinking(words(400)), ScriptedText("Yes."))
    beta = "thinking-token-count-2026-05-13"
    async with serve_simulator(long, long) as sim:
        for betas, counted in [([], False), ([beta], True)]:
            received = await events(sim, **request_body("Go.", betas=betas))
            deltas = [event.delta for event in received if event.type == "content_block_delta"]
            told = [d.estimated_tokens for d in deltas if d.type == "thinking_delta"]
            assert bool(told) == counted
        assert sum(told) == 600  # 400 tokens, half as much again at medium effort.


async def test_a_prefill_is_still_taken_by_the_oldest_models():
    async with serve_simulator((ScriptedText("Helios"),)) as sim:
        said = {"role": "assistant", "content": "The answer is"}
        message = await sim.client.beta.messages.create(
            **request_body("Sun?", said, model="claude-haiku-4-5")
        )
        assert message.content[0].text == "Helios"


async def test_a_scripted_model_that_fails_is_an_error_of_the_server(
    capsys: pytest.CaptureFixture[str],
):
    def fail(situation: Any) -> Any:
        raise RuntimeError("no idea")

    async with serve_simulator(respond=fail) as sim:
        response = await sim.post(request_body("Go."))
        assert response.status_code == 500
        assert response.json()["error"]["type"] == "api_error"
        assert "no idea" not in response.text


@pytest.mark.parametrize("display", ["omitted", "summarized"])
@pytest.mark.parametrize("betas", [[], ["thinking-token-count-2026-05-13"]])
async def test_every_token_of_a_stream_is_generated_on_the_way(display: str, betas: list[str]):
    long = (ScriptedThinking(words(333)), ScriptedText(words(50)), CALL)
    async with serve_simulator(long) as sim:
        thinking = {"type": "adaptive", "display": display}
        message = await whole(
            sim, **request_body("Go.", tools=[READ], thinking=thinking, betas=betas)
        )
        (note,) = await sim.ledger()
        assert note["generated"] == message.usage.output_tokens
        assert note["finished"]
        assert note["message_id"] == message.id


async def test_a_model_thinks_less_as_its_budget_runs_out():
    used = []
    for left in (50_000, 5_000, 100):
        async with serve_simulator(((ScriptedThinking(words(400))), ScriptedText("Yes."))) as sim:
            wire = {"type": "tokens", "total": 50_000, "remaining": left}
            config = {"effort": "max", "task_budget": wire}
            message = await sim.client.beta.messages.create(
                **request_body("Go.", output_config=config, betas=["task-budgets-2026-03-13"])
            )
            used.append(message.usage.output_tokens_details.thinking_tokens)
    assert used == [1_600, 500, 400]


async def test_a_client_that_goes_away_is_charged_for_what_was_generated_by_then():
    async with serve_simulator((ScriptedText(words(2_000)),), pace=2_000.0) as sim:
        stream = await sim.client.beta.messages.create(**request_body("Go."), stream=True)
        async for event in stream:
            if event.type == "content_block_delta":
                break
        await stream.close()
        (note,) = await sim.ledger()
        assert 0 < note["generated"] < 2_003
        assert (note["finished"], note["stop_reason"]) == (False, None)

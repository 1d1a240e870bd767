"""Thinking blocks that come back: genuine ones of this conversation, and all others."""

import base64
from collections.abc import Callable
from typing import Any

import anthropic
import pytest

from tests.support.simulator import READ, error_of, request_body, result, serve_simulator, user
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse

CONTROLS = "thinking-binding-controls-2026-08-01"
REPLY = (ScriptedThinking("I should read the file."), ScriptedToolUse("read", {"path": "a.py"}))
DROP = {
    "thinking": {
        "type": "adaptive",
        "block_binding": {"prefix_mismatch_behavior": "drop_block"},
    },
    "betas": [CONTROLS],
}
SYSTEM = "You are careful."


async def two_turns(sim: Any, **fields: Any) -> list[Any]:
    """A conversation with two thinking blocks, ready for a third request."""
    history: list[Any] = [user("Go.")]
    for _ in range(2):
        message = await sim.client.beta.messages.create(
            **request_body(*history, tools=[READ], system=SYSTEM, **fields)
        )
        dumped = {"role": "assistant", "content": [b.to_dict() for b in message.content]}
        history += [dumped, user(result(message.content[-1].id, "x = 1"))]
    return history


async def send(sim: Any, history: list[Any], **fields: Any) -> Any:
    """The next request of such a conversation."""
    given = {"tools": [READ], "system": SYSTEM, **fields}
    return await sim.client.beta.messages.create(**request_body(*history, **given))


def without(history: list[Any], *messages: int) -> list[Any]:
    """The history with the thinking of some messages taken out."""
    return [
        {**m, "content": [b for b in m["content"] if b["type"] != "thinking"]}
        if at in messages
        else m
        for at, m in enumerate(history)
    ]


def thinking_of(history: list[Any], message: int) -> dict[str, Any]:
    block: dict[str, Any] = history[message]["content"][0]
    assert block["type"] == "thinking"
    return block


async def test_thinking_sent_back_unchanged_is_accepted():
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = await two_turns(sim)
        assert (await send(sim, history)).stop_reason == "tool_use"


@pytest.mark.parametrize("gone", [(1,), (3,), (1, 3)])
async def test_thinking_may_be_removed_from_the_start_from_the_end_or_all(
    gone: tuple[int, ...],
):
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = without(await two_turns(sim), *gone)
        assert (await send(sim, history)).stop_reason == "tool_use"


async def test_thinking_may_not_be_removed_from_the_middle():
    async with serve_simulator(*[REPLY] * 4) as sim:
        history = await two_turns(sim)
        third = await send(sim, history)
        history += [third.to_param(), user(result(third.content[-1].id, "x = 2"))]
        with pytest.raises(anthropic.BadRequestError, match="different conversation"):
            await send(sim, without(history, 3))
        assert (await send(sim, history)).stop_reason == "tool_use"


@pytest.mark.parametrize(
    "fields",
    [
        {"output_config": {"effort": "max"}},
        {"max_tokens": 5_000},
        {"tool_choice": {"type": "auto"}},
        {"thinking": {"type": "adaptive", "display": "summarized"}},
        {"cache_control": {"type": "ephemeral"}},
        {"system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}]},
    ],
)
async def test_options_may_change_without_breaking_thinking(fields: dict[str, Any]):
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = await two_turns(sim)
        assert (await send(sim, history, **fields)).stop_reason == "tool_use"


def changed_prompt(history: list[Any]) -> list[Any]:
    return [user("Go!"), *history[1:]]


def changed_result(history: list[Any]) -> list[Any]:
    id = history[2]["content"][0]["tool_use_id"]
    return [*history[:2], user(result(id, "cleared")), *history[3:]]


@pytest.mark.parametrize(
    ("change", "fields", "path"),
    [
        (changed_prompt, {}, "messages.1.content.0"),
        (changed_result, {}, "messages.3.content.0"),
        (list, {"system": "You are bold."}, "messages.1.content.0"),
        (list, {"tools": [{**READ, "description": "Reads."}]}, "messages.1.content.0"),
        (list, {"tools": []}, "messages.1.content.0"),
    ],
)
async def test_a_changed_conversation_refuses_the_thinking_that_followed(
    change: Callable[[list[Any]], list[Any]], fields: dict[str, Any], path: str
):
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = change(await two_turns(sim))
        with pytest.raises(anthropic.BadRequestError) as refused:
            await send(sim, history, **fields)
        message = error_of(refused.value)["message"]
        assert message.startswith("Invalid `signature` in `thinking` block")
        assert path in message
        assert "different conversation" in message


async def test_mismatches_are_dropped_and_told_where_the_client_asks_for_it():
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = changed_result(await two_turns(sim))
        message = await send(sim, history, **DROP)
        assert [entry.to_dict() for entry in message.input_transformations] == [
            {
                "type": "thinking_dropped",
                "path": "messages.3.content.0",
                "reason": "prefix_binding_mismatch",
            }
        ]


async def test_dropped_thinking_costs_no_input():
    async with serve_simulator(*[REPLY] * 4) as sim:
        history = changed_result(await two_turns(sim))
        dropped = await send(sim, history, **DROP)
        removed = await send(sim, without(history, 3), **DROP)
        assert dropped.usage.input_tokens == removed.usage.input_tokens
        assert removed.input_transformations == []


async def test_a_tampered_signature_is_not_valid():
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = await two_turns(sim)
        block = thinking_of(history, 1)
        raw = bytearray(base64.b64decode(block["signature"]))
        raw[-1] ^= 1
        block["signature"] = base64.b64encode(raw).decode()
        with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking`"):
            await send(sim, history)


@pytest.mark.parametrize("foreign", ["", "EqQBCgIYAhIkMWRi", "no base64 at all"])
async def test_a_signature_of_another_server_is_not_valid(foreign: str):
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = await two_turns(sim)
        thinking_of(history, 1)["signature"] = foreign
        with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking`"):
            await send(sim, history)


@pytest.mark.parametrize(("at", "words"), [(1, "Invalid `signature`"), (3, "cannot be modified")])
async def test_thinking_whose_text_was_changed_is_refused(at: int, words: str):
    shown = {"thinking": {"type": "adaptive", "display": "summarized"}}
    async with serve_simulator(*[REPLY] * 3) as sim:
        history = await two_turns(sim, **shown)
        thinking_of(history, at)["thinking"] += " Or not."
        with pytest.raises(anthropic.BadRequestError, match=words):
            await send(sim, history, **shown)


async def test_another_model_silently_does_not_see_it_and_the_first_one_takes_it_up_again():
    async with serve_simulator(*[REPLY] * 5) as sim:
        history = await two_turns(sim)
        message = await send(sim, history, model="claude-haiku-5-5")
        without_it = await send(sim, without(history, 1, 3), model="claude-haiku-5-5")
        assert message.usage.input_tokens == without_it.usage.input_tokens
        history += [message.to_param(), user(result(message.content[-1].id, "x = 2"))]
        assert (await send(sim, history)).stop_reason == "tool_use"


async def test_a_model_that_does_not_bind_its_thinking_lets_history_change():
    async with serve_simulator(*[REPLY] * 3) as sim:
        model = {"model": "claude-opus-5"}
        history = changed_result(await two_turns(sim, **model))
        assert (await send(sim, history, **model)).stop_reason == "tool_use"


async def test_a_signature_is_still_good_after_a_restart():
    async with serve_simulator(REPLY) as sim:
        first = await sim.client.beta.messages.create(**request_body("Go.", tools=[READ]))
    async with serve_simulator((ScriptedText("Yes."),)) as sim:
        answer = user(result(first.content[-1].id, "x = 1"))
        second = await sim.client.beta.messages.create(
            **request_body("Go.", first.to_param(), answer, tools=[READ])
        )
        assert second.stop_reason == "end_turn"


async def test_count_tokens_makes_the_same_check():
    async with serve_simulator(*[REPLY] * 2) as sim:
        history = changed_prompt(await two_turns(sim))
        with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking`"):
            await sim.client.beta.messages.count_tokens(
                model="claude-opus-5-5", messages=history, tools=[READ], system=SYSTEM
            )


async def test_old_models_forget_the_thinking_of_earlier_turns():
    model = {"model": "claude-haiku-4-5", "thinking": {"type": "enabled", "budget_tokens": 2_000}}
    async with serve_simulator(
        (ScriptedThinking("Long thoughts. " * 50), ScriptedText("Yes.")), (ScriptedText("No."),)
    ) as sim:
        first = await sim.client.beta.messages.create(**request_body("Go.", **model))
        thought = first.usage.output_tokens_details.thinking_tokens
        second = await sim.client.beta.messages.create(
            **request_body("Go.", first.to_param(), "On.", **model)
        )
        kept = first.usage.output_tokens - thought
        assert second.usage.input_tokens == first.usage.input_tokens + kept + 2 + 3

"""Cached prompts over real HTTP: what is read, what is written, and what spoils it."""

from typing import Any

import pytest

from tests.support.simulator import READ, budget, request_body, result, serve_simulator, user, words
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

SYSTEM = words(3_000)
AUTOMATIC = {"cache_control": {"type": "ephemeral"}}
BASE = {"tools": [READ], "system": SYSTEM, **AUTOMATIC}
SAID = {"role": "assistant", "content": "Yes."}
PNG = {
    "type": "image",
    "source": {
        "type": "base64",
        "media_type": "image/png",
        "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
        "hgGAWjR9awAAAABJRU5ErkJggg==",
    },
}


async def read(sim: Any, *messages: Any, **fields: Any) -> int:
    """Tokens a request reads from the cache."""
    message = await sim.client.beta.messages.create(**request_body(*messages, **{**BASE, **fields}))
    return int(message.usage.cache_read_input_tokens)


async def test_each_request_of_a_turn_reads_all_the_one_before_sent():
    call = ScriptedToolUse("read", {"path": "a.py"})
    async with serve_simulator(*[(call,)] * 4) as sim:
        history: list[Any] = [user("Go.")]
        sent = 0
        for _ in range(4):
            message = await sim.client.beta.messages.create(**request_body(*history, **BASE))
            usage = message.usage
            assert usage.cache_read_input_tokens == sent
            assert usage.input_tokens == 3  # Nothing stands behind the last breakpoint.
            assert usage.cache_creation.ephemeral_5m_input_tokens == (
                usage.cache_creation_input_tokens
            )
            sent += usage.cache_creation_input_tokens
            history += [message.to_param(), user(result(message.content[-1].id, words(50)))]


async def test_writes_are_split_by_their_time_to_live():
    system = [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    async with serve_simulator() as sim:
        message = await sim.client.beta.messages.create(
            **request_body("Go.", **{**BASE, "system": system})
        )
        split = message.usage.cache_creation
        assert split.ephemeral_1h_input_tokens > 3_000
        assert split.ephemeral_5m_input_tokens == 2 + 3
        whole = split.ephemeral_1h_input_tokens + split.ephemeral_5m_input_tokens
        assert message.usage.cache_creation_input_tokens == whole


async def test_five_minutes_without_a_request_lose_the_cache():
    async with serve_simulator() as sim:
        await read(sim, "Go.")
        sim.clock.now += 299
        assert await read(sim, "Go.") > 3_000
        sim.clock.now += 299
        assert await read(sim, "Go.") > 3_000
        sim.clock.now += 301
        assert await read(sim, "Go.") == 0


CHANGES = [
    ({"output_config": {"effort": "max"}}, "messages"),
    ({"tool_choice": {"type": "none"}}, "messages"),
    (budget(50_000), "messages"),
    ({"thinking": {"type": "adaptive", "display": "summarized"}}, "nothing"),
    ({"output_config": {"effort": "medium"}}, "nothing"),
    ({"max_tokens": 77}, "nothing"),
    ({"system": SYSTEM + "!"}, "system"),
    ({"tools": [{**READ, "description": "Reads."}]}, "tools"),
    ({"model": "claude-opus-5"}, "tools"),
]


@pytest.mark.parametrize(("change", "level"), CHANGES)
async def test_what_a_change_costs(change: dict[str, Any], level: str):
    marked = {"cache_control": {"type": "ephemeral"}}
    fields = {
        "tools": [{**READ, "description": words(1_000), **marked}],
        "system": [{"type": "text", "text": SYSTEM, **marked}],
    }
    if "tools" in change:
        change = {"tools": [{**change["tools"][0], **marked}]}
    if "system" in change:
        change = {"system": [{"type": "text", "text": change["system"], **marked}]}
    async with serve_simulator() as sim:
        await read(sim, user(words(500)), **fields)
        got = await read(sim, user(words(500)), **{**fields, **change})
        least = {"nothing": 4_500, "messages": 4_000, "system": 1_000, "tools": 0}[level]
        assert least <= got < least + 400


async def test_changing_the_budget_misses_the_messages_and_the_same_budget_does_not():
    async with serve_simulator() as sim:
        await read(sim, user(words(900)), **budget(100_000))
        same = await read(sim, user(words(900)), **budget(100_000))
        assert same > 3_900
        assert await read(sim, user(words(900)), **budget(100_000, remaining=99_999)) == 0
        assert await read(sim, user(words(900)), **budget(120_000)) == 0


async def test_the_first_image_misses_the_messages():
    async with serve_simulator() as sim:
        await read(sim, user(words(900)))
        assert await read(sim, user(words(900)), SAID, user("Look:", PNG)) == 0


async def test_moving_a_breakpoint_changes_nothing_of_the_prefix():
    marked = {"type": "text", "text": words(900), "cache_control": {"type": "ephemeral"}}
    async with serve_simulator() as sim:
        await read(sim, user(marked), cache_control=None)
        assert await read(sim, user(words(900)), SAID, user("On.")) > 3_900


async def test_more_than_twenty_new_blocks_need_a_breakpoint_in_between():
    async with serve_simulator() as sim:
        await read(sim, user(words(900)))
        many = user(*[f"Note {n}." for n in range(25)])
        assert await read(sim, user(words(900)), SAID, many) == 0
        await read(sim, user(words(900)))
        marked: list[dict[str, Any]] = [{"type": "text", "text": f"Note {n}."} for n in range(25)]
        marked[10]["cache_control"] = {"type": "ephemeral"}
        assert await read(sim, user(words(900)), SAID, user(*marked)) > 3_900


async def test_every_model_has_its_own_smallest_prefix():
    for model, least in [("claude-opus-5-5", 512), ("claude-opus-4-7", 2_048)]:
        async with serve_simulator() as sim:
            for size, cached in [(least - 20, False), (least + 20, True)]:
                message = await sim.client.beta.messages.create(
                    **request_body(user(words(size)), model=model, **AUTOMATIC)
                )
                assert bool(message.usage.cache_creation_input_tokens) == cached


async def test_the_budget_marker_is_never_cached():
    async with serve_simulator((ScriptedText("Yes."),) * 1) as sim:
        message = await sim.client.beta.messages.create(
            **request_body("Go.", **BASE, **budget(20_000))
        )
        assert message.usage.input_tokens == 3 + 23

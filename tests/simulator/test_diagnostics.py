"""Why a prompt missed the cache, as the documentation of cache diagnostics tells it."""

from typing import Any

import anthropic
import pytest

from tests.support.simulator import READ, budget, request_body, serve_simulator, user, words

SYSTEM = words(2_000)
AUTOMATIC = {"cache_control": {"type": "ephemeral"}}
BASE = {"tools": [READ], "system": SYSTEM, **AUTOMATIC}
SAID = {"role": "assistant", "content": "Yes."}
FIRST = [user(words(900))]
LONGER = [*FIRST, SAID, user("On.")]


async def send(sim: Any, *messages: Any, previous: str | None = None, **fields: Any) -> Any:
    """A response to a request that opts in."""
    asked = request_body(
        *messages, **{**BASE, **fields}, diagnostics={"previous_message_id": previous}
    )
    return await sim.client.beta.messages.create(**asked)


def told(message: Any) -> tuple[str, int | None] | None:
    """The reason of a response, and the tokens it names."""
    if message.diagnostics is None:
        return None
    reason = message.diagnostics.cache_miss_reason
    return reason.type, getattr(reason, "cache_missed_input_tokens", None)


async def test_the_first_request_and_one_that_only_appends_have_nothing_to_tell():
    async with serve_simulator() as sim:
        first = await send(sim, *FIRST)
        assert first.diagnostics is None
        second = await send(sim, *LONGER, previous=first.id)
        assert second.diagnostics is None
        assert second.usage.cache_read_input_tokens > 2_900


@pytest.mark.parametrize(
    ("fields", "messages", "reason", "least"),
    [
        ({"model": "claude-opus-5"}, LONGER, "model_changed", 2_900),
        ({"tools": [{**READ, "description": "Reads."}]}, LONGER, "tools_changed", 2_900),
        ({"tools": []}, LONGER, "tools_changed", 2_900),
        ({"system": SYSTEM + "!"}, LONGER, "system_changed", 2_900),
        ({}, [user(words(901)), SAID, user("On.")], "messages_changed", 900),
        ({}, [user("On.")], "messages_changed", 900),
        ({"model": "claude-opus-5", "system": "!"}, [user("On.")], "model_changed", 2_900),
    ],
)
async def test_the_first_difference_is_named_with_what_stood_behind_it(
    fields: dict[str, Any], messages: list[dict[str, Any]], reason: str, least: int
):
    async with serve_simulator() as sim:
        first = await send(sim, *FIRST)
        kind, missed = told(await send(sim, *messages, previous=first.id, **fields))
        assert kind == reason
        # An estimate from bytes: a word of the tests has five.
        assert least <= missed <= least * 1.4


@pytest.mark.parametrize(
    "fields",
    [
        budget(50_000),
        {"output_config": {"effort": "max"}},
        {"tool_choice": {"type": "none"}},
        {"thinking": {"type": "adaptive"}},
        {"betas": ["context-1m-2025-08-07"]},
    ],
)
async def test_other_parameters_of_the_prompt_are_not_diagnosed(fields: dict[str, Any]):
    async with serve_simulator() as sim:
        first = await send(sim, *FIRST)
        assert told(await send(sim, *LONGER, previous=first.id, **fields)) == ("unavailable", None)


async def test_a_breakpoint_that_moved_is_no_difference():
    marker = AUTOMATIC
    system = [{"type": "text", "text": SYSTEM, **marker}]
    marked = {"type": "text", "text": words(900), **marker}
    before: dict[str, Any] = {
        "cache_control": None,
        "system": system,
        "tools": [{**READ, **marker}],
    }
    async with serve_simulator() as sim:
        first = await send(sim, user(marked), **before)
        assert told(await send(sim, *LONGER, previous=first.id)) is None


async def test_only_requests_that_opted_in_are_remembered_and_only_for_a_while():
    gone = ("previous_message_not_found", None)
    async with serve_simulator() as sim:
        silent = await sim.client.beta.messages.create(**request_body(*FIRST, **BASE))
        assert silent.diagnostics is None
        assert told(await send(sim, *LONGER, previous=silent.id)) == gone
        first = await send(sim, *FIRST)
        sim.clock.now += 3_599
        assert told(await send(sim, *LONGER, previous=first.id)) is None
        sim.clock.now += 1
        assert told(await send(sim, *LONGER, previous=first.id)) == gone


async def test_a_cache_that_lost_its_entries_shows_in_usage_and_not_in_diagnostics():
    async with serve_simulator() as sim:
        first = await send(sim, *FIRST)
        await sim.faults({"kind": "evict", "request": 1})
        second = await send(sim, *LONGER, previous=first.id)
        assert second.usage.cache_read_input_tokens == 0
        assert second.usage.cache_creation_input_tokens > 2_900
        assert second.diagnostics is None
        third = await send(sim, *LONGER, previous=second.id)
        assert third.usage.cache_read_input_tokens > 2_900


async def test_a_comparison_that_is_not_done_yet_is_told_as_pending():
    async with serve_simulator() as sim:
        first = await send(sim, *FIRST)
        await sim.faults({"kind": "undiagnosed", "request": 1})
        second = await send(sim, *LONGER, previous=first.id)
        assert second.usage.cache_read_input_tokens == 0
        assert second.diagnostics.cache_miss_reason is None


async def test_a_stream_tells_the_reason_with_its_first_event():
    async with serve_simulator() as sim:
        first = await send(sim, *FIRST)
        asked = request_body(
            *LONGER, **{**BASE, "system": "!"}, diagnostics={"previous_message_id": first.id}
        )
        events = [
            event async for event in await sim.client.beta.messages.create(**asked, stream=True)
        ]
        assert events[0].type == "message_start"
        assert events[0].message.diagnostics.cache_miss_reason.type == "system_changed"


async def test_an_object_with_other_fields_is_refused():
    async with serve_simulator() as sim:
        with pytest.raises(anthropic.BadRequestError, match=r"diagnostics\.why: Extra inputs"):
            await sim.client.beta.messages.create(
                **request_body("Go.", **BASE), extra_body={"diagnostics": {"why": True}}
            )

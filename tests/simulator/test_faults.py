"""Every fault, and what the official SDK makes of it."""

import json
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from tests.support.simulator import READ, request_body, serve_simulator, words
from tui.simulator.injected_faults import InjectedFault, fault_kinds, read_faults
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

LONG = (ScriptedText(words(200)), ScriptedToolUse("read", {"path": "src/a_file_with_a_name.py"}))


async def stream(sim: Any, **fields: Any) -> Any:
    """The final message of a stream."""
    async with sim.client.beta.messages.stream(**request_body("Go.", tools=[READ], **fields)) as s:
        return await s.get_final_message()


async def test_a_connection_dropped_in_the_middle_is_a_protocol_error():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "drop", "after": 5})
        with pytest.raises(httpx2.RemoteProtocolError):
            await stream(sim)
        (note,) = await sim.ledger()
        assert (note["fault"], note["finished"], note["stop_reason"]) == ("drop", False, None)
        assert note["generated"] == 20  # Five deltas of four tokens.


async def test_a_stalled_stream_runs_into_the_timeout():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "stall"})
        sim.client = sim.client.with_options(timeout=0.3)
        with pytest.raises(httpx2.ReadTimeout):
            await stream(sim)


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("no_usage", {}),
        ("wrong_usage", {"input_tokens": -5, "output_tokens": "many"}),
        ("shrinking_usage", None),
    ],
)
async def test_a_usage_that_cannot_be_believed_leaves_the_rest_as_it_is(
    kind: str, last: dict[str, Any] | None
):
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": kind})
        request = request_body("Go.", tools=[READ])
        response = await sim.post({**request, "stream": True})
        rows = [row[6:] for row in response.text.splitlines() if row.startswith("data: {")]
        deltas = [row for row in map(json.loads, rows) if row["type"] == "message_delta"]
        if last is None:
            counts = [delta["usage"]["output_tokens"] for delta in deltas]
            assert counts[0] == counts[1] + 1_000
        else:
            assert [delta["usage"] for delta in deltas] == [last]
        assert deltas[-1]["delta"]["stop_reason"] == "tool_use"


async def test_a_stream_that_ends_early_raises_nothing():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "early_end"})
        message = await stream(sim)
        assert message.stop_reason is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("not_json", json.JSONDecodeError),
        ("not_utf8", UnicodeDecodeError),
        ("no_message_start", AssertionError),
        ("json_body", AssertionError),
        ("hang_up", anthropic.APIConnectionError),
        ("html_error", anthropic.InternalServerError),
        ("bare_error", anthropic.InternalServerError),
    ],
)
async def test_a_broken_response_raises_what_the_sdk_is_known_to_raise(
    kind: str, error: type[Exception]
):
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": kind})
        with pytest.raises(error):
            await stream(sim)


async def test_an_error_event_in_the_stream_has_status_200():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "error_event", "status": 529, "message": "Overloaded"})
        with pytest.raises(anthropic.APIStatusError) as raised:
            await stream(sim)
        assert raised.value.status_code == 200
        assert raised.value.type == "overloaded_error"


async def test_arguments_that_are_no_json_become_an_empty_input():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "bad_arguments"})
        message = await stream(sim)
        assert message.content[-1].input == {}
        assert message.stop_reason == "tool_use"


async def test_arguments_that_are_not_even_the_beginning_of_json_reach_a_raw_stream():
    async with serve_simulator(LONG, LONG) as sim:
        await sim.faults({"kind": "wrong_arguments"})
        with pytest.raises(ValueError, match="Unable to parse tool parameter JSON"):
            await stream(sim)
        raw = await sim.client.beta.messages.create(
            **request_body("Go.", tools=[READ]), stream=True
        )
        deltas = [event.delta async for event in raw if event.type == "content_block_delta"]
        text = "".join(delta.partial_json for delta in deltas if delta.type == "input_json_delta")
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


async def test_a_tool_that_was_never_offered_is_called():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "unknown_tool"})
        message = await stream(sim)
        assert message.content[-1].name == "launch_rocket"


@pytest.mark.parametrize(
    "kind", ["ping_first", "trailing_spaces", "no_input", "unknown_event", "no_request_id", "close"]
)
async def test_a_harmless_oddity_changes_nothing(kind: str):
    async with serve_simulator(LONG, LONG) as sim:
        await sim.faults({"kind": kind})
        message = await stream(sim)
        assert message.stop_reason == "tool_use"
        assert message.content[0].text == words(200)
        await stream(sim)


async def test_ids_may_look_like_those_of_other_servers():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "odd_ids"})
        message = await stream(sim)
        assert not message.id.startswith("msg_")
        assert not message.content[-1].id.startswith("toolu_")


async def test_a_request_id_can_be_missing():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "no_request_id"})
        response = await sim.client.beta.messages.with_raw_response.create(**request_body("Go."))
        assert "request-id" not in response.headers


@pytest.mark.parametrize(
    ("reason", "details"), [("refusal", "refusal"), ("pause_turn", None), ("daydream", None)]
)
async def test_a_message_stops_for_any_reason(reason: str, details: str | None):
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "stop", "reason": reason, "message": "No."})
        message = await stream(sim)
        assert message.stop_reason == reason
        assert (message.stop_details.type if message.stop_details else None) == details


STATUSES = [
    (400, anthropic.BadRequestError, "invalid_request_error"),
    (401, anthropic.AuthenticationError, "authentication_error"),
    (402, anthropic.PaymentRequiredError, "billing_error"),
    (403, anthropic.PermissionDeniedError, "permission_error"),
    (404, anthropic.NotFoundError, "not_found_error"),
    (413, anthropic.ContentTooLargeError, "request_too_large"),
    (422, anthropic.UnprocessableEntityError, "invalid_request_error"),
    (429, anthropic.RateLimitError, "rate_limit_error"),
    (500, anthropic.InternalServerError, "api_error"),
    (503, anthropic.ServiceUnavailableError, "api_error"),
    (504, anthropic.GatewayTimeoutError, "timeout_error"),
    (529, anthropic.OverloadedError, "overloaded_error"),
]


@pytest.mark.parametrize(("status", "error", "kind"), STATUSES)
async def test_every_error_status_has_its_class_and_type(
    status: int, error: type[anthropic.APIStatusError], kind: str
):
    async with serve_simulator() as sim:
        await sim.faults({"kind": "status", "status": status})
        with pytest.raises(error) as raised:
            await stream(sim)
        assert raised.value.type == kind


async def test_one_refusal_with_retry_after_is_survived_by_the_retries_of_the_sdk():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "status", "status": 429, "retry_after": 0.01, "request": 1})
        sim.client = sim.client.with_options(max_retries=2)
        message = await stream(sim)
        assert message.stop_reason == "tool_use"
        assert [note["status"] for note in await sim.ledger()] == [429, 200]


async def test_a_socket_closed_between_requests_is_hidden_by_the_retries_of_the_sdk():
    async with serve_simulator(LONG, LONG) as sim:
        await sim.faults({"kind": "hang_up", "request": 2})
        sim.client = sim.client.with_options(max_retries=2)
        await stream(sim)
        await stream(sim)
        assert len(await sim.ledger()) == 3


async def test_a_spend_limit_has_its_error_code():
    code = "enforced_spend_limit_reached"
    async with serve_simulator() as sim:
        await sim.faults({"kind": "status", "status": 429, "code": code})
        with pytest.raises(anthropic.RateLimitError) as raised:
            await stream(sim)
        assert raised.value.error_code == code


async def test_counting_can_fail_while_messages_go_through():
    async with serve_simulator(LONG) as sim:
        await sim.faults({"kind": "status", "status": 404, "path": "count_tokens"})
        with pytest.raises(anthropic.NotFoundError):
            await sim.client.beta.messages.count_tokens(
                model="claude-opus-5-5", messages=[{"role": "user", "content": "Go."}]
            )
        await stream(sim)


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({"request": 2}, [2]),
        ({"request": [1, 3]}, [1, 3]),
        ({"since": 3}, [3, 4]),
        ({}, [1, 2, 3, 4]),
    ],
)
def test_a_fault_strikes_the_requests_it_names(when: dict[str, Any], struck: list[int]):
    fault = InjectedFault.read({"kind": "drop", **when})
    assert [n for n in range(1, 5) if fault.strikes(n, "messages")] == struck


@pytest.mark.parametrize("text", ["", "[3]", '{"kind": "earthquake"}', '{"kind": "drop", "x": 1}'])
def test_faults_that_make_no_sense_are_refused(text: str):
    with pytest.raises(ValueError):
        read_faults(text)


@pytest.mark.parametrize("kind", ["evict", "undiagnosed"])
async def test_a_lost_cache_spoils_nothing_but_the_bill(kind: str):
    prompt = {"system": words(2_000), "cache_control": {"type": "ephemeral"}}
    async with serve_simulator(LONG, LONG, LONG) as sim:
        first = await stream(sim, **prompt)
        await sim.faults({"kind": kind, "request": 1})
        struck = await stream(sim, **prompt)
        after = await stream(sim, **prompt)
        assert first.usage.cache_creation_input_tokens > 2_000
        assert struck.usage.cache_read_input_tokens == 0
        assert struck.usage.cache_creation_input_tokens == first.usage.cache_creation_input_tokens
        assert after.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
        assert struck.content[0].text == first.content[0].text


def test_every_fault_there_is_is_tested_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in fault_kinds() if f'"{name}"' not in text] == []


async def test_an_agent_that_is_to_be_throttled_gets_one_429_and_its_siblings_none():
    async with serve_simulator() as sim:
        tasks = {"a": "look (throttled)", "b": "look"}
        asked = [f"You are {name}, an agent of a team: {task}." for name, task in tasks.items()]
        codes = [(await sim.post(request_body(words))).status_code for words in [*asked, asked[0]]]
        assert codes == [429, 200, 200]
        assert (await sim.ledger())[0]["error"] == "This agent was to be throttled once."

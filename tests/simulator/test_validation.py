"""Requests that are not as documented, and the words they are refused with."""

from typing import Any

import pytest

from tests.support.simulator import (
    BUDGETS,
    READ,
    TOKEN,
    request_body,
    result,
    serve_simulator,
    user,
)

GOOD = request_body("Hello.")
CALL = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}}
ASSISTANT = {"role": "assistant", "content": [CALL]}
BUDGET = {"type": "tokens", "total": 20_000}
SMALL = {"type": "tokens", "total": 19_999}
CACHED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
HOUR = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}


def with_(**fields: Any) -> dict[str, Any]:
    """A good request with other fields; None takes one out."""
    return {name: value for name, value in {**GOOD, **fields}.items() if value is not None}


def said(*messages: Any) -> dict[str, Any]:
    return with_(messages=list(messages))


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": "t", "strict": True, "input_schema": schema}


REFUSED = [
    (with_(model=None), "model: Field required"),
    (with_(max_tokens=None), "max_tokens: Field required"),
    (with_(messages=None), "messages: Field required"),
    (with_(max_tokens="many"), "max_tokens: Input should be a valid integer"),
    (with_(max_tokens=True), "max_tokens: Input should be a valid integer"),
    (with_(max_tokens=-1), "max_tokens: Input should be greater than or equal to 0"),
    (with_(max_tokens=128_001), "max_tokens: 128001 > 128000, which is the maximum allowed"),
    (with_(wishes=3), "wishes: Extra inputs are not permitted"),
    (with_(temperature=1.0), "temperature: Extra inputs are not permitted"),
    (with_(task_budget=BUDGET), "task_budget: Extra inputs are not permitted"),
    (
        with_(output_config={"task_budget": BUDGET}),
        "output_config.task_budget: Extra inputs are not permitted",
    ),
    (with_(output_config={"effort": "huge"}), "output_config.effort: Input should be 'low', "),
    (with_(output_config={"wit": 1}), "output_config.wit: Extra inputs are not permitted"),
    (with_(compaction={"type": "summarize"}), "compaction: Extra inputs are not permitted"),
    (with_(thread={"type": "create"}), "thread: Extra inputs are not permitted"),
    (
        with_(context_management={"edits": []}),
        "context_management: Extra inputs are not permitted",
    ),
    (with_(messages=[]), "messages: at least one message is required"),
    (said({"role": "assistant", "content": "Hi."}), 'messages: first message must use the "user"'),
    (said({"role": "robot", "content": "Hi."}), "messages.0.role: Input should be 'user', "),
    (said({"content": "Hi."}), "messages.0.role: Field required"),
    (said({"role": "user"}), "messages.0.content: Field required"),
    (said({"role": "user", "content": 3}), "messages.0.content: Input should be a valid list"),
    (said({"role": "user", "content": ""}), "messages.0: user messages must have non-empty"),
    (said({"role": "user", "content": []}), "messages.0: user messages must have non-empty"),
    (said({"role": "user", "content": "Hi.", "mood": 1}), "messages.0.mood: Extra inputs"),
    (said(user("")), "messages: text content blocks must be non-empty"),
    (said(user({"text": "Hi."})), "messages.0.content.0.type: Field required"),
    (said(user({"type": "song"})), "messages.0.content.0: Input tag 'song' found using 'type'"),
    (said(user({"type": "text"})), "messages.0.content.0.text.text: Field required"),
    (
        said(user({"type": "text", "text": "x", "loud": True})),
        "messages.0.content.0.text.loud: Extra inputs are not permitted",
    ),
    (said(user(CALL)), "messages.0.content.0: Input tag 'tool_use' found using 'type'"),
    (
        said(user("Go."), ASSISTANT, user("Well?")),
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: "
        "toolu_1",
    ),
    (
        said(user("Go."), ASSISTANT, user("First words.", result("toolu_1", "ok"))),
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after",
    ),
    (
        said(user(result("toolu_9", "ok"))),
        "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_9",
    ),
    (
        said(user("Go."), ASSISTANT, user(result("toolu_1", "a"), result("toolu_1", "b"))),
        "each tool_use must have a single result",
    ),
    (
        said(user("Go."), {"role": "assistant", "content": [CALL, CALL]}, user("x")),
        "messages.1: `tool_use` ids must be unique",
    ),
    (
        said(user("Hi."), {"role": "assistant", "content": "I am"}),
        "This model does not support assistant message prefill.",
    ),
    (
        said(user({"type": "text", "text": "x", "citations": [{"type": "x"}]})),
        "citations are not allowed on user text",
    ),
    (with_(thinking={"type": "disabled"}), "thinking.type: 'disabled' is not supported on"),
    (with_(thinking={"type": "dreaming"}), "thinking: Input tag 'dreaming' found using 'type'"),
    (
        with_(thinking={"type": "adaptive", "block_binding": {}}),
        "thinking.adaptive.block_binding: Extra inputs are not permitted",
    ),
    (with_(tools=[READ], tool_choice={"type": "any"}), "tool_choice: 'any' is not supported on"),
    (with_(tool_choice={"type": "auto"}), "tool_choice may only be specified while providing"),
    (with_(tools=[READ, READ]), "tools: Tool names must be unique."),
    (with_(tools=[{**READ, "name": "no spaces"}]), "tools.0.custom.name: String should match"),
    (with_(tools=[{"name": "x"}]), "tools.0.custom.input_schema: Field required"),
    (with_(tools=[{"type": "laser", "name": "x"}]), "tools.0: Input tag 'laser' found using"),
    (
        with_(tools=[closed({"type": "object", "properties": {}})]),
        "'additionalProperties' must be explicitly set to false",
    ),
    (
        with_(tools=[{**READ, "defer_loading": True, "cache_control": {"type": "ephemeral"}}]),
        "a tool with `defer_loading` cannot have `cache_control`",
    ),
    (said(user(*[CACHED] * 5)), "A maximum of 4 blocks with cache_control may be provided."),
    (
        with_(messages=[user(*[CACHED] * 4)], cache_control={"type": "ephemeral"}),
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    (said(user(CACHED, HOUR)), "a ttl='1h' cache_control block must not come after a ttl='5m'"),
    (
        with_(messages=[user(HOUR)], cache_control={"type": "ephemeral"}),
        "cache_control: the last block already has a breakpoint with another ttl",
    ),
]


@pytest.mark.parametrize(("body", "words"), REFUSED, ids=[words[:60] for _, words in REFUSED])
async def test_a_request_that_is_not_as_documented_is_refused_in_the_words_of_the_api(
    body: dict[str, Any], words: str
):
    async with serve_simulator() as sim:
        response = await sim.post(body)
        error = response.json()["error"]
        assert (response.status_code, error["type"]) == (400, "invalid_request_error")
        assert words in error["message"]


BETAS_REFUSED = [
    (
        with_(output_config={"task_budget": SMALL}),
        BUDGETS,
        "`read_task_budget.total` must be at least 20,000 tokens for this model",
    ),
    (
        with_(output_config={"task_budget": {"type": "tokens"}}),
        BUDGETS,
        "output_config.task_budget.total: Field required",
    ),
    (
        with_(output_config={"task_budget": {**BUDGET, "spent": 3}}),
        BUDGETS,
        "output_config.task_budget.spent: Extra inputs are not permitted",
    ),
    (
        with_(output_config={"task_budget": {**BUDGET, "remaining": -1}}),
        BUDGETS,
        "`read_task_budget.remaining` must be between 0 and",
    ),
    (GOOD, "time-travel-2030-01-01", "Unexpected value(s) `time-travel-2030-01-01` for the"),
    (
        said(user("Hi."), {"role": "system", "content": [], "output_config": {"effort": "low"}}),
        BUDGETS,
        "messages.1.output_config: Extra inputs are not permitted",
    ),
    (
        {
            **said(
                user("Hi."), {"role": "system", "content": [], "output_config": {"effort": "low"}}
            ),
            "model": "claude-opus-4-8",
        },
        "mid-conversation-output-config-2026-07-01",
        "output_config.effort requires a model that supports per-turn effort; this model does not",
    ),
    (
        {**said(user("Hi."), {"role": "system", "content": "Note."}), "model": "claude-sonnet-5"},
        BUDGETS,
        "messages.1.role: messages of role 'system' are not supported on claude-sonnet-5",
    ),
]


@pytest.mark.parametrize(("body", "beta", "words"), BETAS_REFUSED)
async def test_a_request_under_a_beta_is_checked_as_closely(
    body: dict[str, Any], beta: str, words: str
):
    async with serve_simulator() as sim:
        response = await sim.post(body, **{"anthropic-beta": beta})
        assert response.status_code == 400
        assert words in response.json()["error"]["message"]


async def test_message_threads_are_refused_with_their_documented_error_code():
    async with serve_simulator() as sim:
        body = with_(thread={"type": "create"})
        response = await sim.post(body, **{"anthropic-beta": "message-threads-2026-08-12"})
        assert response.status_code == 400
        assert response.json()["error"]["details"] == {"error_code": "thread_unsupported_request"}


async def test_an_error_body_has_the_documented_envelope_and_names_its_request():
    async with serve_simulator() as sim:
        response = await sim.post(with_(wishes=1))
        assert response.json() == {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "wishes: Extra inputs are not permitted",
            },
            "request_id": response.headers["request-id"],
        }
        assert response.headers["request-id"].startswith("req_")


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
async def test_a_body_that_is_no_json_object_is_refused(raw: bytes):
    async with serve_simulator() as sim:
        response = await sim.post(raw)
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "invalid_request_error"


async def test_an_unknown_model_is_not_found():
    async with serve_simulator() as sim:
        response = await sim.post(with_(model="claude-opus-4-7-20261101"))
        assert response.status_code == 404
        assert response.json()["error"] == {
            "type": "not_found_error",
            "message": "model: claude-opus-4-7-20261101",
        }


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-api-key": TOKEN}, 200),
        ({"authorization": f"Bearer {TOKEN}"}, 200),
        ({"x-api-key": "wrong"}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({}, 401),
    ],
)
async def test_a_key_is_taken_either_way_and_only_the_right_one(
    headers: dict[str, str], status: int
):
    async with serve_simulator() as sim:
        sent = {"anthropic-version": "2023-06-01", **headers}
        response = await sim.http.post("/v1/messages", json=GOOD, headers=sent)
        assert response.status_code == status
        if status == 401:
            assert response.json()["error"]["type"] == "authentication_error"


@pytest.mark.parametrize(
    ("version", "status"), [("2023-06-01", 200), ("2026-10-21", 200), ("2020-01-01", 400)]
)
async def test_both_versions_of_the_api_are_served(version: str, status: int):
    async with serve_simulator() as sim:
        response = await sim.post(GOOD, **{"anthropic-version": version})
        assert response.status_code == status


async def test_sampling_parameters_live_on_in_the_old_version():
    async with serve_simulator() as sim:
        response = await sim.post(with_(temperature=0.5), **{"anthropic-version": "2023-06-01"})
        assert response.status_code == 200


async def test_a_request_over_32_megabytes_is_too_large():
    async with serve_simulator() as sim:
        response = await sim.post(b" " * (32 * 1024 * 1024 + 1))
        assert response.status_code == 413
        assert response.json()["error"]["type"] == "request_too_large"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000], ids=("empty", "cut", "bytes", "deep")
)
async def test_a_body_that_is_no_json_is_refused(body: bytes):
    async with serve_simulator() as sim:
        response = await sim.post(body)
        assert response.status_code == 400
        assert "not valid JSON" in response.json()["error"]["message"]


async def test_a_prompt_longer_than_the_context_window_is_refused():
    async with serve_simulator() as sim:
        body = with_(model="claude-haiku-4-5", messages=[user("漢" * 260_001)])
        response = await sim.post(body)
        assert response.status_code == 400
        message = response.json()["error"]["message"]
        assert message.startswith("prompt is too long: ")
        assert message.endswith(" tokens > 200000 maximum")


async def test_an_unknown_path_and_a_wrong_method_have_error_bodies_too():
    async with serve_simulator() as sim:
        missing = await sim.http.get("/v1/batches")
        assert missing.status_code == 404
        assert missing.json()["error"]["type"] == "not_found_error"
        wrong = await sim.http.get("/v1/messages")
        assert wrong.status_code == 405


async def test_lenient_serves_clients_that_send_what_nobody_knows():
    body = {
        **said(user({"type": "text", "text": "Hi.", "loud": True})),
        "wishes": 3,
        "output_config": {"effort": "ultra", "task_budget": BUDGET, "wit": 1},
        "thinking": {"type": "disabled"},
    }
    async with serve_simulator(lenient=True, token=None) as sim:
        headers = {"anthropic-beta": "time-travel-2030-01-01"}
        response = await sim.http.post("/v1/messages", json=body, headers=headers)
        assert response.status_code == 200, response.text
        assert (await sim.http.head("/")).status_code == 200


async def test_lenient_knows_models_by_their_full_names_and_still_no_others():
    async with serve_simulator(lenient=True) as sim:
        dated = await sim.post(with_(model="claude-haiku-4-5-20251001"))
        assert (dated.status_code, dated.json()["model"]) == (200, "claude-haiku-4-5")
        assert (await sim.post(with_(model="gpt-9"))).status_code == 404


async def test_strict_answers_no_greeting():
    async with serve_simulator() as sim:
        assert (await sim.http.head("/")).status_code == 404

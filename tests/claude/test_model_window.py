"""The window of a model as different servers describe it, and how the server is asked."""

import json
from typing import Any

import pytest

from tests.claude.client_requests import client_for
from tests.claude.loopback_server import DROP, HOLD, refusal, serve_answers
from tui.claude.api_client import RequestTimeouts
from tui.claude.catalogue import load_catalogue
from tui.claude.model_window import ModelWindow, find_model_entry, parse_window

DESCRIPTIONS = {
    "the Messages API": (
        {"id": "m", "type": "model", "max_input_tokens": 1_000_000, "max_tokens": 128_000},
        ModelWindow(1_000_000, 128_000),
    ),
    "vLLM": ({"id": "m", "object": "model", "max_model_len": 32_768}, ModelWindow(32_768)),
    "LM Studio, loaded": (
        {"id": "m", "max_context_length": 131_072, "loaded_context_length": 4_096},
        ModelWindow(4_096),
    ),
    "llama.cpp": (
        {"id": "/models/q.gguf", "meta": {"n_vocab": 151_936, "n_ctx_train": 32_768}},
        ModelWindow(32_768, None, True),
    ),
    "llama.cpp, as started": (
        {"id": "m", "meta": {"n_ctx": 8_192, "n_ctx_train": 32_768}},
        ModelWindow(8_192),
    ),
    "OpenRouter": (
        {"id": "m", "context_length": 200_000, "top_provider": {"max_completion_tokens": 8_192}},
        ModelWindow(200_000, 8_192),
    ),
    "a gateway that writes text": ({"id": "m", "context_window": "65536"}, ModelWindow(65_536)),
    "OpenAI's bare list": ({"id": "m", "object": "model", "owned_by": "x"}, ModelWindow()),
    "nonsense": (
        {"max_model_len": True, "context_length": -5, "n_ctx": 10**30, "meta": [1]},
        ModelWindow(),
    ),
    "no object": ([1, 2], ModelWindow()),
}


@pytest.mark.parametrize("server", DESCRIPTIONS)
def test_the_window_is_found_under_each_servers_own_word(server: str):
    described, window = DESCRIPTIONS[server]
    assert parse_window(described) == window


def test_the_model_is_found_in_a_list_by_id_or_alias_or_because_it_is_the_only_one():
    two = {"data": [{"id": "a"}, {"id": "b", "aliases": ["c"]}]}
    assert find_model_entry(two, "a") == {"id": "a"}
    assert find_model_entry(two, "c")["id"] == "b"
    assert find_model_entry(two, "z") == {}
    assert find_model_entry({"data": [{"id": "/models/q.gguf"}]}, "local")["id"] == "/models/q.gguf"
    assert find_model_entry("nonsense", "a") == {}


def page(body: object) -> list[bytes]:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n"
    return [f"{head}\r\n".encode() + raw]


NO_PAGE = refusal(404, {"error": "no such page"})


async def asked(
    *answers: Any,
    timeouts: RequestTimeouts = RequestTimeouts(),  # noqa: B008 - it cannot be changed
) -> tuple[ModelWindow | None, list[str]]:
    async with (
        serve_answers(*answers) as server,
        client_for(server.url, timeouts=timeouts) as claude,
    ):
        return await claude.window("local/model"), [each.path for each in server.received]


async def test_the_model_itself_is_asked_for_first():
    window, paths = await asked(page({"id": "local/model", "max_input_tokens": 500_000}))
    assert window == ModelWindow(500_000)
    assert paths == ["/v1/models/local%2Fmodel"]


async def test_then_the_list_and_for_llama_cpp_what_it_was_started_with():
    listed = page({"data": [{"id": "local/model", "meta": {"n_ctx_train": 32_768}}]})
    started = page({"default_generation_settings": {"n_ctx": 4_096}})
    window, paths = await asked(NO_PAGE, listed, started)
    assert window == ModelWindow(4_096, None, True)
    assert paths == ["/v1/models/local%2Fmodel", "/v1/models", "/props"]
    window, _ = await asked(NO_PAGE, listed, NO_PAGE)
    assert window == ModelWindow(32_768, None, True)


async def test_a_server_that_does_not_say_is_told_from_one_that_cannot_be_asked():
    assert (await asked(NO_PAGE, NO_PAGE))[0] == ModelWindow()
    assert (await asked(NO_PAGE, page({"data": []})))[0] == ModelWindow()
    assert (await asked([b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n<a>"]))[0] == ModelWindow()
    assert (await asked([DROP]))[0] is None
    assert (await asked(refusal(401, {"error": "no key"})))[0] is None
    assert (await asked(refusal(503, {"error": "loading"})))[0] is None
    assert (await asked([b"", HOLD], timeouts=RequestTimeouts(model_window=0.2)))[0] is None


async def test_a_page_without_end_is_not_read():
    large = page({"data": [{"id": "x" * 5_000_000}]})
    assert (await asked(large))[0] in (None, ModelWindow())


def test_an_unknown_model_has_what_the_server_said_and_leaves_room_for_the_input():
    catalogue = load_catalogue()
    assert (catalogue.model("local").context, catalogue.model("local").window_assumed) == (
        200_000,
        True,
    )
    catalogue.reported_windows["local"] = (8_192, None)
    model = catalogue.model("local")
    assert (model.context, model.max_output, model.window_assumed) == (8_192, 2_048, False)
    assert not catalogue.model("claude-opus-5-5").window_assumed

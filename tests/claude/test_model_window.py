"""The window of a model as different servers describe it, and how the server is asked."""

import json

import pytest
from claude_loopback import DROP, HOLD, refusal, serving
from claude_sending import claude_at

from tui.claude.catalogue import load
from tui.claude.client import Patience
from tui.claude.model_window import Window, entry_of, window_of

DESCRIPTIONS = {
    "the Messages API": (
        {"id": "m", "type": "model", "max_input_tokens": 1_000_000, "max_tokens": 128_000},
        Window(1_000_000, 128_000),
    ),
    "vLLM": ({"id": "m", "object": "model", "max_model_len": 32_768}, Window(32_768)),
    "LM Studio, loaded": (
        {"id": "m", "max_context_length": 131_072, "loaded_context_length": 4_096},
        Window(4_096),
    ),
    "llama.cpp": (
        {"id": "/models/q.gguf", "meta": {"n_vocab": 151_936, "n_ctx_train": 32_768}},
        Window(32_768, None, True),
    ),
    "llama.cpp, as started": (
        {"id": "m", "meta": {"n_ctx": 8_192, "n_ctx_train": 32_768}},
        Window(8_192),
    ),
    "OpenRouter": (
        {"id": "m", "context_length": 200_000, "top_provider": {"max_completion_tokens": 8_192}},
        Window(200_000, 8_192),
    ),
    "a gateway that writes text": ({"id": "m", "context_window": "65536"}, Window(65_536)),
    "OpenAI's bare list": ({"id": "m", "object": "model", "owned_by": "x"}, Window()),
    "nonsense": (
        {"max_model_len": True, "context_length": -5, "n_ctx": 10**30, "meta": [1]},
        Window(),
    ),
    "no object": ([1, 2], Window()),
}


@pytest.mark.parametrize("server", DESCRIPTIONS)
def test_the_window_is_found_under_each_servers_own_word(server):
    described, window = DESCRIPTIONS[server]
    assert window_of(described) == window


def test_the_model_is_found_in_a_list_by_id_or_alias_or_because_it_is_the_only_one():
    two = {"data": [{"id": "a"}, {"id": "b", "aliases": ["c"]}]}
    assert entry_of(two, "a") == {"id": "a"}
    assert entry_of(two, "c")["id"] == "b"
    assert entry_of(two, "z") == {}
    assert entry_of({"data": [{"id": "/models/q.gguf"}]}, "local")["id"] == "/models/q.gguf"
    assert entry_of("nonsense", "a") == {}


def page(body: object) -> list[bytes]:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n"
    return [f"{head}\r\n".encode() + raw]


NO_PAGE = refusal(404, {"error": "no such page"})


async def asked(*answers, patience=Patience()):  # noqa: B008 - it cannot be changed
    async with serving(*answers) as server, claude_at(server.url, patience=patience) as claude:
        return await claude.window("local/model"), [each.path for each in server.received]


async def test_the_model_itself_is_asked_for_first():
    window, paths = await asked(page({"id": "local/model", "max_input_tokens": 500_000}))
    assert window == Window(500_000)
    assert paths == ["/v1/models/local%2Fmodel"]


async def test_then_the_list_and_for_llama_cpp_what_it_was_started_with():
    listed = page({"data": [{"id": "local/model", "meta": {"n_ctx_train": 32_768}}]})
    started = page({"default_generation_settings": {"n_ctx": 4_096}})
    window, paths = await asked(NO_PAGE, listed, started)
    assert window == Window(4_096, None, True)
    assert paths == ["/v1/models/local%2Fmodel", "/v1/models", "/props"]
    window, _ = await asked(NO_PAGE, listed, NO_PAGE)
    assert window == Window(32_768, None, True)


async def test_a_server_that_does_not_say_is_told_from_one_that_cannot_be_asked():
    assert (await asked(NO_PAGE, NO_PAGE))[0] == Window()
    assert (await asked(NO_PAGE, page({"data": []})))[0] == Window()
    assert (await asked([b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n<a>"]))[0] == Window()
    assert (await asked([DROP]))[0] is None
    assert (await asked(refusal(401, {"error": "no key"})))[0] is None
    assert (await asked(refusal(503, {"error": "loading"})))[0] is None
    assert (await asked([b"", HOLD], patience=Patience(window=0.2)))[0] is None


async def test_a_page_without_end_is_not_read():
    large = page({"data": [{"id": "x" * 5_000_000}]})
    assert (await asked(large))[0] in (None, Window())


def test_an_unknown_model_has_what_the_server_said_and_leaves_room_for_the_input():
    catalogue = load()
    assert (catalogue.model("local").context, catalogue.model("local").window_assumed) == (
        200_000,
        True,
    )
    catalogue.windows["local"] = (8_192, None)
    model = catalogue.model("local")
    assert (model.context, model.max_output, model.window_assumed) == (8_192, 2_048, False)
    assert not catalogue.model("claude-opus-5-5").window_assumed

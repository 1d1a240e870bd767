"""A request that is too long is recognised whatever server says so, with its figures.

The sentences are those of the servers' own sources and public reports.
"""

from typing import Any

import pytest

from tests.claude.client_requests import fault_of
from tests.claude.loopback_server import error, refusal
from tui.claude.too_long import TooLong, parse_too_long

SAID = {
    "Messages API": ("prompt is too long: 215000 tokens > 200000 maximum", 215_000, 200_000),
    "Messages API, with the answer": (
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease "
        "input length or `max_tokens` and try again",
        188_240,
        200_000,
    ),
    "llama.cpp": (
        "request (8708 tokens) exceeds the available context size (8192 tokens), try increasing it",
        8_708,
        8_192,
    ),
    "llama.cpp, older": (
        "the request exceeds the available context size. try increasing the context size or "
        "enable context shift",
        None,
        None,
    ),
    "vLLM": (
        "This model's maximum context length is 16384 tokens. However, you requested 122946 "
        "tokens (112946 in the messages, 10000 in the completion). Please reduce the length of "
        "the messages or completion.",
        112_946,
        16_384,
    ),
    "vLLM, no room for the answer": (
        "'max_tokens' or 'max_completion_tokens' is too large: 64000. This model's maximum "
        "context length is 32768 tokens and your request has 1214 input tokens (64000 > 32768 - "
        "1214).",
        1_214,
        32_768,
    ),
    "vLLM, decoder": (
        "The decoder prompt (length 5120) is longer than the maximum model length of 4096. Make "
        "sure that `max_model_len` is no smaller than the number of text tokens.",
        5_120,
        4_096,
    ),
    "vLLM, total": (
        "The prompt (total length 25938) is too long to fit into the model (context length 4096).",
        25_938,
        4_096,
    ),
    "OpenAI": ("Your input exceeds the context window of this model.", None, None),
    "OpenAI, older": (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in "
        "8545 tokens. Please reduce the length of the messages.",
        8_545,
        8_192,
    ),
    "OpenRouter": (
        "This endpoint's maximum context length is 32768 tokens. However, you requested about "
        "42832 tokens (42832 of text input). Please reduce the length of either one.",
        42_832,
        32_768,
    ),
    "LM Studio": (
        "Trying to keep the first 111490 tokens when context the overflows. However, the model is "
        "loaded with context length of only 32768 tokens, which is not enough.",
        111_490,
        32_768,
    ),
    "LM Studio, keep": (
        "The number of tokens to keep from the initial prompt is greater than the context length.",
        None,
        None,
    ),
    "Ollama": ("the input length exceeds the context length", None, None),
    "Bedrock": ("Input is too long for requested model.", None, None),
    "Gemini": (
        "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
        1_196_265,
        1_048_575,
    ),
    "xAI": (
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        537_812,
        131_072,
    ),
    "Moonshot": (
        "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)",
        140_000,
        131_072,
    ),
    "Mistral": (
        "Prompt contains 40123 tokens and 0 draft tokens, too large for model with 32768 maximum "
        "context length",
        40_123,
        32_768,
    ),
    "Copilot": ("prompt token count of 130522 exceeds the limit of 128000", 130_522, 128_000),
    "Groq": ("Please reduce the length of the messages or completion.", None, None),
    "SGLang": (
        "The input (5021 tokens) is longer than the model's context length (4096 tokens).",
        5_021,
        4_096,
    ),
    "TGI": ("`inputs` must have less than 1024 tokens. Given: 1500", 1_500, 1_024),
    "DashScope": ("Range of input length should be [1, 30720]", None, 30_720),
    "MiniMax": ("invalid params, context window exceeds limit (2013)", None, None),
    "LiteLLM around another": (
        "litellm.ContextWindowExceededError: litellm.BadRequestError: AnthropicException - "
        '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: '
        '213462 tokens > 200000 maximum"}}',
        213_462,
        200_000,
    ),
}
OTHERS = {
    "another field": "max_tokens: 70000 > 64000, the maximum allowed number of output tokens",
    "a rate": "Request too large for the model: limit 30000 tokens per min, requested 41000",
    "a plain mistake": "messages.3.content.0.text: text content blocks must be non-empty",
    "a budget": "`read_task_budget.total` must be at least 20,000 tokens for this model",
    "a picture": "image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes",
    "the name of a tool": "tools.0.name: String should have at most 200 characters",
}


@pytest.mark.parametrize("server", SAID)
@pytest.mark.parametrize("status", [400, 500])
def test_the_sentence_of_every_server_is_recognised_with_its_figures(server: str, status: int):
    words, needed, window = SAID[server]
    assert parse_too_long(status, {"error": {"message": words}}, words) == TooLong(needed, window)


@pytest.mark.parametrize("kind", OTHERS)
def test_other_limits_are_not_taken_for_it(kind: str):
    assert parse_too_long(400, {"error": {"message": OTHERS[kind]}}, OTHERS[kind]) is None


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503, 529])
def test_a_status_that_means_something_else_decides(status: int):
    words = "context length exceeded"
    assert parse_too_long(status, {"error": {"message": words}}, words) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"error": {"type": "exceed_context_size", "n_prompt_tokens": 5120, "n_ctx": 4096}},
            TooLong(5_120, 4_096),
        ),
        ({"error": {"code": "context_length_exceeded"}}, TooLong()),
        ({"type": "context_exceeded", "n_prompt_tokens": 9, "n_ctx": True}, TooLong()),
        ("<html><h1>413 Request Entity Too Large</h1></html>", TooLong()),
        ({"error": {"type": "exceed_context_size_error", "n_ctx": 3}}, TooLong()),
        ({"error": {"type": "exceed_context_size_error", "n_ctx": 10**30}}, TooLong()),
    ],
)
def test_types_codes_and_fields_tell_it_where_the_words_do_not(
    body: dict[str, Any] | str, expected: TooLong
):
    assert parse_too_long(400, body, "") == expected


ANSWERS = {
    "413": refusal(413, error("request_too_large", "Request exceeds the maximum size")),
    "413 of a proxy": refusal(413, b"<html>413</html>", content_type="text/html"),
    "422": refusal(422, {"detail": "`inputs` must have less than 1024 tokens. Given: 1500"}),
    "500 of a gateway": refusal(500, {"error": "context_length_exceeded"}, x_should_retry="true"),
    "400 without an envelope": refusal(400, b"Input is too long for requested model."),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_over_http_it_is_one_kind_and_never_sent_again(answer: str):
    found = await fault_of(ANSWERS[answer])
    assert (found.kind, found.retryable) == ("context_exceeded", False)


async def test_the_figures_are_facts_of_the_fault():
    words = "prompt is too long: 215000 tokens > 200000 maximum"
    found = await fault_of(refusal(400, error("invalid_request_error", words)))
    assert (found.facts.needed, found.facts.window) == (215_000, 200_000)

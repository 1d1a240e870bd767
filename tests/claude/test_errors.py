"""Every row of the error table, over real HTTP, becomes a kind and a sentence that helps."""

import logging
import ssl
from pathlib import Path

import pytest

from tests.claude.client_requests import KEY, client_for, collect, fault_of, request_of
from tests.claude.loopback_server import DROP, STREAM, error, refusal, serve_answers, start
from tui.claude.api_client import ClaudeClient, RequestTimeouts
from tui.claude.error_conversion import api_error, to_api_error
from tui.claude.error_messages import quote_server_text
from tui.claude.redaction import redact
from tui.claude.request_errors import (
    KINDS,
    RETRYABLE,
    ApiError,
    Endpoint,
    ErrorFacts,
    ErrorKind,
    Surface,
)
from tui.claude.retry import NO_RETRY

BUDGET_400 = "output_config.task_budget: Extra inputs are not permitted"
SIGNATURE_400 = "messages.1.content.0: Invalid `signature` in `thinking` block: belongs to another"
LONG_400 = "prompt is too long: 215000 tokens > 200000 maximum"

ROWS = {
    "400": (refusal(400, error("invalid_request_error", "no such field")), "bad_request"),
    "400 budget": (refusal(400, error("invalid_request_error", BUDGET_400)), "budget_rejected"),
    "400 signature": (
        refusal(400, error("invalid_request_error", SIGNATURE_400)),
        "invalid_signature",
    ),
    "400 long": (refusal(400, error("invalid_request_error", LONG_400)), "context_exceeded"),
    "400 credit": (
        refusal(400, error("invalid_request_error", "Your credit balance is too low")),
        "spend_cap",
    ),
    "401": (refusal(401, error("authentication_error", "invalid x-api-key")), "wrong_key"),
    "402": (refusal(402, error("billing_error", "no card")), "billing"),
    "403": (refusal(403, error("permission_error", "not yours")), "permission"),
    "404 model": (
        refusal(404, error("not_found_error", "model: claude-opus-5-5")),
        "unknown_model",
    ),
    "404 address": (refusal(404, b"<html>nginx</html>", content_type="text/html"), "not_found"),
    "408": (refusal(408, error("timeout", "slow")), "conflict"),
    "409": (refusal(409, error("conflict_error", "busy")), "conflict"),
    "412": (refusal(412, error("invalid_request_error", "no")), "bad_request"),
    "413": (refusal(413, error("request_too_large", "too large")), "context_exceeded"),
    "422": (refusal(422, error("invalid_request_error", "no")), "bad_request"),
    "429": (refusal(429, error("rate_limit_error", "slow down")), "rate_limited"),
    "429 spend": (
        refusal(
            429,
            error("rate_limit_error", "cap", "enforced_spend_limit_reached"),
            x_should_retry="true",
        ),
        "spend_cap",
    ),
    "431": (refusal(431, b""), "too_large"),
    "500": (refusal(500, error("api_error", "oops")), "server"),
    "501": (refusal(501, b""), "server"),
    "503": (refusal(503, b"upstream connect error"), "unavailable"),
    "504": (refusal(504, error("timeout_error", "late")), "unavailable"),
    "529": (refusal(529, error("overloaded_error", "Overloaded")), "overloaded"),
    "dropped": ([DROP], "network"),
    "400 bare": (refusal(400, {"message": "no envelope here"}), "bad_request"),
    "400 text error": (refusal(400, {"error": "just words"}), "bad_request"),
    "400 plain": (refusal(400, b"not even JSON", content_type="text/plain"), "bad_request"),
}


@pytest.mark.parametrize("row", ROWS)
async def test_each_row_of_the_table_is_its_own_kind(row: str):
    answer, kind = ROWS[row]
    assert (await fault_of(answer)).kind == kind


async def test_a_fault_carries_what_the_api_said_about_it():
    body = error("rate_limit_error", "slow down", "ramp_limit_exceeded")
    headers = {
        "request_id": "req_7",
        "retry_after": "7",
        "anthropic_ratelimit_output_tokens_remaining": "0",
        "anthropic_ratelimit_output_tokens_reset": "2026-11-23T12:00:00Z",
    }
    got = await fault_of(refusal(429, body, **headers))
    assert (got.status, got.request_id, got.retry_after) == (429, "req_7", 7.0)
    assert (got.facts.type, got.facts.code) == ("rate_limit_error", "ramp_limit_exceeded")
    assert got.message == "slow down"
    assert "for output tokens" in got.sentence
    assert "in 7 s" in got.sentence


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500"}, 1.5),
        ({"retry_after": "2"}, 2.0),
        (
            {
                "retry_after": "Mon, 23 Nov 2026 12:00:30 GMT",
                "date": "Mon, 23 Nov 2026 12:00:00 GMT",
            },
            30.0,
        ),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "nan"}, None),
        ({}, None),
    ],
)
async def test_the_pause_a_server_asks_for_is_read_from_any_of_its_forms(
    headers: dict[str, str], seconds: float | None
):
    got = await fault_of(refusal(429, error("rate_limit_error", "x"), **headers))
    assert got.retry_after == seconds


async def test_the_reset_time_is_named_when_no_pause_is_asked_for():
    headers = {
        "anthropic_ratelimit_requests_remaining": "0",
        "anthropic_ratelimit_requests_reset": "2026-11-23T12:00:00Z",
        "anthropic_ratelimit_tokens_remaining": "7",
        "anthropic_ratelimit_tokens_reset": "2026-11-23T13:00:00Z",
    }
    got = await fault_of(refusal(429, error("rate_limit_error", "x"), **headers))
    assert "2026-11-23T12:00:00Z" in got.sentence


@pytest.mark.parametrize(("word", "again"), [("true", True), ("false", False)])
async def test_the_servers_own_word_on_retrying_goes_first(word: str, again: bool):
    for status in (400, 529):
        got = await fault_of(refusal(status, error("x", "y"), x_should_retry=word))
        assert got.retryable is again


async def test_a_spending_limit_is_never_retried():
    answer, _ = ROWS["429 spend"]
    got = await fault_of(answer)
    assert not got.retryable


async def test_an_unknown_model_is_named_with_what_to_do():
    answer, _ = ROWS["404 model"]
    got = await fault_of(answer)
    assert "claude-opus-5-5" in got.sentence
    assert "/model" in got.sentence


async def test_a_refused_request_quotes_the_api_as_data():
    said = "field\nwith \x1b[31mcolour\x1b[0m and [b]markup[/b]"
    got = await fault_of(refusal(400, error("invalid_request_error", said)))
    assert "“field with [31mcolour [0m and [b]markup[/b]”" in got.sentence
    assert got.message == said


async def test_no_one_listening_is_a_network_fault_that_names_the_host():
    async with serve_answers([DROP]) as server:
        url = server.url
    with pytest.raises(ApiError) as caught:
        await collect(client_for(url, retry_policy=NO_RETRY))
    assert caught.value.kind == "network"
    assert "127.0.0.1" in caught.value.sentence
    assert "refused" in caught.value.sentence


async def test_a_name_that_does_not_exist_is_a_network_fault(
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ApiError) as caught:
        await collect(client_for("http://nowhere.invalid", retry_policy=NO_RETRY))
    assert caught.value.kind == "network"
    assert "nowhere.invalid" in caught.value.sentence


@pytest.mark.parametrize(
    "url", ["ftp://example.invalid", "not a url", "http://[::bad", "http://127.0.0.1:99999"]
)
async def test_a_base_url_that_is_none_is_said_so(url: str):
    with pytest.raises(ApiError) as caught:
        await collect(client_for(url, retry_policy=NO_RETRY))
    assert caught.value.kind == "bad_address"
    assert "ANTHROPIC_BASE_URL" in caught.value.sentence


def test_a_certificate_that_is_not_trusted_is_its_own_kind():
    import httpx2

    refused = ssl.SSLCertVerificationError()
    refused.verify_message = "self-signed certificate"
    outer = httpx2.ConnectError("x")
    outer.__cause__ = refused
    got = to_api_error(outer, Endpoint("proxy.example"))
    assert got.kind == "tls"
    assert "self-signed certificate" in got.sentence


async def test_without_any_credentials_the_sentence_offers_to_simulate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ANTHROPIC_CONFIG_DIR", raising=False)
    async with serve_answers([DROP]) as server:
        with pytest.raises(ApiError) as caught:
            await collect(ClaudeClient(base_url=server.url, retry_policy=NO_RETRY))
        assert not server.received
    assert caught.value.kind == "no_key"
    assert "--simulate" in caught.value.sentence


@pytest.mark.parametrize("key", ["sk-ant-\nbroken", "sk-ant-broken\n", "sk-ant-\ud800"])
async def test_a_key_that_cannot_be_sent_is_a_wrong_key_and_not_repeated(key: str):
    async with serve_answers([DROP]) as server:
        claude = ClaudeClient(base_url=server.url, api_key=key, retry_policy=NO_RETRY)
        with pytest.raises(ApiError) as caught:
            await collect(claude)
    assert caught.value.kind == "wrong_key"
    assert "sk-ant" not in caught.value.sentence + repr(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_the_key_is_never_repeated_even_if_the_server_does(
    status: int, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    said = f"bad key {KEY} in Authorization: Bearer {KEY}"
    got = await fault_of(refusal(status, error("x", said)))
    claude = ClaudeClient(base_url="http://127.0.0.1:1", api_key=KEY)
    shown = [str(got), repr(got), got.sentence, got.message, repr(got.facts), repr(got.partial)]
    shown += [repr(claude), repr(claude.endpoint("m")), caplog.text]
    assert not [each for each in shown if "verysecret" in each]


async def test_keys_of_the_environment_are_not_repeated_either(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "plain-token-of-a-proxy")
    got = await fault_of(refusal(403, error("permission_error", "plain-token-of-a-proxy")))
    assert "plain-token" not in got.sentence + got.message


def test_any_anthropic_key_is_blacked_out_even_when_it_is_not_ours():
    assert redact("a sk-ant-xyz_1-2 b Bearer abc.def, c") == "a [key] b [key], c"


@pytest.mark.parametrize("surface", ["screen", "headless"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("arrived", [True, False])
def test_every_kind_has_a_sentence_that_ends_and_helps(
    surface: Surface, first: bool, arrived: bool
):
    place = Endpoint("host.example", "claude-x", surface=surface, is_first_prompt=first)
    for kind in KINDS:
        text = api_error(ErrorFacts(kind=kind, arrived=arrived), place).sentence
        assert text.endswith("."), kind
        assert text.count(". ") <= 2, kind
        assert "None" not in text and "  " not in text and "{" not in text, kind


COMMANDS_OF_THE_SCREEN = ("/rewind", "/model", "/compact", "/effort", "/budget", "send “")


@pytest.mark.parametrize("first", [True, False])
def test_without_a_screen_no_command_of_the_screen_is_advised(first: bool):
    place = Endpoint("host.example", "claude-x", surface="headless", is_first_prompt=first)
    for kind in KINDS:
        text = api_error(ErrorFacts(kind=kind, arrived=True), place).sentence
        assert not [word for word in COMMANDS_OF_THE_SCREEN if word in text], (kind, text)


def test_the_first_prompt_has_no_step_to_go_back_to():
    for kind in KINDS:
        text = api_error(ErrorFacts(kind=kind), Endpoint(is_first_prompt=True)).sentence
        assert ("/rewind" not in text and "/compact" not in text) or kind == "invalid_signature"


def test_that_something_is_kept_is_said_only_where_something_came():
    for kind in KINDS:
        assert "kept" not in api_error(ErrorFacts(kind=kind)).sentence, kind
    kinds: tuple[ErrorKind, ...] = ("stalled", "broken_stream", "oversized")
    for kind in kinds:
        assert "is kept" in api_error(ErrorFacts(kind=kind, arrived=True)).sentence, kind


REFUSED = {
    "litellm's model": (400, "Invalid model name passed in model=no-such-model", "unknown_model"),
    "an OpenAI server's": (404, "The model `x` does not exist.", "unknown_model"),
    "ollama's": (404, 'model "x" not found, try pulling it first', "unknown_model"),
    "an id": (400, "model: claude-foo is not supported", "unknown_model"),
    "a model id": (400, "claude-x is not a valid model ID", "unknown_model"),
    "Bedrock's": (400, "The provided model identifier is invalid.", "unknown_model"),
    "Bedrock's profile": (
        400,
        "Invocation of model ID x with on-demand throughput isn't supported. Retry with an ARN.",
        "unknown_model",
    ),
    "no access": (400, "You do not have access to the model with the given ID", "unknown_model"),
    "LiteLLM's": (400, "There are no healthy deployments for this model.", "unknown_model"),
    "OpenAI's effort": (400, "reasoning_effort 'xhigh' is not supported", "effort_rejected"),
    "what holds the effort": (
        400,
        "output_config: Extra inputs are not permitted",
        "effort_rejected",
    ),
    "OpenRouter's tools": (404, "No endpoints found that support tool use", "bad_request"),
    "OpenRouter's pictures": (
        404,
        "No endpoints found that support image input",
        "picture_rejected",
    ),
    "a page with an image": (404, "<html><img alt='image'></html>", "not_found"),
    "an organisation": (400, "This organization has been disabled.", "permission"),
    "vLLM's length": (400, "max_tokens must be at least 1, got -200.", "context_exceeded"),
    "FastAPI's": (422, "Unknown model: x", "unknown_model"),
    "a parameter of a model": (400, "top_p is not supported with this model", "bad_request"),
    "tools": (400, "registry.ollama.ai/library/x:latest does not support tools", "bad_request"),
    "the address": (404, "page not found", "not_found"),
    "an effort": (400, "This model does not support effort level 'xhigh'.", "effort_rejected"),
    "the parameter": (
        400,
        "output_config.effort: Extra inputs are not permitted",
        "effort_rejected",
    ),
    "something else": (400, "No connected db.", "bad_request"),
    "a limit of a model": (
        400,
        "max_tokens: 64000 > 32000, the maximum for this model",
        "bad_request",
    ),
    "a wide picture": (
        400,
        "messages.0.content.0.image.source.base64.data: At least one of the image dimensions "
        "exceed max allowed size: 8000 pixels",
        "picture_rejected",
    ),
    "a cut picture": (400, "Could not process image", "picture_rejected"),
    "no vision": (400, "This model does not support vision inputs", "picture_rejected"),
    "a text model": (422, "the model is not multimodal", "picture_rejected"),
    "llama.cpp's": (500, "image input is not supported - hint: mmproj", "picture_rejected"),
    "a server's mistake": (500, "failed to load the image cache", "server"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_a_server_refuses_is_told_by_its_words_where_it_gives_nothing_else(
    case: str,
):
    status, words, kind = REFUSED[case]
    body = {"error": {"message": words, "type": "invalid_request_error"}}
    got = await fault_of(refusal(status, body), retry_policy=NO_RETRY)
    assert got.kind == kind


@pytest.mark.parametrize(
    ("surface", "model", "effort"),
    [("screen", "/model", "/effort"), ("headless", "--model", "--effort")],
)
def test_an_unknown_model_and_an_effort_lead_to_what_chooses_them(
    surface: Surface, model: str, effort: str
):
    place = Endpoint("host.example", "claude-x", surface=surface)
    assert f" {model}." in api_error(ErrorFacts(kind="unknown_model"), place).sentence
    assert f" {effort}," in api_error(ErrorFacts(kind="effort_rejected"), place).sentence


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("x:latest does not support tools", "choose another with {}."),
        ("Function calling is not enabled for this model", "choose another with {}."),
        (
            "max_tokens: 64000 > 32000, which is the maximum allowed number of output tokens",
            'Set [catalogue.models."claude-x"] max_output in your settings to what the server',
        ),
        (
            "thinking.type: adaptive is not supported by this model",
            'Set [catalogue.models."claude-x"] thinking = "none" in your settings',
        ),
        (
            "Unexpected value(s) `task-budgets` for the `anthropic-beta` header.",
            "Check ANTHROPIC_BASE_URL: host.example may be a gateway to an older API.",
        ),
        ("Output blocked by content filtering policy", "Say it in other words."),
        ("messages.1.content.0: unexpected `tool_use_id`", "It names a message of this"),
        ("No connected db.", "Its words name the reason"),
    ],
)
@pytest.mark.parametrize("surface", ["screen", "headless"])
def test_a_refusal_of_a_part_of_the_request_says_what_changes_that_part(
    words: str, advice: str, surface: Surface
):
    facts = ErrorFacts(kind="bad_request", status=400, message=words)
    text = api_error(facts, Endpoint("host.example", "claude-x", surface=surface)).sentence
    assert advice.format("/model" if surface == "screen" else "--model") in text
    assert f"“{words.removesuffix('.')}”. " in text


def test_a_long_quotation_is_cut_and_a_page_is_not_quoted():
    assert len(quote_server_text("x" * 10_000)) <= 302
    assert quote_server_text(" <!DOCTYPE html><html>") == "an HTML page"


def test_a_mistake_of_ours_is_told_without_a_traceback_and_keeps_its_type():
    got = to_api_error(KeyError("sk-ant-oops"), Endpoint())
    assert got.kind == "defect"
    assert "KeyError" in got.sentence and "oops" not in got.sentence
    assert not got.retryable


def test_a_fault_passes_through_unchanged():
    first = api_error(ErrorFacts(kind="network"))
    assert to_api_error(first) is first


def test_only_kinds_that_exist_are_retried():
    assert set(KINDS) >= RETRYABLE


async def test_a_timeout_before_the_answer_and_a_stall_within_it_are_told_apart():
    from tests.claude.loopback_server import HOLD

    soon = RequestTimeouts(stall=0.2)
    assert (await fault_of([STREAM, HOLD], timeouts=soon)).kind == "stalled"
    assert (await fault_of([b"", HOLD], timeouts=soon)).kind == "timeout"
    assert (await fault_of([STREAM, start(), HOLD], timeouts=soon)).kind == "stalled"


async def test_request_and_answer_leave_no_key_in_a_debug_log(
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    async with serve_answers([DROP]) as server:
        with pytest.raises(ApiError):
            await collect(client_for(server.url, retry_policy=NO_RETRY), request_of())
    assert "verysecret" not in caplog.text

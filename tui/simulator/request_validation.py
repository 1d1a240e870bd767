"""What a request asks for, once everything about it is known to be right.

The checks go in the order of the API: body, version, betas, fields, model, options,
messages. The first that fails ends the request with the documented words.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tui.simulator import beta_headers, compaction_options, image_checks, option_checks
from tui.simulator.block_checks import check_texts, check_tool_calls
from tui.simulator.block_content import JSON
from tui.simulator.budget_countdown import SimulatedTaskBudget
from tui.simulator.compaction_options import CompactionOptions
from tui.simulator.option_checks import ThinkingMode
from tui.simulator.refused_request import RequestRefused, coded_refusal, unknown_field
from tui.simulator.request_schema import check
from tui.simulator.served_models import MODELS, ServedModel
from tui.simulator.tool_checks import check_tools

VERSIONS = ("2023-06-01", "2026-10-21")
"""Values of `anthropic-version` that are served."""

_DATED = re.compile(r"-\d{8}$")
"""The day at the end of a model's full name; only lenient servers know models by it."""


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A request that is right."""

    body: JSON
    model: ServedModel
    betas: frozenset[str]
    budget: SimulatedTaskBudget | None
    effort: str
    """The effort at the top level."""
    thinking: ThinkingMode
    compaction: CompactionOptions | None = None
    lenient: bool = False

    @property
    def messages(self) -> list[JSON]:
        """The messages as sent."""
        return list(self.body["messages"])

    @property
    def max_tokens(self) -> int:
        """Most tokens of the reply."""
        return int(self.body.get("max_tokens", 0))

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return bool(self.body.get("stream"))


def parse_body(raw: bytes) -> JSON:
    """The body of a request.

    Raises:
        Refused: It is no JSON object.
    """
    try:
        # As text: from bytes the parser takes other encodings, and halves of characters.
        text = raw.decode("utf-8")
        body = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if _HALF.search(text):
            json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        words = "The request body is not valid JSON: no low surrogate in string"
        raise RequestRefused(words) from None
    except (ValueError, RecursionError) as error:
        raise RequestRefused(f"The request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise RequestRefused("Input should be a valid dictionary or object")
    return body


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise ValueError("number out of range")
    return value


_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def validate_request(
    raw: bytes, headers: Mapping[str, str], *, lenient: bool, counting: bool = False
) -> ValidatedRequest:
    """What is asked for.

    Args:
        raw: The body as received.
        headers: The request's headers, names in lower case.
        lenient: Let unknown fields and betas through.
        counting: Whether it came to `count_tokens`.

    Raises:
        Refused: Something is not as documented.
    """
    body = parse_body(raw)
    version = _version(headers, lenient)
    granted = beta_headers.parse([headers.get("anthropic-beta", "")], lenient=lenient)
    _check_gates(body, granted, lenient)
    old = version == VERSIONS[0]
    row = "count" if counting else "create_old" if old else "create"
    check(row)("", body, lenient)
    _check_thread(body, lenient)
    model = _model(body["model"], lenient)
    if counting:
        body.pop("compaction", None)
    else:
        _check_max_tokens(body, model)
    return _with_options(body, model, granted, old=old, lenient=lenient)


def _with_options(
    body: JSON, model: ServedModel, granted: frozenset[str], *, old: bool, lenient: bool
) -> ValidatedRequest:
    effort = option_checks.read_effort(body, model, granted, lenient=lenient)
    budget = option_checks.read_task_budget(body, model, granted, lenient=lenient)
    thinking = option_checks.read_thinking_mode(body, model, granted, effort, lenient=lenient)
    option_checks.check_tool_choice(body, model, thinking, lenient=lenient)
    option_checks.check_format(body, lenient=lenient)
    check_tools(body.get("tools") or (), lenient=lenient)
    compacts = compaction_options.requested_compaction(body, model, granted, lenient=lenient)
    messages = body["messages"]
    _check_dialogue(messages, body, model)
    option_checks.check_system_messages(messages, model, granted, lenient=lenient)
    if not old:
        _check_new_version(messages)
    check_texts(messages)
    image_checks.check_images(messages, model.context)
    check_tool_calls(messages)
    return ValidatedRequest(body, model, granted, budget, effort, thinking, compacts, lenient)


def _version(headers: Mapping[str, str], lenient: bool) -> str:
    version = headers.get("anthropic-version")
    if version is None and not lenient:
        raise RequestRefused("anthropic-version: header is required")
    if version not in (None, *VERSIONS) and not lenient:
        raise RequestRefused(f'anthropic-version: "{version}" is not a valid version')
    return version or VERSIONS[0]


def _check_gates(body: JSON, granted: frozenset[str], lenient: bool) -> None:
    for name, gates in beta_headers.FIELDS.items():
        if body.get(name) is not None and not granted.intersection(gates) and not lenient:
            raise unknown_field(name)


def _check_thread(body: JSON, lenient: bool) -> None:
    if body.get("thread") is not None:
        raise coded_refusal(
            "thread: message threads are not served here. Send the full conversation without "
            "`thread`.",
            "thread_unsupported_request",
        )


def _model(name: str, lenient: bool) -> ServedModel:
    model = MODELS.get(_DATED.sub("", name) if lenient else name)
    if model is None:
        raise RequestRefused(f"model: {name}", status=404)
    return model


def _check_max_tokens(body: JSON, model: ServedModel) -> None:
    if body["max_tokens"] > model.max_output:
        raise RequestRefused(
            f"max_tokens: {body['max_tokens']} > {model.max_output}, which is the maximum allowed "
            f"number of output tokens for {model.id}"
        )


def _check_dialogue(messages: list[JSON], body: JSON, model: ServedModel) -> None:
    if not messages:
        raise RequestRefused("messages: at least one message is required")
    opening = messages[0]["content"]
    compacted = isinstance(opening, list) and any(b["type"] == "compaction" for b in opening)
    if messages[0]["role"] != "user" and not compacted:
        raise RequestRefused('messages: first message must use the "user" role')
    spoken = [message for message in messages if message["role"] != "system"]
    if spoken[-1]["role"] == "assistant" and not (
        model.prefill or body.get("compaction") or _resumes(spoken[-1])
    ):
        raise RequestRefused(
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )


def _resumes(message: JSON) -> bool:
    """A message that ends with a compaction is continued, not prefilled."""
    content = message["content"]
    return isinstance(content, list) and bool(content) and content[-1]["type"] == "compaction"


def _check_new_version(messages: list[JSON]) -> None:
    for at, message in enumerate(messages):
        content = message["content"]
        for position, block in enumerate(content if isinstance(content, list) else ()):
            place = f"messages.{at}.content.{position}"
            if message["role"] == "assistant" and block["type"] == "document":
                raise RequestRefused(
                    f"{place}: `document` blocks are not allowed in assistant messages"
                )
            if message["role"] == "user" and block["type"] == "text" and block.get("citations"):
                raise RequestRefused(
                    f"{place}.text.citations: citations are not allowed on user text"
                )

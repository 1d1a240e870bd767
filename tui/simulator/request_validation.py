"""Reads a request, and refuses one that is not as the API documents it.

The checks go in the order of the API: body, version, betas, fields, model, options,
messages. The first that fails ends the request with the documented words.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tui.simulator import beta_headers, image_checks
from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.budget_countdown import SimulatedTaskBudget
from tui.simulator.refused_request import RequestRefused, coded_refusal, unknown_field
from tui.simulator.request_options import (
    CompactionOptions,
    OptionChecks,
    ThinkingMode,
    check_closed,
)
from tui.simulator.request_schema import check
from tui.simulator.served_models import MODELS, ServedModel

VERSIONS = ("2023-06-01", "2026-10-21")
"""Values of `anthropic-version` that are served."""

_DATED = re.compile(r"-\d{8}$")
"""The day at the end of a model's full name; only lenient servers know models by it."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BUILT_IN_TOOLS = re.compile(
    r"(bash|text_editor|memory|computer|web_search|web_fetch|code_execution|advisor"
    r"|tool_search_tool_(regex|bm25))_\d{8}"
)


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A request that passed all checks."""

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


def validate_request(
    raw: bytes, headers: Mapping[str, str], *, lenient: bool, counting: bool = False
) -> ValidatedRequest:
    """Read and check a request.

    Args:
        raw: The body as received.
        headers: The request's headers, names in lower case.
        lenient: Let unknown fields and betas through.
        counting: Whether it came to `count_tokens`.

    Raises:
        RequestRefused: Something is not as documented.
    """
    body = _body(raw)
    old = _version(headers, lenient) == VERSIONS[0]
    betas = beta_headers.parse([headers.get("anthropic-beta", "")], lenient=lenient)
    for name, gates in beta_headers.FIELDS.items():
        if body.get(name) is not None and not betas.intersection(gates) and not lenient:
            raise unknown_field(name)
    check("count" if counting else "create_old" if old else "create")("", body, lenient)
    if body.get("thread") is not None:
        raise coded_refusal(
            "thread: message threads are not served here. Send the full conversation without "
            "`thread`.",
            "thread_unsupported_request",
        )
    model = _model(body["model"], lenient)
    if counting:
        body.pop("compaction", None)
    elif body["max_tokens"] > model.max_output:
        raise RequestRefused(
            f"max_tokens: {body['max_tokens']} > {model.max_output}, which is the maximum allowed "
            f"number of output tokens for {model.id}"
        )
    asked = _with_options(OptionChecks(body, model, betas, lenient))
    _check_messages(asked, old=old)
    return asked


def _body(raw: bytes) -> JSON:
    try:
        # As text: from bytes the parser takes other encodings, and halves of characters.
        text = raw.decode("utf-8")
        body = json.loads(text, parse_constant=_number, parse_float=_number)
        if _SURROGATE.search(text):
            json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        words = "The request body is not valid JSON: no low surrogate in string"
        raise RequestRefused(words) from None
    except (ValueError, RecursionError) as error:
        raise RequestRefused(f"The request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise RequestRefused("Input should be a valid dictionary or object")
    return body


def _number(literal: str) -> float:
    """The number that a literal means; Python's parser would also take `NaN` and `Infinity`."""
    if not literal.lstrip("-")[0].isdigit():
        raise ValueError(f"{literal} is no number")
    if math.isinf(float(literal)):
        raise ValueError("number out of range")
    return float(literal)


def _version(headers: Mapping[str, str], lenient: bool) -> str:
    version = headers.get("anthropic-version")
    if version is None and not lenient:
        raise RequestRefused("anthropic-version: header is required")
    if version not in (None, *VERSIONS) and not lenient:
        raise RequestRefused(f'anthropic-version: "{version}" is not a valid version')
    return version or VERSIONS[0]


def _model(name: str, lenient: bool) -> ServedModel:
    model = MODELS.get(_DATED.sub("", name) if lenient else name)
    if model is None:
        raise RequestRefused(f"model: {name}", status=404)
    return model


def _with_options(options: OptionChecks) -> ValidatedRequest:
    effort = options.effort()
    budget = options.task_budget()
    thinking = options.thinking(effort)
    options.check_tool_choice(thinking)
    options.check_format()
    _check_tools(options.body.get("tools") or (), options.lenient)
    compaction = options.compaction()
    _check_dialogue(options.body, options.model)
    options.check_system_messages()
    return ValidatedRequest(
        options.body, options.model, options.betas, budget, effort, thinking, compaction,
        options.lenient,
    )  # fmt: skip


def _check_tools(tools: Sequence[JSON], lenient: bool) -> None:
    names: set[str] = set()
    for at, tool in enumerate(tools):
        place = f"tools.{at}"
        if not isinstance(tool, dict):
            raise RequestRefused(f"{place}: Input should be a valid dictionary or object")
        kind = tool.get("type") or "custom"
        if kind == "custom":
            check("tool")(f"{place}.custom", tool, lenient)
            if tool.get("strict"):
                check_closed(f"{place}.custom", tool["input_schema"])
        elif not lenient and not _BUILT_IN_TOOLS.fullmatch(str(kind)):
            raise RequestRefused(
                f"{place}: Input tag '{kind}' found using 'type' does not match any of the "
                "expected tags"
            )
        if tool.get("defer_loading") and tool.get("cache_control"):
            raise RequestRefused(
                f"{place}: a tool with `defer_loading` cannot have `cache_control`"
            )
        if tool.get("name") in names:
            raise RequestRefused("tools: Tool names must be unique.")
        names.add(str(tool.get("name")))


# Messages ----------------------------------------------------------------------------


def _check_dialogue(body: JSON, model: ServedModel) -> None:
    messages = body["messages"]
    if not messages:
        raise RequestRefused("messages: at least one message is required")
    compacted = any(block["type"] == "compaction" for block in blocks_of(messages[0]))
    if messages[0]["role"] != "user" and not compacted:
        raise RequestRefused('messages: first message must use the "user" role')
    last = [message for message in messages if message["role"] != "system"][-1]
    # The model goes on behind a compaction: that is no prefill.
    resumes = bool(blocks_of(last)) and blocks_of(last)[-1]["type"] == "compaction"
    if last["role"] == "assistant" and not (model.prefill or body.get("compaction") or resumes):
        raise RequestRefused(
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )


def _check_messages(asked: ValidatedRequest, *, old: bool) -> None:
    messages = asked.messages
    for at, message in enumerate(messages if not old else ()):
        for position, block in enumerate(blocks_of(message)):
            _check_new_version(f"messages.{at}.content.{position}", message["role"], block)
    _check_texts(messages)
    image_checks.check_images(messages, asked.model.context)
    _check_tool_calls(messages)


def _check_new_version(place: str, role: str, block: JSON) -> None:
    if role == "assistant" and block["type"] == "document":
        raise RequestRefused(f"{place}: `document` blocks are not allowed in assistant messages")
    if role == "user" and block["type"] == "text" and block.get("citations"):
        raise RequestRefused(f"{place}.text.citations: citations are not allowed on user text")


def _check_texts(messages: Sequence[JSON]) -> None:
    for at, message in enumerate(messages):
        content = message["content"]
        if content == "" or (content == [] and message["role"] == "user"):
            raise RequestRefused(
                f"messages.{at}: {message['role']} messages must have non-empty content"
            )
        for block in blocks_of(message):
            if block["type"] == "text" and not block["text"]:
                raise RequestRefused("messages: text content blocks must be non-empty")


def _check_tool_calls(messages: Sequence[JSON]) -> None:
    """Check that every tool call has one result in the next message, before its other blocks."""
    turns = list(_merged(messages))
    used: set[str] = set()
    for number, turn in enumerate(turns):
        if turn[1] == "user":
            _check_results(turn, _call_ids(turns[number - 1]) if number else [])
        for id in _call_ids(turn):
            if id in used:
                raise RequestRefused(f"messages.{turn[0]}: `tool_use` ids must be unique")
            used.add(id)
        _check_answered(turn, turns[number + 1 : number + 2])


_Turn = tuple[int, str, list[JSON]]
"""Index of the first message, role, and the blocks of neighbouring messages of that role."""


def _merged(messages: Sequence[JSON]) -> Iterator[_Turn]:
    """Messages with neighbours of one role joined, as the API does; those of the system stay."""
    open_turn: _Turn | None = None
    for at, message in enumerate(messages):
        if open_turn is not None and open_turn[1] == message["role"] != "system":
            open_turn[2].extend(blocks_of(message))
            continue
        if open_turn is not None:
            yield open_turn
        open_turn = (at, message["role"], blocks_of(message))
    if open_turn is not None:
        yield open_turn


def _call_ids(turn: _Turn) -> list[str]:
    return [block["id"] for block in turn[2] if block["type"] == "tool_use"]


def _check_results(turn: _Turn, calls: Sequence[str]) -> None:
    seen: set[str] = set()
    for number, block in enumerate(turn[2]):
        if block["type"] != "tool_result":
            continue
        id, place = block["tool_use_id"], f"messages.{turn[0]}.content.{number}"
        if id not in calls:
            raise RequestRefused(
                f"{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous "
                "message."
            )
        if id in seen:
            raise RequestRefused(
                f"{place}: each tool_use must have a single result. Found multiple `tool_result` "
                f"blocks with id: {id}"
            )
        seen.add(id)


def _check_answered(turn: _Turn, following: Sequence[_Turn]) -> None:
    blocks = following[0][2] if following else []
    results = takewhile(lambda block: block["type"] == "tool_result", blocks)
    given = {block["tool_use_id"] for block in results}
    missing = [id for id in _call_ids(turn) if id not in given]
    if missing:
        raise RequestRefused(
            f"messages.{turn[0]}: `tool_use` ids were found without `tool_result` blocks "
            f"immediately after: {', '.join(missing)}. Each `tool_use` block must have a "
            "corresponding `tool_result` block in the next message."
        )

"""The one builder of requests.

What is sent decides what is read from the cache, so everything here is deterministic and
append-only: system, tools, thinking, effort and budget are byte-identical within a turn, an
earlier message is never rendered differently by a later request, and only the `cache_control`
markers move. Inputs are never changed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tui.budget.wire_budget import MIN_TASK_BUDGET, WireBudget
from tui.claude.cache_breakpoints import Lifetime, mark_conversation, mark_preamble
from tui.claude.catalogue import Model
from tui.claude.response import JSON

Display = Literal["summarized", "omitted"]
"""How thinking comes back: as a summary, or not at all."""

BETA_TASK_BUDGETS = "task-budgets-2026-03-13"
BETA_TURN_EFFORT = "mid-conversation-output-config-2026-07-01"
BETA_CLEAR_AT = "mid-conversation-system-clear-at-2026-08-21"
BETA_SUMMARIZE = "compact-2026-09-04"
BETA_COMPACT = "compact-2026-01-12"
BETA_THINKING_COUNT = "thinking-token-count-2026-05-13"

MIN_COMPACT_TRIGGER = 50_000
"""Fewest input tokens at which the server shortens a conversation by itself."""

_MAX_TOKENS = {"low": 32_000, "medium": 64_000, "high": 64_000, "xhigh": 128_000, "max": 128_000}
"""By effort: thinking is included, and at `xhigh` and `max` 64k is the least."""
_DEFAULT_MAX_TOKENS = 32_000


@dataclass(frozen=True, slots=True)
class Preamble:
    """What the model reads before the conversation; the same for a whole session."""

    system: Sequence[JSON] = ()
    """System blocks."""
    tools: Sequence[JSON] = ()
    """Tool definitions; sent sorted by name."""


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What may differ from request to request."""

    effort: str | None = None
    """A level, or None for the model's own default."""
    budget: WireBudget | None = None
    """None where none is sent."""
    max_tokens: int | None = None
    """A hard limit for this response; None for the usual one of its effort."""
    display: Display = "summarized"
    lifetime: Lifetime = "1h"
    """How long the preamble stays in the cache; the conversation stays five minutes."""
    compaction: JSON | None = None
    """Asks the server to summarise on demand."""
    compact_above: int | None = None
    """Input tokens above which the server shortens the conversation and ends its answer after
    the summary; None: it never does."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More top-level parameters, such as `inference_geo`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the Messages API, ready to send."""

    params: JSON
    """The body, without `stream`."""
    betas: tuple[str, ...] = ()
    """Sorted."""

    @property
    def model(self) -> str:
        """The model's id."""
        return str(self.params["model"])

    @property
    def max_tokens(self) -> int:
        """The hard limit of the response."""
        return int(self.params["max_tokens"])

    def cache_key(self) -> str:
        """Digest of the parameters that decide which cached prefix it finds.

        Of its messages it matters whether there is an image among them. What changes no
        prompt is left aside: moved markers, the limit of the response, the question why a
        cache was missed (Messages API, "prompt caching", "what invalidates the cache").
        """
        rest = {name: _without_markers(value) for name, value in self.params.items()}
        rest |= dict.fromkeys(_NOT_IN_CACHE_KEY) | {"images": has_image(self.params["messages"])}
        text = json.dumps(rest, sort_keys=True, default=str)
        return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()

    def body(self) -> bytes:
        """The body as JSON: the same parameters are always the same bytes."""
        text = json.dumps(self.params, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()


_NOT_IN_CACHE_KEY = ("messages", "max_tokens", "diagnostics")
"""Parameters that are no part of the prompt, and the messages."""


def has_image(messages: Iterable[JSON]) -> bool:
    """Whether the messages hold an image, in a prompt or in a result."""
    return any(_is_image(block) for message in messages for block in message["content"])


def _is_image(block: JSON) -> bool:
    content = block.get("content")
    inner = content if isinstance(content, list) else ()
    return block.get("type") == "image" or any(_is_image(part) for part in inner)


def _without_markers(value: Any) -> Any:
    """Blocks of system text or tools without their markers; anything else as it is."""
    if not isinstance(value, list):
        return value
    return [_without_marker(each) if isinstance(each, dict) else each for each in value]


def default_max_tokens(model: Model, effort: str | None) -> int:
    """The `max_tokens` of a request at this effort, as far as the model can write."""
    return min(_MAX_TOKENS.get(effort or "", _DEFAULT_MAX_TOKENS), model.max_output)


def build_request(
    model: Model,
    preamble: Preamble,
    messages: Sequence[JSON],
    options: RequestOptions = RequestOptions(),
) -> Request:
    """The request for a conversation.

    Args:
        model: Decides what is sent at all.
        preamble: System and tools, the same for every request of a session.
        messages: The whole conversation as sent; later requests only append.
        options: What may differ.

    Raises:
        ValueError: a budget that the API would refuse, or that the model cannot see.
    """
    _check_budget(model, options, messages)
    effort = model.effort(options.effort)
    rendered = render_messages(messages if model.compact else without_compaction_blocks(messages))
    usual = default_max_tokens(model, effort)
    wanted = usual if options.max_tokens is None else options.max_tokens
    system, tools = mark_preamble(preamble.system, _sorted(preamble.tools), options.lifetime)
    params: JSON = {
        "model": model.id,
        "max_tokens": max(1, min(wanted, model.max_output)),
        **({"system": system} if system else {}),
        **({"tools": tools} if tools else {}),
        **_thinking(model, options.display),
        **_output_config(effort, options.budget),
        **({"compaction": options.compaction} if options.compaction else {}),
        **_context_management(options.compact_above),
        **options.extra,
        "messages": mark_conversation(rendered),
    }
    return Request(params, _betas(model, options, rendered))


def render_messages(messages: Sequence[JSON]) -> list[JSON]:
    """The messages as sent, markers aside: each depends on nothing but itself.

    Text contents become lists of blocks, stray markers go, and so do blank texts of the
    assistant, which the API refuses to read back.
    """
    rendered = ({**each, "content": _blocks(each)} for each in messages)
    return [each for each in rendered if each["content"] or each.get("role") == "system"]


def without_compaction_blocks(messages: Sequence[JSON]) -> list[JSON]:
    """The messages with each summary of the server as text, for models that need it so."""
    return [each for message in messages for each in _summary_as_text(message)]


def _summary_as_text(message: JSON) -> list[JSON]:
    """A summary as a message of the user, and what the model wrote after it."""
    if not _is_summary(message):
        return [message]
    summaries = [each["content"] for each in message["content"] if _is_compaction_block(each)]
    rest = [each for each in message["content"] if not _is_compaction_block(each)]
    told = {"type": "text", "text": f"<summary>\n{summaries[-1]}\n</summary>"}
    summary: JSON = {"role": "user", "content": [told]}
    return [summary, {**message, "content": rest}] if rest else [summary]


def _is_summary(message: JSON) -> bool:
    content = message.get("content")
    return isinstance(content, list) and any(_is_compaction_block(block) for block in content)


def _is_compaction_block(block: JSON) -> bool:
    return block.get("type") == "compaction" and isinstance(block.get("content"), str)


def _blocks(message: JSON) -> list[JSON]:
    content = message.get("content") or []
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    assistant = message.get("role") == "assistant"
    return [_without_marker(block) for block in blocks if not (assistant and _is_blank(block))]


def _is_blank(block: JSON) -> bool:
    return block.get("type") == "text" and not str(block.get("text") or "").strip()


def _without_marker(block: JSON) -> JSON:
    if "cache_control" not in block:
        return block
    return {key: value for key, value in block.items() if key != "cache_control"}


def _sorted(tools: Sequence[JSON]) -> list[JSON]:
    return sorted((_without_marker(tool) for tool in tools), key=lambda tool: str(tool.get("name")))


def _thinking(model: Model, display: Display) -> JSON:
    if model.thinking == "none":
        return {}
    return {"thinking": {"type": "adaptive", "display": display}}


def _output_config(effort: str | None, budget: WireBudget | None) -> JSON:
    config: JSON = {}
    if effort is not None:
        config["effort"] = effort
    if budget is not None:
        config["task_budget"] = budget.to_json()
    return {"output_config": config} if config else {}


def _context_management(above: int | None) -> JSON:
    if above is None:
        return {}
    trigger = {"type": "input_tokens", "value": max(MIN_COMPACT_TRIGGER, above)}
    edit = {"type": "compact_20260112", "trigger": trigger, "pause_after_compaction": True}
    return {"context_management": {"edits": [edit]}}


def _betas(model: Model, options: RequestOptions, messages: Sequence[JSON]) -> tuple[str, ...]:
    systems = [each for each in messages if each.get("role") == "system"]
    wanted = {
        BETA_TASK_BUDGETS: options.budget is not None,
        BETA_TURN_EFFORT: any("output_config" in each for each in systems),
        BETA_CLEAR_AT: any("clear_at" in each for each in systems),
        BETA_SUMMARIZE: options.compaction is not None
        or _has_sealed_summary(messages, "signature"),
        BETA_COMPACT: options.compact_above is not None
        or _has_sealed_summary(messages, "encrypted_content"),
        BETA_THINKING_COUNT: model.thinking != "none" and options.display == "omitted",
    }
    return tuple(sorted(beta for beta, needed in wanted.items() if needed))


def _has_sealed_summary(messages: Sequence[JSON], seal: str) -> bool:
    """Whether the conversation has a summary of the server that is sealed in this way."""
    return any(
        block.get("type") == "compaction" and block.get(seal)
        for message in messages
        for block in message["content"]
    )


def _check_budget(model: Model, options: RequestOptions, messages: Sequence[JSON]) -> None:
    """Refuse what the API would refuse: what passes here and is refused there is news."""
    budget = options.budget
    if budget is None:
        return
    if not model.task_budget:
        raise ValueError(f"{model.id} sees no task budget")
    if budget.total < MIN_TASK_BUDGET:
        raise ValueError(f"a task budget has at least {MIN_TASK_BUDGET} tokens, not {budget.total}")
    if budget.remaining is None:
        return
    if budget.remaining < 0:
        raise ValueError(f"remaining cannot be below zero: {budget.remaining}")
    by_server = options.compaction is not None or options.compact_above is not None
    if by_server or any(_is_summary(message) for message in messages):
        raise ValueError("remaining cannot be sent together with a summary of the server")

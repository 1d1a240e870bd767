"""Usage objects of the API, read carefully.

Streamed usage is cumulative: `message_start` gives the input figures, non-null values of
the last `message_delta` override them. When `iterations` is there the bill is their sum,
because the top level leaves compaction out; what a budget is charged with and how full the
context is come from the `message` iterations alone. Other servers leave out fields or send
nonsense: nothing here raises, and `reported` says whether the figures can be believed.
"""

from collections.abc import Mapping
from typing import Any

from tui.budget.ledger import Usage
from tui.claude.request_errors import json_object
from tui.claude.response import JSON

_MAX_TOKEN_COUNT = 1_000_000_000
"""No single response has that many tokens."""
_REQUIRED_FIELDS = ("input_tokens", "output_tokens")
"""Figures without which nothing can be counted."""
_CONVERSATION = ("message", "fallback_message")
"""Iterations in which the model of the conversation itself spoke."""


def merge_usage(start: Mapping[str, Any], delta: Mapping[str, Any]) -> JSON:
    """The usage of a stream: `delta` laid over `start`, nulls ignored."""
    return {**start, **{key: value for key, value in delta.items() if value is not None}}


def parse_usage(raw: Mapping[str, Any]) -> Usage:
    """The billed tokens of a usage object, and what budget and context need to know."""
    entries = iterations(raw)
    parts = entries or [raw]
    written = sum(_count(part, "cache_creation_input_tokens") for part in parts)
    long = min(
        written, max(_long_cache_writes(raw), sum(_long_cache_writes(part) for part in parts))
    )
    return Usage(
        input=sum(_count(part, "input_tokens") for part in parts),
        cache_write_5m=written - long,
        cache_write_1h=long,
        cache_read=sum(_count(part, "cache_read_input_tokens") for part in parts),
        output=sum(_count(part, "output_tokens") for part in parts),
        thinking=_count(json_object(raw.get("output_tokens_details")), "thinking_tokens"),
        context=_context_tokens(entries),
        charged_output=_charged_tokens(entries),
        web_searches=_count(json_object(raw.get("server_tool_use")), "web_search_requests"),
        reported=all(_believable(part) for part in parts),
    )


def usage_problem(raw: Mapping[str, Any]) -> str:
    """What is wrong with a usage object, as the end of a sentence; empty when it is believable."""
    parts = iterations(raw) or [raw]
    if not any(name in part for part in parts for name in _REQUIRED_FIELDS):
        return "reports no usage"
    for part in parts:
        for name in _REQUIRED_FIELDS:
            if name in part and not _is_count(part[name]):
                return f"reports a usage that cannot be right ({name}: {str(part[name])[:40]!r})"
            if name not in part:
                return f"reports a usage without {name}"
    return ""


def iterations(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The iterations of a usage object; empty where it has none."""
    found = raw.get("iterations")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def total_input(part: Mapping[str, Any]) -> int:
    """Input tokens of every class, of an iteration or a whole usage object."""
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(_count(part, name) for name in names)


def _context_tokens(entries: list[Mapping[str, Any]]) -> int | None:
    """Total input of the last iteration of the conversation; None without iterations, 0
    where the model of the conversation did not speak at all.
    """
    if not entries:
        return None
    spoken = [each for each in entries if each.get("type") in _CONVERSATION]
    return total_input(spoken[-1]) if spoken else 0


def _charged_tokens(entries: list[Mapping[str, Any]]) -> int | None:
    if not entries:
        return None
    spoken = (each for each in entries if each.get("type") in _CONVERSATION)
    return sum(_count(each, "output_tokens") for each in spoken)


def _long_cache_writes(part: Mapping[str, Any]) -> int:
    """Tokens written to the cache for an hour."""
    return _count(json_object(part.get("cache_creation")), "ephemeral_1h_input_tokens")


def _believable(part: Mapping[str, Any]) -> bool:
    return _is_count(part.get("input_tokens")) and _is_count(part.get("output_tokens"))


def _is_count(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return 0 <= value < _MAX_TOKEN_COUNT


def _count(part: Mapping[str, Any], name: str) -> int:
    value = part.get(name)
    return value if isinstance(value, int) and _is_count(value) else 0

"""Recognising a server that says a request is too long, and the figures it gives.

There is no error code for it: the Messages API answers 400 or 413 with a sentence, and every
other server or gateway that speaks the protocol has sentences of its own. So
the words decide, whatever the status, except where it means something else (a key, a rate).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.claude.request_errors import json_object

STATUSES = frozenset({200, 400, 413, 422, 500, 502})
"""HTTP statuses under which it was seen; 200 is an error event inside a stream."""

LEAST, MOST = 256, 100_000_000
"""Tokens between which a figure may be the size of a window or of a prompt."""

_WORDS = re.compile(
    r"prompt is too long"  # Messages API
    r"|exceeds? (?:the )?context (?:limit|size|length|window)"  # Messages API, Ollama, MiniMax
    r"|context (?:window|length|size) (?:exceed|overflow|is full)"
    r"|exceeds? the (?:model'?s? )?(?:available |maximum |max )?context"  # llama.cpp, OpenAI
    r"|context window exceeds limit"
    r"|context[_ ]length[_ ]exceeded|contextwindowexceeded|exceed_context_size|context_exceeded"
    r"|model_context_window_exceeded"
    r"|maximum (?:context|model|prompt|sequence|input) length"  # OpenAI, vLLM, xAI
    r"|longer than the (?:model'?s )?(?:maximum )?(?:context|model) length"
    r"|greater than the context length|context the overflows|context overflow"  # LM Studio
    r"|loaded with context length of only"
    r"|(?:input|prompt|request) (?:\([^)]*\) )?is too long"  # Bedrock, vLLM
    r"|too long to fit into the model"
    r"|input length too long|input too long"
    r"|input token count .{0,40}exceeds the maximum"  # Gemini
    r"|(?:prompt )?token count .{0,30}exceeds the limit"
    r"|input tokens exceed"
    r"|exceeded model token limit"
    r"|reduce the length of the (?:messages|prompt|input)|reduce your prompt"  # Groq, OpenAI
    r"|prompt contains \d+ tokens"  # Mistral
    r"|prompt has too many tokens|too many (?:input |prompt |total )?tokens"  # TGI, Cohere
    r"|max_tokens must be at least 1, got -"  # vLLM
    r"|`inputs` must have less than|must be <= \d+\. given"
    r"|range of input length should be"  # DashScope
    r"|request (?:entity )?too large|request_too_large|payload too large|content too large"
    r"|request exceeds the maximum (?:allowed )?(?:size|number of bytes)"
)
_OTHER_MEANINGS = re.compile(
    r"maximum allowed number of output tokens|per minute|per day|rate limit|tokens per min"
)
"""Words of other limits that may occur in the same sentence."""

_FIGURES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<needed>\d[\d,]*) tokens > (?P<window>\d[\d,]*)",
        r"context limit: (?P<needed>\d[\d,]*) \+ [\d,]+ > (?P<window>\d[\d,]*)",
        r"\((?P<needed>\d[\d,]*)(?: tokens)?\) exceeds (?:the )?(?:available )?context size "
        r"\((?P<window>\d[\d,]*)",
        r"length is (?P<window>\d[\d,]*) tokens?.{0,80}?request has (?P<needed>\d[\d,]*) input",
        r"length is (?P<window>\d[\d,]*).{0,80}?\((?P<needed>\d[\d,]*) (?:in the messages|in your "
        r"prompt|of text input|tokens in the messages)",
        r"length is (?P<window>\d[\d,]*).{0,60}?(?:requested(?: about)?|resulted in|contains) "
        r"(?P<needed>\d[\d,]*)",
        r"first (?P<needed>\d[\d,]*) tokens.{0,90}?context length of only (?P<window>\d[\d,]*)",
        r"length:? (?P<needed>\d[\d,]*)\).{0,60}?length(?: of|:)? (?P<window>\d[\d,]*)",
        r"total length (?P<needed>\d[\d,]*)\).{0,60}?context length (?P<window>\d[\d,]*)",
        r"\((?P<needed>\d[\d,]*) tokens\).{0,60}?length \((?P<window>\d[\d,]*)",
        r"token count (?:of )?\(?(?P<needed>\d[\d,]*)\)? exceeds the (?:limit of|maximum number of "
        r"tokens allowed) \(?(?P<window>\d[\d,]*)",
        r"token limit: (?P<window>\d[\d,]*) \(requested: (?P<needed>\d[\d,]*)",
        r"contains (?P<needed>\d[\d,]*) tokens.{0,60}?with (?P<window>\d[\d,]*) maximum",
        r"tokens \((?P<needed>\d[\d,]*)\) exceeds? context window of (?P<window>\d[\d,]*)",
        r"\((?P<needed>\d[\d,]*) tokens\) is too long and exceeds limit of (?P<window>\d[\d,]*)",
        r"(?:must be <=|less than) (?P<window>\d[\d,]*)(?: tokens)?\. given:? (?P<needed>\d[\d,]*)",
        r"input length should be \[\d+, ?(?P<window>\d[\d,]*)",
        r"maximum context length (?:is|of) (?P<window>\d[\d,]*)",
    )
)
"""Find the length of the request and the size of the window in a sentence."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """A request that the model's window does not hold."""

    needed: int | None = None
    """Tokens of its input as the server counts them; None where it does not say."""
    window: int | None = None
    """Tokens the server says the window holds; None where it does not say."""


def parse_too_long(status: int, body: object, message: str) -> TooLong | None:
    """What a server says of a request that is too long; None when it says something else.

    Args:
        status: HTTP status.
        body: The decoded body, or its text: a page of a proxy in front of the server, too.
        message: What of it is for people.
    """
    words = " ".join(f"{message} {_error_names(body)}".lower().split())
    if status == 413:
        return _figures(words, body)
    if status not in STATUSES or not _WORDS.search(words) or _OTHER_MEANINGS.search(words):
        return None
    return _figures(words, body)


def _error_names(body: object) -> str:
    """Types and codes beside the message; of a text that is no JSON object all of it."""
    if isinstance(body, str):
        return body[:_PAGE]
    outer = json_object(body)
    inner = json_object(outer.get("error"))
    found = [each.get(name) for each in (outer, inner) for name in ("type", "code", "detail")]
    return " ".join(each for each in found if isinstance(each, str))


_PAGE = 4_000
"""Characters of a text that are looked at."""


def _figures(words: str, body: object) -> TooLong:
    fields = _fields(json_object(body))
    if fields is not None:
        return fields
    for pattern in _FIGURES:
        if found := pattern.search(words):
            given = found.groupdict()
            return _plausible(_number(given.get("needed")), _number(given.get("window")))
    return TooLong()


def _fields(body: Mapping[str, Any]) -> TooLong | None:
    """The figures that llama.cpp gives as fields beside its sentence."""
    for each in (json_object(body.get("error")), body):
        needed, window = each.get("n_prompt_tokens"), each.get("n_ctx")
        if isinstance(window, int) and not isinstance(window, bool):
            return _plausible(needed if isinstance(needed, int) else None, window)
    return None


def _number(digits: str | None) -> int | None:
    return int(digits.replace(",", "")) if digits else None


def _plausible(needed: int | None, window: int | None) -> TooLong:
    """The figures that can be what they look like: text from outside may hold any number."""
    window = window if window is not None and LEAST <= window <= MOST else None
    needed = needed if needed is not None and 0 < needed <= MOST else None
    return TooLong(needed, window)

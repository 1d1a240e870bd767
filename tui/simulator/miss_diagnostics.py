"""Why a prompt missed the cache: a request compared with the one it was to follow.

As the API documents it ("Cache diagnostics"): only requests with a `diagnostics` object are
remembered, for a while, by the id of their response. The comparison is about what was sent,
whether or not the cache was hit; the answer names the earliest difference, with an estimate of the
tokens behind it, made from bytes.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tui.simulator.block_content import JSON, blocks_of, canonical, comparable_content
from tui.simulator.request_validation import ValidatedRequest

RETENTION = 3_600.0
"""Seconds a request is remembered; the documentation says "a short period"."""
MOST = 10_000
"""Requests that are remembered."""
PENDING: JSON = {"cache_miss_reason": None}
"""The comparison was still running when the response went out."""
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class RequestPart:
    """One part of a request: a digest, and how large it is."""

    digest: bytes
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class RequestFingerprint:
    """What of a request decides which prefix the cache can find."""

    model: RequestPart
    tools: RequestPart
    system: RequestPart
    parameters: RequestPart
    messages: tuple[RequestPart, ...]


def fingerprint_request(asked: ValidatedRequest) -> RequestFingerprint:
    """The fingerprint of a request; moved cache breakpoints do not change it."""
    body = asked.body
    return RequestFingerprint(
        model=_part([body["model"], body.get("speed")]),
        tools=_part([_bare(tool) for tool in body.get("tools") or ()]),
        system=_part([comparable_content(block) for block in _system(body)]),
        parameters=_part([*(body.get(name) for name in _PARAMETERS), sorted(asked.betas)]),
        messages=tuple(map(_message, asked.messages)),
    )


def miss_reason(before: RequestFingerprint, after: RequestFingerprint) -> JSON | None:
    """The first difference between two requests; None where the later one only appends."""
    lost = sum(part.size for part in before.messages)
    if after.model != before.model:
        return _changed("model", before.tools.size + before.system.size + lost)
    if after.tools != before.tools:
        return _changed("tools", before.tools.size + before.system.size + lost)
    if after.system != before.system:
        return _changed("system", before.system.size + lost)
    if after.parameters != before.parameters:
        return {"type": "unavailable"}
    for at, part in enumerate(before.messages):
        if after.messages[at : at + 1] != (part,):
            return _changed("messages", sum(each.size for each in before.messages[at:]))
    return None


class MissDiagnostics:
    """The requests of one workspace that are remembered.

    Args:
        clock: Seconds, as a number that only grows.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, RequestFingerprint]] = {}

    def answer(self, asked: ValidatedRequest) -> JSON | None:
        """The `diagnostics` of a response."""
        wanted = (asked.body.get("diagnostics") or {}).get("previous_message_id")
        if wanted is None:
            return None
        at, before = self._kept.get(wanted, (0.0, None))
        if before is None or self._clock() - at >= RETENTION:
            return {"cache_miss_reason": {"type": "previous_message_not_found"}}
        found = miss_reason(before, fingerprint_request(asked))
        return None if found is None else {"cache_miss_reason": found}

    def keep(self, message: str, asked: ValidatedRequest) -> None:
        """Remember a request by the id of its response."""
        self._kept[message] = (self._clock(), fingerprint_request(asked))
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]


_PARAMETERS = ("tool_choice", "thinking", "context_management", "output_config")
"""What else of a body decides about the prompt."""


def _system(body: JSON) -> Iterator[JSON]:
    yield from blocks_of({"content": body.get("system") or []})


def _message(message: JSON) -> RequestPart:
    rest = {key: value for key, value in message.items() if key != "content"}
    return _part([rest, [comparable_content(block) for block in blocks_of(message)]])


def _bare(tool: JSON) -> JSON:
    return {key: value for key, value in tool.items() if key != "cache_control"}


def _part(value: object) -> RequestPart:
    data = canonical(value).encode("utf-8", "surrogatepass")
    return RequestPart(hashlib.blake2b(data, digest_size=16).digest(), len(data))


def _changed(what: str, size: int) -> JSON:
    return {"type": f"{what}_changed", "cache_missed_input_tokens": size // _BYTES_PER_TOKEN}

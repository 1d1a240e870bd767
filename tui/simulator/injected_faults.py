"""Faults put into chosen responses, so that clients can be tested against bad servers.

A fault names the requests it strikes, counted from 1 since the faults were set. Some
take the place of the whole response, some spoil its stream.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tui.simulator.block_content import JSON
from tui.simulator.refused_request import TYPES, RequestRefused
from tui.simulator.server_sent_events import StreamStep, encode

INSTEAD = frozenset({"status", "bare_error", "html_error", "json_body", "hang_up"})
"""Faults in the place of a stream."""
MESSAGE = frozenset({"odd_ids", "unknown_tool", "stop"})
"""Faults in what the model says."""
CACHE = frozenset({"evict", "undiagnosed"})
"""Faults that lose the prompt cache; with `undiagnosed` the reason comes too late as well."""
HEADERS = frozenset({"no_request_id", "close"})
"""Faults around an otherwise good response."""


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """One fault and when it strikes."""

    kind: str
    request: int | tuple[int, ...] | None = None
    """The request or requests it strikes; None: every one."""
    since: int = 1
    """The first request it strikes, if `request` is None."""
    path: str = "messages"
    """`messages` or `count_tokens`."""
    after: int = 3
    """Deltas that come before a stream is spoiled."""
    status: int = 500
    message: str | None = None
    retry_after: float | None = None
    code: str | None = None
    """`error.details.error_code`."""
    reason: str | None = None
    """Of `stop`: the stop reason."""
    seconds: float = 3600.0
    """How long a stall lasts."""

    @classmethod
    def read(cls, given: JSON) -> "InjectedFault":
        """A fault from JSON.

        Raises:
            ValueError: It is not one; says why.
        """
        known = fault_kinds()
        if given.get("kind") not in known:
            raise ValueError(f"unknown fault {given.get('kind')!r}; known: {known}")
        asked = given.get("request")
        request = tuple(asked) if isinstance(asked, list) else asked
        try:
            return cls(**{**given, "request": request})
        except TypeError as error:
            raise ValueError(f"a fault has no such field: {error}") from None

    def strikes(self, number: int, path: str) -> bool:
        """Whether it strikes the request with this number."""
        if path != self.path:
            return False
        if self.request is None:
            return number >= self.since
        return number in (self.request if isinstance(self.request, tuple) else (self.request,))

    def refusal(self) -> RequestRefused:
        """The error that it injects."""
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        details = {"error_code": self.code} if self.code else None
        words = self.message or f"Injected fault: {TYPES.get(self.status, 'error')}"
        return RequestRefused(words, status=self.status, headers=headers, details=details)


def read_faults(text: str) -> list[InjectedFault]:
    """Faults from a JSON text: a list of objects, or a single one.

    Raises:
        ValueError: It is not that.
    """
    given: Any = json.loads(text)
    rows = given if isinstance(given, list) else [given]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("faults are a list of objects")
    return [InjectedFault.read(row) for row in rows]


class FaultQueue:
    """The faults that are set, and how many requests have come since."""

    def __init__(self, faults: Iterable[InjectedFault] = ()) -> None:
        self.set(faults)

    def set(self, faults: Iterable[InjectedFault]) -> None:
        """Replace all faults; requests are counted from 1 again."""
        self._faults = tuple(faults)
        self._counts: dict[str, int] = {}

    def next(self, path: str) -> InjectedFault | None:
        """The fault that strikes the request that came just now."""
        self._counts[path] = number = self._counts.get(path, 0) + 1
        return next((fault for fault in self._faults if fault.strikes(number, path)), None)


def with_fault(steps: Iterable[StreamStep], fault: InjectedFault | None) -> Iterable[StreamStep]:
    """A stream with a fault in it."""
    if fault is None or fault.kind not in SPOILS:
        return steps
    return SPOILS[fault.kind](steps, fault)


def _after(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    """The steps up to a number of deltas, and what comes in the place of the others."""
    deltas = 0
    for step in steps:
        if step.event == "message_delta":
            break
        yield step
        deltas += step.event == "content_block_delta"
        if deltas >= fault.after:
            break
    yield from _ENDS[fault.kind]
    if fault.kind == "error_event":
        status = fault.status if fault.status != 500 else 529
        error = {"type": TYPES.get(status, "api_error"), "message": fault.message or "Overloaded"}
        yield StreamStep("error", {"type": "error", "error": error})


_ENDS: dict[str, tuple[StreamStep, ...]] = {
    "drop": (StreamStep(act="cut"),),
    "stall": (StreamStep(act="stall"), StreamStep(act="cut")),
    "early_end": (),
    "error_event": (),
    "not_json": (StreamStep(raw=b'event: content_block_delta\ndata: {"type": "content_blo\n\n'),),
    "not_utf8": (StreamStep(raw=b'event: ping\ndata: {"type": "ping", "x": "\xff\xfe"}\n\n'),),
}
"""What a stream ends with that is broken off."""


def _no_message_start(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    yield from (step for step in steps if step.event != "message_start")


def _bad_arguments(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    """The input of every tool call ends in the middle."""
    for step, delta in _calls(steps):
        if delta is None or len(delta) < 2:
            yield step
        elif delta.startswith("{"):
            yield _with_input(step, delta[: len(delta) // 2])


def _wrong_arguments(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    """The input of every tool call is no JSON, not even the beginning of one."""
    for step, delta in _calls(steps):
        yield _with_input(step, delta.replace('"', "'")) if delta else step


def _calls(steps: Iterable[StreamStep]) -> Iterator[tuple[StreamStep, str | None]]:
    """Each step with the input it brings to a tool call, if it brings any."""
    for step in steps:
        yield step, ((step.payload or {}).get("delta") or {}).get("partial_json")


def _with_input(step: StreamStep, text: str) -> StreamStep:
    payload = dict(step.payload or {})
    return replace(step, payload={**payload, "delta": {**payload["delta"], "partial_json": text}})


def _unknown_event(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    for at, step in enumerate(steps):
        if at == 1:
            yield StreamStep(raw=encode("weather", {"type": "weather", "outlook": "fair"}))
        yield step


def _ping_first(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    yield StreamStep("ping", {"type": "ping"})
    yield from steps


def _trailing_spaces(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    for step in steps:
        yield replace(step, raw=step.data.replace(b"\n\n", b"   \n\n"))


def _no_input(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    """A tool call starts without its `input`."""
    for step in steps:
        payload = dict(step.payload or {})
        if step.event == "content_block_start":
            block = {k: v for k, v in payload["content_block"].items() if k != "input"}
            step = replace(step, payload={**payload, "content_block": block})
        yield step


def _usage(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    """A server that counts no tokens, or whose figures are no counts."""
    wrong: JSON = {"input_tokens": -5, "output_tokens": "many"}
    usage = wrong if fault.kind == "wrong_usage" else {}
    for step in steps:
        payload = dict(step.payload or {})
        if step.event == "message_start":
            payload["message"] = {**payload["message"], "usage": usage}
        elif "usage" in payload:
            payload["usage"] = usage
        yield replace(step, payload=payload) if step.payload else step


def _shrinking_usage(steps: Iterable[StreamStep], fault: InjectedFault) -> Iterator[StreamStep]:
    """A server that reports more output first than it does in the end."""
    for step in steps:
        usage = (step.payload or {}).get("usage") or {}
        if step.event == "message_delta" and "output_tokens" in usage:
            more = {name: count for name, count in usage.items() if name != "iterations"}
            more["output_tokens"] += 1_000
            yield replace(step, payload={**(step.payload or {}), "usage": more})
        yield step


SPOILS: dict[str, Callable[[Iterable[StreamStep], InjectedFault], Iterator[StreamStep]]] = {
    **dict.fromkeys(_ENDS, _after),
    "no_message_start": _no_message_start,
    "bad_arguments": _bad_arguments,
    "wrong_arguments": _wrong_arguments,
    "unknown_event": _unknown_event,
    "ping_first": _ping_first,
    "trailing_spaces": _trailing_spaces,
    "no_input": _no_input,
    "no_usage": _usage,
    "wrong_usage": _usage,
    "shrinking_usage": _shrinking_usage,
}
"""Faults in a stream, by name."""


def fault_kinds() -> Sequence[str]:
    """Every kind of fault."""
    return sorted([*SPOILS, *INSTEAD, *MESSAGE, *CACHE, *HEADERS])

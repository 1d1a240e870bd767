"""Why the API ended a message: the stop reasons that this version knows, in one table.

Source: the `stop_reason` field of the Messages API. A server may send another one, or none;
such a message may not be whole, so it never counts as the end of finished work. The table is
in this package because both the fold over the log and the agent read it.
"""

from typing import Literal, NamedTuple

StopKind = Literal["done", "calls", "paused", "truncated", "window_full", "refused"]
"""What a stop reason asks of the turn; `paused` asks for another request."""


class StopReason(NamedTuple):
    """A known stop reason."""

    kind: StopKind
    meaning: str
    """What it says about its message."""


STOP_REASONS: dict[str, StopReason] = {
    "end_turn": StopReason("done", "the model has finished its turn"),
    "stop_sequence": StopReason("done", "the model wrote one of the request's stop sequences"),
    "tool_use": StopReason("calls", "the model waits for the results of its tool calls"),
    "max_tokens": StopReason("truncated", "the message was cut at the request's `max_tokens`"),
    "model_context_window_exceeded": StopReason(
        "window_full", "the message was cut because the context window is full"
    ),
    "pause_turn": StopReason(
        "paused", "the server paused the turn, which goes on when the message is sent back"
    ),
    "compaction": StopReason("paused", "the server stopped behind the summary of a compaction"),
    "refusal": StopReason("refused", "the model's safety rules ended the message"),
}


def stop_kind(stop_reason: str | None) -> StopKind | None:
    """What a stop reason asks of the turn; None for one that this version does not know."""
    known = STOP_REASONS.get(stop_reason or "")
    return known.kind if known else None


def is_truncated(stop_reason: str | None) -> bool:
    """Whether the message was cut: the last tool call of one is not whole."""
    return stop_kind(stop_reason) in ("truncated", "window_full")


def unexpected_stop(stop_reason: str | None, *, has_calls: bool) -> str:
    """What is wrong with the end of a message, as one sentence; empty where nothing is.

    A message with tool calls and no stop reason at all is taken as it came, because some
    gateways leave the field out. A reason that is not known may mean that the calls must not
    run, as it does with `refusal` and `max_tokens`.

    Args:
        stop_reason: As the server sent it; None or empty where it sent no text.
        has_calls: Whether the message has tool calls.
    """
    if not stop_reason:
        return "" if has_calls else "The server ended the answer without a stop reason."
    if stop_reason not in STOP_REASONS:
        return (
            f"The server ended the answer with “{stop_reason}”, which this version does not know."
        )
    if stop_kind(stop_reason) == "calls" and not has_calls:
        return "The server ended the answer for a tool call, and there is none in it."
    return ""

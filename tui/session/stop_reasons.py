"""Why the API ended a message: the stop reasons that this version knows, in one table.

Source: the `stop_reason` field of the Messages API. A server may send another one, or none;
such a message may not be whole, so it never counts as the end of finished work. The table is
in this package because both the fold over the log and the agent read it.
"""

STOP_REASONS: dict[str, str] = {
    "end_turn": "the model has finished its turn",
    "stop_sequence": "the model wrote one of the request's stop sequences",
    "tool_use": "the model waits for the results of its tool calls",
    "max_tokens": "the message was cut at the request's `max_tokens`",
    "model_context_window_exceeded": "the message was cut because the context window is full",
    "pause_turn": "the server paused the turn, which goes on when the message is sent back",
    "compaction": "the server stopped behind the summary of a compaction",
    "refusal": "the model's safety rules ended the message",
}
"""What each known stop reason says about its message."""

TRUNCATED = frozenset({"max_tokens", "model_context_window_exceeded"})
"""Stop reasons of messages that were cut: the last tool call of one is not whole."""
PAUSED = frozenset({"pause_turn", "compaction"})
"""Stop reasons of messages after which the server expects to be asked again."""


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
    if stop_reason == "tool_use" and not has_calls:
        return "The server ended the answer for a tool call, and there is none in it."
    return ""

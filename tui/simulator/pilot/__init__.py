"""The pilot: rules in the place of a model, doing small but real coding work.

It is a pure function of the situation. Which job it is on, what it planned, read, edited
and was refused is folded from the messages on every call; it remembers nothing.
"""

from tui.simulator.pilot.situation import (
    Block,
    Reply,
    Situation,
    Text,
    Thinking,
    ToolUse,
)

__all__ = ["Block", "Reply", "Situation", "Text", "Thinking", "ToolUse", "respond"]


def respond(situation: Situation) -> Reply:
    """The pilot's next message."""
    return Reply(
        (
            Thinking("The user wrote something; I answer in words."),
            Text("I am a simulator: no model is behind me, only rules."),
        )
    )

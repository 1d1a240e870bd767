"""The pilot: rules in the place of a model, doing small but real coding work.

It is a pure function of the situation. Which job it is on, what it planned, read, edited
and was refused is folded from the messages on every call; it remembers nothing.
"""

from tui.simulator.pilot.course import respond, summarize
from tui.simulator.pilot.situation import Block, Reply, Situation, Text, Thinking, ToolUse

__all__ = [
    "Block",
    "Reply",
    "Situation",
    "Text",
    "Thinking",
    "ToolUse",
    "respond",
    "summarize",
]

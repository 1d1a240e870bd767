"""The scripted model: rules in the place of a model, doing small but real coding work.

It is a pure function of the situation. Which job it is on, what it planned, read, edited
and was refused is folded from the messages on every call; it remembers nothing.
"""

from tui.simulator.scripted_model.dispatch import respond, summarize
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

__all__ = [
    "ModelInput",
    "ScriptedBlock",
    "ScriptedReply",
    "ScriptedText",
    "ScriptedThinking",
    "ScriptedToolUse",
    "respond",
    "summarize",
]

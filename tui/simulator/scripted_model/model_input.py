"""What the scripted model knows when it answers, and what an answer is made of.

A `ModelInput` is one request as the server understood it: everything a reply depends on
is in it, so the scripted model can be a pure function and the same request gets the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelInput:
    """Everything a reply depends on. Every text in it is foreign."""

    messages: tuple[dict[str, Any], ...]
    """API messages as received, after validation."""
    tools: tuple[dict[str, Any], ...]
    """Tool definitions as received."""
    system: str
    """The system text."""
    effort: str
    """The resolved effort level: low, medium, high, xhigh or max."""
    left: int | None
    """The countdown the model sees now, in tokens; None without a budget."""
    total: int | None
    """The budget's total in tokens; None without a budget."""
    max_tokens: int
    """Most tokens the reply may have."""
    model: str
    """The model of the request."""
    count: Callable[[str], int]
    """The simulator's tokenizer: how many tokens a text has."""


@dataclass(frozen=True, slots=True)
class ScriptedThinking:
    """Reasoning that precedes an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ScriptedText:
    """Words for the reader, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class ScriptedToolUse:
    """A call of one of the client's tools."""

    name: str
    input: dict[str, Any]


ScriptedBlock = ScriptedThinking | ScriptedText | ScriptedToolUse
"""One piece of a reply."""


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """A whole answer; the server gives ids, signatures and the stop reason."""

    blocks: tuple[ScriptedBlock, ...]

    @classmethod
    def in_words(cls, text: str, thought: str = "") -> "ScriptedReply":
        """A reply of words alone."""
        thoughts = (ScriptedThinking(thought),) if thought else ()
        return cls((*thoughts, ScriptedText(text)))

    @property
    def calls(self) -> tuple[ScriptedToolUse, ...]:
        """The tool calls of the reply, in order."""
        return tuple(block for block in self.blocks if isinstance(block, ScriptedToolUse))

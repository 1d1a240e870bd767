"""A response of the Messages API: a whole one, and what had arrived of one that broke off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.budget.ledger import Usage

JSON = dict[str, Any]
"""A JSON object of the API, kept verbatim."""

CHARACTERS_PER_TOKEN = 4
"""What an estimate rests on where no tokens were reported."""


@dataclass(frozen=True, slots=True)
class PartialResponse:
    """What had arrived of a response that was cut short. Never sent back as if whole."""

    message: str | None = None
    """The API's message id; None when not even the start had arrived."""
    model: str = ""
    blocks: tuple[JSON, ...] = ()
    """Blocks so far, the last one perhaps cut."""
    complete_blocks: int = 0
    """How many leading blocks were closed by the API."""
    usage: Usage | None = None
    """Figures reported so far: they are billed. None when nothing was reported."""
    raw_usage: JSON = field(default_factory=dict)
    characters: int = 0
    """Characters received of text, thinking and arguments: what an estimate can rest on."""
    thinking_estimate: int = 0
    """Sum of the API's own estimates for thinking that was not shown, in tokens."""
    request_id: str | None = None

    @property
    def output_tokens(self) -> int:
        """Output tokens so far: as reported, or estimated where more had been received.

        The stream's start reports a token or two, and the true figure comes at its end.
        """
        estimate = -(-self.characters // CHARACTERS_PER_TOKEN) + self.thinking_estimate
        return max(estimate, self.usage.output if self.usage else 0)


@dataclass(frozen=True, slots=True)
class Response:
    """A response that arrived whole."""

    message: str
    """The API's message id; one of ours (`local_…`) where a server sends none."""
    model: str
    blocks: tuple[JSON, ...]
    """Content blocks verbatim."""
    usage: Usage
    raw_usage: JSON
    """The usage object as it came, `message_delta` laid over `message_start`."""
    stop_reason: str | None
    """Known or not. None only where a server ended the stream properly without giving one:
    finished, but suspect."""
    stop_details: JSON | None = None
    request_id: str | None = None
    limits: dict[str, str] = field(default_factory=dict)
    """Rate-limit headers, verbatim, lower-case names."""
    transformed: bool = False
    """True when the API dropped or cleared input blocks, so sizes do not compare."""
    transformations: tuple[JSON, ...] = ()
    """`input_transformations` and `applied_edits` as they came."""
    diagnostics: JSON | None = None
    """Why the prompt cache was missed, as the server sent it; None where it sent nothing."""
    estimate_reason: str = ""
    """Why `usage` is an estimate, as the end of a sentence; empty where it was reported."""
    invalid_inputs: Mapping[str, str] = field(default_factory=dict)
    """By `tool_use` id: arguments that were not a JSON object, as received. Their block has
    `input: {}` and must not be run."""
    seconds: float = 0.0
    """From the sending of the request to its end, pauses before retries not included."""

    @property
    def tool_calls(self) -> list[JSON]:
        """The `tool_use` blocks, in their order."""
        return [block for block in self.blocks if block.get("type") == "tool_use"]

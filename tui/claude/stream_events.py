"""What arrives while a response streams in.

`ClaudeClient.send` yields these in order: any number of `Retrying`, then `MessageStarted`, then
what happens block by block, and last a `Response`. A response that does not arrive whole ends in
an `ApiError` instead, which carries a `PartialResponse`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.budget.ledger import Usage
from tui.claude.request_errors import ApiError


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """The API accepted the request and begins to answer."""

    message: str
    """The API's message id; never empty."""
    usage_input: Usage
    """Input figures as the stream's start reports them, output not yet."""
    model: str = ""
    """The model that answers, as the API names it."""
    request_id: str | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    """Rate-limit headers, verbatim, lower-case names."""


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """A content block opens."""

    index: int
    type: str
    """`text`, `thinking`, `tool_use` …; unknown kinds too."""
    name: str = ""
    """The tool's name."""
    id: str = ""
    """The tool call's id."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More thinking. With `display: omitted` the text is empty and only the size may come."""

    index: int
    text: str
    estimated_tokens: int | None = None
    """The API's own coarse increment, where it sends one."""


@dataclass(frozen=True, slots=True)
class InputDelta:
    """More of a tool call's arguments, as raw JSON text."""

    index: int
    json: str


@dataclass(frozen=True, slots=True)
class BlockStopped:
    """A content block is whole."""

    index: int


@dataclass(frozen=True, slots=True)
class OutputCounted:
    """The stream reports output tokens so far; cumulative, not an increment."""

    tokens: int


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Bytes came that say nothing of the answer, such as a ping; told once a second at most."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request was not answered and is sent again after a pause. Nothing was generated."""

    attempt: int
    """Which attempt comes next; the first retry is 2."""
    seconds: float
    """The pause before it."""
    error: ApiError
    """Why."""


StreamEvent = (
    MessageStarted
    | BlockStarted
    | TextDelta
    | ThinkingDelta
    | InputDelta
    | BlockStopped
    | OutputCounted
    | KeepAlive
    | Retrying
)
"""Everything `ClaudeClient.send` yields before the `Response`."""

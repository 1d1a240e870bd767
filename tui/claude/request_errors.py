"""What can go wrong between us and the Messages API, as one typed exception.

An `ApiError` says what kind of trouble it is, whether asking again may help, and in one sentence
for people what was wrong and what to do next. `tui.claude.error_conversion` makes one of every
exception of the SDK, of its HTTP library and of a stream that does not keep to the protocol.
The kind follows from HTTP status, `error.type` and `error.details.error_code`; from the wording
of a message only where the API gives nothing else (task budgets, signatures, prompt length,
pictures, models and effort levels of other servers).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from tui.claude.redaction import redact
from tui.claude.response import PartialResponse

ErrorKind = Literal[
    "no_key",  # no credentials were found at all
    "wrong_key",  # 401
    "billing",  # 402: the account cannot be billed
    "permission",  # 403
    "unknown_model",  # 404 or 400 that says there is no such model
    "not_found",  # any other 404: most likely a wrong base URL
    "network",  # no connection
    "tls",  # no trusted connection
    "certificates",  # what the environment names as trusted cannot be used
    "bad_address",  # the base URL is not one
    "proxy",  # the proxy of the environment cannot be used
    "timeout",  # connected, but no answer began in time
    "stalled",  # the answer began and then nothing more came
    "broken_stream",  # the answer broke off, or did not keep to the protocol
    "not_a_stream",  # something else than an event stream came back
    "oversized",  # the answer passed a bound on size, depth or number
    "rate_limited",  # 429
    "overloaded",  # 529
    "server",  # 500 and other 5xx
    "unavailable",  # 503, 504
    "conflict",  # 408, 409
    "spend_cap",  # a monthly or organisation-set limit on spending
    "too_large",  # 431
    "context_exceeded",  # 413, or words: the conversation does not fit the context window
    "budget_rejected",  # 400 naming task_budget
    "invalid_signature",  # 400: thinking bound to another conversation
    "effort_rejected",  # 400: the model has no such effort level
    "picture_rejected",  # the server does not take a picture of the conversation
    "bad_request",  # any other 4xx
    "defect",  # our own mistake
]
"""What kind of trouble it is."""

KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)

RETRYABLE: frozenset[str] = frozenset(
    {
        "network",
        "timeout",
        "stalled",
        "broken_stream",
        "rate_limited",
        "overloaded",
        "server",
        "unavailable",
        "conflict",
    }
)
"""Kinds of which a second attempt may succeed."""


Surface = Literal["screen", "headless"]
"""Where a sentence is read: slash commands exist on the screen only."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request came from and went to; what sentences depend on."""

    host: str = "api.anthropic.com"
    model: str = ""
    surface: Surface = "screen"
    proxy: str = ""
    """The variable that names the proxy before the server; empty without one."""
    is_first_prompt: bool = False
    """Whether the request holds the first prompt only: nothing to go back to."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Keys that must never be repeated, whoever quotes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFacts:
    """The facts of a fault, before a sentence is made of them."""

    kind: ErrorKind
    status: int | None = None
    """HTTP status; 200 when the error came inside a stream."""
    type: str | None = None
    """`error.type` of the body."""
    code: str | None = None
    """`error.details.error_code` of the body."""
    message: str = ""
    """What the API said, keys blacked out. Foreign text: data, never markup."""
    detail: str = ""
    """A few words of ours: `the name could not be resolved`."""
    request_id: str | None = None
    retry_after: float | None = None
    """Seconds the server asked us to wait."""
    should_retry: bool | None = None
    """A word on retrying that goes before the kind: the server's `x-should-retry`."""
    attempts: int | None = None
    """The most attempts that make sense, the first one included; None: as the retry policy says."""
    arrived: bool = False
    """Whether a part of the answer had arrived."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """Rate-limit headers, verbatim."""
    needed: int | None = None
    """With `context_exceeded`: tokens of the request, where the server says so."""
    window: int | None = None
    """With `context_exceeded`: tokens its window holds, where the server says so."""


class ApiError(Exception):
    """A request that got no whole answer. Its text is the sentence for people."""

    def __init__(self, facts: ErrorFacts, description: str, advice: str = "") -> None:
        """Args:
        facts: The facts.
        description: What was wrong, as one sentence or two.
        advice: What to do next; left out while the program does it by itself.
        """
        self.sentence = f"{description} {advice}".strip()
        """What was wrong and what to do next."""
        super().__init__(self.sentence)
        self.facts = facts
        self.description = description
        """What was wrong, without advice."""
        self.partial = PartialResponse()
        """What had arrived before it broke."""

    @property
    def kind(self) -> ErrorKind:
        """What kind of trouble it is."""
        return self.facts.kind

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when sent again."""
        word = self.facts.should_retry
        return self.facts.kind in RETRYABLE if word is None else word

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asked us to wait."""
        return self.facts.retry_after

    @property
    def status(self) -> int | None:
        """HTTP status; 200 when the error came inside a stream; None without a response."""
        return self.facts.status

    @property
    def request_id(self) -> str | None:
        """The API's request id, to quote to its support."""
        return self.facts.request_id or self.partial.request_id

    @property
    def message(self) -> str:
        """What the API said, in its own words; empty when it said nothing."""
        return self.facts.message


class StreamError(Exception):
    """A stream that does not keep to the protocol; the text says how, for people."""

    def __init__(
        self,
        detail: str,
        kind: ErrorKind = "broken_stream",
        *,
        retryable: bool = True,
        attempts: int | None = None,
    ) -> None:
        """Args:
        detail: How, in a few words.
        kind: What kind of trouble it is.
        retryable: Whether asking again may help.
        attempts: How often asking makes sense, the first time included; None: no limit of its own.
        """
        super().__init__(detail)
        self.detail = detail
        self.kind: ErrorKind = kind
        self.retryable = retryable
        self.attempts = attempts


class ErrorEvent(Exception):
    """An error that the server reported inside a stream."""

    status_code = 200

    def __init__(self, body: object, response: object) -> None:
        super().__init__("the server reported an error")
        self.body = body
        """The decoded JSON of the event, or its text."""
        self.response = response
        """The response it came in, for its headers."""


class ProxyError(Exception):
    """The proxy that the environment names cannot be used; the text says why.

    It never repeats the address, which may hold a password.
    """


class CertificateFileError(Exception):
    """What a variable names as trusted certificates cannot be used; the text says which and why."""


def clean_label(text: str, secrets: Iterable[str] = ()) -> str:
    """A name or number that a server gave, fit to be kept: without keys, and not long.

    Args:
        text: A header, an id, the name of a model or of an error.
        secrets: Keys that a server may have put into it.
    """
    return redact(text[:_MAX_LABEL_CHARACTERS], secrets)


_MAX_LABEL_CHARACTERS = 512
"""Characters of a name that are kept; the API's have fewer than a hundred."""


def json_object(value: Any) -> Mapping[str, Any]:
    """`value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}

"""Every exception of a request as an `ApiError`: its facts, and the sentences for people."""

from dataclasses import replace

from tui.claude.advice import advice_for
from tui.claude.error_mapping import error_facts
from tui.claude.error_messages import describe_error
from tui.claude.request_errors import ApiError, Endpoint, ErrorFacts
from tui.claude.response import PartialResponse

_ANTHROPIC = Endpoint()
"""Where requests go unless something else is known."""


def api_error(facts: ErrorFacts, endpoint: Endpoint = _ANTHROPIC) -> ApiError:
    """The fault of known facts, in words."""
    return ApiError(facts, describe_error(facts, endpoint), advice_for(facts, endpoint))


def to_api_error(
    error: BaseException,
    endpoint: Endpoint = _ANTHROPIC,
    *,
    started: bool = False,
    partial: PartialResponse | None = None,
) -> ApiError:
    """The fault behind any exception that sending a request or reading its answer raised.

    Args:
        error: The exception, of whatever library.
        endpoint: Where the request came from and went to.
        started: Whether the answer had begun to arrive.
        partial: What had arrived of it; None for nothing.
    """
    if isinstance(error, ApiError):
        return error
    partial = partial or PartialResponse()
    cause = replace(error_facts(error, endpoint, started=started), arrived=bool(partial.blocks))
    found = api_error(cause, endpoint)
    found.partial = partial
    return found

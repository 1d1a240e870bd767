"""What happened, for each kind of fault; what to do next is in `tui.claude.advice`.

What a server said is quoted as data: on one line, without control characters, cut short.
"""

import re
from collections.abc import Callable

from tui.claude.request_errors import Endpoint, ErrorFacts, ErrorKind

_QUOTE = 300
"""Characters of a server's words that are worth repeating."""


def describe_error(facts: ErrorFacts, endpoint: Endpoint) -> str:
    """What was wrong, in one sentence.

    Args:
        facts: The facts of the fault.
        endpoint: Where the request came from and went to.
    """
    return f"{_DESCRIPTIONS[facts.kind](facts, endpoint)}."


def exhausted_limit(facts: ErrorFacts) -> str:
    """Which of the account's limits is used up: `input-tokens`; empty when none says so."""
    for name, value in facts.limits.items():
        found = re.fullmatch(r"anthropic-ratelimit-(.+)-remaining", name)
        if found and value.strip() == "0":
            return found[1]
    return ""


def quote_server_text(text: str) -> str:
    """A server's words in quotation marks, safe for one line; empty when it said nothing."""
    if re.match(r"\s*<(!doctype|html)", text, re.IGNORECASE):
        return "an HTML page"
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if len(line) > _QUOTE:
        line = line[: _QUOTE - 1] + "…"
    return f"“{line}”" if line else ""


def _server_words(facts: ErrorFacts, otherwise: str = "") -> str:
    words = quote_server_text(facts.message) or otherwise
    return f": {words}" if words else ""


def _status(facts: ErrorFacts) -> str:
    return f" ({facts.status})" if facts.status and facts.status != 200 else ""


def _no_key(facts: ErrorFacts, _place: Endpoint) -> str:
    why = f": {facts.detail}" if facts.detail else ""
    return f"No usable API key was found{why}"


def _wrong_key(facts: ErrorFacts, place: Endpoint) -> str:
    if facts.detail:
        return f"The API key cannot be sent: {facts.detail}"
    return f"{place.host} did not accept the API key{_status(facts)}"


def _billing(facts: ErrorFacts, _place: Endpoint) -> str:
    return f"The account cannot be billed{_status(facts)}{_server_words(facts)}"


def _permission(facts: ErrorFacts, _place: Endpoint) -> str:
    return f"This API key is not allowed to do that{_status(facts)}{_server_words(facts)}"


def _unknown_model(facts: ErrorFacts, place: Endpoint) -> str:
    if place.model:
        return f"{place.host} has no model “{place.model}” for this key{_status(facts)}"
    return f"{place.host} has no such model{_status(facts)}{_server_words(facts)}"


def _not_found(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} has no Messages API at this address{_status(facts)}{_server_words(facts)}"


def _network(facts: ErrorFacts, place: Endpoint) -> str:
    return f"No connection to {place.host}: {facts.detail or 'the connection failed'}"


def _tls(facts: ErrorFacts, place: Endpoint) -> str:
    why = facts.detail or "its certificate is not trusted"
    return f"No secure connection to {place.host}: {why}"


def _bad_address(facts: ErrorFacts, _place: Endpoint) -> str:
    return f"The API cannot be called: {facts.detail or 'its address is not one'}"


def _proxy(facts: ErrorFacts, place: Endpoint) -> str:
    return f"The proxy to {place.host} cannot be used: {facts.detail or 'it is not a proxy'}"


def _timeout(_cause: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} took the request but did not begin to answer in time"


def _stalled(facts: ErrorFacts, place: Endpoint) -> str:
    why = f": {facts.detail}" if facts.detail else ""
    return f"The answer of {place.host} stopped arriving{why}"


def _broken_stream(facts: ErrorFacts, place: Endpoint) -> str:
    return f"The answer of {place.host} broke off: {facts.detail or 'it ended too early'}"


def _not_a_stream(facts: ErrorFacts, place: Endpoint) -> str:
    what = facts.detail or "something else"
    return f"{place.host} answered with {what} instead of an event stream, so it is no Messages API"


def _oversized(facts: ErrorFacts, place: Endpoint) -> str:
    return f"The answer of {place.host} was stopped: {facts.detail or 'it is too large'}"


def _rate_limited(facts: ErrorFacts, _place: Endpoint) -> str:
    which = exhausted_limit(facts).replace("-", " ")
    bucket = f" for {which}" if which else ""
    return f"The account's rate limit is reached{bucket}{_status(facts)}{_server_words(facts)}"


def _overloaded(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} is overloaded right now{_status(facts)}"


def _server(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} had an error of its own{_status(facts)}{_server_words(facts)}"


def _unavailable(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} is not available right now{_status(facts)}"


def _conflict(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} could not take the request just now{_status(facts)}{_server_words(facts)}"


def _spend_cap(facts: ErrorFacts, _place: Endpoint) -> str:
    return f"The account has reached its spending limit{_status(facts)}{_server_words(facts)}"


def _too_large(facts: ErrorFacts, place: Endpoint) -> str:
    return f"The headers of the request are larger than {place.host} takes{_status(facts)}"


def _context_exceeded(facts: ErrorFacts, place: Endpoint) -> str:
    if facts.status == 413:
        return f"The request is larger than {place.host} takes (413){_server_words(facts)}"
    whose = f" of {place.model}" if place.model else ""
    return f"The conversation does not fit into the context window{whose}{_server_words(facts)}"


def _budget_rejected(facts: ErrorFacts, place: Endpoint) -> str:
    whose = place.model or "this model"
    return f"{place.host} refused the task budget for {whose}{_status(facts)}{_server_words(facts)}"


def _invalid_signature(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} found thinking that belongs to another conversation{_server_words(facts)}"


def _effort_rejected(facts: ErrorFacts, place: Endpoint) -> str:
    whose = place.model or "this model"
    return (
        f"{place.host} does not take this effort for {whose}{_status(facts)}{_server_words(facts)}"
    )


def _picture_rejected(facts: ErrorFacts, place: Endpoint) -> str:
    return f"{place.host} refused a picture{_status(facts)}{_server_words(facts)}"


def _bad_request(facts: ErrorFacts, place: Endpoint) -> str:
    why = _server_words(facts, "it did not say why")
    return f"{place.host} refused the request{_status(facts)}{why}"


def _defect(facts: ErrorFacts, _place: Endpoint) -> str:
    return f"Glideslope made a mistake while sending the request ({facts.detail or 'unknown'})"


_DESCRIPTIONS: dict[ErrorKind, Callable[[ErrorFacts, Endpoint], str]] = {
    "no_key": _no_key,
    "wrong_key": _wrong_key,
    "billing": _billing,
    "permission": _permission,
    "unknown_model": _unknown_model,
    "not_found": _not_found,
    "network": _network,
    "tls": _tls,
    "bad_address": _bad_address,
    "proxy": _proxy,
    "timeout": _timeout,
    "stalled": _stalled,
    "broken_stream": _broken_stream,
    "not_a_stream": _not_a_stream,
    "oversized": _oversized,
    "rate_limited": _rate_limited,
    "overloaded": _overloaded,
    "server": _server,
    "unavailable": _unavailable,
    "conflict": _conflict,
    "spend_cap": _spend_cap,
    "too_large": _too_large,
    "context_exceeded": _context_exceeded,
    "budget_rejected": _budget_rejected,
    "invalid_signature": _invalid_signature,
    "effort_rejected": _effort_rejected,
    "picture_rejected": _picture_rejected,
    "bad_request": _bad_request,
    "defect": _defect,
}

"""What happened, for each kind of fault; what to do next is in `tui.claude.advice`.

What a server said is quoted as data: on one line, without control characters, cut short.
"""

import re
from collections.abc import Callable

from tui.claude.errors import Cause, Kind, Place

_QUOTE = 300
"""Characters of a server's words that are worth repeating."""


def happened(cause: Cause, place: Place) -> str:
    """What was wrong, in one sentence.

    Args:
        cause: The facts of the fault.
        place: Where the request came from and went to.
    """
    return f"{_HAPPENED[cause.kind](cause, place)}."


def used_up_limit(cause: Cause) -> str:
    """Which of the account's limits is used up: `input-tokens`; empty when none says so."""
    for name, value in cause.limits.items():
        found = re.fullmatch(r"anthropic-ratelimit-(.+)-remaining", name)
        if found and value.strip() == "0":
            return found[1]
    return ""


def quoted(text: str) -> str:
    """A server's words in quotation marks, safe for one line; empty when it said nothing."""
    if re.match(r"\s*<(!doctype|html)", text, re.IGNORECASE):
        return "an HTML page"
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if len(line) > _QUOTE:
        line = line[: _QUOTE - 1] + "…"
    return f"“{line}”" if line else ""


def _said(cause: Cause, otherwise: str = "") -> str:
    words = quoted(cause.message) or otherwise
    return f": {words}" if words else ""


def _status(cause: Cause) -> str:
    return f" ({cause.status})" if cause.status and cause.status != 200 else ""


def _no_key(cause: Cause, _place: Place) -> str:
    why = f": {cause.detail}" if cause.detail else ""
    return f"No usable API key was found{why}"


def _wrong_key(cause: Cause, place: Place) -> str:
    if cause.detail:
        return f"The API key cannot be sent: {cause.detail}"
    return f"{place.host} did not accept the API key{_status(cause)}"


def _billing(cause: Cause, _place: Place) -> str:
    return f"The account cannot be billed{_status(cause)}{_said(cause)}"


def _permission(cause: Cause, _place: Place) -> str:
    return f"This API key is not allowed to do that{_status(cause)}{_said(cause)}"


def _unknown_model(cause: Cause, place: Place) -> str:
    if place.model:
        return f"{place.host} has no model “{place.model}” for this key{_status(cause)}"
    return f"{place.host} has no such model{_status(cause)}{_said(cause)}"


def _not_found(cause: Cause, place: Place) -> str:
    return f"{place.host} has no Messages API at this address{_status(cause)}{_said(cause)}"


def _network(cause: Cause, place: Place) -> str:
    return f"No connection to {place.host}: {cause.detail or 'the connection failed'}"


def _tls(cause: Cause, place: Place) -> str:
    why = cause.detail or "its certificate is not trusted"
    return f"No secure connection to {place.host}: {why}"


def _bad_address(cause: Cause, _place: Place) -> str:
    return f"The API cannot be called: {cause.detail or 'its address is not one'}"


def _proxy(cause: Cause, place: Place) -> str:
    return f"The proxy to {place.host} cannot be used: {cause.detail or 'it is not a proxy'}"


def _timeout(_cause: Cause, place: Place) -> str:
    return f"{place.host} took the request but did not begin to answer in time"


def _stalled(cause: Cause, place: Place) -> str:
    why = f": {cause.detail}" if cause.detail else ""
    return f"The answer of {place.host} stopped arriving{why}"


def _broken_stream(cause: Cause, place: Place) -> str:
    return f"The answer of {place.host} broke off: {cause.detail or 'it ended too early'}"


def _not_a_stream(cause: Cause, place: Place) -> str:
    what = cause.detail or "something else"
    return f"{place.host} answered with {what} instead of an event stream, so it is no Messages API"


def _oversized(cause: Cause, place: Place) -> str:
    return f"The answer of {place.host} was stopped: {cause.detail or 'it is too large'}"


def _rate_limited(cause: Cause, _place: Place) -> str:
    which = used_up_limit(cause).replace("-", " ")
    bucket = f" for {which}" if which else ""
    return f"The account's rate limit is reached{bucket}{_status(cause)}{_said(cause)}"


def _overloaded(cause: Cause, place: Place) -> str:
    return f"{place.host} is overloaded right now{_status(cause)}"


def _server(cause: Cause, place: Place) -> str:
    return f"{place.host} had an error of its own{_status(cause)}{_said(cause)}"


def _unavailable(cause: Cause, place: Place) -> str:
    return f"{place.host} is not available right now{_status(cause)}"


def _conflict(cause: Cause, place: Place) -> str:
    return f"{place.host} could not take the request just now{_status(cause)}{_said(cause)}"


def _spend_cap(cause: Cause, _place: Place) -> str:
    return f"The account has reached its spending limit{_status(cause)}{_said(cause)}"


def _too_large(cause: Cause, place: Place) -> str:
    return f"The headers of the request are larger than {place.host} takes{_status(cause)}"


def _context_exceeded(cause: Cause, place: Place) -> str:
    if cause.status == 413:
        return f"The request is larger than {place.host} takes (413){_said(cause)}"
    whose = f" of {place.model}" if place.model else ""
    return f"The conversation does not fit into the context window{whose}{_said(cause)}"


def _budget_rejected(cause: Cause, place: Place) -> str:
    whose = place.model or "this model"
    return f"{place.host} refused the task budget for {whose}{_status(cause)}{_said(cause)}"


def _invalid_signature(cause: Cause, place: Place) -> str:
    return f"{place.host} found thinking that belongs to another conversation{_said(cause)}"


def _effort_rejected(cause: Cause, place: Place) -> str:
    whose = place.model or "this model"
    return f"{place.host} does not take this effort for {whose}{_status(cause)}{_said(cause)}"


def _picture_rejected(cause: Cause, place: Place) -> str:
    return f"{place.host} refused a picture{_status(cause)}{_said(cause)}"


def _bad_request(cause: Cause, place: Place) -> str:
    return f"{place.host} refused the request{_status(cause)}{_said(cause, 'it did not say why')}"


def _defect(cause: Cause, _place: Place) -> str:
    return f"Glideslope made a mistake while sending the request ({cause.detail or 'unknown'})"


_HAPPENED: dict[Kind, Callable[[Cause, Place], str]] = {
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

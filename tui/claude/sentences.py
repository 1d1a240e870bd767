"""One sentence for each kind of fault: what was wrong, and what to do next.

What a server said is quoted as data: on one line, without control characters, cut short.
"""

import re
from collections.abc import Callable

from tui.claude.errors import Cause, Kind, Place

_QUOTE = 300
"""Characters of a server's words that are worth repeating."""


def sentence(cause: Cause, place: Place) -> str:
    """The sentence of a fault."""
    return _SENTENCES[cause.kind](cause, place)


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
    why = f" ({cause.detail})" if cause.detail else ""
    return (
        f"No usable API key was found{why}: set ANTHROPIC_API_KEY, "
        "or start with --simulate to work offline without one."
    )


def _wrong_key(cause: Cause, place: Place) -> str:
    what = f"{place.host} did not accept the API key{_status(cause)}"
    if cause.detail:
        what = f"The API key cannot be sent: {cause.detail}"
    return f"{what}. Check ANTHROPIC_API_KEY, or create a new key in the Console."


def _billing(cause: Cause, _place: Place) -> str:
    return (
        f"The account cannot be billed{_status(cause)}{_said(cause)}. "
        "Check billing in the Console, then send again."
    )


def _permission(cause: Cause, _place: Place) -> str:
    return (
        f"This API key is not allowed to do that{_status(cause)}{_said(cause)}. "
        "Ask an administrator of the organisation, or choose another model or key."
    )


def _unknown_model(_cause: Cause, place: Place) -> str:
    return (
        f"There is no model “{place.model}” for this key (404). "
        "Check its spelling, or choose another with --model or /model."
    )


def _not_found(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} has no Messages API at this address (404){_said(cause)}. "
        "Check ANTHROPIC_BASE_URL."
    )


def _network(cause: Cause, place: Place) -> str:
    return (
        f"No connection to {place.host}: {cause.detail or 'the connection failed'}. "
        "Check the network, then send again; nothing is lost."
    )


def _tls(cause: Cause, place: Place) -> str:
    why = cause.detail or "its certificate is not trusted"
    return (
        f"No secure connection to {place.host}: {why}. "
        "If a proxy of your company stands between, point SSL_CERT_FILE to its certificate."
    )


def _bad_address(cause: Cause, _place: Place) -> str:
    return f"The API cannot be called: {cause.detail}. Check ANTHROPIC_BASE_URL."


def _proxy(cause: Cause, place: Place) -> str:
    return (
        f"The proxy to {place.host} cannot be used: {cause.detail or 'it is not a proxy'}. "
        f"Set HTTPS_PROXY to an http proxy, or add {place.host} to NO_PROXY."
    )


def _timeout(_cause: Cause, place: Place) -> str:
    return f"{place.host} took the request but did not begin to answer in time. Send it again."


def _stalled(cause: Cause, place: Place) -> str:
    why = f": {cause.detail}" if cause.detail else ""
    return (
        f"The answer of {place.host} stopped arriving{why}. "
        "What had arrived is kept for the record; send “continue” to go on."
    )


def _broken_stream(cause: Cause, place: Place) -> str:
    return (
        f"The answer of {place.host} broke off: {cause.detail or 'it ended too early'}. "
        "What had arrived is kept for the record; send “continue” to go on."
    )


def _not_a_stream(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} answered with {cause.detail or 'something else'} instead of an event "
        "stream, so it is no Messages API. Check ANTHROPIC_BASE_URL."
    )


def _oversized(cause: Cause, place: Place) -> str:
    return (
        f"The answer of {place.host} was stopped: {cause.detail or 'it is too large'}. "
        "What had arrived is kept and counted; send “continue” to go on, or check the server."
    )


def _rate_limited(cause: Cause, _place: Place) -> str:
    return (
        f"The account's rate limit is reached{_bucket(cause)}{_status(cause)}{_said(cause)}. "
        f"{_reset(cause)}"
    )


def _empty(cause: Cause) -> str:
    """Which of the account's limits is used up: `input-tokens`; empty when none says so."""
    for name, value in cause.limits.items():
        found = re.fullmatch(r"anthropic-ratelimit-(.+)-remaining", name)
        if found and value.strip() == "0":
            return found[1]
    return ""


def _bucket(cause: Cause) -> str:
    empty = _empty(cause)
    return f" for {empty.replace('-', ' ')}" if empty else ""


def _reset(cause: Cause) -> str:
    if cause.retry_after is not None:
        return f"It resets in {cause.retry_after:.0f} s; send again then."
    end = f"{_empty(cause)}-reset"
    resets = [value for name, value in cause.limits.items() if name.endswith(end)]
    if resets:
        return f"It resets at {quoted(max(resets)).strip('“”')}; send again then."
    return "Wait a minute, then send again."


def _overloaded(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} is overloaded right now{_status(cause)}. "
        "Wait a minute and send again, or choose another model with /model."
    )


def _server(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} had an error of its own{_status(cause)}{_said(cause)}. "
        "Send again; if it stays, wait a while or choose another model with /model."
    )


def _unavailable(cause: Cause, place: Place) -> str:
    return f"{place.host} is not available right now{_status(cause)}. Send again in a while."


def _conflict(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} could not take the request just now{_status(cause)}{_said(cause)}. "
        "Send it again."
    )


def _spend_cap(cause: Cause, _place: Place) -> str:
    return (
        f"The account has reached its spending limit{_status(cause)}{_said(cause)}. "
        "Raise it or add credit in the Console; waiting a minute does not help."
    )


def _too_large(cause: Cause, place: Place) -> str:
    return (
        f"The request is larger than {place.host} takes{_status(cause)}. "
        "Shorten the conversation with /compact, or go back before the large file with /rewind."
    )


def _context_exceeded(cause: Cause, place: Place) -> str:
    whose = f" of {place.model}" if place.model else ""
    return (
        f"The conversation no longer fits into the context window{whose}{_said(cause)}. "
        "Shorten it with /compact."
    )


def _budget_rejected(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} does not take a task budget for {place.model or 'this model'}"
        f"{_said(cause)}. The budget is counted here, and the model is told by notes."
    )


def _invalid_signature(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} found thinking that belongs to another conversation{_said(cause)}. "
        "The thinking must be left out of the conversation before it is sent again."
    )


def _bad_request(cause: Cause, place: Place) -> str:
    return (
        f"{place.host} refused the request{_status(cause)}{_said(cause, 'it did not say why')}. "
        "Go back one step with /rewind; if that does not help, please report it."
    )


def _defect(cause: Cause, _place: Place) -> str:
    return (
        f"Glideslope made a mistake while sending the request ({cause.detail or 'unknown'}). "
        "The session is safe; send again, and if it stays, please report it."
    )


_SENTENCES: dict[Kind, Callable[[Cause, Place], str]] = {
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
    "bad_request": _bad_request,
    "defect": _defect,
}

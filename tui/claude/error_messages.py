"""What happened, for each kind of error; what to do next is in `tui.claude.advice`.

A sentence quotes the server's words as data: on one line, without control characters, cut short.
"""

import re
from typing import NamedTuple

from tui.claude.request_errors import Endpoint, ErrorFacts, ErrorKind

_QUOTE = 300
"""Characters of a server's words that are worth repeating."""


def describe_error(facts: ErrorFacts, endpoint: Endpoint) -> str:
    """What was wrong, in one sentence.

    Args:
        facts: The facts of the fault.
        endpoint: Where the request came from and went to.
    """
    description = _description(facts, endpoint)
    quoted = quote_server_text(facts.message) or description.default
    limit = exhausted_limit(facts).replace("-", " ")
    words = description.template.format(
        host=endpoint.host,
        model=endpoint.model or "this model",
        of_model=f" of {endpoint.model}" if endpoint.model else "",
        detail=facts.detail or description.default,
        because=f": {facts.detail}" if facts.detail else "",
        via=f" through the proxy that {endpoint.proxy} names" if endpoint.proxy else "",
        status=f" ({facts.status})" if facts.status and facts.status != 200 else "",
        quoted=f": {quoted}" if quoted else "",
        for_limit=f" for {limit}" if limit else "",
    )
    return f"{words}."


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
    # The sentence around it has a full stop of its own.
    return f"“{line.removesuffix('.')}”" if line else ""


class _Description(NamedTuple):
    """What happened; `describe_error` fills in the names in braces."""

    template: str
    default: str = ""
    """Takes the place of an empty `{detail}` or `{quoted}`."""


def _description(facts: ErrorFacts, endpoint: Endpoint) -> _Description:
    match facts.kind:
        case "wrong_key" if facts.detail:
            return _Description("The API key cannot be sent: {detail}")
        case "unknown_model" if not endpoint.model:
            return _Description("{host} has no such model{status}{quoted}")
        case "context_exceeded" if facts.status == 413:
            return _Description("The request is larger than {host} takes (413){quoted}")
    return _DESCRIPTIONS[facts.kind]


_DESCRIPTIONS: dict[ErrorKind, _Description] = {
    "no_key": _Description("No usable API key was found{because}"),
    "wrong_key": _Description("{host} did not accept the API key{status}"),
    "billing": _Description("The account cannot be billed{status}{quoted}"),
    "permission": _Description("This API key is not allowed to do that{status}{quoted}"),
    "unknown_model": _Description("{host} has no model “{model}” for this key{status}"),
    "not_found": _Description("{host} has no Messages API at this address{status}{quoted}"),
    "network": _Description("No connection to {host}{via}: {detail}", "the connection failed"),
    "certificates": _Description(
        "The certificates to trust cannot be used: {detail}", "they cannot be read"
    ),
    "tls": _Description(
        "No secure connection to {host}: {detail}", "its certificate is not trusted"
    ),
    "bad_address": _Description("The API cannot be called: {detail}", "its address is not one"),
    "proxy": _Description("The proxy to {host} cannot be used: {detail}", "it is not a proxy"),
    "timeout": _Description("{host} took the request but did not begin to answer in time"),
    "stalled": _Description("The answer of {host} stopped arriving{because}"),
    "broken_stream": _Description("The answer of {host} broke off: {detail}", "it ended too early"),
    "not_a_stream": _Description(
        "{host} answered with {detail} instead of an event stream, so it is no Messages API",
        "something else",
    ),
    "oversized": _Description("The answer of {host} was stopped: {detail}", "it is too large"),
    "rate_limited": _Description("The account's rate limit is reached{for_limit}{status}{quoted}"),
    "overloaded": _Description("{host} is overloaded right now{status}"),
    "server": _Description("{host} had an error of its own{status}{quoted}"),
    "unavailable": _Description("{host} is not available right now{status}"),
    "conflict": _Description("{host} could not take the request just now{status}{quoted}"),
    "spend_cap": _Description("The account has reached its spending limit{status}{quoted}"),
    "too_large": _Description("The headers of the request are larger than {host} takes{status}"),
    "context_exceeded": _Description(
        "The conversation does not fit into the context window{of_model}{quoted}"
    ),
    "budget_rejected": _Description("{host} refused the task budget for {model}{status}{quoted}"),
    "invalid_signature": _Description(
        "{host} found thinking that belongs to another conversation{quoted}"
    ),
    "effort_rejected": _Description("{host} does not take this effort for {model}{status}{quoted}"),
    "picture_rejected": _Description("{host} refused a picture{status}{quoted}"),
    "bad_request": _Description("{host} refused the request{status}{quoted}", "it did not say why"),
    "defect": _Description(
        "Glideslope made a mistake while sending the request ({detail})", "unknown"
    ),
}

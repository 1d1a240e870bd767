"""What to do about an error: one table, by kind and by where people read the sentence.

On the screen there are slash commands and a composer; a headless run has its command line. What
the program does by itself (sending again) is never advice.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from tui.claude.error_messages import exhausted_limit, quote_server_text
from tui.claude.request_errors import Endpoint, ErrorFacts, ErrorKind


class AdvicePair(NamedTuple):
    """A sentence for each place where it may be read."""

    screen: str
    headless: str


def advice_for(facts: ErrorFacts, place: Endpoint) -> str:
    """The sentence that says what to do next.

    Args:
        facts: The facts of the fault.
        place: Where the request came from and went to.
    """
    found = _ADVICE[facts.kind]
    choice = found(facts, place) if callable(found) else found
    words = choice.screen if place.surface == "screen" else choice.headless
    return words.replace("{host}", place.host).replace("{model}", place.model)


def _same_everywhere(words: str) -> AdvicePair:
    return AdvicePair(words, words)


def _worded(screen: str) -> AdvicePair:
    """Advice for the screen, and the same for a headless run: its options, and `run it`."""
    words = re.sub(r"/(model|effort)\b", r"--\1", screen)
    words = words.replace("Send again", "Run it again").replace("send again", "run it again")
    return AdvicePair(screen, words)


def _advice_broken_off(facts: ErrorFacts, _place: Endpoint) -> AdvicePair:
    if not facts.arrived:
        return _SEND_AGAIN
    kept = "What had arrived is kept in the log"
    return AdvicePair(
        f"{kept}; send “continue” to go on.", f"{kept}; glideslope -c -p “continue” goes on."
    )


def _oversized(facts: ErrorFacts, place: Endpoint) -> AdvicePair:
    then = _advice_broken_off(facts, place) if facts.arrived else _same_everywhere("")
    check = "If it happens again, check the server."
    return AdvicePair(f"{then.screen} {check}".strip(), f"{then.headless} {check}".strip())


def _rate_limited(facts: ErrorFacts, _place: Endpoint) -> AdvicePair:
    if facts.retry_after is not None:
        when = f"It resets in {facts.retry_after:.0f} s"
    elif resets := _reset_times(facts):
        when = f"It resets at {quote_server_text(max(resets)).strip('“”')}"
    else:
        return _worded("Wait a minute, then send again.")
    return _worded(f"{when}; send again then.")


def _reset_times(facts: ErrorFacts) -> list[str]:
    """When the limit that is used up resets, as the headers say it."""
    end = re.compile(rf"{re.escape(exhausted_limit(facts))}-reset$")
    return [value for name, value in facts.limits.items() if end.search(name)]


def _context_exceeded(_cause: ErrorFacts, place: Endpoint) -> AdvicePair:
    if place.is_first_prompt:
        return _same_everywhere("Send a shorter prompt, or choose a model with a larger window.")
    return AdvicePair("Shorten it with /compact.", "Start a new session (without -c).")


def _change_catalogue(change: str, effect: str) -> AdvicePair:
    """Advice to correct what the program believes of the model."""
    return _same_everywhere(f'Set [catalogue.models."{{model}}"] {change} in your settings{effect}')


_CONVERSATION_REFUSED = AdvicePair(
    "It names a message of this conversation; /rewind goes back before it.",
    "It names a message of this session; start a new one (without -c).",
)
_BAD_REQUEST: tuple[tuple[re.Pattern[str], AdvicePair], ...] = (
    (
        re.compile(r"\btools?\b.*\b(?:support|enable)|\bsupport\w*\b.*\btool|function call"),
        _worded(
            "The program works with tools, and this model takes none; choose another with /model."
        ),
    ),
    (
        re.compile(r"\bmax(?:imum)?[_ ](?:(?:completion|output)[_ ])?tokens?\b|\boutput tokens\b"),
        _change_catalogue("max_output", " to what the server takes."),
    ),
    (
        re.compile(r"\bthinking\b|\breasoning\b"),
        _change_catalogue('thinking = "none"', ": then no thinking is asked for."),
    ),
    (
        re.compile(r"content (?:filter|management polic)|content_filter|safety polic"),
        _same_everywhere("Say it in other words."),
    ),
    (
        re.compile(r"anthropic-beta|\bbetas?\b"),
        _same_everywhere("Check ANTHROPIC_BASE_URL: {host} may be a gateway to an older API."),
    ),
)
"""Words of a refusal, and what to do about what they name."""


def _bad_request(facts: ErrorFacts, place: Endpoint) -> AdvicePair:
    named = (advice for words, advice in _BAD_REQUEST if words.search(facts.message.lower()))
    if found := next(named, None):
        return found
    if facts.message.startswith("messages.") and not place.is_first_prompt:
        return _CONVERSATION_REFUSED
    reason = "Its words name the reason" if facts.message else "Its own log may name the reason"
    if place.is_first_prompt or place.surface == "headless":
        return _same_everywhere(f"{reason}: it may be in the prompt, the settings or the server.")
    return _same_everywhere(f"{reason}; if a message is the cause, /rewind goes back before it.")


def _network(_facts: ErrorFacts, place: Endpoint) -> AdvicePair:
    check = "Check the network"
    if place.proxy:
        check = f"Check {place.proxy}, or add {{host}} to NO_PROXY"
    return AdvicePair(f"{check}, then send again; nothing is lost.", f"{check}, then run it again.")


def _proxy(_facts: ErrorFacts, place: Endpoint) -> AdvicePair:
    change = f"Change or unset {place.proxy}" if place.proxy else "Set HTTPS_PROXY to another proxy"
    return _same_everywhere(f"{change}, or add {{host}} to NO_PROXY.")


_SEND_AGAIN = AdvicePair("Send it again.", "Run it again.")
_CHECK_ADDRESS = _same_everywhere("Check ANTHROPIC_BASE_URL.")

_ADVICE: dict[ErrorKind, AdvicePair | Callable[[ErrorFacts, Endpoint], AdvicePair]] = {
    "no_key": AdvicePair(
        "Type one for this run with /login, or start with --simulate to work offline without one.",
        "Set ANTHROPIC_API_KEY, or start with --simulate to work offline without one.",
    ),
    "wrong_key": AdvicePair(
        "Check ANTHROPIC_API_KEY, or type another key with /login; the Console makes new ones.",
        "Check ANTHROPIC_API_KEY, or create a new key in the Console.",
    ),
    "billing": _worded("Check billing in the Console, then send again."),
    "permission": _worded(
        "Ask an administrator of the organisation, or choose another key, or another model "
        "with /model."
    ),
    "unknown_model": _worded("Check its spelling, or choose another with /model."),
    "not_found": _CHECK_ADDRESS,
    "network": _network,
    "certificates": _same_everywhere("Correct or unset that variable."),
    "tls": _same_everywhere(
        "Behind a company's proxy, point SSL_CERT_FILE or NODE_EXTRA_CA_CERTS to its certificate."
    ),
    "bad_address": _CHECK_ADDRESS,
    "proxy": _proxy,
    "timeout": _SEND_AGAIN,
    "stalled": _advice_broken_off,
    "broken_stream": _advice_broken_off,
    "not_a_stream": _CHECK_ADDRESS,
    "oversized": _oversized,
    "rate_limited": _rate_limited,
    "overloaded": _worded("Wait a minute and send again, or choose another model with /model."),
    "server": _worded("Send again; if it stays, wait a while or choose another model with /model."),
    "unavailable": _worded("Send again in a while."),
    "conflict": _SEND_AGAIN,
    "spend_cap": _same_everywhere(
        "Raise it or add credit in the Console; waiting a minute does not help."
    ),
    "too_large": _same_everywhere("Check ANTHROPIC_CUSTOM_HEADERS, and any proxy between."),
    "context_exceeded": _context_exceeded,
    "budget_rejected": _same_everywhere(
        "The budget is counted here, and notes tell the model of it."
    ),
    "invalid_signature": AdvicePair(
        "/rewind goes back before the message it belongs to.", "Start a new session (without -c)."
    ),
    "effort_rejected": _worded("Choose another level with /effort, or another model with /model."),
    "picture_rejected": _same_everywhere(
        "Make the picture smaller, or save it as PNG or JPEG; some models take no pictures."
    ),
    "bad_request": _bad_request,
    "defect": _worded("The session is safe; send again, and if it stays, please report it."),
}
"""By kind of fault."""

"""What to do about a fault: one table, by kind of fault and by where the words are read.

On the screen there are slash commands and a composer; a headless run has its command line. What
the program does by itself (sending again) is never advice.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from tui.claude.errors import Cause, Kind, Place
from tui.claude.sentences import quoted, used_up_limit


class Advice(NamedTuple):
    """A sentence for each place where it may be read."""

    screen: str
    headless: str


def advice(cause: Cause, place: Place) -> str:
    """The sentence that says what to do next.

    Args:
        cause: The facts of the fault.
        place: Where the request came from and went to.
    """
    found = _ADVICE[cause.kind]
    choice = found(cause, place) if callable(found) else found
    words = choice.screen if place.surface == "screen" else choice.headless
    return words.replace("{host}", place.host)


def _everywhere(words: str) -> Advice:
    return Advice(words, words)


def _broken_off(cause: Cause, _place: Place) -> Advice:
    if not cause.arrived:
        return _AGAIN
    kept = "What had arrived is kept in the log"
    return Advice(
        f"{kept}; send “continue” to go on.", f"{kept}; glideslope -c -p “continue” goes on."
    )


def _oversized(cause: Cause, place: Place) -> Advice:
    then = _broken_off(cause, place) if cause.arrived else _everywhere("")
    check = "If it happens again, check the server."
    return Advice(f"{then.screen} {check}".strip(), f"{then.headless} {check}".strip())


def _rate_limited(cause: Cause, _place: Place) -> Advice:
    if cause.retry_after is not None:
        when = f"It resets in {cause.retry_after:.0f} s"
    elif resets := _reset_times(cause):
        when = f"It resets at {quoted(max(resets)).strip('“”')}"
    else:
        return Advice("Wait a minute, then send again.", "Wait a minute, then run it again.")
    return Advice(f"{when}; send again then.", f"{when}; run it again then.")


def _reset_times(cause: Cause) -> list[str]:
    """When the limit that is used up resets, as the headers say it."""
    end = re.compile(rf"{re.escape(used_up_limit(cause))}-reset$")
    return [value for name, value in cause.limits.items() if end.search(name)]


def _context_exceeded(_cause: Cause, place: Place) -> Advice:
    if place.first:
        return _everywhere("Send a shorter prompt, or choose a model with a larger window.")
    return Advice("Shorten it with /compact.", "Start a new session (without -c).")


def _bad_request(cause: Cause, place: Place) -> Advice:
    reason = "Its words name the reason" if cause.message else "Its own log may name the reason"
    if place.first or place.surface == "headless":
        return _everywhere(f"{reason}: it may be in the prompt, the settings or the server.")
    return _everywhere(f"{reason}; if a message is the cause, /rewind goes back before it.")


_AGAIN = Advice("Send it again.", "Run it again.")
_ADDRESS = _everywhere("Check ANTHROPIC_BASE_URL.")

_ADVICE: dict[Kind, Advice | Callable[[Cause, Place], Advice]] = {
    "no_key": _everywhere(
        "Set ANTHROPIC_API_KEY, or start with --simulate to work offline without one."
    ),
    "wrong_key": _everywhere("Check ANTHROPIC_API_KEY, or create a new key in the Console."),
    "billing": Advice(
        "Check billing in the Console, then send again.",
        "Check billing in the Console, then run it again.",
    ),
    "permission": Advice(
        "Ask an administrator of the organisation, or choose another key, or another model "
        "with /model.",
        "Ask an administrator of the organisation, or choose another key, or another model "
        "with --model.",
    ),
    "unknown_model": Advice(
        "Check its spelling, or choose another with /model.",
        "Check its spelling, or choose another with --model.",
    ),
    "not_found": _ADDRESS,
    "network": Advice(
        "Check the network, then send again; nothing is lost.",
        "Check the network, then run it again.",
    ),
    "tls": _everywhere("Behind a company's proxy, point SSL_CERT_FILE to the proxy's certificate."),
    "bad_address": _ADDRESS,
    "proxy": _everywhere("Set HTTPS_PROXY to an http proxy, or add {host} to NO_PROXY."),
    "timeout": _AGAIN,
    "stalled": _broken_off,
    "broken_stream": _broken_off,
    "not_a_stream": _ADDRESS,
    "oversized": _oversized,
    "rate_limited": _rate_limited,
    "overloaded": Advice(
        "Wait a minute and send again, or choose another model with /model.",
        "Wait a minute and run it again, or choose another model with --model.",
    ),
    "server": Advice(
        "Send again; if it stays, wait a while or choose another model with /model.",
        "Run it again; if it stays, wait a while or choose another model with --model.",
    ),
    "unavailable": Advice("Send again in a while.", "Run it again in a while."),
    "conflict": _AGAIN,
    "spend_cap": _everywhere(
        "Raise it or add credit in the Console; waiting a minute does not help."
    ),
    "too_large": _everywhere("Check ANTHROPIC_CUSTOM_HEADERS, and any proxy between."),
    "context_exceeded": _context_exceeded,
    "budget_rejected": _everywhere("The budget is counted here, and notes tell the model of it."),
    "invalid_signature": Advice(
        "/rewind goes back before the message it belongs to.", "Start a new session (without -c)."
    ),
    "effort_rejected": Advice(
        "Choose another level with /effort, or another model with /model.",
        "Choose another level with --effort, or another model with --model.",
    ),
    "picture_rejected": _everywhere(
        "Make the picture smaller, or save it as PNG or JPEG; some models take no pictures."
    ),
    "bad_request": _bad_request,
    "defect": Advice(
        "The session is safe; send again, and if it stays, please report it.",
        "The session is safe; run it again, and if it stays, please report it.",
    ),
}
"""By kind of fault."""

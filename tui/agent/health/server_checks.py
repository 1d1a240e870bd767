"""Checks of the server: is it there, does it take the key, and is our clock right."""

from email.utils import parsedate_to_datetime

from tui.agent.health.health_finding import HealthFinding
from tui.claude.credentials import NO_KEY_NEEDED
from tui.claude.server_probe import ServerProbe

MOST_SKEW = 300.0
"""Seconds by which our clock may be wrong before certificates and dates of prices suffer."""

HOW_TO_GIVE_A_KEY = (
    "Set ANTHROPIC_API_KEY (any value for a server that wants none), type a key with /login, or "
    "work offline: glideslope --simulate."
)


def check_key(source: str, probe: ServerProbe | None, host: str) -> HealthFinding:
    """Whether there is a key, and whether the server takes it.

    Args:
        source: Where the key is from; empty where there is none.
        probe: What the server said; None where it was not asked.
        host: The server.
    """
    if not source:
        return HealthFinding("key", "bad", "none was found", HOW_TO_GIVE_A_KEY)
    if source == NO_KEY_NEEDED:
        return HealthFinding("key", "ok", source)
    if probe is None or not probe.status:
        return HealthFinding("key", "warn", f"{source}; it could not be tried")
    if probe.status in (401, 403):
        return HealthFinding(
            "key",
            "bad",
            f"{source}; {host} does not take it (HTTP {probe.status})",
            "Check it, or create a new one in the Console.",
        )
    if probe.status != 200:
        words = f"{source}; {host} has no list of models to try it with"
        return HealthFinding("key", "ok", words)
    return HealthFinding("key", "ok", f"{source}; {host} takes it")


def check_server(probe: ServerProbe | None, host: str, proxy: str) -> HealthFinding:
    """Whether the server answers.

    Args:
        probe: What the server said; None where it was not asked.
        host: The server.
        proxy: The variable that names the proxy; empty without one.
    """
    through = f" through the proxy of {proxy}" if proxy else ""
    if probe is None:
        return HealthFinding("server", "warn", f"{host} was not asked: there is no key")
    if not probe.status:
        return HealthFinding(
            "server",
            "bad",
            f"{probe.problem.rstrip('.')}{through}",
            "Check the network, the proxy and ANTHROPIC_BASE_URL.",
        )
    words = f"{host} answers{through} in {probe.seconds:.1f} s"
    if probe.status >= 500:
        return HealthFinding(
            "server", "warn", f"{words}, with an error (HTTP {probe.status})", "Try again later."
        )
    return HealthFinding("server", "ok", words)


def check_clock(probe: ServerProbe | None, now: float) -> HealthFinding | None:
    """Whether our clock agrees with the server's; None where the server told no time.

    Args:
        probe: What the server said.
        now: Seconds since the Unix epoch, by our clock.
    """
    if probe is None or not probe.date:
        return None
    try:
        skew = now - parsedate_to_datetime(probe.date).timestamp()
    except ValueError:
        return None
    if abs(skew) <= MOST_SKEW:
        return HealthFinding("clock", "ok", "agrees with the server")
    way = "ahead of" if skew > 0 else "behind"
    return HealthFinding(
        "clock",
        "warn",
        f"{abs(skew) / 60:,.0f} minutes {way} the server",
        "Set the clock: certificates and cache times depend on it.",
    )

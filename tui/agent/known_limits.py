"""What is known of the rate limits, in words for the pages about the program's state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from tui.agent.rate_settings import rate_allowance
from tui.budget.meters import LimitMeter
from tui.budget.rate_buckets import RATE_KINDS, RateKind
from tui.claude.catalogue import Catalogue
from tui.number_format import format_tokens
from tui.settings.settings_schema import RateLimitSettings


def known_limits(
    settings: RateLimitSettings,
    catalogue: Catalogue,
    limits: Sequence[LimitMeter],
    now: float,
) -> str:
    """The limits of the server and of the user, and whether requests wait for them.

    Args:
        settings: The settings about rate limits.
        catalogue: Has the published limits by team size, and the peak hours.
        limits: What the server told with its last answer; nothing before the first.
        now: Seconds since the Unix epoch.
    """
    return "; ".join(_parts(settings, catalogue, limits, now))


def _parts(
    settings: RateLimitSettings, catalogue: Catalogue, limits: Sequence[LimitMeter], now: float
) -> Iterator[str]:
    allowance = rate_allowance(settings, catalogue)
    if limits:
        yield f"by the last answer {_listed({each.name: each.limit for each in limits})}"
    elif allowance.assumed:
        team = f"a team of {settings.team_size:,}"
        yield f"taken to be {_listed(allowance.assumed)} for {team}, until the server tells"
    else:
        yield "not known before the first answer"
    if allowance.own:
        yield f"your own {_listed(allowance.own)}"
    if not settings.pace:
        yield "requests do not wait for them (rate_limits.pace)"
    peak = catalogue.peak_hours
    if peak.include(datetime.fromtimestamp(now, UTC)):
        yield f"now are peak hours, in which a subscription is used up {peak.effect}"


def _listed(limits: Mapping[RateKind, int] | Mapping[str, int]) -> str:
    """`50 requests, 30k input tokens a minute`, the API's kinds in their order."""
    named: dict[str, int] = {str(name): limit for name, limit in limits.items()}
    known = [each for each in RATE_KINDS if each in named]
    others = [each for each in named if each not in known]
    amounts = [_amount(name, named[name]) for name in (*known, *others)]
    return f"{', '.join(amounts)} a minute"


def _amount(name: str, limit: int) -> str:
    number = format_tokens(limit) if name.endswith("tokens") else f"{limit:,}"
    return f"{number} {name.replace('-', ' ')}"

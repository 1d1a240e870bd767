"""What the settings allow the scheduler of requests."""

from tui.agent.request_scheduler import RateAllowance
from tui.budget.rate_buckets import RateKind
from tui.claude.catalogue import Catalogue
from tui.claude.rate_presets import team_limits
from tui.settings.settings_schema import RateLimitSettings


def rate_allowance(settings: RateLimitSettings, catalogue: Catalogue) -> RateAllowance:
    """The limits of the settings, and those of a team of that size.

    Args:
        settings: The settings about rate limits.
        catalogue: Has the published limits by team size.
    """
    own: dict[RateKind, int] = {}
    if settings.tokens_per_minute is not None:
        own["tokens"] = settings.tokens_per_minute
    if settings.requests_per_minute is not None:
        own["requests"] = settings.requests_per_minute
    users = settings.team_size
    assumed = {} if users is None else team_limits(catalogue.rate_presets, users)
    return RateAllowance(paced=settings.pace, own=own, assumed=assumed)

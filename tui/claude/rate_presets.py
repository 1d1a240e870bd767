"""The published limits by team size: what an account is taken to allow until its server tells.

Anthropic recommends rate limits for one user by the size of the team (Claude Code documentation,
"Manage costs"); the account has those of all its users together. The rows are in `catalogue.toml`.
"""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from tui.budget.rate_buckets import RateKind


class RatePreset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recommended limits of one user, in teams up to a size."""

    users: int | None = None
    """The largest team it is for; None: any."""
    tokens: tuple[int, int]
    """Tokens a minute, least and most."""
    requests: tuple[Decimal, Decimal]
    """Requests a minute, least and most."""
    since: date
    """Since when the row is known to hold."""


def team_limits(presets: Sequence[RatePreset], users: int) -> dict[RateKind, int]:
    """What the account of a team may use in a minute; nothing where no row is for it.

    Of each range the lower end counts: nobody is refused for it.

    Args:
        presets: The rows, the smallest teams first.
        users: People who share the account.
    """
    for row in presets:
        if row.users is None or users <= row.users:
            requests = math.ceil(row.requests[0] * users)
            return {"requests": max(1, requests), "tokens": max(1, row.tokens[0] * users)}
    return {}

"""What waiting for an answer costs, by the prompt cache."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheStake:
    """What waiting costs."""

    until: float
    """When the cache goes cold, in seconds of the line's clock."""
    price: str
    """What going on costs then: `≈ $0.20 more (41k tokens written again)`."""
    extending: str = ""
    """What an extension costs even before that; empty where it costs nothing."""

"""The hard limits in force: those of the session, else of the settings, within the caps.

The log keeps what was set in the session, so it outlives the program. A cap that the organisation
set later, or on another machine, still holds.
"""

from decimal import Decimal

from tui.agent.turn_settings import TurnSettings
from tui.budget.hard_limits import HARD_LIMITS, HardLimitName, HardLimits
from tui.session.state import SessionState
from tui.settings.managed import Caps

GRANT_KEY = "task_budget"
"""Key of the setting, and of the cap, that a grant of tokens comes under."""

POOL_KEY = "team.pool"
"""Key of the setting, and of the cap, that the pool of agents comes under."""


def limit_key(name: HardLimitName) -> str:
    """Key of the setting, and of the cap, behind a hard limit."""
    return f"limits.{name}"


def limits_in_force(state: SessionState, settings: TurnSettings) -> HardLimits:
    """The limits that a request made now comes under."""
    return state.hard_limits.overlaid_on(settings.hard_limits).capped_by(
        _capped_limits(settings.caps)
    )


def cap_value(caps: Caps, key: str) -> int | Decimal | None:
    """The most that a setting may be; None where nobody caps it."""
    cap = caps.get(key)
    return cap.value if cap and isinstance(cap.value, int | Decimal) else None


def max_grant(caps: Caps) -> int | None:
    """The most tokens that may be granted; None where nobody caps it."""
    cap = cap_value(caps, GRANT_KEY)
    return None if cap is None else int(cap)


def _capped_limits(caps: Caps) -> HardLimits:
    limits = HardLimits()
    for name in HARD_LIMITS:
        limits = limits.with_value(name, cap_value(caps, limit_key(name)))
    return limits

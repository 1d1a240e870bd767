"""The hard limits in force: this session's word over the settings, within the organisation's.

What was set in the session stands in its log and outlives the program; a cap that came
later, or that another machine has, holds all the same.
"""

from decimal import Decimal

from tui.agent.means import Means
from tui.budget.fuses import FUSES, FuseName, Fuses
from tui.session.state import SessionState
from tui.settings.managed import Caps

GRANT = "task_budget"
"""Key of the setting, and of the cap, that a grant of tokens comes under."""


def fuse_key(fuse: FuseName) -> str:
    """Key of the setting, and of the cap, behind a fuse."""
    return f"limits.{fuse}"


def fuses_in_force(state: SessionState, means: Means) -> Fuses:
    """The limits that a request made now comes under."""
    return state.fuses.over(means.fuses).within(_most(means.caps))


def most(caps: Caps, key: str) -> int | Decimal | None:
    """The most that a setting may be; None where nobody caps it."""
    cap = caps.get(key)
    return cap.value if cap and isinstance(cap.value, int | Decimal) else None


def granted_most(caps: Caps) -> int | None:
    """The most tokens that may be granted; None where nobody caps it."""
    cap = most(caps, GRANT)
    return None if cap is None else int(cap)


def _most(caps: Caps) -> Fuses:
    fuses = Fuses()
    for fuse in FUSES:
        fuses = fuses.with_value(fuse, most(caps, fuse_key(fuse)))
    return fuses

"""How a simulator is set up."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.simulator.countdown import Rules
from tui.simulator.faults import Fault
from tui.simulator.limits import TIERS, Tier
from tui.simulator.pilot import Reply, Situation, respond, summarize

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of the largest request that is read."""


@dataclass(frozen=True)
class Config:
    """Everything a server needs to know at its start."""

    token: str | None = None
    """The key clients must show; None lets everyone in who shows any."""
    pace: float | None = None
    """Tokens generated a second; None means as fast as possible."""
    delta: int = 4
    """Tokens of text in one event of a stream."""
    lenient: bool = False
    """Serve clients that send unknown fields and betas, or no key at all."""
    rules: Rules = field(default_factory=Rules)
    faults: tuple[Fault, ...] = ()
    tier: Tier = TIERS["scale"]
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    respond: Callable[[Situation], Reply] = respond
    """What stands in the place of a model."""
    summarize: Callable[[Situation], str] = summarize
    """What writes the summary of a compaction."""
    hang_up: Callable[[tuple[str, int]], None] | None = None
    """Closes the connection with a client's address at once, without a goodbye."""

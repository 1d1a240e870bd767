"""How a simulator is set up."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.simulator.budget_countdown import CountdownRules
from tui.simulator.injected_faults import InjectedFault
from tui.simulator.rate_limit_buckets import TIERS, RateLimitTier
from tui.simulator.scripted_model import ModelInput, ScriptedReply, respond, summarize

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of the largest request that is read."""


@dataclass(frozen=True)
class SimulatorConfig:
    """Everything a server needs to know at its start."""

    token: str | None = None
    """The key clients must show; None lets everyone in who shows any."""
    pace: float | None = None
    """Tokens generated a second; None means as fast as possible."""
    delta: int = 4
    """Tokens of text in one event of a stream."""
    lenient: bool = False
    """Serve clients that send unknown fields and betas, or no key at all."""
    rules: CountdownRules = field(default_factory=CountdownRules)
    faults: tuple[InjectedFault, ...] = ()
    tier: RateLimitTier = TIERS["scale"]
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    respond: Callable[[ModelInput], ScriptedReply] = respond
    """Answers in the place of a model."""
    summarize: Callable[[ModelInput], str] = summarize
    """What writes the summary of a compaction."""
    hang_up: Callable[[tuple[str, int]], None] | None = None
    """Closes the connection with a client's address at once, without a goodbye."""

"""Time in which a turn waits for others: no working time, and the log says how long it was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.session import events as ev

LEAST_SECONDS = 0.01
"""Seconds from which on a wait is one: to ask takes a moment, too."""


@asynccontextmanager
async def waiting_time(ctx: TurnContext, request: int, emit: Emit) -> AsyncIterator[None]:
    """Let the working time of the turn stand still meanwhile.

    Args:
        ctx: What the turn works with.
        request: The number of the request that waits.
        emit: Takes the event that says how long.
    """
    began = ctx.run.paced_since = ctx.services.now()
    try:
        yield
    finally:
        ctx.run.paced_since = None
        seconds = ctx.services.now() - began
        if seconds >= LEAST_SECONDS:
            await emit(ev.RequestPaced(request=request, seconds=round(seconds, 3)))

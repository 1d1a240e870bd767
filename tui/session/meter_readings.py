"""Readings: the five meters of a session at one moment, out of its state."""

from collections.abc import Mapping
from dataclasses import replace

from tui.budget.envelope import Envelope
from tui.budget.forecast import BudgetFit, Forecast, budget_fit
from tui.budget.meters import BudgetMeter, ContextMeter, CountdownSource, LimitMeter, Meters
from tui.budget.stages import Stage, StageThresholds, reserve, stage
from tui.session.fallback_report import session_forecast
from tui.session.state import SessionState

RECENT_REQUESTS = 5
"""Requests over which pace and size are averaged."""
PACE_SECONDS = 60
"""Seconds of work before the meter shows a pace."""
BURN_POINTS = 120
"""Most points of the burn-down."""


def read_meters(
    state: SessionState,
    *,
    window: int = 0,
    cache_until: float | None = None,
    teller: CountdownSource = "api",
    thresholds: StageThresholds = StageThresholds(),
    most: int | None = None,
) -> Meters:
    """The meters of `state`.

    Args:
        state: The session.
        window: Tokens the model's context can hold; 0 when unknown.
        cache_until: When the prompt cache goes cold, in seconds since the Unix epoch.
        teller: Who tells the model what is left.
        thresholds: Where the stages begin.
        most: The most tokens that may be granted; None where nobody caps it.
    """
    envelope, ahead = state.envelope, session_forecast(state)
    return Meters(
        budget=_budget(state, envelope, teller, thresholds) if envelope else None,
        team=state.team.meter,
        billed=replace(state.bill.meter(), agent_dollars=state.team.dollars),
        context=ContextMeter(
            used=state.context_used,
            waiting=state.unmeasured,
            window=window,
            estimated=state.context_estimated or state.unmeasured > 0,
            cache_until=cache_until,
        ),
        limits=rate_limits(state.rate_limit_headers),
        working_seconds=state.work_clock.seconds,
        paced_seconds=state.work_clock.paced,
        working_since=state.at if state.turn_open and not state.awaits_user else None,
        per_minute=_recent_pace(state),
        requests=state.request,
        spent=state.ledger.charged,
        unsettled=state.ledger.unsettled,
        by_subtask=dict(state.ledger.by_subtask),
        estimated_subtasks=frozenset(
            subtask for subtask, tokens in state.ledger.unsettled_by_subtask.items() if tokens
        ),
        forecast=ahead,
        fit=_fit(state, ahead, thresholds, most),
    )


def _fit(
    state: SessionState, ahead: Forecast | None, thresholds: StageThresholds, most: int | None
) -> BudgetFit | None:
    """Whether the rest fits; None without a budget, or where nothing is left to do."""
    left, grant = state.left, state.grant
    if ahead is None or ahead.to_finish == 0 or left is None or grant is None:
        return None
    return budget_fit(ahead, left=left, grant=grant, most=most, thresholds=thresholds)


def current_stage(
    state: SessionState, thresholds: StageThresholds = StageThresholds()
) -> Stage | None:
    """The stage of the envelope; None without one."""
    if state.envelope is None:
        return None
    return stage(state.envelope.grant, state.charged, thresholds)


def _budget(
    state: SessionState, envelope: Envelope, teller: CountdownSource, thresholds: StageThresholds
) -> BudgetMeter:
    charged = state.charged
    kept = reserve(envelope.grant, thresholds)
    return BudgetMeter(
        grant=envelope.grant,
        charged=charged,
        unsettled=min(charged, state.unsettled),
        unannounced=state.dropped_tokens if teller == "api" else 0,
        reserve=kept,
        stage=stage(envelope.grant, charged, thresholds),
        scope=envelope.scope,
        countdown_source=teller,
        burn_down=_burn_down(state, envelope),
        per_minute=_recent_pace(state),
        requests_left=_requests_left(state, envelope.grant - charged - kept),
    )


def _burn_down(state: SessionState, envelope: Envelope) -> tuple[tuple[float, int], ...]:
    points = [
        (seconds - envelope.opened_at, envelope.grant - envelope.charged(charged))
        for seconds, charged in state.charge_history
        if seconds >= envelope.opened_at
    ]
    step = -(-len(points) // BURN_POINTS) or 1
    return ((0.0, envelope.grant), *points[::-step][::-1])


def _recent_pace(state: SessionState) -> float | None:
    """Tokens charged a minute, lately; None before a minute of work: it would tell little."""
    if state.work_clock.seconds < PACE_SECONDS:
        return None
    lately = state.charge_history[-RECENT_REQUESTS - 1 :]
    seconds = lately[-1][0] - lately[0][0] if len(lately) > 1 else 0.0
    # A clock that was set back leaves less than was worked, perhaps next to nothing.
    return (lately[-1][1] - lately[0][1]) * 60 / seconds if seconds >= 1 else None


def _requests_left(state: SessionState, left: int) -> int | None:
    lately = state.charge_history[-RECENT_REQUESTS - 1 :]
    if len(lately) < 2:
        return None
    mean = (lately[-1][1] - lately[0][1]) / (len(lately) - 1)
    return max(0, int(left / mean)) if mean > 0 else None


def rate_limits(headers: Mapping[str, str]) -> tuple[LimitMeter, ...]:
    """The account's limits out of `anthropic-ratelimit-*` headers; odd values are left out."""
    names = {
        key.removeprefix("anthropic-ratelimit-").removesuffix("-limit")
        for key in headers
        if key.startswith("anthropic-ratelimit-") and key.endswith("-limit")
    }
    found = []
    for name in sorted(names):
        limit = headers[f"anthropic-ratelimit-{name}-limit"]
        left = headers.get(f"anthropic-ratelimit-{name}-remaining", "")
        if limit.isdigit() and left.isdigit():
            reset = headers.get(f"anthropic-ratelimit-{name}-reset", "")
            found.append(LimitMeter(name, int(limit), int(left), _parse_time(reset)))
    return tuple(found)


def _parse_time(text: str) -> float | None:
    from datetime import datetime

    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None

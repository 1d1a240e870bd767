"""One request to the model: request started, deltas, request finished or failed.

If a stream breaks, the request ends with an event that charges what was generated; the turn then
sends it again. The log keeps a partial answer, but no request sends it back as if it were whole.
"""

from contextlib import aclosing
from datetime import UTC, datetime
from typing import Literal

from msgspec import structs

from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.agent.turn_request import TurnRequest
from tui.budget.ledger import Usage
from tui.claude.catalogue import Model
from tui.claude.pricing import Priced, price, terms
from tui.claude.request import Request
from tui.claude.request_errors import ApiError
from tui.claude.response import PartialResponse, Response
from tui.session import events as ev


async def send_request(
    planned: TurnRequest, request: Request, ctx: TurnContext, emit: Emit
) -> Response | ApiError:
    """Record and send a request, emit its progress and the event that closes it.

    Args:
        planned: What the request was built from.
        request: What is sent.
        ctx: What a turn works with.
        emit: Takes progress and events.

    Returns:
        The response, or the error it ended with.

    Raises:
        Interrupted: the user stopped it; its `RequestFailed` is committed.
    """
    ctx.run.recent_requests.append(request)
    await emit(planned.started_event(request))
    stream, now = ctx.services.client.send(request), ctx.services.now

    async def read() -> Response:
        async with aclosing(stream):
            async for item in stream:
                if isinstance(item, Response):
                    return item
                await emit(item)
        raise AssertionError("a stream ends with its response or an error")

    try:
        response = await run_interruptible(ctx.services.inbox.interrupt, read)
    except ApiError as fault:
        await emit(failed_event(fault.partial, planned, now(), "fault", fault))
        return fault
    except Interrupted:
        await emit(failed_event(stream.partial, planned, now(), "interrupted", None))
        raise
    await emit(finished_event(response, planned, now()))
    return response


def finished_event(response: Response, planned: TurnRequest, at: float) -> ev.RequestFinished:
    """The event of a whole response, priced at the rates of the day.

    Args:
        response: As it came.
        planned: The request it answers.
        at: When, in seconds since the Unix epoch.
    """
    priced = _priced(response.usage, response.raw_usage, planned.model, at)
    return ev.RequestFinished(
        request=planned.number,
        message=response.message,
        model=planned.model.id,
        blocks=response.blocks,
        usage=response.usage,
        raw_usage=response.raw_usage,
        stop_reason=response.stop_reason,
        stop_details=response.stop_details,
        request_id=response.request_id,
        dollars=priced.total if priced else None,
        rates=priced.rates if priced else None,
        limits=response.limits,
        transformed=response.transformed,
        diagnostics=response.diagnostics,
        seconds=response.seconds,
    )


def failed_event(
    partial: PartialResponse,
    planned: TurnRequest,
    at: float,
    reason: Literal["fault", "interrupted"],
    fault: ApiError | None,
) -> ev.RequestFailed:
    """The event of a response that did not arrive whole; what was generated is charged.

    Args:
        partial: What arrived.
        planned: The request.
        at: When it ended, in seconds since the Unix epoch.
        reason: Why it ended.
        fault: The error, where that is why.
    """
    output = partial.output_tokens if partial.message else 0
    usage = None
    priced: Priced | None = None
    if partial.usage is not None:
        usage = structs.replace(partial.usage, output=output)
        priced = _priced(usage, partial.raw_usage, planned.model, at)
        usage = structs.replace(usage, reported=False)
    return ev.RequestFailed(
        request=planned.number,
        reason=reason,
        error=fault.kind if fault else "",
        sentence=fault.description if fault else "",
        partial=partial.blocks,
        output=output,
        usage=usage,
        dollars=priced.total if priced else None,
        rates=priced.rates if priced else None,
        message=partial.message,
        needed=fault.facts.needed if fault else None,
        window=fault.facts.window if fault else None,
    )


def _priced(usage: Usage, raw: ev.JSON, model: Model, at: float) -> Priced | None:
    day = datetime.fromtimestamp(at, UTC).date()
    return price(usage, model, terms(raw, usage, model, day))

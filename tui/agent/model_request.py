"""One request to the model: its turn to be sent, request started, deltas, finished or failed.

If a stream breaks, the request ends with an event that charges what was generated; the turn then
sends it again. The log keeps a partial answer, but no request sends it back as if it were whole.
"""

from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from msgspec import structs

from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.request_permit import RequestPermit
from tui.agent.turn_context import ResponseStream, TurnContext
from tui.agent.turn_items import Emit
from tui.agent.turn_request import TurnRequest
from tui.budget.ledger import Usage
from tui.claude.catalogue import Model
from tui.claude.pricing import Priced, price, terms
from tui.claude.request import Request
from tui.claude.request_errors import ApiError
from tui.claude.response import PartialResponse, Response
from tui.claude.stream_events import MessageStarted
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
    permit = RequestPermit(planned, ctx, emit)
    try:
        await permit.wait()
        ctx.run.recent_requests.append(request)
        await emit(planned.started_event(request))
        outcome = await _answer(planned, request, permit, ctx, emit)
    finally:
        permit.close()
    now = ctx.services.now()
    if isinstance(outcome, Response):
        await emit(finished_event(outcome, planned, now))
    else:
        await emit(failed_event(outcome.partial, planned, now, "fault", outcome))
    return outcome


async def _answer(
    planned: TurnRequest, request: Request, permit: RequestPermit, ctx: TurnContext, emit: Emit
) -> Response | ApiError:
    """The response, or the error after which the request is not sent again.

    Args:
        planned: What the request was built from.
        request: What is sent.
        permit: Its place at the scheduler.
        ctx: What a turn works with.
        emit: Takes progress and events.

    Raises:
        Interrupted: the user stopped it; its `RequestFailed` is committed.
    """
    services, arrived = ctx.services, PartialResponse()
    try:
        while True:
            stream = services.client.send(request)
            try:
                read = partial(_read, stream, permit, emit)
                response = await run_interruptible(services.inbox.interrupt, read)
            except ApiError as fault:
                if not await permit.comes_again(fault):
                    return fault
            else:
                permit.close(response.usage)
                return response
            finally:
                arrived = stream.partial
    except Interrupted:
        permit.close(arrived.usage)
        await emit(failed_event(arrived, planned, services.now(), "interrupted", None))
        raise


async def _read(stream: ResponseStream, permit: RequestPermit, emit: Emit) -> Response:
    async with aclosing(stream):
        async for item in stream:
            if isinstance(item, Response):
                return item
            if isinstance(item, MessageStarted):
                permit.on_answer_began(item)
            await emit(item)
    raise AssertionError("a stream ends with its response or an error")


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

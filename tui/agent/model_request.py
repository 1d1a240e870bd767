"""One exchange with the model: request started, deltas, request finished or failed.

A stream that breaks is dropped and asked for again, a few times and visibly; what it had
generated is charged all the same. A partial answer is kept for the record and never sent
back as if it were whole.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Literal

from msgspec import structs

from tui.agent.concurrency import Emit, Interrupted, run_together
from tui.agent.turn_context import TurnContext
from tui.budget.ledger import Usage
from tui.claude.pricing import Priced, price, terms
from tui.claude.request import Request
from tui.claude.request_errors import ApiError
from tui.claude.response import PartialResponse, Response
from tui.claude.stream_events import StreamEvent
from tui.session import events as ev

Item = StreamEvent | ev.RequestFinished | ev.RequestFailed | Response | ApiError
"""What an exchange yields."""


async def send_request(
    request: Request, number: int, model: str, ctx: TurnContext
) -> AsyncGenerator[Item, None]:
    """Send `request` and yield its progress, its closing event, and what it came to.

    The last item is the `Response`, or the `Fault` it ended with; the event before it
    is to be committed first.

    Raises:
        Interrupted: the user stopped it; its `RequestFailed` was yielded before.
    """
    sending = ctx.client.send(request)

    async def listen(emit: Emit[StreamEvent | Response]) -> None:
        async for item in sending:
            emit(item)

    try:
        async with aclosing(run_together([listen], ctx.inbox.interrupt)) as items:
            async for item in items:
                if isinstance(item, Response):
                    yield finished_event(item, number, model, ctx)
                    yield item
                    return
                yield item
    except ApiError as fault:
        yield failed_event(fault.partial, number, model, ctx, "fault", fault)
        yield fault
    except Interrupted:
        yield failed_event(sending.partial, number, model, ctx, "interrupted", None)
        raise


def finished_event(
    response: Response, number: int, model: str, ctx: TurnContext
) -> ev.RequestFinished:
    """The event of a whole response, priced at today's rates."""
    priced = _priced(response.usage, response.raw_usage, model, ctx)
    return ev.RequestFinished(
        request=number,
        message=response.message,
        model=model,
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
    number: int,
    model: str,
    ctx: TurnContext,
    reason: Literal["fault", "interrupted"],
    fault: ApiError | None,
) -> ev.RequestFailed:
    """The event of a response that did not arrive whole; what was generated is charged."""
    output = partial.output_tokens if partial.message else 0
    usage = None
    priced: Priced | None = None
    if partial.usage is not None:
        usage = structs.replace(partial.usage, output=output)
        priced = _priced(usage, partial.raw_usage, model, ctx)
        usage = structs.replace(usage, reported=False)
    return ev.RequestFailed(
        request=number,
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


def _priced(usage: Usage, raw: ev.JSON, id: str, ctx: TurnContext) -> Priced | None:
    model = ctx.catalogue.model(id)
    day = datetime.fromtimestamp(ctx.now(), UTC).date()
    return price(usage, model, terms(raw, usage, model, day))

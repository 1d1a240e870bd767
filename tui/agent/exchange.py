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

from tui.agent.flow import Emit, Interrupted, merged
from tui.agent.means import Means
from tui.budget.ledger import Usage
from tui.claude.errors import Fault
from tui.claude.pricing import Priced, price, terms
from tui.claude.progress import Partial, Progress, Response
from tui.claude.request import Request
from tui.session import events as ev

Item = Progress | ev.RequestFinished | ev.RequestFailed | Response | Fault
"""What an exchange yields."""


async def exchange(
    request: Request, number: int, model: str, means: Means
) -> AsyncGenerator[Item, None]:
    """Send `request` and yield its progress, its closing event, and what it came to.

    The last item is the `Response`, or the `Fault` it ended with; the event before it
    is to be committed first.

    Raises:
        Interrupted: the user stopped it; its `RequestFailed` was yielded before.
    """
    sending = means.line.send(request)

    async def listen(emit: Emit[Progress | Response]) -> None:
        async for item in sending:
            emit(item)

    try:
        async with aclosing(merged([listen], means.desk.interrupt)) as items:
            async for item in items:
                if isinstance(item, Response):
                    yield finished(item, number, model, means)
                    yield item
                    return
                yield item
    except Fault as fault:
        yield failed(fault.partial, number, model, means, "fault", fault)
        yield fault
    except Interrupted:
        yield failed(sending.partial, number, model, means, "interrupted", None)
        raise


def finished(response: Response, number: int, model: str, means: Means) -> ev.RequestFinished:
    """The event of a whole response, priced at today's rates."""
    priced = _priced(response.usage, response.raw_usage, model, means)
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


def failed(
    partial: Partial,
    number: int,
    model: str,
    means: Means,
    reason: Literal["fault", "interrupted"],
    fault: Fault | None,
) -> ev.RequestFailed:
    """The event of a response that did not arrive whole; what was generated is charged."""
    output = partial.output if partial.message else 0
    usage = None
    priced: Priced | None = None
    if partial.usage is not None:
        usage = structs.replace(partial.usage, output=output)
        priced = _priced(usage, partial.raw_usage, model, means)
        usage = structs.replace(usage, reported=False)
    return ev.RequestFailed(
        request=number,
        reason=reason,
        error=fault.kind if fault else "",
        sentence=fault.happened if fault else "",
        partial=partial.blocks,
        output=output,
        usage=usage,
        dollars=priced.total if priced else None,
        rates=priced.rates if priced else None,
        message=partial.message,
        needed=fault.cause.needed if fault else None,
        window=fault.cause.window if fault else None,
    )


def _priced(usage: Usage, raw: ev.JSON, id: str, means: Means) -> Priced | None:
    model = means.catalogue.model(id)
    day = datetime.fromtimestamp(means.now(), UTC).date()
    return price(usage, model, terms(raw, usage, model, day))

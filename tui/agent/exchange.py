"""One exchange with the model: request started, deltas, request finished or failed.

A stream that breaks is dropped and asked for again, a few times and visibly; what it had
generated is charged all the same. A partial answer is kept for the record and never sent
back as if it were whole.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from msgspec import structs

from tui.agent.flow import Emit, Interrupted, merged
from tui.agent.means import Means
from tui.budget.ledger import Usage
from tui.claude.errors import Fault
from tui.claude.pricing import Priced, price, terms
from tui.claude.progress import (
    BlockStarted,
    InputDelta,
    MessageStarted,
    OutputCounted,
    Partial,
    Progress,
    Response,
    TextDelta,
    ThinkingDelta,
)
from tui.claude.request import Request
from tui.session import events as ev


class Draft:
    """What has arrived of a message, kept so that an interrupt can record it."""

    def __init__(self) -> None:
        self.start: MessageStarted | None = None
        self.counted = 0
        """Output tokens the stream reported last."""
        self.characters = 0
        self._kinds: list[str] = []
        self._texts: list[list[str]] = []

    def take(self, item: Progress) -> None:
        """Note one piece of progress."""
        match item:
            case MessageStarted():
                self.start = item
            case BlockStarted(type=kind):
                self._kinds.append(kind)
                self._texts.append([])
            case TextDelta(text=text) | ThinkingDelta(text=text) | InputDelta(json=text):
                self.characters += len(text)
                if self._texts:
                    self._texts[-1].append(text)
            case OutputCounted(tokens=tokens):
                self.counted = tokens
            case _:
                pass

    def partial(self) -> Partial:
        """The message so far; thinking without its signature is only counted, not kept."""
        blocks = tuple(
            {"type": "text", "text": "".join(text)}
            for kind, text in zip(self._kinds, self._texts, strict=True)
            if kind == "text" and text
        )
        start = self.start
        return Partial(
            message=start.message if start else None,
            model=start.model if start else "",
            blocks=blocks,
            usage=start.usage_input if start else None,
            characters=self.characters,
        )


async def exchange(
    request: Request, number: int, model: str, means: Means
) -> AsyncIterator[Progress | ev.RequestFinished | ev.RequestFailed | Response | Fault]:
    """Send `request` and yield its progress, its closing event, and what it came to.

    The last item is the `Response`, or the `Fault` it ended with; the event before it
    is to be committed first.

    Raises:
        Interrupted: the user stopped it; its `RequestFailed` was yielded before.
    """
    draft = Draft()

    async def listen(emit: Emit[Progress | Response]) -> None:
        async for item in means.line.send(request):
            emit(item)

    try:
        async for item in merged([listen], means.desk.interrupt):
            if isinstance(item, Response):
                yield finished(item, number, model, means)
                yield item
                return
            draft.take(item)
            yield item
    except Fault as fault:
        partial = fault.partial if fault.partial.message else draft.partial()
        yield failed(partial, number, model, means, "fault", fault, draft.counted)
        yield fault
    except Interrupted:
        yield failed(draft.partial(), number, model, means, "interrupted", None, draft.counted)
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
        seconds=response.seconds,
    )


def failed(
    partial: Partial,
    number: int,
    model: str,
    means: Means,
    reason: Literal["fault", "interrupted"],
    fault: Fault | None,
    counted: int,
) -> ev.RequestFailed:
    """The event of a response that did not arrive whole; what was generated is charged."""
    estimate = partial.characters // 4 + partial.thinking_estimate
    reported = partial.usage.output if partial.usage else 0
    output = max(estimate, counted, reported) if partial.message else 0
    usage = None
    dollars: Decimal | None = None
    if partial.usage is not None:
        usage = with_output(partial.usage, output)
        priced = _priced(usage, partial.raw_usage, model, means)
        dollars = priced.total if priced else None
    return ev.RequestFailed(
        request=number,
        reason=reason,
        error=fault.kind if fault else "",
        sentence=fault.sentence if fault else "",
        partial=partial.blocks,
        output=output,
        usage=usage,
        dollars=dollars,
        message=partial.message,
    )


def _priced(usage: Usage, raw: ev.JSON, id: str, means: Means) -> Priced | None:
    model = means.catalogue.model(id)
    day = datetime.fromtimestamp(means.now(), UTC).date()
    return price(usage, model, terms(raw, usage, model, day))


def with_output(usage: Usage, output: int) -> Usage:
    """`usage` with its output replaced by an estimate."""
    return structs.replace(usage, output=output, reported=False)

"""The last requests of a session, built once more from its log: what an earlier run sent.

No request is kept as it went out, but everything it was made of is, and one builder makes them
all. Of what is no message the log has a digest: it says whether the same came out again.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.agent.cache_cost import asks_cache_diagnostics
from tui.agent.compaction import SUMMARY_REQUEST, messages_to_summarise, with_question
from tui.agent.compaction_policy import server_threshold
from tui.agent.turn_context import TurnContext
from tui.claude.request import Preamble, Request, RequestOptions, build_request
from tui.session import events as ev
from tui.session.state import SessionState


class RebuiltRequest(NamedTuple):
    """A request as it can be built again."""

    request: Request
    verified: bool
    """Whether the digest in the log is that of this request."""


def rebuild_requests(
    records: Sequence[ev.Record], ctx: TurnContext, last: int = 2
) -> list[RebuiltRequest]:
    """The last requests in `records`, the newest last; those that can be built at all.

    Args:
        records: The whole log.
        ctx: What a turn works with; settings that left no trace in the log are those of now.
        last: How many.
    """
    wanted = [record.seq for record in records if isinstance(record.event, ev.RequestStarted)]
    state, found = SessionState(), []
    for record in records:
        state.apply(record)
        if record.seq in wanted[-last:] and isinstance(record.event, ev.RequestStarted):
            found += _rebuild(state, record.event, ctx)
    return found


def _rebuild(
    state: SessionState, started: ev.RequestStarted, ctx: TurnContext
) -> list[RebuiltRequest]:
    """The request that `started` told of, if it can be built from the state it began in."""
    ways = []
    for messages, options in _candidates(state, started, ctx):
        try:
            request = _build(state, started, ctx, messages, options)
        except ValueError:
            continue  # nothing the API would take
        ways.append(RebuiltRequest(request, request.cache_key() == started.shape))
    return sorted(ways, key=lambda way: not way.verified)[:1]


def _candidates(
    state: SessionState, started: ev.RequestStarted, ctx: TurnContext
) -> Iterator[tuple[list[ev.JSON], RequestOptions]]:
    """Messages and options it may have had: not all that decides is in the log."""
    messages = state.conversation.sendable()
    effort = started.top_effort or started.effort
    if started.purpose == "compaction":
        messages = messages_to_summarise(state.conversation)
        yield (
            with_question(messages, SUMMARY_REQUEST),
            RequestOptions(effort, started.budget, started.max_tokens),
        )
        demand = {"type": "summarize"}
        yield (
            messages,
            RequestOptions(effort, started.budget, started.max_tokens, compaction=demand),
        )
        return
    asked_why = started.follows is not None or asks_cache_diagnostics(ctx)
    extra = {"diagnostics": {"previous_message_id": started.follows}} if asked_why else {}
    for above in dict.fromkeys((server_threshold(state, ctx), None)):
        yield (
            messages,
            RequestOptions(
                effort, started.budget, started.max_tokens, compact_above=above, extra=extra
            ),
        )


def _build(
    state: SessionState,
    started: ev.RequestStarted,
    ctx: TurnContext,
    messages: Sequence[ev.JSON],
    options: RequestOptions,
) -> Request:
    told = state.preamble
    preamble = Preamble(told.system, told.tools) if told else Preamble()
    return build_request(ctx.catalogue.model(started.model), preamble, messages, options)

"""The last requests of a session, built once more from its log: what an earlier run sent.

The log keeps no request, but everything that requests are built from, and one builder builds them
all. It also keeps a digest of everything but the messages, which shows whether the result is the
same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tui.agent.cache_cost import asks_cache_diagnostics
from tui.agent.compaction_policy import CompactionPolicy
from tui.agent.summary_messages import SUMMARY_REQUEST, messages_to_summarise, with_question
from tui.agent.turn_context import TurnContext
from tui.claude.catalogue import Model
from tui.claude.request import Preamble, Request, RequestOptions, build_request
from tui.session import events as ev
from tui.session.event_fold import apply_record
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
        apply_record(state, record)
        if record.seq in wanted[-last:] and isinstance(record.event, ev.RequestStarted):
            above = CompactionPolicy.of(state, ctx).server_threshold
            candidates = _Candidates(
                state,
                record.event,
                ctx.services.catalogue.model(record.event.model),
                asks_why=asks_cache_diagnostics(ctx.run),
                compact_above=above,
            )
            found += candidates.best()
    return found


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The requests that one may have been: not all that decides is in the log."""

    state: SessionState
    """In which it began."""
    started: ev.RequestStarted
    model: Model
    asks_why: bool
    """Whether requests ask the server now why its cache was missed."""
    compact_above: int | None
    """Where the server shortens the conversation by the settings of now."""

    def best(self) -> list[RebuiltRequest]:
        """The request that the log tells of, if it can be built from the state it began in."""
        told = self.state.preamble
        preamble = Preamble(told.system, told.tools) if told else Preamble()
        found = []
        for messages, options in self._all():
            try:
                request = build_request(self.model, preamble, messages, options)
            except ValueError:
                continue  # nothing the API would take
            found.append(RebuiltRequest(request, request.cache_key() == self.started.shape))
        return sorted(found, key=lambda each: not each.verified)[:1]

    def _all(self) -> Iterator[tuple[list[ev.JSON], RequestOptions]]:
        """Messages and options it may have had."""
        started = self.started
        effort = started.top_effort or started.effort
        same = RequestOptions(effort, started.budget, started.max_tokens)
        if started.purpose == "compaction":
            messages = messages_to_summarise(self.state.conversation)
            yield with_question(messages, SUMMARY_REQUEST), same
            yield messages, replace(same, compaction={"type": "summarize"})
            return
        messages = self.state.conversation.sendable()
        extra = {}
        if started.follows is not None or self.asks_why:
            extra = {"diagnostics": {"previous_message_id": started.follows}}
        for above in dict.fromkeys((self.compact_above, None)):
            yield messages, replace(same, compact_above=above, extra=extra)

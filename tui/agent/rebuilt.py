"""The last requests of a session, built once more from its log: what an earlier run sent.

No request is kept as it went out, but everything it was made of is, and one builder makes them
all. Of what is no message the log has a digest: it says whether the same came out again.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.agent.caching import asks
from tui.agent.compaction import ASK, asked, to_summarise
from tui.agent.compaction_policy import server_threshold
from tui.agent.means import Means
from tui.claude.request import Options, Preamble, Request, build
from tui.session import events as ev
from tui.session.state import SessionState


class Rebuilt(NamedTuple):
    """A request as it can be built again."""

    request: Request
    proven: bool
    """Whether the digest in the log is that of this request."""


def rebuilt(records: Sequence[ev.Record], means: Means, last: int = 2) -> list[Rebuilt]:
    """The last requests in `records`, the newest last; those that can be built at all.

    Args:
        records: The whole log.
        means: What a turn works with; settings that left no trace in the log are those of now.
        last: How many.
    """
    wanted = [record.seq for record in records if isinstance(record.event, ev.RequestStarted)]
    state, found = SessionState(), []
    for record in records:
        state.apply(record)
        if record.seq in wanted[-last:] and isinstance(record.event, ev.RequestStarted):
            found += _again(state, record.event, means)
    return found


def _again(state: SessionState, started: ev.RequestStarted, means: Means) -> list[Rebuilt]:
    """The request that `started` told of, if it can be built from the state it began in."""
    ways = []
    for messages, options in _ways(state, started, means):
        try:
            request = _build(state, started, means, messages, options)
        except ValueError:
            continue  # nothing the API would take
        ways.append(Rebuilt(request, request.shape() == started.shape))
    return sorted(ways, key=lambda way: not way.proven)[:1]


def _ways(
    state: SessionState, started: ev.RequestStarted, means: Means
) -> Iterator[tuple[list[ev.JSON], Options]]:
    """Messages and options it may have had: not all that decides is in the log."""
    messages = state.conversation.sendable()
    effort = started.top_effort or started.effort
    if started.purpose == "compaction":
        messages = to_summarise(state.conversation)
        yield asked(messages, ASK), Options(effort, started.budget, started.max_tokens)
        demand = {"type": "summarize"}
        yield messages, Options(effort, started.budget, started.max_tokens, compaction=demand)
        return
    asked_why = started.follows is not None or asks(means)
    extra = {"diagnostics": {"previous_message_id": started.follows}} if asked_why else {}
    for above in dict.fromkeys((server_threshold(state, means), None)):
        yield (
            messages,
            Options(effort, started.budget, started.max_tokens, compact_above=above, extra=extra),
        )


def _build(
    state: SessionState,
    started: ev.RequestStarted,
    means: Means,
    messages: Sequence[ev.JSON],
    options: Options,
) -> Request:
    told = state.preamble
    preamble = Preamble(told.system, told.tools) if told else Preamble()
    return build(means.catalogue.model(started.model), preamble, messages, options)

"""One request of a session: everything it says, computed once.

Log entry and body are made from the same value: the budget that `RequestStarted` names is the
budget in the body, and so are effort, model and output limit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tui.agent.budget_visibility import api_announces_budget
from tui.agent.compaction_policy import CompactionPolicy
from tui.agent.turn_context import TurnContext
from tui.budget.wire_budget import WireBudget
from tui.claude.catalogue import Model
from tui.claude.request import Preamble, Request, RequestOptions, build_request
from tui.session import events as ev
from tui.session.state import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """A request before it is built: the source of its log entry and of its body."""

    number: int
    """From 1, within the session."""
    turn: int
    model: Model
    effort: str | None
    """What the model works with."""
    top_effort: str | None
    """What the parameters say: a system message in the conversation may say otherwise."""
    budget: WireBudget | None
    """The task budget on the wire; None where none is sent."""
    max_tokens: int
    """Most output tokens of the answer."""
    clamped: bool = False
    """Whether a hard limit is what limits the answer."""
    preamble: Preamble
    messages: Sequence[ev.JSON]
    purpose: Literal["turn", "compaction", "landing"] = "turn"
    subtask: str | None = None
    """Id of the subtask that is charged with it."""
    new_input: int = 0
    """Estimated tokens of it that the prompt cache does not hold."""
    compact_above: int | None = None
    """Input tokens from which on the server shortens the conversation; None where it never does."""
    follows: str | None = None
    """Id of the message whose request the API is to compare it with."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More top-level parameters."""
    compaction: ev.JSON | None = None
    """Asks the server for a summary."""
    question: int = 0
    """Estimated tokens of the question for a summary; 0 without one."""
    shortened: bool = False
    """Whether it carries a shortened copy of the conversation."""

    def build(self) -> Request:
        """The request as it is sent.

        Raises:
            ValueError: the API would refuse it.
        """
        options = RequestOptions(
            effort=self.top_effort,
            budget=self.budget,
            max_tokens=self.max_tokens,
            compaction=self.compaction,
            compact_above=self.compact_above,
            extra=self.extra,
        )
        return build_request(self.model, self.preamble, self.messages, options)

    def started_event(self, request: Request) -> ev.RequestStarted:
        """The log entry of this request.

        Args:
            request: As built from this.
        """
        return ev.RequestStarted(
            request=self.number,
            turn=self.turn,
            model=self.model.id,
            effort=self.effort,
            top_effort=self.top_effort,
            max_tokens=request.max_tokens,
            budget=self.budget,
            messages=len(request.params["messages"]),
            subtask=self.subtask,
            purpose=self.purpose,
            shape=request.cache_key(),
            follows=self.follows,
            question=self.question,
            shortened=self.shortened,
        )


def estimate_new_input(state: SessionState, model: Model, now: float) -> int:
    """Tokens of a request made now that the prompt cache does not hold, estimated.

    Args:
        state: The session.
        model: The model of the request.
        now: Seconds since the Unix epoch.
    """
    warmth = state.prompt_cache
    held = {"nothing": warmth.cached_tokens, "messages": warmth.preamble, "all": 0}
    cached = held[warmth.lost(now)] if warmth.model == model.id else 0
    return max(0, state.context_used - cached)


def session_preamble(state: SessionState) -> Preamble:
    """System text and tools of the session, as they are sent with every request."""
    assert state.preamble is not None, "a session has its preamble before its first turn"
    return Preamble(state.preamble.system, state.preamble.tools)


def announced_budget(
    state: SessionState,
    ctx: TurnContext,
    model: Model,
    *,
    by_server: bool = False,
    asked: bool = False,
) -> WireBudget | None:
    """The task budget that the API tells `model` with a request made now; None for none.

    Args:
        state: The session.
        ctx: What a turn works with.
        model: The model of the request.
        by_server: Whether the request asks the server for a summary; it may write one unasked, too.
        asked: Whether the request ends with a question of ours that the conversation does not keep.
    """
    if not api_announces_budget(state, model, ctx.run):
        return None
    by_server = by_server or CompactionPolicy.of(state, ctx).server_threshold is not None
    return state.wire_budget(by_server=by_server, asked=asked)


def effort_parameter(state: SessionState, effort: str | None) -> str | None:
    """The effort in the parameters: the old one while a system message announced another."""
    announced = state.announced_effort == effort and state.top_effort is not None
    return state.top_effort if announced else effort


# A request for a summary -------------------------------------------------------------


def summary_budget(state: SessionState, ctx: TurnContext, *, by_server: bool) -> WireBudget | None:
    """The task budget of the request for a summary; None where the API announces none.

    Args:
        state: The session.
        ctx: What a turn works with.
        by_server: Whether the server writes it, so that no question follows the conversation.
    """
    model = ctx.services.catalogue.model(state.model)
    return announced_budget(state, ctx, model, by_server=by_server, asked=not by_server)


def summary_effort(state: SessionState) -> str | None:
    """The effort in its parameters: that of the requests before, so that the cache holds."""
    return state.top_effort or state.effort

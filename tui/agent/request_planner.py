"""Plans the next request of a turn: how much it may answer, and what it carries."""

from tui.agent.cache_cost import cache_diagnostics_parameter, previous_message_id
from tui.agent.landing import Landing
from tui.agent.turn_context import TurnContext
from tui.agent.turn_request import (
    TurnRequest,
    announced_budget,
    effort_parameter,
    estimate_new_input,
    session_preamble,
)
from tui.agent.window_guard import WindowGuard
from tui.claude.catalogue import Model
from tui.claude.request import default_max_tokens
from tui.session.checklist import current_subtask


class RequestPlanner:
    """Plans the requests of one turn."""

    def __init__(
        self,
        ctx: TurnContext,
        model: Model,
        landing: Landing,
        window_guard: WindowGuard,
    ) -> None:
        """Args:
        ctx: What the turn works with.
        model: The model of the turn.
        landing: Says what a landing may still take.
        window_guard: Says what the window leaves to an answer.
        """
        self._ctx = ctx
        self._model = model
        self._landing = landing
        self._limit_checker = landing.limit_checker
        self._window_guard = window_guard
        self._state = landing.state
        self._effort = model.effort(landing.state.effort)
        """Frozen for the turn: a change in mid-turn would miss the cache."""
        self.pool_room: int | None = None
        """Output tokens that the team's pool leaves to the next request; None without one."""

    def plan(self) -> TurnRequest:
        """The next request of the turn."""
        state, ctx = self._state, self._ctx
        subtask = current_subtask(state.checklist)
        max_tokens, clamped = self._output_limit()
        if self.pool_room is not None and self.pool_room < max_tokens:
            max_tokens, clamped = self.pool_room, False
        return TurnRequest(
            number=state.request + 1,
            turn=state.turn,
            model=self._model,
            effort=self._effort,
            top_effort=effort_parameter(state, self._effort),
            budget=announced_budget(state, ctx, self._model),
            max_tokens=max_tokens,
            clamped=clamped,
            preamble=session_preamble(state),
            messages=state.conversation.sendable(),
            purpose="landing" if self._landing.underway else "turn",
            subtask=subtask.id if subtask else None,
            new_input=estimate_new_input(state, self._model, ctx.services.now()),
            compact_above=self._window_guard.compact_above(),
            follows=previous_message_id(state, ctx.run),
            extra=cache_diagnostics_parameter(state, ctx.run),
        )

    @property
    def output_wish(self) -> int:
        """Most output tokens of the next answer, whatever a pool leaves to it."""
        return self._output_limit()[0]

    def _output_limit(self) -> tuple[int, bool]:
        """Most output tokens of the answer, and whether a hard limit is why."""
        usual = default_max_tokens(self._model, self._effort)
        usual = min(usual, self._window_guard.answer_room)
        if (room := self._landing.output_room) is not None:
            usual = min(usual, room)
        room = self._limit_checker.output_room()
        return (room, True) if room is not None and room < usual else (usual, False)

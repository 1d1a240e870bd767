"""A request's permit: it waits for its turn, and tells the scheduler what became of it.

While it waits the user sees why, the clock of the agent stands still, and an interrupt ends the
wait at once. A refusal of the server (429, 529) is no failure of the agent: the request waits for
its turn again, as everybody's does.
"""

from tui.agent.concurrency import run_interruptible
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import Emit
from tui.agent.turn_request import TurnRequest
from tui.agent.waiting_time import waiting_time
from tui.budget.ledger import Usage
from tui.budget.rate_buckets import RateCost
from tui.budget.request_pacing import PacedWait
from tui.claude.catalogue import undated_id
from tui.claude.request_errors import ApiError
from tui.claude.retry import REFUSALS
from tui.claude.stream_events import MessageStarted, Retrying
from tui.session.meter_readings import rate_limits


class RequestPermit:
    """The permit of one request of a turn."""

    def __init__(self, planned: TurnRequest, ctx: TurnContext, emit: Emit) -> None:
        """Args:
        planned: The request.
        ctx: What the turn works with.
        emit: Takes what there is to tell of a wait.
        """
        self._planned, self._ctx, self._emit = planned, ctx, emit
        self._agent = ctx.services.pacing
        self._scheduler = self._agent.scheduler
        self._lane = self._scheduler.lane(undated_id(planned.model.id))
        self._cost = self._agent.expected_cost(planned.new_input, planned.max_tokens)
        self._number: int | None = None
        """Its number at the scheduler; None while it is not underway."""
        self._input_counted = False
        """Whether the server took its input."""
        self._tries_again = False
        """Whether the user was told that it is sent again."""
        self._refusals = 0
        """Refusals in a row, of anybody, that no other agent had told of."""
        self._served = 0
        """Requests that the server had taken at the last of them."""

    async def wait(self) -> None:
        """Wait until it may be sent.

        Raises:
            Interrupted: the user does not want to wait.
        """
        async with waiting_time(self._ctx, self._planned.number, self._emit):
            await run_interruptible(self._ctx.services.inbox.interrupt, self._admit)

    async def _admit(self) -> None:
        self._number = await self._scheduler.admit(
            self._lane, self._agent.name, self._agent.weight, self._cost, self._tell
        )

    async def _tell(self, wait: PacedWait) -> None:
        if wait.kind is not None or not self._tries_again:
            await self._emit(wait)

    def on_answer_began(self, started: MessageStarted) -> None:
        """The server takes the request; it says what is left of its limits."""
        self._input_counted = True
        if self._number is not None:
            self._scheduler.observe(self._lane, self._number, rate_limits(started.limits))

    async def comes_again(self, fault: ApiError) -> bool:
        """Wait for its turn to be sent again, where the server refused it for now.

        Returns:
            Whether to send it again; False where another error ended it, or where the server
            refused it too often.

        Raises:
            Interrupted: the user does not want to wait.
        """
        if self._lane.served > self._served:  # then the others' requests are why
            self._served, self._refusals = self._lane.served, 0
        pause = self._pause(fault)
        if pause is None or self._number is None:
            self.close(fault.partial.usage)
            return False
        number, self._number = self._number, None
        self._scheduler.observe(self._lane, number, rate_limits(fault.facts.limits))
        is_news = self._scheduler.refuse(self._lane, number, pause)
        # Those that were refused together are one refusal, and one of them counts it.
        self._refusals += is_news
        self._tries_again = True
        await self._emit(Retrying(max(1, self._refusals) + 1, pause, fault))
        await self.wait()
        return True

    def _pause(self, fault: ApiError) -> float | None:
        """Seconds until the server may be asked again; None where it is not asked again."""
        if fault.kind not in REFUSALS or fault.partial.message is not None:
            return None
        policy, random = self._ctx.settings.refusal_policy, self._ctx.services.random
        return policy.pause_before_retry(self._refusals + 1, fault, random)

    def close(self, usage: Usage | None = None) -> None:
        """The request is over; a second call changes nothing.

        Args:
            usage: What it used; None where the server told nothing.
        """
        if self._number is None:
            return
        used = self._cost if self._input_counted else None
        if usage is not None:
            used = RateCost(usage.input + usage.cache_write, usage.output)
            self._agent.note_output(usage.output)
        self._scheduler.finish(self._lane, self._number, used)
        self._number = None

"""Calls that repeat each other with nothing changed between, also with other calls in between.

The same call counts if its result is the same to the letter: a poll whose answer moves, if only
by a number, is no repetition. Calls that differ only in digits and white space count together, a
longer while. Calls of one message count once: none of them knew the result of another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tui.agent.loop_evidence import CallOutcome, RequestStep, outcome_text

WINDOW_FACTOR = 2
"""The same call is counted among so many times as many requests."""
ALIKE_FACTOR = 2
"""So many times as often may calls repeat each other that are only alike."""
ALIKE_WINDOW = 5 / 3
"""They are counted among so many times as many requests."""
WAITING_REQUESTS = 10
"""Requests in which a call may give the same result that waits on purpose, at least."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A call of the last request that earlier ones repeat."""

    what: str
    """As the beginning of a sentence."""
    times: int
    since: RequestStep
    """The first of these requests."""


@dataclass(slots=True)
class CallsSinceChange:
    """The requests with calls since a file was written or a subtask was closed."""

    _requests: list[tuple[RequestStep, list[CallOutcome]]] = field(default_factory=list)

    def add(self, call: CallOutcome, step: RequestStep) -> None:
        """Take one more call, and the request that it belongs to."""
        if not self._requests or self._requests[-1][0] is not step:
            self._requests.append((step, []))
        self._requests[-1][1].append(call)

    def clear(self) -> None:
        """Something changed, or the user said something."""
        self._requests.clear()

    def same(self, most: int) -> Repetition | None:
        """A call of the last request, if it gave the same result in `most` requests lately.

        Args: most: Requests; for a call that waits on purpose `WAITING_REQUESTS` at least.
        """
        for last in self._last_calls:
            wanted = max(most, WAITING_REQUESTS) if last.fingerprint.waits else most
            steps = self._repeats(_same_as(last), WINDOW_FACTOR * wanted)
            if len(steps) >= wanted:
                return Repetition(self._same_text(last, steps), len(steps), steps[0])
        return None

    def is_nearly_same(self, most: int) -> bool:
        """Whether the last request is the first with a call that is one time short of `most`.

        Args: most: Requests in which the same call may give the same result.
        """
        found = self.same(most - 1) if most > 2 else None
        if found is None or found.times != most - 1:
            return False
        return CallsSinceChange(self._requests[:-1]).same(most - 1) is None

    def alike(self, most: int) -> Repetition | None:
        """A call of the last request, if calls like it gave its result too often lately.

        Calls that wait or print nothing do not count, nor do those that failed: they have a rule
        of their own.

        Args: most: Requests in which the same call may give the same result.
        """
        wanted = ALIKE_FACTOR * most
        for last in self._last_calls:
            facts = last.fingerprint
            if facts.waits or facts.silent or last.failed:
                continue
            steps = self._repeats(_alike(last), round(ALIKE_WINDOW * wanted))
            if len(steps) >= wanted:
                what = f"{len(steps)} calls like {outcome_text(last)} gave the same result"
                return Repetition(what, len(steps), steps[0])
        return None

    @property
    def _last_calls(self) -> list[CallOutcome]:
        return self._requests[-1][1] if self._requests else []

    def _repeats(self, counts: Callable[[CallOutcome], bool], window: int) -> list[RequestStep]:
        """Those of the last `window` requests with a call that counts."""
        latest = self._requests[-window:]
        return [step for step, calls in latest if any(map(counts, calls))]

    def _same_text(self, last: CallOutcome, steps: list[RequestStep]) -> str:
        said = f"{outcome_text(last)} gave the same result {len(steps)} times"
        places = [at for at, (step, _) in enumerate(self._requests) if step is steps[0]]
        requests = len(self._requests) - places[0]
        if requests == len(steps):
            return f"{said} in a row"
        return f"{said} in {requests} requests, and nothing changed between"


def _same_as(last: CallOutcome) -> Callable[[CallOutcome], bool]:
    wanted = last.fingerprint.call, last.fingerprint.exact_result
    return lambda call: (call.fingerprint.call, call.fingerprint.exact_result) == wanted


def _alike(last: CallOutcome) -> Callable[[CallOutcome], bool]:
    wanted = last.fingerprint.call_shape, last.fingerprint.exact_result
    return lambda call: (call.fingerprint.call_shape, call.fingerprint.exact_result) == wanted

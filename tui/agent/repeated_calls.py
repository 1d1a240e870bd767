"""Calls that repeat each other with nothing changed between, also with other calls in between.

The same call counts if its result is the same to the letter: a poll whose answer moves, if only
by a number, is no repetition. Calls that differ only in digits and white space count together, a
longer while. The calls of one message alone are no repetition: none of them knew the result of
another.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tui.agent.loop_evidence import CallOutcome, RequestStep, outcome_text

WINDOW_FACTOR = 2
"""The same call is counted among so many times as many calls."""
ALIKE_FACTOR = 2
"""So many times as often may calls repeat each other that are only alike."""
ALIKE_WINDOW = 5 / 3
"""They are counted among so many times as many calls."""
WAITING_CALLS = 10
"""Times that a call may give the same result that waits on purpose, at least."""


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
    """The calls since a file was written or a subtask was closed."""

    _calls: list[tuple[RequestStep, CallOutcome]] = field(default_factory=list)
    """Each with the request that it belongs to."""

    def add(self, call: CallOutcome, step: RequestStep) -> None:
        """Take one more call, and the request that it belongs to."""
        self._calls.append((step, call))

    def clear(self) -> None:
        """Something changed, or the user said something."""
        self._calls.clear()

    def same(self, most: int) -> Repetition | None:
        """A call of the last request, if it gave the same result `most` times lately.

        Args: most: Times; for a call that waits on purpose `WAITING_CALLS` at least.
        """
        for at, last in self._last_calls():
            wanted = max(most, WAITING_CALLS) if last.fingerprint.waits else most
            if found := self._repeats(at, _same_as(last), wanted, WINDOW_FACTOR * wanted):
                return Repetition(self._same_text(at, found), len(found), self._calls[found[0]][0])
        return None

    def is_nearly_same(self, most: int) -> bool:
        """Whether the last request is the first with a call that is one time short of `most`.

        Args: most: Times that the same call may give the same result.
        """
        found = self.same(most - 1) if most > 2 else None
        if found is None or found.times != most - 1:
            return False
        first = next(self._last_calls())[0]
        return CallsSinceChange(self._calls[:first]).same(most - 1) is None

    def alike(self, most: int) -> Repetition | None:
        """A call of the last request, if calls like it gave its result too often lately.

        Calls that wait or print nothing do not count.

        Args: most: Times that the same call may give the same result.
        """
        wanted = ALIKE_FACTOR * most
        for at, last in self._last_calls():
            if last.fingerprint.waits or last.fingerprint.silent:
                continue
            if found := self._repeats(at, _alike(last), wanted, round(ALIKE_WINDOW * wanted)):
                what = f"{len(found)} calls like {outcome_text(last)} gave the same result"
                return Repetition(what, len(found), self._calls[found[0]][0])
        return None

    def _last_calls(self) -> Iterator[tuple[int, CallOutcome]]:
        """The calls of the last request, each with its place."""
        places = range(len(self._calls))
        return ((at, self._calls[at][1]) for at in places if self._step(at) is self._step(-1))

    def _step(self, at: int) -> RequestStep:
        return self._calls[at][0]

    def _repeats(
        self, at: int, counts: Callable[[CallOutcome], bool], wanted: int, window: int
    ) -> list[int]:
        """Where calls repeat the one at a place; empty where they are fewer than wanted.

        Args:
            at: The place of the last of them.
            counts: Whether a call is one of them.
            wanted: How many there are at least, in two requests or more.
            window: How many calls are looked at, up to that place.
        """
        places = range(max(0, at + 1 - window), at + 1)
        found = [place for place in places if counts(self._calls[place][1])]
        is_known = len(found) >= wanted and self._step(found[0]) is not self._step(at)
        return found if is_known else []

    def _same_text(self, at: int, found: list[int]) -> str:
        said = f"{outcome_text(self._calls[at][1])} gave the same result {len(found)} times"
        if found == [*range(found[0], at + 1)]:
            return f"{said} in a row"
        requests = len({id(self._step(place)) for place in range(found[0], at + 1)})
        return f"{said} in {requests} requests, and nothing changed between"


def _same_as(last: CallOutcome) -> Callable[[CallOutcome], bool]:
    wanted = last.fingerprint.call, last.fingerprint.exact_result
    return lambda call: (call.fingerprint.call, call.fingerprint.exact_result) == wanted


def _alike(last: CallOutcome) -> Callable[[CallOutcome], bool]:
    wanted = last.fingerprint.call_shape, last.fingerprint.exact_result
    return lambda call: (call.fingerprint.call_shape, call.fingerprint.exact_result) == wanted

"""A pool that several draw from: it never hands out more than it has.

Whoever draws holds a *lease*: so many tokens reserved, a counter of what was used, an end. A
purse is a pool in one period: `free = granted - held - spent`. A lease that lives holds what is
reserved, or what was used where that is more; one that has ended counts what was used as spent.

A settlement says "used so far, by event number n of my log". The highest number wins, so it may
be sent twice, late, or after a crash: nothing is added twice, and nothing is lost. A grant never
overdraws a purse; the truth about what was used may, and is always booked.

Values in, values out: no clock, no file. Every verb gives the books after it and its answer, and
a refusal leaves the books as they were. `Pool` is the protocol that a holder of such books
serves, be it a session's log or a database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal, Protocol

LeaseState = Literal["open", "doubt", "closed", "lapsed"]
"""Living · its time is over without a word · ended by its drawer · given up by the pool."""
PoolOutcome = Literal["granted", "kept", "refused", "settled", "late", "ended", "unknown"]
"""A new lease · the same one again · nothing handed out · booked · booked after the end · that
lease has ended · there is no such lease of this drawer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What one drawer may spend without asking."""

    purse: str
    drawer: str = ""
    """Who draws; nobody else is told anything of it."""
    amount: int
    """Tokens granted, raises included."""
    used: int = 0
    """Tokens used, as settled last."""
    number: int = 0
    """Number of the settlement that said so; it never falls."""
    state: LeaseState = "open"
    until: float = inf
    """When it ends by itself, in the seconds of the caller's clock."""

    @property
    def is_living(self) -> bool:
        """Whether it still holds its tokens."""
        return self.state in ("open", "doubt")

    @property
    def held(self) -> int:
        """Tokens that nobody else gets: granted, or used where that is more."""
        return max(self.amount, self.used) if self.is_living else 0

    @property
    def spent(self) -> int:
        """Tokens that are gone for good."""
        return 0 if self.is_living else self.used


@dataclass(frozen=True, slots=True)
class Purse:
    """The grant of a pool in one period."""

    granted: int
    parent: str | None = None
    """The purse that it is part of: what is drawn here is drawn there as well."""
    over: int = 0
    """Most tokens by which the truth, or a lowered grant, ever went beyond the grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurseFigures:
    """What became of a purse, its parts included; tokens."""

    granted: int
    held: int
    spent: int

    @property
    def free(self) -> int:
        """What may still be handed out; negative where it is overdrawn."""
        return self.granted - self.held - self.spent

    @property
    def overdrawn(self) -> int:
        """How far it is beyond its grant now."""
        return max(0, -self.free)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAnswer:
    """What a verb answered; the facts from which a sentence is made."""

    outcome: PoolOutcome
    amount: int = 0
    """Tokens of the lease after it; 0 where there is none."""
    number: int = 0
    """The number known before: lower than what was acknowledged means an older copy."""
    free: int = 0
    """Tokens left to hand out after it, in the tightest purse of the path."""
    tightest: str = ""
    """With `refused`: the purse that has too little."""
    short_by: int = 0
    """With `refused`: tokens that are missing to the least that would do."""


@dataclass(frozen=True, slots=True)
class PoolBooks:
    """All purses and leases, as a value."""

    purses: Mapping[str, Purse] = field(default_factory=dict)
    leases: Mapping[str, Lease] = field(default_factory=dict)
    portion: int = 1
    """A reservation gets at most one part in so many of what is free, or the least it takes."""

    # Asking ----------------------------------------------------------------------

    def figures(self, purse: str) -> PurseFigures:
        """What became of a purse."""
        own = [each for each in self.leases.values() if purse in self._path(each.purse)]
        return PurseFigures(
            granted=self.purses[purse].granted,
            held=sum(each.held for each in own),
            spent=sum(each.spent for each in own),
        )

    def free(self, purse: str) -> int:
        """Tokens that a lease on this purse could get: of the tightest purse of its path."""
        return self.figures(self._tightest(purse)).free

    def _tightest(self, purse: str) -> str:
        return min(self._path(purse), key=lambda each: self.figures(each).free)

    def _path(self, purse: str) -> Iterator[str]:
        at: str | None = purse
        while at is not None:
            yield at
            at = self.purses[at].parent

    # Grants ----------------------------------------------------------------------

    def granting(self, purse: str, granted: int, parent: str | None = None) -> "PoolBooks":
        """The books with a new purse, or another grant of one; running leases stay as they are."""
        known = self.purses.get(purse)
        new = Purse(granted, parent) if known is None else replace(known, granted=granted)
        return replace(self, purses={**self.purses, purse: new})._noting_truth(purse)

    # Leases ----------------------------------------------------------------------

    def reserve(
        self,
        lease: str,
        purse: str,
        want: int,
        *,
        minimum: int,
        drawer: str = "",
        until: float = inf,
    ) -> tuple["PoolBooks", PoolAnswer]:
        """Hand out tokens: asked for again, the same lease is the answer.

        Args:
            lease: Its id, chosen by the drawer.
            purse: Where it draws from.
            want: Tokens wished for, at least `minimum`.
            minimum: Tokens below which they are no use.
            drawer: Who draws.
            until: When the lease ends by itself.
        """
        if lease in self.leases:
            found = self._own(lease, drawer)
            if found is None:
                return self, PoolAnswer(outcome="unknown")
            outcome: PoolOutcome = "kept" if found.is_living else "ended"
            free = self.free(found.purse)
            return self, PoolAnswer(
                outcome=outcome, amount=found.amount, number=found.number, free=free
            )
        got = self._slice(purse, max(want, minimum), minimum)
        if not got:
            return self, self._refusal(purse, minimum)
        new = Lease(purse=purse, drawer=drawer, amount=got, until=until)
        after = self._with(lease, new)
        return after, PoolAnswer(outcome="granted", amount=got, free=after.free(purse))

    def settle(
        self, lease: str, number: int, used: int, *, drawer: str = "", until: float | None = None
    ) -> tuple["PoolBooks", PoolAnswer]:
        """Book what was used so far; only a number above the known one changes the counter.

        Args:
            lease: Its id.
            number: Number of the last event of the drawer's log that is in `used`.
            used: Tokens used since the lease was taken, 0 or more; it may fall.
            drawer: Who draws.
            until: The new end, which brings a lease in doubt back; None to leave it.

        Raises:
            ValueError: `used` is negative.
        """
        if used < 0:
            raise ValueError("tokens used are 0 or more")
        found = self._own(lease, drawer)
        if found is None:
            return self, PoolAnswer(outcome="unknown")
        booked = replace(found, number=number, used=used) if number > found.number else found
        if booked.is_living and until is not None:
            booked = replace(booked, state="open", until=until)
        after = self._with(lease, booked)._noting_truth(found.purse)
        return after, PoolAnswer(
            outcome="settled" if found.is_living else "late",
            amount=booked.amount,
            number=found.number,
            free=after.free(found.purse),
        )

    def extend(
        self, lease: str, by: int, *, minimum: int = 1, drawer: str = ""
    ) -> tuple["PoolBooks", PoolAnswer]:
        """Add tokens to a lease that lives, from what is free and from nothing else.

        Args:
            lease: Its id.
            by: Tokens wished for, at least `minimum`.
            minimum: Tokens below which they are no use.
            drawer: Who draws.
        """
        found = self._living(lease, drawer)
        if isinstance(found, PoolAnswer):
            return self, found
        got = self._slice(found.purse, max(by, minimum), minimum)
        if not got:
            return self, self._refusal(found.purse, minimum)
        grown = replace(found, amount=found.held + got)
        after = self._with(lease, grown)
        free = after.free(found.purse)
        return after, PoolAnswer(
            outcome="granted", amount=grown.amount, number=found.number, free=free
        )

    def resize(
        self, lease: str, to: int, *, minimum: int = 0, drawer: str = ""
    ) -> tuple["PoolBooks", PoolAnswer]:
        """Let a lease hold `to` tokens in all, what it used included, or as many as are free.

        Fewer give the rest back. A drawer that reserves request by request holds so what one may
        use, and after it what it used.

        Args:
            lease: Its id.
            to: Tokens wished for in all.
            minimum: Tokens in all below which they are no use; then nothing changes.
            drawer: Who draws.
        """
        found = self._living(lease, drawer)
        if isinstance(found, PoolAnswer):
            return self, found
        own = found.held + max(0, self.free(found.purse))
        got = max(min(to, own), found.used)
        if got < minimum:
            return self, self._refusal(found.purse, minimum - found.held)
        after = self._with(lease, replace(found, amount=got))
        free = after.free(found.purse)
        return after, PoolAnswer(outcome="granted", amount=got, number=found.number, free=free)

    def release(
        self, lease: str, number: int, used: int, *, drawer: str = ""
    ) -> tuple["PoolBooks", PoolAnswer]:
        """End a lease: what it did not use is free again.

        Args:
            lease: Its id.
            number: See `settle`.
            used: See `settle`.
            drawer: Who draws.
        """
        books, answer = self.settle(lease, number, used, drawer=drawer)
        if answer.outcome != "settled":
            return books, answer
        ended = replace(books.leases[lease], state="closed")
        after = books._with(lease, ended)
        return after, replace(answer, free=after.free(ended.purse))

    def adopt(
        self, lease: str, purse: str, number: int, used: int, *, drawer: str = ""
    ) -> tuple["PoolBooks", PoolAnswer]:
        """Book an ended lease that books set back to an older copy do not know any more.

        Args:
            lease: Its id.
            purse: Where it drew from.
            number: See `settle`.
            used: See `settle`.
            drawer: Who drew.
        """
        if lease in self.leases:
            return self.release(lease, number, used, drawer=drawer)
        known = Lease(purse=purse, drawer=drawer, amount=0, state="lapsed")
        return self._with(lease, known).settle(lease, number, used, drawer=drawer)

    def sweep(self, now: float, *, grace: float, doubt: float) -> "PoolBooks":
        """The books after leases ran out: first in doubt, and given up long after.

        Args:
            now: The seconds of the clock of `until`.
            grace: Seconds beyond its end that a lease stays open.
            doubt: Seconds that it stays in doubt after that, still held.
        """

        def aged(each: Lease) -> Lease:
            late = now - each.until - grace
            if not each.is_living or late <= 0:
                return each
            return replace(each, state="lapsed" if late > doubt else "doubt")

        return replace(self, leases={lease: aged(each) for lease, each in self.leases.items()})

    # Inside ----------------------------------------------------------------------

    def _own(self, lease: str, drawer: str) -> Lease | None:
        found = self.leases.get(lease)
        return found if found is not None and found.drawer == drawer else None

    def _living(self, lease: str, drawer: str) -> Lease | PoolAnswer:
        """A drawer's lease while it lives; else the answer to who wants to change it."""
        found = self._own(lease, drawer)
        if found is None:
            return PoolAnswer(outcome="unknown")
        return found if found.is_living else PoolAnswer(outcome="ended", number=found.number)

    def _slice(self, purse: str, want: int, minimum: int) -> int:
        """Tokens that a wish gets; 0 where less is free than would do."""
        free = self.free(purse)
        return 0 if free < minimum else min(want, max(minimum, free // self.portion))

    def _refusal(self, purse: str, minimum: int) -> PoolAnswer:
        tightest = self._tightest(purse)
        free = self.figures(tightest).free
        return PoolAnswer(outcome="refused", free=free, tightest=tightest, short_by=minimum - free)

    def _with(self, lease: str, value: Lease) -> "PoolBooks":
        return replace(self, leases={**self.leases, lease: value})

    def _noting_truth(self, purse: str) -> "PoolBooks":
        """The books with what is overdrawn now noted in every purse of the path."""
        purses = dict(self.purses)
        for name in self._path(purse):
            now = self.figures(name).overdrawn
            purses[name] = replace(purses[name], over=max(purses[name].over, now))
        return replace(self, purses=purses)


class Pool(Protocol):
    """A pool as one drawer sees it, whoever keeps its books."""

    def reserve(
        self, lease: str, purse: str, want: int, *, minimum: int, until: float = inf
    ) -> PoolAnswer:
        """See `PoolBooks.reserve`."""
        ...

    def settle(
        self, lease: str, number: int, used: int, *, until: float | None = None
    ) -> PoolAnswer:
        """See `PoolBooks.settle`."""
        ...

    def extend(self, lease: str, by: int, *, minimum: int = 1) -> PoolAnswer:
        """See `PoolBooks.extend`."""
        ...

    def resize(self, lease: str, to: int, *, minimum: int = 0) -> PoolAnswer:
        """See `PoolBooks.resize`."""
        ...

    def release(self, lease: str, number: int, used: int) -> PoolAnswer:
        """See `PoolBooks.release`."""
        ...

    def adopt(self, lease: str, purse: str, number: int, used: int) -> PoolAnswer:
        """See `PoolBooks.adopt`."""
        ...


@dataclass(slots=True)
class SharedBooks:
    """Books that several drawers use."""

    books: PoolBooks


@dataclass(frozen=True, slots=True)
class MemoryPool:
    """A pool whose books are kept in memory, as one drawer sees it."""

    shared: SharedBooks
    drawer: str = ""

    def reserve(
        self, lease: str, purse: str, want: int, *, minimum: int, until: float = inf
    ) -> PoolAnswer:
        """See `Pool.reserve`."""
        books = self.shared.books
        return self._keep(
            books.reserve(lease, purse, want, minimum=minimum, drawer=self.drawer, until=until)
        )

    def settle(
        self, lease: str, number: int, used: int, *, until: float | None = None
    ) -> PoolAnswer:
        """See `Pool.settle`."""
        books = self.shared.books
        return self._keep(books.settle(lease, number, used, drawer=self.drawer, until=until))

    def extend(self, lease: str, by: int, *, minimum: int = 1) -> PoolAnswer:
        """See `Pool.extend`."""
        return self._keep(self.shared.books.extend(lease, by, minimum=minimum, drawer=self.drawer))

    def resize(self, lease: str, to: int, *, minimum: int = 0) -> PoolAnswer:
        """See `Pool.resize`."""
        return self._keep(self.shared.books.resize(lease, to, minimum=minimum, drawer=self.drawer))

    def release(self, lease: str, number: int, used: int) -> PoolAnswer:
        """See `Pool.release`."""
        return self._keep(self.shared.books.release(lease, number, used, drawer=self.drawer))

    def adopt(self, lease: str, purse: str, number: int, used: int) -> PoolAnswer:
        """See `Pool.adopt`."""
        return self._keep(self.shared.books.adopt(lease, purse, number, used, drawer=self.drawer))

    def _keep(self, said: tuple[PoolBooks, PoolAnswer]) -> PoolAnswer:
        self.shared.books, answer = said
        return answer

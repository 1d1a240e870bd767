"""A pool never hands out more than it has, whatever is said to it, how often and in which order."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tui.budget.pool import MemoryPool, Pool, PoolAnswer, PoolBooks, SharedBooks

MINIMUM = 20_000
GRACE, DOUBT = 900.0, 86_400.0
DRAWERS = ("ana", "ben", "eve")


def pool_of(granted: int, *, portion: int = 1) -> tuple[SharedBooks, Pool]:
    shared = SharedBooks(PoolBooks(portion=portion).granting("pool", granted))
    return shared, MemoryPool(shared)


def test_the_worked_example_of_a_team():
    """T 500k = lead 200k + pool 300k; three children at 100k, and what comes after them."""
    shared, pool = pool_of(300_000)
    for name in ("reviewer", "tests", "writer"):
        assert pool.reserve(name, "pool", 100_000, minimum=MINIMUM).amount == 100_000
    assert shared.books.free("pool") == 0
    assert pool.release("reviewer", 40, 62_000).free == 38_000
    fourth = pool.reserve("scout", "pool", 38_000, minimum=MINIMUM)
    assert (fourth.outcome, fourth.amount, fourth.free) == ("granted", 38_000, 0)
    refused = pool.extend("writer", 20_000, minimum=20_000)
    assert (refused.outcome, refused.free, refused.short_by) == ("refused", 0, 20_000)
    shared.books = shared.books.granting("pool", 350_000)
    assert shared.books.free("pool") == 50_000
    extended = pool.extend("writer", 20_000, minimum=20_000)
    assert (extended.outcome, extended.amount, extended.free) == ("granted", 120_000, 30_000)


def test_a_wish_gets_what_is_free_and_a_refusal_says_how_much_is_missing():
    shared, pool = pool_of(32_400)
    assert pool.reserve("a", "pool", 20_000, minimum=MINIMUM).amount == 20_000
    before = shared.books
    refused = pool.reserve("b", "pool", 50_000, minimum=MINIMUM)
    assert refused == PoolAnswer(outcome="refused", free=12_400, tightest="pool", short_by=7_600)
    assert shared.books == before
    assert pool.reserve("c", "pool", 50_000, minimum=8_000).amount == 12_400


def test_a_lease_holds_for_one_request_after_the_other_and_gives_the_rest_back():
    """Pool 60,000: 2,000 for a report, 20,000 for a request, of which 5,000 are used."""
    shared, pool = pool_of(60_000)
    assert pool.reserve("a", "pool", 2_000, minimum=1).free == 58_000
    assert (pool.resize("a", 22_000).amount, shared.books.free("pool")) == (22_000, 38_000)
    pool.settle("a", 1, 5_000)
    assert (pool.resize("a", 7_000).amount, shared.books.free("pool")) == (7_000, 53_000)
    assert pool.resize("a", 1_000).amount == 5_000, "what is used is used"
    pool.reserve("b", "pool", 2_000, minimum=1)
    before = shared.books
    refused = pool.resize("b", 90_000, minimum=55_001)
    assert (refused.outcome, refused.short_by, shared.books) == ("refused", 1, before)
    assert pool.resize("b", 90_000, minimum=55_000).amount == 55_000
    assert shared.books.free("pool") == 0


def test_what_an_agent_used_beyond_its_lease_is_missing_to_the_others():
    shared, pool = pool_of(100_000)
    pool.reserve("a", "pool", 60_000, minimum=MINIMUM)
    assert pool.settle("a", 1, 75_000).free == 25_000
    assert pool.settle("a", 2, 130_000).free == -30_000
    found = shared.books.figures("pool")
    assert (found.free, found.overdrawn, shared.books.purses["pool"].over) == (
        -30_000,
        30_000,
        30_000,
    )
    pool.release("a", 3, 90_000)  # an estimate was corrected
    assert shared.books.figures("pool").overdrawn == 0
    assert shared.books.purses["pool"].over == 30_000


def test_a_lease_that_went_beyond_its_amount_is_extended_from_where_it_is():
    shared, pool = pool_of(100_000)
    pool.reserve("a", "pool", 20_000, minimum=MINIMUM)
    pool.settle("a", 1, 26_000)
    assert pool.extend("a", 20_000).amount == 46_000
    assert shared.books.free("pool") == 54_000


def test_no_use_is_negative():
    _, pool = pool_of(100_000)
    pool.reserve("a", "pool", 20_000, minimum=MINIMUM)
    with pytest.raises(ValueError, match="0 or more"):
        pool.settle("a", 1, -1)


def test_another_drawer_learns_nothing_and_changes_nothing():
    shared, ana = pool_of(100_000)
    ana.reserve("a", "pool", 40_000, minimum=MINIMUM)
    before, eve = shared.books, MemoryPool(shared, "eve")
    said = [
        eve.reserve("a", "pool", 20_000, minimum=MINIMUM),
        eve.settle("a", 9, 1),
        eve.extend("a", 20_000),
        eve.release("a", 9, 1),
        eve.adopt("a", "pool", 9, 1),
    ]
    assert said == [PoolAnswer(outcome="unknown")] * 5
    assert shared.books == before


NUMBERED = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 90_000)), max_size=4, unique_by=lambda each: each[0]
)


@given(NUMBERED)
def test_settlements_in_any_order_repeated_or_lost_come_to_the_same(said: list[tuple[int, int]]):
    def end(order: list[tuple[int, int]]) -> PoolBooks:
        shared, pool = pool_of(100_000)
        pool.reserve("a", "pool", 60_000, minimum=MINIMUM)
        for number, used in order:
            pool.settle("a", number, used)
        return PoolBooks(leases=shared.books.leases)

    ends = [end(list(order)) for order in permutations(said)]
    ends += [end([*said, *said])] + ([end([max(said)])] if said else [])
    assert all(each == ends[0] for each in ends)


@pytest.mark.parametrize("silent", [False, True], ids=["released", "lapsed and late"])
def test_a_lease_given_up_comes_to_what_its_release_would_have_come_to(silent: bool):
    shared, pool = pool_of(100_000)
    pool.reserve("a", "pool", 60_000, minimum=MINIMUM, until=0.0)
    pool.settle("a", 1, 10_000)
    if silent:
        shared.books = shared.books.sweep(GRACE + 1, grace=GRACE, doubt=DOUBT)
        assert shared.books.figures("pool").held == 60_000, "in doubt it is still held"
        shared.books = shared.books.sweep(GRACE + DOUBT + 1, grace=GRACE, doubt=DOUBT)
        assert shared.books.free("pool") == 90_000
    assert pool.release("a", 2, 33_000).outcome == ("late" if silent else "settled")
    found = shared.books.figures("pool")
    assert (found.held, found.spent) == (0, 33_000)
    assert pool.release("a", 2, 33_000).outcome == "late"
    assert shared.books.figures("pool") == found


def test_a_word_from_its_drawer_brings_a_lease_in_doubt_back():
    shared, pool = pool_of(100_000)
    pool.reserve("a", "pool", 60_000, minimum=MINIMUM, until=0.0)
    shared.books = shared.books.sweep(GRACE + 1, grace=GRACE, doubt=DOUBT)
    assert shared.books.leases["a"].state == "doubt"
    pool.settle("a", 1, 5_000, until=2_000.0)
    assert shared.books.leases["a"].state == "open"
    assert shared.books.sweep(2_800.0, grace=GRACE, doubt=DOUBT) == shared.books


def test_a_new_period_begins_whole_and_an_old_lease_touches_only_the_old():
    books = PoolBooks().granting("november", 100_000)
    shared = SharedBooks(books)
    pool = MemoryPool(shared)
    pool.reserve("a", "november", 60_000, minimum=MINIMUM)
    shared.books = shared.books.granting("december", 100_000)
    pool.settle("a", 1, 70_000)
    assert shared.books.free("december") == 100_000
    assert shared.books.free("november") == 30_000


def test_a_part_never_hands_out_more_than_its_whole_has():
    books = PoolBooks().granting("company", 50_000).granting("team", 80_000, "company")
    shared = SharedBooks(books)
    pool = MemoryPool(shared)
    assert pool.reserve("a", "team", 60_000, minimum=MINIMUM).amount == 50_000
    refused = pool.reserve("b", "team", 20_000, minimum=MINIMUM)
    assert (refused.tightest, refused.free) == ("company", 0)


def test_a_set_back_copy_is_healed_when_each_drawer_came_by_once():
    shared, pool = pool_of(300_000)
    pool.reserve("a", "pool", 50_000, minimum=MINIMUM)
    older = shared.books
    pool.settle("a", 5, 20_000)
    pool.reserve("b", "pool", 70_000, minimum=MINIMUM)
    pool.release("b", 9, 64_000)
    pool.release("a", 7, 31_000)
    wanted = shared.books.figures("pool")
    shared.books = older
    assert pool.settle("a", 7, 31_000).number == 0, "lower than what was acknowledged"
    pool.release("a", 7, 31_000)
    assert pool.settle("b", 9, 64_000).outcome == "unknown"
    pool.adopt("b", "pool", 9, 64_000)
    assert shared.books.figures("pool") == wanted


@dataclass
class Known:
    """What a drawer remembers of a lease: an independent account of it."""

    drawer: str
    purse: str
    amount: int
    used: int = 0
    number: int = 0
    alive: bool = True


STEPS: Counter[str] = Counter()


class PoolMachine(RuleBasedStateMachine):
    """Two teams under one company, three drawers, and an account of what each was told."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = SharedBooks(PoolBooks())
        self.known: dict[str, Known] = {}
        self.clock = 0.0

    @initialize(whole=st.integers(50_000, 400_000), part=st.integers(50_000, 400_000))
    def begin(self, whole: int, part: int) -> None:
        books = PoolBooks(portion=4).granting("company", whole)
        self.shared.books = books.granting("a", part, "company").granting("b", whole, "company")

    def pool(self, drawer: str) -> Pool:
        return MemoryPool(self.shared, drawer)

    def held(self, purse: str) -> int:
        own = (k for k in self.known.values() if purse in (k.purse, "company"))
        return sum(max(k.amount, k.used) for k in own if k.alive)

    def spent(self, purse: str) -> int:
        own = (k for k in self.known.values() if purse in (k.purse, "company"))
        return sum(k.used for k in own if not k.alive)

    def free(self, purse: str) -> int:
        path = [purse, "company"]
        return min(
            self.shared.books.purses[each].granted - self.held(each) - self.spent(each)
            for each in path
        )

    @rule(
        drawer=st.sampled_from(DRAWERS),
        purse=st.sampled_from(["a", "b"]),
        want=st.integers(1, 150_000),
        minimum=st.integers(1, 30_000),
        seconds=st.sampled_from([10.0, 1e9]),
    )
    def reserve(self, drawer: str, purse: str, want: int, minimum: int, seconds: float) -> None:
        lease, free, before = f"lease-{len(self.known)}", self.free(purse), self.shared.books
        said = self.pool(drawer).reserve(
            lease, purse, want, minimum=minimum, until=self.clock + seconds
        )
        STEPS[f"reserve {said.outcome}"] += 1
        if free < minimum:
            assert (said.outcome, said.short_by) == ("refused", minimum - free)
            assert self.shared.books == before
            return
        assert said.outcome == "granted"
        assert said.amount == min(max(want, minimum), free, max(minimum, free // 4))
        assert self.free(purse) - said.amount >= 0
        self.known[lease] = Known(drawer, purse, said.amount)
        again = self.pool(drawer).reserve(lease, purse, want, minimum=minimum)
        assert (again.outcome, again.amount) == ("kept", said.amount)

    @precondition(lambda self: self.known)
    @rule(at=st.integers(0, 9), ahead=st.integers(-2, 3), used=st.integers(0, 200_000))
    def settle(self, at: int, ahead: int, used: int) -> None:
        lease, mine = self.pick(at)
        number = mine.number + ahead
        said = self.pool(mine.drawer).settle(lease, number, used)
        STEPS["settle fresh" if ahead > 0 else "settle stale"] += 1
        assert said.outcome == ("settled" if mine.alive else "late")
        assert said.number == mine.number
        if ahead > 0:
            mine.number, mine.used = number, used

    @precondition(lambda self: self.known)
    @rule(at=st.integers(0, 9), used=st.integers(0, 200_000))
    def release(self, at: int, used: int) -> None:
        lease, mine = self.pick(at)
        said = self.pool(mine.drawer).release(lease, mine.number + 1, used)
        STEPS[f"release {said.outcome}"] += 1
        mine.number, mine.used, mine.alive = mine.number + 1, used, False

    @precondition(lambda self: self.known)
    @rule(at=st.integers(0, 9), by=st.integers(1, 90_000), minimum=st.integers(1, 30_000))
    def extend(self, at: int, by: int, minimum: int) -> None:
        lease, mine = self.pick(at)
        free, before = self.free(mine.purse), self.shared.books
        said = self.pool(mine.drawer).extend(lease, by, minimum=minimum)
        STEPS[f"extend {said.outcome}"] += 1
        if not mine.alive or free < minimum:
            assert said.outcome == ("refused" if mine.alive else "ended")
            assert self.shared.books == before
            return
        got = min(max(by, minimum), free, max(minimum, free // 4))
        mine.amount = max(mine.amount, mine.used) + got
        assert said.amount == mine.amount

    @precondition(lambda self: self.known)
    @rule(at=st.integers(0, 9), to=st.integers(0, 200_000), minimum=st.integers(0, 150_000))
    def resize(self, at: int, to: int, minimum: int) -> None:
        lease, mine = self.pick(at)
        free, before = self.free(mine.purse), self.shared.books
        said = self.pool(mine.drawer).resize(lease, to, minimum=minimum)
        STEPS[f"resize {said.outcome}"] += 1
        held = max(mine.amount, mine.used)
        got = max(min(to, held + max(0, free)), mine.used)
        if not mine.alive or got < minimum:
            assert said.outcome == ("refused" if mine.alive else "ended")
            assert self.shared.books == before
            return
        mine.amount = got
        assert (said.outcome, said.amount) == ("granted", got)

    @rule(purse=st.sampled_from(["a", "b", "company"]), granted=st.integers(0, 400_000))
    def grant(self, purse: str, granted: int) -> None:
        amounts = {lease: each.amount for lease, each in self.shared.books.leases.items()}
        self.shared.books = self.shared.books.granting(purse, granted)
        STEPS["grant"] += 1
        now = {lease: each.amount for lease, each in self.shared.books.leases.items()}
        assert now == amounts, "no running lease gets smaller"

    @rule(seconds=st.sampled_from([100.0, GRACE, DOUBT]))
    def sweep(self, seconds: float) -> None:
        self.clock += seconds
        self.shared.books = self.shared.books.sweep(self.clock, grace=GRACE, doubt=DOUBT)
        for lease, each in self.shared.books.leases.items():
            lapsed = self.clock > each.until + GRACE + DOUBT
            STEPS["lapse"] += lapsed and self.known[lease].alive
            self.known[lease].alive &= not lapsed

    def pick(self, at: int) -> tuple[str, Known]:
        names = list(self.known)
        name = names[at % len(names)]
        return name, self.known[name]

    @invariant()
    def every_snapshot_is_the_sum_of_its_leases(self) -> None:
        for purse, grant in self.shared.books.purses.items():
            found = self.shared.books.figures(purse)
            assert (found.held, found.spent) == (self.held(purse), self.spent(purse))
            assert found.held + found.spent <= grant.granted + grant.over


PoolMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestPoolMachine = PoolMachine.TestCase


def test_the_machine_took_every_kind_of_step():
    ran: Callable[[], object] = PoolMachine.TestCase().runTest
    if not STEPS:
        ran()
    wanted = {
        "reserve granted",
        "reserve refused",
        "settle fresh",
        "settle stale",
        "release settled",
        "release late",
        "extend granted",
        "extend refused",
        "resize granted",
        "resize refused",
        "extend ended",
        "grant",
        "lapse",
    }
    assert wanted <= STEPS.keys()

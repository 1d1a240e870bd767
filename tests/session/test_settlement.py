"""Settlement: what waits gets its measured size, and the ratio to its estimate is remembered."""

import pytest

from tui.budget.ledger import Ledger, LedgerEntry
from tui.budget.settled_weights import RequestBaseline
from tui.session.settlement import Settlement


def charged(key: str, tokens: int, *, settled: bool = False) -> LedgerEntry:
    return LedgerEntry(
        key=key,
        kind="output" if settled else "results",
        tokens=tokens,
        settled=settled,
        charged=True,
        turn=1,
        request=1,
        subtask=None,
        agent="main",
        model="m",
    )


def baseline(context: int, output: int = 0) -> RequestBaseline:
    return RequestBaseline(context, output, "m", True)


class Measured:
    """A conversation of 1,000 tokens, then batches of results, each answered with its size."""

    def __init__(self) -> None:
        self.ledger, self.settlement = Ledger(), Settlement()
        self.context, self.number = 1_000, 0
        self.settlement.set_baseline(baseline(self.context))

    def wait(self, *estimates: int) -> list[str]:
        keys = [f"t{self.number + at}" for at in range(len(estimates))]
        self.number += len(estimates)
        for key, estimate in zip(keys, estimates, strict=True):
            self.ledger.add(charged(key, estimate))
            self.settlement.add_estimate(key, estimate)
        return keys

    def answer(self, tokens: int, *, transformed: bool = False) -> None:
        self.context += tokens
        after = baseline(self.context)
        self.settlement.settle(self.ledger, after, transformed=transformed)
        self.settlement.set_baseline(after)


@pytest.mark.parametrize(
    ("estimate", "measured", "density"),
    [
        (299, 598, 1.0),  # too small to tell
        (300, 450, 1.5),
        (300, 1_500, 4.0),  # no token is so short
        (300, 150, 1.0),  # never less than was estimated
        (300, 0, 1.0),
    ],
)
def test_a_batch_tells_by_how_much_estimates_are_too_small(
    estimate: int, measured: int, density: float
):
    log = Measured()
    log.wait(estimate - 100, 100)
    log.answer(measured)
    assert log.settlement.density == density


def test_the_last_eight_batches_are_remembered_and_the_highest_holds():
    log = Measured()
    log.wait(1_000)
    log.answer(3_000)
    for _ in range(7):
        log.wait(1_000)
        log.answer(1_500)
    assert log.settlement.density == 3.0
    log.wait(1_000)
    log.answer(1_500)
    assert log.settlement.density == 1.5


def test_another_model_counts_its_own_way():
    log = Measured()
    log.wait(1_000)
    log.answer(3_000)
    log.settlement.on_model_switch(None)
    assert log.settlement.density == 1.0


def test_a_server_that_says_how_long_a_request_was_tells_what_waits_weighs():
    """1,000 estimated tokens wait behind 4,000 measured ones, and 6,500 is the whole."""
    log = Measured()
    log.wait(400, 600)
    log.settlement.on_too_long(4_000, 6_500)
    assert log.settlement.density == 2.5


def test_an_answer_settles_all_that_waits_and_a_changed_conversation_nothing():
    log = Measured()
    one, other = log.wait(300, 100)
    assert (log.settlement.unmeasured, log.settlement.unmeasured_keys) == (400, {one, other})
    log.answer(800)
    assert (log.ledger.tokens(one), log.ledger.tokens(other), log.ledger.unsettled) == (600, 200, 0)
    assert log.settlement.unmeasured == 0
    log.wait(300)
    log.answer(800, transformed=True)
    assert log.ledger.unsettled == 300


def test_what_took_nothing_still_has_a_weight_among_the_others():
    """Two parts that are empty share 10 tokens, as neither weighs more."""
    log = Measured()
    one, other = log.wait(0, 0)
    assert log.settlement.unmeasured == 2
    log.answer(10)
    assert (log.ledger.tokens(one), log.ledger.tokens(other)) == (5, 5)


def test_a_request_beside_the_conversation_settles_what_it_had_and_it_waits_on():
    """800 tokens of two parts, estimated 300 and 100; the third was left out."""
    log = Measured()
    one, other, third = log.wait(300, 100, 50)
    log.settlement.measure(log.ledger, baseline(1_800), transformed=False, left_out={third})
    tokens = [log.ledger.tokens(key) for key in (one, other, third)]
    assert (tokens, log.ledger.unsettled) == ([600, 200, 50], 50)
    assert log.settlement.unmeasured == 850
    assert log.settlement.density == 2.0


def test_a_part_that_a_request_beside_it_found_empty_weighs_one_at_least():
    log = Measured()
    log.wait(300)
    log.settlement.measure(log.ledger, baseline(1_000), transformed=False, left_out=())
    assert (log.ledger.charged, log.settlement.unmeasured) == (0, 1)


@pytest.mark.parametrize(
    ("grown", "unseen"),
    [
        (700, 200),  # 500 written and 400 waiting: 200 of them did not come back
        (900, 0),
        (950, 0),  # the estimate was too small: nothing is known to be missing
        (100, 500),  # never more than was written
    ],
)
def test_what_was_cut_off_and_did_not_come_back_is_split_off(grown: int, unseen: int):
    log = Measured()
    log.ledger.add(charged("msg_1", 500, settled=True))
    log.settlement.set_baseline(baseline(1_000, output=500), cut="msg_1")
    (key,) = log.wait(400)
    found = log.settlement.settle(log.ledger, baseline(1_000 + grown), transformed=False)
    assert found == unseen
    assert (log.ledger.tokens("msg_1"), log.ledger.charged) == (500 - unseen, 900)
    assert not log.ledger.entries[key].settled, "what was cut makes its size unknown"

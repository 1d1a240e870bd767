"""Fingers send with Enter; pastes do not, whatever they contain."""

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.paste_detection import PasteDetector


@given(st.lists(st.floats(0.03, 3), min_size=1, max_size=40))
def test_enter_at_the_pace_of_fingers_always_sends(gaps: list[float]):
    burst, at = PasteDetector(), 0.0
    for gap in gaps:
        at += gap
        burst.note_key(at)
    assert burst.classify_enter(at + 0.03) == "submit"


@given(st.lists(st.integers(0, 30), min_size=1, max_size=10))
def test_an_enter_within_a_burst_never_sends(lines: list[int]):
    burst, at = PasteDetector(), 10.0
    for letters in lines:
        for _ in range(letters + 1):
            at += 0.0004
            burst.note_key(at)
        at += 0.0004
        assert burst.classify_enter(at) != "submit"


def test_after_one_line_end_a_burst_is_known_for_what_it_is():
    burst = PasteDetector()
    burst.note_key(0.0)
    assert burst.classify_enter(0.001) == "wait"
    burst.note_line_end()
    burst.note_key(0.002)
    assert burst.classify_enter(0.003) == "newline"


@given(st.integers(1, 200))
def test_the_first_enter_of_a_burst_is_in_doubt_however_long_the_burst(letters: int):
    burst = PasteDetector()
    for n in range(letters):
        burst.note_key(n / 1000)
    assert burst.classify_enter(letters / 1000) == "wait"
    assert burst.classify_enter(letters / 1000 + 5) == "submit"


def test_a_burst_that_was_held_up_is_still_the_same():
    burst = PasteDetector()
    burst.note_key(0.0)
    assert burst.classify_enter(0.001) == "wait"
    burst.note_line_end()
    burst.note_key(0.002)
    burst.note_key(0.052)  # the rest came in another packet
    assert burst.classify_enter(0.053) == "newline"
    burst.note_key(1.0)
    assert burst.classify_enter(1.2) == "submit"

"""The live tail of the gauge."""

import pytest

from tui.budget.streaming_estimate import StreamingEstimate


def test_the_tail_is_calibrated_on_finished_messages():
    tail = StreamingEstimate()
    tail.add_characters(2_000)
    tail.end(1_000)
    tail.add_characters(500)
    assert tail.tokens == 250, "two characters a token, as the last message had"


@pytest.mark.parametrize(("finished", "tokens"), [([199], 200), ([200], 700), ([150, 50], 700)])
def test_the_ratio_is_believed_from_200_finished_tokens_on(finished: list[int], tokens: int):
    """At one character a token 700 are 700 tokens; at the usual 3.5 they are 200."""
    tail = StreamingEstimate()
    for each in finished:
        tail.add_characters(each)
        tail.end(each)
    tail.add_characters(700)
    assert tail.tokens == tokens


def test_messages_without_a_character_leave_the_usual_ratio():
    tail = StreamingEstimate()
    tail.end(500)
    tail.add_characters(700)
    assert tail.tokens == 200


def test_the_streams_own_count_is_believed_where_it_says_more():
    tail = StreamingEstimate()
    tail.add_characters(35)
    tail.set_counted(120)
    assert tail.tokens == 120


def test_hidden_thinking_counts_by_the_apis_estimate():
    tail = StreamingEstimate()
    tail.add_hidden_thinking(400)
    tail.add_characters(35)
    assert tail.tokens == 410


def test_nothing_is_left_of_a_message_that_is_over():
    tail = StreamingEstimate()
    tail.add_characters(3_500)
    tail.add_hidden_thinking(40)
    tail.set_counted(9)
    tail.end(None)
    assert tail.tokens == 0


def test_the_streams_own_count_never_goes_back():
    tail = StreamingEstimate()
    tail.set_counted(120)
    tail.set_counted(90)
    assert tail.tokens == 120

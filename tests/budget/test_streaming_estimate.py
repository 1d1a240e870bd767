"""The live tail of the gauge."""

from tui.budget.streaming_estimate import StreamingEstimate


def test_the_tail_is_calibrated_on_finished_messages() -> None:
    tail = StreamingEstimate()
    tail.add_characters(2_000)
    tail.end(1_000)
    tail.add_characters(500)
    assert tail.tokens == 250, "two characters a token, as the last message had"


def test_the_streams_own_count_is_believed_where_it_says_more() -> None:
    tail = StreamingEstimate()
    tail.add_characters(35)
    tail.set_counted(120)
    assert tail.tokens == 120


def test_hidden_thinking_counts_by_the_apis_estimate() -> None:
    tail = StreamingEstimate()
    tail.add_hidden_thinking(400)
    tail.add_characters(35)
    assert tail.tokens == 410


def test_nothing_is_left_of_a_message_that_is_over() -> None:
    tail = StreamingEstimate()
    tail.add_characters(3_500)
    tail.end(None)
    assert tail.tokens == 0

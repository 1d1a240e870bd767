"""What a line of the transcript says of a request that failed: now, afterwards, and at the end."""

from tui.reports.repeated_errors import RepeatedErrors
from tui.reports.transcript_items import is_removed

BROKE = "The answer of host broke off: the connection was closed."


def test_while_it_waits_the_line_says_what_happened_and_when_it_is_tried_again():
    trouble = RepeatedErrors()
    trouble.request_failed("k1", "broken_stream", BROKE)
    assert trouble.retry_scheduled("broken_stream", 6).text == f"{BROKE} Trying again in 6 s."
    trouble.request_failed("k2", "broken_stream", BROKE)
    second = trouble.retry_scheduled("broken_stream", 0.4)
    assert (second.key, second.text) == ("k1", f"{BROKE} Trying again now (attempt 3).")


def test_when_the_wait_is_over_the_line_says_so_unless_more_happened():
    trouble = RepeatedErrors()
    trouble.request_failed("k1", "broken_stream", BROKE)
    assert trouble.retry_sent("broken_stream", trouble.times("broken_stream")).text == (
        f"{BROKE} Sent again."
    )
    trouble.request_failed("k2", "broken_stream", BROKE)
    assert trouble.retry_sent("broken_stream", 1) is None, "it waits for the next try already"
    second = trouble.retry_sent("broken_stream", 2)
    assert (second.key, second.text) == ("k1", f"{BROKE} Sent again (attempt 3).")
    trouble.request_answered()
    assert trouble.times("broken_stream") == 0
    assert trouble.retry_sent("broken_stream", 2) is None


def test_once_it_is_answered_the_line_goes_and_the_next_fault_is_news():
    trouble = RepeatedErrors()
    trouble.request_failed("k1", "broken_stream", BROKE)
    trouble.retry_scheduled("broken_stream", 6)
    (gone,) = trouble.request_answered()
    assert (gone.key, is_removed(gone)) == ("k1", True)
    assert trouble.request_answered() == []
    assert trouble.request_failed("k9", "broken_stream", BROKE).key == "k9"


def test_below_a_piece_of_an_answer_the_line_stays_in_the_past_tense():
    trouble = RepeatedErrors()
    trouble.request_failed("k1", "broken_stream", BROKE, left_piece=True)
    trouble.retry_scheduled("broken_stream", 6)
    (past,) = trouble.request_answered()
    assert (past.key, past.text) == ("k1", f"{BROKE} The request was sent again.")
    assert trouble.request_answered() == []


def test_the_end_of_the_turn_takes_the_line_with_its_advice():
    trouble = RepeatedErrors()
    for _ in range(3):
        trouble.request_failed("k1", "broken_stream", BROKE)
    end = trouble.turn_ended(f"{BROKE} Send it again.", "error")
    assert (end.key, end.level) == ("k1", "error")
    assert end.text == f"{BROKE} Send it again. Tried 3 times."
    assert trouble.request_answered() == []  # what ended a turn was not sent again
    assert trouble.turn_ended(f"{BROKE} Send it again.", "error") is None


def test_a_failed_summary_is_one_line_with_its_reason():
    trouble = RepeatedErrors()
    trouble.request_failed("k1", "bad_request", "host refused the request (400).")
    said = "The summary could not be written. host refused the request (400). Its words."
    assert trouble.turn_ended(said, "error").key == "k1"

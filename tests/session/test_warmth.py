"""The prompt cache as the log tells it: what stands there, for how long, and what was missed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.budget.wire import WireBudget
from tui.session import events as ev
from tui.session.warmth import Miss, Warmth

PREAMBLE = 5_000
BUDGET = WireBudget(100_000)


class Story:
    """Requests one after the other, each ten seconds long."""

    def __init__(self) -> None:
        self.warmth = Warmth()
        self.now = 1_000_000.0
        self.number = 0

    def tell(self, event: ev.Event) -> "Story":
        self.warmth = self.warmth.after(ev.Record(1, self.now, event))
        return self

    def start(self, **more: Any) -> "Story":
        self.number += 1
        fields: dict[str, Any] = {
            "model": "claude-opus-5-5",
            "effort": "high",
            "budget": BUDGET,
            "shape": "one",
            "follows": self.warmth.follows,
            **more,
        }
        return self.tell(
            ev.RequestStarted(request=self.number, turn=1, max_tokens=1, messages=1, **fields)
        )

    def finish(
        self, read: int, wrote: int, wrote_1h: int = 0, seconds: float = 10.0, **more: Any
    ) -> "Story":
        self.now += seconds
        return self.tell(
            ev.RequestFinished(
                request=self.number,
                message=more.pop("message", f"msg_{self.number}"),
                model="claude-opus-5-5",
                blocks=(),
                usage=Usage(
                    input=26,
                    cache_read=read,
                    cache_write_5m=wrote,
                    cache_write_1h=wrote_1h,
                    output=5,
                    reported=more.pop("reported", True),
                ),
                raw_usage={},
                stop_reason="end_turn",
                seconds=seconds,
                **more,
            )
        )

    def fail(self, read: int, wrote: int, message: str | None = "msg_broken") -> "Story":
        self.now += 10
        usage = Usage(input=26, cache_read=read, cache_write_5m=wrote, reported=False)
        return self.tell(
            ev.RequestFailed(
                request=self.number, reason="interrupted", usage=usage, message=message
            )
        )

    def begun(self) -> "Story":
        """Preamble and 2,000 tokens of conversation stand in the cache."""
        return self.start().finish(0, 2_000, PREAMBLE)

    @property
    def untold(self) -> list[tuple[int, int, str]]:
        return [(miss.request, miss.tokens, miss.reason) for miss in self.warmth.untold]


def test_what_was_read_and_written_stands_there_after_a_request():
    warmth = Story().begun().warmth
    assert (warmth.left, warmth.preamble, warmth.model) == (7_000, 5_000, "claude-opus-5-5")
    later = Story().begun().start().finish(7_000, 600).warmth
    assert (later.left, later.preamble) == (7_600, 5_000)
    assert later.misses == 0


def test_the_first_request_of_a_session_finds_what_another_one_left():
    warmth = Story().start().finish(5_000, 2_000).warmth
    assert (warmth.left, warmth.preamble, warmth.misses) == (7_000, 5_000, 0)


def test_the_time_it_lives_counts_from_the_start_of_the_request():
    story = Story().start()
    began = story.now
    story.finish(0, 2_000, PREAMBLE, seconds=90)
    assert story.warmth.until(story.now) == began + 300
    assert story.warmth.lost(began + 299) == "nothing"
    assert story.warmth.lost(began + 300) == "messages"
    assert story.warmth.lost(began + 3_600) == "all"


def test_a_request_that_was_sent_again_counts_from_its_last_attempt():
    story = Story().start()
    story.now += 100  # attempts that were not answered
    sent = story.now
    story.finish(0, 2_000, PREAMBLE, seconds=20)
    assert story.warmth.until(story.now) == sent + 300


def test_a_clock_that_was_set_back_makes_nothing_live_longer():
    story = Story().begun()
    assert story.warmth.until(500.0) == 800.0
    story.now = 500.0
    story.start().finish(0, 2_000, PREAMBLE)
    assert story.warmth.misses == 0


def test_without_a_conversation_in_it_there_is_nothing_to_go_cold():
    assert Warmth().until(1.0) is None
    assert Story().start().finish(0, 0).warmth.until(1.0) is None


@pytest.mark.parametrize(
    ("read", "reason", "missed"),
    [
        (7_000, None, 0),
        (6_001, None, 0),  # not worth a word
        (6_000, "same", 1_000),
        (5_000, "same", 2_000),
        (0, "same", 7_000),
    ],
)
def test_what_is_read_less_is_missed(read, reason, missed):
    story = Story().begun().start().finish(read, 7_600 - read)
    assert story.warmth.missed == missed
    assert story.untold == ([(2, missed, reason)] if reason else [])


def answered(reason: str) -> dict[str, Any]:
    return {"diagnostics": {"cache_miss_reason": {"type": reason}}}


def test_the_api_gives_the_reason():
    story = Story().begun().start()
    story.finish(0, 7_600, **answered("tools_changed"))
    assert story.untold == [(2, 7_000, "tools_changed")]
    story.tell(ev.CacheMissed(request=2, tokens=7_000, reason="tools_changed"))
    assert story.untold == []
    assert (story.warmth.misses, story.warmth.missed) == (1, 7_000)


def test_a_reason_without_a_miss_is_nothing_to_tell():
    story = Story().begun().start()
    assert story.finish(7_000, 600, **answered("messages_changed")).untold == []


@pytest.mark.parametrize("odd", [{}, {"cache_miss_reason": 7}, {"cache_miss_reason": None}])
def test_a_reason_that_is_none_is_pending(odd):
    assert Story().begun().start().finish(0, 7_600, diagnostics=odd).untold == [
        (2, 7_000, "pending")
    ]


def test_a_reason_from_outside_is_no_longer_than_a_word():
    story = Story().begun().start().finish(0, 7_600, **answered("x" * 5_000))
    assert story.untold == [(2, 7_000, "x" * 60)]


def test_a_pending_reason_is_asked_for_once_more_with_the_same_message():
    story = Story().begun().start()
    story.finish(0, 7_600, diagnostics={"cache_miss_reason": None})
    assert story.warmth.follows == "msg_1"
    story.tell(ev.CacheMissed(request=2, tokens=7_000, reason="pending"))
    story.start().finish(7_600, 100, **answered("messages_changed"))
    assert story.untold == [(2, 7_000, "messages_changed")]
    assert story.warmth.follows == "msg_3"
    assert story.warmth.misses == 1


def test_an_answer_to_nothing_tells_nothing_of_a_pending_miss():
    story = Story().begun().start()
    story.finish(0, 7_600, diagnostics={"cache_miss_reason": None})
    story.tell(ev.CacheMissed(request=2, tokens=7_000, reason="pending"))
    assert story.start(follows=None).finish(7_600, 100).untold == []


def test_an_answer_that_broke_off_keeps_a_pending_question_open():
    story = Story().begun().start()
    story.finish(0, 7_600, diagnostics={"cache_miss_reason": None})
    story.tell(ev.CacheMissed(request=2, tokens=7_000, reason="pending"))
    story.start().fail(7_600, 100)
    assert story.untold == []
    assert story.warmth.follows == "msg_1"


def test_an_answer_that_broke_off_has_left_its_prompt_in_the_cache():
    story = Story().begun().start().fail(7_000, 600)
    assert (story.warmth.left, story.warmth.message) == (7_600, "msg_broken")
    assert story.start().finish(7_000, 600).untold == []
    assert Story().begun().start().fail(0, 7_600).untold == [(2, 7_000, "pending")]


def test_a_request_that_was_never_answered_changes_nothing():
    story = Story().begun()
    before = story.warmth
    story.start().tell(ev.RequestFailed(request=2, reason="fault"))
    assert (story.warmth.left, story.warmth.touched) == (before.left, before.touched)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "claude-opus-5"},
        {"effort": "low"},
        {"top_effort": "low"},
        {"budget": WireBudget(100_000, 50_000)},
        {"budget": None},
        {"shape": "two"},
    ],
)
def test_a_change_of_ours_explains_what_is_missed(change):
    assert Story().begun().start(**change).finish(0, 7_600).untold == []


def test_an_effort_that_was_told_in_the_conversation_explains_nothing():
    story = Story().begun().start(effort="low", top_effort="high")
    assert story.finish(0, 7_600).untold == [(2, 7_000, "same")]


@pytest.mark.parametrize(("seconds", "stands"), [(280, 7_000), (290, 5_000), (3_590, 0)])
def test_time_explains_what_is_missed_with_a_margin(seconds, stands):
    story = Story().begun()
    story.now += seconds - 10  # from the start of the first request
    story.start()
    assert story.finish(0, 7_600).warmth.missed == stands


def test_an_answer_whose_input_the_api_changed_or_whose_usage_is_none_is_not_judged():
    assert Story().begun().start().finish(0, 7_600, transformed=True).untold == []
    assert Story().begun().start().finish(0, 0, reported=False).untold == []


def test_a_rewrite_leaves_the_preamble_and_another_model_nothing():
    story = Story().begun().tell(ev.Rewritten(reason="compaction"))
    assert (story.warmth.left, story.warmth.preamble) == (5_000, 5_000)
    assert story.start().finish(5_000, 300).untold == []
    story = Story().begun().tell(ev.Rewritten(reason="model", model="claude-opus-5"))
    assert (story.warmth.left, story.warmth.follows) == (0, None)


def test_the_preamble_is_missed_after_a_rewrite_if_it_is_gone():
    story = Story().begun().tell(ev.Rewritten(reason="compaction"))
    assert story.start().finish(0, 6_000).untold == [(2, 5_000, "same")]


def test_a_summary_that_was_asked_for_renews_what_it_read_and_leaves_nothing():
    story = Story().begun()
    story.now += 200
    asked = story.now
    story.start(purpose="compaction").finish(7_000, 900)
    assert story.warmth.left == 7_000
    assert story.warmth.until(story.now) == asked + 300
    missed = Story().begun().start(purpose="compaction").finish(0, 7_900)
    assert missed.untold == []
    assert missed.warmth.left == 7_000


def test_requests_of_other_agents_have_a_cache_of_their_own():
    story = Story().begun()
    before = story.warmth
    story.start(agent="reviewer").finish(0, 400)
    assert story.warmth == before
    story.start()
    mine = story.number
    story.start(agent="reviewer")
    story.number = mine
    assert story.finish(7_000, 600).warmth.left == 7_600
    story.number = mine + 1
    assert story.finish(0, 9).untold == []


def test_only_ids_of_the_api_are_named_to_it():
    for message in ("local_1", "msg_1#4", "chatcmpl-1", ""):
        assert Story().start().finish(0, 9, message=message).warmth.follows is None
    assert Story().begun().warmth.follows == "msg_1"


def test_where_nothing_was_named_the_miss_was_not_asked_about():
    story = Story().begun().start(follows=None).finish(0, 7_600)
    assert story.untold == [(2, 7_000, "unasked")]
    assert story.warmth.pending is None


COUNTS = st.integers(0, 50_000)


@given(st.lists(st.tuples(COUNTS, COUNTS, st.floats(0, 400)), max_size=12))
def test_no_more_is_ever_missed_than_stood_there(requests):
    story = Story()
    for read, wrote, pause in requests:
        stood = story.warmth.left, story.warmth.preamble
        story.start().finish(read, wrote)
        last = [miss for miss in story.warmth.untold if miss.request == story.number]
        assert all(miss.tokens + read in stood for miss in last)
        assert story.warmth.left == read + wrote
        assert 0 <= story.warmth.preamble <= story.warmth.left
        story.now += pause
    assert story.warmth.missed == sum(miss.tokens for miss in story.warmth.untold)
    assert all(isinstance(miss, Miss) for miss in story.warmth.untold)


def test_a_server_that_was_started_anew_has_nothing_and_that_is_no_miss():
    story = Story().begun().start().finish(7_000, 500)
    story.now += 20
    story.tell(ev.CacheEmptied())
    assert story.warmth.lost(story.now) == "all"
    assert story.warmth.until(story.now + 60) == story.now
    assert story.warmth.left == 7_500, "what is to be written anew"
    assert story.warmth.follows is None, "nobody there to compare with"
    story.start().finish(0, 2_600, PREAMBLE)
    assert story.warmth.misses == 0
    assert story.warmth.lost(story.now) == "nothing"
    assert story.warmth.until(story.now) > story.now


def test_a_server_that_only_reports_reads_has_no_cache_whose_end_is_known():
    story = Story().start().finish(2_000, 0).start().finish(9_000, 0)
    assert story.warmth.only_read
    assert story.warmth.until(story.now) is None
    story.start().finish(100, 0)
    assert story.warmth.misses == 0, "another conversation took its place: no miss of ours"
    story.start().finish(100, 9_000)
    assert not story.warmth.only_read
    assert story.warmth.until(story.now) is not None


def test_a_first_request_that_finds_everything_there_is_believed_with_its_first_write():
    story = Story().start().finish(PREAMBLE, 0).start().finish(PREAMBLE, 700)
    assert not story.warmth.only_read

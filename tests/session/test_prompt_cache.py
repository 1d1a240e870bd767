"""The prompt cache as the log tells it: what stands there, for how long, and what was missed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.budget.wire_budget import WireBudget
from tui.session import events as ev
from tui.session.prompt_cache import CacheMiss, PromptCacheState

PREAMBLE = 5_000
BUDGET = WireBudget(100_000)


class CacheLog:
    """Requests one after the other, each ten seconds long."""

    def __init__(self) -> None:
        self.prompt_cache = PromptCacheState()
        self.now = 1_000_000.0
        self.number = 0

    def append(self, event: ev.Event) -> "CacheLog":
        self.prompt_cache = self.prompt_cache.applied(ev.Record(1, self.now, event))
        return self

    def start(self, **more: Any) -> "CacheLog":
        self.number += 1
        fields: dict[str, Any] = {
            "model": "claude-opus-5-5",
            "effort": "high",
            "budget": BUDGET,
            "shape": "one",
            "follows": self.prompt_cache.previous_message_id,
            **more,
        }
        return self.append(
            ev.RequestStarted(request=self.number, turn=1, max_tokens=1, messages=1, **fields)
        )

    def finish(
        self, read: int, wrote: int, wrote_1h: int = 0, seconds: float = 10.0, **more: Any
    ) -> "CacheLog":
        self.now += seconds
        return self.append(
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

    def fail(self, read: int, wrote: int, message: str | None = "msg_broken") -> "CacheLog":
        self.now += 10
        usage = Usage(input=26, cache_read=read, cache_write_5m=wrote, reported=False)
        return self.append(
            ev.RequestFailed(
                request=self.number, reason="interrupted", usage=usage, message=message
            )
        )

    def begun(self) -> "CacheLog":
        """Preamble and 2,000 tokens of conversation stand in the cache."""
        return self.start().finish(0, 2_000, PREAMBLE)

    @property
    def untold(self) -> list[tuple[int, int, str]]:
        return [
            (miss.request, miss.tokens, miss.reason) for miss in self.prompt_cache.unreported_misses
        ]


def test_what_was_read_and_written_stands_there_after_a_request():
    prompt_cache = CacheLog().begun().prompt_cache
    assert (prompt_cache.cached_tokens, prompt_cache.preamble, prompt_cache.model) == (
        7_000,
        5_000,
        "claude-opus-5-5",
    )
    later = CacheLog().begun().start().finish(7_000, 600).prompt_cache
    assert (later.cached_tokens, later.preamble) == (7_600, 5_000)
    assert later.misses == 0


def test_the_first_request_of_a_session_finds_what_another_one_left():
    prompt_cache = CacheLog().start().finish(5_000, 2_000).prompt_cache
    assert (prompt_cache.cached_tokens, prompt_cache.preamble, prompt_cache.misses) == (
        7_000,
        5_000,
        0,
    )


def test_the_time_it_lives_counts_from_the_start_of_the_request():
    log = CacheLog().start()
    began = log.now
    log.finish(0, 2_000, PREAMBLE, seconds=90)
    assert log.prompt_cache.cold_at(log.now) == began + 300
    assert log.prompt_cache.lost(began + 299) == "nothing"
    assert log.prompt_cache.lost(began + 300) == "messages"
    assert log.prompt_cache.lost(began + 3_600) == "all"


def test_a_request_that_was_sent_again_counts_from_its_last_attempt():
    log = CacheLog().start()
    log.now += 100  # attempts that were not answered
    sent = log.now
    log.finish(0, 2_000, PREAMBLE, seconds=20)
    assert log.prompt_cache.cold_at(log.now) == sent + 300


def test_a_clock_that_was_set_back_makes_nothing_live_longer():
    log = CacheLog().begun()
    assert log.prompt_cache.cold_at(500.0) == 800.0
    log.now = 500.0
    log.start().finish(0, 2_000, PREAMBLE)
    assert log.prompt_cache.misses == 0


def test_without_a_conversation_in_it_there_is_nothing_to_go_cold():
    assert PromptCacheState().cold_at(1.0) is None
    assert CacheLog().start().finish(0, 0).prompt_cache.cold_at(1.0) is None


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
def test_what_is_read_less_is_missed(read: int, reason: str | None, missed: int):
    log = CacheLog().begun().start().finish(read, 7_600 - read)
    assert log.prompt_cache.missed == missed
    assert log.untold == ([(2, missed, reason)] if reason else [])


def answered(reason: str) -> dict[str, Any]:
    return {"diagnostics": {"cache_miss_reason": {"type": reason}}}


def test_the_api_gives_the_reason():
    log = CacheLog().begun().start()
    log.finish(0, 7_600, **answered("tools_changed"))
    assert log.untold == [(2, 7_000, "tools_changed")]
    log.append(ev.CacheMissed(request=2, tokens=7_000, reason="tools_changed"))
    assert log.untold == []
    assert (log.prompt_cache.misses, log.prompt_cache.missed) == (1, 7_000)


def test_a_reason_without_a_miss_is_nothing_to_tell():
    log = CacheLog().begun().start()
    assert log.finish(7_000, 600, **answered("messages_changed")).untold == []


@pytest.mark.parametrize("odd", [{}, {"cache_miss_reason": 7}, {"cache_miss_reason": None}])
def test_a_reason_that_is_none_is_pending(odd: dict[str, Any]):
    assert CacheLog().begun().start().finish(0, 7_600, diagnostics=odd).untold == [
        (2, 7_000, "pending")
    ]


def test_a_reason_from_outside_is_no_longer_than_a_word():
    log = CacheLog().begun().start().finish(0, 7_600, **answered("x" * 5_000))
    assert log.untold == [(2, 7_000, "x" * 60)]


def test_a_pending_reason_is_asked_for_once_more_with_the_same_message():
    log = CacheLog().begun().start()
    log.finish(0, 7_600, diagnostics={"cache_miss_reason": None})
    assert log.prompt_cache.previous_message_id == "msg_1"
    log.append(ev.CacheMissed(request=2, tokens=7_000, reason="pending"))
    log.start().finish(7_600, 100, **answered("messages_changed"))
    assert log.untold == [(2, 7_000, "messages_changed")]
    assert log.prompt_cache.previous_message_id == "msg_3"
    assert log.prompt_cache.misses == 1


def test_an_answer_to_nothing_tells_nothing_of_a_pending_miss():
    log = CacheLog().begun().start()
    log.finish(0, 7_600, diagnostics={"cache_miss_reason": None})
    log.append(ev.CacheMissed(request=2, tokens=7_000, reason="pending"))
    assert log.start(follows=None).finish(7_600, 100).untold == []


def test_an_answer_that_broke_off_keeps_a_pending_question_open():
    log = CacheLog().begun().start()
    log.finish(0, 7_600, diagnostics={"cache_miss_reason": None})
    log.append(ev.CacheMissed(request=2, tokens=7_000, reason="pending"))
    log.start().fail(7_600, 100)
    assert log.untold == []
    assert log.prompt_cache.previous_message_id == "msg_1"


def test_an_answer_that_broke_off_has_left_its_prompt_in_the_cache():
    log = CacheLog().begun().start().fail(7_000, 600)
    assert (log.prompt_cache.cached_tokens, log.prompt_cache.message) == (7_600, "msg_broken")
    assert log.start().finish(7_000, 600).untold == []
    assert CacheLog().begun().start().fail(0, 7_600).untold == [(2, 7_000, "pending")]


def test_a_request_that_was_never_answered_changes_nothing():
    log = CacheLog().begun()
    before = log.prompt_cache
    log.start().append(ev.RequestFailed(request=2, reason="fault"))
    assert (log.prompt_cache.cached_tokens, log.prompt_cache.last_used) == (
        before.cached_tokens,
        before.last_used,
    )


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
def test_a_change_of_ours_explains_what_is_missed(change: dict[str, Any]):
    assert CacheLog().begun().start(**change).finish(0, 7_600).untold == []


def test_an_effort_that_was_told_in_the_conversation_explains_nothing():
    log = CacheLog().begun().start(effort="low", top_effort="high")
    assert log.finish(0, 7_600).untold == [(2, 7_000, "same")]


@pytest.mark.parametrize(("seconds", "stands"), [(280, 7_000), (290, 5_000), (3_590, 0)])
def test_time_explains_what_is_missed_with_a_margin(seconds: int, stands: int):
    log = CacheLog().begun()
    log.now += seconds - 10  # from the start of the first request
    log.start()
    assert log.finish(0, 7_600).prompt_cache.missed == stands


def test_an_answer_whose_input_the_api_changed_or_whose_usage_is_none_is_not_judged():
    assert CacheLog().begun().start().finish(0, 7_600, transformed=True).untold == []
    assert CacheLog().begun().start().finish(0, 0, reported=False).untold == []


def test_a_rewrite_leaves_the_preamble_and_another_model_nothing():
    log = CacheLog().begun().append(ev.Rewritten(reason="compaction"))
    assert (log.prompt_cache.cached_tokens, log.prompt_cache.preamble) == (5_000, 5_000)
    assert log.start().finish(5_000, 300).untold == []
    log = CacheLog().begun().append(ev.Rewritten(reason="model", model="claude-opus-5"))
    assert (log.prompt_cache.cached_tokens, log.prompt_cache.previous_message_id) == (0, None)


def test_the_preamble_is_missed_after_a_rewrite_if_it_is_gone():
    log = CacheLog().begun().append(ev.Rewritten(reason="compaction"))
    assert log.start().finish(0, 6_000).untold == [(2, 5_000, "same")]


def test_a_summary_that_was_asked_for_renews_what_it_read_and_leaves_nothing():
    log = CacheLog().begun()
    log.now += 200
    asked = log.now
    log.start(purpose="compaction").finish(7_000, 900)
    assert log.prompt_cache.cached_tokens == 7_000
    assert log.prompt_cache.cold_at(log.now) == asked + 300
    missed = CacheLog().begun().start(purpose="compaction").finish(0, 7_900)
    assert missed.untold == []
    assert missed.prompt_cache.cached_tokens == 7_000


def test_requests_of_other_agents_have_a_cache_of_their_own():
    log = CacheLog().begun()
    before = log.prompt_cache
    log.start(agent="reviewer").finish(0, 400)
    assert log.prompt_cache == before
    log.start()
    mine = log.number
    log.start(agent="reviewer")
    log.number = mine
    assert log.finish(7_000, 600).prompt_cache.cached_tokens == 7_600
    log.number = mine + 1
    assert log.finish(0, 9).untold == []


def test_only_ids_of_the_api_are_named_to_it():
    for message in ("local_1", "msg_1#4", "chatcmpl-1", ""):
        assert (
            CacheLog().start().finish(0, 9, message=message).prompt_cache.previous_message_id
            is None
        )
    assert CacheLog().begun().prompt_cache.previous_message_id == "msg_1"


def test_where_nothing_was_named_the_miss_was_not_asked_about():
    log = CacheLog().begun().start(follows=None).finish(0, 7_600)
    assert log.untold == [(2, 7_000, "unasked")]
    assert log.prompt_cache.pending is None


COUNTS = st.integers(0, 50_000)


@given(st.lists(st.tuples(COUNTS, COUNTS, st.floats(0, 400)), max_size=12))
def test_no_more_is_ever_missed_than_stood_there(requests: list[tuple[int, int, float]]):
    log = CacheLog()
    for read, wrote, pause in requests:
        stood = log.prompt_cache.cached_tokens, log.prompt_cache.preamble
        log.start().finish(read, wrote)
        last = [miss for miss in log.prompt_cache.unreported_misses if miss.request == log.number]
        assert all(miss.tokens + read in stood for miss in last)
        assert log.prompt_cache.cached_tokens == read + wrote
        assert 0 <= log.prompt_cache.preamble <= log.prompt_cache.cached_tokens
        log.now += pause
    assert log.prompt_cache.missed == sum(
        miss.tokens for miss in log.prompt_cache.unreported_misses
    )
    assert all(isinstance(miss, CacheMiss) for miss in log.prompt_cache.unreported_misses)


def test_a_server_that_was_started_anew_has_nothing_and_that_is_no_miss():
    log = CacheLog().begun().start().finish(7_000, 500)
    log.now += 20
    log.append(ev.CacheEmptied())
    assert log.prompt_cache.lost(log.now) == "all"
    assert log.prompt_cache.cold_at(log.now + 60) == log.now
    assert log.prompt_cache.cached_tokens == 7_500, "what is to be written again"
    assert log.prompt_cache.previous_message_id is None, "nobody there to compare with"
    log.start().finish(0, 2_600, PREAMBLE)
    assert log.prompt_cache.misses == 0
    assert log.prompt_cache.lost(log.now) == "nothing"
    assert log.prompt_cache.cold_at(log.now) > log.now


def test_a_server_that_only_reports_reads_has_no_cache_whose_end_is_known():
    log = CacheLog().start().finish(2_000, 0).start().finish(9_000, 0)
    assert log.prompt_cache.only_read
    assert log.prompt_cache.cold_at(log.now) is None
    log.start().finish(100, 0)
    assert log.prompt_cache.misses == 0, "another conversation took its place: no miss of ours"
    log.start().finish(100, 9_000)
    assert not log.prompt_cache.only_read
    assert log.prompt_cache.cold_at(log.now) is not None


def test_a_first_request_that_finds_everything_there_is_believed_with_its_first_write():
    log = CacheLog().start().finish(PREAMBLE, 0).start().finish(PREAMBLE, 700)
    assert not log.prompt_cache.only_read


REWOUND = {
    "model": {"model": "claude-haiku-5-5"},
    "effort": {"effort": "low"},
    "top effort": {"top_effort": "low"},
    "budget": {"budget": WireBudget(100_000, 40_000)},
    "shape": {"shape": "two"},
}


def test_a_rewound_conversation_finds_what_was_cached_at_its_new_end():
    log = CacheLog().begun()
    then = log.prompt_cache
    log.now += 50
    rewound = log.start().finish(7_000, 3_000).prompt_cache.rewound_to(then)
    assert (rewound.cached_tokens, rewound.message) == (7_000, "msg_1")
    assert rewound.cold_at(log.now) == then.cold_at(log.now), "no request has used it since"


@pytest.mark.parametrize("change", REWOUND.values(), ids=REWOUND)
def test_after_a_change_of_the_prefix_a_rewound_conversation_finds_the_preamble_alone(
    change: dict[str, Any],
):
    log = CacheLog().begun()
    then = log.prompt_cache
    rewound = log.start(**change).finish(5_000, 5_000).prompt_cache.rewound_to(then)
    assert (rewound.cached_tokens, rewound.message, rewound.unused) == (5_000, "", 0.0)
    assert rewound.pending is None

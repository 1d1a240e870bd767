"""What a session learns of the windows of its models, and when it was shortened last."""

import pytest
from msgspec import structs

from tests.session.folded_log import FoldedLog
from tui.session import events as ev
from tui.session.compaction_history import CompactionHistory
from tui.session.window_limits import WindowLimits


def test_what_a_server_says_of_its_window_is_believed():
    windows = WindowLimits()
    assert windows.window_of("m", 200_000) == 200_000
    windows.on_too_long("m", 40_000, 32_768)
    assert windows.window_of("m", 200_000) == 32_768
    assert windows.window_of("m", 16_000) == 32_768, "also where it is more than the list says"
    assert windows.window_of("other", 200_000) == 200_000


def test_what_is_only_assumed_is_never_more_than_the_list_says():
    windows = WindowLimits()
    windows.on_too_long("m", 160_000, None)
    assert windows.window_of("m", 64_000) == 64_000


def test_without_a_figure_a_smaller_window_is_assumed_each_time_but_no_less_than_answered():
    windows = WindowLimits()
    windows.on_answer("m", 28_000)
    windows.on_too_long("m", 40_000, None)
    assert windows.window_of("m", 200_000) == 30_000
    windows.on_too_long("m", 40_000, None)
    assert windows.window_of("m", 200_000) == 28_000


def test_a_larger_context_that_was_answered_takes_the_place_of_what_was_assumed():
    windows = WindowLimits()
    windows.on_too_long("m", 40_000, None)
    windows.on_answer("m", 36_000)
    assert windows.window_of("m", 200_000) == 36_000


def test_a_refusal_without_a_figure_does_not_lower_a_window_that_was_said():
    windows = WindowLimits()
    windows.on_too_long("m", 40_000, 32_768)
    windows.on_too_long("m", 50_000, None)
    assert windows.window_of("m", 200_000) == 32_768


def test_what_a_summary_left_is_measured_by_the_next_response():
    made = CompactionHistory()
    made.on_summary_request(90_000)
    made.on_shortened(4_000)
    made.on_measured(9_000)
    made.on_measured(20_000)
    assert made.context_tried == 9_000


def test_the_window_holds_at_least_what_was_answered():
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(28_000, 10)
    log.state.window_limits.on_too_long("m", 30_000, None)
    assert log.state.window_limits.window_of("m", 200_000) == 28_000


def result(call: str, size: int, request: int = 1) -> ev.ToolFinished:
    return ev.ToolFinished(
        request=request,
        tool_use=call,
        name="read",
        content="x" * size,
        outcome="done",
        estimate=size // 4,
    )


def refused(log: FoldedLog, window: int | None = None) -> None:
    log.append(
        ev.RequestFailed(
            request=log.state.request,
            reason="fault",
            error="context_exceeded",
            sentence="Too long.",
            window=window,
        )
    )


def test_what_a_refused_request_brought_waits_again_and_can_be_cut():
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(1_000, 50, "c1", "c2")
    log.append(result("c1", 40_000), result("c2", 400))
    log.request()
    assert not log.state.conversation.pending
    refused(log, 8_000)
    state = log.state
    assert state.conversation.pending.keys == ["c1", "c2"]
    assert state.conversation.messages[-1].role == "assistant"
    assert state.window_limits.window_of("m", 200_000) == 8_000
    before = state.ledger.charged
    log.append(ev.ResultsCut(cuts=(ev.PartCut(key="c1", content="short", estimate=2),)))
    assert state.ledger.charged == before - 10_000 + 2
    assert state.ledger.by_kind["results"] == 102
    log.request()
    sent = state.conversation.messages[-1].content
    assert [block["content"] for block in sent] == ["short", "x" * 400]


def test_a_cut_changes_what_is_used_of_the_context_and_the_sums_stay_right():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=50_000))
    log.prompt()
    log.request()
    log.response(1_000, 50, "c1")
    log.append(result("c1", 80_000))
    assert (log.state.context_used, log.state.left) == (21_050, 29_950)
    log.append(ev.ResultsCut(cuts=(ev.PartCut(key="c1", content="held back", estimate=3),)))
    assert (log.state.context_used, log.state.left) == (1_053, 49_947)
    assert sum(log.state.ledger.by_subtask.values()) == log.state.ledger.charged
    log.request()
    log.response(1_060, 10)
    assert log.state.ledger.entries["c1"].tokens == 10, "settled by what it really weighed"


def test_an_unsent_prompt_leaves_and_the_context_of_the_session_comes_with_the_next():
    log = FoldedLog()
    log.append(ev.PreambleSet(system=(), tools=(), context="<environment>here"))
    log.prompt("far too long")
    log.append(ev.TurnEnded(turn=1, reason="error", sentence="Too long.", unsent=True))
    assert not log.state.conversation.pending
    assert log.state.unmeasured == 0
    log.prompt("shorter")
    texts = [block["text"] for block in log.state.conversation.pending.to_message().content]
    assert texts == ["<environment>here", "shorter"]


def test_a_prompt_that_waits_waits_on_behind_a_summary():
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(1_000, 50)
    log.prompt("the next one")
    messages = ({"role": "user", "content": [{"type": "text", "text": "<summary>s</summary>"}]},)
    log.append(ev.Rewritten(reason="compaction", messages=messages, after=300, keeps_texts=True))
    assert log.state.conversation.pending.keys == ["prompt-2"]
    assert log.state.context_used == 305


def test_a_summary_in_vain_changes_nothing_on_the_wire_and_a_rewrite_tells_of_it():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.response(1_000, 500)
    before = log.state.wire_budget()
    log.append(
        ev.RequestStarted(
            request=2,
            turn=1,
            model="m",
            effort=None,
            max_tokens=8_000,
            budget=before,
            messages=2,
            purpose="compaction",
        )
    )
    log.response(1_600, 40)
    assert log.state.wire_budget() == before
    assert (log.state.dropped_tokens, log.state.left) == (40, 99_460)
    log.append(ev.Rewritten(reason="rewind", keep=0))
    told = log.state.wire_budget()
    assert told is not None and told.remaining == 99_460


def test_a_guess_that_no_window_is_as_small_as_is_forgotten_with_the_next_prompt():
    limits = WindowLimits()
    limits.on_too_long("m", 4_000, None)
    assert limits.window_of("m", 200_000) == 3_000
    limits.open_turn()
    assert limits.window_of("m", 200_000) == 200_000
    limits.on_too_long("m", 40_000, None)
    limits.open_turn()
    assert limits.window_of("m", 200_000) == 30_000
    limits.on_too_long("m", 4_000, 5_000)
    limits.open_turn()
    assert limits.window_of("m", 200_000) == 5_000


def test_only_the_newest_prompt_is_never_cut() -> None:
    """What waited before it may be: an older prompt, results, what a command printed."""
    log = FoldedLog()
    log.prompt("first")
    log.end()
    log.append(ev.ShellRan(command="ls", output="x"))
    log.prompt("second")
    parts = log.state.conversation.pending.parts
    assert [part.may_be_cut for part in parts] == [True, True, False]


@pytest.mark.parametrize(
    ("event", "cut"),
    [
        (result("toolu_1", 9), True),
        (structs.replace(result("toolu_1", 9), name="wrap_up"), False),
        (ev.ShellRan(command="ls", output="x"), True),
        (ev.NoteSent(text="what the user says", reason="steering"), True),
        (ev.NoteSent(text="what the program says", reason="landing"), False),
    ],
)
def test_what_others_wrote_may_be_cut_and_words_of_the_program_may_not(
    event: ev.Event, cut: bool
) -> None:
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(100, 10, "toolu_1")
    log.append(event)
    (part,) = log.state.conversation.pending.parts
    assert part.may_be_cut is cut

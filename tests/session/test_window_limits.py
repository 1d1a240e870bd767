"""What a session learns of the windows of its models, and when it was shortened last."""

from session_story import Story

from tui.session import events as ev
from tui.session.compactions import Compactions
from tui.session.window_limits import WindowLimits


def test_what_a_server_says_of_its_window_is_believed():
    windows = WindowLimits()
    assert windows.of("m", 200_000) == 200_000
    windows.refused("m", 40_000, 32_768)
    assert windows.of("m", 200_000) == 32_768
    assert windows.of("m", 16_000) == 32_768, "also where it is more than the list says"
    assert windows.of("other", 200_000) == 200_000


def test_what_is_only_assumed_is_never_more_than_the_list_says():
    windows = WindowLimits()
    windows.refused("m", 160_000, None)
    assert windows.of("m", 64_000) == 64_000


def test_without_a_figure_a_smaller_window_is_assumed_each_time_but_not_less_than_was_answered():
    windows = WindowLimits()
    windows.answered("m", 28_000)
    windows.refused("m", 40_000, None)
    assert windows.of("m", 200_000) == 30_000
    windows.refused("m", 40_000, None)
    assert windows.of("m", 200_000) == 28_000


def test_a_larger_context_that_was_answered_takes_the_place_of_what_was_assumed():
    windows = WindowLimits()
    windows.refused("m", 40_000, None)
    windows.answered("m", 36_000)
    assert windows.of("m", 200_000) == 36_000


def test_a_refusal_without_a_figure_does_not_lower_a_window_that_was_said():
    windows = WindowLimits()
    windows.refused("m", 40_000, 32_768)
    windows.refused("m", 50_000, None)
    assert windows.of("m", 200_000) == 32_768


def test_what_a_summary_left_is_measured_by_the_next_response():
    made = Compactions()
    made.asked(90_000)
    made.shortened(4_000)
    made.measured(9_000)
    made.measured(20_000)
    assert made.tried == 9_000


def result(call: str, size: int, request: int = 1) -> ev.ToolFinished:
    return ev.ToolFinished(
        request=request,
        tool_use=call,
        name="read",
        content="x" * size,
        outcome="done",
        estimate=size // 4,
    )


def refused(story: Story, window: int | None = None) -> None:
    story.tell(
        ev.RequestFailed(
            request=story.state.request,
            reason="fault",
            error="context_exceeded",
            sentence="Too long.",
            window=window,
        )
    )


def test_what_a_refused_request_brought_waits_again_and_can_be_cut():
    story = Story()
    story.prompt()
    story.request()
    story.response(1_000, 50, "c1", "c2")
    story.tell(result("c1", 40_000), result("c2", 400))
    story.request()
    assert not story.state.conversation.waiting
    refused(story, 8_000)
    state = story.state
    assert state.conversation.waiting.keys == ["c1", "c2"]
    assert state.conversation.messages[-1].role == "assistant"
    assert state.window_limits.of("m", 200_000) == 8_000
    before = state.ledger.charged
    story.tell(ev.ResultsCut(cuts=(ev.PartCut(key="c1", content="short", estimate=2),)))
    assert state.ledger.charged == before - 10_000 + 2
    assert state.ledger.by_kind["results"] == 102
    story.request()
    sent = state.conversation.messages[-1].content
    assert [block["content"] for block in sent] == ["short", "x" * 400]


def test_a_cut_changes_what_is_used_of_the_context_and_the_sums_stay_right():
    story = Story()
    story.tell(ev.BudgetGranted(total=50_000))
    story.prompt()
    story.request()
    story.response(1_000, 50, "c1")
    story.tell(result("c1", 80_000))
    assert (story.state.context_used, story.state.left) == (21_050, 29_950)
    story.tell(ev.ResultsCut(cuts=(ev.PartCut(key="c1", content="held back", estimate=3),)))
    assert (story.state.context_used, story.state.left) == (1_053, 49_947)
    assert sum(story.state.ledger.by_subtask.values()) == story.state.ledger.charged
    story.request()
    story.response(1_060, 10)
    assert story.state.ledger.entries["c1"].tokens == 10, "settled by what it really weighed"


def test_an_unsent_prompt_leaves_and_the_context_of_the_session_comes_with_the_next():
    story = Story()
    story.tell(ev.PreambleSet(system=(), tools=(), context="<environment>here"))
    story.prompt("far too long")
    story.tell(ev.TurnEnded(turn=1, reason="error", sentence="Too long.", unsent=True))
    assert not story.state.conversation.waiting
    assert story.state.unmeasured == 0
    story.prompt("shorter")
    texts = [block["text"] for block in story.state.conversation.waiting.message().content]
    assert texts == ["<environment>here", "shorter"]


def test_a_prompt_that_waits_waits_on_behind_a_summary():
    story = Story()
    story.prompt()
    story.request()
    story.response(1_000, 50)
    story.prompt("the next one")
    messages = ({"role": "user", "content": [{"type": "text", "text": "<summary>s</summary>"}]},)
    story.tell(ev.Rewritten(reason="compaction", messages=messages, after=300, keeps_texts=True))
    assert story.state.conversation.waiting.keys == ["prompt-2"]
    assert story.state.context_used == 305


def test_a_summary_in_vain_changes_nothing_on_the_wire_and_a_rewrite_tells_of_it():
    story = Story()
    story.tell(ev.BudgetGranted(total=100_000))
    story.prompt()
    story.request()
    story.response(1_000, 500)
    before = story.state.wire_budget()
    story.tell(
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
    story.response(1_600, 40)
    assert story.state.wire_budget() == before
    assert (story.state.vanished, story.state.left) == (40, 99_460)
    story.tell(ev.Rewritten(reason="rewind", keep=0))
    told = story.state.wire_budget()
    assert told is not None and told.remaining == 99_460


def test_a_guess_that_no_window_is_as_small_as_is_forgotten_with_the_next_prompt() -> None:
    limits = WindowLimits()
    limits.refused("m", 4_000, None)
    assert limits.of("m", 200_000) == 3_000
    limits.open_turn()
    assert limits.of("m", 200_000) == 200_000
    limits.refused("m", 40_000, None)
    limits.open_turn()
    assert limits.of("m", 200_000) == 30_000
    limits.refused("m", 4_000, 5_000)
    limits.open_turn()
    assert limits.of("m", 200_000) == 5_000

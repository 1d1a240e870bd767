"""A log with a hole: whatever was lost, what is left makes a valid conversation and a true bill."""

import random
from typing import Any

import msgspec
import pytest

from tests.session.folded_log import FoldedLog
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.log_gaps import LOST_RESULT
from tui.session.state import SessionState


def assert_is_valid(messages: list[dict[str, Any]]) -> None:
    """As the API demands: each call is answered in the next message, each result has its call."""
    calls: set[str] = set()
    for message in messages:
        if message["role"] == "system":
            continue
        results = {each["tool_use_id"] for each in message["content"] if "tool_use_id" in each}
        assert results == calls, message
        assert message["content"]
        calls = {each["id"] for each in message["content"] if each["type"] == "tool_use"}
    assert not calls


def long_log() -> FoldedLog:
    """Parallel calls, a failure, a compaction, a rewind, a limit, three turns."""
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt("first")
    log.request()
    log.response(100, 20, "a", "b", "c")
    for call in "abc":
        log.append(ev.ToolStarted(request=1, tool_use=call, name="read", input={}))
        log.result(call, 30)
    log.append(ev.NoteSent(text="hurry", reason="steering", estimate=3))
    log.request()
    log.append(ev.RequestFailed(request=2, reason="fault", output=7, message="msg_x"))
    log.request()
    log.response(260, 10, "d")
    log.append(ev.PermissionAsked(tool_use="d", name="bash", subject="x", reason="y"))
    log.append(ev.PermissionAnswered(tool_use="d", answer="once"))
    log.result("d", 40)
    log.request()
    log.response(330, 11)
    log.end()
    log.prompt("second")
    log.request()
    log.response(350, 12, "e", "f")
    log.result("e", 10)
    log.result("f", 10)
    log.append(ev.EffortTold(effort="low"))
    kept = ({"role": "user", "content": [{"type": "text", "text": "summary"}]},)
    log.append(ev.Rewritten(reason="compaction", messages=kept, before=400, after=50))
    log.request()
    log.response(60, 13, "g")
    log.result("g", 10)
    log.request()
    log.response(90, 14)
    log.end()
    log.prompt("third")
    log.request()
    log.response(120, 15, "h")
    log.result("h", 10)
    log.append(ev.Rewritten(reason="rewind", keep=3, before=130, after=60))
    log.prompt("fourth")
    log.request()
    log.response(140, 16)
    log.end()
    return log


LOG = long_log()
COUNT = len(LOG.records)


def with_holes(*holes: tuple[int, int]) -> SessionState:
    """The state of the log when the events in these ranges were lost."""
    state = SessionState()
    for record in LOG.records:
        for first, last in holes:
            if first <= record.seq <= last:
                record = ev.Record(record.seq, record.at, ev.EventsLost(first=first, last=last))
        apply_record(state, record)
    return state


def goes_on(state: SessionState) -> list[dict[str, Any]]:
    """What the program does when the session is resumed, and the next prompt."""
    for call, block in list(state.conversation.open_calls.items()):
        say(state, ev.ToolFinished(request=1, tool_use=call, name=block["name"], content="?",
                                   outcome="interrupted"))  # fmt: skip
    say(state, ev.PromptSubmitted(turn=state.turn + 1, text="on", content=(text("on"),)))
    messages = state.conversation.sendable()
    say(state, ev.RequestStarted(request=99, turn=state.turn, model="m", effort="high",
                                 max_tokens=1, budget=None, messages=1))  # fmt: skip
    assert state.conversation.sendable() == messages
    return messages


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def say(state: SessionState, event: ev.Event) -> None:
    apply_record(state, ev.Record(state.seq + 1, state.at + 1, event))


def test_the_whole_log_is_valid():
    assert_is_valid(goes_on(with_holes()))
    assert COUNT > 40


@pytest.mark.parametrize("first", range(2, COUNT + 1))
def test_any_hole_leaves_a_conversation_that_can_be_sent(first: int):
    for last in range(first, COUNT + 1):
        assert_is_valid(goes_on(with_holes((first, last))))


def test_many_holes_leave_a_conversation_that_can_be_sent():
    chance = random.Random(4)
    for _ in range(300):
        at = sorted(chance.sample(range(2, COUNT + 1), chance.choice([2, 3, 5, 9])))
        assert_is_valid(goes_on(with_holes(*((each, each) for each in at))))


def test_the_ledger_keeps_what_is_known_and_makes_nothing_up():
    whole = {key: entry.tokens for key, entry in LOG.state.ledger.entries.items()}
    for first in range(2, COUNT + 1):
        state = with_holes((first, min(first + 5, COUNT)))
        for key, entry in state.ledger.entries.items():
            known = whole.get(key, whole.get(key.partition("/")[0]))
            assert known is not None
            # Where no size can be compared an entry stays what it was estimated at.
            assert entry.tokens == known or not entry.settled or entry.kind != "output"
        assert state.charged <= LOG.state.charged + 100


def test_a_result_lost_with_its_call_stays_out_and_the_model_is_told_of_the_gap():
    state, cut = (
        SessionState(),
        next(each.seq for each in LOG.records if isinstance(each.event, ev.Rewritten)),
    )
    for record in LOG.records[: cut - 1]:
        hole = ev.EventsLost(first=5, last=5)
        apply_record(state, ev.Record(5, record.at, hole) if record.seq == 5 else record)
    said = [block for message in goes_on(state) for block in message["content"]]
    assert [block for block in said if block["type"] == "text"].count(text(LOST_RESULT)) == 1
    assert not [block for block in said if block.get("tool_use_id") in ("a", "b", "c")]
    assert state.lost_events == 1


def test_results_behind_a_hole_still_answer_their_calls():
    (at,) = (each.seq for each in LOG.records if isinstance(each.event, ev.ToolFinished)
             and each.event.tool_use == "b")  # fmt: skip
    state = with_holes((at, at))
    found = [
        block["content"] == LOST_RESULT
        for message in state.conversation.sendable()
        for block in message["content"]
        if block.get("tool_use_id") in ("a", "b", "c")
    ]
    assert found in ([], [False, True, False], [True, False, False], [False, False, True])


def test_prompts_keep_their_turns():
    (at,) = (each.seq for each in LOG.records if isinstance(each.event, ev.PromptSubmitted)
             and each.event.text == "second")  # fmt: skip
    assert with_holes((at, at)).prompts == ["first", "", "third", "fourth"]


def waiting_log() -> FoldedLog:
    """A turn in which everything is open: a tool runs, a question and a limit wait."""
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt("first")
    log.request()
    log.response(100, 20, "a", "b")
    log.append(
        ev.ToolStarted(request=1, tool_use="a", name="read", input={}),
        ev.PermissionAsked(tool_use="b", name="bash", subject="x", reason="y"),
        ev.LimitReached(limit="budget", sentence="Reached."),
    )
    log.request()
    return log


def still_open(state: SessionState) -> set[str]:
    """What of the state waits for another event."""
    waits = {
        "turn": state.turn_open,
        "tool": state.running_tools,
        "question": state.open_questions,
        "limit": state.open_limit,
        "request": state.open_request,
    }
    return {name for name, value in waits.items() if value}


def test_no_question_waits_behind_the_end_of_a_turn() -> None:
    log = waiting_log()
    log.end()
    assert not still_open(log.state) & {"turn", "question"}


def test_behind_a_hole_nothing_but_the_turn_is_open() -> None:
    log = waiting_log()
    assert still_open(log.state) == {"turn", "tool", "question", "limit", "request"}
    log.append(ev.EventsLost(first=9, last=12))
    assert still_open(log.state) == {"turn"}


@pytest.mark.parametrize(
    ("kind", "ended"),
    [
        ("turn_ended", {"turn", "question"}),
        ("request_finished", {"request"}),
        ("request_failed", {"request"}),
        ("limit_answered", {"limit"}),
        ("permission_answered", {"question"}),
        ("a_kind_of_tomorrow", set()),
    ],
)
def test_a_newer_event_ends_what_events_of_its_kind_end(kind: str, ended: set[str]) -> None:
    log = waiting_log()
    before = still_open(log.state)
    log.append(ev.Unknown(raw=msgspec.Raw(b'{"kind":"%s","new":1}' % kind.encode()), version=99))
    assert still_open(log.state) == before - ended

"""What fills the context window."""

from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.filling import filling
from tui.session.state import SessionState


def flown() -> SessionState:
    state = SessionState()
    events: list[ev.Event] = [
        ev.SessionStarted(session="s", folder="/p", program="0", model="m"),
        ev.PreambleSet(system=({"type": "text", "text": "s" * 400},), tools=({"name": "read"},)),
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
        ev.RequestStarted(
            request=1, turn=1, model="m", effort=None, max_tokens=1, budget=None, messages=1
        ),
        ev.RequestFinished(
            request=1,
            message="msg_1",
            model="m",
            blocks=(
                {"type": "text", "text": "a" * 100},
                {"type": "tool_use", "id": "t", "name": "read", "input": {"path": "x"}},
            ),
            usage=Usage(input=400, output=100),
            raw_usage={},
            stop_reason="tool_use",
        ),
        ev.ToolFinished(request=1, tool_use="t", name="read", content="r" * 5_000, outcome="done"),
        ev.RequestStarted(
            request=2, turn=1, model="m", effort=None, max_tokens=1, budget=None, messages=3
        ),
        ev.RequestFinished(
            request=2,
            message="msg_2",
            model="m",
            blocks=({"type": "text", "text": "done"},),
            usage=Usage(input=2_000, output=10),
            raw_usage={},
            stop_reason="end_turn",
        ),
    ]
    for seq, event in enumerate(events, 1):
        state.apply(ev.Record(seq, 0.0, event))
    return state


def test_the_parts_sum_to_the_context_and_name_the_heaviest() -> None:
    found = filling(flown())
    assert sum(part.tokens for part in found.parts) == 2_010
    heaviest = max(found.parts, key=lambda part: part.tokens)
    assert heaviest.name == "tool results"
    assert [part.name for part in found.largest] == ["read"]


def test_before_the_first_response_nothing_fills_it() -> None:
    assert filling(SessionState()).parts == ()

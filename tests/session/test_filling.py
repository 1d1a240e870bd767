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
    assert [part.name for part in found.largest] == ["read x"]


def test_before_the_first_response_nothing_fills_it() -> None:
    assert filling(SessionState()).parts == ()


def said(*blocks: ev.JSON, role: str = "user") -> SessionState:
    """A conversation of one message, after a response of 1,000 tokens."""
    state = flown()
    message = {"role": role, "content": list(blocks)}
    rewritten = ev.Rewritten(reason="rewind", keep=0, messages=(message,), after=1_000)
    state.apply(ev.Record(99, 0.0, rewritten))
    return state


def test_a_summary_of_the_server_is_a_summary_by_its_own_weight() -> None:
    block = {"type": "compaction", "content": "what was done " * 200, "signature": "x"}
    parts = {part.name: part.tokens for part in filling(said(block, role="assistant")).parts}
    assert parts["summary"] > 800
    assert "answers" not in parts


def test_the_largest_results_are_named_by_what_they_were_asked_on() -> None:
    state = said({"type": "text", "text": "go"})
    calls = [
        {"type": "tool_use", "id": "a", "name": "bash", "input": {"command": "make\n  all"}},
        {"type": "tool_use", "id": "b", "name": "grep", "input": {"pattern": "x" * 400}},
        {"type": "tool_use", "id": "c", "name": "checklist", "input": {"subtasks": []}},
        {"type": "tool_use", "id": "d", "name": "odd", "input": None},
    ]
    results = [
        {"type": "tool_result", "tool_use_id": id, "content": "r" * size}
        for id, size in (("a", 100), ("b", 300), ("c", 200), ("d", 50), ("gone", 10))
    ]
    rewritten = ev.Rewritten(
        reason="rewind",
        messages=(
            {"role": "assistant", "content": calls},
            {"role": "user", "content": results},
        ),
        after=1_000,
    )
    state.apply(ev.Record(100, 0.0, rewritten))
    names = [part.name for part in filling(state).largest]
    assert names == [f"grep {'x' * 55}", "checklist", "bash make all", "odd", ""]

"""What fills the context window."""

import base64

import pytest

from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.context_usage import context_usage, fixed_parts
from tui.session.event_fold import apply_record
from tui.session.state import SessionState


def usage(context: int, output: int) -> Usage:
    return Usage(input=context, output=output)


def started(request: int, messages: int) -> ev.Event:
    return ev.RequestStarted(
        request=request,
        turn=1,
        model="m",
        effort=None,
        max_tokens=1,
        budget=None,
        messages=messages,
    )


def log(first: Usage, second: Usage) -> list[ev.Event]:
    """A prompt, a call, and the answer to its result."""
    return [
        ev.SessionStarted(session="s", folder="/p", program="0", model="m"),
        ev.PreambleSet(system=({"type": "text", "text": "s" * 400},), tools=({"name": "read"},)),
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
        started(1, 1),
        ev.RequestFinished(
            request=1,
            message="msg_1",
            model="m",
            blocks=(
                {"type": "text", "text": "a" * 100},
                {"type": "tool_use", "id": "t", "name": "read", "input": {"path": "x"}},
            ),
            usage=first,
            raw_usage={},
            stop_reason="tool_use",
        ),
        ev.ToolFinished(request=1, tool_use="t", name="read", content="r" * 5_000, outcome="done"),
        started(2, 3),
        ev.RequestFinished(
            request=2,
            message="msg_2",
            model="m",
            blocks=({"type": "text", "text": "done"},),
            usage=second,
            raw_usage={},
            stop_reason="end_turn",
        ),
    ]


def session_with_usage() -> SessionState:
    state = SessionState()
    for seq, event in enumerate(log(usage(400, 100), usage(2_000, 10)), 1):
        apply_record(state, ev.Record(seq, 0.0, event))
    return state


def test_the_parts_sum_to_the_context_and_name_the_heaviest():
    found = context_usage(session_with_usage())
    assert sum(part.tokens for part in found.parts) == 2_010
    heaviest = max(found.parts, key=lambda part: part.tokens)
    assert heaviest.name == "tool results"
    assert [part.name for part in found.largest] == ["read x"]


def test_before_the_first_response_nothing_fills_it():
    assert context_usage(SessionState()).parts == ()


def said(*blocks: ev.JSON, role: str = "user") -> SessionState:
    """A conversation of one message, after a response of 1,000 tokens."""
    state = session_with_usage()
    message = {"role": role, "content": list(blocks)}
    rewritten = ev.Rewritten(reason="rewind", keep=0, messages=(message,), after=1_000)
    apply_record(state, ev.Record(99, 0.0, rewritten))
    return state


def test_a_summary_of_the_server_is_a_summary_by_its_own_weight():
    block = {"type": "compaction", "content": "what was done " * 200, "signature": "x"}
    parts = {part.name: part.tokens for part in context_usage(said(block, role="assistant")).parts}
    assert parts["summary"] > 800
    assert "answers" not in parts


def test_the_largest_results_are_named_by_what_they_were_asked_on():
    state = said({"type": "text", "text": "go"})
    calls = [
        {"type": "tool_use", "id": "a", "name": "bash", "input": {"command": "make\n  all"}},
        {"type": "tool_use", "id": "b", "name": "grep", "input": {"pattern": "x" * 400}},
        {"type": "tool_use", "id": "c", "name": "checklist", "input": {"subtasks": []}},
        {"type": "tool_use", "id": "d", "name": "odd", "input": None},
    ]
    results = [
        {"type": "tool_result", "tool_use_id": id, "content": "r" * size}
        for id, size in (("a", 100), ("b", 300), ("c", 200), ("d", 50), ("gone", 10), ("e", 5))
    ]
    rewritten = ev.Rewritten(
        reason="rewind",
        messages=(
            {"role": "assistant", "content": calls},
            {"role": "user", "content": results},
        ),
        after=1_000,
    )
    apply_record(state, ev.Record(100, 0.0, rewritten))
    names = [part.name for part in context_usage(state).largest]
    assert names == [f"grep {'x' * 55}", "checklist", "bash make all", "odd", ""]


def settled() -> SessionState:
    """As `session_with_usage`, with figures of the API: 700 tokens of output, 4,000 of a result."""
    state = SessionState()
    for event in log(usage(3_000, 700), usage(3_000 + 700 + 4_000, 10)):
        apply_record(state, ev.Record(state.seq + 1, 0.0, event))
    return state


def test_what_the_ledger_has_settled_is_the_figure_here_as_well():
    state = settled()
    assert state.ledger.entries["t"].tokens == 4_000
    found = context_usage(state)
    (largest,) = found.largest
    assert (largest.name, largest.tokens, largest.estimated) == ("read x", 4_000, False)
    parts = {part.name: part for part in found.parts}
    assert (parts["tool results"].tokens, parts["tool results"].estimated) == (4_000, False)
    said = [parts[name] for name in ("answers", "tool calls")]
    assert sum(part.tokens for part in said) == 700 + 10
    assert parts["answers"].estimated, "a message of words and a call divides by estimate"
    assert sum(part.tokens for part in found.parts) == 7_710


def test_what_is_sent_and_not_answered_yet_is_not_in_the_window():
    state = settled()
    prompt = ev.PromptSubmitted(turn=2, text="x", content=({"type": "text", "text": "x" * 9_000},))
    for event in (prompt, started(3, 5)):
        apply_record(state, ev.Record(state.seq + 1, 0.0, event))
    before = {part.name: part.tokens for part in context_usage(settled()).parts}
    assert {part.name: part.tokens for part in context_usage(state).parts} == before


def test_entries_of_another_count_are_estimates():
    state = settled()
    state.context = 3_000
    found = context_usage(state)
    assert sum(part.tokens for part in found.parts) == 3_000
    assert all(part.estimated for part in found.parts)


PICTURE = {
    "type": "image",
    "source": {
        "type": "base64",
        "media_type": "image/png",
        # 750 x 2,000 pixels: 2,000 tokens at 750 pixels each
        "data": base64.b64encode(
            b"\x89PNG\r\n\x1a\n" + bytes(8) + (750).to_bytes(4) + (2_000).to_bytes(4)
        ).decode(),
    },
}


def test_a_picture_fills_the_window_by_its_size():
    parts = {
        part.name: part.tokens for part in context_usage(said({"type": "text", "text": "go"})).parts
    }
    assert "pictures" not in parts
    found = context_usage(said({"type": "text", "text": "look"}, PICTURE))
    parts = {part.name: part.tokens for part in found.parts}
    assert parts["pictures"] > 900  # of 1,000; the rest is 400 characters and a word


def test_memory_files_have_a_row_of_their_own_with_their_names():
    environment, block = "<environment>\nfolder: /p\n</environment>", "<memory>rules</memory>" * 40
    sent = (ev.MemorySent(path="AGENTS.md", characters=len(block)),)
    events = log(usage(1_000, 50), usage(2_000, 30))
    events[1] = ev.PreambleSet(
        system=(), tools=(), context=f"{environment}\n\n{block}", memory=sent
    )
    state = SessionState()
    for seq, event in enumerate(events, 1):
        apply_record(state, ev.Record(seq=seq, at=float(seq), event=event))
    parts = {part.name: part for part in context_usage(state).parts}
    memory, folder = parts["memory files: AGENTS.md"], parts["folder and date"]
    assert memory.estimated
    assert memory.tokens > 10 * folder.tokens > 0
    assert sum(part.tokens for part in parts.values()) == state.context


def test_before_the_first_response_what_no_summary_replaces_is_estimated():
    """350 bytes of memory are 100 tokens at three and a half each."""
    told = ev.PreambleSet(
        system=(), tools=(), context="x" * 350, memory=(ev.MemorySent(path="A", characters=300),)
    )
    state = SessionState()
    assert [part.tokens for part in fixed_parts(state)] == [0]
    for event in (ev.SessionStarted(session="s", folder="/p", program="0", model="m"), told):
        apply_record(state, ev.Record(state.seq + 1, 0.0, event))
    head, memory = fixed_parts(state)
    assert (head.name, head.tokens) == ("system and tools", state.preamble_tokens)
    assert (memory.name, memory.tokens, memory.estimated) == ("memory files: A", 100, True)


def test_what_no_summary_replaces_are_system_text_and_tools_in_one_row():
    state = session_with_usage()
    parts = {part.name: part.tokens for part in context_usage(state).parts}
    (head,) = fixed_parts(state)
    assert (head.name, head.tokens) == ("system and tools", parts["system"] + parts["tools"])
    assert head.tokens > 100


def test_entries_of_another_count_are_scaled_at_four_characters_a_token():
    """A result of 4,000 tokens and 710 of words are 18,840 characters, before them are 447."""
    state = settled()
    state.context = 3_000
    parts = {part.name: part.tokens for part in context_usage(state).parts}
    assert parts["tool results"] == pytest.approx(3_000 * 16_000 / 19_287, abs=2)
    assert parts["answers"] + parts["tool calls"] == pytest.approx(3_000 * 2_840 / 19_287, abs=2)


def test_entries_that_leave_nothing_for_the_rest_are_still_the_figure():
    state = settled()
    state.context = 4_000 + 700 + 10
    parts = {part.name: part for part in context_usage(state).parts}
    assert (parts["tool results"].tokens, parts["tool results"].estimated) == (4_000, False)
    assert parts["system"].tokens == 0

"""A shortened copy of a conversation is valid for the API and fits; the program's own report."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.agent.shortened_copy import (
    LEFT_OUT,
    MIDDLE_LEFT_OUT,
    estimated_size,
    fallback_summary,
    shortened_copy,
)
from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


def conversation(seed: int, turns: int, big: int) -> list[dict[str, Any]]:
    """Prompts, answers with thinking and parallel calls, and their results."""
    chance, messages = random.Random(seed), []
    for turn in range(turns):
        messages.append({"role": "user", "content": [{"type": "text", "text": f"prompt {turn}"}]})
        calls = [f"c{turn}_{n}" for n in range(chance.randint(0, 4))]
        content: list[dict[str, Any]] = [
            {"type": "thinking", "thinking": "t" * 400, "signature": "s"}
        ]
        content.append({"type": "text", "text": "word " * chance.randint(1, big)})
        content += [
            {"type": "tool_use", "id": c, "name": "write", "input": {"content": "x" * big}}
            for c in calls
        ]
        messages.append({"role": "assistant", "content": content})
        if calls:
            results = [
                {"type": "tool_result", "tool_use_id": c, "content": "y" * chance.randint(1, big)}
                for c in calls
            ]
            messages.append({"role": "user", "content": results})
            messages.append({"role": "assistant", "content": [{"type": "text", "text": "So."}]})
    return messages


def check_pairs(messages: list[dict]) -> None:
    """Each call is answered in the next message, and each result answers a call before it."""
    for at, message in enumerate(messages):
        assert message["content"]
        calls = [b["id"] for b in message["content"] if b["type"] == "tool_use"]
        if message["role"] == "assistant" and calls and at + 1 < len(messages):
            results = [b.get("tool_use_id") for b in messages[at + 1]["content"]]
            assert results == calls
        answered = [b["tool_use_id"] for b in message["content"] if b["type"] == "tool_result"]
        if answered:
            before = messages[at - 1]["content"]
            assert answered == [b["id"] for b in before if b["type"] == "tool_use"]


@given(st.integers(0, 10_000), st.integers(1, 12), st.sampled_from([10, 3_000, 60_000]))
def test_a_copy_is_valid_for_the_api_and_begins_with_the_first_prompt(
    seed: int, turns: int, big: int
):
    whole = conversation(seed, turns, big)
    copy = shortened_copy(whole, 4_000)
    check_pairs(copy)
    assert copy[0]["role"] == "user" and copy[0]["content"][0]["text"].startswith("prompt 0")
    assert not any(b["type"] == "thinking" for m in copy for b in m["content"])
    assert estimated_size(copy) <= 4_000
    assert copy[-1]["role"] == whole[-1]["role"]


def test_the_oldest_results_go_first_and_the_newest_stay():
    whole = conversation(3, 3, 10)
    for number, call in enumerate(("a", "b")):
        whole.append(
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": call, "name": "read", "input": {}}],
            }
        )
        whole.append(
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": call, "content": str(number) * 20_000}
                ],
            }
        )
    text = json.dumps(shortened_copy(whole, 7_000))
    assert "0" * 100 not in text and "1" * 20_000 in text and LEFT_OUT in text


def test_where_results_do_not_suffice_the_middle_goes():
    whole = conversation(1, 400, 40)
    copy = shortened_copy(whole, 3_000)
    assert estimated_size(copy) <= 3_100
    assert any(b.get("text") == MIDDLE_LEFT_OUT for b in copy[0]["content"])
    assert copy[-1] == whole[-1] or copy[-1]["content"][-1] == whole[-1]["content"][-1]


def test_what_fits_is_left_as_it_is_but_for_its_thinking():
    whole = conversation(2, 2, 10)
    assert estimated_size(shortened_copy(whole, 100_000)) == estimated_size(whole)


def test_the_scale_makes_a_copy_smaller_for_a_dense_conversation():
    whole = conversation(5, 40, 3_000)
    assert estimated_size(shortened_copy(whole, 20_000, scale=2.0)) <= 10_100


def told(prompts: list[str], *more: ev.Event) -> SessionState:
    """A session in which each prompt was answered in a few words."""
    events: list[ev.Event] = [
        ev.SessionStarted(session="s", folder="/p", program="1", model="m", effort="high")
    ]
    for turn, prompt in enumerate(prompts, 1):
        content = ({"type": "text", "text": prompt},)
        events += [
            ev.PromptSubmitted(turn=turn, text=prompt, content=content, estimate=5),
            ev.RequestStarted(
                request=turn,
                turn=turn,
                model="m",
                effort="high",
                max_tokens=9,
                budget=None,
                messages=1,
            ),
            ev.RequestFinished(
                request=turn,
                message=f"msg_{turn}",
                model="m",
                raw_usage={},
                stop_reason="end_turn",
                blocks=({"type": "text", "text": "my words"},),
                usage=Usage(input=9, output=2),
            ),
        ]
    records = [ev.Record(at, float(at), event) for at, event in enumerate([*events, *more], 1)]
    return fold(records)


def test_the_programs_own_summary_has_prompts_report_commands_and_the_last_words():
    report = WrapUp(done=("lexer",), not_started=("parser",), next_step="rename it")
    state = told(["Rename the parser"], ev.WrappedUp(turn=1, report=report))
    text = fallback_summary(state)
    assert text.startswith("<summary>") and text.endswith("</summary>")
    for word in ("Rename the parser", "lexer", "not started: parser", "rename it", "my words"):
        assert word in text


@pytest.mark.parametrize("length", [100, 2_000_000])
def test_the_programs_own_summary_is_short_whatever_was_said(length: int):
    assert len(fallback_summary(told(["p" * length] * 30))) < 14_000

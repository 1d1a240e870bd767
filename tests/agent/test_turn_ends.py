"""How a turn ends for reasons of the server's or of the user's, and in which words."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.context import change_context
from tests.support.run_session import run_session
from tests.support.simulator import words
from tui.agent.turn_end import refusal_sentence
from tui.claude.response_assembler import ResponseAssembler
from tui.session import events as ev
from tui.session.stop_reasons import STOP_REASONS, unexpected_stop
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

TOUCH = ScriptedToolUse("bash", {"command": "touch ran"})
LANDING = ScriptedText(words(18_500))
"""Uses a grant of 20,000 up to its reserve."""


def test_the_stop_reasons_of_the_api_are_known():
    """The list of the Messages API (`anthropic/types/beta/beta_stop_reason.py`)."""
    documented = {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "compaction",
        "refusal",
        "model_context_window_exceeded",
    }
    assert set(STOP_REASONS) == documented
    assert not any(unexpected_stop(each, has_calls=True) for each in documented)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("brand_new", "The server ended the answer with “brand_new”, which this version does not"),
        ("END_TURN", "The server ended the answer with “END_TURN”, which this version does not"),
        ("", "The server ended the answer without a stop reason."),
        ("tool_use", "The server ended the answer for a tool call, and there is none in it."),
    ],
)
async def test_an_end_that_is_not_understood_is_told_and_never_completed(
    tmp_path: Path, reason: str, sentence: str
):
    async with run_session(tmp_path, (ScriptedText("All done."),), (ScriptedText("Good."),)) as run:
        await run.server.faults({"kind": "stop", "reason": reason, "request": 1})
        await run.driver.run_turn("go")
        end = run.state.last_end
        assert end is not None and end.reason == "error"
        assert end.sentence.startswith(sentence)
        await run.driver.run_turn("continue")
        assert run.state.last_end.reason == "completed"


async def test_calls_of_a_message_with_an_unknown_end_are_not_run(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText("I write."), TOUCH), (ScriptedText("Good."),)
    ) as run:
        await run.server.faults({"kind": "stop", "reason": "brand_new", "request": 1})
        await run.driver.run_turn("go")
        assert not (run.folder / "ran").exists()
        assert not run.state.conversation.open_calls
        assert run.state.last_end.reason == "error"


@pytest.mark.parametrize("odd", [None, "", 7, ["end_turn"], {"reason": "end_turn"}])
def test_a_stop_reason_that_is_no_text_counts_as_none(odd: object):
    stream = ResponseAssembler(request_id="request")
    stream.feed({"type": "message_start", "message": {"id": "m", "model": "x", "usage": {}}})
    stream.feed({"type": "message_delta", "delta": {"stop_reason": odd}, "usage": {}})
    assert not stream.stop_reason
    assert unexpected_stop(stream.stop_reason, has_calls=False)


async def test_a_stop_behind_a_summary_goes_on(tmp_path: Path):
    """`compaction` asks for another request; it is no end of a turn."""
    async with run_session(tmp_path, (ScriptedText("Half."),), (ScriptedText("Whole."),)) as run:
        await run.server.faults({"kind": "stop", "reason": "compaction", "request": 1})
        await run.driver.run_turn("go")
        assert len(run.events(ev.RequestFinished)) == 2


@pytest.mark.parametrize(
    ("on_limit", "begins"),
    [("stop", "Stopped at the reserve: "), ("pause", "Paused at the reserve: ")],
)
async def test_what_is_left_is_told_where_it_stops_or_pauses(
    tmp_path: Path, on_limit: str, begins: str
):
    async with run_session(
        tmp_path, (LANDING, TOUCH), (ScriptedText("end"),), budget=20_000
    ) as run:
        change_context(run.ctx, limit_policy=on_limit)
        await run.driver.run_turn("go")
        left = 20_000 - run.state.charged
        assert 0 < left < 2_000
        end = run.state.last_end
        assert end is not None
        assert end.sentence.startswith(f"{begins}{left:,} of 20,000 tokens left.")


async def test_a_report_that_takes_more_than_the_reserve_is_told_in_one_sentence(
    tmp_path: Path,
):
    report = {"done": ["a"], "not_started": ["b"], "estimate_to_finish": 9_000}
    filing = (ScriptedText(words(2_500)), ScriptedToolUse("wrap_up", report))
    replies = [(LANDING, TOUCH), filing, (ScriptedText("That is all."),)]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        await run.driver.run_turn("go")
        over = run.state.charged - 20_000
        assert over > 500
        end = run.state.last_end
        assert end is not None and end.reason == "landed"
        assert end.sentence == (
            f"Landed {over:,} tokens over the budget of 20,000: "
            "the report took more than the reserve."
        )


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"explanation": "It breaks the policy."}, "The model refused: It breaks the policy."),
        ({"explanation": "It breaks the policy"}, "The model refused: It breaks the policy."),
        ({"explanation": "Who asks?"}, "The model refused: Who asks?"),
        ({"category": "cyber"}, "The model refused: cyber."),
        ({"explanation": "  "}, "The model refused to go on with this."),
        ({"explanation": 7}, "The model refused to go on with this."),
        (None, "The model refused to go on with this."),
    ],
)
def test_a_refusal_is_one_sentence_with_one_full_stop(details: object, sentence: str):
    assert refusal_sentence(SimpleNamespace(stop_details=details)) == sentence  # type: ignore[arg-type]

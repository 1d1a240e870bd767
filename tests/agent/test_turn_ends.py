"""How a turn ends for reasons of the server's or of the user's, and in which words."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from flight import flight
from simulator_server import words

from tui.agent.endings import refusal
from tui.claude.stream import Assembler
from tui.session import events as ev
from tui.session.stop_reasons import STOP_REASONS, odd_stop
from tui.simulator.pilot.situation import Text, ToolUse

TOUCH = ToolUse("bash", {"command": "touch ran"})
LANDING = Text(words(18_500))
"""Uses a grant of 20,000 up to its reserve."""


def test_the_stop_reasons_of_the_api_are_known() -> None:
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
    assert not any(odd_stop(each, has_calls=True) for each in documented)


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
) -> None:
    async with flight(tmp_path, (Text("All done."),), (Text("Good."),)) as flown:
        await flown.server.faults({"kind": "stop", "reason": reason, "request": 1})
        await flown.driver.turn("go")
        end = flown.state.last_end
        assert end is not None and end.reason == "error"
        assert end.sentence.startswith(sentence)
        await flown.driver.turn("continue")
        assert flown.state.last_end.reason == "completed"  # type: ignore[union-attr]


async def test_calls_of_a_message_with_an_unknown_end_are_not_run(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("I write."), TOUCH), (Text("Good."),)) as flown:
        await flown.server.faults({"kind": "stop", "reason": "brand_new", "request": 1})
        await flown.driver.turn("go")
        assert not (flown.folder / "ran").exists()
        assert not flown.state.conversation.open_calls
        assert flown.state.last_end.reason == "error"  # type: ignore[union-attr]


@pytest.mark.parametrize("odd", [None, "", 7, ["end_turn"], {"reason": "end_turn"}])
def test_a_stop_reason_that_is_no_text_counts_as_none(odd: object) -> None:
    stream = Assembler(request_id="request")
    stream.feed({"type": "message_start", "message": {"id": "m", "model": "x", "usage": {}}})
    stream.feed({"type": "message_delta", "delta": {"stop_reason": odd}, "usage": {}})
    assert not stream.stop_reason
    assert odd_stop(stream.stop_reason, has_calls=False)


async def test_a_stop_behind_a_summary_goes_on(tmp_path: Path) -> None:
    """`compaction` asks for another request; it is no end of a turn."""
    async with flight(tmp_path, (Text("Half."),), (Text("Whole."),)) as flown:
        await flown.server.faults({"kind": "stop", "reason": "compaction", "request": 1})
        await flown.driver.turn("go")
        assert len(flown.events(ev.RequestFinished)) == 2


@pytest.mark.parametrize(
    ("on_limit", "begins"),
    [("stop", "Stopped at the reserve: "), ("pause", "Paused at the reserve: ")],
)
async def test_what_is_left_is_told_where_it_stops_or_pauses(
    tmp_path: Path, on_limit: str, begins: str
) -> None:
    async with flight(tmp_path, (LANDING, TOUCH), (Text("end"),), budget=20_000) as flown:
        flown.means.on_limit = on_limit  # type: ignore[assignment]
        await flown.driver.turn("go")
        left = 20_000 - flown.state.charged
        assert 0 < left < 2_000
        end = flown.state.last_end
        assert end is not None
        assert end.sentence.startswith(f"{begins}{left:,} of 20,000 tokens left.")


async def test_a_report_that_takes_more_than_the_reserve_is_told_in_one_sentence(
    tmp_path: Path,
) -> None:
    report = {"done": ["a"], "not_started": ["b"], "estimate_to_finish": 9_000}
    filing = (Text(words(2_500)), ToolUse("wrap_up", report))
    replies = [(LANDING, TOUCH), filing, (Text("That is all."),)]
    async with flight(tmp_path, *replies, budget=20_000) as flown:
        await flown.driver.turn("go")
        over = flown.state.charged - 20_000
        assert over > 500
        end = flown.state.last_end
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
def test_a_refusal_is_one_sentence_with_one_full_stop(details: object, sentence: str) -> None:
    assert refusal(SimpleNamespace(stop_details=details)) == sentence  # type: ignore[arg-type]

"""The headless runner: what it prints, where, and with which exit code."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.headless_run import HeadlessRun, OutputFormat
from tui.agent.request_scheduler import RateAllowance
from tui.agent.run_result import EXIT_CODES
from tui.budget.hard_limits import HardLimits
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.session.store_errors import StoreError
from tui.simulator.scripted_model.model_input import ScriptedBlock, ScriptedText, ScriptedToolUse

WRITE = ScriptedToolUse("write", {"path": "made", "content": "x"})
LANDING = ScriptedText(words(18_500))

GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""One pixel."""


async def run(
    session_run: SessionRun, output: OutputFormat = "text", prompt: str = "go"
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    runner = HeadlessRun(
        session_run.driver, lambda: read_meters(session_run.state), output, out, err
    )
    code = await runner.run(prompt)
    return code, out.getvalue(), err.getvalue()


async def test_the_answer_goes_to_stdout_and_nothing_else_does(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText("First I look."), ScriptedToolUse("glob", {"pattern": "*"})),
        (ScriptedText("The answer."),),
    ]
    async with run_session(tmp_path, *replies) as session_run:
        assert await run(session_run) == (0, "The answer.\n", "")


async def test_what_a_first_picture_costs_the_prompt_cache_is_said_on_stderr(
    tmp_path: Path,
):
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText("The answer."),),
        (ScriptedText("Grey."),),
    ]
    async with run_session(tmp_path, *replies) as session_run:
        change_context(session_run.ctx, now=session_run.clock)
        (session_run.folder / "shot.gif").write_bytes(GIF)
        assert (await run(session_run, prompt="words " * 900))[2] == ""
        code, out, err = await run(session_run, prompt="look at @shot.gif please")
        assert (code, out) == (0, "Grey.\n")
        assert err.startswith(
            "glideslope: With its first picture a conversation loses the prompt cache"
        )
        assert "more: it writes" in err and "tokens to the prompt cache again." in err


async def test_a_denied_permission_is_exit_code_6(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [(WRITE,), (ScriptedText("I could not."),)]
    async with run_session(tmp_path, *replies, mode="ask", interactive=False) as session_run:
        code, out, err = await run(session_run)
        assert (code, out) == (6, "I could not.\n")
        assert err == "glideslope: The turn needed a permission, and nobody was there to give it.\n"
        (finished,) = session_run.events(ev.ToolFinished)
        assert finished.content.startswith("Not permitted: nobody is here to ask.")


@pytest.mark.parametrize(
    ("fault", "code", "word"),
    [
        ({"kind": "status", "status": 401}, 5, "API key"),
        ({"kind": "status", "status": 529}, 5, "overloaded"),
        ({"kind": "stop", "reason": "refusal", "message": "cyber"}, 5, "cyber"),
    ],
)
async def test_an_api_that_refuses_is_exit_code_5(
    tmp_path: Path, fault: dict[str, Any], code: int, word: str
):
    async with run_session(tmp_path, (ScriptedText("a"),)) as session_run:
        await session_run.server.faults(fault)
        ended, _, err = await run(session_run)
        assert ended == code
        assert word in err.splitlines()[-1]


async def test_every_retry_is_said(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText(words(100)),), (ScriptedText("a"),)
    ) as session_run:
        await session_run.server.faults(
            {"kind": "status", "status": 529, "request": 1}, {"kind": "drop", "request": 2}
        )
        code, _, err = await run(session_run)
        assert code == 0
        assert [line.endswith(" Trying again now.") for line in err.splitlines()] == [True, True]


async def test_a_wait_for_a_rate_limit_is_said_once(tmp_path: Path):
    """One request a minute: the second one of the turn waits for that."""
    look = ScriptedToolUse("glob", {"pattern": "*"})
    async with run_session(tmp_path, [look], [ScriptedText("a")]) as session_run:
        scheduler = session_run.ctx.services.pacing.scheduler
        scheduler.allow(RateAllowance(own={"requests": 1}))
        code, _, err = await run(session_run)
        assert code == 0
        assert err == "glideslope: Paced: 0 requests/min left, next request in 1m 00s.\n"


async def test_the_receipt_of_the_prompt_is_in_the_output(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [(WRITE,), (ScriptedText("Written."),)]
    async with run_session(tmp_path, *replies, mode="edits") as session_run:
        _, out, _ = await run(session_run, "json")
        told = json.loads(out)
        receipt = told["receipt"]
        assert receipt["files"] == [{"path": "made", "added": 1, "removed": 0, "exact": True}]
        assert receipt["tokens"] == told["meters"]["charged"]
        assert sum(part["tokens"] for part in receipt["went_on"]) == receipt["tokens"]
        assert sum(part["percent"] for part in receipt["went_on"]) <= 100
        assert ("write", "made") in {
            (part["activity"], part["subject"]) for part in receipt["went_on"]
        }


async def test_a_landing_is_exit_code_3_with_the_report_in_the_output(tmp_path: Path):
    plan = ScriptedToolUse(
        "checklist", {"subtasks": [{"id": "a", "title": "Half", "state": "pending"}]}
    )
    async with run_session(tmp_path, (plan,), (LANDING,), budget=20_000) as session_run:
        code, out, _ = await run(session_run, "json")
        told = json.loads(out)
        assert (told["sandbox"]["words"], told["sandbox"]["backend"]) == ("off", "none")
        assert told["sandbox"]["sentences"] == [
            "Commands run without a sandbox. It was not started."
        ]
        assert code == 3 == told["end"]["exit_code"]
        assert told["wrap_up"]["not_started"] == ["Half"]
        assert told["wrap_up"]["by"] == "client"
        assert told["meters"]["budget"]["left"] == session_run.state.left


async def test_an_interrupt_is_exit_code_130(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(500)),)) as session_run:
        session_run.when(lambda item: isinstance(item, TextDelta), session_run.driver.interrupt)
        code, _, _ = await run(session_run)
        assert code == 130


async def test_an_interrupted_run_leaves_the_programs_own_report_in_the_json(
    tmp_path: Path,
):
    plan = ScriptedToolUse(
        "checklist", {"subtasks": [{"id": "a", "title": "Half", "estimate": 900}]}
    )
    async with run_session(tmp_path, (plan,), (ScriptedText(words(500)),)) as session_run:
        session_run.when(lambda item: isinstance(item, TextDelta), session_run.driver.interrupt)
        code, out, _ = await run(session_run, "json")
        told = json.loads(out)
        assert code == 130 == told["end"]["exit_code"]
        assert told["wrap_up"]["by"] == "client"
        assert told["wrap_up"]["not_started"] == ["Half"]
        assert told["wrap_up"]["estimate_to_finish"] is None
        assert told["checklist"] == [
            {"id": "a", "title": "Half", "state": "pending", "estimate": 900, "charged": 0}
        ]
        assert told["to_finish"] == {
            "tokens": None,
            "by_subtask": {},
            "measured": 0,
            "beyond_plan": False,
            "model_says": None,
            "verdict": "too_early",
            "short_by": 0,
        }
        fields = {"done", "in_progress", "not_started", "files", "checks", "next_step"}
        assert told["wrap_up"].keys() == fields | {"estimate_to_finish", "by"}


@pytest.mark.parametrize("on_limit", ["wrap", "stop", "pause"])
async def test_a_hard_limit_is_exit_code_4_however_it_is_met(tmp_path: Path, on_limit: str):
    call = ScriptedToolUse("glob", {"pattern": "*"})
    async with run_session(tmp_path, (call,), (ScriptedText("ok"),)) as session_run:
        change_context(session_run.ctx, hard_limits=HardLimits(requests=1), limit_policy=on_limit)
        code, out, _ = await run(session_run, "json")
        assert code == 4 == json.loads(out)["end"]["exit_code"]


async def test_stages_and_a_landing_are_said_on_stderr_with_one_prefix(tmp_path: Path):
    call = ScriptedToolUse("glob", {"pattern": "*"})
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText(words(14_500)), call),
        (ScriptedText(words(4_000)), call),
        (ScriptedText("ok"),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as session_run:
        _, _, err = await run(session_run)
        lines = err.splitlines()
        assert all(line.startswith("glideslope: ") for line in lines)
        said = [line.removeprefix("glideslope: ") for line in lines]
        assert said[0].startswith("Descent: the model should narrow its work. 7")
        assert said[1].startswith("Landing: only the reserve for the wrap-up report is left. 9")
        assert said[2].startswith("Only the reserve of the budget is left: ")
        assert said[2].endswith("of 20,000 tokens. Finishing with a report.")
        assert said[3].startswith("Landing: the program told the model to start no new work")
        assert said[4].startswith("Landed on the budget")


@pytest.mark.parametrize("output", ["text", "json"])
async def test_a_pause_says_once_how_the_command_line_goes_on(tmp_path: Path, output: OutputFormat):
    call = ScriptedToolUse("glob", {"pattern": "*"})
    async with run_session(
        tmp_path, (LANDING, call), budget=20_000, interactive=False
    ) as session_run:
        change_context(session_run.ctx, limit_policy="pause")
        _, out, err = await run(session_run, output)
        told = json.loads(out)["end"]["sentence"] if output == "json" else err
        assert told.strip().endswith("To go on: glideslope -c --budget 40k -p continue")
        assert "/budget" not in out + err
        assert "aused" in err
        assert err.count("of 20,000 tokens left") + err.count("of 20,000 tokens. ") == 1


@pytest.mark.parametrize("on_limit", ["wrap", "stop", "pause"])
async def test_the_budget_is_exit_code_3_however_it_is_met(tmp_path: Path, on_limit: str):
    call = ScriptedToolUse("glob", {"pattern": "*"})
    async with run_session(
        tmp_path, (LANDING, call), (ScriptedText("ok"),), budget=20_000
    ) as session_run:
        change_context(session_run.ctx, limit_policy=on_limit)
        assert (await run(session_run))[0] == 3


async def test_a_budget_that_is_too_small_names_a_bigger_one_in_the_json(tmp_path: Path):
    no = ScriptedText("The token budget is too small for this: it would need about 60k tokens.")
    async with run_session(tmp_path, (no,), budget=20_000) as session_run:
        code, out, _ = await run(session_run, "json")
        assert code == 3
        assert json.loads(out)["end"]["suggested_budget"] == 75_000


@pytest.mark.parametrize("output", ["text", "json"])
async def test_no_run_without_a_screen_is_told_to_type_a_command_of_the_screen(
    tmp_path: Path, output: OutputFormat
):
    no = ScriptedText("The token budget is too small for this: it would need about 60k tokens.")
    async with run_session(tmp_path, (no,), budget=20_000, interactive=False) as session_run:
        _, out, err = await run(session_run, output)
        assert "/budget" not in out + err
        assert "Give it more with --budget 75k, then ask again." in out + err


async def test_the_stream_is_the_log_and_ends_with_the_result(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedToolUse("glob", {"pattern": "*"}),),
        (ScriptedText("ok"),),
    ]
    async with run_session(tmp_path, *replies) as session_run:
        _, out, _ = await run(session_run, "stream-json")
        lines = [json.loads(line) for line in out.splitlines()]
        assert lines[-1]["type"] == "result"
        logged = [record for record in session_run.store.records() if record.seq >= lines[0]["seq"]]
        assert [line["seq"] for line in lines[:-1]] == [record.seq for record in logged]
        assert [line["event"] for line in lines[:-1]] == [
            json.loads(ev.encode(record.event)) for record in logged
        ]


async def test_what_the_screen_would_show_beside_the_answer_is_said(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),)) as session_run:
        message = "output_config.task_budget: Extra inputs are not permitted"
        await session_run.server.faults(
            {"kind": "status", "status": 400, "request": 1, "message": message}
        )
        _, _, err = await run(session_run)
        assert "refused the task budget" in err


async def test_a_session_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),)) as session_run:

        def fails(events: Any, **more: Any) -> Any:
            raise StoreError(session_run.store.path, "The disk is full.")

        session_run.store.append = fails  # type: ignore[method-assign]
        assert await run(session_run) == (1, "", "glideslope: The disk is full.\n")


class Gone(io.StringIO):
    """A pipe whose reader goes away after three lines."""

    def write(self, text: str) -> int:
        if self.getvalue().count("\n") >= 3:
            raise BrokenPipeError
        return super().write(text)


async def test_a_reader_that_goes_away_interrupts_the_turn(tmp_path: Path):
    slow = ScriptedToolUse("bash", {"command": "sleep 60; touch ended"})
    async with run_session(tmp_path, (slow,), (ScriptedText("ok"),)) as session_run:
        runner = HeadlessRun(
            session_run.driver,
            lambda: read_meters(session_run.state),
            "stream-json",
            Gone(),
            io.StringIO(),
        )
        with pytest.raises(BrokenPipeError):
            await runner.run("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "interrupted"
        assert not session_run.state.conversation.open_calls


def test_every_end_has_an_exit_code():
    from typing import get_args

    assert set(EXIT_CODES) == set(get_args(ev.TurnEndReason))

"""A server that says that a request is too long: the turn is shortened and goes on by itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agent.windowed_client import (
    ScriptedAnswer,
    WindowedClient,
    read_log,
    run_windowed_session,
)
from tests.support.context import change_context
from tui.agent.session_runner import SessionRunner
from tui.claude.request import Request
from tui.session import events as ev
from tui.session.event_fold import fold

SILENT = "Input is too long for requested model."
"""A refusal without figures."""


def plain(text: str) -> int:
    return -int(-len(text.encode()) // 3.5)


def said(text: str = "Done.", output: int = 5) -> ScriptedAnswer:
    return ScriptedAnswer(({"type": "text", "text": text},), output)


def reads(batch: int, *names: str, output: int = 50) -> ScriptedAnswer:
    blocks = tuple(
        {"type": "tool_use", "id": f"c{batch}_{n}", "name": "read", "input": {"path": name}}
        for n, name in enumerate(names)
    )
    return ScriptedAnswer(blocks, output)


def asks_for_summary(request: Request) -> bool:
    last = request.params["messages"][-1]["content"][-1]
    return "Write a summary" in str(last.get("text", ""))


def script(
    *answers: ScriptedAnswer, summary: ScriptedAnswer | None = None
) -> Callable[[Request], ScriptedAnswer]:
    left = list(answers)
    written = summary or said("<summary>What was done.</summary>", 40)

    def says(request: Request) -> ScriptedAnswer:
        if asks_for_summary(request):
            return written
        return left.pop(0) if left else said()

    return says


def files(driver: SessionRunner, count: int, size: int = 20_000) -> list[str]:
    names = [f"f{n}" for n in range(count)]
    for name in names:
        (driver.ctx.services.environment.folder / name).write_text(
            "some words in a line\n" * (size // 21)
        )
    return names


def log(driver: SessionRunner) -> list[ev.Record]:
    return read_log(driver)


def told(driver: SessionRunner) -> list[str]:
    kinds = (ev.NoticeShown, ev.ErrorShown)
    return [each.event.sentence for each in log(driver) if isinstance(each.event, kinds)]


def completed(driver: SessionRunner) -> bool:
    end = driver.state.last_end
    return end is not None and end.reason == "completed"


@pytest.mark.parametrize("refusal", [WindowedClient.refusal, SILENT])
async def test_a_server_with_a_smaller_window_than_the_catalogue_says_is_believed(
    tmp_path: Path, refusal: str
):
    names = [f"f{n}" for n in range(12)]
    client = WindowedClient(32_000, script(reads(0, *names)), plain, refusal=refusal)
    async with run_windowed_session(tmp_path, client, window=200_000) as driver:
        files(driver, 12)
        await driver.run_turn("go")
        assert completed(driver), driver.state.last_end
        assert 1 <= client.refused <= 4
        assert any("the request is too long" in sentence for sentence in told(driver))
        again = fold(log(driver))
        learned = again.window_limits.window_of("claude-opus-5-5", 200_000)
        assert learned <= 60_000
        if refusal != SILENT:
            assert learned == 32_000
            refused = client.refused
            await driver.run_turn("more")
            assert client.refused == refused, "it is known now"


async def test_a_conversation_that_fills_a_smaller_window_is_summarised_from_a_copy(
    tmp_path: Path,
):
    client = WindowedClient(200_000, script(reads(0, *[f"f{n}" for n in range(9)])), plain)
    async with run_windowed_session(tmp_path, client, window=200_000, budget=400_000) as driver:
        files(driver, 9)
        await driver.run_turn("go")
        client.window = 30_000  # another server behind the same name
        await driver.run_turn("go on")
        assert completed(driver)
        assert any("summarises a copy" in sentence for sentence in told(driver))
        (rewritten,) = [e.event for e in log(driver) if isinstance(e.event, ev.Rewritten)]
        assert rewritten.summary_message
        sent = json.dumps(driver.ctx.run.recent_requests[-1].params["messages"])
        assert "What was done." in sent and "go on" in sent


async def test_where_no_summary_can_be_had_the_programs_own_report_takes_its_place(
    tmp_path: Path,
):
    client = WindowedClient(
        200_000,
        script(reads(0, *[f"f{n}" for n in range(9)]), summary=said("I would rather not.", 9)),
        plain,
    )
    async with run_windowed_session(tmp_path, client, window=200_000) as driver:
        files(driver, 9)
        await driver.run_turn("Look at the files.")
        client.window = 30_000
        await driver.run_turn("go on")
        assert completed(driver)
        assert any("a report by the program" in sentence for sentence in told(driver))
        sent = json.dumps(driver.ctx.run.recent_requests[-1].params["messages"])
        assert "Look at the files." in sent and "go on" in sent


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_compact_works_from_any_size(tmp_path: Path, strategy: str):
    client = WindowedClient(200_000, script(reads(0, *[f"f{n}" for n in range(9)])), plain)
    async with run_windowed_session(tmp_path, client, window=200_000) as driver:
        change_context(driver.ctx, compaction_strategy=strategy)
        files(driver, 9)
        await driver.run_turn("go")
        client.window = 30_000
        await driver.compact()
        assert driver.state.context_used < 10_000
        await driver.run_turn("go on")
        assert completed(driver)


async def test_a_server_that_always_says_so_ends_the_turn_after_a_few_tries_and_the_next_goes_on(
    tmp_path: Path,
):
    client = WindowedClient(100, script(), plain)
    async with run_windowed_session(tmp_path, client, window=200_000) as driver:
        await driver.run_turn("go")
        end = driver.state.last_end
        assert end is not None and end.reason == "error" and end.unsent
        assert client.refused <= 8
        client.window = 200_000
        driver.state.window_limits.on_too_long("claude-opus-5-5", 1, 200_000)
        await driver.run_turn("again")
        assert completed(driver)
        assert "go" not in json.dumps(
            driver.ctx.run.recent_requests[-1].params["messages"][0]["content"][-1]
        )


async def test_a_full_window_in_mid_answer_is_shortened_and_the_turn_goes_on(
    tmp_path: Path,
):
    client = WindowedClient(64_000, script(reads(0, "f0"), said("x", 90_000)), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        files(driver, 1)
        await driver.run_turn("go")
        assert completed(driver), driver.state.last_end
        assert any(isinstance(each.event, ev.Rewritten) for each in log(driver))


async def test_an_old_session_whose_results_were_sent_and_refused_goes_on(tmp_path: Path):
    """A program before this one left a batch of 28 results that no request can carry."""
    client = WindowedClient(64_000, script(reads(0, *[f"f{n}" for n in range(28)])), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        names = files(driver, 28)
        old = [
            ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
            ev.RequestStarted(
                request=1,
                turn=1,
                model="claude-opus-5-5",
                effort="high",
                max_tokens=64_000,
                budget=None,
                messages=1,
            ),
        ]
        await driver.commit(*old)
        await driver.commit(_answer(names))
        for n, name in enumerate(names):
            content = (driver.ctx.services.environment.folder / name).read_text()
            await driver.commit(
                ev.ToolFinished(
                    request=1,
                    tool_use=f"old{n}",
                    name="read",
                    content=content,
                    outcome="done",
                    estimate=len(content) // 4,
                )
            )
        failed = ev.RequestFailed(request=2, reason="fault", error="context_exceeded", sentence="x")
        started = ev.RequestStarted(
            request=2,
            turn=1,
            model="claude-opus-5-5",
            effort="high",
            max_tokens=64_000,
            budget=None,
            messages=3,
        )
        await driver.commit(started)
        await driver.commit(failed, ev.TurnEnded(turn=1, reason="error", sentence="x"))
        client.answer = script()
        await driver.run_turn("go on")
        assert completed(driver)
        assert client.refused == 0


def _answer(names: list[str]) -> ev.RequestFinished:
    from tui.budget.ledger import Usage

    return ev.RequestFinished(
        request=1,
        message="msg_old",
        model="claude-opus-5-5",
        blocks=tuple(
            {"type": "tool_use", "id": f"old{n}", "name": "read", "input": {"path": name}}
            for n, name in enumerate(names)
        ),
        usage=Usage(input=9_000, output=900),
        raw_usage={},
        stop_reason="tool_use",
    )


async def test_a_window_that_the_preamble_fills_is_not_blamed_on_the_first_prompt(tmp_path: Path):
    client = WindowedClient(
        300,
        script(),
        plain,
        refusal="request ({needed} tokens) exceeds the available context "
        "size ({window} tokens), try increasing it",
    )
    async with run_windowed_session(tmp_path, client) as driver:
        await driver.run_turn("hi")
        ended = driver.state.last_end
        assert ended is not None and (ended.reason, ended.unsent) == ("error", True)
        assert ended.sentence == (
            "The prompt was not sent: system text, tools and memory files alone fill the 300 "
            "tokens of the context window. Choose a model with a larger window, or start a new "
            "session."
        )

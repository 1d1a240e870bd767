"""A conversation is shortened only where that makes room, and not again before it has grown."""

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
from tui.agent.compaction_policy import CompactionPolicy
from tui.agent.session_runner import SessionRunner
from tui.claude.request import Request
from tui.session import events as ev
from tui.session.event_fold import fold


def plain(text: str) -> int:
    return -int(-len(text.encode()) // 3.5)


def said(text: str = "Done.", output: int = 5) -> ScriptedAnswer:
    return ScriptedAnswer(({"type": "text", "text": text},), output)


class Reader:
    """Reads one small file after the other; its summaries have the length it is told."""

    def __init__(self, times: int, summary: int = 100, each: int = 60) -> None:
        self.left, self.summary, self.each = times, summary, each
        self.summaries = 0

    def __call__(self, request: Request) -> ScriptedAnswer:
        last = request.params["messages"][-1]["content"][-1]
        if "Write a summary" in str(last.get("text", "")):
            self.summaries += 1
            text = "word " * (self.summary * 7 // 10)
            return said(f"<summary>{text}</summary>", self.summary)
        if self.left <= 0:
            return said()
        self.left -= 1
        call = {
            "type": "tool_use",
            "id": f"c{self.left}",
            "name": "read",
            "input": {"path": f"a{self.left}"},
        }
        words = {"type": "text", "text": "word " * (self.each * 7 // 10)}
        return ScriptedAnswer((words, call), self.each)


async def memory(driver: SessionRunner, characters: int) -> None:
    """Memory files of so many characters, told at the start."""
    told = driver.state.preamble
    assert told is not None
    text = "<environment>\nhere\n</environment>\n\n" + "rule " * (characters // 5)
    files = (ev.MemorySent(path="AGENTS.md", characters=characters),)
    again = ev.PreambleSet(system=told.system, tools=told.tools, context=text, memory=files)
    await driver.commit(again)
    for n in range(50):
        (driver.ctx.services.environment.folder / f"a{n}").write_text(f"{n}\n")


def told(driver: SessionRunner, *words: str) -> list[str]:
    events = [record.event for record in read_log(driver)]
    found = [event.sentence for event in events if isinstance(event, ev.NoticeShown)]
    return [sentence for sentence in found if all(word in sentence for word in words)]


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_memory_files_that_fill_the_window_are_said_once_and_nothing_is_spent(
    tmp_path: Path, strategy: str
):
    reader = Reader(12)
    client = WindowedClient(200_000, reader, plain)
    async with run_windowed_session(tmp_path, client, compact_at=0.3, budget=100_000) as driver:
        change_context(driver.ctx, compaction_strategy=strategy)
        await memory(driver, 240_000)
        await driver.run_turn("go")
        reader.left = 12
        await driver.run_turn("on")
        assert reader.summaries == 0
        (sentence,) = told(driver, "context window are used")
        assert "memory files: AGENTS.md ≈ 6" in sentence and "Shorten the memory files" in sentence
        assert not any(
            "context_management" in sent.params for sent in driver.ctx.run.recent_requests
        )


async def test_after_a_restart_it_is_not_said_again_but_with_another_threshold_it_is(
    tmp_path: Path,
):
    client = WindowedClient(200_000, Reader(2), plain)
    async with run_windowed_session(tmp_path, client, compact_at=0.3) as driver:
        await memory(driver, 240_000)
        await driver.run_turn("go")
        driver.state = fold(read_log(driver))
        await driver.run_turn("on")
        assert len(told(driver, "context window are used")) == 1
        change_context(driver.ctx, compact_at=0.25)
        await driver.run_turn("on")
        assert len(told(driver, "context window are used")) == 2


async def test_summaries_as_long_as_the_conversation_are_not_made_again_before_it_has_grown(
    tmp_path: Path,
):
    """A model whose summaries are long, in a window of 64k: each frees little."""
    reader = Reader(40, summary=7_900, each=1_500)
    client = WindowedClient(64_000, reader, plain)
    async with run_windowed_session(tmp_path, client, compact_at=0.3) as driver:
        await memory(driver, 20_000)
        await driver.run_turn("go")
        end = driver.state.last_end
        assert end is not None
        grown = 41 * 1_600
        assert 1 <= reader.summaries <= grown // (64_000 // 8) + 1


async def test_a_failed_summary_is_not_asked_for_again_in_the_turn(tmp_path: Path):
    reader = Reader(6, each=4_000)
    client = WindowedClient(64_000, _refusing(reader), plain)
    async with run_windowed_session(tmp_path, client, compact_at=0.3) as driver:
        await memory(driver, 1_000)
        await driver.run_turn("go")
        assert reader.summaries == 1
        assert driver.state.last_end is not None
        assert driver.state.last_end.reason == "completed"


def _refusing(reader: Reader) -> Callable[[Request], ScriptedAnswer]:
    def says(request: Request) -> ScriptedAnswer:
        answer = reader(request)
        summary = any("<summary>" in str(block.get("text", "")) for block in answer.blocks)
        return said("I would rather not.", 9) if summary else answer

    return says


async def test_compact_with_nothing_to_gain_says_so_and_spends_nothing(tmp_path: Path):
    reader = Reader(1)
    client = WindowedClient(200_000, reader, plain)
    async with run_windowed_session(tmp_path, client) as driver:
        await memory(driver, 240_000)
        await driver.run_turn("go")
        requests = driver.state.request
        assert "nothing to gain" in CompactionPolicy.of(driver.state, driver.ctx).no_gain_reason
        await driver.compact()
        assert (driver.state.request, reader.summaries) == (requests, 0)


async def test_compact_again_right_after_a_summary_spends_nothing(tmp_path: Path):
    reader = Reader(3, each=5_000)
    client = WindowedClient(200_000, reader, plain)
    async with run_windowed_session(tmp_path, client) as driver:
        await memory(driver, 1_000)
        await driver.run_turn("go")
        await driver.compact()
        await driver.compact()
        assert reader.summaries == 1


async def test_a_summary_takes_no_more_output_than_was_announced(tmp_path: Path):
    reader = Reader(4, each=5_000)
    client = WindowedClient(200_000, reader, plain)
    async with run_windowed_session(tmp_path, client, compact_at=0.1) as driver:
        await memory(driver, 1_000)
        await driver.run_turn("go")
        events = [record.event for record in read_log(driver)]
        asked = [
            event
            for event in events
            if isinstance(event, ev.RequestStarted) and event.purpose == "compaction"
        ]
        assert [event.max_tokens for event in asked] == [8_000]
        assert told(driver, "8,000 at most")


async def test_the_threshold_on_the_wire_rises_after_a_summary_of_the_server(
    tmp_path: Path,
):
    client = WindowedClient(1_000_000, Reader(0), plain)
    async with run_windowed_session(tmp_path, client, compact_at=0.2) as driver:
        change_context(driver.ctx, compaction_strategy="server")
        assert CompactionPolicy.of(driver.state, driver.ctx).compact_above == 200_000
        driver.state.compaction_history.on_shortened(190_000)
        assert CompactionPolicy.of(driver.state, driver.ctx).compact_above == 290_000
        driver.state.compaction_history.on_shortened(9_000)
        assert CompactionPolicy.of(driver.state, driver.ctx).compact_above == 200_000


async def test_what_fills_the_window_sums_up_to_what_is_used(tmp_path: Path):
    client = WindowedClient(200_000, Reader(2), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        await memory(driver, 30_000)
        await driver.run_turn("go")
        await driver.commit(ev.ShellRan(command="ls", output="a" * 7_000))
        sentence = CompactionPolicy.of(driver.state, driver.ctx).window_usage_sentence
        figures = [
            int(each.split()[0].strip(".,").replace(",", ""))
            for each in sentence.replace(", ", " ,").split("≈ ")[1:]
        ]
        assert figures[0] == sum(figures[1:]) == driver.state.context_used

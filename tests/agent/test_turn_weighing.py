"""What waits is weighed before each request and cut so that it fits window and budget."""

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agent.session_checks import session_settings
from tests.agent.windowed_client import (
    ScriptedAnswer,
    WindowedClient,
    read_log,
    run_windowed_session,
    texts_of,
)
from tui.agent.session_runner import SessionRunner
from tui.claude.request import Request
from tui.session import events as ev
from tui.session.event_fold import fold


def plain(text: str) -> int:
    """A token for 3.5 bytes, as the program estimates."""
    return -int(-len(text.encode()) // 3.5)


def dense(text: str) -> int:
    """Twice as many."""
    return 2 * plain(text)


def calls(*names: str, output: int = 50, tool: str = "read") -> ScriptedAnswer:
    """The model reads files."""
    blocks = tuple(
        {"type": "tool_use", "id": f"c{n}_{name}", "name": tool, "input": {"path": name}}
        for n, name in enumerate(names)
    )
    return ScriptedAnswer(blocks, output)


def said(text: str = "Done.", output: int = 5) -> ScriptedAnswer:
    return ScriptedAnswer(({"type": "text", "text": text},), output)


def script(*answers: ScriptedAnswer) -> Callable[[Request], ScriptedAnswer]:
    left = list(answers)

    def says(request: Request) -> ScriptedAnswer:
        last = request.params["messages"][-1]["content"][-1]
        if "Write a summary" in str(last.get("text", "")):
            return said("<summary>What was done.</summary>", 40)
        return left.pop(0) if left else said()

    return says


def files(driver: SessionRunner, count: int, size: int) -> list[str]:
    names = [f"f{n}" for n in range(count)]
    for name in names:
        text = "".join(f"{name} line {n} with some words\n" for n in range(size // 28))
        (driver.ctx.services.environment.folder / name).write_text(text)
    return names


def line_of(path: str, number: int) -> str:
    return Path(path).read_text().splitlines()[number - 1]


def results(request: Request) -> list[str]:
    """The results in the last message of a request."""
    content = request.params["messages"][-1]["content"]
    return [block["content"] for block in content if block["type"] == "tool_result"]


def notices(driver: SessionRunner) -> list[str]:
    return [event.sentence for event in events(driver) if isinstance(event, ev.NoticeShown)]


def events(driver: SessionRunner) -> list[ev.Event]:
    return [record.event for record in read_log(driver)]


async def test_a_batch_that_fits_by_the_pessimistic_weight_is_sent_whole_and_nobody_counts(
    tmp_path: Path,
):
    client = WindowedClient(200_000, script(calls("f0", "f1")), plain)
    async with run_windowed_session(tmp_path, client, budget=100_000) as driver:
        files(driver, 2, 3_000)
        await driver.run_turn("go")
        assert not [e for e in events(driver) if isinstance(e, ev.ResultsCut)]
        assert client.asked_to_count == 0


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("tokens", [plain, dense])
async def test_a_batch_larger_than_the_window_is_cut_to_it_before_it_is_sent(
    tmp_path: Path, counts: bool, tokens: Callable[[str], int]
):
    client = WindowedClient(
        64_000, script(calls(*[f"f{n}" for n in range(30)])), tokens, counts=counts
    )
    async with run_windowed_session(tmp_path, client) as driver:
        files(driver, 30, 20_000)
        await driver.run_turn("go")
        state = driver.state
        assert state.last_end is not None and state.last_end.reason == "completed"
        assert client.refused == 0
        (cut,) = [e for e in events(driver) if isinstance(e, ev.ResultsCut)]
        assert len(cut.cuts) == 30
        assert all("cut to fit the context window" in each.content for each in cut.cuts)
        sizes = [len(each.content) for each in cut.cuts]
        assert max(sizes) < 1.2 * min(sizes), "a fair share for each"
        whole = [e for e in events(driver) if isinstance(e, ev.ToolFinished)]
        assert all(len(str(e.content)) > 15_000 for e in whole), "the log keeps all of it"


@pytest.mark.parametrize("counts", [True, False])
async def test_results_never_use_up_the_reserve_of_the_budget(tmp_path: Path, counts: bool):
    client = WindowedClient(
        1_000_000, script(calls(*[f"f{n}" for n in range(40)])), dense, counts=counts
    )
    async with run_windowed_session(tmp_path, client, budget=50_000) as driver:
        files(driver, 40, 20_000)
        await driver.run_turn("go")
        state = driver.state
        assert state.left is not None and state.left >= 4_000 - 100, "8 % of the grant"
        assert any(
            "cut to fit the budget" in text
            for text in texts_of([message.to_json() for message in state.conversation.messages])
        )


async def test_small_results_stay_whole_beside_large_ones(tmp_path: Path):
    client = WindowedClient(1_000_000, script(calls("small", "f0", "f1", "f2", "gone")), plain)
    async with run_windowed_session(tmp_path, client, budget=20_000) as driver:
        files(driver, 3, 23_000)
        (driver.ctx.services.environment.folder / "small").write_text("just this\n")
        await driver.run_turn("go")
        content = driver.ctx.run.recent_requests[-1].params["messages"][-1]["content"]
        by_call = {block["tool_use_id"]: block["content"] for block in content}
        small, large, gone = by_call["c0_small"], by_call["c1_f0"], by_call["c4_gone"]
        assert small == "     1\tjust this"
        assert "gone does not exist" in gone
        assert "cut to fit the budget" in large and "with offset and limit" in large
        assert large.startswith("     1\tf0 line 0")
        assert f"line {23_000 // 28 - 1} with" in large, "the end of the file is shown too"


async def test_stubs_for_many_results_do_not_use_up_what_is_left_above_the_reserve(
    tmp_path: Path,
):
    client = WindowedClient(
        1_000_000, script(said("", 0), calls(*[f"f{n}" for n in range(30)], output=17_900)), plain
    )
    async with run_windowed_session(tmp_path, client, budget=20_000) as driver:
        files(driver, 30, 9_000)
        await driver.run_turn("go")
        await driver.run_turn("again")
        state = driver.state
        assert state.left is not None and state.left > 2_000 - 600
        assert "cut to fit the budget" in results(driver.ctx.run.recent_requests[-1])[0]


async def test_a_file_whose_lines_were_cut_is_not_taken_for_read(tmp_path: Path):
    write = ScriptedAnswer(
        (
            {
                "type": "tool_use",
                "id": "w",
                "name": "write",
                "input": {"path": "f0", "content": "x\n"},
            },
        ),
        20,
    )
    client = WindowedClient(16_000, script(calls("f0", "f1", "f2"), write), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        files(driver, 3, 20_000)
        await driver.run_turn("go")
        (finished,) = [e for e in events(driver) if isinstance(e, ev.ToolFinished)][3:]
        assert finished.outcome == "error"
        assert len((driver.ctx.services.environment.folder / "f0").read_text()) > 10_000


async def test_output_of_a_command_that_is_cut_can_be_read_from_a_file(tmp_path: Path):
    command = {"command": "seq 1 3000"}
    call = ScriptedAnswer(({"type": "tool_use", "id": "b", "name": "bash", "input": command},), 20)
    client = WindowedClient(8_000, script(call), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        driver.ctx.services.environment.variables = {"PATH": "/usr/bin:/bin"}
        await driver.run_turn("go")
        (result,) = results(driver.ctx.run.recent_requests[-1])
        path = result.split("All of it: read ")[1].split(".]")[0]
        assert line_of(path, 1_500) == "1500"


async def test_after_a_kill_between_result_and_cut_the_session_goes_on_right(
    tmp_path: Path,
):
    client = WindowedClient(64_000, script(calls(*[f"f{n}" for n in range(30)])), plain)
    async with run_windowed_session(tmp_path, client, budget=400_000) as driver:
        files(driver, 30, 20_000)
        await driver.run_turn("go")
        log = read_log(driver)
        at = next(n for n, record in enumerate(log) if isinstance(record.event, ev.ResultsCut))
        killed = fold(log[:at])
        driver.state = killed
        await driver.recover("")
        client.answer = script()
        await driver.run_turn("go on")
        assert driver.state.last_end is not None and driver.state.last_end.reason == "completed"
        assert client.refused == 0 and client.largest <= 64_000


async def test_a_prompt_that_alone_does_not_fit_is_not_sent_and_leaves(tmp_path: Path):
    client = WindowedClient(64_000, script(), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        await driver.run_turn("word " * 60_000)
        ended = driver.state.last_end
        assert ended is not None and (ended.reason, ended.unsent) == ("error", True)
        assert "was not sent" in ended.sentence and "64,000" in ended.sentence
        assert client.answers == [] and client.refused == 0
        await driver.run_turn("short")
        assert driver.state.last_end is not None
        assert driver.state.last_end.reason == "completed"


async def test_for_a_long_prompt_the_conversation_is_shortened_and_the_prompt_stays_word_for_word(
    tmp_path: Path,
):
    long = "Keep this. " + "word " * 21_000
    client = WindowedClient(64_000, script(said("a " * 60_000, 34_300)), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        await driver.run_turn("go")
        await driver.run_turn(long)
        assert [e.reason for e in events(driver) if isinstance(e, ev.Rewritten)] == ["compaction"]
        last = driver.ctx.run.recent_requests[-1].params["messages"]
        assert last[-1]["content"][-1]["text"] == long
        assert driver.state.last_end is not None
        assert driver.state.last_end.reason == "completed"


async def test_steering_that_does_not_fit_is_cut_and_said(tmp_path: Path):
    client = WindowedClient(1_000_000, script(calls("f0")), plain)
    async with run_windowed_session(tmp_path, client, budget=20_000) as driver:
        files(driver, 1, 300)
        driver.steer("look at this " * 9_000)
        await driver.run_turn("go")
        assert driver.state.left is not None and driver.state.left >= 0
        assert any("too long and was cut" in sentence for sentence in notices(driver))


async def test_output_of_the_users_own_command_is_cut_beside_a_prompt(tmp_path: Path):
    client = WindowedClient(32_000, script(), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        output = "line of it\n" * 30_000
        await driver.commit(ev.ShellRan(command="cat big", output=output))
        await driver.run_turn("what is it?")
        assert driver.state.last_end is not None
        assert driver.state.last_end.reason == "completed"
        sent = json.dumps(driver.ctx.run.recent_requests[-1].params["messages"])
        assert "cut to fit the context window" in sent and "what is it?" in sent


async def test_the_answer_gets_no_more_than_the_window_leaves(tmp_path: Path):
    client = WindowedClient(64_000, script(calls("f0")), plain)
    async with run_windowed_session(tmp_path, client) as driver:
        files(driver, 1, 20_000)
        await driver.run_turn("go")
        first, second = (e for e in events(driver) if isinstance(e, ev.RequestStarted))
        assert second.max_tokens < first.max_tokens < 64_000
        assert second.max_tokens + client.largest <= 64_000


DENSITIES = (1.7, 3.5, 6.0)


@session_settings(15, 100)
@given(
    window=st.sampled_from([8_000, 16_000, 64_000, 200_000, 1_000_000]),
    budget=st.sampled_from([20_000, 60_000, 400_000]),
    batches=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    outputs=st.lists(st.sampled_from([40, 900, 7_000, 30_000]), min_size=4, max_size=4),
    sizes=st.lists(st.sampled_from([50, 3_000, 24_000]), min_size=6, max_size=6),
    bytes_a_token=st.sampled_from(DENSITIES),
    counts=st.booleans(),
)
def test_no_request_is_too_long_and_a_turn_overshoots_by_one_answer_at_most(
    window: int,
    budget: int,
    batches: list[int],
    outputs: list[int],
    sizes: list[int],
    bytes_a_token: float,
    counts: bool,
):
    import asyncio

    def tokens(text: str) -> int:
        return max(1, int(len(text.encode()) / bytes_a_token))

    chance = random.Random(budget + window)
    names = [f"f{n}" for n in range(len(sizes))]
    answers = [
        calls(*(chance.choice(names) for _ in range(count)), output=output)
        for count, output in zip(batches, outputs, strict=False)
    ]
    for at, answer in enumerate(answers):  # ids of their own
        answers[at] = ScriptedAnswer(
            tuple({**b, "id": f"{at}{b['id']}"} for b in answer.blocks), answer.output
        )

    async def run_batches(folder: Path) -> None:
        client = WindowedClient(window, script(*answers), tokens, counts=counts)
        async with run_windowed_session(folder, client, budget=budget) as driver:
            for name, size in zip(names, sizes, strict=True):
                (driver.ctx.services.environment.folder / name).write_text(
                    "a1 " * (size // 3) + "\n"
                )
            await driver.run_turn("go")
            state = driver.state
            assert client.refused == 0 and client.largest <= window
            assert state.left is not None
            assert state.left >= -max(client.answers, default=0)
            again = fold(read_log(driver))
            assert (again.left, again.context_used) == (state.left, state.context_used)
            assert again.conversation.sendable() == state.conversation.sendable()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run_batches(Path(folder)))


async def test_a_message_that_was_cut_is_not_gone_on_with_where_only_the_reserve_is_left(
    tmp_path: Path,
):
    """Three answers of 30,000 tokens would follow each other, at a budget of 20,000."""
    client = WindowedClient(32_000, script(*[said("x", 30_000)] * 5), plain)
    async with run_windowed_session(tmp_path, client, budget=20_000) as driver:
        await driver.run_turn("go")
        state = driver.state
        assert state.left is not None and state.left >= -max(client.answers)
        assert state.last_end is not None and state.last_end.reason == "landed"

"""The running program says what a lost cache costs before the cache is lost."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from tests.support.app_driver import AppDriver, StartApp
from tui.bootstrap import Bootstrap
from tui.command_line import CommandLineOptions
from tui.number_format import format_tokens
from tui.widgets.cache_countdown import CacheCountdown


class MovableClock:
    """The machine's clock, which can be moved on."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped


def conversation(driver: AppDriver) -> str:
    """How much of the conversation is in the cache, in words."""
    cache = driver.state.prompt_cache
    return format_tokens(cache.cached_tokens - cache.preamble)


def selector(driver: AppDriver) -> str:
    """What the effort selector says, as one line."""
    return " ".join(line.plain for line in driver.chat.effort.lines(80))


def value(sentence: str) -> float:
    """The thousands of tokens that a sentence says are written, as tokens."""
    return float(sentence.partition("it writes ≈ ")[2].partition("k tokens")[0]) * 1_000


async def said(driver: AppDriver, words: str) -> list[str]:
    """The notices that a command brought."""
    before = len(driver.notices())
    await driver.submit(words)
    await driver.until(lambda: len(driver.notices()) > before)
    return driver.notices()[before:]


async def test_another_budget_says_its_price_before_it_is_given(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="100k") as driver:
        await driver.run_turn()
        price = f" more: it writes {conversation(driver)} tokens to the prompt cache again."
        first, second = await said(driver, "/budget 200k")
        assert first.startswith("Your next prompt costs ") and first.endswith(price)
        assert second == "Budget: 200k tokens for this session."
        back = await said(driver, "/budget 100k")
        assert back == ["Budget: 100k tokens for this session."]
        assert price in (await said(driver, "/budget +20k"))[0]
        # The next prompt writes all of it again already: nothing more is lost.
        assert await said(driver, "/budget off") == ["No budget for this session."]
        each = (await said(driver, "/budget 100k"))[0]
        assert each.startswith("Budget")
        assert (await said(driver, "/budget scope turn"))[0].startswith(
            "Each prompt from the next one on"
        )


async def test_an_effort_says_in_its_selector_that_it_is_free_and_costs_nothing_then(
    running_app: StartApp,
):
    async with running_app(mode="auto", effort="high") as driver:
        await driver.run_turn()
        driver.chat.effort.focus()
        await driver.press("left")
        assert "free: the prompt cache stays warm" in selector(driver)
        assert await said(driver, "/effort low") == ["Effort: low, from your next prompt on."]
        stood = driver.state.prompt_cache.cached_tokens
        lines = len(driver.chat.controller.statement.bill_lines)
        await driver.run_turn("Is that all?")
        assert driver.chat.controller.statement.bill_lines[lines].usage.cache_read >= stood


async def test_a_model_that_cannot_be_told_its_effort_has_the_price_in_the_selector(
    running_app: StartApp,
):
    async with running_app(mode="auto", effort="high", model="claude-opus-4-8") as driver:
        await driver.run_turn()
        driver.chat.effort.focus()
        await driver.press("left")
        assert f"({conversation(driver)} tokens written again)" in selector(driver)
        first, second = await said(driver, "/effort low")
        assert f"it writes {conversation(driver)} tokens" in first
        assert second == "Effort: low, from your next prompt on."


async def test_the_list_of_models_has_the_price_of_each(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await driver.submit("/model")
        for _ in range(3):
            await driver.press("down")
            assert "switching now writes" in driver.text()
            assert "to the cache: ≈ $" in driver.text() or "to the cache: <$0.01" in driver.text()
        await driver.press("escape")
        first = (await said(driver, "/model opus-5"))[0]
        # All of the cache but the thinking, which another model is not sent.
        assert 0.5 < value(first) / driver.state.prompt_cache.cached_tokens < 1


async def test_a_question_says_when_the_cache_goes_cold_and_what_it_costs_then(
    running_app: StartApp, project: Path
):
    clock = MovableClock()
    async with running_app(mode="auto", budget="100k", now=clock) as driver:
        await driver.run_turn()
        await driver.chat.session.runner.change_mode("ask")
        (project / "src" / "more.py").write_text("def more(text: str):\n    return text.split()\n")
        await driver.submit("Add the missing return annotations.")
        pane = driver.chat.live_pane
        await driver.until(lambda: pane.question is not None)
        text = " ".join(pane.query_one(CacheCountdown).lines(100)[0].plain.split())
        assert text.startswith(("Cache warm for 4:", "Cache warm for 5:00"))
        assert text.endswith(f"({conversation(driver)} tokens written again).")
        await driver.press("escape")
        await driver.until(lambda: not driver.chat.running)
        assert not pane.query_one(CacheCountdown).display


async def test_at_the_reserve_an_extension_says_what_it_costs_at_once(
    running_app: StartApp, project: Path
):
    for name in ("parse", "lexer", "emit"):
        # Long enough that reading two of them crosses the reserve, short enough to be planned.
        rows = [f"{name.upper()}_{n} = 'words to be read'\n" for n in range(270)]
        function = f"def {name}(text: str):\n    return text.split()\n"
        (project / "src" / f"{name}.py").write_text("".join([function, *rows]))
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("/config stages.reserve 0.5")
        await driver.submit("Add the missing return annotations.")
        pane = driver.chat.live_pane
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        text = " ".join(line.plain for line in pane.query_one(CacheCountdown).lines(200))
        price = f"({conversation(driver)} tokens written again)."
        assert "After that, or if you extend: " in text and text.endswith(price)
        await driver.press("p")
        await driver.until(lambda: not driver.chat.running)


async def test_a_cold_resume_says_what_going_on_costs(running_app: StartApp, project: Path):
    clock = MovableClock()
    async with running_app(mode="auto", now=clock) as driver:
        await driver.run_turn()
        whole = format_tokens(driver.state.prompt_cache.cached_tokens)
    clock.skipped += 5 * 3_600
    async with running_app(mode="auto", now=clock, resume="latest") as driver:
        (cold,) = [notice for notice in driver.notices() if "prompt cache" in notice]
        assert cold.startswith("The prompt cache has been cold for 4h 5")
        assert f"more: it writes {whole} tokens to the prompt cache again." in cold


async def test_a_cold_resume_without_a_screen_says_it_on_the_error_output(project: Path):
    past = time.time() - 5 * 3_600
    given = CommandLineOptions(simulate=True, pace="max", folder=project, mode="auto")
    wiring = Bootstrap(given, lambda: past, interactive=False)
    opened = await wiring.open(None)
    await opened.runner.run_turn("Add the missing return annotations.")
    whole = format_tokens(opened.state.prompt_cache.cached_tokens)
    await opened.close()
    await wiring.close()
    command = [sys.executable, "-m", "tui.cli", "--simulate", "--pace", "max", "-c", "-p", "So?"]
    command += ["--permission-mode", "auto"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=project, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    first = done.stderr.splitlines()[0]
    assert first.startswith("glideslope: The prompt cache has been cold for 4h 5")
    assert f"writes {whole} tokens to the prompt cache again" in first


async def test_the_context_page_says_how_long_the_cache_stays_warm(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await driver.submit("/context")
        text = driver.page().replace("\\", "")
        assert "stays warm for" in text
        assert "| largest results | tokens used |" in text
        assert f"writes {conversation(driver)} tokens to the prompt cache again" in text

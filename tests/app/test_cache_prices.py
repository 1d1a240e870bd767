"""In the running program the price of a lost cache is said before the cache is lost."""

import asyncio
import subprocess
import sys
import time

from tui.options import Options
from tui.widgets.cache_line import CacheLine
from tui.widgets.numbers import tokens
from tui.wiring import Wiring


class Moments:
    """The machine's clock, which can be moved on."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped


def conversation(cockpit) -> str:
    """What of the conversation stands in the cache, in words."""
    warmth = cockpit.state.warmth
    return tokens(warmth.left - warmth.preamble)


def selector(cockpit) -> str:
    """What the effort selector says, as one line."""
    return " ".join(line.plain for line in cockpit.chat.effort.lines(33))


def value(sentence: str) -> float:
    """The thousands of tokens that a sentence says are written, as tokens."""
    return float(sentence.partition("it writes ≈ ")[2].partition("k tokens")[0]) * 1_000


async def said(cockpit, words: str) -> list[str]:
    """The notices that a command brought."""
    before = len(cockpit.notices())
    await cockpit.say(words)
    await cockpit.until(lambda: len(cockpit.notices()) > before)
    return cockpit.notices()[before:]


async def test_another_budget_says_its_price_before_it_is_given(fly):
    async with fly(mode="auto", budget="100k") as cockpit:
        await cockpit.turn()
        price = f" more: it writes {conversation(cockpit)} tokens to the prompt cache again."
        first, second = await said(cockpit, "/budget 200k")
        assert first.startswith("Your next prompt costs ") and first.endswith(price)
        assert second == "Budget: 200k tokens for this session."
        back = await said(cockpit, "/budget 100k")
        assert back == ["Budget: 100k tokens for this session."]
        assert price in (await said(cockpit, "/budget +20k"))[0]
        # The next prompt writes all of it again already: nothing more is lost.
        assert await said(cockpit, "/budget off") == ["No budget for this session."]
        each = (await said(cockpit, "/budget 100k"))[0]
        assert each.startswith("Budget")
        assert (await said(cockpit, "/budget scope turn"))[0].startswith(
            "Each prompt from the next one on"
        )


async def test_an_effort_says_in_its_selector_that_it_is_free_and_costs_nothing_then(fly):
    async with fly(mode="auto", effort="high") as cockpit:
        await cockpit.turn()
        cockpit.chat.effort.focus()
        await cockpit.press("left")
        assert selector(cockpit).endswith("free: the prompt cache stays warm")
        assert await said(cockpit, "/effort low") == ["Effort: low, from the next prompt on."]
        stood = cockpit.state.warmth.left
        lines = len(cockpit.chat.view.statement.lines)
        await cockpit.turn("Is that all?")
        assert cockpit.chat.view.statement.lines[lines].usage.cache_read >= stood


async def test_a_model_that_cannot_be_told_its_effort_has_the_price_in_the_selector(fly):
    async with fly(mode="auto", effort="high", model="claude-opus-4-8") as cockpit:
        await cockpit.turn()
        cockpit.chat.effort.focus()
        await cockpit.press("left")
        assert f"({conversation(cockpit)} tokens written again)" in selector(cockpit)
        first, second = await said(cockpit, "/effort low")
        assert f"it writes {conversation(cockpit)} tokens" in first
        assert second == "Effort: low, from the next prompt on."


async def test_the_list_of_models_has_the_price_of_each(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        await cockpit.say("/model")
        await cockpit.until(lambda: "written again" in cockpit.text())
        rows = [row for row in cockpit.rows() if "written again" in row]
        assert len(rows) > 5
        assert all("≈ $" in row or "<$0.01" in row for row in rows)
        await cockpit.press("escape")
        first = (await said(cockpit, "/model opus-5"))[0]
        # All of the cache but the thinking, which another model is not sent.
        assert 0.5 < value(first) / cockpit.state.warmth.left < 1


async def test_a_question_says_when_the_cache_goes_cold_and_what_it_costs_then(fly, project):
    clock = Moments()
    async with fly(mode="auto", budget="100k", now=clock) as cockpit:
        await cockpit.turn()
        await cockpit.chat.opened.driver.change_mode("ask")
        (project / "src" / "more.py").write_text("def more(text: str):\n    return text.split()\n")
        await cockpit.say("Add the missing return annotations.")
        pane = cockpit.chat.live_pane
        await cockpit.until(lambda: pane.prompt is not None)
        text = " ".join(pane.query_one(CacheLine).lines(100)[0].plain.split())
        assert text.startswith(("Cache warm for 4:", "Cache warm for 5:00"))
        assert text.endswith(f"({conversation(cockpit)} tokens written again).")
        await cockpit.press("escape")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert not pane.query_one(CacheLine).display


async def test_at_the_reserve_an_extension_says_what_it_costs_at_once(fly, project):
    for name in ("parse", "lexer", "emit"):
        # Long enough that reading two of them crosses the reserve, short enough to be planned.
        rows = [f"{name.upper()}_{n} = 'words to be read'\n" for n in range(270)]
        function = f"def {name}(text: str):\n    return text.split()\n"
        (project / "src" / f"{name}.py").write_text("".join([function, *rows]))
    async with fly(mode="auto", budget="20k") as cockpit:
        await cockpit.say("/config stages.reserve 0.5")
        await cockpit.say("Add the missing return annotations.")
        pane = cockpit.chat.live_pane
        await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
        text = " ".join(line.plain for line in pane.query_one(CacheLine).lines(200))
        price = f"({conversation(cockpit)} tokens written again)."
        assert "After that, or if you extend: " in text and text.endswith(price)
        await cockpit.press("p")
        await cockpit.until(lambda: not cockpit.chat.running)


async def test_a_cold_resume_says_what_going_on_costs(fly, project):
    clock = Moments()
    async with fly(mode="auto", now=clock) as cockpit:
        await cockpit.turn()
        whole = tokens(cockpit.state.warmth.left)
    clock.skipped += 5 * 3_600
    async with fly(mode="auto", now=clock, resume="latest") as cockpit:
        (cold,) = [notice for notice in cockpit.notices() if "prompt cache" in notice]
        assert cold.startswith("The prompt cache has been cold for 4h 5")
        assert f"more: it writes {whole} tokens to the prompt cache again." in cold


async def test_a_cold_resume_without_a_screen_says_it_on_the_error_output(project):
    past = time.time() - 5 * 3_600
    given = Options(simulate=True, pace="max", folder=project, mode="auto")
    wiring = Wiring(given, lambda: past, interactive=False)
    opened = await wiring.open(None)
    await opened.driver.turn("Add the missing return annotations.")
    whole = tokens(opened.state.warmth.left)
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


async def test_the_context_page_says_how_long_the_cache_stays_warm(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        await cockpit.say("/context")
        await cockpit.until(lambda: "stays warm for" in " ".join(cockpit.text().split()))
        text = " ".join(cockpit.text().split())
        assert "Largest results: read src/" in text or "Largest results: bash" in text
        text = " ".join(" ".join(row[:84] for row in cockpit.rows()).split())
        assert f"writes {conversation(cockpit)} tokens to the prompt cache again" in text

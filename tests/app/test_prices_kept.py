"""Prices are those of the day: a corrected list changes what comes, never what was."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.app_driver import AppDriver, StartApp
from tui.agent.headless_run import HeadlessRun
from tui.bootstrap import Bootstrap
from tui.command_line import CommandLineOptions
from tui.settings.user_folders import user_folders

MODEL = "claude-opus-5-5"
DEARER = """
[catalogue.models."claude-opus-5-5"]
rates = [{ since = 2026-01-01, input = "40", output = "200", cache_write_5m = "50", \
cache_write_1h = "80", cache_read = "2" }]
"""
UNKNOWN = """
[catalogue.models."claude-opus-5-5"]
rates = []
"""
TYPO = """
[catalogue.models."claude-opus-5-5"]
rates = [{ since = 2026-01-01, input = "four", output = "20", cache_write_5m = "5", \
cache_write_1h = "8", cache_read = "0.20" }]
"""


def corrected(text: str) -> None:
    """Lay a correction over the shipped list."""
    path = user_folders().settings
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def asked(project: Path, prompt: str, **more: Any) -> dict[str, Any]:
    """The billed part of a headless run's result."""
    given = CommandLineOptions(simulate=True, pace="max", folder=project, mode="auto", **more)
    wiring, out = Bootstrap(given, interactive=False), io.StringIO()
    opened = await wiring.open(given.resume)
    try:
        await HeadlessRun(opened.runner, opened.meters, "json", out, io.StringIO()).run(prompt)
    finally:
        await opened.close()
        await wiring.close()
    return json.loads(out.getvalue())["meters"]["billed"]


async def test_a_changed_price_list_leaves_the_dollars_of_a_resumed_session_as_they_were(
    project: Path,
):
    first = await asked(project, "Add the missing return annotations.")
    spent = Decimal(first["dollars"])
    assert spent > 0 and first["unpriced_requests"] == 0
    corrected(DEARER)
    second = await asked(project, "Is that all?", resume="latest")
    more = Decimal(second["dollars"]) - spent
    tokens = {name: second[name] - first[name] for name in ("input", "cache_read", "output")}
    written = second["cache_write"] - first["cache_write"]
    # A simulator of its own: nothing is cached; what is written for an hour costs 80, else 50.
    least = tokens["input"] * 40 + tokens["cache_read"] * 2 + tokens["output"] * 200 + written * 50
    assert least <= more * 1_000_000 <= least + written * 30
    corrected(UNKNOWN)
    third = await asked(project, "And now?", resume="latest")
    assert third["dollars"] == second["dollars"]
    assert third["unpriced_requests"] >= 1
    assert third["output"] > second["output"]


async def test_a_session_without_any_known_price_has_none(project: Path):
    corrected(UNKNOWN)
    billed = await asked(project, "Is there anything to do?")
    assert billed["dollars"] is None
    assert billed["unpriced_requests"] >= 1


async def answer_to(driver: AppDriver, command: str) -> str:
    """The page that a command shows."""
    await driver.submit(command)
    return driver.page()


async def test_the_screen_says_price_unknown_everywhere(running_app: StartApp):
    corrected(UNKNOWN)
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        assert "price unknown" in driver.text()
        for command in ("/cost", "/usage", "/usage by model"):
            assert "rice unknown" in await answer_to(driver, command), command
        await driver.submit("/entries billed")
        assert "price unknown" in driver.page()
        assert "$" not in driver.page()


async def test_a_typo_in_a_price_is_named_and_the_shipped_list_holds(
    running_app: StartApp,
):
    corrected(TYPO)
    async with running_app() as driver:
        await driver.until(lambda: driver.notices())
        assert any(
            "catalogue.models.claude-opus-5-5.rates[0].input: expected a number, such as" in notice
            for notice in driver.notices()
        )
        assert driver.chat.session.model.rates[0].input == 4

"""The quote of a plan in the running program: the price, the choices, the agreement, the bill."""

import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.session.filed_plan import AgreedQuote
from tui.widgets.quote_panel import QuotePanel


async def planned(driver: AppDriver) -> QuotePanel:
    """Plan the usual prompt; returns the quote that opens by itself."""
    await driver.run_turn()
    return await quote_in_view(driver)


async def quote_in_view(driver: AppDriver) -> QuotePanel:
    await driver.until(lambda: driver.chat.panel_area.panel is not None)
    panel = driver.chat.panel_area.panel
    assert isinstance(panel, QuotePanel)
    await driver.pilot.pause()
    driver.paint()
    return panel


def agreed(driver: AppDriver) -> AgreedQuote:
    quote = driver.state.plan_quotes.agreed
    assert quote is not None
    return quote


async def test_from_plan_to_quote_to_work_to_bill(running_app: StartApp):
    async with running_app(mode="plan") as driver:
        panel = await planned(driver)
        rows = panel.rows
        assert driver.app.focused is panel
        assert driver.state.checklist == {}
        whole = rows.quote.total.tokens
        files = [item.title for item in rows.pricing.plan.items][:2]

        await driver.press("space")  # without the first file
        dropped = rows.pricing.estimates[rows.pricing.plan.items[0].id]
        assert rows.quote.total.tokens == whole - dropped
        assert f"[ ] {files[0]}" in driver.text()
        assert "5 of 6 items" in driver.text()
        await driver.press("down", "space", "space")  # dropped and taken back
        await driver.press("right")
        assert "[high " in driver.text()
        assert rows.quote.total.tokens > whole - dropped
        await driver.press("left", "plus", "m", "m")
        assert "25,000 tokens" in driver.text() and "[auto]" in driver.text()

        spent = driver.state.ledger.charged
        await driver.press("enter")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.chat.panel_area.panel is None
        quote = agreed(driver)
        assert quote.quoted == whole - dropped
        assert (driver.state.mode, driver.chat.session.rules.mode) == ("auto", "auto")
        assert driver.state.grant == 25_000 + spent
        assert next(iter(driver.state.checklist.values())).title == files[1]
        assert files[0] in driver.state.prompts[1].partition("Not agreed")[2]
        assert files[0] not in driver.state.touched_files

        bill = driver.state.quote_bill
        assert bill is not None and not bill.is_open
        assert bill.took == driver.state.ledger.charged - spent
        assert "The agreed plan:" in driver.text()
        await driver.submit("/plan")
        await driver.until(lambda: driver.chat.panel_area.panel is not None)
        driver.paint()
        assert "all of it" in driver.text() and "reading and reports" in driver.text()


async def test_not_now_keeps_the_plan_and_plan_shows_it_again_after_a_restart(
    running_app: StartApp,
):
    async with running_app(mode="plan") as driver:
        await planned(driver)
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None
        await driver.submit("/plan")
        await quote_in_view(driver)
        await driver.press("escape")
        session = driver.state.session
    async with running_app(resume=session) as driver:
        assert driver.state.mode == "plan"
        await driver.submit("/plan")
        panel = await quote_in_view(driver)
        assert len(panel.rows.pricing.plan.items) == 6


async def test_a_draft_is_not_covered_and_words_agree_as_well(running_app: StartApp):
    async with running_app() as driver:
        driver.chat.composer.set_draft("/plan Add the missing return annotations.")
        driver.chat.composer.submit()
        driver.chat.composer.set_draft("and then")
        await driver.until(lambda: driver.state.turn == 1 and not driver.chat.running)
        assert driver.chat.panel_area.panel is None
        assert "/plan shows it with its price." in " ".join(driver.text().split())
        spent = driver.state.ledger.charged
        await driver.submit("/plan agree 5k")
        await driver.until(lambda: driver.state.turn == 2)
        assert agreed(driver).budget == 5_000
        assert driver.state.grant == 20_000 + spent  # the API takes no less
        assert driver.state.mode == "ask"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("/plan agree $5", "Agree to a number of tokens"), ("/plan agree", "No plan waits")],
)
async def test_what_cannot_be_agreed_to_gets_a_sentence(
    running_app: StartApp, words: str, sentence: str
):
    async with running_app() as driver:
        await driver.submit(words)
        await driver.until(lambda: sentence in driver.text())


async def test_the_plan_can_be_edited_in_the_editor_of_the_user(
    running_app: StartApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys, pathlib\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "lines = [l for l in file.read_text().splitlines() if 'emit.py' not in l]\n"
        "file.write_text('\\n'.join([*lines, 'Write the docs | about 9k | README.md']))\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    monkeypatch.delenv("VISUAL", raising=False)
    stay = "tui.screens.text_editor.released_terminal"  # the screen of the test is no terminal
    monkeypatch.setattr(stay, lambda app, terminal: nullcontext())
    async with running_app(mode="plan") as driver:
        panel = await planned(driver)
        before = {item.title: item.id for item in panel.rows.pricing.plan.items}
        await driver.press("e")
        await driver.until(lambda: "src/emit.py" not in str(panel.rows.pricing.plan))
        items = panel.rows.pricing.plan.items
        assert (items[-1].title, items[-1].estimate) == ("Write the docs", 9_000)
        assert items[-1].files == ("README.md",)
        assert {i.title: i.id for i in items[:-1]} == {
            title: id for title, id in before.items() if title != "src/emit.py"
        }
        waiting = driver.state.plan_quotes.waiting
        assert waiting is not None and waiting.by == "user"


async def click(driver: AppDriver, panel: QuotePanel, words: str) -> None:
    """Click on words of the quote."""
    rows = [line.plain for line in panel.rows.lines(*panel.rows.size)]
    y, x = next((y, row.index(words)) for y, row in enumerate(rows) if words in row)
    await driver.pilot.click(panel.rows, offset=(x + 1, y))
    await driver.pilot.pause()
    driver.paint()


async def test_everything_can_be_clicked(running_app: StartApp):
    async with running_app(mode="plan") as driver:
        panel = await planned(driver)
        await click(driver, panel, "src/lexer.py")
        assert "[ ] src/lexer.py" in driver.text()
        await click(driver, panel, "high ")
        assert panel.rows.choice.effort == "high"
        await click(driver, panel, "edits")
        assert panel.rows.choice.mode == "edits"
        await click(driver, panel, "not now")
        assert driver.chat.panel_area.panel is None
        assert driver.state.plan_quotes.waiting is not None

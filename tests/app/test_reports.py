"""What leaves the program as a file: the handoff of a wrap-up report, the whole session."""

from functools import partial

from tests.app.offer_steps import landed
from tests.support.app_driver import AppDriver, StartApp


def said(driver: AppDriver, sentence: str) -> bool:
    return sentence in driver.notices()


async def test_a_handoff_is_private_and_never_written_over_an_earlier_one(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await landed(driver, grant=90_000, spent=24_000)
        for name in ("", "-2"):
            driver.app.run_command("report.handoff")
            path = driver.folder / f"HANDOFF-{driver.state.session}{name}.md"
            await driver.until(path.exists)
            assert path.stat().st_mode & 0o777 == 0o600
            text = path.read_text()
            assert "## Done\n\n- a\n- b\n- c" in text
            # 24k for three subtasks of 20k: the open 8k will take (3 × 1.2 + 2) ÷ 5 as much.
            assert "Estimate to finish: ≈ 9k tokens." in text
            saved = f"Saved {path.name} in {path.parent}."
            await driver.until(partial(said, driver, saved))


async def test_a_new_session_begins_with_the_report(running_app: StartApp):
    async with running_app(mode="auto", budget="60k") as driver:
        await landed(driver, grant=90_000, spent=24_000)
        before = driver.state.session
        driver.app.run_command("report.restart")
        await driver.until(lambda: driver.chat.session and driver.state.session != before)
        await driver.until(lambda: driver.state.turn == 1)
        assert "Go on from this handoff:" in driver.state.prompts[0]
        assert "## Not started\n\n- d\n- e" in driver.state.prompts[0]
        await driver.until(lambda: not driver.chat.running)


async def test_the_session_is_exported_with_all_that_was_said_and_paid(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="60k") as driver:
        await driver.submit("/export")
        await driver.until(lambda: "There is nothing to export yet." in driver.notices())
        await driver.run_turn()
        await driver.submit("/export")
        path = driver.folder / f"glideslope-{driver.state.session}.md"
        await driver.until(lambda: f"Exported to {path}." in driver.notices())
        text = path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
        assert "> Add the missing return annotations." in text
        assert f"${driver.state.bill.dollars:,.4f} |" in text
        await driver.submit("/export paper.md")
        await driver.until((driver.folder / "paper.md").exists)
        await driver.submit("/export paper.md")
        await driver.until(lambda: "is there already" in driver.notices()[-1])
        assert (driver.folder / "paper.md").read_text() == text

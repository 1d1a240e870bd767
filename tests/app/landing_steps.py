"""What several tests of this folder share."""

from tests.support.app_driver import AppDriver

KEYS = {
    "report.continue": "c",
    "report.handoff": "h",
    "report.restart": "n",
    "report.leave": "esc",
}


async def interrupted(driver: AppDriver) -> None:
    """A turn that was interrupted with work left; the program wrote the report."""
    await driver.submit("Add the missing return annotations.")
    await driver.until(lambda: driver.state.open_questions)
    driver.app.run_command("session.interrupt")
    await driver.until_idle()
    await driver.until(lambda: driver.chat.keys.landing_commands == tuple(KEYS))

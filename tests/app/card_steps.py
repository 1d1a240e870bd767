"""What several tests of this folder share."""

from tests.support.app_driver import AppDriver

KEYS = {
    "report.continue": "c",
    "budget.extend": "x",
    "report.copy": "y",
    "report.handoff": "h",
    "report.restart": "n",
}


async def interrupted(driver: AppDriver) -> None:
    """A turn that was interrupted with work left; the program wrote the report."""
    await driver.submit("Add the missing return annotations.")
    await driver.until(lambda: driver.state.open_questions)
    driver.app.run_command("session.interrupt")
    await driver.until_idle()
    card = driver.card()
    assert card is not None
    assert {action.id: action.key for action in card.actions} == KEYS

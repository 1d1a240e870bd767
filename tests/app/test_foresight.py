"""What a change costs is foretold without making it."""

from tests.support.app_driver import StartApp


async def test_an_extension_counts_once_though_its_price_was_foretold(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="200k") as driver:
        await driver.run_turn("hello")
        await driver.submit("/budget +50k")
        await driver.until(lambda: "Budget extended by 50k tokens." in driver.notices())
        assert driver.state.grant == 250_000
        await driver.submit("/budget scope turn")
        await driver.until(lambda: driver.state.envelope.scope == "turn")
        assert driver.state.grant == 250_000
        session = driver.state.session
    async with running_app(resume=session) as driver:
        assert driver.state.grant == 250_000

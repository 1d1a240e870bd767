"""What a change costs is foretold without making it."""


async def test_an_extension_counts_once_though_its_price_was_foretold(fly):
    async with fly(mode="auto", budget="200k") as cockpit:
        await cockpit.turn("hello")
        await cockpit.say("/budget +50k")
        await cockpit.until(lambda: "Budget extended by 50k tokens." in cockpit.notices())
        assert cockpit.state.grant == 250_000
        await cockpit.say("/budget scope turn")
        await cockpit.until(lambda: cockpit.state.envelope.scope == "turn")
        assert cockpit.state.grant == 250_000
        session = cockpit.state.session
    async with fly(resume=session) as cockpit:
        assert cockpit.state.grant == 250_000

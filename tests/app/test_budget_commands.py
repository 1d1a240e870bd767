"""`/budget` in the chat."""


async def test_a_budget_is_given(fly):
    async with fly() as cockpit:
        await cockpit.say("/budget 200k")
        await cockpit.until(lambda: cockpit.state.grant == 200_000)
        assert "0 used" in cockpit.text() and "of 200k" in cockpit.text()

"""A fork in the running program: the same history, the same spend, a session of its own."""

from tui.widgets.transcript.items import Divider, Prompt


async def opens(cockpit, is_the_one):
    """Wait till the session that is open is the one."""
    chat = cockpit.chat
    await cockpit.until(lambda: chat.opened is not None and is_the_one(chat.opened.state.session))


async def test_a_fork_shows_the_history_and_goes_on_by_itself(fly):
    async with fly(mode="auto", budget="200k") as cockpit:
        await cockpit.say("/rename first")
        await cockpit.turn("hello")
        before = cockpit.state
        parent, charged = before.session, before.charged
        await cockpit.say("/fork")
        await opens(cockpit, lambda session: session != parent)
        assert cockpit.state.parent == (parent, before.seq)
        assert (cockpit.state.charged, cockpit.state.grant) == (charged, 200_000)
        assert cockpit.state.name == "first (fork)"
        assert "hello" in [item.text for item in cockpit.items() if isinstance(item, Prompt)]
        said = [item.text for item in cockpit.items() if isinstance(item, Divider)]
        assert f"forked from {parent}" in said
        await cockpit.turn("hello again")
        assert cockpit.state.charged > charged
        await cockpit.say(f"/resume {parent}")
        await opens(cockpit, lambda session: session == parent)
        assert (cockpit.state.turn, cockpit.state.charged) == (1, charged)


async def test_an_empty_session_is_not_forked(fly):
    async with fly() as cockpit:
        session = cockpit.state.session
        await cockpit.say("/branch")
        assert "There is nothing to fork yet." in cockpit.notices()
        assert cockpit.state.session == session


async def test_a_wider_mode_than_the_settings_have_is_not_taken_along(fly, project):
    async with fly() as cockpit:
        await cockpit.say("/mode auto")
        await cockpit.turn("hello")
        parent = cockpit.state.session
        assert cockpit.state.mode == "auto"
        await cockpit.say("/fork")
        await opens(cockpit, lambda session: session != parent)
        narrowed = "The session was in mode auto; it is in ask now. /mode changes it."
        assert (cockpit.state.mode, cockpit.notices()[-1]) == ("ask", narrowed)
        assert cockpit.rows()[-1].startswith(" ask")
    for given in ({"resume": "latest"}, {"resume": parent}):
        async with fly(**given) as cockpit:
            assert cockpit.state.mode == "ask"
            assert (narrowed in cockpit.notices()) is (cockpit.state.session == parent)
            assert cockpit.chat.opened.driver.means.rules.mode == "ask"

"""The entries behind the figures, in the running program."""

from tui.widgets.figure_page import FigurePage


async def test_the_entries_of_a_real_turn_add_up_to_the_gauge(fly):
    async with fly(size=(120, 60), mode="auto") as cockpit:
        await cockpit.say("/budget 100k")
        await cockpit.until(lambda: cockpit.state.grant == 100_000)
        await cockpit.turn()
        await cockpit.say("/entries")
        assert isinstance(cockpit.app.screen, FigurePage)
        text = cockpit.text()
        assert f"{cockpit.state.charged:,} tokens used" in text
        assert "read src/parse.py" in text
        assert "turn 1 · Add the missing return annotations." in text
        await cockpit.press("escape")
        assert cockpit.app.screen is cockpit.chat
        assert cockpit.chat.composer.has_focus_within


async def test_every_figure_has_its_page(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        for figure, words in [
            ("subtasks", "SUBTASKS"),
            ("billed", "for a million tokens"),
            ("context", "by the last request and its answer"),
            ("limits", "resets in"),
            ("time", "of work in this session"),
        ]:
            await cockpit.say(f"/entries {figure}")
            assert words in cockpit.text()
            await cockpit.press("escape")


async def test_a_resumed_session_has_the_entries_of_before(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        session, charged = cockpit.state.session, cockpit.state.charged
    async with fly(resume=session, mode="auto") as cockpit:
        await cockpit.say("/entries")
        assert f"{charged:,} tokens used" in cockpit.text()
        assert "read src/parse.py" in cockpit.text()


async def test_an_unknown_figure_is_answered_in_one_sentence(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/entries money")
        assert cockpit.notices()[-1] == (
            "There are entries behind budget, subtasks, billed, context, limits, time."
        )


async def test_enter_on_the_gauge_opens_them(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        cockpit.chat.budget_panel.focus()
        await cockpit.press("down", "down", "enter")
        assert isinstance(cockpit.app.screen, FigurePage)


async def test_enter_on_a_subtask_opens_its_entries(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        cockpit.chat.checklist.focus()
        await cockpit.press("home", "enter")
        assert isinstance(cockpit.app.screen, FigurePage)
        first = next(iter(cockpit.state.checklist.values()))
        used = cockpit.state.ledger.by_subtask[first.id]
        assert first.title in cockpit.text()
        assert f"{used:,} tokens used" in cockpit.text()
        await cockpit.press("escape")
        assert cockpit.app.screen is cockpit.chat


async def test_on_a_narrow_terminal_keys_reach_the_line_and_open_the_entries(fly):
    async with fly(size=(80, 24), mode="auto", budget="100k") as cockpit:
        await cockpit.turn()
        for _ in range(6):
            await cockpit.press("tab")
            if cockpit.chat.budget_line.has_focus:
                break
        assert cockpit.chat.budget_line.has_focus
        await cockpit.press("enter")
        assert isinstance(cockpit.app.screen, FigurePage)
        assert f"{cockpit.state.charged:,} tokens used" in cockpit.text()
        await cockpit.press("escape")
        await cockpit.press("escape")
        assert cockpit.chat.composer.has_focus_within

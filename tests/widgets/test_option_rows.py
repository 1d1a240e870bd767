"""A list of options: one is marked, and what explains it is the last thing to go."""

from tui.widgets.option_rows import Option, OptionRows

OPTIONS = [Option("a", "/budget", "Show the budget", "[200k | off]"), Option("b", "/model")]


async def shown(stage, width):
    rows = OptionRows()
    rows.show(OPTIONS)
    app = stage(rows)
    async with app.run_test(size=(width, 4)) as pilot:
        await pilot.pause()
        return app.rows()


async def test_the_marked_one_is_told_by_a_sign(stage):
    rows = await shown(stage, 60)
    assert rows[0].startswith("▸ /budget  Show the budget")
    assert rows[0].endswith("[200k | off]")
    assert rows[1] == "  /model"


async def test_in_little_room_the_explanation_goes_before_the_arguments(stage):
    rows = await shown(stage, 30)
    assert "Show the budget" in rows[0]
    assert "200k" not in rows[0]


async def test_the_mark_goes_round_or_stops_at_the_end(stage):
    rows = OptionRows()
    app = stage(rows)
    async with app.run_test(size=(40, 4)):
        rows.show(OPTIONS)
        rows.move(-1)
        assert rows.marked.id == "b"
        rows.move(1, wrap=False)
        assert rows.marked.id == "b"
        rows.move(1)
        assert rows.marked.id == "a"

"""A list of options: one is marked, and what explains it is the last thing to go."""

from tests.widgets.widget_app import WidgetApp
from tui.widgets.option_rows import Option, OptionRows

OPTIONS = [Option("a", "/budget", "Show the budget", "[200k | off]"), Option("b", "/model")]


async def shown(
    widget_app: type[WidgetApp],
    width: int,
    options: list[Option] = OPTIONS,
    height: int = 4,
    marked: int = 0,
) -> list[str]:
    rows = OptionRows()
    rows.show(options, marked=marked)
    app = widget_app(rows)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        return app.rows()


async def test_the_marked_one_is_told_by_a_sign(widget_app: type[WidgetApp]):
    rows = await shown(widget_app, 60)
    assert rows[0].startswith("▸ /budget  Show the budget")
    assert rows[0].endswith("[200k | off]")
    assert rows[1] == "  /model"


async def test_in_little_room_the_explanation_goes_before_the_arguments(
    widget_app: type[WidgetApp],
):
    rows = await shown(widget_app, 30)
    assert "Show the budget" in rows[0]
    assert "200k" not in rows[0]


async def test_the_mark_goes_round_or_stops_at_the_end(
    widget_app: type[WidgetApp],
):
    rows = OptionRows()
    app = widget_app(rows)
    async with app.run_test(size=(40, 4)):
        rows.show(OPTIONS)
        rows.move(-1)
        assert rows.marked.id == "b"
        rows.move(1, wrap=False)
        assert rows.marked.id == "b"
        rows.move(1)
        assert rows.marked.id == "a"


SESSIONS = [
    Option("1", "grib reader", "03 Nov · 9 turns"),
    Option("2", "Why does the cache forget the station list after midnight?", "02 Nov · 3 turns"),
]


async def test_long_names_have_a_column_as_wide_as_the_details_leave(
    widget_app: type[WidgetApp],
):
    first, second = await shown(widget_app, 90, SESSIONS, height=2)
    assert second.startswith("  Why does the cache forget the station list after midnight?  02 Nov")
    assert first.index("03 Nov") == second.index("02 Nov")


async def test_in_little_room_a_long_name_is_cut_before_the_details(
    widget_app: type[WidgetApp],
):
    first, second = await shown(widget_app, 54, SESSIONS, height=2)
    assert second == "  Why does the cache forget the sta…  02 Nov · 3 turns"
    assert first.index("03 Nov") == second.index("02 Nov")


async def test_options_out_of_sight_are_counted(widget_app: type[WidgetApp]):
    many = [Option(str(n), f"model {n}", right="x") for n in range(20)]
    rows = await shown(widget_app, 40, many, height=10)
    assert rows[0].endswith("x") and rows[9].endswith("↓ 10 more")
    rows = await shown(widget_app, 40, many, height=10, marked=14)
    assert rows[0].endswith("↑ 5 more") and rows[9].endswith("↓ 5 more")

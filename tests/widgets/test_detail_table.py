"""A page of rows: everything is reached, in any width, and foreign text does nothing."""

from dataclasses import replace

import pytest

from tests.widgets.widget_app import WidgetApp
from tui.reports.detail_page import Column, DetailPage, DetailRow
from tui.widgets.detail_table import DetailTable
from tui.widgets.panel import Panel

LEDGER = DetailPage(
    title="BUDGET · session",
    summary=("1,950 tokens used · 98,050 left of 100,000",),
    name="entry",
    columns=(Column("kind"), Column("request", True), Column("subtask")),
    figure="tokens",
    rows=(
        DetailRow("turn 1 · Mend it.", (), "1,500", "heading"),
        DetailRow("message", ("output", "1", ""), "1,000"),
        DetailRow("read src/parse.py", ("results", "1", ""), "300"),
        DetailRow("message", ("output", "12", "parse"), "≈ 200"),
        DetailRow("not charged to a budget: 2 prompts", kind="note"),
    ),
)


def in_panel(page: DetailPage) -> Panel:
    """A page in the panel that has its keys."""
    table = DetailTable(lambda: page)
    return Panel(table.title, table)


async def shown(
    widget_app: type[WidgetApp], page: DetailPage, size: tuple[int, int] = (80, 20), *keys: str
) -> list[str]:
    app = widget_app(in_panel(page))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        return [row.strip().strip("│")[1:].rstrip() for row in app.rows() if "│" in row]


async def test_columns_stand_side_by_side_where_there_is_room(
    widget_app: type[WidgetApp],
):
    assert await shown(widget_app, LEDGER) == [
        "1,950 tokens used · 98,050 left of 100,000",
        "",
        "entry                                      kind     request  subtask  tokens",
        "turn 1 · Mend it.                                                      1,500",
        "  message                                  output         1            1,000",
        "  read src/parse.py                        results        1              300",
        "  message                                  output        12  parse     ≈ 200",
        "  not charged to a budget: 2 prompts",
    ]


async def test_columns_go_below_their_row_by_name_where_there_is_none(
    widget_app: type[WidgetApp],
):
    assert await shown(widget_app, LEDGER, (36, 26)) == [
        "1,950 tokens used · 98,050 left",
        "of 100,000",
        "",
        "entry                     tokens",
        "turn 1 · Mend it.          1,500",
        "  message                  1,000",
        "    output · request 1",
        "  read src/parse.py          300",
        "    results · request 1",
        "  message                  ≈ 200",
        "    output · request 12 · parse",
        "  not charged to a budget: 2",
        "  prompts",
    ]


LONG = DetailPage(
    title="BUDGET",
    summary=("all of it",),
    name="entry",
    columns=(Column("request", True),),
    figure="tokens",
    rows=tuple(DetailRow(f"read file{n}.py", (str(n),), f"{n:,}") for n in range(5_000)),
)


@pytest.mark.parametrize("size", [(80, 24), (36, 20)])
async def test_a_long_page_is_scrolled_to_its_end_and_says_what_is_below(
    widget_app: type[WidgetApp], size: tuple[int, int]
):
    rows = await shown(widget_app, LONG, size)
    assert any("file0.py" in row for row in rows)
    assert rows[-1].startswith("  ↓ ")
    assert rows[-1].endswith(" more rows")
    rows = await shown(widget_app, LONG, size, "end")
    assert any("file4999.py" in row for row in rows)
    assert "more rows" not in rows[-1]
    assert rows[0] == "all of it"
    rows = await shown(widget_app, LONG, size, "end", "home", "down")
    assert any("file1.py" in row for row in rows)
    assert not any("file0.py" in row for row in rows)


async def test_cells_that_are_too_wide_are_cut_in_columns_and_whole_below(
    widget_app: type[WidgetApp],
):
    title = "Annotate the seven files under src/io"
    page = replace(LEDGER, rows=(DetailRow("message", ("output", "12", title), "1"),))
    assert "Annotate the seven …" in "\n".join(await shown(widget_app, page))
    narrow = " ".join(" ".join(await shown(widget_app, page, (36, 24))).split())
    assert f"output · request 12 · {title}" in narrow


async def test_a_long_page_draws_only_what_is_in_view(
    widget_app: type[WidgetApp], monkeypatch: pytest.MonkeyPatch
):
    drawn = []
    draw = DetailTable._drawn
    monkeypatch.setattr(DetailTable, "_drawn", lambda *args: drawn.append(args) or draw(*args))
    app = widget_app(in_panel(LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        drawn.clear()
        await pilot.press("pagedown")
        await pilot.pause()
    assert 0 < len(drawn) < 24


@pytest.mark.parametrize("key", ["q", "enter"])
async def test_a_key_asks_to_close_it(widget_app: type[WidgetApp], key: str):
    app = widget_app(in_panel(LEDGER))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert app.posted_of(Panel.CloseRequested)


async def test_a_page_with_other_entries_is_drawn_again_and_the_same_one_is_not(
    widget_app: type[WidgetApp], monkeypatch: pytest.MonkeyPatch
):
    pages = [LEDGER]
    table = DetailTable(lambda: pages[-1])
    app = widget_app(Panel("Budget", table))
    async with app.run_test(size=(80, 20)) as pilot:
        rebuilt: list[None] = []
        monkeypatch.setattr(table, "rebuild", lambda: rebuilt.append(None))
        table.refresh_content()
        assert not rebuilt
        pages.append(replace(LEDGER, summary=("2,000 tokens used",)))
        table.refresh_content()
        await pilot.pause()
        assert len(rebuilt) == 1
        assert "2,000 tokens used" in table.text_to_copy()


async def test_an_empty_page_says_so(widget_app: type[WidgetApp]):
    page = DetailPage(
        "LIMITS", ("Left.",), "limit", (Column("of", True),), "left", (), "none named yet"
    )
    assert await shown(widget_app, page) == ["Left.", "none named yet"]


async def test_foreign_names_are_shown_and_do_nothing(widget_app: type[WidgetApp]):
    nasty = "[/x] \x1b]52;c;QUJD\x07list[int]\n\u202egnp"
    page = DetailPage(
        "[b]", (), "e", (Column("[i]"),), "f", (DetailRow(nasty, ("漢字[/]" * 9,), "1"),)
    )
    text = "\n".join(await shown(widget_app, page))
    assert "[/x]" in text and "list[int]" in text
    assert "\x1b" not in text

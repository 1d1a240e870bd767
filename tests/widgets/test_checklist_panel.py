"""The checklist shows state and cost of each subtask, and keeps the one at work in view."""

import pytest

from tests.widgets.widget_app import WidgetApp
from tui.budget.forecast import Forecast
from tui.session.checklist import Subtask
from tui.widgets.checklist_panel import ChecklistPanel

TASKS = (
    Subtask(id="a", title="parse.py", state="done", estimate=2_000),
    Subtask(id="b", title="lexer.py", state="in_progress", estimate=2_000),
    Subtask(id="c", title="io/read.py", estimate=2_000),
    Subtask(id="d", title="old/cli.py", state="skipped"),
)
SPENT = {"a": 2_100, "b": 900, None: 3_200}
AHEAD = Forecast(3_300, by_subtask={"b": 1_200, "c": 2_100})


def many(count: int, at_work: int) -> dict[str, Subtask]:
    return {
        f"t{n}": Subtask(
            id=f"t{n}",
            title=f"file {n}",
            state="done" if n < at_work else "in_progress" if n == at_work else "pending",
        )
        for n in range(count)
    }


def by_id(*tasks: Subtask) -> dict[str, Subtask]:
    return {task.id: task for task in tasks}


async def test_rows_say_state_title_and_tokens_aligned_at_the_right(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    panel.show(by_id(*TASKS), SPENT, ahead=AHEAD)
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        await pilot.pause()
        rows = app.rows()
    assert rows[0].startswith("SUBTASKS 1/3 · 1 skipped ─")
    assert rows[1:5] == [
        "✔ parse.py                  2.1k",
        "▶ lexer.py          900 + ≈ 1.2k",
        "○ io/read.py              ≈ 2.1k",
        "⊘ old/cli.py",
    ]


async def test_what_belongs_to_no_subtask_has_a_row_and_the_sum_is_the_spend(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    panel.show(by_id(*TASKS), SPENT)
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        await pilot.pause()
        text = app.text()
    assert "unassigned" in text
    assert "3.2k" in text
    assert "6.2k used" in text


async def test_the_rows_add_up_to_the_total_that_is_shown(
    widget_app: type[WidgetApp],
):
    """900 + 2,100 + 3,200 used and 1,200 + 2,100 to finish."""
    panel = ChecklistPanel()
    panel.show(by_id(*TASKS), SPENT, ahead=AHEAD)
    app = widget_app(panel)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        rows = app.rows()
    assert rows[5:7] == [
        "· unassigned                        3.2k",
        "  total     6.2k used + ≈ 3.3k to finish",
    ]


async def test_a_subtask_done_with_another_one_says_with_which(
    widget_app: type[WidgetApp],
):
    tasks = [Subtask(id=name, title=name, state="done") for name in ("mod20", "mod21", "mod22")]
    panel = ChecklistPanel()
    panel.show(by_id(*tasks), {"mod20": 616}, done_with={"mod21": "mod20"})
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        await pilot.pause()
        assert app.rows()[1:4] == [
            "✔ mod20                      616",
            "✔ mod21               with mod20",
            "✔ mod22                        0",
        ]


async def test_figures_carry_their_sign_while_a_part_of_them_is_an_estimate(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        panel.show(by_id(*TASKS), SPENT, live=400, ahead=AHEAD)
        await pilot.pause()
        streaming = app.rows()
        panel.show(by_id(*TASKS), SPENT, estimated={"a"}, ahead=AHEAD)
        await pilot.pause()
        unsettled = app.rows()
    assert streaming[1:3] == [
        "✔ parse.py                  2.1k",
        "▶ lexer.py       ≈ 1.3k + ≈ 1.2k",
    ]
    assert streaming[5:7] == [
        "· unassigned                3.2k",
        "  total              ≈ 6.6k used",
    ]
    assert unsettled[1:3] == [
        "✔ parse.py                ≈ 2.1k",
        "▶ lexer.py          900 + ≈ 1.2k",
    ]
    assert unsettled[5:7] == [
        "· unassigned                3.2k",
        "  total              ≈ 6.2k used",
    ]


async def test_what_streams_for_no_subtask_counts_as_unassigned(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        panel.show(by_id(TASKS[0]), {"a": 2_100}, live=400)
        await pilot.pause()
        assert app.rows()[2:4] == [
            "· unassigned               ≈ 400",
            "  total              ≈ 2.5k used",
        ]


async def test_hundreds_of_subtasks_keep_the_one_at_work_in_view(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    app = widget_app(panel)
    async with app.run_test(size=(32, 12)) as pilot:
        for at_work in (0, 7, 150, 298):
            panel.show(many(300, at_work), {})
            await pilot.pause()
            assert f"▶ file {at_work}\n" in app.text() + "\n"


async def test_rows_out_of_view_are_counted(widget_app: type[WidgetApp]):
    panel = ChecklistPanel()
    panel.show(many(100, 50), {})
    app = widget_app(panel)
    async with app.run_test(size=(32, 12)) as pilot:
        await pilot.pause()
        rows = app.rows()
    above = int(rows[1].removeprefix("↑ ").removesuffix(" more"))
    below = int(rows[11].removeprefix("↓ ").removesuffix(" more"))
    assert above + below + 9 == 100


async def test_scrolling_away_lasts_until_the_work_moves_on(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    panel.show(many(100, 50), {})
    app = widget_app(panel)
    async with app.run_test(size=(32, 12)) as pilot:
        panel.focus()
        await pilot.press("home")
        assert "file 0" in app.text()
        panel.show(many(100, 50), {"t50": 500})
        await pilot.pause()
        assert "file 0" in app.text()
        panel.show(many(100, 51), {})
        await pilot.pause()
        assert "▶ file 51" in app.text()


async def test_titles_are_foreign_text(widget_app: type[WidgetApp]):
    panel = ChecklistPanel()
    panel.show(by_id(Subtask(id="x", title="[red]bold[/] \x1b[2Jlist[int]")), {})
    app = widget_app(panel)
    async with app.run_test(size=(60, 5), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        text = app.text()
    assert "\x1b" not in text
    assert "[red]bold[/]" in text
    assert "list[int]" in text


async def test_long_and_wide_titles_give_way_to_the_figures(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    task = Subtask(id="x", title="漢字" * 30, estimate=12_000)
    panel.show(by_id(task), {"x": 4_000}, ahead=Forecast(8_000, {"x": 8_000}))
    app = widget_app(panel)
    async with app.run_test(size=(32, 5)) as pilot:
        await pilot.pause()
        row = app.rows()[1]
    assert row.endswith("… 4k + ≈ 8k")


async def test_an_empty_checklist_says_so(widget_app: type[WidgetApp]):
    panel = ChecklistPanel()
    app = widget_app(panel)
    async with app.run_test(size=(32, 5)) as pilot:
        await pilot.pause()
        assert "none planned yet" in app.text()


@pytest.mark.parametrize(
    ("keys", "subtask"),
    [
        ((), "b"),  # the one at work
        (("up",), "a"),
        (("down", "down"), "d"),
        (("end",), None),  # what no subtask is charged with
        (("end", "up", "home"), "a"),
    ],
)
async def test_enter_opens_the_entries_of_the_marked_subtask(
    widget_app: type[WidgetApp], keys: tuple[str, ...], subtask: str | None
):
    panel = ChecklistPanel()
    panel.show(by_id(*TASKS), SPENT)
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        panel.focus()
        await pilot.press(*keys, "enter")
        assert [each.subtask for each in app.posted_of(ChecklistPanel.SubtaskChosen)] == [subtask]


@pytest.mark.parametrize(("word", "subtask"), [("parse.py", ["a"]), ("unassigned", [None])])
async def test_a_click_opens_the_entries_of_a_subtask(
    widget_app: type[WidgetApp], word: str, subtask: list[str | None]
):
    panel = ChecklistPanel()
    panel.show(by_id(*TASKS), SPENT)
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        await pilot.pause()
        row = next(at for at, line in enumerate(app.rows()) if word in line)
        await pilot.click(panel, offset=(3, row))
        await pilot.click(panel, offset=(3, 0))  # the heading opens nothing
        assert [each.subtask for each in app.posted_of(ChecklistPanel.SubtaskChosen)] == subtask


async def test_an_empty_checklist_opens_nothing(widget_app: type[WidgetApp]):
    panel = ChecklistPanel()
    panel.show({}, {None: 5})
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        panel.focus()
        await pilot.press("down", "enter")
        assert app.posted_of(ChecklistPanel.SubtaskChosen) == []


async def test_the_marked_subtask_stays_in_view_and_is_the_one_that_opens(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    panel.show(many(100, 50), {"t50": 500})
    app = widget_app(panel)
    async with app.run_test(size=(32, 12)) as pilot:
        panel.focus()
        for _ in range(20):
            await pilot.press("down")
        assert "file 70" in app.text()
        await pilot.press("pageup", "pageup", "pageup")
        assert "file 40" in app.text()
        await pilot.press("enter", "home", "enter", "end", "enter")
        chosen = [each.subtask for each in app.posted_of(ChecklistPanel.SubtaskChosen)]
        assert chosen == ["t40", "t0", "t99"]
        assert "file 99" in app.text()

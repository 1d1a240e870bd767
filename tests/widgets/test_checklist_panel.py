"""The checklist shows state and cost of each subtask, and keeps the one at work in view."""

from typing import Any

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


async def shown(widget_app: type[WidgetApp], width: int = 34, **given: Any) -> list[str]:
    """The rows of a panel that is shown `given`."""
    panel = ChecklistPanel()
    panel.show(**given)
    app = widget_app(panel)
    async with app.run_test(size=(width, 12)) as pilot:
        await pilot.pause()
        return "\n".join(app.rows()).rstrip().splitlines()


async def test_rows_say_state_title_and_tokens_aligned_at_the_right(widget_app: type[WidgetApp]):
    assert await shown(widget_app, checklist=by_id(*TASKS), spent=SPENT, ahead=AHEAD) == [
        "SUBTASKS ─ 1 of 3 done · 1 skipped",
        "· reading, planning           3.2k",
        "✔ parse.py                    2.1k",
        "▶ lexer.py           900 of ≈ 2.1k",
        "○ io/read.py                ≈ 2.1k",
    ]


async def test_before_there_is_a_forecast_open_subtasks_show_what_they_used_and_no_more(
    widget_app: type[WidgetApp],
):
    rows = await shown(widget_app, checklist=by_id(*TASKS), spent=SPENT, ahead=Forecast(None))
    assert rows[3:] == ["▶ lexer.py                     900", "○ io/read.py"]


async def test_finished_subtasks_are_folded_with_their_sum(widget_app: type[WidgetApp]):
    """What is skipped has a row only if it used something: 100 + 50; done are 2,100 + 400."""
    tasks = by_id(
        *TASKS,
        Subtask(id="e", title="e", state="done"),
        Subtask(id="f", title="f", state="skipped"),
    )
    rows = await shown(widget_app, checklist=tasks, spent={**SPENT, "e": 400})
    assert rows[1:3] == [
        "· reading, planning           3.2k",
        "✔ 2 done                      2.5k",
    ]
    assert not any("⊘" in row for row in rows)
    rows = await shown(widget_app, checklist=tasks, spent={"d": 100, "f": 50})
    assert "⊘ 2 skipped                    150" in rows


async def test_what_earlier_prompts_planned_is_one_row_and_not_counted(
    widget_app: type[WidgetApp],
):
    rows = await shown(
        widget_app, checklist=by_id(*TASKS), spent=SPENT, plan=["b", "c"], ahead=AHEAD
    )
    assert rows[0].endswith(" 0 of 2 done")
    assert rows[1:3] == [
        "· reading, planning           3.2k",
        "✔ 2 of earlier prompts        2.1k",
    ]
    assert await shown(widget_app, checklist=by_id(*TASKS), spent=SPENT, plan=[]) == []


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (("done", "pending"), "1 of 2 done"),
        (("done", "skipped"), "1 of 1 done · 1 skipped"),
        (("skipped",) * 4, "4 skipped"),
    ],
)
async def test_the_heading_counts_what_is_done_and_what_is_skipped_apart(
    widget_app: type[WidgetApp], states: tuple[Any, ...], words: str
):
    tasks = by_id(*(Subtask(id=str(at), title="x", state=s) for at, s in enumerate(states)))
    heading = (await shown(widget_app, checklist=tasks, spent={}))[0]
    assert heading.startswith("SUBTASKS ─") and heading.endswith(f" {words}")


async def test_figures_carry_their_sign_while_a_part_of_them_is_an_estimate(
    widget_app: type[WidgetApp],
):
    """400 stream for the subtask at work; it will still have used 900 + 1,200 in the end."""
    plan = by_id(*TASKS)
    rows = await shown(widget_app, checklist=plan, spent=SPENT, live=400, ahead=AHEAD)
    assert rows[1:4] == [
        "· reading, planning           3.2k",
        "✔ parse.py                    2.1k",
        "▶ lexer.py        ≈ 1.3k of ≈ 2.1k",
    ]
    rows = await shown(widget_app, checklist=plan, spent=SPENT, live=1_300, ahead=AHEAD)
    assert rows[3] == "▶ lexer.py                  ≈ 2.2k", "more than was expected"
    rows = await shown(widget_app, checklist=plan, spent=SPENT, estimated={"a", None}, ahead=AHEAD)
    assert rows[1:4] == [
        "· reading, planning         ≈ 3.2k",
        "✔ parse.py                  ≈ 2.1k",
        "▶ lexer.py           900 of ≈ 2.1k",
    ]


async def test_what_streams_for_no_subtask_counts_as_reading_and_planning(
    widget_app: type[WidgetApp],
):
    rows = await shown(widget_app, checklist=by_id(TASKS[0]), spent={"a": 2_100}, live=400)
    assert rows[1] == "· reading, planning          ≈ 400"


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


async def test_rows_out_of_view_are_counted_with_what_they_will_take(
    widget_app: type[WidgetApp],
):
    """Of 49 open after the one at work 9 rows are in view, the folded one, and the work."""
    rest = Forecast(49_000, {f"t{at}": 1_000 for at in range(51, 100)})
    rows = await shown(widget_app, checklist=many(100, 50), spent={}, ahead=rest)
    assert rows[1:3] == ["✔ 50 done", "▶ file 50"]
    assert rows[-1].split() == ["↓", "41", "more", "≈", "41k"]
    assert sum(row.startswith("○") for row in rows) == 8


async def test_scrolling_away_lasts_until_the_work_moves_on(
    widget_app: type[WidgetApp],
):
    panel = ChecklistPanel()
    panel.show(many(100, 0), {})
    app = widget_app(panel)
    async with app.run_test(size=(32, 12)) as pilot:
        panel.focus()
        await pilot.press("end")
        assert "file 99" in app.text()
        assert "↑" in app.text()
        panel.show(many(100, 0), {"t0": 500})
        await pilot.pause()
        assert "file 99" in app.text()
        panel.show(many(100, 1), {})
        await pilot.pause()
        assert "▶ file 1" in app.text()


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
    assert row.endswith("… 4k of ≈ 12k")


async def test_without_a_plan_nothing_is_drawn(widget_app: type[WidgetApp]):
    assert await shown(widget_app, checklist={}, spent={None: 500}) == []


@pytest.mark.parametrize(
    ("keys", "subtask"),
    [
        ((), "b"),  # the one at work
        (("up",), "a"),
        (("down", "down"), "c"),
        (("home",), None),  # what no subtask is charged with
        (("home", "down"), "a"),
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


@pytest.mark.parametrize(("word", "subtask"), [("parse.py", ["a"]), ("reading", [None])])
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


async def test_a_row_for_several_opens_the_entries_of_all(widget_app: type[WidgetApp]):
    panel = ChecklistPanel()
    panel.show(many(5, 3), {"t0": 100})
    app = widget_app(panel)
    async with app.run_test(size=(32, 10)) as pilot:
        panel.focus()
        await pilot.press("home", "enter")
        assert len(app.posted_of(ChecklistPanel.SeveralChosen)) == 1
        assert app.posted_of(ChecklistPanel.SubtaskChosen) == []


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
    panel.show(many(100, 0), {"t0": 500})
    app = widget_app(panel)
    async with app.run_test(size=(32, 12)) as pilot:
        panel.focus()
        for _ in range(70):
            await pilot.press("down")
        assert "file 70" in app.text()
        await pilot.press("pageup", "pageup", "pageup")
        assert "file 40" in app.text()
        await pilot.press("enter", "home", "enter", "end", "enter")
        chosen = [each.subtask for each in app.posted_of(ChecklistPanel.SubtaskChosen)]
        assert chosen == ["t40", "t0", "t99"]
        assert "file 99" in app.text()

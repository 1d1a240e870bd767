"""The tree of agents: every row fits, the marked one is in view, twenty are one widget."""

from dataclasses import replace
from typing import Any

import pytest

from tests.widgets.widget_app import WidgetApp
from tui.reports.team_page import AgentRow
from tui.widgets.agent_tree import AgentTree, TeamView
from tui.widgets.agents_panel import AgentsPanel


def agent(name: str, *above: str, **changes: Any) -> AgentRow:
    row = AgentRow(
        path=(*above, name),
        name=name,
        state="working",
        partial=False,
        reserved=20_000,
        charged=12_000,
        figures="12k of 20k used",
        state_words="working",
        rate="1.2k/min",
        doing='grep "TODO"',
    )
    return row._replace(**changes)


TWO = TeamView(
    rows=(
        agent("reviewer"),
        agent("tests", charged=96_000, reserved=100_000, figures="96k of 100k used",
              state="landed", state_words="landed, partial", partial=True, rate="",
              doing="11 of 14 files"),
    ),
    gauge=("TEAM 500k · lead 61k of 200k used · agents 108k of 300k used · 180k free", "180k free"),
    details=("Look for TODO notes", "12k of 20k used · 3 requests · 40s"),
)  # fmt: skip
MANY = TeamView(rows=tuple(agent(f"explore-{number}") for number in range(1, 21)))


def shown(view: TeamView, width: int, height: int | None = None) -> list[str]:
    return [line.plain.rstrip() for line in AgentTree(view).lines(width, height)]


def test_a_row_says_what_is_used_of_what_and_what_the_agent_does():
    gauge, first, second, blank, task, figures = shown(TWO, 100)
    assert gauge.startswith("TEAM 500k · lead 61k of 200k used")
    assert first.startswith("▸ reviewer  ") and first.endswith('1.2k/min  grep "TODO"')
    assert "12k of 20k used" in first and "working" in first
    assert second.startswith("  tests     ") and "landed, partial" in second
    assert (blank, task, figures) == ("", *TWO.details)


@pytest.mark.parametrize("width", [40, 60, 76, 100, 150])
def test_figures_stand_in_columns(width: int):
    _, first, second, *_ = shown(TWO, width)
    assert first.index("of 20k used") + len("of 20k") == second.index("of 100k") + len("of 100k")
    assert first.index("working") == second.index("landed")


def test_an_agent_of_an_agent_is_indented():
    rows = shown(TeamView(rows=(agent("lead"), agent("helper", "lead"))), 80)
    assert rows[1].startswith("    helper")


def test_a_team_without_agents_says_so():
    assert shown(TeamView(), 80) == [
        "No agents yet: the model has delegated nothing in this session."
    ]


async def test_the_keys_in_the_frame_are_never_cut():
    nothing = lambda *_: None  # noqa: E731
    panel = AgentsPanel(
        TWO, on_open=nothing, on_act=nothing, on_work=nothing, on_change=lambda: None
    )
    app = WidgetApp(panel)
    async with app.run_test(size=(80, 24)) as pilot:
        for width in (84, *range(80, 66, -1), 54):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            (frame,) = [row for row in app.rows() if "╰" in row]
            assert "enter opens" in frame or width < 84
            assert "t tell" in frame and "w" in frame
            assert frame.endswith("esc closes ─╯"), frame


async def test_the_marked_agent_is_in_view_however_small_the_panel():
    tree = AgentTree(MANY)
    app = WidgetApp(tree, css="AgentTree { height: 5; }")
    async with app.run_test(size=(80, 8)):
        assert app.rows()[0].startswith("▸ explore-1 ")
        assert app.rows()[4] == "  ↓ 16 agents"
        for _ in range(19):
            tree.action_scroll(1)
        app.screen.refresh()
        assert tree.marked is not None and tree.marked.name == "explore-20"
        rows = [line.plain.rstrip() for line in tree.lines(80, 5)]
        assert rows[3].startswith("▸ explore-20") and rows[4] == "  ↑ 16 agents"


async def test_the_mark_stays_on_its_agent_when_others_come():
    tree = AgentTree(MANY)
    async with WidgetApp(tree).run_test(size=(80, 24)):
        tree.action_scroll(2)
        tree.show_view(replace(MANY, rows=(agent("first"), *MANY.rows)))
        assert tree.marked is not None and tree.marked.name == "explore-3"


async def test_only_the_row_that_changed_is_drawn_again():
    tree = AgentTree(MANY)
    app = WidgetApp(tree)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = dict(tree._strips)
        rows = (*MANY.rows[:4], MANY.rows[4]._replace(doing="reads a.py"), *MANY.rows[5:])
        tree.show_view(replace(MANY, rows=rows))
        await pilot.pause()
        assert [y for y, strip in before.items() if tree._strips.get(y) is not strip] == [4]


async def test_the_cursor_and_the_details_below_it_are_drawn_together(
    monkeypatch: pytest.MonkeyPatch,
):
    tree, drawn = AgentTree(MANY), list[str]()
    async with WidgetApp(tree).run_test(size=(80, 24)):
        monkeypatch.setattr(tree, "rebuild", lambda: drawn.append(tree._marked[-1]))
        tree.action_scroll(1)
        assert drawn == [], "it waits for the details"
        for _ in range(2):
            tree.show_view(MANY)
        assert drawn == ["explore-2"]

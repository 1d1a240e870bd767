"""The live pane shows what takes time, and does not move the screen for what does not."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from tests.widgets.widget_app import WidgetApp
from tui.reports.transcript_items import AnswerItem, ToolItem
from tui.widgets.live_pane import SHOW_TOOL_SECONDS, LivePane, RunningTool, RunningTools
from tui.widgets.transcript.transcript_view import Transcript


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def tool(name: str, started: float, *tail: str) -> RunningTool:
    return RunningTool(name, "bash", f"make {name}", started, tail)


async def test_a_tool_that_is_over_at_once_is_never_shown(
    widget_app: type[WidgetApp],
):
    clock = Clock()
    pane = LivePane(clock=clock)
    app = widget_app(pane)
    async with app.run_test(size=(60, 10)) as pilot:
        pane.show(tools=[tool("quick", 100.0)])
        await pilot.pause()
        assert not pane.display
        pane.show()
        clock.now += SHOW_TOOL_SECONDS
        await pilot.pause(SHOW_TOOL_SECONDS + 0.1)
        assert not pane.display
        assert "quick" not in app.text()


async def test_a_tool_that_goes_on_is_shown_without_being_told_again(
    widget_app: type[WidgetApp],
):
    clock = Clock()
    pane = LivePane(clock=clock)
    app = widget_app(pane)
    async with app.run_test(size=(60, 10)) as pilot:
        pane.show(tools=[tool("slow", 100.0)])
        clock.now += SHOW_TOOL_SECONDS
        await pilot.pause(SHOW_TOOL_SECONDS + 0.1)
        assert "bash make slow" in app.text()


async def test_the_longest_running_tool_shows_its_seconds_and_the_end_of_its_output(
    widget_app: type[WidgetApp],
):
    clock = Clock()
    pane = LivePane(clock=clock)
    app = widget_app(pane)
    async with app.run_test(size=(60, 10)) as pilot:
        clock.now = 112.0
        pane.show(tools=[tool("second", 111.8), tool("first", 100.0, "one", "two [/bold]")])
        await pilot.pause()
        text = app.text()
    assert "bash make first" in text
    assert "12s" in text
    assert "two [/bold]" in text
    assert "and 1 more: bash make second" in text


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        (
            "find the parser, and report what each of its parts reads",
            "find the parser, and report what each of its parts …",
        ),
        ("src/" + "long_" * 20 + "name.py", "src/" + "long_" * 9 + "long…"),
        ("make", "make"),
    ],
)
def test_another_tool_that_runs_is_named_without_a_broken_word(subject: str, named: str):
    running = RunningTools(lambda: 112.0)
    first, other = (
        tool("first", 100.0),
        replace(tool("second", 101.0), name="agent", subject=subject),
    )
    running._tools = (first, other)
    assert running.lines(200)[-1].plain.endswith(f"and 1 more: agent {named}")


def test_of_other_tools_as_many_are_named_as_have_room():
    running = RunningTools(lambda: 112.0)
    running._tools = tuple(tool(name, 100.0) for name in ("first", "second", "third", "fourth"))
    named = {width: running.lines(width)[-1].plain.partition("more: ")[2] for width in (40, 60, 90)}
    assert named == {
        40: "bash make second",
        60: "bash make second, bash make third",
        90: "bash make second, bash make third, bash make fourth",
    }


def test_what_has_no_room_in_a_row_ends_with_an_ellipsis():
    running = RunningTools(lambda: 112.0)
    long = "words " * 30
    running._tools = (tool("first", 100.0, long, "日本語" * 20), tool(long, 101.0))
    rows = [line.plain for line in running.lines(60)]
    assert [cell_len(row) <= 60 and row.endswith("…") for row in rows[1:]] == [True] * 3
    running._tools = (tool("first", 100.0, "short"), tool("second", 101.0))
    assert "…" not in "".join(line.plain for line in running.lines(60))


async def test_a_running_tool_has_the_columns_it_will_have_in_the_transcript(
    widget_app: type[WidgetApp],
):
    done = ToolItem("t", "bash", "make all", "done", tokens=312)
    transcript, pane = Transcript(), LivePane(clock=lambda: 112.0)
    app = widget_app(transcript, pane)
    async with app.run_test(size=(60, 20)) as pilot:
        transcript.load([*(AnswerItem(f"a{n}", "A line.") for n in range(20)), done])
        pane.show(tools=[RunningTool("t2", "bash", "make all", 100.0)])
        await pilot.pause()
        was, runs = (row for row in app.rows() if "make all" in row)
    assert runs.index("bash") == was.index("bash")
    assert runs.index("make") == was.index("make")

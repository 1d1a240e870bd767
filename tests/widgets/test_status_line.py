"""The status line says where you are and what is going on, and rests when nothing is."""

from dataclasses import replace

import pytest

from tests.widgets.widget_app import WidgetApp
from tui.widgets.status_line import SPINNER_FRAMES, Hint, Status, StatusLine
from tui.widgets.ticker import Ticker

IDLE = Status(
    mode="ask",
    model="opus-5.5",
    folder="~/proj",
    branch="main",
    hints=(Hint("?", "help"), Hint("ctrl+p", "commands")),
)
BUSY = replace(IDLE, activity="thinking", hints=(Hint("esc", "interrupt"),))


async def test_mode_model_folder_and_branch_stand_in_that_order(
    widget_app: type[WidgetApp],
):
    line = StatusLine()
    line.show(IDLE)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        row = app.rows()[0].strip()
    assert row.startswith("ask · opus-5.5 · ~/proj (main)")
    assert row.endswith("? help · ctrl+p commands")


@pytest.mark.parametrize("width", [12, 20, 30, 45, 60])
async def test_in_little_room_the_mode_is_the_last_to_go(widget_app: type[WidgetApp], width: int):
    line = StatusLine()
    line.show(BUSY)
    app = widget_app(line)
    async with app.run_test(size=(width, 2)) as pilot:
        await pilot.pause()
        row = app.rows()[0]
    assert len(row) <= width
    assert "a" in row.split()[0]


async def test_the_clock_runs_exactly_while_something_is_going_on(
    widget_app: type[WidgetApp],
):
    line = StatusLine()
    line.show(IDLE)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        ticker = Ticker.of(app)
        assert not ticker.running
        line.show(BUSY)
        assert ticker.running
        line.show(IDLE)
        assert not ticker.running
        line.show(BUSY)
        await line.remove()
        assert not ticker.running


async def test_a_tick_turns_the_spinner_and_moves_nothing_else(
    widget_app: type[WidgetApp],
):
    line = StatusLine()
    line.show(BUSY)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        before = app.rows()[0]
        layouts = line._layout_updates
        line._spin()
        await pilot.pause()
        after = app.rows()[0]
    changed = [at for at, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(changed) == 1
    assert before[changed[0]] in SPINNER_FRAMES
    assert line._layout_updates == layouts


async def test_two_who_joined_share_one_timer(widget_app: type[WidgetApp]):
    lines = [StatusLine(), StatusLine()]
    app = widget_app(*lines)
    async with app.run_test(size=(80, 4)) as pilot:
        await pilot.pause()
        for line in lines:
            line.show(BUSY)
        timers = [timer for timer in app._timers if timer.name == "ticker"]
        assert len(timers) == 1


async def test_without_attention_one_tick_in_ten_goes_out(
    widget_app: type[WidgetApp],
):
    app = widget_app()
    async with app.run_test():
        app.app_focus = False
        ticker, heard = Ticker(app), []
        ticker._members.append(lambda: heard.append(1))
        for _ in range(30):
            ticker.tick()
        assert len(heard) == 3


async def test_a_retry_counts_down(widget_app: type[WidgetApp]):
    now = [100.0]
    line = StatusLine(clock=lambda: now[0])
    line.show(replace(BUSY, activity="overloaded, trying again", until=104.0))
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        assert "overloaded, trying again in 0:04" in app.text()
        now[0] = 103.0
        line._spin()
        await pilot.pause()
        assert "in 0:01" in app.text()


async def test_a_request_that_takes_long_says_how_long(
    widget_app: type[WidgetApp],
):
    now = [100.0]
    line = StatusLine(clock=lambda: now[0])
    line.show(replace(BUSY, activity="thinking", since=100.0))
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        for seconds, words in [
            (9.0, "thinking "),
            (10.0, "thinking 10s"),
            (75.0, "thinking 1m 15s"),
        ]:
            now[0] = 100.0 + seconds
            line._spin()
            await pilot.pause()
            assert words in app.text()
            assert ("s " in app.text().partition("thinking ")[2][:8]) == (seconds >= 10)


async def test_hints_follow_the_keys_they_are_given(widget_app: type[WidgetApp]):
    line = StatusLine()
    line.show(replace(BUSY, hints=(Hint("ctrl+x", "interrupt"),)))
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        assert "ctrl+x interrupt" in app.text()


async def test_hints_give_way_before_a_notice_is_cut(widget_app: type[WidgetApp]):
    hints = (Hint("enter", "unfold"), Hint("y", "copy"), Hint("esc", "back"))
    line = StatusLine()
    line.show(replace(BUSY, hints=hints, notice="↓ new output · ctrl+end"))
    app = widget_app(line)
    async with app.run_test(size=(60, 2)) as pilot:
        await pilot.pause()
        row = app.rows()[0]
    assert "↓ new output · ctrl+end " in row
    assert row.rstrip().endswith("thinking · enter unfold")


async def test_branch_names_are_foreign_text(widget_app: type[WidgetApp]):
    line = StatusLine()
    line.show(replace(IDLE, branch="[/x]\x1b]52;c;AAAA\x07"))
    app = widget_app(line)
    async with app.run_test(size=(100, 2)) as pilot:
        await pilot.pause()
        assert "[/x]" in app.text()
        assert "\x1b" not in app.text()


@pytest.mark.parametrize("width", [18, 30, 60, 100])
async def test_a_simulated_answer_is_called_one_at_every_width(
    widget_app: type[WidgetApp], width: int
):
    line = StatusLine()
    line.show(replace(IDLE, simulated=True))
    app = widget_app(line)
    async with app.run_test(size=(width, 2)) as pilot:
        await pilot.pause()
        assert "ask · simulated" in app.rows()[0]


async def test_a_real_answer_is_not_called_simulated(widget_app: type[WidgetApp]):
    line = StatusLine()
    line.show(IDLE)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        assert "simulated" not in app.rows()[0]


@pytest.mark.parametrize(
    ("width", "mode", "sandbox", "shown"),
    [
        (80, "ask", "files, network", "ask · opus-5.5 · sandbox: files, network · ~/proj (main)"),
        (48, "ask", "files, tcp", "ask · opus-5.5 · sandbox: files, tcp · ~/proj"),
        (38, "ask", "files, tcp", "ask · opus-5.5 · sandbox: files, tcp"),
        (30, "ask", "files, network", "ask · opus-5.5 · ~/proj (main)"),
        (80, "ask", "off", "ask · opus-5.5 · sandbox: off · ~/proj (main)"),
        (80, "auto", "off", "auto · sandbox: off · opus-5.5 · ~/proj (main)"),
        (20, "auto", "off", "auto · sandbox: off"),
        (80, "auto", "", "auto · opus-5.5 · ~/proj (main)"),
    ],
)
def test_what_holds_commands_is_said_and_that_nothing_does_before_all_else(
    width: int, mode: str, sandbox: str, shown: str
):
    line = StatusLine()
    line._status = replace(IDLE, mode=mode, sandbox=sandbox, hints=())
    (row,) = line.lines(width)
    assert row.plain.strip() == shown


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (100.5, "trying again in 0:02"),
        (103.0, "trying again"),
        (111.9, "trying again"),
        (112.0, "trying again · no answer for 10 s"),
    ],
)
def test_after_a_pause_the_silence_counts_from_the_next_try(now: float, said: str):
    line = StatusLine(clock=lambda: now)
    line._status = replace(BUSY, activity="trying again", until=102.0, hints=())
    line.note_server_activity(102.0)
    assert line.lines(80)[0].plain.rstrip().endswith(f" {said}")


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (100.0, "thinking · no answer for 12 s"),
        (101.9, "thinking · no answer for 10 s"),
        (102.1, "thinking"),
        (None, "thinking"),
    ],
)
async def test_a_server_that_is_silent_is_told_after_ten_seconds(
    widget_app: type[WidgetApp], heard: float | None, said: str
):
    line = StatusLine(clock=lambda: 112.0)
    line.show(BUSY)
    line.note_server_activity(heard)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        row = app.rows()[0]
    assert f" {said} · esc interrupt" in row
